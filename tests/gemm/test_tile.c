/* test_tile.c - the tiles of GEMMs fit the device, whatever that is. */

#include "gemm/cpu.h"
#include "gemm/tile.h"
#include "invented_devices.h"

/* A file of the host's may need the numbers of several kernels. */
#include "cl/gemm/cpu.h"
#include "cl/gemm/find_tile.h"
#include "cl/gemm/skinny.h"
#include "cl/gemm/tiled.h"
#include "cl/gemm/units.h"
#include "cl/gemm/wgmma.h"

static void check_tile(const struct ci_device *device) {
  const size_t best = ci_best_tile(device, 500, 700);
  if (best == CI_TILES) {
    assert_true(device->max_group < 16 || device->local_memory < 5 << 10);
    return;
  }
  const struct ci_tile *tile = &ci_tiles[best];
  const size_t line = tile->rows + tile->cols + 8;
  assert_true(ci_tile_group(tile) <= device->max_group);
  assert_true(2 * tile->depth * line * sizeof(float) <= device->local_memory);
}

/* On sm_90 alone, and where there is a wave of it: half a wave is for smaller
 * tiles. */
static void local_tile(void **state) {
  struct ci_device device = {.max_group = 1024,
                             .local_memory = 48 << 10,
                             .compute_units = 132,
                             .nvidia_sm = 90};
  (void)state;
  assert_true(ci_local_tile_is_best(&device, 4096, 4096));
  assert_true(ci_local_tile_is_best(&device, 1400, 760));
  assert_false(ci_local_tile_is_best(&device, 300, 1000));
  device.nvidia_sm = 80;
  assert_false(ci_local_tile_is_best(&device, 4096, 4096));
}

static size_t best_tile(cl_uint units, size_t M, size_t N) {
  return ci_best_tile(&(struct ci_device){.max_group = 1024,
                                          .local_memory = 48 << 10,
                                          .compute_units = units},
                      M, N);
}

/* The largest tile where there is work for all, else one that gives more of
 * the device something to do. */
static void tiles(void **state) {
  (void)state;
  for_each_device(check_tile);
  assert_int_equal(ci_tiles[best_tile(132, 4096, 4096)].rows, 128);
  assert_int_equal(ci_tiles[best_tile(132, INT32_MAX, INT32_MAX)].rows, 128);
  assert_int_equal(ci_tiles[best_tile(1, 128, 128)].rows, 128);
  assert_int_equal(ci_tiles[best_tile(132, 512, 1024)].rows, 64);
  assert_int_equal(ci_tiles[best_tile(132, 256, 1024)].rows, 32);
  assert_int_equal(ci_tiles[best_tile(132, 32, 768)].rows, 16);
  /* What the kernel takes for granted. */
  for (size_t i = 0; i < CI_TILES; i++) {
    const size_t group = ci_tile_group(&ci_tiles[i]);
    assert_int_equal(ci_tiles[i].rows * ci_tiles[i].depth / 4 % group, 0);
    assert_int_equal(ci_tiles[i].cols * ci_tiles[i].depth / 4 % group, 0);
    assert_int_equal(group % (ci_tiles[i].cols / 4), 0);
  }
}

static void check_group(const struct ci_device *device) {
  const size_t group = ci_plain_group(device);
  assert_true(group >= 1 && group <= device->max_group && group <= 64);
}
static void plain_groups(void **state) {
  (void)state;
  for_each_device(check_group);
}

static void cpu_tiles(void **state) {
  static const struct {
    cl_uint floats;
    size_t lanes, rows;
  } tiles[] = {{1, 4, 4}, {4, 4, 4}, {8, 8, 4}, {16, 16, 8}, {32, 16, 8}};
  (void)state;
  for (size_t i = 0; i < T_COUNT(tiles); i++) {
    const struct ci_device device = {.is_cpu = true,
                                     .native_floats = tiles[i].floats};
    const struct ci_cpu_tile many = ci_cpu_tile(&device, 100);
    assert_int_equal(many.lanes, tiles[i].lanes);
    assert_int_equal(many.rows, tiles[i].rows);
    assert_int_equal(ci_cpu_tile(&device, 1).lanes, tiles[i].lanes);
    assert_int_equal(ci_cpu_tile(&device, 1).rows, 1);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(tiles),
      cmocka_unit_test(local_tile),
      cmocka_unit_test(plain_groups),
      cmocka_unit_test(cpu_tiles),
  };
  return cmocka_run_group_tests_name("tile", tests, NULL, NULL);
}

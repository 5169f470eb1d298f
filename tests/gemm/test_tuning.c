/* test_tuning.c - what is chosen fits the device, whatever that is. */

#include "tester.h"
#include "gemm/cpu.h"
#include "gemm/tile.h"
#include "row/shape.h"

static const size_t groups[] = {1, 2, 63, 64, 256, 1024, 4096};
static const cl_ulong memories[] = {0, 1, 1 << 10, 16 << 10, 48 << 10, 1 << 20};
static const cl_uint floats[] = {0, 1, 4, 8, 16};
static const size_t columns[] = {1,   2,    7,    8,    9,     64,       65,
                                 768, 4095, 4096, 4097, 16385, INT32_MAX};

/* Every combination of the above, CPU or not. */
static void for_each_device(void (*check)(const struct ci_device *device)) {
  for (size_t g = 0; g < T_COUNT(groups); g++)
    for (size_t m = 0; m < T_COUNT(memories); m++)
      for (size_t f = 0; f < T_COUNT(floats); f++)
        for (int cpu = 0; cpu < 2; cpu++)
          check(&(struct ci_device){.is_cpu = cpu != 0,
                                    .max_group = groups[g],
                                    .local_memory = memories[m],
                                    .native_floats = floats[f]});
}

static void check_row_group(const struct ci_device *device) {
  for (size_t c = 0; c < T_COUNT(columns); c++) {
    const size_t group = ci_row_group(device, columns[c]);
    assert_true(group >= 1 && group <= device->max_group);
    assert_int_equal(group & (group - 1), 0);
    assert_true(group == 1 || group < columns[c]); /* none without work */
  }
}
static void row_groups(void **state) {
  (void)state;
  for_each_device(check_row_group);
}

static bool is_vector(size_t lanes) {
  return lanes == 1 || lanes == 4 || lanes == 8 || lanes == 16;
}

static void aligned_lanes(void **state) {
  (void)state;
  assert_int_equal(ci_aligned_lanes(CLINFER_F16, 0), 8);
  assert_int_equal(ci_aligned_lanes(CLINFER_F32, 0), 4);
  assert_int_equal(ci_aligned_lanes(CLINFER_F16, 1024 | 768), 8);
  assert_int_equal(ci_aligned_lanes(CLINFER_F16, 1024 | 12), 4);
  assert_int_equal(ci_aligned_lanes(CLINFER_F16, 1024 | 2), 1);
  assert_int_equal(ci_aligned_lanes(CLINFER_F32, 1024 | 2), 1);
  assert_int_equal(ci_aligned_lanes(CLINFER_F32, 1001), 1);
}

static void check_team(const struct ci_device *device, size_t rows, size_t cols,
                       size_t lanes) {
  const struct ci_team team = ci_row_team(device, rows, cols, lanes);
  if (team.size == 0) {
    assert_true(device->max_group < 32 || cols > device->max_group / 2 * 32 ||
                cols > 1024 * 32);
    return;
  }
  assert_true(team.size >= 32 && team.group <= device->max_group);
  assert_int_equal(team.size & (team.size - 1), 0);
  assert_int_equal(team.group % team.size, 0);
  assert_true(team.size * team.vectors * lanes >= cols);
  assert_true(team.size * (team.vectors / 2) * lanes < cols);
  assert_true(team.vectors * lanes <= 32);
}
static void check_teams(const struct ci_device *device) {
  static const size_t lanes[] = {1, 4, 8};
  for (size_t c = 0; c < T_COUNT(columns); c++)
    for (size_t l = 0; l < T_COUNT(lanes); l++)
      for (size_t rows = 1; rows < 1 << 20; rows *= 32)
        check_team(device, rows, columns[c], lanes[l]);
}
static void row_teams(void **state) {
  (void)state;
  for_each_device(check_teams);
  const struct ci_device h100 = {.max_group = 1024, .compute_units = 132};
  assert_int_equal(ci_row_team(&h100, 4096, 1024, 8).size, 32);
  assert_int_equal(ci_row_team(&h100, 4096, 768, 8).vectors, 3);
  assert_int_equal(ci_row_team(&h100, 128, 1024, 8).size, 128);
  assert_int_equal(ci_row_team(&h100, 4096, 32768, 4).size, 1024);
  assert_int_equal(ci_row_team(&h100, 4096, 32772, 4).size, 0);
}

static void check_cover(const struct ci_device *device) {
  for (size_t c = 0; c < T_COUNT(columns); c++) {
    const struct ci_cover cover = ci_cover(device, columns[c], 8);
    const size_t work = device->is_cpu ? 4096 : 8; /* columns of a work-item */
    assert_true(is_vector(cover.lanes));
    assert_true(cover.group >= 1 && cover.group <= device->max_group);
    assert_true(cover.group * cover.row_groups * work >= columns[c]);
    assert_true(cover.group * (cover.row_groups - 1) * work < columns[c]);
  }
}
static void covers(void **state) {
  (void)state;
  for_each_device(check_cover);
}

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
      cmocka_unit_test(row_groups),    cmocka_unit_test(covers),
      cmocka_unit_test(aligned_lanes), cmocka_unit_test(row_teams),
      cmocka_unit_test(tiles),         cmocka_unit_test(local_tile),
      cmocka_unit_test(plain_groups),  cmocka_unit_test(cpu_tiles),
  };
  return cmocka_run_group_tests_name("tuning", tests, NULL, NULL);
}

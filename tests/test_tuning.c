/* test_tuning.c - what is chosen fits the device, whatever that is. */

#include "tester.h"
#include "tuning.h"

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

static void check_cover(const struct ci_device *device) {
  for (size_t c = 0; c < T_COUNT(columns); c++) {
    const struct ci_cover cover = ci_cover(device, columns[c]);
    const size_t work = device->is_cpu ? 4096 : 1; /* columns of a work-item */
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

static void check_side(const struct ci_device *device) {
  const size_t side = ci_tile_side(device);
  if (side == 0) {
    assert_true(device->max_group < 16 || device->local_memory < 4 << 10);
    return;
  }
  assert_true(side * side <= device->max_group);
  assert_true(2 * 16 * (4 * side + 1) * sizeof(float) <= device->local_memory);
}
static void sides(void **state) {
  (void)state;
  for_each_device(check_side);
  assert_int_equal(ci_tile_side(&(struct ci_device){.max_group = 1024,
                                                    .local_memory = 48 << 10}),
                   16);
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
      cmocka_unit_test(row_groups), cmocka_unit_test(covers),
      cmocka_unit_test(sides),      cmocka_unit_test(plain_groups),
      cmocka_unit_test(cpu_tiles),
  };
  return cmocka_run_group_tests_name("tuning", tests, NULL, NULL);
}

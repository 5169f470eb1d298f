/* test_shape.c - how rows are gone through fits the device, whatever that is.
 */

#include "invented_devices.h"
#include "row/shape.h"

static const size_t columns[] = {1,   2,    7,    8,    9,     64,       65,
                                 768, 4095, 4096, 4097, 16385, INT32_MAX};

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

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(row_groups),
      cmocka_unit_test(covers),
      cmocka_unit_test(aligned_lanes),
      cmocka_unit_test(row_teams),
  };
  return cmocka_run_group_tests_name("shape", tests, NULL, NULL);
}

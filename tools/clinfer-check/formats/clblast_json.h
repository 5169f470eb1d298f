/* clblast_json.h - the JSON files that CLBlast's tuners write. */
#ifndef CLINFER_CHECK_FORMATS_CLBLAST_JSON_H
#define CLINFER_CHECK_FORMATS_CLBLAST_JSON_H

#include <stddef.h>

enum { CLBLAST_LINE = 1024 };

struct clblast_result {
  char line[CLBLAST_LINE]; /* of gemm.tuning: "clblast Copy: COPY_VW=4 ..." */
  double best_time;        /* in ms; 0: the file does not say */
};

/* NULL, or why the text holds no parameters of a kernel that an f32 GEMM uses,
 * tuned on the device of that name. It need not end with a 0. */
const char *clblast_json_read(const char *text, size_t size, const char *device,
                              struct clblast_result *result);

#endif

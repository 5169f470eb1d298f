/* roof.h - what a device can do at most, as measured in the same run. */
#ifndef CLINFER_CHECK_ROOF_H
#define CLINFER_CHECK_ROOF_H

#include <cjson/cJSON.h>

#include "session.h"

enum { ROOF_SIZES = 5 };

struct roof {
  /* Copies that touch so many bytes in all, the smaller ones in caches. */
  double bytes[ROOF_SIZES], bytes_per_s[ROOF_SIZES];
  /* Fused multiply-adds in float, and for each type the best GEMM if that is
   * more: half may go through matrix units. */
  double flops_f32, flops_f16;
};

/* In a worker: {"type": "roof", ...}, or with a member "message". */
cJSON *roof_measure(const struct session *s);

void roof_from_json(const cJSON *line, struct roof *roof);

/* Seconds that so much work takes at least; *memory: because of the bytes. */
double roof_seconds(const struct roof *roof, double flops, double bytes,
                    clinfer_dtype dtype, bool *memory);

#endif

/* fuzz_attempt.h - a random call of an operator: a case of clinfer-check, of
 * whose descriptors some fields are then overwritten. */
#ifndef CLINFER_FUZZ_ATTEMPT_H
#define CLINFER_FUZZ_ATTEMPT_H

#include "fuzz.h"
#include "operators/trial.h"

/* Two contexts on one device: the fast kernels, and the plain ones. */
enum { ATTEMPT_WORLDS = 2, ATTEMPT_BUFFER = 4096 };
struct attempt_world {
  bool plain;
  struct session s;
  cl_mem read_only, write_only; /* ATTEMPT_BUFFER zeros */
};

struct attempt {
  const struct attempt_world *world, *other;
  struct test_case asked, c; /* as opened, and with what was overwritten */
  struct trial t;
  bool present[ROLE_COUNT];
  struct operand original[ROLE_COUNT]; /* t.operands, as they were */
  clinfer_exec exec;
};

/* A case with its operands on the device, as the bytes want it. */
void attempt_open(struct attempt *a, const struct attempt_world worlds[],
                  struct fuzz_bytes *bytes);
void attempt_spoil(struct attempt *a, struct fuzz_bytes *bytes);
void attempt_close(struct attempt *a);

/* Its case and descriptors, on stderr. */
void attempt_print(const struct attempt *a);

bool attempt_is_vector(enum role role);

/* What the header says of the call. UNSURE: the views interleave, or several
 * shapes changed together; then either answer will do. */
enum legality { LEGAL, UNSURE, ILLEGAL };
enum legality attempt_legality(const struct attempt *a);

#endif

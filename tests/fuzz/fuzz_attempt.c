/* fuzz_attempt.c - make a call from bytes. */

#include "fuzz_attempt.h"

#include <stdio.h>
#include <string.h>

/* ---- The case */

/* Mostly a few elements; now and then more than a group or a tile. */
static size_t take_size(struct fuzz_bytes *b) {
  const size_t byte = fuzz_byte(b);
  return byte < 224 ? byte % 20 : 33 + (byte - 224) * 5;
}

static clinfer_dtype take_dtype(unsigned bit) {
  return bit ? CLINFER_F16 : CLINFER_F32;
}

/* Compiling is what costs time, so most cases share what few programs do. */
static struct test_case take_operator(struct fuzz_bytes *b) {
  size_t count = 0;
  while (op_at(count) != NULL) count++;
  const struct call_operator *op = op_at(fuzz_byte(b) % count);
  const unsigned bits = fuzz_byte(b);
  const clinfer_dtype x = take_dtype(bits & 1);
  if (bits & 0x38) return case_of(op, x, x, x);
  return case_of(op, x, take_dtype(bits & 2), take_dtype(bits & 4));
}

static size_t take_activation(struct fuzz_bytes *b) {
  const size_t byte = fuzz_byte(b);
  if (byte < 200) return byte % 2 ? CLINFER_GELU_ERF : CLINFER_NONE;
  return byte % (CLINFER_SIGMOID + 1);
}

static struct test_case take_case(struct fuzz_bytes *b) {
  struct test_case c = take_operator(b);
  c.m = take_size(b), c.k = take_size(b), c.n = take_size(b);
  c.out = take_size(b);
  const unsigned flags = fuzz_byte(b);
  c.bias = flags & 1, c.input_bias = flags >> 1 & 1, c.beta = flags >> 2 & 1;
  c.second = flags >> 3 & 1, c.wt = flags >> 4 & 1, c.pack = flags >> 5 & 1;
  c.after = flags >> 6 & 1, c.gamma = !(flags >> 7);
  if (!(op_uses(c.op) & USES_AFTER)) c.after = 1;
  if (op_uses(c.op) & USES_ACT) c.act = take_activation(b);
  if (op_uses(c.op) & USES_FORM) c.form = fuzz_byte(b) % 3;
  c.mp = 1 + fuzz_byte(b) % 4u;
  if (op_uses(c.op) & USES_INPLACE) c.inplace = fuzz_byte(b) % 4;
  c.ld = fuzz_byte(b) % 8, c.off = fuzz_byte(b) % 8;
  c.seed = fuzz_byte(b);
  if (case_contradiction(&c) != NULL) c.inplace = 0;
  return c;
}

void attempt_open(struct attempt *a, const struct attempt_world worlds[],
                  struct fuzz_bytes *b) {
  const size_t which = fuzz_byte(b) % ATTEMPT_WORLDS;
  *a = (struct attempt){.world = &worlds[which], .other = &worlds[!which]};
  a->c = a->asked = take_case(b);
  FUZZ_REQUIRE(trial_open(&a->t, &a->world->s, &a->c) == NULL);
  FUZZ_REQUIRE(trial_write(&a->t) == CL_SUCCESS);
  FUZZ_REQUIRE(trial_pack(&a->t) == CLINFER_OK);
  memcpy(a->original, a->t.operands, sizeof a->original);
  for (enum role role = 0; role < ROLE_COUNT; role++)
    a->present[role] = case_has(&a->c, role);
  a->exec = (clinfer_exec){.queue = a->world->s.queue};
}

void attempt_close(struct attempt *a) {
  for (enum role role = 0; role < ROLE_COUNT; role++)
    a->t.operands[role].view = a->original[role].view;
  trial_close(&a->t);
}

/* ---- Overwriting fields */

bool attempt_is_vector(enum role role) {
  return role == INPUT_BIAS || role == GAMMA || role == BETA || role == BIAS;
}

static size_t odd_size(struct fuzz_bytes *b, size_t near) {
  switch (fuzz_byte(b) % 8) {
    case 0:
      return 0;
    case 1:
      return near + 1;
    case 2:
      return near - 1;
    case 3:
      return SIZE_MAX - fuzz_byte(b);
    case 4:
      return SIZE_MAX / 4 + fuzz_byte(b);
    case 5:
      return (size_t)INT32_MAX + fuzz_byte(b) % 3u;
    case 6:
      return fuzz_byte(b);
    default:
      return fuzz_word(b) >> fuzz_byte(b) % 64;
  }
}

/* One of the operands that the case has. */
static enum role take_role(const struct attempt *a, struct fuzz_bytes *b) {
  enum role role = fuzz_byte(b) % ROLE_COUNT;
  while (a->original[role].bytes == NULL) role = (role + 1) % ROLE_COUNT;
  return role;
}

static cl_mem odd_buffer(const struct attempt *a, struct fuzz_bytes *b) {
  switch (fuzz_byte(b) % 5) {
    case 0:
      return a->world->read_only;
    case 1:
      return a->world->write_only;
    case 2:
      return a->other->read_only;
    case 3:
      return a->original[take_role(a, b)].view.mem;
    default:
      return NULL;
  }
}

/* To where another operand is. */
static void move_view(clinfer_matrix *v, const clinfer_matrix *to,
                      bool vector) {
  v->mem = to->mem;
  v->offset = to->offset;
  if (!vector) v->ld = to->ld;
}

/* rows and ld are no fields of a vector. */
static void spoil_view(struct attempt *a, struct fuzz_bytes *b) {
  const enum role role = take_role(a, b);
  clinfer_matrix *v = &a->t.operands[role].view;
  const bool vector = attempt_is_vector(role);
  switch (fuzz_byte(b) % 8) {
    case 0:
      v->offset = odd_size(b, v->offset);
      break;
    case 1:
      v->cols = odd_size(b, v->cols);
      break;
    case 2:
      if (!vector) v->rows = odd_size(b, v->rows);
      break;
    case 3:
      if (!vector) v->ld = odd_size(b, v->ld);
      break;
    case 4:
      v->dtype = (clinfer_dtype)(fuzz_byte(b) % 5);
      break;
    case 5:
      v->mem = odd_buffer(a, b);
      break;
    default:
      move_view(v, &a->original[take_role(a, b)].view, vector);
  }
}

static void spoil_parameter(struct attempt *a, struct fuzz_bytes *b) {
  const size_t value = fuzz_byte(b);
  switch (fuzz_byte(b) % 7) {
    case 0:
      if (op_uses(a->c.op) & USES_ACT) a->c.act = CLINFER_SIGMOID + 1 + value;
      break;
    case 1:
      if (op_uses(a->c.op) & USES_FORM)
        a->c.form = CLINFER_RESIDUAL_PARALLEL + 1 + value;
      break;
    case 2:
      a->c.mp = 0 - value;
      break;
    case 3:
      if (op_uses(a->c.op) & USES(WEIGHT)) a->c.wt = CLINFER_OUT_IN + 1 + value;
      break;
    case 4:
      a->exec.queue = NULL;
      break;
    case 5:
      a->exec.queue = a->other->s.queue;
      break;
    default:
      a->exec.wait_count = 1;
  }
}

void attempt_spoil(struct attempt *a, struct fuzz_bytes *b) {
  if (fuzz_byte(b) % 8 == 0)
    spoil_parameter(a, b);
  else
    spoil_view(a, b);
}

/* ---- Printing */

void attempt_print(const struct attempt *a) {
  char text[CASE_TEXT];
  case_print(&a->asked, text);
  fprintf(stderr, "%s%s; act %zu, form %zu, mp %zu, wt %zu\n", text,
          a->world->plain ? ", plain kernels" : "", a->c.act, a->c.form,
          a->c.mp, a->c.wt);
  for (size_t i = 0; i < ROLE_COUNT; i++) {
    const clinfer_matrix *v = &a->t.operands[i].view;
    if (a->original[i].bytes != NULL)
      fprintf(stderr,
              "  operand %zu: %p offset %zu, %zu x %zu, ld %zu, dtype %d; "
              "buffer %p of %zu bytes\n",
              i, (void *)v->mem, v->offset, v->rows, v->cols, v->ld,
              (int)v->dtype, (void *)a->original[i].view.mem,
              a->original[i].size);
  }
}

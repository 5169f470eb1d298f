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

/* Half of the cases have one dtype: each mixture is more programs to compile.
 */
static struct test_case take_operator(struct fuzz_bytes *b) {
  size_t count = 0;
  while (op_at(count) != NULL) count++;
  const struct op *op = op_at(fuzz_byte(b) % count);
  const unsigned bits = fuzz_byte(b);
  const clinfer_dtype x = take_dtype(bits & 1);
  if (bits & 8) return case_of(op, x, x, x);
  return case_of(op, x, take_dtype(bits & 2), take_dtype(bits & 4));
}

static struct test_case take_case(struct fuzz_bytes *b) {
  struct test_case c = take_operator(b);
  c.m = take_size(b), c.k = take_size(b), c.n = take_size(b);
  c.out = take_size(b);
  const unsigned flags = fuzz_byte(b);
  c.bias = flags & 1, c.input_bias = flags >> 1 & 1, c.beta = flags >> 2 & 1;
  c.second = flags >> 3 & 1, c.wt = flags >> 4 & 1, c.pack = flags >> 5 & 1;
  c.after = flags >> 6 & 1;
  if (!(c.op->uses & USES_AFTER)) c.after = 1;
  if (c.op->uses & USES_ACT) c.act = fuzz_byte(b) % (CLINFER_SIGMOID + 1);
  if (c.op->uses & USES_FORM) c.form = fuzz_byte(b) % 3;
  c.mp = 1 + fuzz_byte(b) % 4u;
  if (c.op->uses & USES_INPLACE) c.inplace = fuzz_byte(b) % 4;
  c.ld = fuzz_byte(b) % 8, c.off = fuzz_byte(b) % 8;
  c.seed = fuzz_byte(b);
  if (case_contradiction(&c) != NULL) c.inplace = 0;
  return c;
}

void attempt_open(struct attempt *a, const struct attempt_world worlds[],
                  struct fuzz_bytes *b) {
  const size_t which = fuzz_byte(b) % ATTEMPT_WORLDS;
  *a = (struct attempt){.world = &worlds[which], .other = &worlds[!which]};
  a->c = take_case(b);
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

static cl_mem odd_buffer(const struct attempt *a, struct fuzz_bytes *b) {
  const unsigned which = fuzz_byte(b) % 16;
  if (which < ROLE_COUNT) return a->original[which].view.mem;
  if (which == ROLE_COUNT) return a->world->read_only;
  if (which == ROLE_COUNT + 1) return a->world->write_only;
  return which == ROLE_COUNT + 2 ? a->other->read_only : NULL;
}

/* rows and ld are no fields of a vector. */
static void spoil_view(struct attempt *a, struct fuzz_bytes *b) {
  struct operand *o = &a->t.operands[fuzz_byte(b) % ROLE_COUNT];
  const struct operand *source = &a->original[fuzz_byte(b) % ROLE_COUNT];
  const bool vector = o >= &a->t.operands[INPUT_BIAS] &&
                      o != &a->t.operands[WEIGHT] &&
                      o != &a->t.operands[WEIGHT_OUT] && o < &a->t.operands[Y];
  if (o->bytes == NULL) return; /* the case has none */
  switch (fuzz_byte(b) % 7) {
    case 0:
      o->view.offset = odd_size(b, o->view.offset);
      break;
    case 1:
      o->view.cols = odd_size(b, o->view.cols);
      break;
    case 2:
      if (!vector) o->view.rows = odd_size(b, o->view.rows);
      break;
    case 3:
      if (!vector) o->view.ld = odd_size(b, o->view.ld);
      break;
    case 4:
      o->view.dtype = (clinfer_dtype)(fuzz_byte(b) % 4);
      break;
    case 5:
      o->view.mem = odd_buffer(a, b);
      break;
    default: /* the very place of another operand */
      o->view.mem = source->view.mem;
      o->view.offset = source->view.offset;
      if (!vector) o->view.ld = source->view.ld;
  }
}

static void spoil_parameter(struct attempt *a, struct fuzz_bytes *b) {
  const size_t value = fuzz_byte(b);
  switch (fuzz_byte(b) % 7) {
    case 0:
      if (a->c.op->uses & USES_ACT) a->c.act = CLINFER_SIGMOID + 1 + value;
      break;
    case 1:
      if (a->c.op->uses & USES_FORM)
        a->c.form = CLINFER_RESIDUAL_PARALLEL + 1 + value;
      break;
    case 2:
      a->c.mp = 0 - value;
      break;
    case 3:
      if (a->c.op->uses & USES(WEIGHT)) a->c.wt = CLINFER_OUT_IN + 1 + value;
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
  case_print(&a->c, text);
  fprintf(stderr, "%s%s\n", text, a->world->plain ? ", plain kernels" : "");
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

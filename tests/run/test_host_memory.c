/* test_host_memory.c - operands in the caller's own memory, which starts where
 * an element may, and a vector need not. */

#include "calls.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Whole vectors in every row: what suffices elsewhere to move them at once. */
static const struct call_sizes sizes = {16, 64, 64, 64};
static const struct t_store stores[] = {{CLINFER_F32, 0, 0},
                                        {CLINFER_F16, 0, 0}};

static const struct row {
  const char *name;
} rows[] = {
    {"bias_activation"},
    {"layer_norm_residual"},
    {"residual_add, pre-norm"},
    {"linear"},
    {"qkv_gemm"},
};

static void *memory[CALL_MOST_OPERANDS];

/* Let m lie one element behind where the widest vector may begin. */
static void *move(struct t_matrix *m) {
  enum { WIDEST = 128 };
  unsigned char *room = malloc(m->bytes + 2 * WIDEST), *at = room;
  assert_non_null(room);
  at += WIDEST - (uintptr_t)room % WIDEST + clinfer_dtype_size(m->view.dtype);
  memcpy(at, m->image, m->bytes);
  clReleaseMemObject(m->view.mem);
  m->view.mem = clCreateBuffer(clinfer_context_cl(t_next(NULL, "")->ctx),
                               CL_MEM_READ_WRITE | CL_MEM_USE_HOST_PTR,
                               m->bytes, at, NULL);
  assert_non_null(m->view.mem);
  return room;
}

static void move_all(struct call *c) {
  for (size_t i = 0; i < c->op->count; i++) {
    const struct call_operand *o = &c->op->operands[i];
    memory[i] = move(c->made[i]);
    if (o->kind == CALL_VECTOR)
      *call_vector(c, o) = t_vector(c->made[i]);
    else
      *call_matrix(c, o) = t_view(c->made[i]);
  }
}

static void gives_the_same(const struct call_operator *op, clinfer_context *ctx,
                           struct t_store store) {
  struct call c = call_make(op, ctx, &sizes, store);
  const struct call want = call_run_twin(&c);
  move_all(&c);
  T_OK(call_run(&c));
  call_require_same(&c, &want);
  t_release();
  for (size_t i = 0; i < op->count; i++) free(memory[i]);
}

static void anywhere(void **state) {
  const struct row *row = *state;
  const struct call_operator *op = call_operator_named(row->name);
  for (const struct t_provider *p = t_next(NULL, ""); p; p = t_next(p, ""))
    for (size_t s = 0; s < T_COUNT(stores); s++) {
      t_at("%s, store %zu", p->name, s);
      gives_the_same(op, p->ctx, stores[s]);
    }
}

int main(int argc, char **argv) {
  static const struct t_table tables[] = {T_TABLE(anywhere, rows)};
  return t_main(argc, argv, "host_memory", tables, T_COUNT(tables));
}

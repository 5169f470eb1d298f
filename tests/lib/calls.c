/* calls.c - one good call of every operator. */

#include "calls.h"

#include <string.h>

clinfer_matrix *call_matrix(struct call *c, const struct call_operand *o) {
  return call_arguments_matrix(&c->args, o->role);
}

clinfer_vector *call_vector(struct call *c, const struct call_operand *o) {
  return call_arguments_vector(&c->args, o->role);
}

struct call call_make(const struct call_operator *op, clinfer_context *ctx,
                      const struct call_sizes *sizes, struct t_store store) {
  struct call c = {.op = op,
                   .ctx = ctx,
                   .exec = t_exec,
                   .args = {.norm.eps = 1e-5f,
                            .activation = CLINFER_GELU_ERF,
                            .form = op->form,
                            .mp_size = 2,
                            .mlp_after_attn = op->mlp_after_attn,
                            .gated = op->gated}};
  for (size_t i = 0; i < op->count; i++) {
    const struct call_operand *o = &op->operands[i];
    const size_t rows = call_size(sizes, o->rows),
                 cols = call_size(sizes, o->cols);
    c.made[i] = o->kind == CALL_OUTPUT ? t_output(rows, cols, store)
                                       : t_random(rows, cols, store, -1, 1);
    if (o->kind == CALL_VECTOR)
      *call_vector(&c, o) = t_vector(c.made[i]);
    else
      *call_matrix(&c, o) = t_view(c.made[i]);
  }
  return c;
}

struct call call_twin(const struct call *c) {
  struct call twin = *c;
  for (size_t i = 0; i < c->op->count; i++) {
    const struct call_operand *o = &c->op->operands[i];
    const clinfer_matrix *m = &c->made[i]->view;
    if (o->kind != CALL_OUTPUT) continue;
    const struct t_store store = {m->dtype, m->offset, m->ld - m->cols};
    twin.made[i] = t_output(m->rows, m->cols, store);
    *call_matrix(&twin, o) = t_view(twin.made[i]);
  }
  return twin;
}

clinfer_status call_run(const struct call *c) {
  return c->op->run(c->ctx, c->without_exec ? NULL : &c->exec, &c->args);
}

struct call call_run_twin(const struct call *c) {
  struct call twin = call_twin(c);
  twin.exec = t_exec;
  T_OK(call_run(&twin));
  return twin;
}

bool call_platform_is(const char *name) {
  char platform[256] = "";
  cl_platform_id id;
  clGetDeviceInfo(clinfer_context_device(t_next(NULL, "")->ctx),
                  CL_DEVICE_PLATFORM, sizeof id, &id, NULL);
  clGetPlatformInfo(id, CL_PLATFORM_NAME, sizeof platform, platform, NULL);
  return strcmp(platform, name) == 0;
}

static bool is_output(const struct call *c, size_t i) {
  return c->op->operands[i].kind == CALL_OUTPUT;
}

void call_poison(const struct call *c) {
  for (size_t i = 0; i < c->op->count; i++)
    if (is_output(c, i)) t_poison(c->made[i]);
}

void call_require_untouched(const struct call *c) {
  for (size_t i = 0; i < c->op->count; i++) T_UNCHANGED(c->made[i]);
}

void call_require_same(const struct call *a, const struct call *b) {
  for (size_t i = 0; i < a->op->count; i++)
    if (is_output(a, i)) T_SAME(a->made[i], b->made[i]);
}

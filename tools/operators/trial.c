/* trial.c - make and move the operands of a case. */

#include "operators/trial.h"

#include <math.h>

/* The oracle does about this many multiplications in a tenth of a second. */
#define ORACLE_WORK 3e7

/* Of a row operator, an element costs the oracle as much as this many. */
enum { ORACLE_ELEMENT = 64 };

/* An odd number of distinct rows: a kernel that mixes up rows a power of two
 * apart meets different ones. */
static size_t choose_period(const struct test_case *c) {
  if (c->m == 0) return 0;
  const double row = case_flops(c) / 2 / (double)c->m +
                     ORACLE_ELEMENT * (double)(c->k + c->n);
  const double fit = ORACLE_WORK / (row + 1);
  const size_t period = fit < 5 ? 5 : (size_t)fit | 1;
  return period < c->m ? period : c->m;
}

void trial_range(const struct test_case *c, enum role role, double *lo,
                 double *hi) {
  double middle = 0, reach = 2;
  if (role == X) middle = (double)c->mean;
  if (role == WEIGHT || role == WEIGHT_OUT) {
    const size_t terms = role == WEIGHT ? c->k : c->n;
    reach = 3 / sqrt((double)(terms ? terms : 1));
  }
  if (role == BETA || role == BIAS || role == INPUT_BIAS) reach = 1;
  *lo = middle - reach, *hi = middle + reach;
}

static bool is_output(enum role role) { return role == Y || role == SECOND; }

static bool is_activation(enum role role) {
  return role == X || role == RESIDUAL || role == ATTENTION || is_output(role);
}

static const char *open_operand(struct trial *t, enum role role) {
  const struct test_case *c = t->c;
  struct operand *o = &t->operands[role];
  struct operand_layout layout = {
      .pad = c->ld, .off = c->off, .dtype = case_dtype(c, role)};
  case_size(c, role, &layout.rows, &layout.cols);
  layout.period = is_activation(role) ? t->period : layout.rows;
  if (is_output(role)) return operand_output(o, t->s, &layout);
  double lo, hi;
  trial_range(c, role, &lo, &hi);
  return operand_input(o, t->s, &layout, c->seed * ROLE_COUNT + role, lo, hi);
}

const char *trial_open(struct trial *t, const struct session *s,
                       const struct test_case *c) {
  *t = (struct trial){.c = c, .s = s, .period = choose_period(c)};
  for (enum role role = 0; role < ROLE_COUNT; role++) {
    if (!case_has(c, role)) continue;
    if (case_home(c, role) != role) {
      t->operands[case_home(c, role)].output = true;
      continue;
    }
    const char *why = open_operand(t, role);
    if (why != NULL) return why;
  }
  trial_set_arguments(t);
  return NULL;
}

void trial_close(struct trial *t) {
  clFinish(t->s->queue); /* writes still read the operands' bytes */
  for (enum role role = 0; role < ROLE_COUNT; role++) {
    clinfer_weight w = {.packed = t->packed[role]};
    clinfer_weight_unpack(&w);
    operand_free(&t->operands[role]);
  }
}

static cl_int each_operand(const struct trial *t,
                           cl_int (*move)(const struct operand *,
                                          cl_command_queue)) {
  cl_int code = CL_SUCCESS;
  for (size_t role = 0; role < ROLE_COUNT && code == CL_SUCCESS; role++)
    if (t->operands[role].bytes != NULL)
      code = move(&t->operands[role], t->s->queue);
  return code;
}

cl_int trial_write(const struct trial *t) {
  return each_operand(t, operand_write);
}

cl_int trial_read(const struct trial *t) {
  return each_operand(t, operand_read);
}

double trial_bytes(const struct trial *t) {
  double bytes = 0;
  for (size_t role = 0; role < ROLE_COUNT; role++) {
    const clinfer_matrix *v = &t->operands[role].view;
    bytes += (double)(v->rows * v->cols * clinfer_dtype_size(v->dtype));
  }
  return bytes;
}

const struct operand *trial_operand(const struct trial *t, enum role role) {
  return case_has(t->c, role) ? &t->operands[case_home(t->c, role)] : NULL;
}

clinfer_matrix trial_matrix(const struct trial *t, enum role role) {
  const struct operand *o = trial_operand(t, role);
  return o != NULL ? o->view : clinfer_no_matrix();
}

static clinfer_vector vector(const struct trial *t, enum role role) {
  const struct operand *o = trial_operand(t, role);
  if (o == NULL) return clinfer_no_vector();
  return (clinfer_vector){.mem = o->view.mem,
                          .offset = o->view.offset,
                          .size = o->view.cols,
                          .dtype = o->view.dtype};
}

void trial_set_arguments(struct trial *t) {
  const struct test_case *c = t->c;
  const clinfer_layout layout = (clinfer_layout)c->wt;
  struct call_arguments *a = &t->arguments;
  t->call = case_call(c);
  *a = (struct call_arguments){
      .norm.eps = TRIAL_EPS,
      .weight = {.layout = layout, .packed = t->packed[WEIGHT]},
      .weight_out = {.layout = layout, .packed = t->packed[WEIGHT_OUT]},
      .activation = (clinfer_activation)c->act,
      .form = (clinfer_residual_form)c->form,
      .mp_size = (int)c->mp,
      .mlp_after_attn = c->after != 0,
      .gated = c->gated != 0};
  for (size_t i = 0; i < t->call->count; i++) {
    const struct call_operand *o = &t->call->operands[i];
    if (o->kind == CALL_VECTOR)
      *call_arguments_vector(a, o->role) = vector(t, o->role);
    else
      *call_arguments_matrix(a, o->role) = trial_matrix(t, o->role);
  }
}

clinfer_status trial_pack(struct trial *t) {
  clinfer_weight *const weights[ROLE_COUNT] = {
      [WEIGHT] = &t->arguments.weight, [WEIGHT_OUT] = &t->arguments.weight_out};
  for (enum role role = 0; role < ROLE_COUNT && t->c->pack; role++) {
    if (weights[role] == NULL || !case_has(t->c, role)) continue;
    const clinfer_status status = clinfer_weight_pack(t->s->ctx, t->s->queue,
                                                      weights[role]);
    if (status != CLINFER_OK) return status;
    t->packed[role] = weights[role]->packed;
  }
  return CLINFER_OK;
}

clinfer_status trial_call(const struct trial *t, const clinfer_exec *exec) {
  return t->call->run(t->s->ctx, exec, &t->arguments);
}

void trial_expect(const struct trial *t, struct oracle_value *y,
                  struct oracle_value *second) {
  const struct test_case *c = t->c;
  struct call_values v = {.sizes = case_sizes(c),
                          .layout = (clinfer_layout)c->wt,
                          .activation = (clinfer_activation)c->act,
                          .form = (clinfer_residual_form)c->form,
                          .mp_size = (int)c->mp,
                          .gated = c->gated != 0,
                          .eps = (double)TRIAL_EPS,
                          .x = c->x,
                          .y = c->y};
  v.sizes.tokens = t->period;
  for (enum role role = 0; role < ROLE_COUNT; role++) {
    const struct operand *o = trial_operand(t, role);
    v.of[role] = o != NULL ? o->values : NULL;
  }
  c->op->expect(&v, y, second);
}

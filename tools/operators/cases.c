/* cases.c - the text of a case, and which operands and sizes it means. */

#include "operators/cases.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/words.h"

/* Indexed by the public enums' values. */
static const char *const activations[] = {
    "none",         "relu", "gelu_erf",   "gelu_tanh",
    "gelu_sigmoid", "silu", "leaky_relu", "sigmoid"};
static const char *const layouts[] = {"in_out", "out_in"};
static const char *const forms[] = {"pre_norm", "post_norm", "parallel"};
static const char *const places[] = {"none", "x", "residual", "attention"};
static const char *const flags[] = {"0", "1"};
static const enum role shared[] = {Y, X, RESIDUAL, ATTENTION}; /* likewise */

/* No operand is larger than the product of two sizes and an offset, so none
 * overflows. Offsets go past what 32 bits can count. */
enum { MOST = 1 << 28 };
static const size_t FARTHEST = (size_t)1 << 34;

#define ALWAYS ((size_t)-1)
#define WORDS(list) (list), TOOL_COUNT(list)

static const struct field {
  const char *name;
  size_t at;
  unsigned needs; /* USES bits of the operators that have it; 0: all */
  size_t usual;   /* left out of the text then; ALWAYS: never left out */
  const char *const *words; /* NULL: a number */
  size_t word_count;
  const char *sign; /* printed before a number */
} fields[] = {
#define AT(name) #name, offsetof(struct test_case, name)
    {AT(m), 0, ALWAYS, NULL, 0, ""},
    {AT(k), 0, ALWAYS, NULL, 0, ""},
    {AT(n), USES(WEIGHT), ALWAYS, NULL, 0, ""},
    {AT(out), USES(WEIGHT_OUT), 0, NULL, 0, ""},
    {AT(act), USES_ACT, 0, WORDS(activations), ""},
    {AT(form), USES_FORM, 0, WORDS(forms), ""},
    {AT(mp), USES_FORM, 1, NULL, 0, ""},
    {AT(after), USES_AFTER, 1, WORDS(flags), ""},
    {AT(gated), USES_GATED, 0, WORDS(flags), ""},
    {AT(wt), USES(WEIGHT), 0, WORDS(layouts), ""},
    {AT(pack), USES(WEIGHT), 0, WORDS(flags), ""},
    {AT(bias), USES(BIAS), 1, WORDS(flags), ""},
    {AT(input_bias), USES(INPUT_BIAS), 1, WORDS(flags), ""},
    {AT(gamma), USES(GAMMA), 1, WORDS(flags), ""},
    {AT(beta), USES(BETA), 1, WORDS(flags), ""},
    {AT(second), USES(SECOND), 1, WORDS(flags), ""},
    {AT(inplace), USES_INPLACE, 0, WORDS(places), ""},
    {AT(ld), 0, 0, NULL, 0, "+"},
    {AT(off), 0, 0, NULL, 0, ""},
    {AT(mean), USES(GAMMA), 0, NULL, 0, ""},
    {AT(seed), 0, ALWAYS, NULL, 0, ""},
#undef AT
};

static size_t *value_of(struct test_case *c, const struct field *field) {
  return (size_t *)((char *)c + field->at);
}

/* ---- Reading */

struct test_case case_of(const struct call_operator *op, clinfer_dtype x,
                         clinfer_dtype p, clinfer_dtype y) {
  struct test_case c = {.op = op, .x = x, .p = p, .y = y};
  for (size_t i = 0; i < TOOL_COUNT(fields); i++)
    if (fields[i].usual != ALWAYS) *value_of(&c, &fields[i]) = fields[i].usual;
  return c;
}

static bool equals(const char *word, const char *text, size_t length) {
  return strlen(word) == length && memcmp(word, text, length) == 0;
}

static bool read_value(const struct field *field, const char *text,
                       size_t length, size_t *value) {
  for (size_t i = 0; i < field->word_count; i++)
    if (equals(field->words[i], text, length)) return *value = i, true;
  if (field->words != NULL) return false;
  if (text[0] == '+' && length > 1) text++, length--;
  if (length == 0 || length > 18) return false;
  *value = 0;
  for (size_t i = 0; i < length; i++) {
    if (!isdigit((unsigned char)text[i])) return false;
    *value = *value * 10 + (size_t)(text[i] - '0');
  }
  return true;
}

static const struct field *find_field(const struct call_operator *op,
                                      const char *name, size_t length) {
  for (size_t i = 0; i < TOOL_COUNT(fields); i++)
    if (equals(fields[i].name, name, length) &&
        (fields[i].needs == 0 || (fields[i].needs & op_uses(op)) != 0))
      return &fields[i];
  return NULL;
}

const char *case_set(const char *text, struct test_case *c) {
  while (*text != '\0') {
    const size_t length = strcspn(text, ","), name = strcspn(text, "=,");
    if (name == length) return "a field is not name=value";
    const struct field *field = find_field(c->op, text, name);
    if (field == NULL) return "the operator has no such field";
    if (!read_value(field, text + name + 1, length - name - 1,
                    value_of(c, field)))
      return "a field has no such value";
    text += length + (text[length] == ',');
  }
  return NULL;
}

/* "f16" or "f16/f32/f16", up to the colon. */
static bool read_dtypes(const char *text, clinfer_dtype of[3]) {
  for (size_t i = 0; i < 3; i++) {
    const size_t length = strcspn(text, "/:");
    if (!word_dtype(text, length, &of[i])) return false;
    text += length;
    if (i == 0 && *text != '/') return of[1] = of[2] = of[0], true;
    if (i < 2 && *text++ != '/') return false;
  }
  return *text != '/';
}

/* The output that `inplace` is about; NULL if none may take an input's place.
 */
static const struct call_operand *sharing_output(const struct test_case *c) {
  const struct call_operator *call = case_call(c);
  for (size_t i = 0; i < call->count; i++)
    if (call->operands[i].may_be != 0) return &call->operands[i];
  return NULL;
}

const char *case_contradiction(const struct test_case *c) {
  const size_t sizes[] = {c->m, c->k, c->n, c->out, c->ld, c->mp};
  for (size_t i = 0; i < TOOL_COUNT(sizes); i++)
    if (sizes[i] > MOST) return "a size is out of range";
  if (c->off > FARTHEST) return "an offset is out of range";
  if (c->mp == 0) return "mp is at least 1";
  if (c->inplace == 0) return NULL;
  const struct call_operand *output = sharing_output(c);
  if (output == NULL || !case_has(c, output->role) ||
      !(output->may_be & USES(shared[c->inplace])))
    return "inplace needs an input and an output to share";
  if (c->x != c->y) return "inplace needs input and output of one type";
  return NULL;
}

const char *case_parse(const char *text, struct test_case *c) {
  const size_t name = strcspn(text, ":");
  const struct call_operator *op = op_find(text, name);
  if (op == NULL) return "there is no such operator";
  if (text[name] != ':') return "the type is missing";
  text += name + 1;

  clinfer_dtype of[3];
  const size_t type = strcspn(text, ":");
  if (!read_dtypes(text, of)) return "there is no such type";
  if (text[type] != ':') return "the fields are missing";
  const size_t seed = c->seed;
  *c = case_of(op, of[0], of[1], of[2]);
  c->seed = seed;
  const char *why = case_set(text + type + 1, c);
  return why != NULL ? why : case_contradiction(c);
}

/* ---- Printing */

void case_print_dtypes(const struct test_case *c, char text[16]) {
  if (c->x == c->p && c->x == c->y)
    snprintf(text, 16, "%s", word_of_dtype(c->x));
  else
    snprintf(text, 16, "%s/%s/%s", word_of_dtype(c->x), word_of_dtype(c->p),
             word_of_dtype(c->y));
}

void case_print(const struct test_case *c, char text[CASE_TEXT]) {
  char dtypes[16];
  case_print_dtypes(c, dtypes);
  size_t used = (size_t)snprintf(text, CASE_TEXT, "%s:%s", c->op->function,
                                 dtypes);
  char before = ':';
  for (size_t i = 0; i < TOOL_COUNT(fields) && used < CASE_TEXT; i++) {
    const struct field *f = &fields[i];
    const size_t value = *(const size_t *)((const char *)c + f->at);
    if (f->needs != 0 && (f->needs & op_uses(c->op)) == 0) continue;
    if (value == f->usual) continue;
    char *end = text + used;
    const size_t room = CASE_TEXT - used;
    used += (size_t)(f->words != NULL
                         ? snprintf(end, room, "%c%s=%s", before, f->name,
                                    f->words[value])
                         : snprintf(end, room, "%c%s=%s%zu", before, f->name,
                                    f->sign, value));
    before = ',';
  }
}

/* ---- Meaning */

const struct call_operator *case_call(const struct test_case *c) {
  const unsigned options = c->op->options;
  if (options & USES_FORM) return op_call(c->op, c->form);
  if (options & USES_GATED) return op_call(c->op, c->gated);
  return op_call(c->op, options & USES_AFTER ? c->after == 0 : 0);
}

bool case_has(const struct test_case *c, enum role role) {
  if (call_operand_in(case_call(c), role) == NULL) return false;
  switch (role) {
    case INPUT_BIAS:
      return c->input_bias != 0;
    case GAMMA:
      return c->gamma != 0;
    case BETA:
      return c->beta != 0;
    case BIAS:
      return c->bias != 0;
    case SECOND:
      return c->second != 0;
    default:
      return true;
  }
}

enum role case_home(const struct test_case *c, enum role role) {
  if (c->inplace == 0 || role != sharing_output(c)->role) return role;
  return shared[c->inplace];
}

clinfer_dtype case_dtype(const struct test_case *c, enum role role) {
  if (role == Y || role == SECOND) return c->y;
  return role == X || role == RESIDUAL || role == ATTENTION ? c->x : c->p;
}

static size_t width_out(const struct test_case *c) {
  if ((op_uses(c->op) & USES(WEIGHT_OUT)) != 0) return c->out ? c->out : c->k;
  return c->n;
}

struct call_sizes case_sizes(const struct test_case *c) {
  return (struct call_sizes){c->m, c->k, c->n, width_out(c)};
}

void case_size(const struct test_case *c, enum role role, size_t *rows,
               size_t *cols) {
  const struct call_operand *o = call_operand_in(case_call(c), role);
  const struct call_sizes sizes = case_sizes(c);
  *rows = o != NULL ? call_size(&sizes, o->rows) : 0;
  *cols = o != NULL ? call_size(&sizes, o->cols) : 0;
  if ((role == WEIGHT || role == WEIGHT_OUT) && c->wt == CLINFER_OUT_IN) {
    const size_t in = *rows;
    *rows = *cols, *cols = in;
  }
}

double case_flops(const struct test_case *c) {
  double products = 0;
  if (op_uses(c->op) & USES(WEIGHT)) products += (double)c->k * (double)c->n;
  if (c->gated) products *= 2;
  if (op_uses(c->op) & USES(WEIGHT_OUT))
    products += (double)c->n * (double)width_out(c);
  return 2 * (double)c->m * products;
}

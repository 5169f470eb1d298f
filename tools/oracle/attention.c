/* attention.c - softmax(scores) v, with the error that each part may have. */

#include "model.h"

#include <math.h>
#include <stdlib.h>

/* One query: its row of q, and where its keys and values begin. */
struct query {
  const double *q, *k, *v, *mask;
  size_t begin, end; /* of the keys that it sees */
};

static bool is_seen(const struct query *at, size_t j) {
  return at->mask == NULL || at->mask[j] != -(double)INFINITY;
}

/* scale q k_j, capped, and the mask: float rounds the dot product, each
 * operation after it, and OpenCL allows tanh 5 ulp. */
static struct oracle_value score(const struct oracle_attention *a,
                                 const struct query *at, size_t j) {
  double dot = 0, sizes = 0;
  for (size_t d = 0; d < a->size; d++) {
    const double product = at->q[d] * at->k[j * a->size + d];
    dot += product, sizes += fabs(product);
  }
  struct oracle_value s = {a->scale * dot, 0};
  s.error = fabs(a->scale) * sizes * oracle_sum_error(a->size) +
            2 * fabs(s.value) * ROUNDING;
  if (a->soft_cap > 0) {
    const double t = tanh(s.value / a->soft_cap);
    s.error = (1 - t * t) * (s.error + 5 * fabs(s.value) * ROUNDING) +
              a->soft_cap * fabs(t) * 12 * ROUNDING;
    s.value = a->soft_cap * t;
  }
  if (at->mask) {
    s.value += at->mask[j];
    s.error += fabs(s.value) * ROUNDING;
  }
  return s;
}

/* The weights of the keys from `begin` on, which sum to 1, and how much of each
 * may be wrong: by its score, the difference from the largest one, exp's 3 ulp
 * and what it is multiplied by as larger scores come. */
static void weigh(const struct oracle_attention *a, const struct query *at,
                  struct oracle_value *weights) {
  double most = -(double)INFINITY, total = 0;
  for (size_t j = at->begin; j < at->end; j++) {
    if (!is_seen(at, j)) continue;
    weights[j] = score(a, at, j);
    most = fmax(most, weights[j].value);
  }
  for (size_t j = at->begin; j < at->end; j++) {
    struct oracle_value *w = &weights[j];
    const double below = is_seen(at, j) ? w->value - most : -(double)INFINITY;
    w->value = exp(below);
    w->error = isinf(below) ? 0 : w->error + (fabs(below) + 8) * ROUNDING;
    total += w->value;
  }
  for (size_t j = at->begin; j < at->end; j++) weights[j].value /= total;
}

/* Half the distance between numbers of that size in the type that weights are
 * rounded to before they are multiplied. */
static double weight_rounding(const struct oracle_attention *a, double weight) {
  if (a->weights == CLINFER_F32) return 0;
  return fmax(oracle_ulp(1, a->weights) / 2 * weight, 0x1p-25);
}

/* An error of a weight moves the result by as much as its value is away from
 * the result: the sum of weights, by which it is divided, changes as well.
 * Roundings before the product change the product alone, and are independent.
 */
static struct oracle_value mix(const struct oracle_attention *a,
                               const struct query *at,
                               const struct oracle_value *weights, size_t c) {
  const double n = (double)(at->end - at->begin);
  struct oracle_value y = {0, 0};
  double sizes = 0, squares = 0;
  for (size_t j = at->begin; j < at->end; j++) {
    if (!is_seen(at, j)) continue;
    const double v = at->v[j * a->value_size + c], term = weights[j].value * v;
    const double rounding = weight_rounding(a, weights[j].value) * v;
    y.value += term, sizes += fabs(term), squares += rounding * rounding;
  }
  for (size_t j = at->begin; j < at->end; j++)
    if (is_seen(at, j))
      y.error += weights[j].value * weights[j].error *
                 fabs(at->v[j * a->value_size + c] - y.value);
  y.error += INDEPENDENT * sqrt(squares);
  y.error += (2 * sqrt(n + 1) + 8) * ROUNDING * (sizes + fabs(y.value));
  return y;
}

static size_t number(const int *numbers, size_t b, size_t otherwise) {
  if (numbers == NULL) return otherwise;
  return numbers[b] < 0 ? 0 : (size_t)numbers[b];
}

/* The keys that query i of sequence b sees. */
static void find_keys(const struct oracle_attention *a, size_t b, size_t i,
                      struct query *at) {
  const size_t position = number(a->positions, b, 0) + i;
  const size_t length = number(a->lengths, b, a->keys);
  at->begin = 0;
  at->end = length < a->keys ? length : a->keys;
  if (a->window && position + 1 > a->window)
    at->begin = position + 1 - a->window;
  if (a->window && position + a->window < at->end)
    at->end = position + a->window;
  if (a->causal && position + 1 < at->end) at->end = position + 1;
}

static void attend(const struct oracle_attention *a, const struct query *at,
                   struct oracle_value *weights, clinfer_dtype y_dtype,
                   struct oracle_value *y) {
  bool sees_any = false;
  for (size_t j = at->begin; j < at->end; j++) sees_any |= is_seen(at, j);
  if (sees_any) weigh(a, at, weights);
  for (size_t c = 0; c < a->value_size; c++)
    y[c] = sees_any ? oracle_stored(mix(a, at, weights, c), y_dtype)
                    : (struct oracle_value){0, 0};
}

void oracle_attention(const struct oracle_attention *a, clinfer_dtype y_dtype,
                      struct oracle_value *y) {
  struct oracle_value *weights = malloc((a->keys + 1) * sizeof *weights);
  if (weights == NULL) abort();
  for (size_t b = 0; b < a->batch; b++)
    for (size_t h = 0; h < a->heads; h++) {
      const size_t kv = b * a->kv_heads + h / (a->heads / a->kv_heads);
      const size_t m = b % a->mask_batch * a->mask_heads + h % a->mask_heads;
      for (size_t i = 0; i < a->queries; i++) {
        const size_t row = (b * a->heads + h) * a->queries + i;
        struct query at = {.q = a->q + row * a->size,
                           .k = a->k + kv * a->keys * a->size,
                           .v = a->v + kv * a->keys * a->value_size};
        if (a->mask) at.mask = a->mask + (m * a->queries + i) * a->keys;
        find_keys(a, b, i, &at);
        attend(a, &at, weights, y_dtype, y + row * a->value_size);
      }
    }
  free(weights);
}

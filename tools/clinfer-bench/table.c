/* table.c - one line a case. */

#include "table.h"

bool table_open(struct table *table, const char *path) {
  *table = (struct table){0};
  if (path != NULL && (table->csv = fopen(path, "w")) == NULL) return false;
  if (table->csv != NULL)
    fprintf(table->csv,
            "operator,dtype,tokens,hidden,features,cold_us,warm_us,call_us,"
            "host_us,gap_us,first_ms,bytes,flops,copy_us,copy_share,tflops\n");
  printf("%-20s %-4s %7s %7s %8s %9s %9s %9s %7s %6s %6s %8s\n", "operator",
         "type", "tokens", "hidden", "features", "cold us", "warm us",
         "call us", "host us", "gap us", "copy %", "TFLOP/s");
  return true;
}

/* What a line says of the work: bytes, operations, and a copy's seconds. */
struct work {
  double bytes, flops, copy;
};

static void print_line(const struct test_case *c, const char *dtype,
                       size_t features, const struct table_times *times,
                       struct work w) {
  const struct timing *t = &times->called;
  printf("%-20s %-4s %7zu %7zu %8zu %9.2f %9.2f %9.2f %7.2f %6.2f %6.1f",
         c->op->function, dtype, c->m, c->k, features, t->cold * 1e6,
         times->recorded * 1e6, t->warm * 1e6, t->host * 1e6, t->gap * 1e6,
         100 * w.copy / t->cold);
  if (w.flops > 0) printf(" %8.3f", w.flops / t->cold / 1e12);
  printf("\n");
  fflush(stdout);
}

static void write_line(FILE *csv, const struct test_case *c, const char *dtype,
                       size_t features, const struct table_times *times,
                       struct work w) {
  const struct timing *t = &times->called;
  fprintf(csv, "%s,%s,%zu,%zu,%zu,%.2f,%.2f,%.2f,%.2f,%.2f,%.1f,",
          c->op->function, dtype, c->m, c->k, features, t->cold * 1e6,
          times->recorded * 1e6, t->warm * 1e6, t->host * 1e6, t->gap * 1e6,
          t->first * 1e3);
  fprintf(csv, "%.0f,%.0f,%.3f,%.4f,%.4f\n", w.bytes, w.flops, w.copy * 1e6,
          w.copy / t->cold, w.flops / t->cold / 1e12);
  fflush(csv);
}

/* A share of the roof, and a rate, are those of the cold call: what it touches
 * has to come from memory. */
void table_add(const struct table *table, const struct trial *t,
               const struct table_times *times, double copy_rate) {
  const struct test_case *c = t->c;
  const double bytes = trial_bytes(t);
  const struct work w = {.bytes = bytes,
                         .flops = case_flops(c),
                         .copy = copy_rate > 0 ? bytes / copy_rate : 0};
  const size_t features = op_uses(c->op) & USES(WEIGHT) ? c->n : c->k;
  char dtype[16];
  case_print_dtypes(c, dtype);
  print_line(c, dtype, features, times, w);
  if (table->csv != NULL) write_line(table->csv, c, dtype, features, times, w);
}

bool table_close(struct table *table) {
  if (table->csv == NULL) return true;
  const bool written = !ferror(table->csv);
  return fclose(table->csv) == 0 && written;
}

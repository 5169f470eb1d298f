/* table.c - one line a case. */

#include "table.h"

#include "ops.h"

bool table_open(struct table *table, const char *path) {
  *table = (struct table){0};
  if (path != NULL && (table->csv = fopen(path, "w")) == NULL) return false;
  if (table->csv != NULL)
    fprintf(table->csv,
            "operator,dtype,tokens,hidden,features,cold_us,warm_us,host_us,"
            "first_ms,bytes,flops,copy_us,copy_share,tflops\n");
  printf("%-20s %-4s %7s %7s %8s %9s %9s %7s %6s %8s\n", "operator", "type",
         "tokens", "hidden", "features", "cold us", "warm us", "host us",
         "copy %", "TFLOP/s");
  return true;
}

/* A share of the roof, and a rate, are those of the cold call: what it touches
 * has to come from memory. */
void table_add(const struct table *table, const struct trial *t,
               const struct timing *time, double copy_rate) {
  const struct test_case *c = t->c;
  const double bytes = trial_bytes(t), flops = case_flops(c);
  const double copy = copy_rate > 0 ? bytes / copy_rate : 0;
  const double tflops = flops / time->cold / 1e12;
  const size_t features = c->op->uses & USES(WEIGHT) ? c->n : c->k;
  char dtype[16];
  case_print_dtypes(c, dtype);
  printf("%-20s %-4s %7zu %7zu %8zu %9.2f %9.2f %7.2f %6.1f", c->op->name,
         dtype, c->m, c->k, features, time->cold * 1e6, time->warm * 1e6,
         time->host * 1e6, 100 * copy / time->cold);
  if (flops > 0) printf(" %8.3f", tflops);
  printf("\n");
  fflush(stdout);
  if (table->csv == NULL) return;
  fprintf(table->csv,
          "%s,%s,%zu,%zu,%zu,%.2f,%.2f,%.2f,%.1f,%.0f,%.0f,%.3f,%.4f,%.4f\n",
          c->op->name, dtype, c->m, c->k, features, time->cold * 1e6,
          time->warm * 1e6, time->host * 1e6, time->first * 1e3, bytes, flops,
          copy * 1e6, copy / time->cold, tflops);
  fflush(table->csv);
}

bool table_close(struct table *table) {
  if (table->csv == NULL) return true;
  const bool written = !ferror(table->csv);
  return fclose(table->csv) == 0 && written;
}

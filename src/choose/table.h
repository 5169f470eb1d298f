/* table.h - which implementation was measured to be the fastest.
 *
 * A table is the file gemm.tuning, as `clinfer-check tune` writes it:
 *
 *   # a comment
 *   clinfer 0.1.0
 *   device NVIDIA H100 80GB HBM3
 *   driver 580.159.04
 *   gemm f16 out_in 128 4096 1024: gemm_wgmma 128x256
 *   gemm f16/f32/f16 in_out 1 768 768: gemm_skinny
 *   clblast Copy: COPY_DIMX=8 COPY_DIMY=8 COPY_VW=4 COPY_WPT=2
 *
 * A row names the types of a, w and c (once if they are the same), the
 * weight's layout, M, N and K; then a provider and, unless that shall choose
 * itself, a variant. A line for CLBlast names a kernel of its f32 GEMMs and all
 * of that kernel's parameters; `clinfer-check clblast` makes it of what
 * CLBlast's tuners write. A table for another version, device or driver is
 * passed over; the word `any` stands for all versions or drivers. The folder
 * src/gemm/tuned has tables that are built in, for devices that have no
 * gemm.tuning. */
#ifndef CI_TABLE_H
#define CI_TABLE_H

#include <stddef.h>

#include "base/log.h"
#include "choose/clblast_parameters.h"
#include "choose/implementation.h"

struct ci_table {
  struct ci_table_row *rows;
  size_t count;
  struct ci_clblast_tuned clblast; /* for the first call of CLBlast */
};

/* What a table's text gives. CLINFER_UNSUPPORTED: it is for something else;
 * CLINFER_BAD_FILE: it is no table. The table is empty then, and the last
 * error says which line. */
clinfer_status ci_table_parse(const char *text, size_t size,
                              const struct ci_target *target,
                              struct ci_table *table);

/* gemm.tuning of that folder, which may be NULL, if there is one, else the
 * table that is built in for the device; the log tells what became of it, and
 * that there is none in a folder that was named. */
void ci_table_load(const struct ci_target *target, const char *folder,
                   bool is_named, const struct ci_log *log,
                   struct ci_table *table);

/* What the row of target->table (NULL: there is none) says that is nearest to
 * the problem, a GEMM: of the same types and layout, with an enabled
 * implementation that supports it, and with sizes that differ by little. */
struct ci_choice ci_table_find(const struct ci_target *target,
                               const struct ci_problem *problem);

void ci_table_free(struct ci_table *table);

#endif

/* memory.h - buffers: whose they are, and whether two views of them meet. The
 * names are those of operands, for the last error. */
#ifndef CI_MEMORY_H
#define CI_MEMORY_H

#include "base/status.h"

/* A buffer of the context without the flags `forbidden`; and its bytes. */
clinfer_status ci_check_memory(cl_context context, const char *name, cl_mem mem,
                               cl_mem_flags forbidden, size_t *size);

/* Of the elements of two views, in whichever sub-buffers they lie. CI_SAME: it
 * is the very same view. */
enum ci_relation { CI_APART, CI_SAME, CI_OVERLAPPING };
clinfer_status ci_find_relation(const char *name, clinfer_matrix a,
                                clinfer_matrix b, enum ci_relation *found);

/* What a sub-buffer is part of, and its first byte there; a buffer itself. */
struct ci_place {
  cl_mem mem, buffer;
  size_t origin; /* in bytes */
};
clinfer_status ci_find_place(const char *name, cl_mem mem, struct ci_place *at);

/* Whether two buffers have a byte in common: they are the same one, one is part
 * of the other, or they are overlapping parts of a third. `name`: of either. */
clinfer_status ci_share_memory(const char *name, const struct ci_place *a,
                               cl_mem b, bool *shared);

#endif

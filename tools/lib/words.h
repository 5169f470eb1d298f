/* words.h - what the tools' command lines have in common. */
#ifndef CLINFER_TOOLS_LIB_WORDS_H
#define CLINFER_TOOLS_LIB_WORDS_H

#include "lib/tool.h"

/* "f32"; the text of `length` characters is one of these, or false. */
const char *word_of_dtype(clinfer_dtype dtype);
bool word_dtype(const char *text, size_t length, clinfer_dtype *dtype);

/* " f32 f16", to say which there are. */
#define WORD_BEHIND(name, value, word, bytes) " " #word
#define WORD_DTYPES CLINFER_DTYPE_MAP(WORD_BEHIND)

/* Reads a size from 1 to 999999, and moves *text behind it. */
bool word_size(const char **text, size_t *size);

/* "768,1024" */
bool word_sizes(const char *text, struct size_list *list);

/* "gemm_cpu,row_item". The library passes over names it doesn't know; in a
 * tool one would mean that another kernel runs than the user thinks. */
bool word_providers(const char *text);

#endif

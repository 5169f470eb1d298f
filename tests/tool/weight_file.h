/* weight_file.h - one temporary file, for tests of what reads weights. */
#ifndef CLINFER_WEIGHT_FILE_H
#define CLINFER_WEIGHT_FILE_H

#include <stddef.h>

/* cmocka's group set-up and tear-down: the file is gone after the tests. */
int weight_file_open(void **state);
int weight_file_close(void **state);

/* Replaces the file's content and returns its path. */
const char *weight_file_write(const void *bytes, size_t size);

/* Likewise, by a safetensors file with that header (without its length). */
const char *weight_file_of(const char *header, const void *data, size_t size);

/* The bytes of a whole file; the caller frees them. */
unsigned char *weight_file_read(const char *path, size_t *size);

#endif

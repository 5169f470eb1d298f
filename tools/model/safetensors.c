/* safetensors.c - the container: eight bytes with the length of a header in
 * JSON, the header, then the tensors' bytes without gaps. */

#define _POSIX_C_SOURCE 200809L

#include "model/safetensors.h"

#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/tool.h"
#include "oracle/oracle.h"

enum {
  LENGTH_BYTES = 8,
  MOST_HEADER = 100 * 1000 * 1000 /* the format's own limit, in bytes */
};

/* ---- Element types: little endian in the file, whatever this host is */

static double from_f16(uint64_t bits) {
  return oracle_from_bits((uint16_t)bits, CLINFER_F16);
}

static double from_f32(uint64_t bits) {
  const uint32_t word = (uint32_t)bits;
  float v;
  memcpy(&v, &word, sizeof v);
  return (double)v;
}

static double from_bf16(uint64_t bits) { return from_f32(bits << 16); }

static double from_f64(uint64_t bits) {
  double v;
  memcpy(&v, &bits, sizeof v);
  return v;
}

static double from_i64(uint64_t bits) {
  int64_t v;
  memcpy(&v, &bits, sizeof v);
  return (double)v;
}

/* Types without a conversion may be in the file, but are not read. */
static const struct safetensor_type {
  const char *name;
  size_t size; /* bytes */
  double (*decode)(uint64_t bits);
} types[] = {{"F16", 2, from_f16}, {"BF16", 2, from_bf16}, {"F32", 4, from_f32},
             {"F64", 8, from_f64}, {"I64", 8, from_i64},   {"BOOL", 1, NULL},
             {"U8", 1, NULL},      {"I8", 1, NULL},        {"F8_E4M3", 1, NULL},
             {"F8_E5M2", 1, NULL}, {"I16", 2, NULL},       {"U16", 2, NULL},
             {"I32", 4, NULL},     {"U32", 4, NULL},       {"U64", 8, NULL},
             {"C64", 8, NULL}};

static const struct safetensor_type *type_named(const char *name) {
  for (size_t i = 0; name != NULL && i < TOOL_COUNT(types); i++)
    if (strcmp(types[i].name, name) == 0) return &types[i];
  return NULL;
}

static uint64_t little_endian(const unsigned char *bytes, size_t size) {
  uint64_t bits = 0;
  for (size_t i = size; i-- > 0;) bits = bits << 8 | bytes[i];
  return bits;
}

/* ---- The header */

/* Names in a message come from the file: no control character of theirs may
 * reach a terminal. */
__attribute__((format(printf, 2, 3))) static bool
refuse(struct safetensors *file, const char *format, ...) {
  va_list args;
  va_start(args, format);
  vsnprintf(file->error, sizeof file->error, format, args);
  va_end(args);
  for (char *c = file->error; *c != '\0'; c++)
    if ((unsigned char)*c < ' ' || *c == 0x7f) *c = '?';
  return false;
}

/* JSON has only doubles: beyond 2^53 they would no longer count bytes. */
static bool parse_count(const cJSON *item, size_t *out) {
  if (!cJSON_IsNumber(item)) return false;
  const double v = item->valuedouble;
  if (!(v >= 0 && v <= 0x1p53 && v < (double)SIZE_MAX) || v != floor(v))
    return false;
  *out = (size_t)v;
  return true;
}

static bool parse_shape(const cJSON *shape, struct safetensor *t) {
  if (!cJSON_IsArray(shape)) return false;
  t->count = 1;
  const cJSON *item;
  cJSON_ArrayForEach(item, shape) {
    if (t->rank == SAFETENSORS_MAX_RANK) return false;
    size_t extent;
    if (!parse_count(item, &extent)) return false;
    if (extent != 0 && t->count > SIZE_MAX / extent) return false;
    t->count *= extent;
    t->shape[t->rank++] = extent;
  }
  return true;
}

static bool parse_tensor(struct safetensors *file, const cJSON *item,
                         struct safetensor *t) {
  *t = (struct safetensor){.name = item->string};
  const cJSON *type = cJSON_GetObjectItemCaseSensitive(item, "dtype");
  t->type = type_named(cJSON_GetStringValue(type));
  if (t->type == NULL)
    return refuse(file, "tensor '%.99s': no dtype that is known", t->name);

  if (!parse_shape(cJSON_GetObjectItemCaseSensitive(item, "shape"), t))
    return refuse(file, "tensor '%.99s': bad shape", t->name);

  const cJSON *at = cJSON_GetObjectItemCaseSensitive(item, "data_offsets");
  if (!cJSON_IsArray(at) || cJSON_GetArraySize(at) != 2 ||
      !parse_count(cJSON_GetArrayItem(at, 0), &t->begin) ||
      !parse_count(cJSON_GetArrayItem(at, 1), &t->end) || t->begin > t->end)
    return refuse(file, "tensor '%.99s': bad data_offsets", t->name);

  if (t->count > SIZE_MAX / t->type->size ||
      t->count * t->type->size != t->end - t->begin)
    return refuse(file, "tensor '%.99s': its bytes are not those of its shape",
                  t->name);
  return true;
}

static bool parse_metadata(struct safetensors *file, const cJSON *item) {
  if (file->metadata != NULL || !cJSON_IsObject(item))
    return refuse(file, "bad __metadata__");
  const cJSON *entry;
  cJSON_ArrayForEach(entry, item) {
    if (!cJSON_IsString(entry)) return refuse(file, "bad __metadata__");
  }
  file->metadata = item;
  return true;
}

static bool parse_header(struct safetensors *file) {
  size_t most = 0;
  const cJSON *item;
  cJSON_ArrayForEach(item, file->header) most++;
  file->tensors = tool_alloc(most, sizeof *file->tensors);
  cJSON_ArrayForEach(item, file->header) {
    if (strcmp(item->string, "__metadata__") == 0) {
      if (!parse_metadata(file, item)) return false;
    } else if (!parse_tensor(file, item, &file->tensors[file->count++])) {
      return false;
    }
  }
  return true;
}

static int by_place(const void *a, const void *b) {
  const struct safetensor *s = a, *t = b;
  if (s->begin != t->begin) return s->begin < t->begin ? -1 : 1;
  return (s->end > t->end) - (s->end < t->end);
}

static int by_name(const void *a, const void *b) {
  const struct safetensor *s = a, *t = b;
  return strcmp(s->name, t->name);
}

/* Leaves the tensors sorted by name. */
static bool check_layout(struct safetensors *file) {
  struct safetensor *t = file->tensors;
  size_t at = 0;
  qsort(t, file->count, sizeof *t, by_place);
  for (size_t i = 0; i < file->count; at = t[i++].end)
    if (t[i].begin != at)
      return refuse(file, "tensor '%.99s': overlaps another or leaves a gap",
                    t[i].name);
  if (at != file->data_size)
    return refuse(file, "the tensors take %zu bytes, but the file has %zu", at,
                  file->data_size);

  qsort(t, file->count, sizeof *t, by_name);
  for (size_t i = 1; i < file->count; i++)
    if (strcmp(t[i - 1].name, t[i].name) == 0)
      return refuse(file, "tensor '%.99s': there are two of this name",
                    t[i].name);
  return true;
}

/* ---- The file */

static bool open_regular(struct safetensors *file, const char *path,
                         size_t *size) {
  struct stat status;
  file->stream = fopen(path, "rb");
  if (file->stream == NULL) return refuse(file, "it cannot be opened");
  if (fstat(fileno(file->stream), &status) != 0 || !S_ISREG(status.st_mode))
    return refuse(file, "it is no regular file");
  if ((uintmax_t)status.st_size > SIZE_MAX)
    return refuse(file, "it is too large");
  *size = (size_t)status.st_size;
  return true;
}

/* The terminating 0 is for cJSON, whose older versions look one character past
 * the length that they are given. */
static bool read_header(struct safetensors *file, char *text) {
  if (fread(text, 1, file->header_size, file->stream) != file->header_size)
    return refuse(file, "it cannot be read");
  text[file->header_size] = '\0';
  if (text[0] != '{' || strlen(text) != file->header_size)
    return refuse(file, "its header is not JSON");
  file->header = cJSON_ParseWithOpts(text, NULL, true);
  if (!cJSON_IsObject(file->header))
    return refuse(file, "its header is not JSON");
  return true;
}

bool safetensors_open(struct safetensors *file, const char *path) {
  *file = (struct safetensors){0};
  size_t size = 0;
  if (!open_regular(file, path, &size)) return false;

  unsigned char length[LENGTH_BYTES];
  if (size < sizeof length ||
      fread(length, 1, sizeof length, file->stream) != sizeof length)
    return refuse(file, "it is too short for a safetensors file");
  const uint64_t header_size = little_endian(length, sizeof length);
  if (header_size > MOST_HEADER || header_size > size - LENGTH_BYTES)
    return refuse(file,
                  "no safetensors file: its header would go beyond its "
                  "end or 100 MB");
  file->header_size = (size_t)header_size;
  file->data_size = size - LENGTH_BYTES - file->header_size;

  char *text = tool_alloc(file->header_size + 1, 1);
  const bool read = read_header(file, text);
  free(text);
  return read && parse_header(file) && check_layout(file);
}

void safetensors_close(struct safetensors *file) {
  if (file->stream != NULL) fclose(file->stream);
  cJSON_Delete(file->header);
  free(file->tensors);
  file->stream = NULL, file->header = NULL, file->tensors = NULL;
  file->metadata = NULL, file->count = 0;
}

const struct safetensor *safetensors_find(const struct safetensors *file,
                                          const char *name) {
  const struct safetensor key = {.name = name};
  return bsearch(&key, file->tensors, file->count, sizeof key, by_name);
}

const char *safetensors_metadata(const struct safetensors *file,
                                 const char *key) {
  return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(file->metadata,
                                                               key));
}

bool safetensors_read(struct safetensors *file, const struct safetensor *tensor,
                      size_t first, size_t count, double *out) {
  const struct safetensor_type *type = tensor->type;
  if (first > tensor->count || count > tensor->count - first)
    return refuse(file, "tensor '%.99s': it has too few elements",
                  tensor->name);
  if (type->decode == NULL)
    return refuse(file, "tensor '%.99s': its dtype is not supported",
                  tensor->name);

  const size_t at = LENGTH_BYTES + file->header_size + tensor->begin;
  if (fseeko(file->stream, (off_t)(at + first * type->size), SEEK_SET) != 0)
    return refuse(file, "tensor '%.99s': it cannot be read", tensor->name);
  unsigned char element[sizeof(uint64_t)];
  for (size_t i = 0; i < count; i++) {
    if (fread(element, type->size, 1, file->stream) != 1)
      return refuse(file, "tensor '%.99s': it cannot be read", tensor->name);
    out[i] = type->decode(little_endian(element, type->size));
  }
  return true;
}

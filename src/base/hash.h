/* hash.h - a hash for tables and for spotting damaged files; no defence. */
#ifndef CI_HASH_H
#define CI_HASH_H

#include <stddef.h>
#include <stdint.h>

#define CI_HASH_START 0xcbf29ce484222325u

/* FNV-1a, 64 bits; chain pieces by passing the last result as `h`. */
static inline uint64_t ci_hash(const void *bytes, size_t size, uint64_t h) {
  const unsigned char *b = bytes;
  for (size_t i = 0; i < size; i++) h = (h ^ b[i]) * 0x100000001b3u;
  return h;
}

#endif

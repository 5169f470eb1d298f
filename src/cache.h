/* cache.h - compiled kernels on disk. */
#ifndef CI_CACHE_H
#define CI_CACHE_H

#include "device.h"

/* Everything that a binary depends on, as one text; the caller frees it. NULL
 * if there is no memory for it: then there is no caching either. */
char *ci_cache_key(const struct ci_device *device, const char *name,
                   const char *options, const char *source);

struct ci_binary {
  char *file; /* what to free */
  const unsigned char *bytes;
  size_t size;
};

/* False if the folder has no whole, undamaged file for exactly this key. */
bool ci_cache_load(const char *folder, const char *key,
                   struct ci_binary *binary);
bool ci_cache_save(const char *folder, const char *key, const void *bytes,
                   size_t size);

#endif

/* cache.h - compiled kernels on disk. */
#ifndef CI_CACHE_H
#define CI_CACHE_H

#include "base/device.h"
#include "base/file.h"

enum { CI_CACHE_NAME = 24 }; /* of a file, with its 0 */

/* The folder that the options (or NULL) name, else the environment; the length
 * of its absolute path. 0: there is to be none. CI_LONGEST_PATH and more: it is
 * too long, or relative while the current folder is unknown. */
size_t ci_cache_folder(const clinfer_options *options,
                       char path[CI_LONGEST_PATH]);

/* The folder that is named for kernels, by the options (or NULL) or by
 * CLINFER_CACHE_DIR; "" for none. NULL: it is the usual one. */
const char *ci_cache_named(const clinfer_options *options);

/* The name of the file for that key. */
void ci_cache_name(const char *key, size_t key_size, char name[CI_CACHE_NAME]);

/* Everything that a binary depends on, as one text; the caller frees it. NULL
 * if there is no memory for it: then there is no caching either. */
char *ci_cache_key(const struct ci_device *device, const char *name,
                   const char *options, const char *source);

struct ci_binary {
  char *file;      /* what to free */
  const char *key; /* not ended by a 0 */
  size_t key_size;
  const unsigned char *bytes;
  size_t size;
};

/* False if it is no whole, undamaged file of this user's alone, whatever its
 * key: a binary is run, so who may write it may run what he likes. */
bool ci_cache_read(const char *path, struct ci_binary *binary);

/* False if the folder has no whole, undamaged file for exactly this key. */
bool ci_cache_load(const char *folder, const char *key,
                   struct ci_binary *binary);
bool ci_cache_save(const char *folder, const char *key, const void *bytes,
                   size_t size);
void ci_cache_remove(const char *folder, const char *key);

#endif

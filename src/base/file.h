/* file.h - the little that the library does with files and folders. */
#ifndef CI_FILE_H
#define CI_FILE_H

#include <stdbool.h>
#include <stddef.h>

enum { CI_LONGEST_PATH = 4096 }; /* with its 0; longer ones are refused */

/* The whole of a regular file that is not larger than `most`, with a 0 behind
 * it; the caller frees it. NULL if that cannot be had. */
char *ci_read_file(const char *path, size_t most, size_t *size);

/* The same, of a file of this user's in which no other user can write. */
char *ci_read_private_file(const char *path, size_t most, size_t *size);

/* Write a file under a temporary name and rename it, so that no reader ever
 * sees half of it. The pieces are written one after the other. */
struct ci_piece {
  const void *bytes;
  size_t size;
};
bool ci_write_file(const char *path, const struct ci_piece *pieces,
                   size_t count);

/* The path from the root on; the length that it has, or would have if there
 * were room for it. CI_LONGEST_PATH where the current folder is unknown. */
size_t ci_absolute_path(const char *path, char absolute[CI_LONGEST_PATH]);

/* Whether it is a folder of this user's in which no other user can write; if
 * not, why. It and its parents are made if they are missing; but not within
 * another user's folder, which would lock that user out of what is made there,
 * unless that folder is for all (has the sticky bit, as /tmp has). */
enum { CI_LONGEST_WHY = 128 };
bool ci_private_folder(const char *path, char why[CI_LONGEST_WHY]);

#endif

/* files.h - temporary folders and the files in them. */
#ifndef CLINFER_FILES_H
#define CLINFER_FILES_H

#include <stdbool.h>
#include <stddef.h>

enum { FILES_PATH = 256 };

/* A new folder in $TMPDIR, and removing it with all that is in it. */
void files_make_folder(char folder[FILES_PATH]);
void files_remove(const char *path);

/* Every file of a folder, and of the folders in it, into another. */
void files_copy(const char *from, const char *to);

/* The path of the folder's only file; false if there is none, or more. */
bool files_only(const char *folder, char path[FILES_PATH]);

/* A whole file, with a 0 behind it; the caller frees it. */
unsigned char *files_read(const char *path, size_t *size);
void files_write(const char *path, const void *bytes, size_t size);

#endif

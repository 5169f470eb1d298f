/* shim.h - all that the library calls, on its way to the driver and to the C
 * library: counted, made to fail, or answered as by a device that is not here.
 *
 * The linker puts these functions in the place of those in shim.def, in the
 * test program itself and in the static libraries that it is made of. What the
 * driver, CLBlast and the C library call on their own passes them by. */
#ifndef CLINFER_SHIM_H
#define CLINFER_SHIM_H

#include <CL/cl.h>
#include <stdbool.h>
#include <stddef.h>

#include "clinfer/clinfer.h"

enum shim_function {
#define QUERY(name, ...) SHIM_##name,
#define RETAIN(name, ...) SHIM_##name,
#define RELEASE(name, ...) SHIM_##name,
#define CREATE(name, ...) SHIM_##name,
#define STATUS(name, ...) SHIM_##name,
#define MEMORY(name, ...) SHIM_##name,
#define LOCK(name, ...) SHIM_##name,
#define FILES(name, ...) SHIM_##name,
#define CLOSE(name, ...) SHIM_##name,
#include "shim.def"
  SHIM_FUNCTIONS
};

/* What a function is of; SHIM_RELEASE ones are forwarded even if they fail, as
 * is close. */
enum shim_kind {
  SHIM_QUERY,
  SHIM_RETAIN,
  SHIM_RELEASE,
  SHIM_CREATE,
  SHIM_STATUS,
  SHIM_MEMORY, /* of the host, and its locks */
  SHIM_FILES
};

struct shim_entry {
  const char *name;
  enum shim_kind kind;
  size_t error_count;
  int errors[24]; /* codes of OpenCL or CLBlast, or values of errno */
};
extern const struct shim_entry shim_table[SHIM_FUNCTIONS];

enum shim_object {
  SHIM_CONTEXT,
  SHIM_QUEUE,
  SHIM_BUFFER,
  SHIM_PROGRAM,
  SHIM_KERNEL,
  SHIM_EVENT,
  SHIM_BLOCK, /* of the host's memory */
  SHIM_LOCK,
  SHIM_OBJECTS
};
extern const char *const shim_object_names[SHIM_OBJECTS];

/* Since the program's start: calls of a function; kernels, barriers and markers
 * that the driver took; objects made, and references to such that are left. */
size_t shim_calls(enum shim_function f);
size_t shim_commands(void);
size_t shim_made(enum shim_object object);
long shim_live(enum shim_object object);

/* The n-th call of f from now on fails with `error`. */
void shim_fail(enum shim_function f, size_t n, int error);
/* No call fails any more; whether one has. */
bool shim_has_failed(void);

/* What the device says of itself from now on, and holds the library to. 0 and
 * NULL: what is true. */
struct shim_device {
  bool without_compiler;
  bool without_units; /* no compute units */
  bool is_whole;      /* no part of another device */
  size_t max_group;   /* work-items in a work-group */
  cl_ulong local_memory, max_alloc;
  const char *text;    /* in place of its name, its vendor's and driver's */
  const char *version; /* such as "OpenCL 1.1 " */
  cl_device_type type;
  const char *extensions;
  size_t sub_group; /* the size of Intel's that it takes */
};
extern struct shim_device shim_device;

/* After n more calls the device is lost: but for questions and releases, every
 * call fails with CL_OUT_OF_RESOURCES, and commands end by that error. */
void shim_lose_device(size_t n);
void shim_find_device(void);

#endif

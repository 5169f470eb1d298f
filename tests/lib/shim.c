/* shim.c - all that the library calls, on its way to the driver and to the C
 * library. The names are those that the linker's --wrap asks for. */

#define _DEFAULT_SOURCE

#include "shim.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#if CI_WITH_CLBLAST
#include <clblast_c.h>
#endif

/* ---- Counts */

static atomic_size_t calls[SHIM_FUNCTIONS], failures[SHIM_FUNCTIONS],
    made[SHIM_OBJECTS];
static atomic_long live[SHIM_OBJECTS];

const char *const shim_object_names[SHIM_OBJECTS] = {
    "context", "queue", "buffer", "program",
    "kernel",  "event", "block",  "lock"};

size_t shim_calls(enum shim_function f) { return calls[f]; }
size_t shim_made(enum shim_object object) { return made[object]; }
long shim_live(enum shim_object object) { return live[object]; }

static size_t successes(enum shim_function f) { return calls[f] - failures[f]; }

size_t shim_commands(void) {
  return successes(SHIM_clEnqueueNDRangeKernel) +
         successes(SHIM_clEnqueueBarrierWithWaitList) +
         successes(SHIM_clEnqueueMarkerWithWaitList);
}

static void gain(enum shim_object object, long count) {
  live[object] += count;
  made[object] += (size_t)count;
}

/* ---- Faults */

static struct {
  enum shim_function function;
  int error;
  atomic_size_t left; /* calls up to the one that fails; 0: none does */
  atomic_bool done;
} fault;

void shim_fail(enum shim_function f, size_t n, int error) {
  fault.function = f;
  fault.error = error;
  fault.done = false;
  fault.left = n;
}

bool shim_has_failed(void) {
  fault.left = 0;
  return fault.done;
}

/* The error that this call is to end with, or 0. */
static int fault_of(enum shim_function f) {
  calls[f]++;
  if (f != fault.function || fault.left == 0 || --fault.left > 0) return 0;
  fault.done = true;
  failures[f]++;
  return fault.error;
}

/* ---- An invented device */

struct shim_device shim_device;

enum { SUB_GROUP_SIZES_INTEL = 0x4108 };

static atomic_size_t until_loss;
static atomic_bool lost;

void shim_lose_device(size_t n) {
  lost = false;
  until_loss = n + 1;
}

void shim_find_device(void) {
  until_loss = 0;
  lost = false;
}

static int loss(void) {
  if (until_loss > 0 && --until_loss == 0) lost = true;
  return lost ? CL_OUT_OF_RESOURCES : CL_SUCCESS;
}

static cl_int refuse_buffer(size_t size) {
  return shim_device.max_alloc && size > shim_device.max_alloc
             ? CL_INVALID_BUFFER_SIZE
             : CL_SUCCESS;
}

static cl_ulong local_memory_of(cl_kernel kernel) {
  cl_ulong bytes = 0; /* NULL: the kernel's only device */
  clGetKernelWorkGroupInfo(kernel, NULL, CL_KERNEL_LOCAL_MEM_SIZE, sizeof bytes,
                           &bytes, NULL);
  return bytes;
}

static cl_int refuse_group(cl_kernel kernel, cl_uint dims,
                           const size_t *local) {
  size_t size = 1;
  for (cl_uint d = 0; d < dims && local; d++) size *= local[d];
  if (shim_device.max_group && size > shim_device.max_group)
    return CL_INVALID_WORK_GROUP_SIZE;
  if (shim_device.local_memory &&
      local_memory_of(kernel) > shim_device.local_memory)
    return CL_OUT_OF_RESOURCES;
  return CL_SUCCESS;
}

static void put(void *value, size_t *used, const void *from, size_t size) {
  if (value) memcpy(value, from, size);
  if (used) *used = size;
}

static void put_text(void *value, size_t *used, const char *text) {
  if (text) put(value, used, text, strlen(text) + 1);
}

/* A text that may be longer than the driver's own. */
static cl_int give_text(size_t size, void *value, size_t *used,
                        const char *text) {
  if (value && size < strlen(text) + 1) return CL_INVALID_VALUE;
  put_text(value, used, text);
  return CL_SUCCESS;
}

static void invent_device(cl_device_info info, void *value, size_t *used) {
  const struct shim_device *d = &shim_device;
  const cl_bool none = CL_FALSE;
  const cl_uint no_units = 0;
  const cl_device_id nothing = NULL;
  switch (info) {
    case CL_DEVICE_COMPILER_AVAILABLE:
      if (d->without_compiler) put(value, used, &none, sizeof none);
      break;
    case CL_DEVICE_MAX_COMPUTE_UNITS:
      if (d->without_units) put(value, used, &no_units, sizeof no_units);
      break;
    case CL_DEVICE_PARENT_DEVICE:
      if (d->is_whole) put(value, used, &nothing, sizeof nothing);
      break;
    case CL_DEVICE_MAX_WORK_GROUP_SIZE:
      if (d->max_group) put(value, used, &d->max_group, sizeof d->max_group);
      break;
    case CL_DEVICE_LOCAL_MEM_SIZE:
      if (d->local_memory)
        put(value, used, &d->local_memory, sizeof d->local_memory);
      break;
    case CL_DEVICE_MAX_MEM_ALLOC_SIZE:
      if (d->max_alloc) put(value, used, &d->max_alloc, sizeof d->max_alloc);
      break;
    case CL_DEVICE_NAME:
    case CL_DEVICE_VENDOR:
    case CL_DRIVER_VERSION:
      put_text(value, used, d->text);
      break;
    case CL_DEVICE_VERSION:
      put_text(value, used, d->version);
      break;
    case CL_DEVICE_TYPE:
      if (d->type) put(value, used, &d->type, sizeof d->type);
      break;
    case SUB_GROUP_SIZES_INTEL:
      if (d->sub_group) put(value, used, &d->sub_group, sizeof d->sub_group);
      break;
  }
}

/* The driver's answer, or another one in its place. */
static cl_int invent(enum shim_function f, cl_uint info, size_t size,
                     void *value, size_t *used, cl_int code) {
  const cl_int failed = CL_OUT_OF_RESOURCES;
  const bool is_device = f == SHIM_clGetDeviceInfo;
  if (is_device && info == CL_DEVICE_EXTENSIONS && shim_device.extensions)
    return give_text(size, value, used, shim_device.extensions);
  if (is_device && info == SUB_GROUP_SIZES_INTEL && shim_device.sub_group)
    code = CL_SUCCESS; /* most drivers do not know the question */
  if (code != CL_SUCCESS) return code;
  if (is_device) invent_device(info, value, used);
  if (f == SHIM_clGetEventInfo && lost &&
      info == CL_EVENT_COMMAND_EXECUTION_STATUS)
    put(value, used, &failed, sizeof failed);
  return code;
}

/* ---- The functions */

#define QUERY(name, handle, info, ...)                                     \
  cl_int __real_##name(handle, info, size_t, void *, size_t *);            \
  cl_int __wrap_##name(handle, info, size_t, void *, size_t *);            \
  cl_int __wrap_##name(handle object, info what, size_t size, void *value, \
                       size_t *used) {                                     \
    cl_int code = fault_of(SHIM_##name);                                   \
    if (code != CL_SUCCESS) return code;                                   \
    code = __real_##name(object, what, size, value, used);                 \
    return invent(SHIM_##name, what, size, value, used, code);             \
  }

#define RETAIN(name, handle, object, ...)             \
  cl_int __real_##name(handle);                       \
  cl_int __wrap_##name(handle);                       \
  cl_int __wrap_##name(handle it) {                   \
    cl_int code = fault_of(SHIM_##name);              \
    if (code == CL_SUCCESS) code = __real_##name(it); \
    if (code == CL_SUCCESS) live[object]++;           \
    return code;                                      \
  }

#define RELEASE(name, handle, object, ...)      \
  cl_int __real_##name(handle);                 \
  cl_int __wrap_##name(handle);                 \
  cl_int __wrap_##name(handle it) {             \
    const cl_int fails = fault_of(SHIM_##name); \
    const cl_int code = __real_##name(it);      \
    if (code == CL_SUCCESS) live[object]--;     \
    return fails ? fails : code;                \
  }

#define CREATE(name, handle, object, refusal, parameters, arguments, ...) \
  handle __real_##name parameters;                                        \
  handle __wrap_##name parameters;                                        \
  handle __wrap_##name parameters {                                       \
    cl_int fails = fault_of(SHIM_##name);                                 \
    if (fails == CL_SUCCESS) fails = loss();                              \
    if (fails == CL_SUCCESS) fails = refusal;                             \
    if (fails != CL_SUCCESS) {                                            \
      if (code) *code = fails;                                            \
      return NULL;                                                        \
    }                                                                     \
    const handle it = __real_##name arguments;                            \
    if (it != NULL) gain(object, 1);                                      \
    return it;                                                            \
  }

#define STATUS(name, type, refusal, to, parameters, arguments, ...) \
  type __real_##name parameters;                                    \
  type __wrap_##name parameters;                                    \
  type __wrap_##name parameters {                                   \
    const cl_event *const made_event = to;                          \
    cl_int fails = fault_of(SHIM_##name);                           \
    if (fails == CL_SUCCESS) fails = loss();                        \
    if (fails == CL_SUCCESS) fails = refusal;                       \
    if (fails != CL_SUCCESS) return (type)fails;                    \
    const type given = __real_##name arguments;                     \
    if (given == 0 && made_event != NULL) gain(SHIM_EVENT, 1);      \
    return given;                                                   \
  }

#define MEMORY(name, type, blocks, parameters, arguments)   \
  type __real_##name parameters;                            \
  type __wrap_##name parameters;                            \
  type __wrap_##name parameters {                           \
    if (fault_of(SHIM_##name)) return errno = ENOMEM, NULL; \
    const long more = blocks;                               \
    type const given = __real_##name arguments;             \
    if (given != NULL) gain(SHIM_BLOCK, more);              \
    return given;                                           \
  }

#define LOCK(name, parameters, arguments, ...) \
  int __real_##name parameters;                \
  int __wrap_##name parameters;                \
  int __wrap_##name parameters {               \
    const int fails = fault_of(SHIM_##name);   \
    if (fails) return fails;                   \
    const int given = __real_##name arguments; \
    if (given == 0) gain(SHIM_LOCK, 1);        \
    return given;                              \
  }

#define FILES(name, type, blocks, parameters, arguments, ...) \
  type __real_##name parameters;                              \
  type __wrap_##name parameters;                              \
  type __wrap_##name parameters {                             \
    const int fails = fault_of(SHIM_##name);                  \
    if (fails) return errno = fails, -1;                      \
    const type given = __real_##name arguments;               \
    if (given >= 0) gain(SHIM_BLOCK, blocks);                 \
    return given;                                             \
  }

/* The file is closed whatever is said, as on Linux. */
#define CLOSE(name, ...)                        \
  int __real_##name(int fd);                    \
  int __wrap_##name(int fd);                    \
  int __wrap_##name(int fd) {                   \
    const int fails = fault_of(SHIM_##name);    \
    const int given = __real_##name(fd);        \
    return fails ? (errno = fails, -1) : given; \
  }

#include "shim.def"

void __real_free(void *block);
void __wrap_free(void *block);
void __wrap_free(void *block) {
  if (block != NULL) live[SHIM_BLOCK]--;
  __real_free(block);
}

/* ---- Their table */

#define ENTRY(name, kind, ...) \
  {#name, kind, sizeof((int[]){__VA_ARGS__}) / sizeof(int), {__VA_ARGS__}},
#define QUERY(name, handle, info, ...) ENTRY(name, SHIM_QUERY, __VA_ARGS__)
#define RETAIN(name, handle, object, ...) ENTRY(name, SHIM_RETAIN, __VA_ARGS__)
#define RELEASE(name, handle, object, ...) \
  ENTRY(name, SHIM_RELEASE, __VA_ARGS__)
#define CREATE(name, handle, object, refusal, parameters, arguments, ...) \
  ENTRY(name, SHIM_CREATE, __VA_ARGS__)
#define STATUS(name, type, refusal, event, parameters, arguments, ...) \
  ENTRY(name, SHIM_STATUS, __VA_ARGS__)
#define MEMORY(name, type, blocks, parameters, arguments) \
  ENTRY(name, SHIM_MEMORY, ENOMEM)
#define LOCK(name, parameters, arguments, ...) \
  ENTRY(name, SHIM_MEMORY, __VA_ARGS__)
#define FILES(name, type, blocks, parameters, arguments, ...) \
  ENTRY(name, SHIM_FILES, __VA_ARGS__)
#define CLOSE(name, ...) ENTRY(name, SHIM_FILES, __VA_ARGS__)
const struct shim_entry shim_table[SHIM_FUNCTIONS] = {
#include "shim.def"
};

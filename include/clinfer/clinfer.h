/* clinfer.h - the operators of a transformer layer, on any OpenCL device.
 *
 * The application owns its OpenCL context, queues, buffers and events; clinfer
 * owns the compiled kernels and, unless the caller brings it, scratch memory.
 * A first program:
 *
 *   clinfer_context *ctx;
 *   clinfer_context_create(cl_ctx, cl_dev, NULL, &ctx);
 *   clinfer_exec exec = {.queue = queue};
 *   clinfer_linear(ctx, &exec, clinfer_matrix_of(x, 32, 768, CLINFER_F32),
 *                  clinfer_weight_of(clinfer_matrix_of(w, 768, 3072,
 *                                                      CLINFER_F32)),
 *                  clinfer_vector_of(b, 3072, CLINFER_F32), CLINFER_GELU_ERF,
 *                  clinfer_matrix_of(y, 32, 3072, CLINFER_F32));
 *   clinfer_context_destroy(ctx);
 *
 * What holds for every function:
 * - Activations are row-major [tokens, features]. Sizes, offsets and leading
 *   dimensions count elements, never bytes.
 * - Functions return a clinfer_status. On anything but CLINFER_OK,
 *   clinfer_last_error() has the details. Nothing prints, aborts or throws.
 * - A context may be used by several threads at once, each with its own queue.
 *   Two contexts share nothing but what CLBlast keeps for the process: its
 *   parameters and kernels. The library calls CLBlast only for f32 GEMMs, under
 *   a lock of its own. An application whose other threads call CLBlast at the
 *   same time needs CLBlast 1.6.1, and its first call must not coincide with
 *   the library's first; or options.disable = "gemm_clblast".
 * - After fork() the parent goes on; the child must use no context, nor OpenCL,
 *   and leaves by _exit() or exec. A process must not end, by exit() or by
 *   returning from main, while a thread is in a call.
 */
#ifndef CLINFER_CLINFER_H
#define CLINFER_CLINFER_H

#include <stddef.h>
#include <stdint.h>

#include "clinfer/version.h"

/* OpenCL's handles. No header of OpenCL is included, so the application alone
 * says for which version of OpenCL it is written (CL_TARGET_OPENCL_VERSION);
 * CL/cl.h or CL/opencl.hpp may come before this header or after it. */
#ifndef CL_SUCCESS /* else that header was first, and has declared them */
typedef struct _cl_device_id *cl_device_id;
typedef struct _cl_context *cl_context;
typedef struct _cl_command_queue *cl_command_queue;
typedef struct _cl_mem *cl_mem;
typedef struct _cl_event *cl_event;
#endif

#if defined(_WIN32) && defined(CLINFER_SHARED)
#ifdef CLINFER_BUILDING
#define CLINFER_API __declspec(dllexport)
#else
#define CLINFER_API __declspec(dllimport)
#endif
#elif defined(__GNUC__) && defined(CLINFER_SHARED)
#define CLINFER_API __attribute__((visibility("default")))
#else
#define CLINFER_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Version ------------------------------------------------------------ */

/* The version of the library that is running, as CLINFER_VERSION counts. */
CLINFER_API int clinfer_version(void);

/* ---- Status and errors -------------------------------------------------- */

/* Every status: name, value, text. */
#define CLINFER_STATUS_MAP(X)                                                  \
  X(CLINFER_OK, 0, "success")                                                  \
  X(CLINFER_BAD_ARGUMENT, 1, "an argument is null or has no allowed value")    \
  X(CLINFER_BAD_SHAPE, 2, "the shapes of the arguments do not fit together")   \
  X(CLINFER_BAD_BUFFER, 3, "a buffer is too small, foreign or inaccessible")   \
  X(CLINFER_BAD_ALIAS, 4, "an output overlaps an operand it must not overlap") \
  X(CLINFER_BAD_QUEUE, 5, "the queue is of another context or device")         \
  X(CLINFER_UNSUPPORTED, 6, "the device or this version cannot do this")       \
  X(CLINFER_NO_DEVICE, 7, "no OpenCL device fits the selector")                \
  X(CLINFER_OUT_OF_MEMORY, 8, "host or device memory is exhausted")            \
  X(CLINFER_BUILD_FAILED, 9, "a kernel could not be built")                    \
  X(CLINFER_OPENCL_ERROR, 10, "an OpenCL call failed")                         \
  X(CLINFER_CLBLAST_ERROR, 11, "a CLBlast call failed")                        \
  X(CLINFER_BAD_FILE, 12, "a file is missing, unreadable or malformed")

#define CLINFER_STATUS_ENUM(name, value, text) name = value,
typedef enum clinfer_status {
  CLINFER_STATUS_MAP(CLINFER_STATUS_ENUM)
} clinfer_status;
#undef CLINFER_STATUS_ENUM

/* One sentence for a status; "unknown status" for any other number. */
CLINFER_API const char *clinfer_status_text(clinfer_status status);

/* What the calling thread's last failed call met. */
typedef struct clinfer_error {
  clinfer_status status;
  int code;             /* the OpenCL or CLBlast code; 0 where neither spoke */
  char message[512];    /* which argument, call or kernel, and why */
  char build_log[8192]; /* the compiler's words, from their start; or "" */
} clinfer_error;

/* Per thread, whatever the context, like errno: it is set by a failure and
 * left alone by success. Never NULL; status CLINFER_OK before any failure.
 * Valid until the same thread's next failing call. */
CLINFER_API const clinfer_error *clinfer_last_error(void);

/* ---- Context ------------------------------------------------------------ */

/* Compiled kernels, tuning and scratch for one device of one cl_context. */
typedef struct clinfer_context clinfer_context;

/* Receives one line for each kernel that is built or loaded, each cache or
 * tuning file that is refused, each provider's self-test, and the device. May
 * be called from any thread that uses the context, and must not call clinfer.
 */
typedef void clinfer_log(void *user, const char *message);

/* How a GEMM multiplies f32 by f32. The modes but the first are for devices
 * whose matrix units know TF32, a float with 10 bits after the point, or
 * bfloat16, with 7; others compute in float whatever the mode. Sums are in
 * float. In the modes but the first an Inf among the operands may give NaN. */
typedef enum clinfer_math {
  CLINFER_MATH_F32 = 0,   /* in float */
  CLINFER_MATH_TF32 = 1,  /* at least as exactly as after rounding the operands
                           * to TF32: each by one or more products of parts */
  CLINFER_MATH_TF32X3 = 2 /* nearly as exactly as in float: by sums of three or
                           * more products of parts */
} clinfer_math;

/* Zero means the default everywhere, so `{.struct_size = sizeof options}` is
 * the default. Where a field has an environment variable, the field wins unless
 * it is zero; with `ignore_environment` it wins then, too. A program with more
 * rights than whoever started it (setuid, setgid) reads no variable at all.
 * A relative path is taken from the folder that is current now. */
typedef struct clinfer_options {
  size_t struct_size; /* sizeof(clinfer_options), so that it may grow */

  /* Folder for compiled kernels. "" keeps none on disk. Else
   * CLINFER_CACHE_DIR (also "" for none), $XDG_CACHE_HOME/clinfer,
   * $HOME/.cache/clinfer. The folder must belong to this user and be
   * writable by no one else: a binary in it is code that will run. It is made
   * if it is missing; root keeps none below another user's folder. Where it
   * cannot be used, the log says why. PoCL keeps kernels itself, and compiles
   * them once more to hand them out: there only a folder that cache_dir or
   * CLINFER_CACHE_DIR names has any. */
  const char *cache_dir;

  /* Folder with gemm.tuning: the choice of GEMMs that `clinfer-check tune` has
   * measured on this device, and the parameters of CLBlast that `clinfer-check
   * clblast` has taken from CLBlast's tuners, in place of the built-in ones.
   * CLBlast keeps them for the whole process: they are those of the first
   * context that computes by CLBlast on the device, and a later one does not
   * change them. "": none. Else CLINFER_TUNING_DIR; without it gemm.tuning is
   * looked for beside the compiled kernels. */
  const char *tuning_dir;

  /* Providers never to use, by name, separated by commas: those that
   * clinfer_provider_name lists, of which "reference" always stays. Unknown
   * names are passed over. Else CLINFER_DISABLE. */
  const char *disable;

  /* Nonzero: only the plain reference kernels. Slow; for finding out whether
   * a fast kernel or the data is to blame. Else CLINFER_REFERENCE=1. */
  int reference;

  clinfer_log *log; /* else, with CLINFER_VERBOSE=1, lines go to stderr */
  void *log_user;

  clinfer_math math; /* else CLINFER_MATH, f32, tf32 or tf32x3 */

  /* Nonzero: no variable CLINFER_... is read: neither those above nor
   * CLINFER_CL_DIR and, in clinfer_context_open, CLINFER_DEVICE. */
  int ignore_environment;
} clinfer_options;

/* A context over the application's own OpenCL objects, which are retained. The
 * device may be a sub-device. `options` may be NULL. */
CLINFER_API clinfer_status
clinfer_context_create(cl_context context, cl_device_id device,
                       const clinfer_options *options, clinfer_context **out);

/* A context with a cl_context of its own, on the device a selector names:
 *   "1:0"                     device 0 of platform 1
 *   "1"                       the best device of platform 1
 *   "gpu" "cpu" "accelerator" the best device of that type
 *   any other text            the best device whose platform, vendor, version
 *                             or name contains it, in any case
 *   NULL or ""                what CLINFER_DEVICE says; without it the best
 *                             device: GPU before accelerator before CPU */
CLINFER_API clinfer_status clinfer_context_open(const char *selector,
                                                const clinfer_options *options,
                                                clinfer_context **out);

/* The device a selector names, for applications that make the cl_context. */
CLINFER_API clinfer_status clinfer_find_device(const char *selector,
                                               cl_device_id *device);

/* Releases all. Work in flight goes on: OpenCL keeps what its commands need.
 * NULL is allowed. No other thread may still use the context. */
CLINFER_API void clinfer_context_destroy(clinfer_context *ctx);

/* Borrowed, not retained for the caller. NULL for a NULL context. */
CLINFER_API cl_context clinfer_context_cl(const clinfer_context *ctx);
CLINFER_API cl_device_id clinfer_context_device(const clinfer_context *ctx);

/* The providers of this version, best first: what computes a GEMM or a row
 * operator. NULL past the last one. */
CLINFER_API const char *clinfer_provider_name(size_t index);

/* The variants of that provider, among which a file gemm.tuning may choose.
 * NULL past the last one; a provider without a choice has none. */
CLINFER_API const char *clinfer_provider_variant(size_t index, size_t variant);

/* Providers for one vendor's hardware test themselves before their first use
 * in a context; where that fails, another one takes over. If it fails by what
 * may pass, such as a lack of memory, a later use tries again, twice at most.
 */
typedef enum clinfer_provider_state {
  CLINFER_PROVIDER_READY = 0,
  CLINFER_PROVIDER_UNTESTED = 1, /* its next use will test it */
  CLINFER_PROVIDER_FAILED = 2,   /* its test; the log said why */
  CLINFER_PROVIDER_DISABLED = 3, /* by the options */
  CLINFER_PROVIDER_ABSENT = 4    /* not for this device; or there is none */
} clinfer_provider_state;

/* What has become in this context of the provider with that index. */
CLINFER_API clinfer_provider_state
clinfer_context_provider(const clinfer_context *ctx, size_t index);

/* ---- Operands ----------------------------------------------------------- */

/* Every storage type: name, value, word (in tables and tools), bytes.
 * Arithmetic is float whatever the type: f16 and bf16 are converted on load and
 * rounded to nearest even on store, and need no extension. Every operand of an
 * operator may have its own. */
#define CLINFER_DTYPE_MAP(X) \
  X(CLINFER_F32, 1, f32, 4)  \
  X(CLINFER_F16, 2, f16, 2)  \
  X(CLINFER_BF16, 3, bf16, 2)

#define CLINFER_DTYPE_ENUM(name, value, word, bytes) name = value,
typedef enum clinfer_dtype {
  CLINFER_DTYPE_MAP(CLINFER_DTYPE_ENUM)
} clinfer_dtype;
#undef CLINFER_DTYPE_ENUM

/* Bytes of one element; 0 for a number that is no dtype. */
CLINFER_API size_t clinfer_dtype_size(clinfer_dtype dtype);

/* A row-major view: element (r, c) lies at offset + r * ld + c. Columns c of
 * [cols, ld) belong to the caller and are neither read nor written. */
typedef struct clinfer_matrix {
  cl_mem mem;    /* a buffer or sub-buffer; may be NULL if the view is empty */
  size_t offset; /* elements before element (0, 0) */
  size_t rows, cols;
  size_t ld; /* elements from one row to the next; at least cols */
  clinfer_dtype dtype;
} clinfer_matrix;

/* Element i lies at offset + i. Where a vector is optional, {0} leaves it
 * out. */
typedef struct clinfer_vector {
  cl_mem mem;
  size_t offset;
  size_t size;
  clinfer_dtype dtype;
} clinfer_vector;

/* A whole buffer as a matrix without padding. */
static inline clinfer_matrix clinfer_matrix_of(cl_mem mem, size_t rows,
                                               size_t cols,
                                               clinfer_dtype dtype) {
  clinfer_matrix m;
  m.mem = mem, m.offset = 0, m.rows = rows, m.cols = cols, m.ld = cols;
  m.dtype = dtype;
  return m;
}

static inline clinfer_vector clinfer_vector_of(cl_mem mem, size_t size,
                                               clinfer_dtype dtype) {
  clinfer_vector v;
  v.mem = mem, v.offset = 0, v.size = size, v.dtype = dtype;
  return v;
}

/* The operand left out, where it is optional: the same as {0}. */
static inline clinfer_vector clinfer_no_vector(void) {
  return clinfer_vector_of(NULL, 0, (clinfer_dtype)0);
}
static inline clinfer_matrix clinfer_no_matrix(void) {
  return clinfer_matrix_of(NULL, 0, 0, (clinfer_dtype)0);
}

/* `batch` times `heads` matrices of one shape in one buffer: element (b, h, r,
 * c) lies at offset + b * batch_stride + h * head_stride + r * row_stride + c.
 * A matrix is such a view with one of each. */
typedef struct clinfer_view {
  cl_mem mem;
  size_t offset;
  size_t batch, heads, rows, cols;
  size_t batch_stride, head_stride, row_stride;
  clinfer_dtype dtype;
} clinfer_view;

/* A whole buffer as [batch, heads, rows, cols], without padding. */
static inline clinfer_view clinfer_view_of(cl_mem mem, size_t batch,
                                           size_t heads, size_t rows,
                                           size_t cols, clinfer_dtype dtype) {
  clinfer_view v;
  v.mem = mem, v.offset = 0, v.dtype = dtype;
  v.batch = batch, v.heads = heads, v.rows = rows, v.cols = cols;
  v.row_stride = cols, v.head_stride = rows * cols;
  v.batch_stride = heads * v.head_stride;
  return v;
}

/* Heads side by side in the rows of a matrix, `size` columns each, from column
 * `first` on; the rows are those of `batch` sequences of the same length, one
 * below the other. So a packed q|k|v matrix holds q, k and v:
 * clinfer_heads_of(qkv, batch, 0, heads, size) is q, and k begins at heads *
 * size. */
static inline clinfer_view clinfer_heads_of(clinfer_matrix m, size_t batch,
                                            size_t first, size_t heads,
                                            size_t size) {
  clinfer_view v = clinfer_view_of(m.mem, batch, heads,
                                   batch ? m.rows / batch : 0, size, m.dtype);
  v.offset = m.offset + first;
  v.row_stride = m.ld, v.head_stride = size, v.batch_stride = v.rows * m.ld;
  return v;
}

/* A whole number for each sequence of a batch: where `mem` is not NULL, int32
 * elements from `offset` on, which are read when the operator runs, so that one
 * recording serves every step of a generation; else `value` for all of them. */
typedef struct clinfer_index {
  cl_mem mem;
  size_t offset;
  uint32_t value;
} clinfer_index;

/* How the matrix of a weight is stored. */
typedef enum clinfer_layout {
  CLINFER_IN_OUT = 0, /* [in, out]: y = x W */
  CLINFER_OUT_IN = 1  /* [out, in], as torch.nn.Linear stores it: y = x W^T */
} clinfer_layout;

/* A copy of a weight in the order the device's GEMM reads fastest. */
typedef struct clinfer_packed clinfer_packed;

/* A weight as an operator takes it: from one of the functions below, or {0}
 * with a matrix. `packed` is optional. It belongs to the one weight that was
 * packed: a copy of this struct, in a clinfer_mlp for example, borrows it and
 * is never unpacked. */
typedef struct clinfer_weight {
  clinfer_matrix matrix;
  clinfer_layout layout;
  clinfer_packed *packed;  /* from clinfer_weight_pack, or NULL */
  const void *reserved[3]; /* NULL; for what a later version knows of weights,
                            * which leaves the size of this struct as it is */
} clinfer_weight;

/* A plain [in, out] matrix as a weight. */
static inline clinfer_weight clinfer_weight_of(clinfer_matrix matrix) {
  clinfer_weight w;
  w.matrix = matrix, w.layout = CLINFER_IN_OUT, w.packed = NULL;
  w.reserved[0] = w.reserved[1] = w.reserved[2] = NULL;
  return w;
}

/* A plain [out, in] matrix as a weight ("transposed mode"). */
static inline clinfer_weight clinfer_weight_transposed(clinfer_matrix matrix) {
  clinfer_weight w = clinfer_weight_of(matrix);
  w.layout = CLINFER_OUT_IN;
  return w;
}

/* ---- Submitting work ---------------------------------------------------- */

/* Operators that were prepared once, to be run many times; see below. */
typedef struct clinfer_recording clinfer_recording;

/* Where and when an operator runs. `{.queue = queue}` is enough.
 *
 * Operators only enqueue; they never wait for the device. (The first use of a
 * kernel compiles it, or loads it from the cache; that of a provider for one
 * vendor's hardware tests it, unless the cache knows how that ends. `prepare`
 * does that ahead.) On in-order and out-of-order queues alike the operator
 * starts after `wait_list`, its kernels run in their order, and `event`
 * completes with the last of them. A problem without elements enqueues a
 * marker, so it has an event as well.
 *
 * Structs, arrays and events passed in are not needed once the call returns;
 * buffers may be released then, as OpenCL keeps them until its commands end.
 *
 * If bad arguments, a missing kernel or too little scratch are the reason for
 * a failure, nothing was enqueued and no output is touched. If a call of the
 * driver fails after kernels of the same operator were enqueued, the content of
 * the outputs is undefined. No event is returned then. */
typedef struct clinfer_exec {
  cl_command_queue queue;    /* of the context's cl_context and device */
  uint32_t wait_count;       /* number of events in wait_list */
  const cl_event *wait_list; /* NULL if wait_count is 0 */
  cl_event *event;           /* out: the caller releases it. NULL: none */

  /* Out: the event of the first command, which the caller releases; it may be
   * `event` once more. With profiling, the operator's time on the device is
   * that from this one's START to `event`'s END. NULL: none. */
  cl_event *first;

  /* Memory for intermediate results. NULL: the context's pool, which keeps for
   * each queue what its largest call needs. Calls that share the pool on one
   * out-of-order queue may wait for one another; so must calls that CLBlast
   * computes. Else a read-write buffer of at least
   * *scratch_needed bytes that no other call in flight uses. It must share no
   * memory with the buffer of an operand: of one parent, scratch and operands
   * may be sub-buffers that lie apart, but neither may be the parent. */
  cl_mem scratch;

  /* Not NULL: check the arguments, choose the kernels, store here the bytes of
   * scratch that this very call would need, and enqueue nothing (`event` and
   * `first` stay untouched). Providers that have to prove themselves do so
   * first, which waits for the device as in any other call. Where such a test
   * comes to no end, the answer has room for either outcome of the next one. */
  size_t *scratch_needed;

  /* Not NULL: check the arguments, append the operator to this recording and
   * enqueue nothing. `queue` is not looked at then; all else must be unset. */
  clinfer_recording *recording;

  /* Nonzero: check the operands, choose the kernels, build or load those that
   * are not there yet, CLBlast's among them, let providers prove themselves,
   * and enqueue nothing (`event` and `first` stay untouched, `scratch` is not
   * looked at; scratch_needed is answered as well). A later call compiles
   * nothing if it differs in contents, queue or events alone, or in its buffers
   * where the same operands share one. Another number of rows may need other
   * kernels, so prepare each one that will be met: where the kernels are there,
   * that takes microseconds. Some drivers, PoCL among them, put part of their
   * compiling off to a kernel's first run; this cannot spare that. */
  int prepare;
} clinfer_exec;

/* ---- Recordings --------------------------------------------------------- */

/* A recording is a list of operators whose arguments are checked and set: a run
 * is nothing but an enqueue for each kernel. It is filled by calling operators
 * with exec.recording, and may be run after that as often as wanted:
 *
 *   clinfer_recording *layer;
 *   clinfer_recording_create(ctx, &layer);
 *   const clinfer_exec record = {.recording = layer};
 *   clinfer_qkv_gemm(ctx, &record, ...);
 *   clinfer_mlp_gemm(ctx, &record, ...);
 *   const clinfer_exec run = {.queue = queue};
 *   clinfer_recording_run(layer, &run);
 *
 * Shapes, offsets and scalars are those of the calls, the number of rows among
 * them: make a recording for each number, or one for the largest, of which the
 * rows that are not wanted are computed for nothing. What the buffers contain
 * is read when it runs. The recording keeps the buffers, so the caller may
 * release them, and has scratch of its own. Runs write the same buffers, so two
 * of them must not overlap: on one in-order queue they never do; elsewhere let
 * each wait for the `event` of the one before.
 *
 * An operator that fails leaves the recording as it was. One thread at a time
 * may use a recording; its context must outlive it. */
CLINFER_API clinfer_status clinfer_recording_create(clinfer_context *ctx,
                                                    clinfer_recording **out);

/* Enqueue all of its operators, each after the one before, on queues of any
 * kind. `exec` counts as for one operator, but takes no scratch, scratch_needed
 * or prepare. An empty recording is a marker. */
CLINFER_API clinfer_status clinfer_recording_run(clinfer_recording *recording,
                                                 const clinfer_exec *exec);

/* Runs in flight go on. NULL is allowed. */
CLINFER_API void clinfer_recording_destroy(clinfer_recording *recording);

/* ---- Packed weights ----------------------------------------------------- */

/* Fill w->packed for the device of `ctx`, or leave it NULL where the device
 * reads the matrix best as it lies; either way the weight is ready for every
 * operator on every queue, since this one function waits until the copy is
 * made. Later changes of the matrix are not seen. Call it once per weight when
 * a model is loaded, after the matrix is written, with w->packed NULL. */
CLINFER_API clinfer_status clinfer_weight_pack(clinfer_context *ctx,
                                               cl_command_queue queue,
                                               clinfer_weight *w);

/* Free the packed copy, if there is one, and set w->packed to NULL. Call it
 * once, for the weight that was packed, after the last call that takes it or a
 * copy of it: copies go on pointing to what is freed. Kernels already enqueued
 * keep what they need. */
CLINFER_API void clinfer_weight_unpack(clinfer_weight *w);

/* ---- Operators ---------------------------------------------------------- */

typedef enum clinfer_activation {
  CLINFER_NONE = 0,
  CLINFER_RELU = 1,         /* x < 0 ? 0 : x; keeps NaN */
  CLINFER_GELU_ERF = 2,     /* x * (1 + erf(x / sqrt(2))) / 2 */
  CLINFER_GELU_TANH = 3,    /* x * (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))/2*/
  CLINFER_GELU_SIGMOID = 4, /* x * sigmoid(1.702 x) */
  CLINFER_SILU = 5,         /* x * sigmoid(x) */
  CLINFER_LEAKY_RELU = 6,   /* x < 0 ? 0.01 x : x; no other slope */
  CLINFER_SIGMOID = 7       /* 1 / (1 + exp(-x)) */
} clinfer_activation;

/* The parameters of a normalisation over rows of `hidden` elements. */
typedef struct clinfer_norm {
  clinfer_vector gamma; /* [hidden]; {0}: no scale */
  clinfer_vector beta;  /* [hidden]; {0}: no shift */
  float eps;            /* added to the variance; finite, not negative */
} clinfer_norm;

/* y = act(x + bias), row by row. x, y: [tokens, features]; bias: [features]
 * or {0}. y may be the same view as x. */
CLINFER_API clinfer_status
clinfer_bias_activation(clinfer_context *ctx, const clinfer_exec *exec,
                        clinfer_matrix x, clinfer_vector bias,
                        clinfer_activation activation, clinfer_matrix y);

/* y = (x - mean) / sqrt(var + eps) * gamma + beta, row by row; var is the
 * biased variance, taken about the mean in a second pass. x, y: [tokens,
 * hidden]. y may be the same view as x. */
CLINFER_API clinfer_status clinfer_layer_norm(clinfer_context *ctx,
                                              const clinfer_exec *exec,
                                              clinfer_matrix x,
                                              const clinfer_norm *norm,
                                              clinfer_matrix y);

/* s = (x + bias) + residual; y = layer_norm(s). x, residual, y, sum: [tokens,
 * hidden]; bias: [hidden] or {0}. `sum`, unless {0}, receives s: rounded to
 * its dtype, while y is computed from s in float. y and sum may each be the
 * same view as x or as residual, but not both the same one. */
CLINFER_API clinfer_status
clinfer_layer_norm_residual(clinfer_context *ctx, const clinfer_exec *exec,
                            clinfer_matrix x, clinfer_vector bias,
                            clinfer_matrix residual, const clinfer_norm *norm,
                            clinfer_matrix y, clinfer_matrix sum);

/* y = x / sqrt(mean(x^2) + eps) * gamma, row by row. norm->beta must be {0}.
 * y may be the same view as x. */
CLINFER_API clinfer_status clinfer_rms_norm(clinfer_context *ctx,
                                            const clinfer_exec *exec,
                                            clinfer_matrix x,
                                            const clinfer_norm *norm,
                                            clinfer_matrix y);

/* The three ways in which a transformer block adds its parts up; h: hidden,
 * r: residual, a: attention, ab: attention_bias, fb: final_bias, n: mp_size.*/
typedef enum clinfer_residual_form {
  CLINFER_RESIDUAL_PRE_NORM = 0,  /* h + (r + fb + a + ab) / n */
  CLINFER_RESIDUAL_POST_NORM = 1, /* h + r + fb; takes no a, no ab */
  CLINFER_RESIDUAL_PARALLEL = 2   /* h + a + (r + fb + ab) / n (GPT-J) */
} clinfer_residual_form;

typedef struct clinfer_residual {
  clinfer_residual_form form;
  clinfer_matrix hidden, residual; /* [tokens, hidden] */
  clinfer_matrix attention;        /* [tokens, hidden]; {0} in POST_NORM */
  clinfer_vector attention_bias;   /* [hidden] or {0}; {0} in POST_NORM */
  clinfer_vector final_bias;       /* [hidden] or {0} */
  int mp_size; /* tensor-parallel ranks that share the sum; at least 1 */
} clinfer_residual;

/* y = the sum that terms->form names, in float, rounded once. y may be the
 * same view as any of the matrices. A plain a + b is {.form =
 * CLINFER_RESIDUAL_POST_NORM, .hidden = a, .residual = b, .mp_size = 1}. */
CLINFER_API clinfer_status clinfer_residual_add(clinfer_context *ctx,
                                                const clinfer_exec *exec,
                                                const clinfer_residual *terms,
                                                clinfer_matrix y);

/* GEMMs, here and below: products are summed in float or better, and what
 * follows them is done in float, too, before the one rounding to y's dtype.
 * With in = 0, the product is 0. y must not overlap any operand, but where it
 * is said. There is no factor alpha before
 * the product: multiply the weight by it when it is loaded. */

/* y = x W. x: [tokens, in]; W: [in, out] or [out, in]; y: [tokens, out]. */
CLINFER_API clinfer_status clinfer_vector_matmul(clinfer_context *ctx,
                                                 const clinfer_exec *exec,
                                                 clinfer_matrix x,
                                                 clinfer_weight weight,
                                                 clinfer_matrix y);

/* y = act(x W + bias). bias: [out] or {0}. */
CLINFER_API clinfer_status
clinfer_linear(clinfer_context *ctx, const clinfer_exec *exec, clinfer_matrix x,
               clinfer_weight weight, clinfer_vector bias,
               clinfer_activation activation, clinfer_matrix y);

/* What is done to a product before it is rounded and stored, in this order.
 * {0}: nothing. */
typedef struct clinfer_epilogue {
  clinfer_vector bias; /* [out], or [2 out] if gated; or {0} */
  clinfer_activation activation;

  /* Nonzero: the product has 2 out columns, and with u the first half of
   * x W + bias and g the second, u * act(g) takes the place of
   * act(x W + bias). */
  int gated;
  clinfer_matrix residual; /* [tokens, out], added last; or {0} */
} clinfer_epilogue;

/* y = act(x W + bias) + residual, or y = u * act(g) + residual. W: in to out,
 * or to 2 out if gated; y: [tokens, out]. y may be the same view as
 * epilogue->residual. */
CLINFER_API clinfer_status
clinfer_linear_epilogue(clinfer_context *ctx, const clinfer_exec *exec,
                        clinfer_matrix x, clinfer_weight weight,
                        const clinfer_epilogue *epilogue, clinfer_matrix y);

/* y = gelu_erf(x W + bias) W_out. x: [tokens, hidden]; W: hidden to
 * intermediate; bias: [intermediate] or {0}; W_out: intermediate to out; y:
 * [tokens, out]. The product between the two is stored in x's dtype. No bias
 * follows W_out: clinfer_residual_add brings it as final_bias. */
CLINFER_API clinfer_status clinfer_fused_gemm_gelu(clinfer_context *ctx,
                                                   const clinfer_exec *exec,
                                                   clinfer_matrix x,
                                                   clinfer_weight weight,
                                                   clinfer_vector bias,
                                                   clinfer_weight weight_out,
                                                   clinfer_matrix y);

/* n = layer_norm(x); y = n W + bias. x: [tokens, hidden]; bias: [out] or {0};
 * y: [tokens, out], for example q|k|v. `normalised`, unless {0}, receives n;
 * the GEMM reads n rounded to that matrix's dtype, or to x's without it.
 * normalised may be the same view as x. */
CLINFER_API clinfer_status
clinfer_qkv_gemm(clinfer_context *ctx, const clinfer_exec *exec,
                 clinfer_matrix x, const clinfer_norm *norm,
                 clinfer_weight weight, clinfer_vector bias, clinfer_matrix y,
                 clinfer_matrix normalised);

/* The parameters of a transformer block's feed-forward half. */
typedef struct clinfer_mlp {
  clinfer_norm norm;
  clinfer_weight weight; /* hidden to intermediate */
  clinfer_vector bias;   /* [intermediate] or {0} */
  clinfer_activation activation;
  clinfer_weight weight_out; /* intermediate to hidden */

  /* Nonzero: the block follows attention, n = layer_norm((input + input_bias)
   * + residual). Zero: it runs beside attention (GPT-J), n =
   * layer_norm(residual), and input and input_bias must be {0}. */
  int mlp_after_attn;
} clinfer_mlp;

/* y = act(n W + bias) W_out, with n as mlp->mlp_after_attn says. input,
 * residual: [tokens, hidden]; input_bias: [hidden] or {0}; y: [tokens, out].
 * `normalised`, unless {0}, receives n, as in clinfer_qkv_gemm, and may be
 * the same view as input or residual. The product between the two GEMMs is
 * stored in residual's dtype. No bias follows W_out, as in
 * clinfer_fused_gemm_gelu. */
CLINFER_API clinfer_status
clinfer_mlp_gemm(clinfer_context *ctx, const clinfer_exec *exec,
                 clinfer_matrix input, clinfer_vector input_bias,
                 clinfer_matrix residual, const clinfer_mlp *mlp,
                 clinfer_matrix y, clinfer_matrix normalised);

/* What attention is computed of, and which keys a query sees. */
typedef struct clinfer_attention_terms {
  clinfer_view q; /* [batch, heads, queries, size] */
  clinfer_view k; /* [batch, kv_heads, keys, size]; kv_heads divides heads: head
                   * h reads k and v of head h / (heads / kv_heads) */
  clinfer_view v; /* [batch, kv_heads, keys, value_size] */
  float scale;    /* of q k^T; 0: 1 / sqrt(size) */
  float soft_cap; /* scores become cap * tanh(score / cap); 0: they stay */

  /* {0}, or added to the scores after that: [batch or 1, heads or 1, queries,
   * keys]. -Inf hides a key. */
  clinfer_view mask;

  /* The keys of each sequence that are there: the first so many. {0}: all. */
  clinfer_index lengths;

  /* Where among the keys query 0 stands; query i stands i further on. Only
   * `causal` and `window` ask for it. {0}: at the first key. */
  clinfer_index positions;
  int causal;      /* nonzero: no query sees a key behind its own position */
  uint32_t window; /* not 0: no query sees a key that is so many or more
                    * positions away from its own */
} clinfer_attention_terms;

/* y = softmax(scores) v for each query, with scores = scale q k^T over the keys
 * that it sees; 0 where it sees none. y: [batch, heads, queries, value_size];
 * it must not overlap any operand. Scores and sums are float and are never
 * stored. Numbers out of `lengths` and `positions` that are negative count as
 * 0, lengths of more than all keys as all. */
CLINFER_API clinfer_status
clinfer_attention(clinfer_context *ctx, const clinfer_exec *exec,
                  const clinfer_attention_terms *terms, clinfer_view y);

#ifdef __cplusplus
}
#endif

#endif

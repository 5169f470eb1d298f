// cplusplus.cpp - the header as C++ sees it: its inline functions, the structs
// that callers fill, and one call into the library.

#include <clinfer/clinfer.h>

// As every C++ takes them.
static bool filled() {
  clinfer_exec exec = {};
  clinfer_options options = {};
  const clinfer_vector none = {};
  options.struct_size = sizeof options;
  return exec.queue == nullptr && options.reference == 0 && none.size == 0;
}

#if __cplusplus >= 202002L
// The initialisers of the header's and the guide's examples.
static bool named() {
  cl_command_queue queue = nullptr;
  cl_event uploaded = nullptr, done = nullptr;
  size_t bytes = 0;
  clinfer_recording *layer = nullptr;
  const clinfer_exec waits = {.queue = queue,
                              .wait_count = 1,
                              .wait_list = &uploaded,
                              .event = &done,
                              .first = &done};
  const clinfer_exec asks = {.queue = queue, .scratch_needed = &bytes};
  const clinfer_exec exec = {.queue = queue, .scratch = nullptr};
  const clinfer_exec record = {.recording = layer};
  const clinfer_options options = {.struct_size = sizeof options,
                                   .cache_dir = "",
                                   .disable = "gemm_clblast",
                                   .log = nullptr,
                                   .math = CLINFER_MATH_F32,
                                   .ignore_environment = 1};
  const clinfer_norm norm = {.gamma = {.size = 4}, .beta = {}, .eps = 1e-5f};
  return waits.wait_count == 1 && exec.scratch == record.scratch &&
         asks.scratch_needed == &bytes && options.ignore_environment == 1 &&
         norm.gamma.size == 4;
}
#else
static bool named() { return true; }
#endif

int main() {
  const clinfer_matrix none = clinfer_no_matrix();
  const clinfer_weight weight = clinfer_weight_transposed(none);
  const bool same = weight.layout == CLINFER_OUT_IN &&
                    clinfer_no_vector().size == none.rows;
  return same && filled() && named() && clinfer_version() == CLINFER_VERSION
             ? 0
             : 1;
}

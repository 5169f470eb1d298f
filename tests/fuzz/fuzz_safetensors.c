/* fuzz_safetensors.c - a safetensors file is refused with a reason, or all of
 * its tensors can be found and read, and they are all of its bytes. */

#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "model/safetensors.h"

static void read_tensor(struct safetensors *file, const struct safetensor *t) {
  double none;
  FUZZ_REQUIRE(safetensors_find(file, t->name) == t);
  FUZZ_REQUIRE(t->rank <= SAFETENSORS_MAX_RANK);
  FUZZ_REQUIRE(t->count <= file->data_size);
  FUZZ_REQUIRE(!safetensors_read(file, t, t->count, 1, &none));
  double *values = malloc((t->count ? t->count : 1) * sizeof *values);
  FUZZ_REQUIRE(values != NULL);
  FUZZ_REQUIRE(safetensors_read(file, t, 0, t->count, values) ||
               strstr(file->error, "dtype is not supported") != NULL);
  free(values);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct safetensors file;
  if (safetensors_open(&file, fuzz_file(data, size))) {
    size_t bytes = 0;
    for (size_t i = 0; i < file.count; i++) {
      bytes += file.tensors[i].end - file.tensors[i].begin;
      read_tensor(&file, &file.tensors[i]);
    }
    FUZZ_REQUIRE(bytes == file.data_size);
    safetensors_metadata(&file, "num_attention_heads");
  } else {
    FUZZ_REQUIRE(file.error[0] != '\0');
  }
  safetensors_close(&file);
  return 0;
}

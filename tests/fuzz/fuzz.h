/* fuzz.h - what the fuzzing targets share. Each is a function that libFuzzer
 * calls with bytes of its making; `tools/fuzz.sh` runs them. */
#ifndef CLINFER_FUZZ_H
#define CLINFER_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What has to hold whatever the input is; libFuzzer keeps the one that breaks
 * it. */
#define FUZZ_REQUIRE(condition) \
  ((condition) ? (void)0 : fuzz_broken(#condition, __FILE__, __LINE__))
extern void (*fuzz_describe)(void); /* say what broke it; NULL: nothing more */
_Noreturn void fuzz_broken(const char *condition, const char *file, int line);

/* The input as a text, in memory that ends with it: sanitizers see a read
 * beyond. The caller frees it. */
char *fuzz_text(const uint8_t *data, size_t size);

/* The path of a file in memory that holds the input, until the next call. */
const char *fuzz_file(const uint8_t *data, size_t size);

/* Behind the input come zeros. */
struct fuzz_bytes {
  const uint8_t *data;
  size_t size, at;
};
uint8_t fuzz_byte(struct fuzz_bytes *b);
uint64_t fuzz_word(struct fuzz_bytes *b); /* of eight bytes */

#endif

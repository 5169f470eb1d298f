/* options.c - what kernels are built with. */

#include "program/options.h"

#include <stdio.h>
#include <string.h>

#include "base/hash.h"

const char *ci_kernel_path(enum ci_kernel_name kernel) {
#define PATH(name, path) path,
  static const char *const paths[] = {CI_KERNEL_MAP(PATH)};
#undef PATH
  return paths[kernel];
}

static const char *option_text(size_t name) {
#define TEXT(name) #name,
  static const char *const texts[] = {CI_OPTION_MAP(TEXT)};
#undef TEXT
  return texts[name];
}

const char *ci_word_text(enum ci_word word) {
#define TEXT(id, word) #word,
#define TYPE_TEXT(id, value, word, bytes) #word,
  static const char *const texts[] = {CI_WORD_MAP(TEXT, TYPE_TEXT)};
#undef TEXT
#undef TYPE_TEXT
  return texts[word];
}

#define WORD(id, word) \
  case id:             \
    return CI_WORD_##word;

enum ci_word ci_dtype_word(clinfer_dtype dtype) {
  switch (dtype) {
#define TYPE_WORD(id, value, word, bytes) WORD(id, word)
    CLINFER_DTYPE_MAP(TYPE_WORD)
#undef TYPE_WORD
  }
  return CI_WORD_none;
}

enum ci_word ci_activation_word(clinfer_activation activation) {
  switch (activation) {
    CI_ACTIVATION_MAP(WORD)
    default:
      return CI_WORD_none;
  }
}

enum ci_word ci_units_word(enum ci_units units) {
  switch (units) {
    CI_UNITS_MAP(WORD)
    default:
      return CI_WORD_none;
  }
}
#undef WORD

void ci_id_begin(struct ci_kernel_id *id, enum ci_kernel_name kernel) {
  id->kernel = (uint16_t)kernel;
  id->option_count = 0;
}

static void add(struct ci_kernel_id *id, enum ci_option_name name, bool is_word,
                size_t value) {
  if (id->option_count > CI_MOST_OPTIONS) return; /* refused when it is built */
  id->options[id->option_count++] = (struct ci_option){(uint16_t)name, is_word,
                                                       (uint32_t)value};
}

void ci_id_number(struct ci_kernel_id *id, enum ci_option_name name,
                  size_t number) {
  add(id, name, false, number);
}

void ci_id_word(struct ci_kernel_id *id, enum ci_option_name name,
                enum ci_word word) {
  add(id, name, true, word);
}

static size_t options_size(const struct ci_kernel_id *id) {
  return id->option_count * sizeof *id->options;
}

bool ci_id_equal(const struct ci_kernel_id *a, const struct ci_kernel_id *b) {
  return a->kernel == b->kernel && a->option_count == b->option_count &&
         memcmp(a->options, b->options, options_size(a)) == 0;
}

/* Every bit of the word moves up; the highest ones are the mixed ones. */
static uint64_t mix(uint64_t word, uint64_t h) {
  return (h ^ word) * 0x9e3779b97f4a7c15u;
}

uint64_t ci_id_hash(const struct ci_kernel_id *id) {
  uint64_t h = mix(id->kernel, CI_HASH_START), word;
  for (size_t i = 0; i < id->option_count; i++) {
    memcpy(&word, &id->options[i], sizeof word);
    h = mix(word, h);
  }
  return h;
}

clinfer_status ci_options_text(const struct ci_kernel_id *id,
                               char text[CI_LONGEST_OPTIONS]) {
  size_t used = (size_t)snprintf(text, CI_LONGEST_OPTIONS, "-cl-std=CL1.2");
  for (size_t i = 0; i < id->option_count; i++) {
    const struct ci_option *o = &id->options[i];
    const size_t room = CI_LONGEST_OPTIONS - used;
    int length;
    if (o->is_word)
      length = snprintf(text + used, room, " -D%s=%s", option_text(o->name),
                        ci_word_text((enum ci_word)o->value));
    else
      length = snprintf(text + used, room, " -D%s=%u", option_text(o->name),
                        (unsigned)o->value);
    used += (size_t)length;
    if (id->option_count > CI_MOST_OPTIONS || used >= CI_LONGEST_OPTIONS)
      return ci_fail(CLINFER_UNSUPPORTED, 0, "%s has too many options",
                     ci_kernel_path((enum ci_kernel_name)id->kernel));
  }
  return CLINFER_OK;
}

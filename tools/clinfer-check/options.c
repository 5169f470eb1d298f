/* options.c - read the command line. */

#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/words.h"
#include "operators/cases.h"

static const char usage[] =
    "Usage: clinfer-check [COMMAND] [OPTION...]\n"
    "Check the operators of clinfer on an OpenCL device, and tune its GEMMs.\n"
    "\n"
    "Commands:\n"
    "  check        compare every operator with a double-precision oracle\n"
    "               (what is done without a command)\n"
    "  tune         measure which GEMM is the fastest for each shape, and "
    "write\n"
    "               it to gemm.tuning, which the library reads\n"
    "  clblast FILE...\n"
    "               add what CLBlast's tuners have written to gemm.tuning\n"
    "  list         the OpenCL devices, and the selector that picks each\n"
    "  support      what the device can do, and why it cannot do the rest\n"
    "  stress       random cases from several threads at once\n"
    "  cache        what lies in the folder of compiled kernels\n"
    "  model FILE   run a BERT layer whose weights are in a safetensors file\n"
    "\n"
    "Options:\n"
    "  -d, --device SELECTOR  platform:device, gpu, cpu or part of a name;\n"
    "                         else CLINFER_DEVICE, else the best device\n"
    "  -a, --all-devices      one device after the other\n"
    "  -o, --op NAME          this operator only\n"
    "  -t, --dtype TYPE       cases whose operands are all of this "
    "type:" WORD_DTYPES
    "\n"
    "  -m, --match TEXT       cases whose text contains TEXT, or matches it\n"
    "                         as an extended regular expression\n"
    "  -c, --case CASE        this very case\n"
    "  -s, --seed N           of the random operands (17)\n"
    "      --timeout SECONDS  that one case may take (120)\n"
    "      --reference        check the library's plain reference kernels\n"
    "      --disable NAMES    providers that the library shall not use, with\n"
    "                         commas between them, as in gemm_cpu,row_item\n"
    "      --strict           a case that is skipped is a failure\n"
    "  -v, --verbose          one line for every case\n"
    "      --json FILE        also write one JSON object a line; - is stdout\n"
    "      --junit FILE       also write JUnit's XML\n"
    "      --report FILE      of check: also write what a driver's vendor "
    "needs\n"
    "                         to know; no paths of this machine are in it\n"
    "      --inject FAULT     check this tool: crash, hang, wrong, spill or\n"
    "                         unstable in the first case\n"
    "      --hidden LIST      of tune: hidden sizes (768,1024,4096)\n"
    "      --tokens LIST      of tune: rows (1,16,128,512,2048,8192)\n"
    "      --output FILE      of tune and clblast: the table to write\n"
    "                         (gemm.tuning)\n"
    "      --resume           of tune: keep the rows that the table has\n"
    "      --seconds N        of stress: for how long (10)\n"
    "      --stat             of cache: count its files (done without any)\n"
    "      --verify           of cache: name damaged files, and fail if there "
    "are\n"
    "      --clear            of cache: remove the kernels\n"
    "  -h, --help             this text\n"
    "  -V, --version          the version\n"
    "\n"
    "Exit status: 0 all passed, 1 a case failed, 2 usage, 3 no device, 4 the\n"
    "device crashed or hung, 5 internal error, 77 everything was skipped.\n";

enum {
  OPTION_TIMEOUT = 256,
  OPTION_REFERENCE,
  OPTION_DISABLE,
  OPTION_STRICT,
  OPTION_JSON,
  OPTION_JUNIT,
  OPTION_INJECT,
  OPTION_HIDDEN,
  OPTION_TOKENS,
  OPTION_OUTPUT,
  OPTION_RESUME,
  OPTION_REPORT,
  OPTION_SECONDS,
  OPTION_STAT, /* these in the order of enum cache_action */
  OPTION_VERIFY,
  OPTION_CLEAR
};

static const char short_options[] = "d:ao:t:m:c:s:vhV";
static const struct option long_options[] = {
    {"device", required_argument, NULL, 'd'},
    {"all-devices", no_argument, NULL, 'a'},
    {"op", required_argument, NULL, 'o'},
    {"dtype", required_argument, NULL, 't'},
    {"match", required_argument, NULL, 'm'},
    {"case", required_argument, NULL, 'c'},
    {"seed", required_argument, NULL, 's'},
    {"timeout", required_argument, NULL, OPTION_TIMEOUT},
    {"reference", no_argument, NULL, OPTION_REFERENCE},
    {"disable", required_argument, NULL, OPTION_DISABLE},
    {"strict", no_argument, NULL, OPTION_STRICT},
    {"verbose", no_argument, NULL, 'v'},
    {"json", required_argument, NULL, OPTION_JSON},
    {"junit", required_argument, NULL, OPTION_JUNIT},
    {"inject", required_argument, NULL, OPTION_INJECT},
    {"hidden", required_argument, NULL, OPTION_HIDDEN},
    {"tokens", required_argument, NULL, OPTION_TOKENS},
    {"output", required_argument, NULL, OPTION_OUTPUT},
    {"resume", no_argument, NULL, OPTION_RESUME},
    {"report", required_argument, NULL, OPTION_REPORT},
    {"seconds", required_argument, NULL, OPTION_SECONDS},
    {"stat", no_argument, NULL, OPTION_STAT},
    {"verify", no_argument, NULL, OPTION_VERIFY},
    {"clear", no_argument, NULL, OPTION_CLEAR},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {NULL, 0, NULL, 0},
};

static bool complain(const char *what, const char *about) {
  fprintf(stderr, "clinfer-check: %s: %s\nTry clinfer-check --help.\n", about,
          what);
  return false;
}

static bool read_op(const char *text, struct options *o) {
  o->op = text;
  return op_find(text, strlen(text)) != NULL ||
         complain("there is no such operator", text);
}

static bool read_match(const char *text, struct options *o) {
  if (o->match != NULL) return complain("--match was given before", text);
  if (regcomp(&o->pattern, text, REG_EXTENDED | REG_NOSUB) != 0)
    return complain("is no regular expression", text);
  o->match = text;
  return true;
}

static bool read_case(const char *text, struct options *o) {
  struct test_case c = {0};
  const char *why = case_parse(text, &c);
  o->one_case = text;
  return why == NULL || complain(why, text);
}

/* Seeds that a double holds, so that JSON does. */
static bool read_seed(const char *text, struct options *o) {
  char *end;
  errno = 0;
  o->seed = strtoull(text, &end, 10);
  const bool number = *text >= '0' && *text <= '9' && *end == '\0';
  return (number && errno == 0 && o->seed < (uint64_t)1 << 53) ||
         complain("a seed is a whole number", text);
}

static bool read_seconds(const char *text, double *seconds) {
  char *end;
  *seconds = strtod(text, &end);
  return (end != text && *end == '\0' && *seconds > 0 && *seconds < 1e6) ||
         complain("is no number of seconds", text);
}

static bool read_fault(const char *text, struct options *o) {
  static const char *const faults[] = {"",      "crash", "hang",
                                       "wrong", "spill", "unstable"};
  for (size_t i = 1; i < TOOL_COUNT(faults); i++)
    if (strcmp(text, faults[i]) == 0)
      return o->fault = (enum tool_fault)i, true;
  return complain("there is no such fault", text);
}

static bool read_option(int letter, struct options *o) {
  switch (letter) {
    case 'd':
      return o->device = optarg, true;
    case 'a':
      return o->all_devices = true;
    case 'o':
      return read_op(optarg, o);
    case 't':
      return word_dtype(optarg, strlen(optarg), &o->dtype) ||
             complain("the types are" WORD_DTYPES, optarg);
    case 'm':
      return read_match(optarg, o);
    case 'c':
      return read_case(optarg, o);
    case 's':
      return read_seed(optarg, o);
    case OPTION_TIMEOUT:
      return read_seconds(optarg, &o->timeout);
    case OPTION_REFERENCE:
      return o->session.reference = true;
    case OPTION_DISABLE:
      o->session.disable = optarg;
      return word_providers(optarg) ||
             complain("names a provider that does not exist", optarg);
    case OPTION_STRICT:
      return o->strict = true;
    case 'v':
      return o->verbose = true;
    case OPTION_JSON:
      return o->json = optarg, true;
    case OPTION_JUNIT:
      return o->junit = optarg, true;
    case OPTION_INJECT:
      return read_fault(optarg, o);
    case OPTION_HIDDEN:
      return word_sizes(optarg, &o->hidden) ||
             complain("is no list of sizes", optarg);
    case OPTION_TOKENS:
      return word_sizes(optarg, &o->tokens) ||
             complain("is no list of sizes", optarg);
    case OPTION_OUTPUT:
      return o->table = optarg, true;
    case OPTION_RESUME:
      return o->resume = true;
    case OPTION_REPORT:
      o->report = optarg;
      return o->session.keep_log = o->session.properties = true;
    case OPTION_SECONDS:
      return read_seconds(optarg, &o->seconds);
    case OPTION_STAT:
    case OPTION_VERIFY:
    case OPTION_CLEAR:
      o->cache = (enum cache_action)(letter - OPTION_STAT);
      return true;
    default: /* getopt has said what is wrong */
      return false;
  }
}

static bool is_command(const char *word) {
  static const char *const commands[] = {"check",  "tune",  "clblast",
                                         "list",   "model", "support",
                                         "stress", "cache"};
  for (size_t i = 0; i < TOOL_COUNT(commands); i++)
    if (strcmp(word, commands[i]) == 0) return true;
  return false;
}

/* What follows the command: files, if it takes some. */
static bool read_files(int count, char **words, struct options *o) {
  const bool model = strcmp(o->command, "model") == 0,
             clblast = strcmp(o->command, "clblast") == 0;
  if ((model || clblast) && count == 0)
    return complain("which file?", o->command);
  if (count > model && !clblast)
    return complain("one word too many", words[model]);
  o->files = words;
  o->file_count = (size_t)count;
  return true;
}

static bool read_command(int count, char **words, struct options *o) {
  o->command = count > 0 ? words[0] : "check";
  if (!is_command(o->command))
    return complain("there is no such command", o->command);
  if (count > 0 && !read_files(count - 1, words + 1, o)) return false;
  if (o->device != NULL && o->all_devices)
    return complain("goes with no --all-devices", "--device");
  if ((strcmp(o->command, "tune") == 0 || strcmp(o->command, "clblast") == 0) &&
      o->all_devices)
    return complain("a table is for one device", "--all-devices");
  if (strcmp(o->command, "check") != 0 && o->report != NULL)
    return complain("is of the command check", "--report");
  return true;
}

bool options_read(int argc, char **argv, struct options *options,
                  int *exit_code) {
  *options = (struct options){
      .seed = 17, .timeout = 120, .table = "gemm.tuning", .seconds = 10};
  *exit_code = TOOL_USAGE;
  int letter;
  while ((letter = getopt_long(argc, argv, short_options, long_options,
                               NULL)) != -1) {
    if (letter == 'h' || letter == 'V') {
      fputs(letter == 'h' ? usage
                          : "clinfer-check " CLINFER_VERSION_STRING "\n",
            stdout);
      *exit_code = TOOL_PASSED;
      return false;
    }
    if (!read_option(letter, options)) return false;
  }
  return read_command(argc - optind, argv + optind, options);
}

void options_free(struct options *options) {
  if (options->match != NULL) regfree(&options->pattern);
}

/* arguments.c - read the command line. */

#include "arguments.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/words.h"
#include "operators/cases.h"

static const char usage[] =
    "Usage: clinfer-bench [OPTION...]\n"
    "Time the operators of clinfer on an OpenCL device, over a grid of sizes,\n"
    "and check a sample of what each of them computed.\n"
    "\n"
    "Options:\n"
    "  -d, --device SELECTOR  platform:device, gpu, cpu or part of a name;\n"
    "                         else CLINFER_DEVICE, else the best device\n"
    "  -o, --op LIST          these operators (layer_norm,\n"
    "                         layer_norm_residual,vector_matmul,linear,\n"
    "                         qkv_gemm,fused_gemm_gelu,mlp_gemm)\n"
    "  -t, --dtype TYPE       operands of this type only:" WORD_DTYPES
    "\n"
    "      --tokens LIST      numbers of rows (1,128,512,2048,8192)\n"
    "      --hidden LIST      hidden sizes (768,1024,4096); an intermediate\n"
    "                         size is four times as large\n"
    "      --gemm LIST        instead of the grid: linear of these shapes,\n"
    "                         each MxNxK\n"
    "      --activation NAME  of --gemm (none)\n"
    "      --launch           instead of the grid: what a launch costs\n"
    "      --seconds N        for each way of timing a case (0.1)\n"
    "      --timeout SECONDS  for which the device may keep this program "
    "waiting\n"
    "                         (600)\n"
    "      --csv FILE         also write a table with commas\n"
    "      --reference        time the library's plain reference kernels\n"
    "      --disable NAMES    providers that the library shall not use, with\n"
    "                         commas between them, as in gemm_cpu,row_item\n"
    "      --inject wrong     check this tool: spoil one result of each case\n"
    "  -h, --help             this text\n"
    "  -V, --version          the version\n"
    "\n"
    "Exit status: 0 all right, 1 a result was wrong or a call failed, 2 "
    "usage,\n"
    "3 no device, 4 the device does not answer, 5 internal error.\n";

enum {
  OPTION_TOKENS = 256,
  OPTION_HIDDEN,
  OPTION_GEMM,
  OPTION_ACTIVATION,
  OPTION_LAUNCH,
  OPTION_SECONDS,
  OPTION_TIMEOUT,
  OPTION_CSV,
  OPTION_REFERENCE,
  OPTION_DISABLE,
  OPTION_INJECT
};

static const struct option long_options[] = {
    {"device", required_argument, NULL, 'd'},
    {"op", required_argument, NULL, 'o'},
    {"dtype", required_argument, NULL, 't'},
    {"tokens", required_argument, NULL, OPTION_TOKENS},
    {"hidden", required_argument, NULL, OPTION_HIDDEN},
    {"gemm", required_argument, NULL, OPTION_GEMM},
    {"activation", required_argument, NULL, OPTION_ACTIVATION},
    {"launch", no_argument, NULL, OPTION_LAUNCH},
    {"seconds", required_argument, NULL, OPTION_SECONDS},
    {"timeout", required_argument, NULL, OPTION_TIMEOUT},
    {"csv", required_argument, NULL, OPTION_CSV},
    {"reference", no_argument, NULL, OPTION_REFERENCE},
    {"disable", required_argument, NULL, OPTION_DISABLE},
    {"inject", required_argument, NULL, OPTION_INJECT},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {NULL, 0, NULL, 0},
};

static bool complain(const char *what, const char *about) {
  fprintf(stderr, "clinfer-bench: %s: %s\nTry clinfer-bench --help.\n", about,
          what);
  return false;
}

static bool read_ops(const char *text, struct arguments *a) {
  a->op_count = 0;
  for (const char *name = text; *name != '\0';) {
    const size_t length = strcspn(name, ",");
    const struct call_operator *op = op_find(name, length);
    if (op == NULL) return complain("there is no such operator", text);
    if (a->op_count == MOST_OPS) return complain("too many operators", text);
    a->ops[a->op_count++] = op;
    name += length + (name[length] == ',');
  }
  return a->op_count > 0 || complain("names no operator", "--op");
}

/* "128x3072x768" */
static bool read_shape(const char **text, struct gemm_shape *g) {
  return word_size(text, &g->m) && *(*text)++ == 'x' &&
         word_size(text, &g->n) && *(*text)++ == 'x' && word_size(text, &g->k);
}

static bool read_gemms(const char *text, struct arguments *a) {
  const char *at = text;
  a->gemm_count = 0;
  while (a->gemm_count < MOST_GEMMS) {
    if (!read_shape(&at, &a->gemms[a->gemm_count++])) break;
    if (*at == '\0') return true;
    if (*at++ != ',') break;
  }
  return complain("is no list of shapes, as in 128x3072x768", text);
}

static bool read_activation(const char *text, struct arguments *a) {
  struct test_case c = {.op = op_find("linear", strlen("linear"))};
  char field[64];
  snprintf(field, sizeof field, "act=%s", text);
  if (case_set(field, &c) != NULL)
    return complain("there is no such activation", text);
  a->activation = (clinfer_activation)c.act;
  return true;
}

static bool read_seconds(const char *text, double *seconds) {
  char *end;
  *seconds = strtod(text, &end);
  return (end != text && *end == '\0' && *seconds > 0 && *seconds < 1e6) ||
         complain("is no number of seconds", text);
}

static bool read_option(int letter, struct arguments *a) {
  switch (letter) {
    case 'd':
      return a->device = optarg, true;
    case 'o':
      return read_ops(optarg, a);
    case 't':
      return word_dtype(optarg, strlen(optarg), &a->dtype) ||
             complain("the types are" WORD_DTYPES, optarg);
    case OPTION_TOKENS:
      return word_sizes(optarg, &a->tokens) ||
             complain("is no list of sizes", optarg);
    case OPTION_HIDDEN:
      return word_sizes(optarg, &a->hidden) ||
             complain("is no list of sizes", optarg);
    case OPTION_GEMM:
      return read_gemms(optarg, a);
    case OPTION_ACTIVATION:
      return read_activation(optarg, a);
    case OPTION_LAUNCH:
      return a->launch = true;
    case OPTION_SECONDS:
      return read_seconds(optarg, &a->seconds);
    case OPTION_TIMEOUT:
      return read_seconds(optarg, &a->timeout);
    case OPTION_CSV:
      return a->csv = optarg, true;
    case OPTION_REFERENCE:
      return a->session.reference = true;
    case OPTION_DISABLE:
      a->session.disable = optarg;
      return word_providers(optarg) ||
             complain("names a provider that does not exist", optarg);
    case OPTION_INJECT:
      a->spoil = true;
      return strcmp(optarg, "wrong") == 0 ||
             complain("there is no such fault", optarg);
    default: /* getopt has said what is wrong */
      return false;
  }
}

bool arguments_read(int argc, char **argv, struct arguments *a,
                    int *exit_code) {
  *a = (struct arguments){.timeout = 600,
                          .tokens = {{1, 128, 512, 2048, 8192}, 5},
                          .hidden = {{768, 1024, 4096}, 3},
                          .seconds = 0.1};
  read_ops(
      "layer_norm,layer_norm_residual,vector_matmul,linear,qkv_gemm,"
      "fused_gemm_gelu,mlp_gemm",
      a);
  *exit_code = TOOL_USAGE;
  int letter;
  while ((letter = getopt_long(argc, argv, "d:o:t:hV", long_options, NULL)) !=
         -1) {
    if (letter == 'h' || letter == 'V') {
      fputs(letter == 'h' ? usage
                          : "clinfer-bench " CLINFER_VERSION_STRING "\n",
            stdout);
      *exit_code = TOOL_PASSED;
      return false;
    }
    if (!read_option(letter, a)) return false;
  }
  return optind == argc || complain("one word too many", argv[optind]);
}

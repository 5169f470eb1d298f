/* output.h - where a run writes: text for people, and files for programs. */
#ifndef CLINFER_CHECK_FORMATS_OUTPUT_H
#define CLINFER_CHECK_FORMATS_OUTPUT_H

#include <stdio.h>

#include <cjson/cJSON.h>

#include "options.h"

/* Of the lines that --json writes. */
#define OUTPUT_SCHEMA 1

struct output {
  FILE *text;                  /* stdout, or stderr where stdout is taken */
  FILE *json, *junit, *report; /* or NULL */
  bool progress;               /* stderr is a terminal */
};

/* False, and a word on stderr, if a file cannot be made. */
bool output_open(struct output *out, const struct options *options);

/* False if something could not be written. */
bool output_close(struct output *out);

/* One line; nothing without --json. */
void output_json(const struct output *out, const cJSON *line);

/* The line of one device's run, and its heading for people. */
void output_device(const struct output *out, const struct options *options,
                   const cJSON *started);

/* A line that the next one replaces, on a terminal; done == count clears it. */
void output_progress(const struct output *out, size_t done, size_t count,
                     const char *what);

#endif

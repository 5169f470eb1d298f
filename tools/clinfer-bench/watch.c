/* watch.c - a device that does not answer ends the program. */

#include "watch.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/tool.h"

static unsigned bound;
static char last_words[512]; /* made in advance: a handler may not print */

static void give_up(int signal) {
  (void)signal;
  const ssize_t written = write(STDERR_FILENO, last_words, strlen(last_words));
  _exit(written < 0 ? TOOL_INTERNAL : TOOL_LOST);
}

void watch_name(const char *what) {
  alarm(0);
  snprintf(last_words, sizeof last_words,
           "clinfer-bench: %s: no answer within %u s\n", what, bound);
  watch_on();
}

void watch_on(void) { alarm(bound); }
void watch_end(void) { alarm(0); }

void watch_begin(double seconds) {
  struct sigaction action = {.sa_handler = give_up};
  sigemptyset(&action.sa_mask);
  sigaction(SIGALRM, &action, NULL);
  bound = (unsigned)ceil(seconds);
  watch_name("opening the device");
}

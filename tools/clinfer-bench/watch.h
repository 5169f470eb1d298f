/* watch.h - a device that does not answer ends the program. There is only one
 * process, so that nothing disturbs what is timed; and OpenCL cannot wait with
 * a bound, so the alarm clock does. */
#ifndef CLINFER_BENCH_WATCH_H
#define CLINFER_BENCH_WATCH_H

/* The bound, in seconds, which are rounded up, from one call of watch_on or
 * watch_name to the next. */
void watch_begin(double seconds);
void watch_on(void);
void watch_end(void);

/* What the program is at, for its last words. */
void watch_name(const char *what);

#endif

/* test_fork.c - a process that forks after it has used a context goes on: its
 * child has the memory of the context, but not the driver's threads, and leaves
 * by _exit or exec. */

#define _POSIX_C_SOURCE 200809L

#include "calls.h"

#include <sys/wait.h>
#include <unistd.h>

static const struct call_sizes sizes = {17, 33, 65, 33};
static const struct t_store f32 = {CLINFER_F32, 0, 0};

static void leave(void) { _exit(7); }

static void exec_shell(void) {
  execl("/bin/sh", "sh", "-c", "exit 7", (char *)NULL);
  _exit(1);
}

static void require_end(pid_t child) {
  int status = 0;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), 7);
}

static pid_t fork_child(void (*child)(void)) {
  const pid_t id = fork();
  assert_true(id >= 0);
  if (id == 0) child();
  return id;
}

/* The child is there while the parent's commands run, and is gone before the
 * next ones; results are those from before it. */
static void goes_on(const struct t_provider *p, void (*child)(void)) {
  for (size_t i = 0; i < call_operator_count(); i++) {
    struct call c = call_make(call_operator_at(i), p->ctx, &sizes, f32);
    t_at("%s, %s", p->name, c.op->name);
    const struct call before = call_run_twin(&c);
    const pid_t beside = fork_child(child);
    T_OK(call_run(&c));
    require_end(beside);
    call_require_same(&c, &before);
    call_poison(&c);
    assert_int_equal(call_run(&c), CLINFER_OK);
    const pid_t in_flight = fork_child(child);
    assert_int_equal(clFinish(t_queue), CL_SUCCESS);
    call_require_same(&c, &before);
    require_end(in_flight);
    t_release();
  }
}

static void child_leaves(void) {
  for (const struct t_provider *p = t_next(NULL, "gemm_"); p;
       p = t_next(p, "gemm_"))
    goes_on(p, leave);
}

static void child_becomes_another(void) {
  goes_on(t_next(NULL, ""), exec_shell);
}

static const struct t_single singles[] = {
    {"the child leaves", child_leaves},
    {"the child becomes another program", child_becomes_another},
};

int main(int argc, char **argv) {
  static const struct t_table tables[] = {T_TABLE(t_call, singles)};
  return t_main(argc, argv, "fork", tables, T_COUNT(tables));
}

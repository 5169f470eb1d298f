/* last_group.cl - which of the work-groups that share a result comes last, on
 * NVIDIA, through inline PTX. */

/* Whoever sees a store after the fence sees every store before it, on the whole
 * device. */
static void device_fence(void) { asm volatile("membar.gl;" ::: "memory"); }

/* Store `value` if *p is `expected`. Returns what *p was. */
static ulong compare_exchange(__global ulong *p, ulong expected, ulong value) {
  ulong old;
  asm volatile("atom.global.cas.b64 %0, [%1], %2, %3;"
               : "=l"(old)
               : "l"(p), "l"(expected), "l"(value)
               : "memory");
  return old;
}

/* Count the groups that have done their part. Returns whether this is the last
 * of `groups`, at most 255. The word may hold anything before: a number without
 * the mark counts as no group. The last group takes the mark away. */
static bool is_last(__global ulong *arrived, uint groups) {
  const ulong mark = 0x9d3c5fa1b7e24600;
  ulong seen = 0, expected;
  do {
    expected = seen;
    const ulong before = (seen ^ mark) < groups ? seen : mark;
    const bool last = before == mark + groups - 1;
    seen = compare_exchange(arrived, expected, last ? 0 : before + 1);
    if (seen == expected) return last;
  } while (true);
}

#!/bin/sh
# Runs the tests of ./build on one OpenCL implementation, and says what became
# of them:
#
#   run.sh FOLDER TARGET
#
# TARGET is a CTest preset. FOLDER gets the logs. Prints lines separated by
# tabs: the word run; the target; a kernel, or - for all of the tests; how many variants of it
# were built, or the tests passed of how many; and ok or which tests failed; of
# all the device as well.
set -eu
folder=$1 target=$2
log=$folder/$target.log output=$folder/$target.output

# Every test's output holds what was built: the library says it if asked to.
CLINFER_TESTS=wide CLINFER_VERBOSE=1 ctest --preset "$target" --parallel "$(nproc)" \
  --output-log "$log" >&2 || :
mv build/Testing/Temporary/LastTest.log "$output"

failed=$(sed -n 's/^\t *[0-9]* - \(.*\) (.*)$/\1/p' "$log" | paste -s -d ' ')
ran=$(grep -cE '^ *[0-9]+/[0-9]+ Test ' "$log" || :)
passed=$(grep -cE '^ *[0-9]+/[0-9]+ Test .* (Passed|\*\*\*Skipped) ' "$log" || :)
device=$(sed -n 's/^clinfer: device //p' "$output" | head -n 1)
outcome=ok
[ "$ran" -gt 0 ] && [ "$passed" = "$ran" ] || outcome="fail: ${failed:-no test}"
printf 'run\t%s\t-\t%s of %s\t%s\t%s\n' "$target" "$passed" "$ran" "$outcome" \
  "$device"

sed -nE 's/^clinfer: (built|loaded) //p' "$output" | sort -u |
  cut -d ' ' -f 1 | sort | uniq -c | while read -r count kernel; do
  printf 'run\t%s\t%s\t%s\tok\n' "$target" "$kernel" "$count"
done

#!/bin/sh
# layers.sh LAYERS.SH SOURCES OBJECTS CC - no arrow of the library's imports runs
# up or in a circle; and what would is seen.
set -eu
layers=$1 sources=$2 objects=$3 cc=$4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

"$layers" "$sources" "$objects"

# planted NAME SAID: with the fault that was planted, layers.sh fails and says so.
planted() {
  if "$layers" "$work/src" "$work/objects" >"$work/out" 2>&1; then
    echo "layers.sh does not see $1"
    exit 1
  fi
  grep -q "$2" "$work/out" || {
    echo "layers.sh does not say \"$2\" of $1, but:"
    cat "$work/out"
    exit 1
  }
}

# The library anew; then add FILE TEXT: another source of it.
anew() {
  rm -rf "$work/src" "$work/objects"
  cp -r "$sources" "$work/src"
  cp -r "$objects" "$work/objects"
}
add() {
  printf '%s\n' "$2" >"$work/src/$1"
  "$cc" -c "$work/src/$1" -o "$work/objects/$1.o"
}

anew
echo '#include "run/plan.h"' >>"$work/src/base/log.h"
planted 'a header from above' 'base/log reaches up to run/plan'

anew
add program/low.c 'void ci_submit(void); void ci_low(void); void ci_low(void) { ci_submit(); }'
planted 'a function from above' 'program/low reaches up to run/submit'

anew
add row/one.c 'void ci_two(void); void ci_one(void); void ci_one(void) { ci_two(); }'
add row/two.c 'void ci_one(void); void ci_two(void); void ci_two(void) { ci_one(); }'
planted 'a circle' 'row/one'

anew
mkdir "$work/src/other" "$work/objects/other"
echo '#include "base/log.h"' >"$work/src/other/layer.h"
planted 'a folder that is no layer' 'other/layer reaches up'

#!/bin/sh
# Fails where a file of src/ reaches up: includes a header, or needs a symbol, of
# a layer above its own; and where objects need one another in a circle.
#
#   layers.sh SOURCES OBJECTS
#
# SOURCES is src/, OBJECTS the folder that has the same folders with what was
# compiled: build/src/CMakeFiles/clinfer_internal.dir
set -eu
sources=$1 objects=$2
layers='base program run choose row gemm attention context op' # docs/architecture.md

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# Lines "from to": file needs file, by their paths without .c and .h.
(cd "$sources" && grep -HoE '^#include "[a-z_]+/[a-z_0-9]+\.h"' -- */*.[ch]) |
  sed -E 's/\.[ch]:#include "/ /; s/\.h"$//' |
  grep -v ' clinfer/' >"$work/includes"

# Of today's sources only: objects of earlier ones may lie beside them.
(cd "$sources" && ls -- */*.c) | sed 's/$/.o/' >"$work/objects"
(cd "$objects" && xargs nm -A -g -- <"$work/objects") | sed -E 's/\.c\.o:/ /' |
  awk '$2 == "U" || $2 == "w" { needs[++n] = $1 " " $3; next }
       { home[$4] = $1 }
       END {
         for (i = 1; i <= n; i++) {
           split(needs[i], need)
           to = home[need[2]]
           if (to != "" && to != need[1]) print need[1], to
         }
       }' | sort -u >"$work/symbols"
for list in includes symbols; do
  [ -s "$work/$list" ] || {
    echo "layers.sh: no $list were found" >&2
    exit 1
  }
done

cat "$work/includes" "$work/symbols" | sort -u | awk -v layers="$layers" '
  BEGIN { for (i = split(layers, name); i > 0; i--) rank[name[i]] = i }
  {
    from = $1; to = $2
    sub("/.*", "", from); sub("/.*", "", to)
    if (!(from in rank) || !(to in rank) || rank[from] < rank[to]) {
      print "layers.sh: " $1 " reaches up to " $2
      bad = 1
    }
  }
  END { exit bad }' >&2
if ! tsort "$work/symbols" >/dev/null 2>"$work/circles" ||
  [ -s "$work/circles" ]; then
  echo 'layers.sh: these objects need one another in a circle:' >&2
  sed 's/^tsort: //' "$work/circles" >&2
  exit 1
fi

#!/bin/sh
# shim_covers.sh LIBRARY SHIM.DEF - fails unless shim.def names every function of
# OpenCL, of CLBlast, and of the C library's that gives memory or opens files,
# that the library calls; and no other.
set -eu
library=$1 table=$2
watched='cl[A-Z]|CLBlast|([mc]|re)alloc(array)?$|aligned_alloc$|posix_memalign$'
watched="$watched|v?asprintf$|strn?dup$|getline$|open(at|dir)?(64)?$|f(d|re)?open$"
watched="$watched|creat$|mkstemp$|read$|write$|rename$|mkdir$|f?stat(64)?$|scandir$"

called=$(nm --undefined-only "$library" | awk 'NF == 2 { print $2 }' |
  grep -E "^($watched)" | sort -u)
named=$(sed -nE 's/^[A-Z]+\(([A-Za-z]+),.*/\1/p' "$table" | sort -u)
if [ "$called" != "$named" ]; then
  printf 'called:\n%s\n\nnamed:\n%s\n' "$called" "$named"
  exit 1
fi

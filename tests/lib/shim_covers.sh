#!/bin/sh
# shim_covers.sh LIBRARY SHIM.DEF - fails unless shim.def names every function of
# OpenCL, of CLBlast, and of the C library's that gives memory, locks or threads
# or works on files, that the library calls; and no other.
set -eu
library=$1 table=$2
watched='cl[A-Z]|CLBlast|([mc]|re)alloc(array)?$|aligned_alloc$|posix_memalign$'
watched="$watched|v?asprintf$|strn?dup$|getline$|open(at|dir)?(64)?$|f(d|re)?open$"
watched="$watched|f?close(dir)?$|creat$|mkstemp$|read$|write$|lseek(64)?$"
watched="$watched|rename(at)?$|unlink(at)?$|remove$|rmdir$|mkdir(at)?$|(sym)?link$"
watched="$watched|[fl]?stat(64|at)?$|f?truncate$|f?chmod$|f(data)?sync$|fcntl$"
watched="$watched|getcwd$|flock$|readdir$|scandir$|m(un)?map$"
watched="$watched|pthread_[a-z]+_(init|destroy)$|pthread_(create|join)$"

called=$(nm --undefined-only "$library" | awk 'NF == 2 { print $2 }' |
  grep -E "^($watched)" | sort -u)
named=$(sed -nE 's/^[A-Z]+\(([A-Za-z_]+),.*/\1/p' "$table" | sort -u)
if [ "$called" != "$named" ]; then
  printf 'called:\n%s\n\nnamed:\n%s\n' "$called" "$named"
  exit 1
fi

#!/bin/sh
# shuns.sh LIBRARY - fails if the library calls a function whose answer depends
# on the locale, or reads the environment past src/base/environment.c.
set -eu
shunned='getenv|setlocale|localeconv|(to|is)w?(lower|upper|alpha|alnum|digit|'
shunned="${shunned}space|punct|print)|__ctype_.*|strcoll|strxfrm|alphasort|"
shunned="${shunned}versionsort|str(n)?casecmp|strtof|strtod|atof"
calls=$(nm --undefined-only "$1" | awk 'NF == 2 { print $2 }' |
  grep -E "^($shunned)$" | sort -u)
[ -n "$calls" ] || exit 0
printf 'called:\n%s\n' "$calls"
exit 1

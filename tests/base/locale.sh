#!/bin/sh
# locale.sh TEST_LOCALE - runs that program in a Turkish locale, which is made
# for it. Exit status 77, and a word: no such locale can be made here.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
name=tr_TR.ISO-8859-9

localedef -i tr_TR -f ISO-8859-9 "$work/$name" 2>"$work/log" || {
  cat "$work/log"
  echo "SKIPPED: localedef cannot make $name (Debian: package locales)"
  exit 77
}
LOCPATH=$work LC_ALL=$name "$1"

#!/bin/sh
# Refuses an option on which the host and a kernel do not agree:
#
#   option.sh LIST FOLDER KERNEL OPTION VALUE...
#
# LIST holds the kernel's variants, in each line the kernel and its options;
# FOLDER the kernels; the values are all that the option has in the list.
#
# - Without the option, the kernel's #error stops the compiler.
# - Another value changes what the compiler sees, in some variant: the kernel
#   reads the option, and not only to define what nothing uses. An option that
#   always has the same value belongs into the kernel.
# - No #if names what is not defined, in the variants that it takes to see this.
#
# Only the preprocessor runs.
set -euf
list=$1 folder=$2 kernel=$3 option=$4
shift 4
values=$*

refuse() {
  echo "lint-kernels.sh: $kernel: $*" >&2
  exit 255 # xargs stops
}

preprocess() {
  "${CC:-cc}" -E -P -x c -Wundef -Werror -I "$folder" "$@" \
    "$folder/$kernel.cl" 2>&1
}

# The variant's options without that one.
others() { printf '%s\n' "$@" | grep -v "^-D$option="; }

[ $# -gt 1 ] || refuse "$option is always $values"
is_missed=''
grep "^$kernel " "$list" | cut -d ' ' -f 2- | {
  while read -r options; do
    # shellcheck disable=SC2086 # options are words
    text=$(preprocess $options) || refuse "$text"
    # shellcheck disable=SC2046,SC2086
    set -- $(others $options)
    if [ -z "$is_missed" ]; then
      said=$(preprocess "$@") && refuse "nothing says that $option is missing"
      case $said in
      *"a macro is missing"*) is_missed=1 ;;
      *) refuse "$said" ;;
      esac
    fi
    for value in $values; do
      [ "$(preprocess "$@" "-D$option=$value")" = "$text" ] || exit 0
    done
  done
  refuse "$option is not read"
}

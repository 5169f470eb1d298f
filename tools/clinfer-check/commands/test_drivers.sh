#!/bin/sh
# What is said where no driver is installed, and where PoCL cannot write its
# cache: test_drivers.sh CLINFER-CHECK
set -eu
check=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export CLINFER_CACHE_DIR=
unset CLINFER_DEVICE

fail() {
  cat "$work/out"
  echo "test_drivers.sh: $*" >&2
  exit 1
}

# run ARGUMENT...: its exit status is in $status.
run() {
  status=0
  "$check" "$@" >"$work/out" 2>&1 || status=$?
}
says() { grep -qF -e "$1" "$work/out" || fail "no \"$1\""; }

export OCL_ICD_VENDORS=/nonexistent
for command in list support check; do
  run "$command"
  [ "$status" -eq 3 ] || fail "$command: exit status $status, not 3"
  says 'no OpenCL driver is installed'
  says pocl-opencl-icd
done

# The first cannot be made, the second is there but takes no files, not even
# root's. Some versions of PoCL do without.
export OCL_ICD_VENDORS=/etc/OpenCL/vendors/pocl.icd
[ -e "$OCL_ICD_VENDORS" ] || {
  echo "SKIPPED: there is no PoCL"
  exit 77
}
for folder in /proc/none /proc; do
  POCL_CACHE_DIR=$folder run support --op rms_norm --dtype f32
  [ "$status" -eq 0 ] || says 'PoCL does so where it cannot write its cache'
done

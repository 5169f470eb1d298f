#!/bin/sh
# Readies the machine and builds: installs those Debian packages that are
# missing, then configures and builds into ./build. quickstart.sh and test.sh
# start with it.
set -eu
cd "$(dirname "$0")/.."

# A compiler for C, and for C++ since a test includes the header from it; the
# OpenCL loader, headers and CLBlast; PoCL, a device that every machine has;
# what clinfer-check and the tests link; and the sources of a locale for a test.
packages='gcc g++ make cmake pkg-config
  ocl-icd-opencl-dev opencl-c-headers opencl-clhpp-headers
  libclblast-dev pocl-opencl-icd libcjson-dev libcmocka-dev locales'

say() { printf 'setup.sh: %s\n' "$*"; }
fail() {
  say "$@" >&2
  exit 1
}

missing_packages() {
  for package in $packages; do
    case $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) in
    installed*) ;;
    *) printf '%s ' "$package" ;;
    esac
  done
}

install_packages() {
  as_root=''
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null ||
      fail "there is no sudo; run as root: apt-get install $*"
    as_root=sudo
  fi
  say "installing $*"
  $as_root apt-get update -qq || fail "apt-get update failed; missing: $*"
  $as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "$@" ||
    fail "apt-get could not install all of: $*"
}

if ! command -v dpkg-query >/dev/null; then
  say "no Debian here: install yourself what these hold:" "$packages"
elif missing=$(missing_packages) && [ -n "$missing" ]; then
  # shellcheck disable=SC2086 # the packages are words
  install_packages $missing
else
  say "all packages are installed"
fi
say "configuring and building ./build"
cmake --preset default
cmake --build --preset default --parallel "$(nproc)"

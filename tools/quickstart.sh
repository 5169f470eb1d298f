#!/bin/sh
# From a clean clone to a checked device: installs what is missing, builds, and
# runs clinfer-check on the best OpenCL device of this machine, or on the one
# that CLINFER_DEVICE names. Arguments go to clinfer-check.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)

"$root/tools/setup.sh"
echo "quickstart.sh: checking the device"
exec "$root/build/tools/clinfer-check/clinfer-check" "$@"

#!/bin/sh
# Prints the base image to build on: PYTHON_IMAGE where it is set, else the official
# image, else - loudly - one made from Debian's packages by airgap/build-base.sh.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=deploy/lib.sh
. "$here/lib.sh"
official=python:3.13-slim

pull_official() {
    retry 2 bounded 300 docker pull --quiet "$official" >&2
}

if [ -n "${PYTHON_IMAGE:-}" ]; then
    echo "$PYTHON_IMAGE"
    exit
fi
if image_present "$official" || pull_official; then
    echo "$official"
    exit
fi
say "************************************************************************"
say "$official cannot be pulled. Building on Debian's own Python instead."
say "Set PYTHON_IMAGE to choose another base image and to skip this attempt."
say "************************************************************************"
"$here/airgap/build-base.sh"

#!/bin/sh
# Prints the base image to build on: PYTHON_IMAGE where it is set, else the official
# image, else one made from Debian's packages by airgap/build-base.sh.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=deploy/lib.sh
. "$here/lib.sh"
image_for PYTHON_IMAGE python:3.13-slim "$here/airgap/build-base.sh"

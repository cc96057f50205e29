#!/bin/sh
# Prints the image of the database server: POSTGRES_IMAGE where it is set, else the
# official image, else one made from Debian's packages by airgap/build-postgres.sh.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=deploy/lib.sh
. "$here/lib.sh"
image_for POSTGRES_IMAGE postgres:17 "$here/airgap/build-postgres.sh"

#!/bin/sh
# Builds the image roob-postgres:bookworm, which stands in for the official postgres
# image, from Debian's packages on roob-base:bookworm, and prints its name. Does nothing
# else where it is there. BUILD_NETWORK=host builds on the host's network.
# Exit codes: 3 no engine answers, 4 the image cannot be built here.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=deploy/lib.sh
. "$here/../lib.sh"
image=roob-postgres:bookworm

build() {
    docker build --quiet --network "${BUILD_NETWORK:-default}" \
        --build-arg BASE_IMAGE="$base" --tag "$image" "$here/postgres" >&2
}

if image_present "$image"; then
    echo "$image"
    exit
fi
base=$("$here/build-base.sh")
say "building $image from Debian's packages"
retry 3 build || fail "$NO_BASE_IMAGE" "$image could not be built; the reason is above."
echo "$image"

#!/bin/sh
# Builds the base image roob-base:bookworm from Debian's packages, for machines that
# reach no image registry, and prints its name. Does nothing else where it is there.
# Needs root and an engine; DEBIAN_MIRROR chooses another mirror than the host's own.
# Exit codes: 3 no engine answers, 4 the image cannot be built here.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=deploy/lib.sh
. "$here/../lib.sh"
PATH=$PATH:/usr/sbin:/sbin
suite=bookworm
image=roob-base:$suite
packages=ca-certificates,python3,python3-venv,python3-pip
system_bundle=/etc/ssl/certs/ca-certificates.crt

# The mirror of the host's apt, or nothing: debootstrap then takes its default.
host_mirror() {
    # shellcheck disable=SC2016  # apt fills this in, not the shell
    apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' \
        'Origin: Debian' "Codename: $suite" 'Component: main' 2>/dev/null | head -n 1
}

# bootstrap FOLDER: from nothing, so that it can be tried again.
bootstrap() {
    rm -rf --one-file-system "$1"
    # shellcheck disable=SC2086  # the mirror is one word or none
    debootstrap --variant=minbase --include="$packages" "$suite" "$1" $mirror \
        >"$work/log" 2>&1 && return
    tail -n 5 "$work/log" >&2
    return 1
}

# trust_like_host FOLDER: the host may reach its indexes only through a proxy whose
# certificate is in its own bundle.
trust_like_host() {
    for bundle in "${PIP_CERT:-}" "${SSL_CERT_FILE:-}" "$system_bundle"; do
        [ -f "$bundle" ] || continue
        install -D -m 644 "$bundle" "$1$bundle"
        [ "$bundle" = "$system_bundle" ] || install -m 644 "$bundle" "$1$system_bundle"
        return
    done
}

# slim FOLDER: nobody reads manuals in there; licences stay.
slim() {
    find "$1/usr/share/doc" "$1/usr/share/man" "$1/usr/share/locale" \
        "$1/var/cache/apt" "$1/var/lib/apt/lists" \
        -type f ! -name copyright -delete
    # Copied from the host; the engine brings its own.
    rm -f "$1/etc/resolv.conf" "$1/etc/hostname"
}

if image_present "$image"; then
    echo "$image"
    exit
fi
engine_answers || fail "$NO_ENGINE" "no container engine answers; see engine.sh"
[ "$(id -u)" -eq 0 ] || fail "$NO_BASE_IMAGE" "only root can build $image."
command -v debootstrap >/dev/null || install_packages "$NO_BASE_IMAGE" debootstrap
work=$(mktemp -d "${TMPDIR:-/var/tmp}/roob-base.XXXXXX")
trap 'rm -rf --one-file-system "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
mirror=${DEBIAN_MIRROR:-$(host_mirror)}
say "building $image from Debian's packages; this takes a minute"
retry 3 bootstrap "$work/root" ||
    fail "$NO_BASE_IMAGE" "Debian's packages could not be had; the reason is above."
trust_like_host "$work/root"
slim "$work/root"
tar -C "$work/root" -cf "$work/base.tar" .
docker import --change 'CMD ["python3"]' "$work/base.tar" "$image" >/dev/null
echo "$image"

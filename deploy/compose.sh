#!/bin/sh
# Runs whichever compose this machine has, in the repository's root.
#   deploy/compose.sh ps
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=deploy/lib.sh
. "$here/lib.sh"

cd "$here/.."
compose_present || fail "$NO_ENGINE" "neither 'docker compose' nor 'docker-compose' is here." \
    "On Debian, as root: deploy/airgap/engine.sh start"
if compose_plugin_present; then
    exec docker compose "$@"
fi
exec docker-compose "$@"

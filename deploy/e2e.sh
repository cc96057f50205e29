#!/bin/sh
# Runs the end-to-end tests against a container of its own: own project, own volume,
# free port. Takes it down whatever happens and exits as the tests did. Arguments go
# to pytest; PYTHON names the interpreter that has it, DATABASE=postgres the database.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=deploy/lib.sh
. "$here/lib.sh"
python=${PYTHON:-python3}

take_down() {
    "$here/compose.sh" down --volumes >&2 || say "could not take $COMPOSE_PROJECT_NAME down"
}

cd "$here/.."
PORT=$("$python" -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
DEMO_FAULTS=1
COMPOSE_PROJECT_NAME=roob-e2e-$$
export PORT DEMO_FAULTS COMPOSE_PROJECT_NAME
choose_database
engine_answers || fail "$NO_ENGINE" "no container engine answers." \
    "Start one; on Debian, as root: deploy/airgap/engine.sh start"
trap take_down EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
url=$("$here/up.sh")
"$python" -m pytest tests/e2e --base-url "$url" \
    --container "$("$here/compose.sh" ps -q web)" "$@"

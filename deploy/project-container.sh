#!/bin/sh
# Makes a project as a user does, builds its image by its own docker-compose.yml on a
# wheel of this checkout, and sees that it serves, keeps its data and stops in time.
# Takes everything down whatever happens. PYTHON names an interpreter that has roob.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=deploy/lib.sh
. "$here/lib.sh"
python=${PYTHON:-python3}
most_seconds_to_stop=12
# The image is called after it: like none that somebody has.
name=roob-e2e-project

# take_down: what the server said last is the reason that helps.
take_down() {
    [ "$?" -eq 0 ] || "$here/compose.sh" logs --no-color --tail 50 >&2 || true
    [ ! -f "$COMPOSE_FILE" ] || "$here/compose.sh" down --volumes --rmi all >&2 ||
        say "could not take $COMPOSE_PROJECT_NAME down"
    rm -rf "$work"
}

# make_project: in $project, with this checkout's wheel in its folder wheels.
make_project() {
    cd "$work"
    roob createproject "$name"
    cd "$project"
    roob addmodelview employees name:str title:str office_number:int
    roob createdb
    "$python" -m build --wheel --outdir wheels "$here/../framework"
}

roob() {
    "$python" -P -m roob "$@"
}

# visit ADD|FIND: as a browser does, by the project's pages.
visit() {
    (cd "$here/.." && "$python" -m tests.project.visit "$url" "$1")
}

check_user() {
    user=$(docker exec "$container" id -u)
    [ "$user" = 10001 ] || fail 1 "the server runs as user $user, not as 10001."
}

# stop_in_time: whoever is process 1 has to know the signal, and to finish by itself.
stop_in_time() {
    started=$(date +%s)
    docker stop -t 30 "$container" >/dev/null
    seconds=$(($(date +%s) - started))
    code=$(docker inspect -f '{{.State.ExitCode}}' "$container")
    [ "$code" -eq 0 ] || fail 1 "the server was stopped and ended by $code, not by 0."
    [ "$seconds" -lt "$most_seconds_to_stop" ] ||
        fail 1 "the server took $seconds seconds to stop."
}

engine_answers || fail "$NO_ENGINE" "no container engine answers." \
    "Start one; on Debian, as root: deploy/airgap/engine.sh start"
python=$(command -v "$python")
case $python in /*) ;; *) python=$(pwd)/$python ;; esac
work=$(mktemp -d "${TMPDIR:-/tmp}/roob-project.XXXXXX")
project=$work/$name
PORT=$("$python" -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
COMPOSE_PROJECT_NAME=roob-project-$$
COMPOSE_FILE=$project/docker-compose.yml
export PORT COMPOSE_PROJECT_NAME COMPOSE_FILE
# The project's own settings hold, whatever the demo's are.
unset DATABASE DATABASE_URL COMPOSE_PROFILES ROOB_APP
trap take_down EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

make_project >&2
# The port that it looks for inside is the demo's; this one's is known outside.
"$here/up.sh" >/dev/null
url=http://127.0.0.1:$PORT
container=$("$here/compose.sh" ps -q web)
visit ADD
check_user
docker restart -t 30 "$container" >/dev/null
visit FIND
stop_in_time
say "the project was built, served, kept its data and stopped in $seconds s"

#!/bin/sh
# Sees to it that a container engine answers, and takes away what it started.
#   engine.sh start   installs what is missing (root, Debian), starts dockerd if none answers
#   engine.sh stop    stops the dockerd that start has started, and no other
# Exit code 3: no engine can be had here; the reason is on standard error.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=deploy/lib.sh
. "$here/../lib.sh"
# root's own path may lack the folders where dockerd and iptables are.
PATH=$PATH:/usr/sbin:/sbin
state=${ROOB_ENGINE_STATE:-/run/roob-engine}
seconds_to_readiness=60
seconds_to_stop=30

missing_packages() {
    if ! engine_answers; then
        command -v docker >/dev/null && command -v dockerd >/dev/null || echo docker.io
        command -v iptables >/dev/null || echo iptables
    fi
    compose_present || echo docker-compose
    command -v debootstrap >/dev/null || echo debootstrap
}

install_missing() {
    packages=$(missing_packages)
    [ -n "$packages" ] || return 0
    # shellcheck disable=SC2086  # one word for each package
    install_packages "$NO_ENGINE" $packages
}

is_dockerd() {
    [ "$(cat "/proc/$1/comm" 2>/dev/null)" = dockerd ]
}

launch() {
    mkdir -p "$state"
    # Its own session: it outlives this script and its terminal.
    setsid dockerd --pidfile "$state/dockerd.pid" \
        </dev/null >"$state/dockerd.log" 2>&1 &
    launched=$!
}

wait_until_ready() {
    waited=0
    until engine_answers; do
        kill -0 "$launched" 2>/dev/null || explain "dockerd ended at once"
        [ "$waited" -lt "$seconds_to_readiness" ] ||
            explain "dockerd does not answer after $seconds_to_readiness seconds"
        sleep 1
        waited=$((waited + 1))
    done
}

# explain TEXT: what the engine itself said last is the reason that helps.
explain() {
    tail -n 5 "$state/dockerd.log" >&2
    (stop) 2>/dev/null || true
    fail "$NO_ENGINE" "$1; its last lines are above."
}

start() {
    if engine_answers && compose_present; then
        say "an engine answers already"
        return
    fi
    if [ -n "${DOCKER_HOST:-}" ] && ! engine_answers; then
        fail "$NO_ENGINE" "DOCKER_HOST is set, and the engine it names does not answer."
    fi
    install_missing
    if engine_answers; then
        say "an engine answers; none had to be started"
        return
    fi
    [ "$(id -u)" -eq 0 ] ||
        fail "$NO_ENGINE" "no engine answers, and only root can start one."
    launch
    wait_until_ready
    say "dockerd runs as process $(cat "$state/dockerd.pid")"
}

stop() {
    pid=$(cat "$state/dockerd.pid" 2>/dev/null || true)
    if [ -z "$pid" ] || ! is_dockerd "$pid"; then
        say "no engine of this script is running"
        return
    fi
    kill "$pid"
    waited=0
    while is_dockerd "$pid"; do
        [ "$waited" -lt "$seconds_to_stop" ] ||
            fail 1 "dockerd, process $pid, still runs after $seconds_to_stop seconds."
        sleep 1
        waited=$((waited + 1))
    done
    say "dockerd stopped"
}

case ${1:-} in
    start) start ;;
    stop) stop ;;
    *) fail 2 "usage: engine.sh start|stop" ;;
esac

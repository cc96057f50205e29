#!/bin/sh
# Builds the image, starts the service, waits until it is healthy, prints its URL.
# Settings: PORT, DATABASE (sqlite or postgres), PYTHON_IMAGE, POSTGRES_IMAGE,
# BUILD_NETWORK and those of docker-compose.yml.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=deploy/lib.sh
. "$here/lib.sh"
seconds_to_health=120
restarts_to_give_up=3

# pip_setting NAME: what the host's pip is configured with. Addresses of files are
# left out: they mean nothing inside a build.
pip_setting() {
    python3 -m pip config get "global.$1" 2>/dev/null |
        tr ' ' '\n' | sed '/^$/d; /^file:/d; /^\//d' | paste -s -d ' ' -
}

# The build reaches the package index the way the host does.
export_build_settings() {
    : "${PIP_INDEX_URL:=$(pip_setting index-url)}"
    : "${PIP_EXTRA_INDEX_URL:=$(pip_setting extra-index-url)}"
    : "${PIP_TRUSTED_HOST:=$(pip_setting trusted-host)}"
    : "${HTTP_PROXY:=${http_proxy:-}}"
    : "${HTTPS_PROXY:=${https_proxy:-}}"
    : "${NO_PROXY:=${no_proxy:-}}"
    export PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIP_TRUSTED_HOST
    export HTTP_PROXY HTTPS_PROXY NO_PROXY
}

# give_up TEXT...: what the service said is the reason that helps.
give_up() {
    "$here/compose.sh" logs --no-color --tail 50 "$service" >&2
    fail 1 "$@" "It was left as it is; 'make down' removes it."
}

# wait_until_healthy SERVICE
wait_until_healthy() {
    service=$1
    container=$("$here/compose.sh" ps -q "$service")
    waited=0
    while [ "$waited" -lt "$seconds_to_health" ]; do
        case $(docker inspect -f '{{.RestartCount}} {{.State.Health.Status}}' "$container") in
            *" healthy") return ;;
            *" unhealthy") give_up "the service $service is unhealthy." ;;
            "$restarts_to_give_up "*) give_up "the service $service ends as soon as it starts." ;;
        esac
        sleep 1
        waited=$((waited + 1))
    done
    give_up "the service $service is not healthy after $seconds_to_health seconds."
}

# An image that has to be made takes a while, and initdb does too: the server first.
start_postgres() {
    POSTGRES_IMAGE=$("$here/postgres-image.sh")
    export POSTGRES_IMAGE
    "$here/compose.sh" up -d postgres >&2
    wait_until_healthy postgres
}

choose_database
engine_answers || fail "$NO_ENGINE" "no container engine answers." \
    "Start one; on Debian, as root: deploy/airgap/engine.sh start"
PYTHON_IMAGE=$("$here/base-image.sh")
export PYTHON_IMAGE
export_build_settings
say "building on $PYTHON_IMAGE"
"$here/compose.sh" build >&2
[ "${DATABASE:-sqlite}" = sqlite ] || start_postgres
"$here/compose.sh" up -d >&2
wait_until_healthy web
echo "http://$("$here/compose.sh" port web 8000)"

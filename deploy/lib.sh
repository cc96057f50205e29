# Sourced by the scripts in this folder and in airgap/: messages, bounds, checks.
# shellcheck shell=sh

# Exit codes that a caller can tell from an ordinary failure (1) or misuse (2).
# shellcheck disable=SC2034  # used by the scripts that source this file
NO_ENGINE=3
# shellcheck disable=SC2034
NO_BASE_IMAGE=4

# say TEXT...: standard error, so that standard output stays for answers.
say() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
}

# fail CODE TEXT...
fail() {
    code=$1
    shift
    say "$@"
    exit "$code"
}

# retry TIMES COMMAND...: with a growing pause; fails when the last attempt does.
retry() {
    times=$1
    shift
    attempt=1
    until "$@"; do
        [ "$attempt" -lt "$times" ] || return 1
        say "attempt $attempt of $times failed: $*"
        sleep "$attempt"
        attempt=$((attempt + 1))
    done
}

# bounded SECONDS COMMAND...: without a bound where there is no timeout command.
bounded() {
    if command -v timeout >/dev/null; then
        timeout "$@"
    else
        shift
        "$@"
    fi
}

engine_answers() {
    bounded 10 docker info >/dev/null 2>&1
}

compose_plugin_present() {
    docker compose version >/dev/null 2>&1
}

compose_present() {
    compose_plugin_present || command -v docker-compose >/dev/null
}

image_present() {
    docker image inspect "$1" >/dev/null 2>&1
}

# image_for VARIABLE OFFICIAL SCRIPT: the image that VARIABLE names, else the official
# one, else - loudly - the one that SCRIPT makes from Debian's packages.
image_for() {
    eval "chosen=\${$1:-}"
    if [ -n "$chosen" ]; then
        echo "$chosen"
    elif image_present "$2" || retry 2 bounded 300 docker pull --quiet "$2" >&2; then
        echo "$2"
    else
        say "************************************************************************"
        say "$2 cannot be pulled. Going on with Debian's own packages instead."
        say "Set $1 to choose another image and to skip this attempt."
        say "************************************************************************"
        "$3"
    fi
}

# choose_database: DATABASE, sqlite or postgres, in the words of docker-compose.yml.
choose_database() {
    case ${DATABASE:-sqlite} in
        sqlite) ;;
        postgres)
            COMPOSE_PROFILES=postgres
            DATABASE_URL=postgresql://inventory@postgres/inventory
            export COMPOSE_PROFILES DATABASE_URL
            ;;
        *) fail 2 "DATABASE=$DATABASE is not known here: sqlite and postgres are." ;;
    esac
}

# install_packages CODE PACKAGE...: from Debian's packages; CODE is for the exit.
install_packages() {
    reason_code=$1
    shift
    [ "$(id -u)" -eq 0 ] || fail "$reason_code" "missing: $*. Only root can install them."
    command -v apt-get >/dev/null ||
        fail "$reason_code" "missing: $*. There is no apt-get here to install them."
    say "installing $*"
    export DEBIAN_FRONTEND=noninteractive
    retry 3 apt-get -qq -o Acquire::Retries=3 update --error-on=any >&2 || say "apt-get update failed; trying what is known"
    retry 3 apt-get -qq -o Acquire::Retries=3 -o Dpkg::Use-Pty=0 install --no-install-recommends --yes "$@" >&2 ||
        fail "$reason_code" "apt-get could not install: $*"
}

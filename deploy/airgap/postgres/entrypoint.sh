#!/bin/sh
# Makes the server's folder and its database when there is none yet, then becomes the
# command. A folder that was begun and not finished is made anew.
set -eu
user=${POSTGRES_USER:-postgres}
database=${POSTGRES_DB:-$user}

initialize() {
    rm -rf "${PGDATA:?}/"* "$PGDATA/.made"
    printf '%s\n' "${POSTGRES_PASSWORD:?is not set}" >/tmp/password
    initdb --username "$user" --pwfile /tmp/password --auth-local trust \
        --auth-host scram-sha-256 --encoding UTF8 --locale C.UTF-8 -D "$PGDATA"
    rm /tmp/password
    [ "$database" = postgres ] ||
        printf 'CREATE DATABASE "%s"\n' "$database" | postgres --single -j postgres
    printf 'host all all all scram-sha-256\n' >>"$PGDATA/pg_hba.conf"
    touch "$PGDATA/.made"
}

[ -e "$PGDATA/.made" ] || initialize
exec "$@" -c listen_addresses='*' -c unix_socket_directories=/tmp

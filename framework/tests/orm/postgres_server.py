"""A PostgreSQL server of the tests' own, or the one that ROOB_TEST_POSTGRES names.

It runs from the binaries of Debian's package (`apt-get install postgresql`), in a
temporary folder, and is reached by a Unix socket in that folder alone.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

URL_VARIABLE = "ROOB_TEST_POSTGRES"
INSTALLED = Path("/usr/lib/postgresql")
START_SECONDS = 60
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
INITDB = (
    "-U",
    "postgres",
    "-A",
    "trust",
    "-E",
    "UTF8",
    "--locale=C",
    "--no-sync",
    "-D",
)


class NoServerError(Exception):
    """No server can be had here; the message says what is missing."""


@contextmanager
def postgres_server(*, durable: bool = False) -> Iterator[str]:
    """A running server, as the URL of its administrator: `"postgresql://..."`.

    A server that is found stays as it is; one that is started ends with the block.
    Unless it is `durable`, it does not wait for the disk.

    Raises:
        NoServerError: none is named, and none is installed.
    """
    named = os.environ.get(URL_VARIABLE)
    if named:
        yield named
        return
    with own_server(durable=durable) as server:
        yield server.url


@contextmanager
def own_server(*, durable: bool = False) -> Iterator["PostgresServer"]:
    """A server that may be stopped and started again in the middle of a test.

    Raises:
        NoServerError: none is installed.
    """
    binaries = installed_binaries()
    with tempfile.TemporaryDirectory(prefix="roob-postgres-") as folder:
        server = PostgresServer(binaries, Path(folder), {} if durable else FAST)
        server.start()
        try:
            yield server
        finally:
            server.stop()


def installed_binaries() -> Path:
    """The folder of the newest server's programs: `/usr/lib/postgresql/15/bin`.

    Raises:
        NoServerError: there is none.
    """
    found = [p for p in INSTALLED.glob("*/bin") if (p / "postgres").exists()]
    if found:
        return max(found, key=lambda folder: int(folder.parent.name))
    program = shutil.which("postgres")
    if program:
        return Path(program).resolve().parent
    raise NoServerError(
        f"no PostgreSQL server in {INSTALLED} or on PATH (apt-get install postgresql), "
        f"and {URL_VARIABLE} names none"
    )


class PostgresServer:
    """One server in one folder: `start`, `stop`, and `url` to reach it."""

    def __init__(self, binaries: Path, folder: Path, settings: dict[str, str]) -> None:
        self.url = f"postgresql://postgres@/postgres?host={folder}"
        self._binaries = binaries
        self._folder = folder
        self._options = [f"-c{name}={value}" for name, value in settings.items()]
        self._process: subprocess.Popen[bytes] | None = None
        self._account = unprivileged_account()
        if self._account is not None:
            os.chown(folder, self._account.pw_uid, self._account.pw_gid)

    def start(self) -> None:
        """Start the server, made on the first call, and wait until it answers."""
        data = self._folder / "data"
        if not data.exists():
            self._run("initdb", *INITDB, data).wait(START_SECONDS)
        self._process = self._run(
            "postgres", "-D", data, "-k", self._folder, "-h", "", *self._options
        )
        self._wait_until_it_answers(time.monotonic() + START_SECONDS)

    def stop(self) -> None:
        """End the server, whoever is connected."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)  # its "fast" way to stop
            self._process.wait(START_SECONDS)
            self._process = None

    def _wait_until_it_answers(self, deadline: float) -> None:
        while self._run("pg_isready", "-q", "-h", self._folder).wait() != 0:
            is_over = self._process is None or self._process.poll() is not None
            if is_over or time.monotonic() > deadline:
                raise RuntimeError(
                    f"the server did not start:\n{self._log.read_text()}"
                )
            time.sleep(0.02)

    @property
    def _log(self) -> Path:
        return self._folder / "log"

    def _run(self, program: str, *words: str | Path) -> "subprocess.Popen[bytes]":
        account = self._account
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [self._binaries / program, *words],
                cwd=self._folder,
                stdout=log,
                stderr=log,
                user=account.pw_uid if account else None,
                group=account.pw_gid if account else None,
                extra_groups=[] if account else None,
            )


def unprivileged_account() -> pwd.struct_passwd | None:
    """The account that runs a server of root's, since PostgreSQL refuses root."""
    if os.getuid() != 0:
        return None
    known = {account.pw_name: account for account in pwd.getpwall()}
    return known.get("postgres") or known["nobody"]

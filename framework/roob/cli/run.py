"""``roob run``: the app is served, by this process or the one that it becomes."""

import errno
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from glob import escape
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType

import click

from roob import server
from roob.cli import project
from roob.cli.finding import (
    VARIABLE,
    app_option,
    folders_here,
    load_app,
    name_of_app,
    refuse_missing,
)
from roob.cli.migrate import applied, tell
from roob.cli.rooms import is_house
from roob.orm.exceptions import OrmError
from roob.orm.schema.inspection import live_tables

GUNICORN, GRANIAN, WSGIREF = "gunicorn", "granian", "wsgiref"
_SETTINGS = "gunicorn.conf.py"  # gunicorn reads it by itself
_STOPPING = "python:roob.stopping"  # else it reads how to end what is open
_DEVELOPED = "roob.cli.developed:app()"  # the app, or its traceback
_SECONDS_TO_FINISH = "10"
_MEMORY = "/dev/shm"  # noqa: S108 - gunicorn makes a private file there
_THREADS = 4
# What each is installed by.
_EXTRAS: Mapping[str, str] = MappingProxyType({GUNICORN: "server", GRANIAN: "granian"})


@dataclass(frozen=True)
class Serving:
    """What is served, where and how; None is left to the mode or to settings."""

    app: str
    host: str
    port: int
    workers: int | None
    threads: int | None
    reload: bool | None
    is_production: bool

    @property
    def address(self) -> str:
        """``"127.0.0.1:8080"``, ``"[::1]:8080"``."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def is_reloading(self) -> bool:
        """Whether changed files restart the app: in development, unless refused."""
        return not self.is_production if self.reload is None else self.reload

    @property
    def usual_workers(self) -> int:
        """Processes: one is easier to watch, two are not stopped by one request."""
        return self.workers or (2 if self.is_production else 1)


@click.command()
@app_option
@click.option("--host", default="127.0.0.1", envvar="HOST", show_default=True)
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=8080,
    envvar="PORT",
    show_default=True,
)
@click.option(
    "--server",
    "chosen",
    type=click.Choice([GUNICORN, GRANIAN, WSGIREF]),
    help="gunicorn, unless it is not installed: then the standard library's.",
)
@click.option("--workers", type=click.IntRange(1, 64), envvar="WEB_CONCURRENCY")
@click.option("--threads", type=click.IntRange(1, 256), envvar="WEB_THREADS")
@click.option("--reload/--no-reload", default=None, help="When a file changes.")
@click.option("--migrate", is_flag=True, help="Apply pending migrations first.")
def run(
    name: str | None,
    host: str,
    port: int,
    chosen: str | None,
    workers: int | None,
    threads: int | None,
    reload: bool | None,
    migrate: bool,
) -> None:
    """Serve the app at http://127.0.0.1:8080/, or elsewhere.

    For development: it is restarted when a file changes, answers with the traceback
    while it cannot be imported, and DEBUG is 1 unless set. With ROOB_ENV=production
    in the environment none of these is so. HOST, PORT, WEB_CONCURRENCY (workers) and
    WEB_THREADS are read from there too, and gunicorn reads gunicorn.conf.py where
    there is one.
    """
    is_production = os.environ.get("ROOB_ENV") == "production"
    app = name_of_app(name)
    refuse_missing(app)
    serving = Serving(app, host, port, workers, threads, reload, is_production)
    serve = _SERVERS[_server(chosen, serving)]
    _refuse_taken(serving)
    _prepare(is_production, migrate)
    serve(serving)


def _prepare(is_production: bool, migrate: bool) -> None:
    if not is_production:
        os.environ.setdefault("DEBUG", "1")
    if migrate:
        _migrate()
    else:
        _note_missing_tables()


def _server(chosen: str | None, serving: Serving) -> str:
    """The server that is there.

    Raises:
        click.ClickException: the one that was asked for is not, or cannot reload.
    """
    if chosen is None and find_spec(GUNICORN) is None:
        words = "gunicorn is not installed, so the standard library serves: "
        _note(f"{words}pip install 'roob[server]'")
        return WSGIREF
    extra = _EXTRAS.get(chosen or "")
    if chosen is not None and extra is not None and find_spec(chosen) is None:
        words = f"{chosen} is not installed: pip install 'roob[{extra}]'"
        raise click.ClickException(words)
    if chosen == WSGIREF and serving.reload:
        raise click.UsageError("--reload needs another server: --server gunicorn")
    return chosen or GUNICORN


def _refuse_taken(serving: Serving) -> None:
    """Try the address, as the server will.

    Raises:
        click.ClickException: another program listens there, or nobody may.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            serving.host, serving.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind(address)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            words = f"{serving.address} cannot be listened on: {error.strerror}"
            raise click.ClickException(words) from error
        other = serving.port + 1 if serving.port < 65535 else 8080
        raise click.ClickException(
            f"Port {serving.port} is taken: give another, as in --port {other}"
        ) from error


def _migrate() -> None:
    with project.refusals(), project.database() as db:
        tell("applied", applied(db))


def _note_missing_tables() -> None:
    """Say which tables of the models are not there; no start fails by that."""
    try:
        missing = _missing_tables()
    except (click.ClickException, OrmError) as error:
        words = project.without_password(str(error))
        _note(f"The database could not be looked at: {words}")
        return
    if missing:
        noun = "table" if len(missing) == 1 else "tables"
        _note(f"The database lacks the {noun} {', '.join(missing)}: roob createdb")


def _note(words: str) -> None:
    click.secho(words, fg="yellow", err=True)


def _missing_tables() -> list[str]:
    names = [table.__schema__.name for table in project.tables()]
    if not names or project.name_of_database() is None:
        return []
    with project.database() as db:
        if db.file is not None and not db.file.exists():  # to look would make it
            return names
        live = live_tables(db.execute, db.dialect)
    return [name for name in names if name not in live]


def _with_gunicorn(serving: Serving) -> None:
    has_settings = Path(_SETTINGS).exists()
    settings = _given(serving) if has_settings else _usual(serving)
    reload = _reloading() if serving.is_reloading else ()
    is_developed = serving.is_reloading and not serving.is_production
    app = _DEVELOPED if is_developed else serving.app
    words = ["--bind", serving.address, *reload, *settings, app]
    _become(serving, [GUNICORN, *words])


def _reloading() -> Iterator[str]:
    yield "--reload"
    settings = Path(_SETTINGS)
    if not settings.exists() or "reload_extra_files" not in settings.read_text("utf-8"):
        for pattern in watched(Path()):
            yield from ("--reload-extra-file", pattern)


def watched(folder: Path) -> Iterator[str]:
    """The files that are looked at, imported or not: ``"*.py"``, ``"views/**/*.py"``.

    Of those that are imported the server knows by itself, but not at once.
    """
    if any(folder.glob("*.py")):
        yield "*.py"
    for inner in sorted(filter(is_house, folder.iterdir())):
        yield f"{escape(inner.name)}/**/*.py"


def _given(serving: Serving) -> Iterator[str]:
    """What was said on the line or in the environment, which counts for more."""
    for option, number in (
        ("--workers", serving.workers),
        ("--threads", serving.threads),
    ):
        yield from (option, str(number)) if number else ()


def _usual(serving: Serving) -> Iterator[str]:
    yield from ("--config", _STOPPING)
    yield from ("--worker-class", "gthread")
    yield from ("--workers", str(serving.usual_workers))
    yield from ("--threads", str(serving.threads or _THREADS))
    yield from ("--graceful-timeout", _SECONDS_TO_FINISH, "--keep-alive", "5")
    yield "--no-control-socket"
    # A heartbeat on a busy disk can make a worker look dead.
    yield from ("--worker-tmp-dir", _MEMORY) if os.access(_MEMORY, os.W_OK) else ()
    yield from () if serving.is_production else ("--access-logfile", "-")


def _with_granian(serving: Serving) -> None:
    module = serving.app.removesuffix("()")
    flags = [
        *(["--factory"] if module != serving.app else []),
        *(["--reload"] if _granian_reloads(serving) else []),
        *([] if serving.is_production else ["--access-log"]),
    ]
    options = {
        "--interface": "wsgi",
        "--host": serving.host,
        "--port": str(serving.port),
        "--workers": str(serving.usual_workers),
        "--blocking-threads": str(serving.threads or _THREADS),
        "--workers-kill-timeout": _SECONDS_TO_FINISH,
    }
    words = [word for pair in options.items() for word in pair]
    _become(serving, [GRANIAN, *words, *flags, module])


def _granian_reloads(serving: Serving) -> bool:
    """Whether it can, or was told to: then granian says what it needs."""
    can = find_spec("watchfiles") is not None
    return bool(serving.reload) or (serving.is_reloading and can)


def _become(serving: Serving, words: list[str]) -> None:
    """Turn this process into the server: signals are its own, as a container's 1."""
    click.echo(f"Serving on http://{serving.address}/ (Ctrl-C stops)")
    before = os.environ.get("PYTHONPATH", "")
    paths = [*map(str, folders_here()), *([before] if before else [])]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(paths),
        VARIABLE: serving.app,
    }
    python = sys.executable
    os.execvpe(python, [python, "-m", *words], environment)  # noqa: S606 - the purpose


def _with_wsgiref(serving: Serving) -> None:
    app = load_app(serving.app)
    # Process 1 of a container is not ended by a signal that it does not know.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    server.run(app, serving.host, serving.port)


_SERVERS: Mapping[str, Callable[[Serving], None]] = MappingProxyType(
    {GUNICORN: _with_gunicorn, GRANIAN: _with_granian, WSGIREF: _with_wsgiref}
)

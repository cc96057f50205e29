"""``roob trace``: one request, seen on its way through every layer."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from roob.cli import terminal
from roob.cli.finding import app_option, load_app, name_of_app
from roob.cli.session import layers_here, opened
from roob.trace import comparing, mermaid, page, reading, startup
from roob.trace.copies import Copies
from roob.trace.layers import Layers
from roob.trace.steps import Recording
from roob.trace.tracing import RUNS
from roob.trace.visit import Visit

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


@dataclass(frozen=True)
class Wanted:
    """How a recording is to be shown, and where."""

    as_json: bool
    as_mermaid: bool
    as_reading: bool
    html: Path | None


@click.command()
@click.argument("request", nargs=-1, metavar="[METHOD] PATH [METHOD PATH]")
@app_option
@click.option("-d", "--data", help="A body, or @FILE: then POST is the default method.")
@click.option(
    "-H", "--header", "headers", multiple=True, help="'Name: value'; repeats."
)
@click.option(
    "--all", "everything", is_flag=True, help="Every call of framework and app."
)
@click.option(
    "--startup", "at_start", is_flag=True, help="What happens before a request."
)
@click.option("--diff", is_flag=True, help="Two requests, and where they part.")
@click.option("--json", "as_json", is_flag=True, help="The recording as JSON.")
@click.option("--mermaid", "as_mermaid", is_flag=True, help="A sequence for Mermaid.")
@click.option("--reading", "as_reading", is_flag=True, help="What to read, in order.")
@click.option("--html", type=click.Path(path_type=Path), help="The page, as one file.")
@click.option("--for-real", is_flag=True, help="Write to the app's own database.")
@click.option("--runs", default=RUNS, help="Untraced requests at most, for the time.")
@click.pass_context
def trace(
    context: click.Context,
    request: Sequence[str],
    name: str | None,
    data: str | None,
    headers: Sequence[str],
    everything: bool,
    at_start: bool,
    diff: bool,
    as_json: bool,
    as_mermaid: bool,
    as_reading: bool,
    html: Path | None,
    for_real: bool,
    runs: int,
) -> None:
    """Show a request's path through every layer of the app.

    \b
    roob trace GET /api/products/1
    roob trace POST /api/products -d '{"product_name": "Pixel", "brand": "Google"}'
    roob trace --diff GET /api/products/1 GET /api/products/9
    roob trace --startup

    Reading and writing happen on copies of the app's SQLite files, which are thrown
    away, unless --for-real is given. Secrets are hidden by name.
    """
    layers = layers_here(everything)
    wanted = Wanted(as_json, as_mermaid, as_reading, html)
    if at_start:
        _show_startup(name_of_app(name), layers, as_json)
        return
    visits = visits_of(request, headers, _body_of(data))
    if len(visits) != (2 if diff else 1):
        raise click.UsageError(
            "--diff takes two requests: METHOD PATH METHOD PATH"
            if diff
            else "give one request, as in: roob trace GET /"
        )
    with opened(context, for_real) as session:
        tracer = session.tracer(name_of_app(name), layers)
        for visit in visits:
            session.refuse_unsafe(visit)
        try:
            recordings = [tracer.trace(visit, runs) for visit in visits]
        except RuntimeError as error:  # of the tracer: an app's own are recorded
            raise click.ClickException(str(error)) from error
    _show(recordings, wanted)


def visits_of(
    words: Sequence[str], headers: Sequence[str], body: bytes | None
) -> list[Visit]:
    """``["GET", "/a", "/b"] -> [Visit("GET", "/a"), Visit("GET", "/b")]``.

    Raises:
        click.UsageError: a word is neither a method nor a path.
    """
    method = "GET" if body is None else "POST"
    given = tuple(_headers_of(headers, body))
    visits: list[Visit] = []
    for word in words:
        if word.startswith("/"):
            visits.append(Visit(method, word, given, body or b""))
        elif word.upper() in METHODS:
            method = word.upper()
        else:
            raise click.UsageError(
                f"{word!r} is neither a method nor a path like /books"
            )
    return visits


def _headers_of(lines: Iterable[str], body: bytes | None) -> Iterator[tuple[str, str]]:
    given = {"content-type"} if body is None else set()
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name.strip():
            raise click.UsageError(f"-H {line!r} is no 'Name: value'")
        given.add(name.strip().lower())
        yield name.strip(), value.strip()
    if "content-type" not in given:
        is_json = (body or b"").lstrip()[:1] in (b"{", b"[")
        form = "application/x-www-form-urlencoded"
        yield "Content-Type", "application/json" if is_json else form


def _body_of(data: str | None) -> bytes | None:
    if data is None or not data.startswith("@"):
        return None if data is None else data.encode()
    try:
        return Path(data[1:]).read_bytes()
    except OSError as error:
        raise click.UsageError(f"-d {data}: {error.strerror}") from error


def _show(recordings: Sequence[Recording], wanted: Wanted) -> None:
    if wanted.html is not None:
        _write(wanted.html, page.as_file(recordings))
        click.echo(f"{wanted.html} is written: open it in a browser")
    elif wanted.as_json:
        found = [recording.to_json() for recording in recordings]
        whole = found if len(found) > 1 else found[0]
        click.echo(json.dumps(whole, indent=2, ensure_ascii=False))
    elif wanted.as_mermaid:
        for recording in recordings:
            click.echo(mermaid.render(recording))
    elif wanted.as_reading:
        for recording in recordings:
            click.echo(reading.render(recording))
    elif len(recordings) > 1:
        _show_difference(*recordings)
    else:
        terminal.show(recordings[0])


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"--html {file}: {error.strerror}") from error


def _show_difference(first: Recording, second: Recording) -> None:
    for sign, line in comparing.difference(first, second):
        if isinstance(line, str):
            terminal.echo_title(f"{sign} {line}".strip())
        else:
            style = {"-": "red", "+": "green"}.get(sign, "")
            terminal.echo_line(line, f"{sign or ' '} ", style)


def _show_startup(name: str, layers: Layers, as_json: bool) -> None:
    with Copies():
        found = startup.watch(lambda: load_app(name), name, layers)
    if as_json:
        click.echo(json.dumps(found.to_json(), indent=2, ensure_ascii=False))
        return
    terminal.echo_title(found.headline)
    click.echo()
    for line in found.lines:
        terminal.echo_line(line)

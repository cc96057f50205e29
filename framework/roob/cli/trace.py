"""``roob trace``: one request, seen on its way through every layer."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import click

from roob.cli import terminal
from roob.cli.finding import app_option, load_app, name_of_app
from roob.cli.sandbox import layers_here, opened
from roob.trace import comparing, mermaid, page, reading, startup
from roob.trace.copies import Copies
from roob.trace.layers import WEBSOCKET, Layers
from roob.trace.steps import Recording
from roob.trace.tracing import RUNS
from roob.trace.visit import Visit

JSON, MERMAID, READING = "json", "mermaid", "reading"
STARTUP, DIFF = "startup", "diff"


@click.command()
@click.argument("request", nargs=-1, metavar="[METHOD] PATH [METHOD PATH]")
@app_option
@click.option("-d", "--data", help="A body, or @FILE: then POST is the default method.")
@click.option(
    "-H", "--header", "headers", multiple=True, help="'Name: value'; repeats."
)
@click.option(
    "--all", "everything", is_flag=True, help="Every call of Roob and the app."
)
@click.option("--startup", "what", flag_value=STARTUP, help="What an import does.")
@click.option("--diff", "what", flag_value=DIFF, help="Where two requests part.")
@click.option("--json", "form", flag_value=JSON, help="The recording as JSON.")
@click.option("--mermaid", "form", flag_value=MERMAID, help="A sequence for Mermaid.")
@click.option("--reading", "form", flag_value=READING, help="What to read, in order.")
@click.option("--html", type=click.Path(path_type=Path), help="The page, as one file.")
@click.option("--for-real", is_flag=True, help="Once, on the app's own databases.")
@click.option("--runs", default=RUNS, type=click.IntRange(1), help="Untraced, at most.")
@click.pass_context
def trace(
    context: click.Context,
    request: Sequence[str],
    name: str | None,
    data: str | None,
    headers: Sequence[str],
    everything: bool,
    what: str | None,
    form: str | None,
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

    The request is made many times, for its time without a trace, on copies of the app's
    SQLite files, which are thrown away. One that may write is made once where it
    reaches further, to a file or a socket, or with --for-real. Secrets are hidden.
    """
    layers = layers_here(everything)
    if what == STARTUP:
        _refuse_others(request, form, html)
        _show_startup(name_of_app(name), layers, form)
        return
    visits = _wanted_visits(request, headers, data, what)
    with opened(context, for_real) as sandbox:
        tracer = sandbox.tracer(name_of_app(name), layers)
        for visit in visits:
            sandbox.refuse_unsafe(visit)
        try:
            recordings = [tracer.trace(visit, runs) for visit in visits]
        except RuntimeError as error:  # of the tracer: an app's own are recorded
            raise click.ClickException(str(error)) from error
    _show(recordings, form, html)


def _refuse_others(request: Sequence[str], form: str | None, html: Path | None) -> None:
    if request or html or form not in (None, JSON):
        raise click.UsageError("--startup takes --json, and nothing else")


def _wanted_visits(
    request: Sequence[str], headers: Sequence[str], data: str | None, what: str | None
) -> list[Visit]:
    visits = visits_of(request, headers, _body_of(data))
    if what == DIFF and len(visits) != 2:
        raise click.UsageError("--diff takes two requests: METHOD PATH METHOD PATH")
    if what != DIFF and len(visits) != 1:
        raise click.UsageError(
            "give one request, as in: roob trace GET /; to compare two, --diff"
        )
    if any(visit.method == WEBSOCKET for visit in visits):
        raise click.UsageError(
            "roob trace opens no websockets: watch(app), as in make watch, shows them"
        )
    return visits


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
        elif word.isascii() and word.isalpha():  # any token is a method (RFC 9110 9.1)
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


def _show(recordings: Sequence[Recording], form: str | None, html: Path | None) -> None:
    if html is not None:
        _save(html, page.as_file(recordings))
    elif form == JSON:
        found = [recording.to_json() for recording in recordings]
        _echo_json(found if len(found) > 1 else found[0])
    elif form in _RENDERERS:
        for recording in recordings:
            click.echo(_RENDERERS[form](recording))
    elif len(recordings) > 1:
        _show_difference(*recordings)
    else:
        terminal.show(recordings[0])


_RENDERERS: Mapping[str | None, Callable[[Recording], str]] = MappingProxyType(
    {MERMAID: mermaid.render, READING: reading.render}
)


def _save(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"{file}: {error.strerror}") from error
    click.echo(f"{file} is written: open it in a browser")


def _echo_json(found: object) -> None:
    click.echo(json.dumps(found, indent=2, ensure_ascii=False))


def _show_difference(first: Recording, second: Recording) -> None:
    for sign, line in comparing.difference(first, second):
        if isinstance(line, str):
            terminal.echo_title(f"{sign} {line}".strip())
        else:
            style = {"-": "red", "+": "green"}.get(sign, "")
            terminal.echo_line(line, f"{sign or ' '} ", style)


def _show_startup(name: str, layers: Layers, form: str | None) -> None:
    with Copies():
        found = startup.watch(lambda: load_app(name), name, layers)
    if form == JSON:
        _echo_json(found.to_json())
        return
    terminal.echo_title(found.headline)
    click.echo()
    for line in found.lines:
        terminal.echo_line(line)

"""Headers and bodies as they may be shown: read by type, secrets hidden by name."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import parse_qsl

from roob.trace.hiding.learning import learn_all
from roob.trace.hiding.naming import HIDDEN, hides, is_secret, is_told
from roob.trace.hiding.secrets import Secrets
from roob.trace.steps import Message, Pairs
from roob.trace.text import counted
from roob.types import WSGIEnvironment

_LONGEST_SHOWN = 2000  # characters
_LONGEST_READ = 64 * 1024  # bytes
_BARE = {"CONTENT_TYPE": "Content-Type", "CONTENT_LENGTH": "Content-Length"}
_FORM = "application/x-www-form-urlencoded"
_MULTIPART = "multipart/"
# RFC 2046 5.1.1: at most 70 characters.
_BOUNDARY = re.compile(r'boundary="?([^";,\s]{1,70})', re.IGNORECASE)
_FIELD = re.compile(rb'\bname="?([^";\r\n]*)', re.IGNORECASE)


def request_headers(environ: WSGIEnvironment) -> Pairs:
    """The client's headers, from a server's environ: ``[("Host", "...")]``."""
    named = [
        (_BARE.get(key) or key[5:].replace("_", "-").title(), str(value))
        for key, value in environ.items()
        if key.startswith("HTTP_") or (key in _BARE and value)
    ]
    return sorted(named)


def learn_request(environ: WSGIEnvironment, body: bytes, secrets: Secrets) -> None:
    """Learn what query, headers and body name as secret."""
    learn_headers(request_headers(environ), secrets)
    learn_all(_by_name(parse_qsl(environ.get("QUERY_STRING", ""))), secrets)
    learn_body(body, environ.get("CONTENT_TYPE", ""), secrets)


def learn_headers(headers: Iterable[tuple[str, str]], secrets: Secrets) -> None:
    """Learn what headers name as secret, and what the addresses in them do."""
    for name, value in headers:
        if is_secret(name):
            secrets.learn(name, value)
        else:
            secrets.learn_text(value)


def learn_body(body: bytes, content_type: str, secrets: Secrets) -> None:
    """Learn what a JSON body, a form or a text names as secret; not of a long one."""
    if len(body) > _LONGEST_READ:
        return
    content = _read(body, content_type)
    if content is None and content_type.lower().startswith(_MULTIPART):
        content = _by_name(_fields(body, content_type))
    if content is None:
        content = body.decode("utf-8", "replace")
    learn_all(content, secrets)


def message(
    headers: Iterable[tuple[str, str]],
    body: bytes,
    secrets: Secrets,
    length: int | None = None,
) -> Message:
    """What may be shown of it. Only JSON, forms and plain text are shown at all.

    ``length`` is the whole body's, in bytes, where only the first were kept.
    """
    pairs = [
        (name, HIDDEN if is_secret(name) else secrets.scrub(value))
        for name, value in headers
    ]
    kinds = [value for name, value in pairs if name.lower() == "content-type"]
    return Message(pairs, shown_body(body, kinds[0] if kinds else "", secrets, length))


def shown_body(
    body: bytes, content_type: str, secrets: Secrets, length: int | None = None
) -> str:
    """``b'{"pin": 1}' -> '{"pin":1}'``; of others how long they are, of long ones too.

    So it is with one that was cut: what a name hides may end in the middle.
    """
    size = len(body) if length is None else length
    is_whole = size == len(body) <= _LONGEST_READ
    text = _text_of(body, content_type) if is_whole else None
    if text is None:
        kind = content_type.partition(";")[0] or "of no type"
        return f"{kind}, {counted(size, 'byte')}"
    text = secrets.scrub(text)
    return text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "…"


def _text_of(body: bytes, content_type: str) -> str | None:
    """A body as text, what its names hide hidden; None where it is not shown."""
    content = _read(body, content_type)
    if content is not None:
        return _as_json(content)
    is_plain = not body or content_type.lower().startswith("text/plain")
    return body.decode("utf-8", "replace") if is_plain else None


def _as_json(content: Any) -> str | None:
    try:
        return json.dumps(hidden(content), ensure_ascii=False, separators=(",", ":"))
    except RecursionError:  # it is nested deeper than Python calls
        return None


def _read(body: bytes, content_type: str) -> Any:
    """JSON, whatever it says it is, or a form; None where it is neither."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):  # UnicodeDecodeError too
        pass
    if not content_type.lower().startswith(_FORM):
        return None
    return _by_name(parse_qsl(body.decode("utf-8", "replace"))) or None


def _by_name(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """``[("a", "1"), ("b", "2"), ("a", "3")] -> {"a": ["1", "3"], "b": "2"}``."""
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return {
        name: values if len(values) > 1 else values[0] for name, values in found.items()
    }


def _fields(body: bytes, content_type: str) -> Iterator[tuple[str, str]]:
    """Names and values of a form that was sent in parts (RFC 7578 4)."""
    boundary = _BOUNDARY.search(content_type)
    if boundary is None:
        return
    for part in body.split(b"--" + boundary[1].encode("latin-1", "replace")):
        head, _, value = part.partition(b"\r\n\r\n")
        name = _FIELD.search(head)
        if name:
            value = value.removesuffix(b"\r\n")
            yield name[1].decode("utf-8", "replace"), value.decode("utf-8", "replace")


def hidden(content: Any) -> Any:
    """A JSON value with what its names hide hidden, at any depth."""
    if isinstance(content, dict):
        told = {"value": HIDDEN} if is_told(content) else {}
        shown = {
            name: HIDDEN if hides(name, value) else hidden(value)
            for name, value in content.items()
        }
        return shown | told
    return [*map(hidden, content)] if isinstance(content, list) else content

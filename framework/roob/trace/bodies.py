"""Headers and bodies as they may be shown: read by type, secrets hidden by name."""

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

from roob.trace.secrets import HIDDEN, Secrets, is_secret
from roob.trace.steps import Message, Pairs
from roob.trace.values import learn_all
from roob.types import WSGIEnvironment

_LONGEST_BODY = 2000
_BARE = {"CONTENT_TYPE": "Content-Type", "CONTENT_LENGTH": "Content-Length"}
_FORM = "application/x-www-form-urlencoded"


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
    learn_all(dict(request_headers(environ)), secrets)
    learn_all(dict(parse_qsl(environ.get("QUERY_STRING", ""))), secrets)
    learn_body(body, environ.get("CONTENT_TYPE", ""), secrets)


def learn_body(body: bytes, content_type: str, secrets: Secrets) -> None:
    """Learn what a JSON body or a form names as secret."""
    learn_all(_read(body, content_type), secrets)


def message(
    headers: Iterable[tuple[str, str]], body: bytes, secrets: Secrets
) -> Message:
    """What may be shown of it. Only JSON, forms and plain text are shown at all."""
    pairs = [
        (name, HIDDEN if is_secret(name) else secrets.scrub(value))
        for name, value in headers
    ]
    kinds = [value for name, value in pairs if name.lower() == "content-type"]
    return Message(pairs, shown_body(body, kinds[0] if kinds else "", secrets))


def shown_body(body: bytes, content_type: str, secrets: Secrets) -> str:
    """``b'{"pin": 1}' -> '{"pin":1}'``; of other types how long it is."""
    if not body:
        return ""
    content = _read(body, content_type)
    if content is not None:
        text = json.dumps(hidden(content), ensure_ascii=False, separators=(",", ":"))
    elif content_type.startswith("text/plain"):
        text = body.decode("utf-8", "replace")
    else:
        kind = content_type.partition(";")[0] or "of no type"
        return f"{kind}, {len(body):,} bytes"
    text = secrets.scrub(text)
    return text if len(text) <= _LONGEST_BODY else text[:_LONGEST_BODY] + "…"


def _read(body: bytes, content_type: str) -> Any:
    """JSON, whatever it says it is, or a form; None where it is neither."""
    try:
        return json.loads(body)
    except ValueError:  # UnicodeDecodeError too
        pass
    if not content_type.startswith(_FORM):
        return None
    return dict(parse_qsl(body.decode("utf-8", "replace"))) or None


def hidden(content: Any) -> Any:
    """A JSON value with what its names hide hidden, at any depth."""
    if isinstance(content, dict):
        return {
            name: HIDDEN if is_secret(name) and value is not None else hidden(value)
            for name, value in content.items()
        }
    return [*map(hidden, content)] if isinstance(content, list) else content

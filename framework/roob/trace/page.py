"""The page: recordings, styles and script in one file that needs no network."""

import base64
import hashlib
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from roob.trace.steps import Recording

_ASSETS = Path(__file__).parent / "assets"
# In a <script> of data these end it, or begin something else.
_UNSAFE = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}


def as_file(recordings: Sequence[Recording]) -> str:
    """A page to save: what it shows is in it."""
    found = [recording.to_json() for recording in recordings]
    return _filled({"live": False, "recordings": found}, policy())


def as_live_page(recordings: Sequence[dict[str, Any]]) -> str:
    """The page that a server shows: it goes on asking for new recordings."""
    return _filled({"live": True, "recordings": [*recordings]}, policy(live=True))


def policy(live: bool = False) -> str:
    """Its ``Content-Security-Policy``: its own script and style, and nothing else."""
    style, script = _digest(_asset("page.css")), _digest(_asset("page.js"))
    words = [
        "default-src 'none'",
        f"style-src '{style}'",
        f"script-src '{script}'",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    return "; ".join([*words, *(["connect-src 'self'"] if live else [])])


def _filled(data: dict[str, Any], csp: str) -> str:
    parts = {
        "csp": csp,
        "style": _asset("page.css"),
        "script": _asset("page.js"),
        "data": json.dumps(data, ensure_ascii=False).translate(_UNSAFE),
    }
    # Piece by piece: what is put in is not looked through again.
    pieces = _asset("page.html").split("{{")
    filled = [pieces[0]]
    for piece in pieces[1:]:
        name, _, rest = piece.partition("}}")
        filled.append(parts[name] + rest)
    return "".join(filled)


@cache
def _asset(name: str) -> str:
    return (_ASSETS / name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"

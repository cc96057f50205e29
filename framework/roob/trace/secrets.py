"""What a trace may never show, found by its name and then wherever else it turns up.

Default deny: a name that may be a secret's hides its value. A value that was hidden
once is hidden in every text of the recording, where no name gives it away.
"""

import base64
import binascii
import json
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus, unquote_plus

HIDDEN = "‹hidden›"

# Parts of names. "author" is a writer; "authorization" is not.
_NAME = (
    r"auth(?!ors?\b|ors?_)|cookie|pass(?!eng|ive)|pwd|secret|token|key(?!board|word)"
    r"|session|csrf|xsrf|signature|credential|jwt|bearer|cvv|otp\b|ssn\b"
)
_SECRET_NAME = re.compile(_NAME, re.IGNORECASE)

# In free text: password=hunter2, "api_key": "x", token: x. A placeholder is no value.
_SECRET_PAIR = re.compile(
    rf"""(?P<name>[\w-]*(?:{_NAME})[\w-]*["']?\s*(?:=>?|:)\s*(?:(?:Bearer|Basic)\s+)?)"""
    r"""(?P<value>"[^"]*"|'[^']*'|[^\s,;&"'<>)\]}?%$‹(\[{][^\s,;&"'<>)\]}]*)""",
    re.IGNORECASE,
)
_SCHEME = re.compile(r"\b(Bearer|Basic|Digest)\s+[\w.~+/=-]{6,}", re.IGNORECASE)
_URL_LOGIN = re.compile(r"(\b[a-z][a-z0-9+.-]*://[^\s/:@]*:)[^\s/@]+@", re.IGNORECASE)

# Shorter ones are in every other word; they are hidden by name alone.
_SHORTEST = 4
_SHORTEST_COOKIE = 6
_SHORTEST_NUMBER = 6


def is_secret(name: object) -> bool:
    """Whether what goes by this name is hidden: ``"X-Api-Key" -> True``."""
    return bool(_SECRET_NAME.search(str(name)))


class Secrets:
    """The secrets of one recording: learnt while it is written, hidden at its end."""

    def __init__(self) -> None:
        self._known: set[str] = set()

    def learn(self, name: object, value: object) -> None:
        """Remember what a name has given away, and what it is made of.

        A plain word that is just called ``key`` is hidden there and nowhere else: it
        is a dictionary's more often than a lock's.
        """
        is_any_key = str(name).lower() in ("key", "keys")
        for text in _texts_of(value):
            if is_any_key and text.isidentifier():
                continue
            self._add(text, _SHORTEST)
            for part in _parts_of(text):
                self._add(part, _SHORTEST_COOKIE)

    def _add(self, text: str, shortest: int) -> None:
        shortest = max(shortest, _SHORTEST_NUMBER) if text.isdecimal() else shortest
        if len(text) >= shortest:
            self._known.update(_spellings(text))

    def scrub(self, text: str) -> str:
        """The text without any secret, known or plainly named as one."""
        text = self.scrub_known(text)
        text = _URL_LOGIN.sub(rf"\1{HIDDEN}@", text)
        text = _SECRET_PAIR.sub(lambda found: found["name"] + HIDDEN, text)
        return _SCHEME.sub(rf"\1 {HIDDEN}", text)

    def scrub_known(self, text: str) -> str:
        """The text without the values that are known."""
        for secret in sorted(self._known, key=len, reverse=True):
            text = text.replace(secret, HIDDEN)
        return text


def _texts_of(value: object) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, bytes | bytearray):
        yield bytes(value).decode("utf-8", "replace")
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield str(value)
    elif isinstance(value, dict):
        for member in value.values():
            yield from _texts_of(member)
    elif isinstance(value, list | tuple | set):
        for member in value:
            yield from _texts_of(member)


def _parts_of(text: str) -> Iterable[str]:
    """A cookie's values; the words after ``Bearer``; name and password of ``Basic``."""
    for pair in text.split(";"):
        _, _, value = pair.partition("=")
        yield value.strip(' "')
    scheme, _, rest = text.partition(" ")
    if rest and scheme.isalpha():
        yield rest.strip()
        yield from _login_of(scheme, rest)


def _login_of(scheme: str, text: str) -> Iterable[str]:
    if scheme.lower() != "basic":
        return
    try:
        login = base64.b64decode(text, validate=True).decode()
    except (binascii.Error, ValueError):
        return
    yield login.partition(":")[2]


def _spellings(text: str) -> set[str]:
    """How a value is written in URLs, in JSON, by ``repr`` and as base64."""
    return {
        text,
        quote(text, safe=""),
        quote_plus(text),
        unquote_plus(text),
        json.dumps(text)[1:-1],
        json.dumps(text, ensure_ascii=False)[1:-1],
        repr(text)[1:-1],
        base64.b64encode(text.encode("utf-8", "replace")).decode().rstrip("="),
    } - {""}

"""What a secret is made of: the texts in a value, the parts of a header.

Each of them may turn up on its own elsewhere.
"""

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import PurePath
from typing import Any
from uuid import UUID

from roob.trace.hiding.looking import (
    attributes_of,
    members_of,
    plain_text,
    printed,
    raw_bytes,
)
from roob.trace.hiding.naming import is_secret

_MOST_TEXTS = 5000  # in one value
_PRINTED = (Decimal, PurePath, date, UUID)
_SET_COOKIE = "set-cookie"
_DIGEST_PART = re.compile(r'\b(?:response|c?nonce|opaque)="?([^",\s]{6,})', re.I)


def texts_of(value: object) -> Iterator[tuple[bytes | None, str]]:
    """The texts in a value at any depth, beside the bytes that they were."""
    waiting, known = [value], set[int]()
    while waiting and len(known) < _MOST_TEXTS:
        one = waiting.pop()
        if id(one) not in known:
            known.add(id(one))
            yield from _own_texts(one)
            waiting += _inner(one)


def _own_texts(value: Any) -> Iterator[tuple[bytes | None, str]]:
    kind = type(value)
    if issubclass(kind, (bytes, bytearray)):
        raw = raw_bytes(value)
        yield raw, raw.decode("utf-8", "replace")
        yield raw, raw.decode("latin-1")
    elif issubclass(kind, str):
        yield None, str.__str__(value)
    elif kind is int or kind is float:
        yield None, plain_text(value)
    elif issubclass(kind, _PRINTED):
        text = printed(value) or ""
        yield None, text
        if issubclass(kind, UUID):
            yield None, text.replace("-", "")


def _inner(value: Any) -> Iterable[object]:
    if issubclass(type(value), dict):
        return dict.values(value)
    members = members_of(value)
    if members is not None:
        return members
    return [member for name, member in attributes_of(value) if _is_inner(name)]


def _is_inner(name: str) -> bool:
    """Whether an attribute is what its object is about: pydantic's ``SecretStr``."""
    return is_secret(name) or name.strip("_") == "value"


def parts_of(text: str, name: str) -> Iterator[str]:
    """A cookie's values; the words after ``Bearer``; name and password of ``Basic``."""
    pairs = text.split(";")
    for pair in pairs[:1] if name.lower() == _SET_COOKIE else pairs:
        _, _, value = pair.partition("=")
        yield value.strip(' "')
    scheme, _, rest = text.partition(" ")
    if rest and scheme.isalpha():
        yield rest.strip()
        yield from _login_of(scheme, rest)
        yield from _DIGEST_PART.findall(rest)
    if text.count(".") == 2 and text.startswith("eyJ"):
        yield from text.split(".")


def _login_of(scheme: str, text: str) -> Iterator[str]:
    login = decoded_login(text) if scheme.lower() == "basic" else None
    if login:
        yield login
        yield login.partition(":")[2]


def decoded_login(text: str) -> str | None:
    """``"YWRhOmh1bnRlcjI=" -> "ada:hunter2"``; None where there is no login in it."""
    try:
        login = base64.b64decode(text.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        return None
    return login if ":" in login else None

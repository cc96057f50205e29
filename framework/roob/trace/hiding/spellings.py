"""How a secret may be written, and many such spellings found in a text at once."""

import base64
import re
from bisect import insort
from collections.abc import Iterator

_HEAD = 4  # how many characters of a text tell it from most others
_SHORTEST_BASE64 = 7
# Of a secret so long every piece of so many characters is one.
_LONG, PIECE = 12, 8
_FEW = 100  # are sooner looked for one by one, most often in vain
_TOKEN_LIKE = re.compile(r"[\w.~+/=-]+", re.ASCII)
_MIXED = re.compile(r"\d.*[A-Za-z]|[A-Za-z].*\d|[a-z][A-Z]")


def encoded(raw: bytes) -> Iterator[str]:
    """As hexadecimal, as base64 wherever in it the secret begins, read as Latin-1."""
    yield raw.hex()
    yield raw.hex().upper()
    yield raw.decode("latin-1")
    yield raw.decode("utf-8", "replace").replace("'", "''")  # in a statement
    for before in range(3):
        core = _base64_of(raw, before)
        if len(core) >= _SHORTEST_BASE64:
            yield core
            yield core.replace("+", "-").replace("/", "_")


def _base64_of(raw: bytes, before: int) -> str:
    """Those characters that the bytes before and after have no part in."""
    text = base64.b64encode(bytes(before) + raw).decode()
    return text[-(-before * 8 // 6) : (before + len(raw)) * 8 // 6]


def pieces_of(text: str) -> Iterator[str]:
    """The pieces of a long token that are in no ordinary text."""
    if len(text) >= _LONG and _TOKEN_LIKE.fullmatch(text):
        for place in range(len(text) - PIECE + 1):
            piece = text[place : place + PIECE]
            if _MIXED.search(piece):
                yield piece


class Index:
    """Texts by how they begin: one walk over another text finds all of them.

    It takes as long for many as for one, and nothing is compiled before.
    """

    def __init__(self, head: int = _HEAD) -> None:
        self._head = head
        self._by_head: dict[str, list[str]] = {}

    def __bool__(self) -> bool:
        return bool(self._by_head)

    def add(self, text: str) -> None:
        """One more; of those that begin alike the longest comes first."""
        found = self._by_head.setdefault(text[: self._head], [])
        if text not in found:
            insort(found, text, key=lambda each: -len(each))

    def find(self, text: str) -> Iterator[tuple[int, int]]:
        """Where any of them begins and ends."""
        heads, head = self._by_head, self._head
        is_quick = len(heads) < min(2 * len(text), _FEW)
        if is_quick and not any(map(text.__contains__, heads)):
            return
        for place in range(len(text) - head + 1):
            for each in heads.get(text[place : place + head], ()):
                if text.startswith(each, place):
                    yield place, place + len(each)
                    break

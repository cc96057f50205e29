"""A text with its escapes undone, level by level, as JSON in a URL in a repr has them.

Where its characters stood before is not forgotten: what is found can be hidden there.
"""

import html
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

_MOST_LEVELS = 6
_SIGNS = re.compile(r"[\\%&]")  # each escape begins with one of them
_ESCAPE = re.compile(
    r"(?P<percent>(?:%[0-9A-Fa-f]{2})+)"
    r"|(?P<hex>(?:\\x[0-9A-Fa-f]{2})+)"
    r"|(?P<octal>(?:\\[0-3][0-7]{2})+)"
    r"|(?P<pair>\\u[Dd][89ABab][0-9A-Fa-f]{2}\\u[Dd][C-Fc-f][0-9A-Fa-f]{2})"
    r"|(?P<unicode>\\u[0-9A-Fa-f]{4}|\\U000[0-9A-Fa-f]{5}|\\U0010[0-9A-Fa-f]{4})"
    r"|\\(?P<letter>.)"
    r"|(?P<entity>&(?:#[0-9]{1,7}|#[Xx][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,8});)",
    re.DOTALL,
)
_LETTERS = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "a": "\a"}
# But for a single one; a plus is a blank in a form.
_BLANKS = re.compile(r"(?! (?![\s+]))[\s+]+")
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[ ,._'-](?=\d)")
_OCTAL = re.compile(r"\\([0-3][0-7]{2})")
# How long an escape of one byte is, how much of that its digits are, and their base.
_BYTES: Mapping[str, tuple[int, int, int]] = MappingProxyType(
    {"percent": (3, 2, 16), "hex": (4, 2, 16), "octal": (4, 3, 8)}
)


class View(NamedTuple):
    """A text as it reads; character ``n`` is from ``cuts[n]`` to ``cuts[n + 1]``."""

    text: str
    cuts: Sequence[int]

    def place(self, begin: int, end: int) -> tuple[int, int]:
        """Where in the text as it was written that part stands."""
        return self.cuts[begin], self.cuts[end]


def views(text: str) -> Iterator[View]:
    """A text as it is, and with one more level of escapes undone each time."""
    view = View(text, range(len(text) + 1))
    yield view
    for _ in range(_MOST_LEVELS):
        if not _SIGNS.search(view.text):
            return
        inner = _rewritten(view, _ESCAPE, _decoded)
        if inner.text == view.text:
            return
        view = inner
        yield view


def plain_text(text: str) -> str:
    r"""With all escapes undone, and one blank for many: ``"a%20\n b" -> "a b"``."""
    *_, view = views(text)
    return single_blanks(view).text


def single_blanks(view: View) -> View:
    """With one blank for many."""
    return _rewritten(view, _BLANKS, lambda found: [(" ", len(found[0]))])


def joined_digits(text: str) -> View:
    """``"738,291,645" -> "738291645"``."""
    view = View(text, range(len(text) + 1))
    return _rewritten(view, _BETWEEN_DIGITS, lambda _: [])


def without_octals(text: str) -> str:
    r"""A cookie's value as WebOb reads it: ``"a\054b" -> "a,b"``."""
    plain = _OCTAL.sub(lambda found: chr(int(found[1], 8)), text)
    return plain.replace('\\"', '"')


def _rewritten(
    view: View,
    pattern: re.Pattern[str],
    decoded: Callable[[re.Match[str]], Iterable[tuple[str, int]]],
) -> View:
    """With other characters for what fits, each with how many it stands for."""
    texts: list[str] = []
    cuts: list[int] = []
    done = 0
    for found in pattern.finditer(view.text):
        place = found.start()
        texts.append(view.text[done:place])
        cuts += view.cuts[done:place]
        for char, width in decoded(found):
            texts.append(char)
            cuts.append(view.cuts[place])
            place += width
        done = found.end()
    if not done:
        return view
    texts.append(view.text[done:])
    cuts += view.cuts[done:]
    return View("".join(texts), cuts)


def _decoded(found: re.Match[str]) -> Iterable[tuple[str, int]]:
    """An escape's characters, and how many were written for each."""
    kind, text = str(found.lastgroup), found[0]
    if kind in _BYTES:
        width, digits, base = _BYTES[kind]
        ends = range(width, len(text) + 1, width)
        raw = bytes(int(text[end - digits : end], base) for end in ends)
        return _from_bytes(raw, width)
    if kind == "entity":
        plain = html.unescape(text)
        return [(plain, len(text))] if len(plain) == 1 else [(c, 1) for c in text]
    return [(_from_unicode(kind, found), len(text))]


def _from_bytes(raw: bytes, width: int) -> Iterable[tuple[str, int]]:
    """UTF-8 where it is that, else Latin-1."""
    try:
        return [(char, width * len(char.encode())) for char in raw.decode()]
    except UnicodeDecodeError:
        return [(chr(byte), width) for byte in raw]


def _from_unicode(kind: str, found: re.Match[str]) -> str:
    text = found[0]
    if kind == "pair":
        first, second = int(text[2:6], 16), int(text[8:12], 16)
        return chr(0x10000 + ((first - 0xD800) << 10) + second - 0xDC00)
    if kind == "unicode":
        return chr(int(text[2:], 16))
    return _LETTERS.get(found["letter"], found["letter"])

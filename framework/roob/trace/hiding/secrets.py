"""The secrets of one recording: learnt where a name hides them, hidden wherever else.

A value that was hidden once is hidden in every text, where no name gives it away,
however it is escaped there; of a long one so is every piece.
"""

import re
from collections.abc import Iterator, Sequence
from urllib.parse import unquote_plus

from roob.trace.hiding.escapes import (
    View,
    joined_digits,
    plain_text,
    single_blanks,
    views,
    without_octals,
)
from roob.trace.hiding.mentions import mentions
from roob.trace.hiding.naming import HIDDEN, is_setting, spelled
from roob.trace.hiding.parts import parts_of, texts_of
from roob.trace.hiding.spellings import PIECE, Index, encoded, pieces_of

# Shorter ones are in every other word; they are hidden by name alone.
_SHORTEST = 4
_SHORTEST_PART = 6
_SHORTEST_NUMBER = 6
# How many characters are written for one, at most: \\\\u00e9.
_LONGEST_ESCAPE, _SHORTEST_REACH = 12, 4000

# A word that says nothing, or a moment: beside secrets, and no secret.
_COMMON = re.compile(
    r"[a-z]{1,11}|[A-Z][a-z]{1,10}|[A-Z]{1,11}|\d{4}-\d\d-\d\d([T ][\d:.+Z-]+)?"
)


class Secrets:
    """The secrets of one recording: learnt while it is written, hidden at its end."""

    def __init__(self) -> None:
        self._known: set[str] = set()
        self._pieces = Index(PIECE)
        self._written = Index()
        self._plain = Index()  # those that read otherwise with all escapes undone
        self._numbers = Index()

    def learn(self, name: object, value: object) -> None:
        """Remember what a name has given away, and what it is made of.

        A plain word that is just called ``key``, or ``token_type``, is hidden there
        and nowhere else: it is a dictionary's more often than a lock's. So is one that
        stands with others in a list or a dictionary.
        """
        called = spelled(name)
        is_alone = issubclass(type(value), (str, bytes, bytearray))
        for raw, text in texts_of(value):
            if is_setting(called) and _is_word(text):
                continue
            if is_alone or not _COMMON.fullmatch(text):
                self._add(text, _SHORTEST, raw)
            self._add_parts(text, called)

    def learn_text(self, text: str) -> None:
        """Remember what stands behind such names in a free text: ``password=hunter2``.

        But for plain words: "token: expired" tells of no token.
        """
        for begin, end in mentions(text):
            found = text[begin:end].strip().rstrip(".,:;!?…")
            if not _COMMON.fullmatch(found) and HIDDEN not in found:
                self._add(found, _SHORTEST_PART)
                self._add_parts(found, "")

    def _add_parts(self, text: str, name: str) -> None:
        for part in parts_of(text, name):
            if not _COMMON.fullmatch(part):
                self._add(part, _SHORTEST_PART)

    def _add(self, text: str, shortest: int, raw: bytes | None = None) -> None:
        for form in {text, unquote_plus(text), without_octals(text)}:
            self._add_form(form.strip(), shortest)
        if raw is not None and len(raw) >= shortest:
            self._add_encoded(raw)

    def _add_form(self, text: str, shortest: int) -> None:
        shortest = max(shortest, _SHORTEST_NUMBER) if text.isdecimal() else shortest
        if len(text) < shortest or text in self._known or text in HIDDEN:
            return
        self._known.add(text)
        self._written.add(text)
        for piece in pieces_of(text):
            self._pieces.add(piece)
        self._add_encoded(text.encode("utf-8", "surrogatepass"))
        if text.isdecimal():
            self._numbers.add(text)
        plain = plain_text(text).strip(" \\")  # which may escape what comes behind
        if (plain != text or " " in plain) and len(plain) >= shortest:
            self._plain.add(plain)

    def _add_encoded(self, raw: bytes) -> None:
        for form in encoded(raw):
            self._written.add(form)

    def reach(self, length: int) -> int:
        """How much of a text is to be looked at where so much of it is shown."""
        longest = max(map(len, self._known), default=0)
        return length + max(_SHORTEST_REACH, longest * _LONGEST_ESCAPE)

    def scrub(self, text: str) -> str:
        """The text without any secret, known or plainly named as one."""
        text = self.scrub_known(text)
        return _without(text, [*mentions(text)])

    def scrub_known(self, text: str) -> str:
        """The text without the values that are known."""
        return _without(text, [*self._places(text)]) if self._known else text

    def _places(self, text: str) -> Iterator[tuple[int, int]]:
        for view in views(text):
            yield from _found(self._written, view)
            yield from _found(self._pieces, view)
        if self._plain:
            yield from _found(self._plain, single_blanks(view))
        if self._numbers:
            yield from _found(self._numbers, joined_digits(text))


def _found(index: Index, view: View) -> Iterator[tuple[int, int]]:
    """Where in the text as it was written those stand that a view of it has."""
    return (view.place(*span) for span in index.find(view.text))


def _is_word(text: str) -> bool:
    return text.isidentifier() and not any(map(str.isdigit, text))


def _without(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """The text with what is between those places hidden, overlapping ones as one."""
    if not spans:
        return text
    kept: list[str] = []
    done = 0
    for begin, end in sorted(spans):
        if begin > done or not kept:
            kept += [text[done:begin], HIDDEN]
        done = max(done, end)
    return "".join([*kept, text[done:]])

"""What stands between two slashes of a route's path, where it is no literal.

Compiled when a route is registered; a request's text is read by it, and ``url_for``
writes with it.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from string import Formatter
from typing import Any, NamedTuple, Protocol
from urllib.parse import quote

import parse

Converters = Mapping[str, Callable[[str], Any]]

# What parse takes for a name, and what can be a parameter.
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")

_INTEGER = re.compile(r"-?[0-9]{1,19}")
_INTEGER_LIMIT = 2**63
# What parse calls the integers of "v{major:d}"; its own "d" also takes 0x1F and +5.
_INTEGER_TYPE = "roob_integer"
# Free text beside free text makes the matcher try every split: with three fields
# in 255 bytes that is bounded, with four a request could keep a worker busy.
# Whole numbers and dates end by themselves, unless they touch another field.
_MAX_FREE_FIELDS = 3
_BOUNDED = ("d", "ti", "te", "tg", "ta", "tc", "th", "ts", "tt")
# What file systems take for a name, and where every pattern is quick to refuse.
_MAX_SEGMENT_BYTES = 255


def read_integer(text: str) -> int:
    """The number that ASCII digits stand for: ``"-7" -> -7``.

    Raises:
        ValueError: other characters, or a number outside 64 bits.
    """
    if not _INTEGER.fullmatch(text):
        raise ValueError(f"{text!r} is no whole number")
    number = int(text)
    if not -_INTEGER_LIMIT <= number < _INTEGER_LIMIT:
        raise ValueError(f"{text} does not fit in 64 bits")
    return number


read_integer.pattern = _INTEGER.pattern  # type: ignore[attr-defined]  # parse asks here


def is_short(text: str) -> bool:
    """Whether a segment has at most 255 bytes of UTF-8."""
    if text.isascii():
        return len(text) <= _MAX_SEGMENT_BYTES
    return len(text.encode()) <= _MAX_SEGMENT_BYTES


class Segment(Protocol):
    """What stands between two slashes of a template, where it is no literal."""

    @property
    def names(self) -> Sequence[str]:
        """The fields in it."""
        ...

    @property
    def shape(self) -> str:
        """What it takes, apart from the fields' names."""
        ...

    def read(self, text: str, parameters: dict[str, Any]) -> bool:
        """Take the fields' values from the text; False where it does not fit."""
        ...

    def write(self, parameters: Mapping[str, Any]) -> str:
        """The text that would be read as those values."""
        ...


@dataclass(frozen=True, slots=True)
class TextSegment:
    """``{name}``: any text that is not empty."""

    name: str
    shape: str = "{}"

    @property
    def names(self) -> Sequence[str]:
        return (self.name,)

    def read(self, text: str, parameters: dict[str, Any]) -> bool:
        parameters[self.name] = text
        return text != "" and is_short(text)

    def write(self, parameters: Mapping[str, Any]) -> str:
        text = str(parameters[self.name])
        if not text:
            raise ValueError(f"{self.name} is empty, and a segment cannot be")
        return quote(text, safe="")


@dataclass(frozen=True, slots=True)
class IntegerSegment:
    """``{id:d}``: an optional minus and ASCII digits, within 64 bits, as ``int``."""

    name: str
    shape: str = "{:d}"

    @property
    def names(self) -> Sequence[str]:
        return (self.name,)

    def read(self, text: str, parameters: dict[str, Any]) -> bool:
        # Nearly every number is this short, and needs no pattern to be one.
        if len(text) < 19 and text.isdecimal() and text.isascii():
            parameters[self.name] = int(text)
            return True
        try:
            parameters[self.name] = read_integer(text)
        except ValueError:
            return False
        return True

    def write(self, parameters: Mapping[str, Any]) -> str:
        return str(int(parameters[self.name]))


class Piece(NamedTuple):
    """A literal and the field after it: ``"v{n:d}" -> Piece("v", "n", "d")``."""

    literal: str
    name: str | None
    spec: str

    @property
    def shape(self) -> str:
        """The piece without its field's name: ``v{:d}``."""
        return self.literal + ("" if self.name is None else f"{{:{self.spec}}}")

    def write(self, parameters: Mapping[str, Any]) -> str:
        """The piece with its field's value as Python prints it: ``v2``."""
        return self.literal + ("" if self.name is None else str(parameters[self.name]))

    def format(self, parameters: Mapping[str, Any]) -> str:
        """The same by the field's format: ``{:x}`` of 255 is ``ff``."""
        if self.name is None:
            return self.literal
        try:
            return self.literal + format(parameters[self.name], self.spec)
        except ValueError:  # a format that only parse knows
            return self.write(parameters)


def _is_no_number(value: object) -> bool:
    """Whether it is the ``nan`` or ``inf`` that parse reads as a ``float``."""
    return isinstance(value, float) and not isfinite(value)


@dataclass(frozen=True, slots=True)
class ParsedSegment:
    """``v{major:d}.{minor:d}``, ``{day:ti}``: whatever the parse package reads."""

    pieces: Sequence[Piece]
    parser: parse.Parser

    @property
    def names(self) -> Sequence[str]:
        return [piece.name for piece in self.pieces if piece.name is not None]

    @property
    def shape(self) -> str:
        return "".join(piece.shape for piece in self.pieces)

    def read(self, text: str, parameters: dict[str, Any]) -> bool:
        if not is_short(text):
            return False
        try:
            result = self.parser.parse(text)
        except ValueError:  # a converter refused: the 31st of February
            return False
        if result is None or any(map(_is_no_number, result.named.values())):
            return False
        parameters.update(result.named)
        return True

    def write(self, parameters: Mapping[str, Any]) -> str:
        plainly = "".join(piece.write(parameters) for piece in self.pieces)
        by_format = "".join(piece.format(parameters) for piece in self.pieces)
        for text in (plainly, by_format):
            if self._reads_back(text, parameters):
                return quote(text, safe="")
        raise ValueError(f"{dict(parameters)} cannot be written as {self.shape}")

    def _reads_back(self, text: str, parameters: Mapping[str, Any]) -> bool:
        read: dict[str, Any] = {}
        return self.read(text, read) and all(
            parameters[name] == value or type(parameters[name]) is not type(value)
            for name, value in read.items()
        )


def compile_segment(path: str, text: str, converters: Converters) -> Segment:
    """One segment of a template: ``("/books/{id:d}", "{id:d}", {})``.

    Raises:
        ValueError: a field has no name, or a format that parse does not know.
    """
    pieces = _pieces(path, text)
    match pieces:
        case [Piece("", str(name), "")]:
            return TextSegment(name)
        case [Piece("", str(name), "d")] if "d" not in converters:
            return IntegerSegment(name)
    return ParsedSegment(pieces, _compile_parser(path, pieces, converters))


def _pieces(path: str, text: str) -> list[Piece]:
    try:
        parts = list(Formatter().parse(text))
    except ValueError as error:
        raise ValueError(f"Path: {path} is no template: {error}") from error
    for _, name, spec, conversion in parts:
        if name is not None and not NAME.fullmatch(name):
            raise ValueError(f"Path: {path}: {{{name}}} is no name for a parameter")
        if conversion or spec == "path":
            raise ValueError(
                f"Path: {path}: {{{name}}} cannot be converted here; "
                "{rest:path} stands alone and last"
            )
    return [Piece(literal, name, spec or "") for literal, name, spec, _ in parts]


def _compile_parser(
    path: str, pieces: Sequence[Piece], converters: Converters
) -> parse.Parser:
    types = {"d": read_integer, **converters}
    types[_INTEGER_TYPE] = types["d"]
    _refuse_too_many_free_fields(path, pieces)
    template = "".join(map(_parse_template, pieces))
    try:
        parser = parse.compile(template, types, case_sensitive=True)
        parser.parse("")  # parse compiles on first use; here an error has a culprit
    except (ValueError, NotImplementedError, re.error) as error:
        raise ValueError(f"Path: {path} has an unknown format: {error}") from error
    return parser


def _parse_template(piece: Piece) -> str:
    literal = piece.literal.replace("{", "{{").replace("}", "}}")
    if piece.name is None:
        return literal
    spec = _INTEGER_TYPE if piece.spec == "d" else piece.spec
    return f"{literal}{{{piece.name}:{spec}}}" if spec else f"{literal}{{{piece.name}}}"


def _refuse_too_many_free_fields(path: str, pieces: Sequence[Piece]) -> None:
    free = [
        piece.name
        for at, piece in enumerate(pieces)
        if piece.name and (piece.spec not in _BOUNDED or (at and not piece.literal))
    ]
    if len(free) > _MAX_FREE_FIELDS:
        raise ValueError(
            f"Path: {path} has {len(free)} free fields in one segment, "
            f"{_MAX_FREE_FIELDS} are the most: make some of them whole numbers, {{n:d}}"
        )

"""What a trace may never show, found by its name and then wherever else it turns up.

Default deny: a name that may be a secret's hides its value. A value that was hidden
once is hidden in every text of the recording, where no name gives it away, however
it is escaped there; of a long one so is every piece.
"""

import base64
import binascii
import html
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from html.entities import codepoint2name
from itertools import groupby
from pathlib import PurePath
from types import MappingProxyType
from urllib.parse import unquote_plus
from uuid import UUID

HIDDEN = "‹hidden›"

# Parts of names. "author" is a writer, "monkey" an animal, "passenger" a traveller and
# "secretary" a colleague; "authorization" and "commonKey" are not.
_SECRET_NAME = re.compile(
    r"auth(?!or(?!i[sz]))|cookie|pwd|secret(?!ar[iy])|token|session|sess_?id|csrf|xsrf"
    r"|(?<!\bby)(?<!_by)(?<!\bcom)(?<!_com)(?<!\bsur)"
    r"pass(?!eng|iv|ag|ion|ing(?![a-z])|e[ds](?![a-z]))"
    r"|(?<!\bmon)(?<!_mon)(?<!\bdon)(?<!_don)(?<!\btur)(?<!\bhoc)(?<!\bjoc)(?<!\bwhis)"
    r"key(?!board|word|note|hole|stone|frame|pad|stroke)"
    r"|signature|(?<![a-z])sig(?![a-z])|(?<![a-z])sid(?![a-z])"
    r"|credential|jwt|bearer|cvv|otp(?![a-z])|ssn(?![a-z])",
    re.IGNORECASE,
)
# Names that end so are of settings: a plain word that they give is only a word.
_SETTING = re.compile(
    r"(?:type|name|kind|method|scheme|fields?|columns?|mode|status|state|policy"
    r"|backend|class|by|\Akeys?)\Z",
    re.IGNORECASE,
)
_NO_SECRET = (bool, type(None))

# Shorter ones are in every other word; they are hidden by name alone.
_SHORTEST = 4
_SHORTEST_PART = 6
_SHORTEST_NUMBER = 6
_SHORTEST_BASE64 = 7
_LONGEST_CACHED = 64
# Of a secret so long every piece of so many characters is one.
_LONG, _PIECE = 12, 8
_MOST_TEXTS = 5000  # in one value
_BRANCHING = 3  # letters that choose among many secrets, before these are tried

# A word that says nothing, or a moment: beside secrets, and no secret.
_COMMON = re.compile(
    r"[a-z]{1,11}|[A-Z][a-z]{1,10}|[A-Z]{1,11}|\d{4}-\d\d-\d\d([T ][\d:.+Z-]+)?"
)
_TOKEN_LIKE = re.compile(r"[\w.~+/=-]+", re.ASCII)
_MIXED = re.compile(r"\d.*[A-Za-z]|[A-Za-z].*\d|[a-z][A-Z]")
_SET_COOKIE = "set-cookie"
_DIGEST_PART = re.compile(r'\b(?:response|c?nonce|opaque)="?([^",\s]{6,})', re.I)
_OCTAL = re.compile(r"\\([0-3][0-7]{2})")


def is_secret(name: object) -> bool:
    """Whether what goes by this name is hidden: ``"X-Api-Key" -> True``."""
    text = _spelled(name)
    if len(text) > _LONGEST_CACHED:
        return bool(_SECRET_NAME.search(text))
    return _is_secret(text)


@lru_cache(maxsize=4096)
def _is_secret(name: str) -> bool:
    return bool(_SECRET_NAME.search(name))


def _spelled(name: object) -> str:
    """A name as text, without calling any code of its class."""
    if isinstance(name, Enum):
        return name.name
    if isinstance(name, bytes | bytearray):
        return bytes(name).decode("latin-1")
    return str(name) if type(name).__module__ == "builtins" else ""


def hides(name: object, value: object) -> bool:
    """Whether a name hides a value: ``True`` and ``None`` give nothing away."""
    return type(value) not in _NO_SECRET and is_secret(name)


class Secrets:
    """The secrets of one recording: learnt while it is written, hidden at its end."""

    def __init__(self) -> None:
        self._known: set[str] = set()
        self._raw: set[bytes] = set()
        self._pieces: set[str] = set()
        self._pattern: re.Pattern[str] | None = None

    def learn(self, name: object, value: object) -> None:
        """Remember what a name has given away, and what it is made of.

        A plain word that is just called ``key``, or ``token_type``, is hidden there
        and nowhere else: it is a dictionary's more often than a lock's. So is one that
        stands with others in a list or a dictionary.
        """
        is_setting = bool(_SETTING.search(_spelled(name)))
        is_alone = isinstance(value, str | bytes | bytearray)
        for raw, text in _texts_of(value):
            if is_setting and text.isidentifier() and not any(map(str.isdigit, text)):
                continue
            if is_alone or not _COMMON.fullmatch(text):
                self._add(text, _SHORTEST, raw)
            self._add_parts(text, _spelled(name))

    def learn_text(self, text: str) -> None:
        """Remember what stands behind such names in a free text: ``password=hunter2``.

        But for plain words: "token: expired" tells of no token.
        """
        for begin, end in _spans(text):
            found = text[begin:end].strip().rstrip(".,:;!?…")
            if not _COMMON.fullmatch(found) and HIDDEN not in found:
                self._add(found, _SHORTEST_PART)
                self._add_parts(found, "")

    def _add_parts(self, text: str, name: str) -> None:
        for part in _parts_of(text, name):
            if not _COMMON.fullmatch(part):
                self._add(part, _SHORTEST_PART)

    def _add(self, text: str, shortest: int, raw: bytes | None = None) -> None:
        for form in {text, unquote_plus(text), _without_octals(text)}:
            self._add_form(form.strip(), shortest)
        if raw is not None and len(raw) >= shortest:
            self._raw.add(raw)

    def _add_form(self, text: str, shortest: int) -> None:
        shortest = max(shortest, _SHORTEST_NUMBER) if text.isdecimal() else shortest
        if len(text) < shortest or text in self._known or text in HIDDEN:
            return
        self._known.add(text)
        self._raw.add(text.encode("utf-8", "surrogatepass"))
        self._pieces.update(_pieces_of(text))
        self._pattern = None

    def scrub(self, text: str) -> str:
        """The text without any secret, known or plainly named as one."""
        text = self.scrub_known(text)
        return _without(text, [*_spans(text)])

    def scrub_known(self, text: str) -> str:
        """The text without the values that are known."""
        if not self._known:
            return text
        if self._pattern is None:
            self._pattern = re.compile(_any_of(self._known, self._raw))
        text = self._pattern.sub(HIDDEN, text)
        return _without(text, [*self._pieces_in(text)])

    def _pieces_in(self, text: str) -> Iterator[tuple[int, int]]:
        pieces = self._pieces
        if pieces:
            for place in range(len(text) - _PIECE + 1):
                if text[place : place + _PIECE] in pieces:
                    yield place, place + _PIECE


def _without(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """The text with what is between those places hidden, overlapping ones as one."""
    kept: list[str] = []
    done = 0
    for begin, end in sorted(spans):
        if begin > done or not kept:
            kept += [text[done:begin], HIDDEN]
        done = max(done, end)
    return "".join([*kept, text[done:]])


def _pieces_of(text: str) -> Iterator[str]:
    """The pieces of a long token that are in no ordinary text."""
    if len(text) >= _LONG and _TOKEN_LIKE.fullmatch(text):
        for place in range(len(text) - _PIECE + 1):
            piece = text[place : place + _PIECE]
            if _MIXED.search(piece):
                yield piece


# What a value is made of.


def _texts_of(value: object) -> Iterator[tuple[bytes | None, str]]:
    """The texts in a value at any depth, beside the bytes that they were."""
    waiting, left = [value], _MOST_TEXTS
    while waiting and left:
        left -= 1
        one = waiting.pop()
        if isinstance(one, bytes | bytearray):
            raw = bytes(one)
            yield raw, raw.decode("utf-8", "replace")
            yield raw, raw.decode("latin-1")
        else:
            text = _plain_text(one)
            if text is not None:
                yield None, text
            waiting += _members_of(one)


def _plain_text(value: object) -> str | None:
    if isinstance(value, str):
        return str.__str__(value)
    if type(value) in (int, float, UUID) or isinstance(
        value, Decimal | PurePath | date
    ):
        return str(value)
    return None


def _members_of(value: object) -> Iterable[object]:
    if isinstance(value, UUID):
        return [value.hex]
    if isinstance(value, dict):
        return dict.values(value)
    if isinstance(value, list | tuple | set | frozenset):
        return value
    return [member for name, member in attributes_of(value) if _is_inner(name)]


def _is_inner(name: str) -> bool:
    """Whether an attribute is what its object is about: pydantic's ``SecretStr``."""
    return is_secret(name) or name.strip("_") == "value"


def attributes_of(value: object) -> Iterable[tuple[str, object]]:
    """An object's own attributes, without calling any code of its class."""
    if isinstance(value, type) or type(value).__module__ in ("builtins", "types"):
        return []
    try:
        found = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return []
    return list(found.items()) if type(found) is dict else []


def _parts_of(text: str, name: str) -> Iterator[str]:
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
    login = _decoded_login(text) if scheme.lower() == "basic" else None
    if login:
        yield login
        yield login.partition(":")[2]


def _decoded_login(text: str) -> str | None:
    try:
        login = base64.b64decode(text.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        return None
    return login if ":" in login else None


def _without_octals(text: str) -> str:
    r"""A cookie's value as WebOb reads it: ``"a\054b" -> "a,b"``."""
    plain = _OCTAL.sub(lambda found: chr(int(found[1], 8)), text)
    return plain.replace('\\"', '"')


# In how many ways a secret is written: in URLs, in JSON, in HTML, by repr, as base64.
# Repetitions have bounds, so that no text takes longer than its length.

_SLASHES = r"\\{1,7}"
_PERCENT = "%(?:25){0,3}"
_AMPERSAND = "&(?:amp;){0,3}"
_BLANK = (
    rf"(?i:[\s+]|{_PERCENT}[0-9a-f]{{2}}"
    rf"|{_SLASHES}(?:[nrtvf]|x[0-9a-f]{{2}}|u[0-9a-f]{{4}}|[0-3][0-7]{{2}})"
    rf"|{_AMPERSAND}(?:#x?[0-9a-f]{{1,5}}|nbsp);)"
)
_CONTROLS: Mapping[str, str] = MappingProxyType(
    {"\b": "b", "\a": "a", "\0": "0", "\x1b": "e"}
)
_BETWEEN_DIGITS = "[ ,._'-]?"


def _any_of(texts: Iterable[str], raws: Iterable[bytes]) -> str:
    """A regular expression for all of them, the longest first."""
    ways = {_units(text) for text in texts}
    ways.update(units for raw in raws for units in _encoded(raw))
    return _branches(sorted(ways, key=len, reverse=True), _BRANCHING)


def _branches(ways: Sequence[tuple[str, ...]], depth: int) -> str:
    """One branch for each first letter, so that few are tried at any place."""
    if depth == 0 or len(ways) == 1:
        return "|".join("".join(units) for units in ways)
    ways = sorted(ways, key=lambda units: units[:1])  # stable: the longest stay first
    found = [
        (first, [units[1:] for units in group])
        for first, group in groupby(ways, key=lambda units: "".join(units[:1]))
    ]
    found.sort(key=lambda branch: branch[0] == "")  # where nothing more is wanted: last
    return "|".join(
        f"{first}(?:{_branches(rest, depth - 1)})" if first else ""
        for first, rest in found
    )


def _units(text: str) -> tuple[str, ...]:
    """For each character, or run of blanks, all the ways in which it is written."""
    if text.isdecimal():
        return (*(digit + _BETWEEN_DIGITS for digit in text[:-1]), text[-1])
    return tuple(
        _run(kind, len([*run])) if kind else char
        for kind, run in groupby(text, key=_kind_of_run)
        for char in ([""] if kind else map(_unit, run))
    )


def _kind_of_run(char: str) -> str:
    if char.isspace():
        return " "
    return "\\" if char == "\\" else ""


def _run(kind: str, length: int) -> str:
    if kind == " ":
        return f"{_BLANK}{{1,{length + 8}}}"
    return rf"(?:\\{{{length},{8 * length + 7}}}+|(?i:{_PERCENT}5c){{{length}}})"


@lru_cache(maxsize=4096)
def _unit(char: str) -> str:
    if char.isascii() and char.isalnum():
        return char
    return f"(?i:{'|'.join(_spellings(char))})"


def _spellings(char: str) -> Iterator[str]:
    r"""One character: ``'"' -> '"', '\"', '%22', '&quot;', '\u0022' ...``."""
    code = ord(char)
    yield rf"\\{{0,7}}{re.escape(char)}"
    named = codepoint2name.get(code)
    entities = [f"#0*{code}", f"#x0*{code:x}", *([named] if named else [])]
    yield f"{_AMPERSAND}(?:{'|'.join(entities)});"
    yield _SLASHES + "".join(f"u{unit:04x}" for unit in _utf16(char)[:1])
    if len(_utf16(char)) == 2:
        first, second = _utf16(char)
        yield rf"{_SLASHES}u{first:04x}{_SLASHES}u{second:04x}"
        yield f"{_SLASHES}U{code:08x}"
    if code < 256:
        yield f"{_SLASHES}(?:x{code:02x}|{code:03o})"
    if char in _CONTROLS:
        yield _SLASHES + _CONTROLS[char]
    yield "".join(map(_byte, char.encode("utf-8", "surrogatepass")))


def _utf16(char: str) -> tuple[int, ...]:
    raw = char.encode("utf-16-be", "surrogatepass")
    return tuple(
        int.from_bytes(raw[at : at + 2], "big") for at in range(0, len(raw), 2)
    )


def _byte(byte: int) -> str:
    """A byte of UTF-8: in a URL, by ``repr``, in a cookie, or read as Latin-1."""
    ways = [f"{_PERCENT}{byte:02x}", f"{_SLASHES}(?:x{byte:02x}|{byte:03o})"]
    if byte > 127:
        ways.append(re.escape(chr(byte)))
    return f"(?:{'|'.join(ways)})"


def _encoded(raw: bytes) -> Iterator[tuple[str, ...]]:
    """As hexadecimal, and as base64 wherever in it the secret begins."""
    if len(raw) >= _SHORTEST:
        yield ("(?i:" + raw.hex() + ")",)
    for before in range(3):
        core = _base64_of(raw, before)
        if len(core) >= _SHORTEST_BASE64:
            yield tuple(map(_base64_unit, core))


def _base64_of(raw: bytes, before: int) -> str:
    """Those characters that the bytes before and after have no part in."""
    text = base64.b64encode(bytes(before) + raw).decode()
    return text[-(-before * 8 // 6) : (before + len(raw)) * 8 // 6]


def _base64_unit(char: str) -> str:
    return {"+": "(?:[+-]|%2[Bb])", "/": r"(?:[/_]|%2[Ff]|\\/)"}.get(char, char)


# What is plainly named as a secret in a free text.

_QUOTE = r"""(?:\\{0,7}["']|&quot;|&#0?3[49];|&#x2[27];|%22)"""
_HEAD = re.compile(
    rf"(?<![\w-])(?P<name>[\w-]++)(?:{_QUOTE}|[\])])*+\s*+"
    r"(?:[!:]?={1,3}>?|:|%(?:25){0,3}3[DdAa]|&#61;)\s*+"
)
# KeyError: 'title' tells of no key.
_EVENT = re.compile(
    r"(?:Error|Exception|Warning|Found|Expired|Invalid|Missing|Denied|Required|Failed"
    r"|Exceeded|Refused|Locked)\Z"
)
_PLACEHOLDER = re.compile(
    r"""\?\d*(?!\w)|%s|%\(\w+\)s|\$\d+(?!\w)|:\w+|\{\w*\}|‹|\(?\s*SELECT\b"""
    r"""|"\w+"\.|excluded\.""",
    re.IGNORECASE,
)
_OPENING = re.compile(rf"[bBrRuUfF]{{0,2}}(?P<quote>{_QUOTE})")
_BARE = re.compile(r"""(?:(?:Bearer|Basic|Token)\s+)?[^\s,;&"'<>)\]}]+""", re.I)
_LINE = re.compile(r"[^\r\n]+")
_OF_A_LINE = re.compile(r"cookie|authori[sz]ation", re.IGNORECASE)
_BRACKETS: Mapping[str, str] = MappingProxyType({"[": "]", "{": "}", "(": ")"})
_BEARER = re.compile(r"\bBearer\s{1,8}(?P<value>[\w.~+/=-]{6,})", re.IGNORECASE)
_BASIC = re.compile(r"\bBasic\s{1,8}(?P<value>[\w+/=-]{6,})", re.IGNORECASE)
_DIGEST = re.compile(r"\bDigest\s{1,8}(?P<value>\w{1,20}=[^\r\n]*)", re.IGNORECASE)
# The password of a URL; its port, or an address in its query, is none.
_LOGIN = re.compile(
    r"""://[^\s/?#:@"'<>]{0,128}:(?!\d{1,5}(?:[/?#]|$))"""
    r"""(?P<value>[^\s"'<>]{1,512})@(?=[\w.\[-])"""
)
_LOGIN_TOKEN = re.compile(r"://(?P<value>(?=[^\s/@]*\d)[\w.~-]{16,512})@")
# Tokens that are known by their shape.
_SHAPE = re.compile(
    r"(?P<value>\beyJ[\w-]{8,}+\.[\w-]{4,}+\.[\w-]*+"
    r"|\b(?:gh[pousr]|github_pat|sk|rk|pk|xox[abprs]|glpat)[_-][\w-]{16,}+"
    r"|\bAKIA[0-9A-Z]{16}\b"
    r"|-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^-]{0,10000}+)",
)
_TAG = re.compile(r"<(?:input|meta)\b[^<>]{0,4000}>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""(?<![\w-])([\w-]++)=("[^"]*+"|'[^']*+'|[^\s"'>]++)""")


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """Where secrets begin and end in a free text, as far as it says so."""
    yield from _named_spans(text)
    if "://" in text:
        for pattern in (_LOGIN, _LOGIN_TOKEN):
            yield from _spans_of(pattern, text)
    for pattern in (_BEARER, _DIGEST, _SHAPE):
        yield from _spans_of(pattern, text)
    for begin, end in _spans_of(_BASIC, text):
        if _decoded_login(text[begin:end]):  # a basic course is none
            yield begin, end
    for tag in _TAG.finditer(text):
        yield from _tag_spans(tag[0], tag.start())


def _spans_of(pattern: re.Pattern[str], text: str) -> Iterator[tuple[int, int]]:
    return (found.span("value") for found in pattern.finditer(text))


def _named_spans(text: str) -> Iterator[tuple[int, int]]:
    """``password=hunter2``, ``"api_key": "x"``, ``token: [...]``, ``token%3Dx``."""
    done = 0
    for head in _HEAD.finditer(text):
        name = head["name"]
        if head.start() < done or not is_secret(name) or _EVENT.search(name):
            continue
        span = _value_span(text, head.end(), name)
        if span is not None:
            done = span[1]
            yield span


def _value_span(text: str, begin: int, name: str) -> tuple[int, int] | None:
    if _PLACEHOLDER.match(text, begin):
        return None
    opening = _OPENING.match(text, begin)
    if opening:
        return opening.end(), _end_of_quoted(text, opening.end(), opening["quote"])
    if text[begin : begin + 1] in _BRACKETS:
        return begin, _end_of_brackets(text, begin)
    shape = _LINE if _OF_A_LINE.search(name) else _BARE
    found = shape.match(text, begin)
    return found.span() if found else None


def _end_of_quoted(text: str, begin: int, quote: str) -> int:
    """Where the same quote ends it; without one, the end of the text."""
    end = text.find(quote, begin)
    while end > begin and text[end - 1] == "\\":
        end = text.find(quote, end + 1)
    return end if end >= 0 else len(text)


def _end_of_brackets(text: str, begin: int) -> int:
    opening = text[begin]
    closing, depth = _BRACKETS[opening], 0
    for found in re.finditer(rf"[\{opening}\{closing}]", text[begin:]):
        depth += 1 if found[0] == opening else -1
        if depth == 0:
            return begin + found.end()
    return len(text)


def _tag_spans(tag: str, offset: int) -> Iterator[tuple[int, int]]:
    """The value of a form's hidden field or of ``<meta name="csrf-token">``."""
    found = {each[1].lower(): each for each in _ATTRIBUTE.finditer(tag)}
    told = [found[name][2] for name in ("name", "id", "type") if name in found]
    if not any(is_secret(html.unescape(text)) for text in told):
        return
    for name in ("value", "content"):
        if name in found:
            begin, end = found[name].span(2)
            quoted = tag[begin] in "\"'"
            yield offset + begin + quoted, offset + end - quoted

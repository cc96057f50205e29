"""What a trace may never show, found by its name and then wherever else it turns up.

Default deny: a name that may be a secret's hides its value. A value that was hidden
once is hidden in every text of the recording, where no name gives it away, however
it is escaped there; of a long one so is every piece.
"""

import base64
import binascii
import html
import re
from bisect import insort
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from itertools import chain
from pathlib import PurePath
from types import FunctionType, MappingProxyType, ModuleType
from typing import NamedTuple
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
# How many characters are written for one, at most: \\\\u00e9.
_LONGEST_ESCAPE, _SHORTEST_REACH = 12, 4000

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
        self._pieces: set[str] = set()
        self._written = _Index()
        self._plain = _Index()  # those that read otherwise with all escapes undone
        self._numbers = _Index()

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
            self._add_encoded(raw)

    def _add_form(self, text: str, shortest: int) -> None:
        shortest = max(shortest, _SHORTEST_NUMBER) if text.isdecimal() else shortest
        if len(text) < shortest or text in self._known or text in HIDDEN:
            return
        self._known.add(text)
        self._written.add(text)
        self._pieces.update(_pieces_of(text))
        self._add_encoded(text.encode("utf-8", "surrogatepass"))
        if text.isdecimal():
            self._numbers.add(text)
        plain = _plain(text).text.strip(" \\")  # which may escape what comes behind
        if (plain != text or " " in plain) and len(plain) >= shortest:
            self._plain.add(plain)

    def _add_encoded(self, raw: bytes) -> None:
        for form in _encoded(raw):
            self._written.add(form)

    def reach(self, length: int) -> int:
        """How much of a text is to be looked at where so much of it is shown."""
        longest = max(map(len, self._known), default=0)
        return length + max(_SHORTEST_REACH, longest * _LONGEST_ESCAPE)

    def scrub(self, text: str) -> str:
        """The text without any secret, known or plainly named as one."""
        text = self.scrub_known(text)
        return _without(text, [*_spans(text)])

    def scrub_known(self, text: str) -> str:
        """The text without the values that are known."""
        return _without(text, [*self._places(text)]) if self._known else text

    def _places(self, text: str) -> Iterator[tuple[int, int]]:
        for view in _views(text):
            for begin, end in chain(
                self._written.find(view.text), self._pieces_in(view.text)
            ):
                yield view.place(begin, end)
        for index, read in ((self._plain, _plain), (self._numbers, _joined_digits)):
            if index:
                view = read(text)
                for begin, end in index.find(view.text):
                    yield view.place(begin, end)

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
    waiting, known = [value], set[int]()
    while waiting and len(known) < _MOST_TEXTS:
        one = waiting.pop()
        if id(one) in known:
            continue
        known.add(id(one))
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
    if isinstance(value, type | ModuleType | FunctionType):
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


# A text in which a secret is escaped, once or several times, is read level by level,
# as JSON in a URL in a repr is. Where its characters stand is not forgotten.


class _View(NamedTuple):
    """A text as it reads; character ``n`` is from ``cuts[n]`` to ``cuts[n + 1]``."""

    text: str
    cuts: Sequence[int]

    def place(self, begin: int, end: int) -> tuple[int, int]:
        """Where in the text as it was written that part stands."""
        return self.cuts[begin], self.cuts[end]


_MOST_LEVELS = 6
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
_BLANKS = re.compile(r"[\s+]+")  # a plus is a blank in a form
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[ ,._'-](?=\d)")


def _views(text: str) -> Iterator[_View]:
    """A text as it is, and with one more level of escapes undone each time."""
    view = _View(text, range(len(text) + 1))
    yield view
    for _ in range(_MOST_LEVELS):
        inner = _rewritten(view, _ESCAPE, _decoded)
        if inner.text == view.text:
            return
        view = inner
        yield view


def _plain(text: str) -> _View:
    """With all escapes undone, and one blank for many."""
    *_, view = _views(text)
    return _rewritten(view, _BLANKS, lambda found: [(" ", len(found[0]))])


def _joined_digits(text: str) -> _View:
    """``"738,291,645" -> "738291645"``."""
    view = _View(text, range(len(text) + 1))
    return _rewritten(view, _BETWEEN_DIGITS, lambda _: [])


def _rewritten(
    view: _View,
    pattern: re.Pattern[str],
    decoded: Callable[[re.Match[str]], Iterable[tuple[str, int]]],
) -> _View:
    """With other characters for what fits, each with how many it stands for."""
    texts: list[str] = []
    cuts: list[int] = []
    done = 0
    for found in pattern.finditer(view.text):
        texts.append(view.text[done : found.start()])
        cuts += view.cuts[done : found.start()]
        place = found.start()
        for char, width in decoded(found):
            texts.append(char)
            cuts.append(view.cuts[place])
            place += width
        done = found.end()
    texts.append(view.text[done:])
    cuts += view.cuts[done:]
    return _View("".join(texts), cuts)


def _decoded(found: re.Match[str]) -> Iterable[tuple[str, int]]:
    """An escape's characters, and how many were written for each."""
    kind, text = str(found.lastgroup), found[0]
    if kind in _BYTES:
        width, base = _BYTES[kind]
        digits = range(width - (3 if base == 8 else 2), len(text), width)
        step = 3 if base == 8 else 2
        return _from_bytes(bytes(int(text[n : n + step], base) for n in digits), width)
    if kind == "entity":
        plain = html.unescape(text)
        return [(plain, len(text))] if len(plain) == 1 else [(c, 1) for c in text]
    return [(_from_unicode(kind, found), len(text))]


# How long an escape of one byte is, and its digits' base.
_BYTES: Mapping[str, tuple[int, int]] = MappingProxyType(
    {"percent": (3, 16), "hex": (4, 16), "octal": (4, 8)}
)


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


class _Index:
    """Texts by how they begin: one walk over another text finds all of them.

    It takes as long for many as for one, and nothing is compiled before.
    """

    def __init__(self) -> None:
        self._by_head: dict[str, list[str]] = {}

    def __bool__(self) -> bool:
        return bool(self._by_head)

    def add(self, text: str) -> None:
        """One more; of those that begin alike the longest comes first."""
        found = self._by_head.setdefault(text[:_SHORTEST], [])
        if text not in found:
            insort(found, text, key=lambda each: -len(each))

    def find(self, text: str) -> Iterator[tuple[int, int]]:
        """Where any of them begins and ends."""
        heads = self._by_head
        for place in range(len(text) - _SHORTEST + 1):
            for each in heads.get(text[place : place + _SHORTEST], ()):
                if text.startswith(each, place):
                    yield place, place + len(each)
                    break


def _encoded(raw: bytes) -> Iterator[str]:
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
    while end > begin:
        is_doubled = text.startswith(quote, end + len(quote))  # as SQL writes it
        if not is_doubled and text[end - 1] != "\\":
            return end
        end = text.find(quote, end + 1 + len(quote) * is_doubled)
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

"""Where a free text says of itself that a secret follows: ``password=hunter2``."""

import html
import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from roob.trace.hiding.naming import is_secret
from roob.trace.hiding.parts import decoded_login

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
_SIGNS = re.compile("[=:%&]")
_SHORTEST_WORDED = len("Basic 123456")
# Tokens that are known by their shape.
_SHAPE = re.compile(
    r"(?P<value>\beyJ[\w-]{8,}+\.[\w-]{4,}+\.[\w-]*+"
    r"|\b(?:gh[pousr]|github_pat|sk|rk|pk|xox[abprs]|glpat)[_-][\w-]{16,}+"
    r"|\bAKIA[0-9A-Z]{16}\b"
    r"|-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^-]{0,10000}+)",
)
_TAG = re.compile(r"<(?:input|meta)\b[^<>]{0,4000}>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""(?<![\w-])([\w-]++)=("[^"]*+"|'[^']*+'|[^\s"'>]++)""")


def mentions(text: str) -> Iterator[tuple[int, int]]:
    """Where secrets begin and end in a free text, as far as it says so."""
    if _SIGNS.search(text):
        yield from _signed(text)
    if len(text) >= _SHORTEST_WORDED:
        for pattern in (_BEARER, _SHAPE):
            yield from _spans_of(pattern, text)
        for begin, end in _spans_of(_BASIC, text):
            if decoded_login(text[begin:end]):  # a basic course is none
                yield begin, end


def _signed(text: str) -> Iterator[tuple[int, int]]:
    """Those that an equals sign or a colon, escaped or not, stands before."""
    yield from _named(text)
    if "://" in text:
        for pattern in (_LOGIN, _LOGIN_TOKEN):
            yield from _spans_of(pattern, text)
    yield from _spans_of(_DIGEST, text)
    if "<" in text:
        for tag in _TAG.finditer(text):
            yield from _tag_spans(tag[0], tag.start())


def _spans_of(pattern: re.Pattern[str], text: str) -> Iterator[tuple[int, int]]:
    return (found.span("value") for found in pattern.finditer(text))


def _named(text: str) -> Iterator[tuple[int, int]]:
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

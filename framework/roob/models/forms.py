"""A form before its parser sees it: what would keep the parser busy is refused."""

import re
from urllib.parse import unquote_to_bytes

from webob.compat import parse_header

from roob.constants import ContentType
from roob.exceptions import BadRequest
from roob.types import WSGIEnvironment

MAX_FORM_FIELDS = 1000
MAX_FORM_FILES = 100
MAX_PART_HEADERS = 16
MAX_PART_HEAD_BYTES = 4096

_HEAD_END = re.compile(rb"\r?\n\r?\n")
_FILE_NAME = re.compile(rb"filename\s*\*?\s*=")


def use_plain_type(environ: WSGIEnvironment, media_type: str) -> None:
    """Name the body's type as its parser knows it, in lower case and without spaces."""
    _, semicolon, parameters = environ.get("CONTENT_TYPE", "").partition(";")
    environ["CONTENT_TYPE"] = media_type + semicolon + parameters


def boundary_of(environ: WSGIEnvironment) -> str | None:
    """What stands between the parts of a multipart body; None where it is no such."""
    # By the function that WebOb's own parser asks, so that both see the same parts.
    _, parameters = parse_header(environ.get("CONTENT_TYPE") or "")
    boundary: str | None = parameters.get("boundary")
    return boundary


def check_form(body: bytes, content_type: str, boundary: str | None) -> None:
    """Refuse what would make a form's parser work without measure.

    Raises:
        BadRequest: too many fields, files or headers, a form inside a form, a
            multipart body without its end, or text that is not UTF-8.
    """
    if content_type == ContentType.MULTIPART:
        _check_multipart(body, f"--{boundary}".encode())
        return
    _refuse_too_many(fields=body.count(b"&") + 1, files=0)
    if content_type in ("", ContentType.FORM):
        _check_text(unquote_to_bytes(body))


def _check_multipart(body: bytes, delimiter: bytes) -> None:
    _, *parts = body.split(delimiter)
    if not parts or not parts.pop().startswith(b"--"):
        raise BadRequest("The form is cut short: its last boundary is missing")
    heads = [_HEAD_END.split(part.lstrip(b"\r\n"), 1)[0].lower() for part in parts]
    files = sum(1 for head in heads if _FILE_NAME.search(head))
    _refuse_too_many(len(parts), files)
    if any(map(_is_overgrown, heads)):
        raise BadRequest("A field of the form has too long a head, or is a form")
    for head, part in zip(heads, parts, strict=True):
        if not _FILE_NAME.search(head):
            _check_text(part)


def _check_text(text: bytes) -> None:
    """The parser would put a question mark for what it cannot read."""
    try:
        text.decode()
    except UnicodeDecodeError as error:
        raise BadRequest("The form is not valid UTF-8") from error


def _is_overgrown(head: bytes) -> bool:
    has_many_lines = head.count(b"\n") + head.count(b"\r") > 2 * MAX_PART_HEADERS
    return has_many_lines or len(head) > MAX_PART_HEAD_BYTES or b"multipart/" in head


def _refuse_too_many(fields: int, files: int) -> None:
    if fields > MAX_FORM_FIELDS or files > MAX_FORM_FILES:
        raise BadRequest(
            f"The form has {fields} fields and {files} files; "
            f"{MAX_FORM_FIELDS} and {MAX_FORM_FILES} are the most"
        )

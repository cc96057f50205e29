"""A value as it is typed: for each kind of column an input, and its text both ways."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum
from types import MappingProxyType
from typing import Any
from uuid import UUID

from roob.utils.json_util import JSONUtils

# 64 bits have 19 digits; a longer number would take its time.
_WHOLE = re.compile(r"[+-]?[0-9]{1,19}")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,6})?")
_UUID = re.compile("[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}")
_LONGEST_NUMBER = 1000  # characters


class FieldError(ValueError):
    """What was sent is no value of its column; the message is for who sent it."""


@dataclass(frozen=True)
class Input:
    """How one kind of values is typed: an element of a form, and both ways of text.

    ``read(text, python_type)`` raises ``FieldError`` for a text that is no value.
    ``is_text_in_json`` tells that JSON has no such values and keeps their texts.
    """

    kind: str
    read: Callable[[str, Any], Any]
    write: Callable[[Any], str] = str
    attributes: tuple[tuple[str, str], ...] = ()
    hint: str = ""
    is_text_in_json: bool = False
    complaint: Callable[[Any], str | None] = lambda _value: None
    choices: Callable[[Any], list[tuple[str, str]]] = lambda _python_type: []


def read_str(text: str, _kind: object) -> str:
    r"""A text as typed; browsers send every line end as ``\r\n`` (HTML 4.10.22.4)."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _read_int(text: str, _kind: object) -> int:
    if not _WHOLE.fullmatch(text.strip()):
        raise FieldError("has to be a whole number")
    return int(text)


def _read_number(text: str, kind: Callable[[str], Any]) -> Any:
    stripped = text.strip()
    if len(stripped) > _LONGEST_NUMBER or not _NUMBER.fullmatch(stripped):
        raise FieldError("has to be a number")
    return kind(stripped)


def _read_date(text: str, _kind: object) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise FieldError("has to be a date, such as 2030-12-31") from error


def _read_datetime(text: str, _kind: object) -> datetime:
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise FieldError(
            "has to be a date and a time, such as 2030-12-31T23:59"
        ) from error
    return found.replace(tzinfo=UTC) if found.utcoffset() is None else found


def _read_uuid(text: str, _kind: object) -> UUID:
    if not _UUID.fullmatch(text.strip()):
        raise FieldError(f"has to be a UUID, such as {UUID(int=7)}")
    return UUID(text.strip())


def _read_member(text: str, kind: type[Enum]) -> Enum:
    if text not in kind.__members__:
        raise FieldError(f"has to be one of {', '.join(kind.__members__)}")
    return kind[text]


def _read_json(text: str, _kind: object) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FieldError(f"is not JSON: {error}") from error


def _json_complaint(value: object) -> str | None:
    """Why it could not be shown again: it is too large a number, or too deep."""
    try:
        JSONUtils.encode(value)
    except (TypeError, ValueError, RecursionError):
        return "has a number that is too large, or too many levels"
    return None


def _read_truth(text: str, _kind: object) -> bool:
    if text not in ("1", "0"):
        raise FieldError("has to be yes or no")
    return text == "1"


def _write_datetime(value: datetime) -> str:
    # Browsers take three decimals of a second, and none where there are none.
    there = value.astimezone(UTC).replace(tzinfo=None)
    return there.isoformat(timespec="milliseconds" if there.microsecond else "seconds")


def _write_member(value: Enum) -> str:
    return value.name


def _write_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


def _write_truth(value: bool) -> str:
    return "1" if value else "0"


def _members(kind: type[Enum]) -> list[tuple[str, str]]:
    return [(name, label(name.lower())) for name in kind.__members__]


def label(name: str) -> str:
    """A name as people read it: ``"office_number" -> "Office number"``."""
    return name.replace("_", " ").strip().capitalize()


TEXT = Input("text", read_str)
LONG_TEXT = Input("textarea", read_str)
CHECKBOX = Input("checkbox", _read_truth, _write_truth)
# A truth that may be unknown: a checkbox has no third state.
MAYBE = Input(
    "select", _read_truth, _write_truth, choices=lambda _: [("1", "yes"), ("0", "no")]
)
REFERENCE = Input("select", read_str)

# A key is found by its very value, to its last digit and letter.
EXACT: Mapping[str, Input] = MappingProxyType(
    {
        "str": Input("text", lambda text, _kind: text),
        "datetime": Input(
            "text", _read_datetime, datetime.isoformat, is_text_in_json=True
        ),
    }
)

INPUTS: Mapping[str, Input] = MappingProxyType(
    {
        "str": TEXT,
        "bool": CHECKBOX,
        "int": Input("number", _read_int, attributes=(("step", "1"),)),
        "float": Input("number", _read_number, repr, (("step", "any"),)),
        "decimal": Input(
            "text",
            _read_number,
            attributes=(("inputmode", "decimal"),),
            is_text_in_json=True,
        ),
        "date": Input("date", _read_date, date.isoformat, is_text_in_json=True),
        "datetime": Input(
            "datetime-local",
            _read_datetime,
            _write_datetime,
            (("step", "any"),),
            "in UTC",
            is_text_in_json=True,
        ),
        "uuid": Input("text", _read_uuid, is_text_in_json=True),
        "enum": Input(
            "select",
            _read_member,
            _write_member,
            is_text_in_json=True,
            choices=_members,
        ),
        "json": Input(
            "textarea",
            _read_json,
            _write_json,
            hint="as JSON",
            complaint=_json_complaint,
        ),
    }
)
"""By the kind of a column. Bytes are not typed, and stay out of forms."""


def show(value: Any, written: str) -> str:
    """A value in a list: ``True -> "yes"``, None as a dash, else as it is written."""
    if value is None:
        return "—"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        there = value.astimezone(UTC).replace(tzinfo=None)
        return f"{there.isoformat(' ', 'seconds')} UTC"
    return label(value.name.lower()) if isinstance(value, Enum) else written

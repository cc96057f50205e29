"""A column as people meet it: its label, its input in a form, its text in a list."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from roob.orm.column import MISSING, Column, ForeignKey, PrimaryKey, Version
from roob.orm.expressions import Value
from roob.orm.table import Table, primary_key_of
from roob.scaffold.inputs import (
    CHECKBOX,
    EXACT,
    INPUTS,
    LONG_TEXT,
    MAYBE,
    REFERENCE,
    FieldError,
    Input,
    label,
    show,
)

_LONGEST_KEY = 255  # bytes of UTF-8 between two slashes of a path
_SECRET = re.compile("passw|(^|_)(secret|token|hash|salt|key|pin)(_|$)")


@dataclass(frozen=True, eq=False)
class Field:
    """One column of a table: ``Field(Employee, Employee.office_number, input)``."""

    table: type[Table]
    column: Column[Any]
    input: Input

    @property
    def name(self) -> str:
        """The column's name."""
        return self.column.name

    @property
    def label(self) -> str:
        """Its name as people read it: ``"Office number"``."""
        return label(self.name)

    @property
    def is_numeric(self) -> bool:
        """Whether lists show it at the right."""
        return self.column.kind.name in ("int", "float", "decimal")

    @property
    def order(self) -> Value | None:
        """What a list that goes by this field is sorted by; None where it cannot."""
        return None if self.column.kind.name == "json" else self.column

    @property
    def is_sortable(self) -> bool:
        """Whether a list can be in its order."""
        return self.order is not None

    @property
    def is_searched(self) -> bool:
        """Whether a search looks into it."""
        return self.column.kind.name == "str"

    @property
    def may_be_blank(self) -> bool:
        """Whether no letters are a text here, as the column's default is one."""
        return self.column.default == ""

    @property
    def is_required(self) -> bool:
        """Whether something has to be typed."""
        is_said = self.input is CHECKBOX or self.may_be_blank
        return not (self.column.nullable or is_said)

    @property
    def default(self) -> Any:
        """What a new row has; None where that is to be given."""
        found = self.column.default
        if found is MISSING:
            return None
        return found() if callable(found) else found

    @property
    def has_default(self) -> bool:
        """Whether a new row has a value that nobody gave, None among them."""
        return self.column.nullable or self.column.default is not MISSING

    @property
    def choices(self) -> list[tuple[str, str]]:
        """What may be chosen, value and words, as far as the column knows."""
        return self.input.choices(self.column.python_type)

    def read(self, text: str) -> Any:
        """The value that was typed: ``"7" -> 7``; nothing typed is None.

        Raises:
            FieldError: the column does not take it.
        """
        is_nothing = text == "" and not self.may_be_blank
        value = None if is_nothing else self.input.read(text, self.column.python_type)
        return self.checked(value)

    def read_json(self, value: Any) -> Any:
        """The value that JSON stands for: ``"2030-12-31" -> date(2030, 12, 31)``.

        Raises:
            FieldError: the column does not take it.
        """
        if isinstance(value, str) and self.input.is_text_in_json:
            value = self.input.read(value, self.column.python_type)
        return self.checked(value)

    def checked(self, value: Any) -> Any:
        """The value itself, where the column takes it.

        Raises:
            FieldError: it does not.
        """
        if value is None and self.column.nullable:
            return None
        if value is None or (value == "" and self.is_searched and self.is_required):
            raise FieldError("has to be given")
        complaint = self.complaint(value)
        if complaint:
            raise FieldError(complaint)
        return value

    def complaint(self, value: Any) -> str | None:
        """Why a value cannot be here; None where it can."""
        said = self.column.kind.complaint(value, self.column.python_type)
        return said or self.input.complaint(value)

    def write(self, value: Any) -> str:
        """The text of a value in a form, which reads as the same value again."""
        return "" if value is None else self.input.write(value)

    def shown(self, row: Table) -> str:
        """The text of a row's value in a list: ``"Ada"``, ``"yes"``, ``"—"``."""
        value = vars(row)[self.name]
        return show(value, self.write(value))

    def plain(self, row: Table) -> Any:
        """A row's value as JSON has it."""
        value = vars(row)[self.name]
        return self.write(value) if self.input is INPUTS["enum"] and value else value


class KeyField(Field):
    """The key, where it is typed: it has to stand in a URL."""

    def complaint(self, value: Any) -> str | None:
        """Why a value can be no key; None where it can."""
        text = str(value)
        if "/" in text:
            return "has a slash, which no address can have"
        if len(text.encode(errors="replace")) > _LONGEST_KEY:
            return f"has more than {_LONGEST_KEY} bytes"
        return super().complaint(value)


class ReferenceField(Field):
    """A column that keeps a row of another table; its text is that row's key."""

    is_numeric = False
    is_searched = False
    may_be_blank = False
    default = None
    choices: list[tuple[str, str]] = []  # noqa: RUF012 - only a database knows them

    @property
    def has_default(self) -> bool:
        """Whether it may be left out."""
        return self.column.nullable

    @property
    def target(self) -> type[Table]:
        """The other table."""
        found: type[Table] = self.column.referenced()  # type: ignore[attr-defined]
        return found

    @property
    def key(self) -> Field:
        """The other table's key, as it is read and written."""
        return key_of(self.target)

    @property
    def order(self) -> Value:
        """What the other row is called."""
        reference = getattr(self.table, self.name)
        found: Value = getattr(reference, label_name(self.target) or self.key.name)
        return found

    def read(self, text: str) -> Any:
        """The key that was chosen; nothing chosen is None."""
        return self._checked_key(None if text == "" else self.key.read(text))

    def read_json(self, value: Any) -> Any:
        """The key that was sent."""
        return self._checked_key(None if value is None else self.key.read_json(value))

    def _checked_key(self, key: Any) -> Any:
        if key is None and not self.column.nullable:
            raise FieldError("has to be chosen")
        return key

    def write(self, value: Any) -> str:
        """The key of a row, or of what :meth:`read` gave."""
        key = primary_key_of(value) if isinstance(value, Table) else value
        return self.key.write(key)

    def shown(self, row: Table) -> str:
        """What the other row is called."""
        other = vars(row)[self.name]
        return show(None, "") if other is None else label_of(other)

    def plain(self, row: Table) -> Any:
        """The other row's key."""
        other = vars(row)[self.name]
        return None if other is None else self.key.plain(other)


def fields_of(
    table: type[Table], names: Sequence[str] = (), long_texts: Sequence[str] = ()
) -> list[Field]:
    """The columns that people see, in the order of ``names``, or all in their own.

    Without what the database sets by itself, a numbered key and a version, and what
    cannot be typed.

    Raises:
        UnknownColumnError: a name is no column.
    """
    schema = table.__schema__
    schema.refuse_unknown([*names, *long_texts])
    columns = [schema.by_name[name] for name in names] or schema.columns
    found = [_field(table, c, long_texts) for c in columns if not _is_kept_for_us(c)]
    return [field for field in found if field is not None]


def key_of(table: type[Table]) -> Field:
    """A table's key as a field.

    Raises:
        TypeError: it is of bytes, which nobody types.
    """
    column = table.__schema__.primary_key
    if column.kind.name not in INPUTS:
        raise TypeError(f"{column.label} is of bytes, which stand in no address")
    found = EXACT.get(column.kind.name, INPUTS[column.kind.name])
    return Field(table, column, found)


def _field(
    table: type[Table], column: Column[Any], long_texts: Sequence[str]
) -> Field | None:
    if isinstance(column, ForeignKey):
        return ReferenceField(table, column, REFERENCE)
    if isinstance(column, PrimaryKey):
        return KeyField(table, column, key_of(table).input)
    found = LONG_TEXT if column.name in long_texts else INPUTS.get(column.kind.name)
    if found is CHECKBOX and column.nullable:
        found = MAYBE
    return None if found is None else Field(table, column, found)


def _is_kept_for_us(column: Column[Any]) -> bool:
    is_numbered = isinstance(column, PrimaryKey) and column.auto_increment
    return is_numbered or isinstance(column, Version)


def label_name(table: type[Table], among: Sequence[str] = ()) -> str | None:
    """The column that tells a row best: its name, its title, else its first text.

    Only one of ``among``, where some are given, and none that may be a secret.
    """
    columns = [c for c in table.__schema__.columns if not isinstance(c, ForeignKey)]
    texts = [c.name for c in columns if c.kind.name == "str"]
    known = [n for n in texts if n in (among or texts) and not _SECRET.search(n)]
    usual = [name for name in ("name", "title", "label") if name in known]
    return next(iter([*usual, *known]), None)


def label_of(row: Table, among: Sequence[str] = ()) -> str:
    """What a row is called: by its ``__str__``, by a text of it, or by its key."""
    kind = type(row)
    if kind.__str__ is not Table.__str__:
        return str(row)
    name = label_name(kind, among)
    text = str(vars(row).get(name) or "").strip() if name else ""
    return text or f"{kind.__name__} {primary_key_of(row)}"

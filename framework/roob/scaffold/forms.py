"""A row's form: what a page shows to be typed, and what came back from it.

A form is made for one request, blank or of a row; ``fill`` gives it what was sent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from roob.orm.table import Table
from roob.scaffold.fields import Field, ReferenceField
from roob.scaffold.inputs import CHECKBOX, FieldError

Choices = Mapping[str, Sequence[tuple[str, str]] | None]


@dataclass
class FormField:
    """One field on a page: its text as it was typed, and what is wrong with it."""

    field: Field
    rows: Sequence[tuple[str, str]]
    usual_kind: str
    value: str = ""
    error: str = ""
    current: str = ""

    @property
    def name(self) -> str:
        """What the browser sends it as."""
        return self.field.name

    @property
    def label(self) -> str:
        """What people read beside it."""
        return self.field.label

    @property
    def kind(self) -> str:
        """Which element it is: the usual one, unless it could not show the value."""
        if self.usual_kind == "text" and ("\n" in self.value or "\r" in self.value):
            return "textarea"
        # A browser leaves one of these empty where the value is none of its kind.
        is_strict = self.usual_kind in ("number", "date", "datetime-local")
        is_lost = is_strict and self.error and self.value
        return "text" if is_lost else self.usual_kind

    @property
    def hint(self) -> str:
        """What helps to type it; empty where nothing needs saying."""
        return self.field.input.hint

    @property
    def attributes(self) -> Mapping[str, str]:
        """Further attributes of its element: ``{"step": "any"}``."""
        return dict(self.field.input.attributes)

    @property
    def is_required(self) -> bool:
        """Whether something has to be typed."""
        return self.field.is_required

    @property
    def is_checked(self) -> bool:
        """Whether a checkbox is on."""
        return self.value == "1"

    @property
    def choices(self) -> list[tuple[str, str]]:
        """What may be chosen, value and words; nothing too, unless it has to be."""
        found = [*(self.rows or self.field.choices)]
        is_chosen = any(value == self.value for value, _ in found)
        return found if is_chosen and self.is_required else [("", "—"), *found]


class Form:
    """The fields of one row: ``Form(fields, action="/employees/")``.

    ``values`` are what was understood of what was sent, ``errors`` the rest, and
    ``fixed`` what a new row has besides.
    """

    def __init__(
        self,
        fields: Sequence[Field],
        choices: Choices,
        *,
        action: str,
        method: str = "",
        revision: str = "",
        fixed: Mapping[str, Any] | None = None,
    ) -> None:
        self.fields = [_form_field(field, choices) for field in fields]
        self.action = action
        self.method = method
        self.revision = revision
        self.fixed = fixed or {}
        self.error = ""
        self.is_stale = False
        self.values: dict[str, Any] = {}

    @property
    def errors(self) -> dict[str, str]:
        """What is wrong, by the names of the fields."""
        return {field.name: field.error for field in self.fields if field.error}

    @property
    def has_errors(self) -> bool:
        """Whether anything is wrong."""
        return bool(self.error or self.errors)

    def show(self, row: Table | None) -> None:
        """Put a row's values into the fields; None stands for a new row."""
        for each in self.fields:
            value = each.field.default if row is None else vars(row)[each.name]
            each.value = each.field.write(value)

    def fill(
        self,
        sent: Mapping[str, Any],
        row: Table | None = None,
        *,
        is_partial: bool = False,
    ) -> None:
        """Take what a form sent; a text that means the row's value changes nothing.

        So a value that a form shows less exactly than it is, such as a time's last
        digits, stays as it is. Partially, what was not sent stays too.
        """
        if is_partial:
            self.show(row)
        for each in self.fields:
            if is_partial and each.name not in sent:
                continue
            # A checkbox that is off sends nothing (HTML 4.10.22.4).
            absent = "0" if each.field.input is CHECKBOX else ""
            each.value = str(sent.get(each.name, absent))
            shown = None if row is None else each.field.write(vars(row)[each.name])
            if shown is None or not _is_same(each, shown):
                self._take(each, each.field.read, each.value)

    def fill_plain(self, sent: Mapping[str, Any], *, is_partial: bool) -> None:
        """Take what a program sent, as JSON; partially, what is missing stays.

        Of a new row, what is missing is as the column has it by default.
        """
        for each in self.fields:
            if each.name in sent:
                self._take(each, each.field.read_json, sent[each.name])
            elif not is_partial and each.field.has_default:
                self.values[each.name] = each.field.default
            elif not is_partial:
                each.error = "has to be given"

    def _take(self, each: FormField, read: Any, given: Any) -> None:
        try:
            self.values[each.name] = read(given)
        except FieldError as error:
            each.error = str(error)

    def refuse(self, name: str, message: str) -> None:
        """Say what is wrong with a field; of a name that is no field, with the form."""
        for each in self.fields:
            if each.name == name:
                each.error = each.error or message
                return
        self.error = self.error or message

    def mark_stale(self, row: Table, revision: str) -> None:
        """Show beside the fields what another has stored meanwhile.

        Sent once more, the form writes over it.
        """
        self.is_stale = True
        self.revision = revision
        for each in self.fields:
            if not _is_same(each, each.field.write(vars(row)[each.name])):
                each.current = each.field.shown(row) or "—"


def _form_field(field: Field, choices: Choices) -> FormField:
    rows = choices.get(field.name, ())
    if rows is None and isinstance(field, ReferenceField):
        return FormField(field, (), field.key.input.kind)  # too many: the key is typed
    return FormField(field, rows or (), field.input.kind)


def _is_same(each: FormField, shown: str) -> bool:
    """Whether a text means what the form had shown; browsers write some anew."""
    if each.value == shown:
        return True
    try:
        typed, meant = each.field.read(each.value), each.field.read(shown)
    except FieldError:
        return False
    return each.field.write(typed) == each.field.write(meant)

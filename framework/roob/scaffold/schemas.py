"""A table's rows as JSON Schema, and what its collection answers, for the document."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from roob.constants import FORM_TYPES, ContentType
from roob.formats import Format
from roob.openapi.describe import Answer, Schema
from roob.orm.table import Table
from roob.scaffold.fields import Field, ReferenceField, fields_of, key_of

Json = dict[str, Any]
Responses = dict[int, Any]

# By the kind of a column, as JSON has its values.
_KINDS: Mapping[str, Json] = MappingProxyType(
    {
        "str": {"type": "string"},
        "bool": {"type": "boolean"},
        "int": {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1},
        "float": {"type": "number"},
        "decimal": {"type": "string", "description": "A decimal number"},
        "date": {"type": "string", "format": "date"},
        "datetime": {"type": "string", "format": "date-time"},
        "uuid": {"type": "string", "format": "uuid"},
        "json": {},
    }
)
_PAGE_NUMBERS = {
    name: {"type": "integer", "minimum": least}
    for name, least in (("page", 1), ("pages", 1), ("total", 0), ("size", 1))
}
# What a page shows is HTML; what it says of errors, too.
_HTML = "text/html"
_TAG = {"ETag": "The row's version, for If-Match"}
_STALE = "It is another than If-Match says"
_IF_MATCH = Schema({"properties": {"If-Match": {"type": "string"}}})
_REFUSED = Schema(
    {
        "type": "object",
        "description": "Which values are refused, and why.",
        "properties": {
            "message": {"type": "string"},
            "errors": {"type": "object", "additionalProperties": {"type": "string"}},
        },
        "required": ["message", "errors"],
    },
    "RefusedRow",
)


def schema_of(field: Field) -> Json:
    """One column: ``{"type": "string", "format": "date"}``, or null where it may be."""
    if isinstance(field, ReferenceField):
        return _or_null(schema_of(field.key), field.column.nullable)
    kind = field.column.kind.name
    names = [value for value, _ in field.choices] if kind == "enum" else []
    found: Json = dict(_KINDS.get(kind, {}))
    if names:
        found = {"type": "string", "enum": names}
    return _or_null(found, field.column.nullable)


def _or_null(schema: Json, is_nullable: bool) -> Json:
    is_open = not schema
    if is_open or not is_nullable:
        return schema
    return {"anyOf": [schema, {"type": "null"}]}


class RowSchemas:
    """What is sent of a table's rows, and what is had of them."""

    def __init__(self, table: type[Table], fields: Sequence[Field]) -> None:
        self._name = table.__name__
        self._fields = fields
        self._key = key_of(table)
        self._version = table.__schema__.version

    @property
    def row(self) -> Schema:
        """A row as it is had: its key, its columns and its version."""
        properties = {self._key.name: schema_of(self._key), **self._columns()}
        if self._version is not None:
            properties[self._version.name] = {"type": "integer"}
        return _object(self._name, properties, [*properties])

    @property
    def new(self) -> Schema:
        """A row as it is sent to be made."""
        required = [each.name for each in self._fields if not each.has_default]
        return _object(f"New{self._name}", self._columns(), required)

    @property
    def changed(self) -> Schema:
        """A part of a row; what is missing stays as it is."""
        properties = self._columns()
        if self._version is not None:
            properties[self._version.name] = {"type": "integer"}
        return _object(f"Changed{self._name}", properties, [])

    @property
    def page(self) -> Schema:
        """A page of rows."""
        items = {"type": "array", "items": self.row}
        properties = {"items": items, **_PAGE_NUMBERS}
        return _object(f"{self._name}Page", properties, [*properties])

    @property
    def query(self) -> Schema:
        """What the URL of a list may ask for."""
        names = [each.name for each in self._fields if each.is_sortable]
        orders = [f"{sign}{name}" for name in names for sign in ("", "-")]
        asked: Json = {"page": {"type": "integer", "minimum": 1, "default": 1}}
        if orders:
            asked["sort"] = {"type": "string", "enum": orders}
        if any(each.is_searched for each in self._fields):
            asked["q"] = {"type": "string", "maxLength": 100}
        return Schema({"properties": asked})

    def _columns(self) -> Json:
        return {each.name: schema_of(each) for each in self._fields}


def _object(name: str, properties: Json, required: list[str]) -> Schema:
    found: Json = {"type": "object", "properties": properties}
    return Schema({**found, "required": required} if required else found, name)


def described(
    table: type[Table],
    columns: Sequence[str],
    long_texts: Sequence[str],
    formats: Sequence[Format],
    member: str,
) -> Mapping[str, Any]:
    """What ``roob.openapi.describe`` is told of a member of a table's collection."""
    rows = RowSchemas(table, fields_of(table, columns, long_texts))
    about = _Members(rows, formats)
    found: Mapping[str, Any] = getattr(about, member, dict)()
    return found


class _Members:
    """What is said of each member, by its name."""

    def __init__(self, rows: RowSchemas, formats: Sequence[Format]) -> None:
        self._rows = rows
        self._reads_forms = any(form.is_page for form in formats)
        self._reads_json = any(ContentType.JSON in form.read_types for form in formats)

    def list(self) -> Json:
        """One page of the rows."""
        responses = {200: self._rows.page, 400: "There is no such page or order"}
        return {"query": self._rows.query, "responses": responses}

    def retrieve(self) -> Json:
        """One row."""
        row = Answer(self._rows.row, "The row", {}, _TAG)
        return {"responses": {200: row, 404: "There is no such row"}}

    def create(self) -> Json:
        """A new row."""
        made = Answer(self._rows.row, "The row", {"Location": "Where it is", **_TAG})
        responses: Responses = {201: made} if self._reads_json else {}
        return self._change(self._rows.new, responses)

    def update(self) -> Json:
        """A row, changed."""
        row = Answer(self._rows.row, "The row as it is now", {}, _TAG)
        responses: Responses = {200: row} if self._reads_json else {}
        found = self._change(self._rows.changed, responses | self._refusals())
        return {**found, "headers": _IF_MATCH}

    def delete(self) -> Json:
        """A row, gone."""
        responses: Responses = {204: "It is gone", **self._refusals(), **self._led_on()}
        return {"headers": _IF_MATCH, "responses": responses}

    def get_create_form(self) -> Json:
        """A form; without pages there is none."""
        return {} if self._reads_forms else {"hidden": True}

    def get_edit_form(self) -> Json:
        """The form of a row that is there."""
        return {**self.get_create_form(), "responses": {404: "There is no such row"}}

    get_delete_form = get_edit_form

    def _change(self, row: Schema, responses: Responses) -> Json:
        body: Json = {ContentType.JSON.value: row} if self._reads_json else {}
        if self._reads_forms:
            body |= {each: Schema({"type": "object"}) for each in FORM_TYPES}
        refused = self._refused("Some values are wrong")
        responses = {**responses, **self._led_on(), 422: refused}
        return {"body": body, "responses": responses}

    def _led_on(self) -> Responses:
        """Browsers are led to the page of what they changed."""
        led_on = Answer(None, "For forms: what to look at", {"Location": "Where it is"})
        return {303: led_on} if self._reads_forms else {}

    def _refusals(self) -> Responses:
        stale = self._refused("It was changed meanwhile, or something refers to it")
        return {404: "There is no such row", 409: stale, 412: _STALE}

    def _refused(self, why: str) -> Answer:
        content: Json = {ContentType.JSON.value: _REFUSED} if self._reads_json else {}
        return Answer(content | ({_HTML: str} if self._reads_forms else {}), why)

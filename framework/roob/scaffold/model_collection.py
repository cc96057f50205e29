"""A collection whose things are the rows of a table: pages, forms and JSON of them.

A request comes here from ``collection``; its members read and write rows in one
transaction each.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from importlib import import_module
from typing import Any, ClassVar, Generic, TypeVar

from roob.collection import Collection
from roob.constants import HttpStatus, Status
from roob.exceptions import BadRequest, ResponseError, UnsupportedMediaType
from roob.formats import Content, Format, Html, Json
from roob.models.responses import JSONResponse, Response
from roob.orm.column import PrimaryKey
from roob.orm.database import Database
from roob.orm.selection import Query
from roob.orm.table import Table, primary_key_of
from roob.scaffold.fields import (
    Field,
    ReferenceField,
    fields_of,
    key_of,
    label_name,
    label_of,
)
from roob.scaffold.forms import Choices, Form
from roob.scaffold.inputs import FieldError
from roob.scaffold.listing import Listing
from roob.scaffold.writing import is_deleted, is_saved, revision_of

Row = TypeVar("Row", bound=Table)
Other = TypeVar("Other", bound=Table)

REVISION = "_revision"
MOST_CHOICES = 500  # rows of another table that a select offers; else a key is typed

_WORD_ENDS = re.compile("(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|_+")


class ModelCollection(Collection, Generic[Row]):
    """A table's rows as a RESTful collection, with its forms.

    ::

        class EmployeesCollection(ModelCollection[Employee]):
            table = Employee
            db = db

    ``columns`` chooses which columns are seen and written, ``long_texts`` which of
    them are typed into several lines. ``rows`` and ``fixed`` narrow the collection to
    a part of the table. A second collection of the same table may have other
    ``formats``: ``(Json(),)``, ``(Atom(...),)``.
    """

    table: type[Row]
    db: Database
    columns: ClassVar[Sequence[str]] = ()
    long_texts: ClassVar[Sequence[str]] = ()
    page_size: ClassVar[int] = 20
    formats: ClassVar[Sequence[Format]] = (Html(), Json())

    @classmethod
    def described(cls, member: str) -> Mapping[str, Any]:
        """What an API's document can say of a member: by the table's columns."""
        # Late: apps that nobody asks for their document start without it.
        schemas = import_module("roob.scaffold.schemas")
        found: Mapping[str, Any] = schemas.described(
            cls.table, cls.columns, cls.long_texts, cls.formats, member
        )
        return found

    # Which rows there are.

    def rows(self) -> Query[Row]:
        """The rows of this collection: all, by their keys, unless it is overridden.

        ``return super().rows().where(Comment.post == self.parent(Post, "post"))``
        """
        return self.db.query(self.table)

    def fixed(self) -> Mapping[str, Any]:
        """What each row has that is created here, and no form asks for; nothing.

        ``return {"post": self.parent(Post, "post")}``
        """
        return {}

    def parent(self, table: type[Other], name: str) -> Other:
        """The row that a field of the path speaks of: ``self.parent(Post, "post")``.

        Raises:
            ResponseError: 404, there is none.
        """
        key = self.parameters[name]
        row = self.db.query(table).where(key_of(table).column == key).first()
        if row is None:
            raise ResponseError(f"{title_of(table)} {key} does not exist", 404)
        return row

    def find(self, id: str) -> Row:
        """The row of a key as it stands in a URL.

        Raises:
            ResponseError: 404, there is none in this collection.
        """
        try:
            value = self.key.read(id)
        except FieldError as error:
            raise self._not_found(id) from error
        row = self.rows().where(self.key.column == value).first()
        if row is None:
            raise self._not_found(id)
        return row

    def _not_found(self, id: str) -> ResponseError:
        return ResponseError(f"{self.title_of_one} {id} does not exist", 404)

    # The members: what the URLs answer.

    def list(self) -> dict[str, Any]:
        """One page of the rows, sorted and searched as the URL asks.

        A page behind the last one is the last one.
        """
        listing = Listing.read(self.address(), self.request.GET, self.fields)
        query = self.rows().where(*listing.conditions())
        total, size = query.count(), self.page_size
        pages = max(1, -(-total // size))
        page = min(listing.page, pages)
        if listing.sort:
            query = query.order_by(*listing.order())
        return {
            "rows": query.limit(size).offset((page - 1) * size).all(),
            "page": page,
            "pages": pages,
            "total": total,
            "size": size,
            "q": listing.q,
            "can_search": listing.can_search,
            "listing": listing,
        }

    def retrieve(self, id: str) -> Response:
        """One row."""
        return self._show(self.find(id))

    def create(self) -> Response:
        """A new row; a browser is then led to it."""
        sent = self._sent()
        return self.db.run_transaction(lambda: self._create(sent))

    def update(self, id: str) -> Response:
        """Change a row, unless another has done so since it was read."""
        sent = self._sent()
        return self.db.run_transaction(lambda: self._update(id, sent))

    def delete(self, id: str) -> Response:
        """Remove a row, unless another has changed it or something refers to it."""
        sent = self.speaker.read(self.request) if self.request.body else {}
        return self.db.run_transaction(lambda: self._delete(id, sent))

    def get_create_form(self) -> dict[str, Any]:
        """The form of a new row."""
        form = self._form(None)
        form.show(None)
        return {"form": form}

    def get_edit_form(self, id: str) -> dict[str, Any]:
        """The form of a row."""
        row = self.find(id)
        form = self._form(row)
        form.show(row)
        return {"form": form, "row": row}

    def get_delete_form(self, id: str) -> dict[str, Any]:
        """The question whether to delete a row."""
        row = self.find(id)
        return {"form": self._delete_form(row), "row": row}

    # How rows are changed, each time in a transaction that may be run again.

    def _create(self, sent: Content) -> Response:
        form = self._form(None)
        self._fill(form, sent, None)
        if form.has_errors:
            return self._refuse("get_create_form", form)
        row = self.table(**form.values, **form.fixed)
        if not is_saved(self.db, row, form):
            return self._refuse("get_create_form", form)
        address = self.address_of(row)
        if self.speaker.is_page:
            return _see_other(address)
        return self._show(self._stored(row), HttpStatus.CREATED, {"Location": address})

    def _update(self, id: str, sent: Content) -> Response:
        row = self.find(id)
        form = self._form(row)
        self._fill(form, sent, row)
        if self._is_stale(row, sent):
            form.mark_stale(row, revision_of(row))
            return self._refuse("get_edit_form", form, row, HttpStatus.CONFLICT)
        if form.has_errors:
            return self._refuse("get_edit_form", form, row)
        for name, value in form.values.items():
            setattr(row, name, value)
        if not is_saved(self.db, row, form):
            return self._refuse("get_edit_form", form, self.find(id))
        if self.speaker.is_page:
            return _see_other(self.address_of(row))
        return self._show(self._stored(row))

    def _delete(self, id: str, sent: Content) -> Response:
        row = self.find(id)
        form = self._delete_form(row)
        if self._is_stale(row, sent):
            form.refuse("", "It was changed meanwhile: this is how it is now")
        elif not is_deleted(self.db, row):
            form.refuse("", "It cannot be deleted: something else refers to it")
        if form.has_errors:
            return self._refuse("get_delete_form", form, row, HttpStatus.CONFLICT)
        if self.speaker.is_page:
            return _see_other(self.address())
        return Response(None, HttpStatus.NO_CONTENT)

    def _stored(self, row: Row) -> Row:
        """The row as it will be read: ``1`` in a column of floats is ``1.0`` there."""
        return self.db.get_by_id(self.table, primary_key_of(row))

    # What a client sent, and what it is answered.

    @property
    def speaker(self) -> Format:
        """Who reads a change and answers it: by the type of its body, or by ``Accept``.

        Raises:
            UnsupportedMediaType: no format of this collection reads it.
            ResponseError: 404 or 406, none is the one that is asked for.
        """
        if not self.request.body:
            return self.asked_for("retrieve", self.formats)
        media_type = self.request.content_type
        found = next((f for f in self.formats if f.reads(media_type)), None)
        if found is None:
            types = ", ".join(name for f in self.formats for name in f.read_types)
            raise UnsupportedMediaType(f"{media_type} is not read here; send {types}")
        return found

    def _sent(self) -> Content:
        if not self.request.body:
            raise BadRequest("There is nothing in the request's body")
        return self.speaker.read(self.request)

    def _form(self, row: Row | None) -> Form:
        fixed = self.fixed()
        fields = [field for field in self.fields if field.name not in fixed]
        if row is None:
            choices = self._choices(fields)
            return Form(fields, choices, action=self.address(), fixed=fixed)
        changed = [f for f in fields if not isinstance(f.column, PrimaryKey)]
        return Form(
            changed,
            self._choices(changed),
            action=self.address_of(row),
            method="PUT",
            revision=revision_of(row),
            fixed=fixed,
        )

    def _delete_form(self, row: Row) -> Form:
        return Form(
            (),
            {},
            action=self.address_of(row),
            method="DELETE",
            revision=revision_of(row),
        )

    def _choices(self, fields: Sequence[Field]) -> Choices:
        references = [field for field in fields if isinstance(field, ReferenceField)]
        return {field.name: self.choices(field) for field in references}

    def candidates(self, field: ReferenceField) -> Query[Any]:
        """Which rows a reference may be to: all of its table, unless it is overridden.

        Forms offer them, and nothing else is taken, from a form or as JSON.
        """
        return self.db.query(field.target)

    def choices(self, field: ReferenceField) -> Sequence[tuple[str, str]] | None:
        """What a form offers of them, key and words; None where that is too many."""
        query = self.candidates(field).bare().limit(MOST_CHOICES + 1)
        name = label_name(field.target)
        found = query.order_by(field.target.__schema__.by_name[name]) if name else query
        rows = found.all()
        if len(rows) > MOST_CHOICES:
            return None
        return [(field.write(row), label_of(row)) for row in rows]

    def _fill(self, form: Form, sent: Content, row: Row | None) -> None:
        is_partial = self.request.method == "PATCH"
        if self.speaker.is_page:
            form.fill(sent, row, is_partial=is_partial)
        else:
            self._refuse_unknown(form, sent, row)
            form.fill_plain(sent, is_partial=is_partial)
        self._find_references(form)

    def _refuse_unknown(self, form: Form, sent: Content, row: Row | None) -> None:
        """Refuse what is no field; what the address says may be said again."""
        given = self._given(form.fixed, row)
        known = {each.name for each in form.fields} | {*given, *self._managed(row)}
        unknown = ", ".join(sorted(set(sent) - known))
        if unknown:
            form.refuse("", f"There is no {unknown} here")
        for name, text in given.items():
            if name in sent and str(sent[name]) != text:
                form.refuse("", f"{name} is given by the address")

    def _given(self, fixed: Mapping[str, Any], row: Row | None) -> Mapping[str, str]:
        """What the address says of a row: what is fixed, and its key."""
        given = {f.name: f.write(fixed[f.name]) for f in self.fields if f.name in fixed}
        if row is None:
            return given
        return {**given, self.key.name: self.key.write(primary_key_of(row))}

    def _managed(self, row: Row | None) -> Sequence[str]:
        version = self.table.__schema__.version
        return [] if row is None or version is None else [version.name]

    def _find_references(self, form: Form) -> None:
        """Put the rows that were chosen in place of their keys."""
        for each in form.fields:
            key = form.values.get(each.name)
            if not isinstance(each.field, ReferenceField) or key is None:
                continue
            column = each.field.key.column
            found = self.candidates(each.field).where(column == key).first()
            form.values[each.name] = found
            if found is None:
                form.refuse(each.name, "is not there, or not any more")

    def _is_stale(self, row: Row, sent: Content) -> bool:
        """Whether the row is another than the client has read, as far as it says.

        Raises:
            ResponseError: 412, it is by ``If-Match`` (RFC 9110 13.1.1).
        """
        now, version = revision_of(row), self.table.__schema__.version
        if now not in self.request.if_match:
            raise ResponseError(
                "It is another than If-Match says", HttpStatus.PRECONDITION_FAILED
            )
        read = [sent.get(REVISION), sent.get(version.name) if version else None]
        return any(str(each) != now for each in read if each not in (None, ""))

    def _show(
        self,
        row: Row,
        status: Status = HttpStatus.OK,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """A row, in the format of what was sent or asked for."""
        is_change = self.request.method not in ("GET", "HEAD")
        speaker = self.speaker if is_change else None
        response = self.render("retrieve", {"row": row}, status, headers, speaker)
        if response.content_type != "text/html":
            response.headers["ETag"] = f'"{revision_of(row)}"'
        return response

    def _refuse(
        self,
        member: str,
        form: Form,
        row: Row | None = None,
        status: Status = HttpStatus.UNPROCESSABLE_CONTENT,
    ) -> Response:
        """The form with what is wrong; for programs the messages alone."""
        if self.speaker.is_page:
            content = {"form": form, "row": row}
            return self.render(member, content, status, None, self.speaker)
        stale = "It was changed meanwhile" if form.is_stale else ""
        message = form.error or stale or "Some values are wrong"
        return JSONResponse({"message": message, "errors": form.errors}, status)

    # What formats and templates ask for.

    @property
    def title_of_one(self) -> str:
        """What one thing is called: ``"Blog post"``."""
        return title_of(self.table)

    @cached_property
    def fields(self) -> Sequence[Field]:
        """The columns that are seen."""
        return fields_of(self.table, self.columns, self.long_texts)

    @cached_property
    def key(self) -> Field:
        """The table's key."""
        return key_of(self.table)

    def address_of(self, row: Row, noun: str = "") -> str:
        """A row's path: ``"/employees/7"``, ``"/employees/7;edit_form"``."""
        return self.address(self.key.write(primary_key_of(row)), noun)

    def label_of(self, row: Row) -> str:
        """What a row is called, by what is seen of it."""
        return label_of(row, [field.name for field in self.fields])

    def has_data(self, member: str) -> bool:
        """Rows and lists of them are data; forms are not."""
        return member in ("list", "retrieve")

    def data(self, member: str, content: Content) -> Any:
        """A row as an object, a list as ``{"items": [...], "page": 1, ...}``."""
        if member == "retrieve":
            return self.plain(content["row"])
        numbers = {name: content[name] for name in ("page", "pages", "total", "size")}
        return {"items": [self.plain(row) for row in content["rows"]], **numbers}

    def plain(self, row: Row) -> dict[str, Any]:
        """A row's key, the columns that are seen, and its version."""
        schema = self.table.__schema__
        found = {self.key.name: self.key.plain(row)}
        found |= {field.name: field.plain(row) for field in self.fields}
        if schema.version is not None:
            found[schema.version.name] = vars(row)[schema.version.name]
        return found


def title_of(table: type[Table]) -> str:
    """What one row is called: ``BlogPost -> "Blog post"``."""
    return _WORD_ENDS.sub(" ", table.__name__).strip().capitalize()


def _see_other(address: str) -> Response:
    """303: a browser gets that page, and reloading it sends nothing twice."""
    return Response(None, HttpStatus.SEE_OTHER, {"Location": address})

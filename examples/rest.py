"""A REST API with the ORM on SQLite: a router in a gateway, behind bearer tokens.

Run it, and ask it::

    python -m examples.rest notes.sqlite        # PORT=9000 for another port
    curl -H 'Authorization: Bearer secret' http://127.0.0.1:8000/notes \
        -d '{"title": "Milk", "text": "two litres"}'
    curl -H 'Authorization: Bearer secret' http://127.0.0.1:8000/notes/1

The resource is a class that knows its routes; the chain decides who may ask, and what
the ORM's exceptions become.
"""

import hmac
import os
import sys
from collections.abc import Iterable
from typing import Any

from roob import Router, route
from roob.dispatchers import keyword
from roob.exceptions import BadRequest, ResponseError
from roob.gateway import (
    Gateway,
    HandlerChain,
    RequestContext,
    RouterHandler,
    WsgiGateway,
)
from roob.gateway.response import ChainResponse
from roob.models.requests import Request
from roob.orm.column import Column, PrimaryKey
from roob.orm.database import Database
from roob.orm.db_factory import DatabaseFactory, Dialect
from roob.orm.exceptions import InvalidValueError, RecordNotFound, UniqueError
from roob.orm.table import Table
from roob.server import run

FIELDS = {"title", "text"}

# In words of the API's own: an exception's are for developers, with SQL in them.
ANSWERS = {
    RecordNotFound: ("There is no such note", 404),
    InvalidValueError: ("A note's title and text are texts", 400),
    UniqueError: ("Another note has that title", 409),
}


class Note(Table):
    """One note; titles are all different."""

    id = PrimaryKey(int, auto_increment=True)
    title = Column(str, unique=True)
    text = Column(str, default="")


class Notes:
    """``/notes`` and ``/notes/1``: ``router.add(Notes(db))``."""

    def __init__(self, db: Database) -> None:
        self._db = db

    @route("/notes", methods=["GET"])
    def read_all(self, _request: Request) -> list[Note]:
        """All notes."""
        return self._db.get_all(Note)

    @route("/notes", methods=["POST"])
    def create(self, request: Request) -> tuple[Note, int, dict[str, str]]:
        """A new note, and where it is."""
        note = Note(**fields_of(request, required={"title"}))
        self._db.save(note)
        return note, 201, {"Location": f"{request.script_name}/notes/{note.id}"}

    @route("/notes/{id:d}", methods=["GET"])
    def read(self, _request: Request, id: int) -> Note:
        """One note."""
        return self._db.get_by_id(Note, id=id)

    @route("/notes/{id:d}", methods=["PUT"])
    def replace(self, request: Request, id: int) -> Note:
        """The note anew; a text that is left out becomes empty."""
        return self._change(id, {"text": ""} | fields_of(request, required={"title"}))

    @route("/notes/{id:d}", methods=["PATCH"])
    def change(self, request: Request, id: int) -> Note:
        """The note with some fields changed."""
        return self._change(id, fields_of(request))

    @route("/notes/{id:d}", methods=["DELETE"])
    def delete(self, _request: Request, id: int) -> None:
        """No such note any more: 204."""
        self._db.delete(Note, id=id)

    def _change(self, id: int, fields: dict[str, Any]) -> Note:
        with self._db.transaction():
            note = self._db.get_by_id(Note, id=id)
            for name, value in fields.items():
                setattr(note, name, value)
            self._db.update(note)
        return note


def fields_of(request: Request, required: Iterable[str] = ()) -> dict[str, Any]:
    """The object in the body: ``{"title": "Milk"}``.

    Raises:
        BadRequest: it is no object, or has other fields, or too few.
    """
    content = request.json
    if not isinstance(content, dict):
        raise BadRequest("Send an object, with a title and a text")
    if unknown := sorted(content.keys() - FIELDS):
        raise BadRequest(f"A note has no {', '.join(unknown)}")
    if missing := sorted(set(required) - content.keys()):
        raise BadRequest(f"{', '.join(missing)} is missing")
    return content


class Context(RequestContext):
    """Who asks."""

    user: str | None = None


class BearerTokens:
    """A handler that lets those through who have a token (RFC 6750).

    ``BearerTokens({"secret": "ada"})``: tokens and whose they are.
    """

    def __init__(self, users: dict[str, str]) -> None:
        self._users = users

    def __call__(
        self, _chain: HandlerChain, context: Context, _response: ChainResponse
    ) -> None:
        """Say who it is.

        Raises:
            ResponseError: 401, it is nobody that is known.
        """
        given = context.request.headers.get("Authorization", "")
        scheme, _, token = given.partition(" ")
        for known, user in self._users.items():
            # In the same time for every wrong token, so that none can be guessed.
            if hmac.compare_digest(known.encode(), token.encode()):
                context.user = user
        if context.user is None or scheme.lower() != "bearer":
            asked_for = {"WWW-Authenticate": 'Bearer realm="notes"'}
            raise ResponseError("Give a bearer token that is known", 401, asked_for)


def translate(
    chain: HandlerChain,
    exception: Exception,
    _context: Context,
    _response: ChainResponse,
) -> None:
    """What the ORM's exceptions are over HTTP; of the others the chain knows."""
    for kind, (message, status) in ANSWERS.items():
        if isinstance(exception, kind):
            chain.throw(ResponseError(message, status))


def create_app(db: Database, users: dict[str, str]) -> WsgiGateway:
    """The API on that database, for those users."""
    db.create(Note)
    router = Router(dispatcher=keyword)
    router.add(Notes(db))
    return WsgiGateway(
        Gateway(
            request_handlers=[BearerTokens(users), RouterHandler(router)],
            exception_handlers=[translate],
            context_class=Context,
        )
    )


def main(path: str = "notes.sqlite") -> None:
    """Serve the notes in that file."""
    with DatabaseFactory(dialect=Dialect.SQLITE).get_connection(path) as db:
        port = int(os.environ.get("PORT", "8000"))
        run(create_app(db, {"secret": "ada"}), port=port)


if __name__ == "__main__":
    main(*sys.argv[1:])

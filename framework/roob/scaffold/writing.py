"""A row goes to the database, which may refuse it: the form then says why.

Each is a part of the transaction that a member of the collection runs.
"""

from hashlib import sha256

from roob.orm.database import Database
from roob.orm.exceptions import ForeignKeyError, IntegrityError, UniqueError
from roob.orm.table import Table, primary_key_of, stored_of
from roob.scaffold.forms import Form

_DIGEST_LETTERS = 32


def is_saved(db: Database, row: Table, form: Form) -> bool:
    """Whether the database takes a row."""
    is_new = row._stored is None
    try:
        with db.transaction():  # a savepoint: the page still asks for rows
            db.save(row)
    except UniqueError:
        _blame(db, row, form, is_new)
    except IntegrityError:
        form.refuse("", "These values do not go together")
    return not form.has_errors


def is_deleted(db: Database, row: Table) -> bool:
    """Whether nothing refers to a row, and it is gone."""
    try:
        with db.transaction():  # a savepoint: the page still asks for rows
            db.delete(type(row), primary_key_of(row))
    except ForeignKeyError:
        return False
    return True


def _blame(db: Database, row: Table, form: Form, is_new: bool) -> None:
    """Say which value another row has already."""
    table, key = type(row), row.__schema__.primary_key
    for column in row.__schema__.columns:
        value = vars(row)[column.name]
        if value is None or not (column.unique or column is key):
            continue
        same = getattr(table, column.name) == value
        others = db.query(table).where(same)
        if not is_new:
            others = others.where(key != primary_key_of(row))
        if others.exists():
            form.refuse(column.name, "is taken already")
    if not form.has_errors:
        form.refuse("", "There is one with these values already")


def revision_of(row: Table) -> str:
    """What changes whenever a row does: its version, or a digest of its values."""
    version = row.__schema__.version
    if version is not None:
        return str(vars(row)[version.name])
    return sha256(repr([*stored_of(row)]).encode()).hexdigest()[:_DIGEST_LETTERS]

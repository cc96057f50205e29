"""A table: a class that collects columns, and whose instances hold a row's values.

No SQL and no connection here.  `class Author(Table)` runs `schema_of_class` once;
after that a row is a plain object with a `__dict__` of values.
"""

import copy
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property, partial
from typing import Any, ClassVar, TypeVar

from roob.orm.column import MISSING, Column, ForeignKey, PrimaryKey, Version
from roob.orm.dialects import quote
from roob.orm.exceptions import (
    InvalidValueError,
    SchemaError,
    UnknownColumnError,
    UnsavedReferenceError,
)
from roob.orm.expressions import Condition


class Constraint:
    """A rule of the table as a whole, named by the attribute that holds it."""

    name = ""

    def __set_name__(self, table: type, name: str) -> None:
        self.name = name


class Unique(Constraint):
    """No two rows agree in all of these: `one_each = Unique(author, title)`."""

    def __init__(self, *columns: Column[Any]) -> None:
        self.columns = columns


class Index(Constraint):
    """Rows are found quickly by these: `by_author = Index(author, title)`."""

    def __init__(self, *columns: Column[Any]) -> None:
        self.columns = columns


class Check(Constraint):
    """Every row fulfils this: `is_priced = Check(price >= 0)`.

    The condition uses the table's own columns, and fixed values.
    """

    def __init__(self, condition: Condition) -> None:
        self.condition = condition


ColumnKind = TypeVar("ColumnKind", bound=Column[Any])


@dataclass(frozen=True, eq=False)
class Schema:
    """What a table class says of itself, collected when the class is made.

    `blank` is a new row's values before its keywords, `factories` the defaults that
    are asked for each row.
    """

    name: str
    columns: tuple[Column[Any], ...]
    by_name: Mapping[str, Column[Any]]
    names: frozenset[str]
    keys: tuple[PrimaryKey[Any], ...]
    version: Version | None
    constraints: tuple[Constraint, ...]
    blank: Mapping[str, object]
    factories: tuple[tuple[str, Callable[[], object]], ...]

    @property
    def primary_key(self) -> PrimaryKey[Any]:
        """The one column that tells the rows apart.

        Raises:
            SchemaError: the class is a base for tables and has no key of its own.
        """
        if self.keys:
            return self.keys[0]
        raise SchemaError(f"table {self.name} has no PrimaryKey, so it holds no rows")

    @cached_property
    def managed(self) -> tuple[str, ...]:
        """The names of what the ORM itself sets on a row that it writes."""
        version = (self.version.name,) if self.version else ()
        return ("_stored", self.primary_key.name, *version)

    @cached_property
    def key_index(self) -> int:
        """Where the primary key stands among the columns."""
        return [column.name for column in self.columns].index(self.primary_key.name)

    @cached_property
    def version_index(self) -> int:
        """Where the version stands among the columns; -1 without one."""
        names = [column.name for column in self.columns]
        return names.index(self.version.name) if self.version else -1

    def refuse_unknown(self, names: Iterable[str]) -> None:
        """Refuse the names that are no columns.

        Raises:
            UnknownColumnError: names them, and the columns that there are.
        """
        unknown = sorted(set(names) - self.names)
        if unknown:
            known = ", ".join(column.name for column in self.columns)
            raise UnknownColumnError(
                f"{self.name} has no column {', '.join(map(repr, unknown))}; "
                f"it has {known}"
            )


class Table:
    """A row, and as a class the table of such rows.

    `class Author(Table)` with `name = Column(str)` is the table `author`;
    `class Author(Table, table_name="writer")` names it otherwise.  Columns of base
    classes come first.  Rows are equal when table and primary key are; a row
    without a key equals itself alone, and its hash changes when it gets one.
    """

    __schema__: ClassVar[Schema]
    # What the database holds of a known row: parameters, in the columns' order.
    _stored: Sequence[object] | None = None

    def __init_subclass__(cls, *, table_name: str | None = None) -> None:
        super().__init_subclass__()
        cls.__schema__ = schema_of_class(cls, table_name or cls.__name__.lower())
        _lay_out(cls)

    def __init__(self, /, **values: object) -> None:
        schema = self.__schema__
        row = self.__dict__ = {**schema.blank, **values}
        if len(row) > len(schema.blank):
            schema.refuse_unknown(values)
        for name, factory in schema.factories:
            if name not in values:
                row[name] = factory()

    def to_dict(self) -> dict[str, object]:
        """Return the values in the columns' order, a reference as its own dict.

        `Book(...) -> {"id": 1, "title": "Notes", "author": {"id": 1, ...}}`.  A row
        known by its key alone, or met again inside itself, gives its key alone.
        """
        return _to_dict(self, ())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Table) or type(self) is not type(other):
            return NotImplemented
        key = primary_key_of(self)
        return self is other or (key is not None and key == primary_key_of(other))

    def __hash__(self) -> int:
        return hash((type(self), primary_key_of(self)))

    def __repr__(self) -> str:
        key = self.__schema__.primary_key
        return f"<{type(self).__name__} {key.name}={primary_key_of(self)!r}>"


def primary_key_of(row: Table) -> object:
    """Return the row's primary key, None before it has one."""
    return vars(row).get(row.__schema__.primary_key.name)


def stored_of(row: Table) -> Sequence[object]:
    """Return what the database holds of a row, in the columns' order.

    Raises:
        InvalidValueError: the row is not saved.
    """
    if row._stored is None:
        raise InvalidValueError(f"{row!r} is not saved yet")
    return row._stored


class _Unknown(Enum):
    """Stands in a bare row's record for what was not read."""

    UNKNOWN = "unknown"


def bare_row(table: type[Table], key: object, stored_key: object) -> Table:
    """Make a known row of which only the key was read, as NotLoadedError says.

    `stored_key` is the key as the database keeps it.
    """
    schema = table.__schema__
    record: list[object] = [_Unknown.UNKNOWN] * len(schema.columns)
    record[schema.key_index] = stored_key
    row = table.__new__(table)
    vars(row).update({schema.primary_key.name: key, "_stored": record})
    return row


def _to_dict(row: Table, above: tuple[Table, ...]) -> dict[str, object]:
    values, key = vars(row), row.__schema__.primary_key.name
    if any(row is outer for outer in above):
        return {key: values[key]}
    return {
        column.name: _plain(values[column.name], (*above, row))
        for column in row.__schema__.columns
        if column.name in values
    }


def _plain(value: object, above: tuple[Table, ...]) -> object:
    return _to_dict(value, above) if isinstance(value, Table) else value


def _lay_out(table: type[Table]) -> None:
    """Set all attributes of a first row in the order in which reading sets them.

    Python keeps the names of attributes once for all rows of a class, if the first
    row that it meets has them all; else each row would carry a dict of its own.
    https://peps.python.org/pep-0412/
    """
    row = table.__new__(table)
    row._stored = ()
    for name in table.__schema__.by_name:
        setattr(row, name, None)


def schema_of_class(table: type[Table], table_name: str) -> Schema:
    """Collect the columns of a class and its bases, and give the class its own copies.

    Raises:
        SchemaError: a name that cannot be, two columns of one name, two keys.
    """
    columns = tuple(_own_columns(table, table_name))
    _refuse_bad_names(table_name, columns)
    names = frozenset(column.name for column in columns)
    return Schema(
        name=table_name,
        columns=columns,
        by_name={column.name: column for column in columns},
        names=names,
        keys=tuple(_at_most_one(PrimaryKey, table_name, columns)),
        version=next(_at_most_one(Version, table_name, columns), None),
        constraints=tuple(_constraints(table, table_name, names)),
        blank={column.name: _blank(column) for column in columns},
        factories=tuple((c.name, c.default) for c in columns if callable(c.default)),
    )


def _members(table: type[Table]) -> Iterator[tuple[str, object]]:
    """Yield the attributes as they were written, those of base classes first."""
    for name in dict.fromkeys(n for base in table.__mro__[::-1] for n in vars(base)):
        yield name, inspect.getattr_static(table, name)


def _own_columns(table: type[Table], table_name: str) -> Iterator[Column[Any]]:
    for name, found in list(_members(table)):
        if isinstance(found, Column):
            is_own = name in vars(table) and not found.table_name
            column = found if is_own else copy.copy(found)
            column.join_table(table_name, name)
            if isinstance(column, ForeignKey):
                column.referenced = partial(
                    table_named, column.target, table, column.label
                )
            setattr(table, name, column)
            yield column


def _at_most_one(
    kind: type[ColumnKind], table_name: str, columns: tuple[Column[Any], ...]
) -> Iterator[ColumnKind]:
    found = [column for column in columns if isinstance(column, kind)]
    if len(found) > 1:
        raise SchemaError(f"table {table_name} has more than one {kind.__name__}")
    yield from found


def _constraints(
    table: type[Table], table_name: str, names: frozenset[str]
) -> Iterator[Constraint]:
    for name, found in _members(table):
        if not isinstance(found, Constraint):
            continue
        quote(name)
        if isinstance(found, Unique | Index):
            _refuse_foreign_columns(f"{table_name}.{name}", found, names)
        yield found


def _refuse_foreign_columns(
    label: str, constraint: Unique | Index, names: frozenset[str]
) -> None:
    if not constraint.columns:
        raise SchemaError(f"{label} names no column")
    for column in constraint.columns:
        if not isinstance(column, Column) or column.name not in names:
            raise SchemaError(f"{label}: {column!r} is no column of the table")


def _refuse_bad_names(table_name: str, columns: tuple[Column[Any], ...]) -> None:
    quote(table_name)
    taken: dict[str, str] = {}
    for column in columns:
        quote(column.sql_name)
        if hasattr(Table, column.name):
            raise SchemaError(f"{column.label}: {column.name} means something to Table")
        other = taken.setdefault(column.sql_name.lower(), column.name)
        if other != column.name:
            raise SchemaError(f"{column.label} and {other} are one column in SQL")


def _blank(column: Column[Any]) -> object:
    fixed = column.default is not MISSING and not callable(column.default)
    return column.default if fixed else None


def table_named(target: type | str, beside: type[Table], label: str) -> type[Table]:
    """Find the class that a declaration names: `("Author", Book, ...) -> Author`.

    A name is looked for where the declaring class stands, then in its module, then
    anywhere; of classes defined twice in one place the later counts.

    Raises:
        SchemaError: no table, or several in other modules, have the name.
    """
    if target in ("self", beside.__name__):
        return beside
    if not isinstance(target, str):
        return _checked_target(target, label)
    named = [other for other in _tables(Table) if other.__name__ == target]
    for near in (_is_beside, _is_in_module_of):
        nearest = [other for other in named if near(other, beside)]
        if nearest:
            return nearest[-1]
    if len(named) == 1:
        return named[0]
    raise SchemaError(f"{label} refers to {target}: {len(named)} such tables")


def _checked_target(target: type, label: str) -> type[Table]:
    if isinstance(target, type) and issubclass(target, Table):
        return target
    raise SchemaError(f"{label} refers to {target!r}, which is no Table")


def _tables(base: type[Table]) -> Iterator[type[Table]]:
    for table in base.__subclasses__():
        yield table
        yield from _tables(table)


def _is_in_module_of(other: type, table: type) -> bool:
    return other.__module__ == table.__module__


def _is_beside(other: type, table: type) -> bool:
    scopes = (kind.__qualname__.rpartition(".")[0] for kind in (other, table))
    return _is_in_module_of(other, table) and len(set(scopes)) == 1


def reference_key(
    column: ForeignKey[Any], target: type[Table], value: object
) -> object:
    """Return the parameter that stands for a referenced row: `Author(id=1) -> 1`.

    Raises:
        InvalidValueError: the value is no row of the table, or a forbidden None.
        UnsavedReferenceError: the row is not saved yet.
    """
    if value is None and column.nullable:
        return None
    if type(value) is not target:
        raise column.refusal(value, f"is not a row of {target.__name__}")
    stored: Sequence[object] | None = value._stored
    if stored is None:
        raise UnsavedReferenceError(
            f"{column.label}: {value!r} is not saved yet; "
            f"save the {target.__schema__.name} before the {column.table_name}"
        )
    return stored[target.__schema__.key_index]

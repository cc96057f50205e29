"""A table: a class that collects columns, and whose instances hold a row's values.

No SQL and no connection here.  `class Author(Table)` runs `schema_of_class` once;
after that a row is a plain object with a `__dict__` of values.
"""

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from roob.orm.column import MISSING, Column, ForeignKey, PrimaryKey
from roob.orm.dialects import quote
from roob.orm.exceptions import SchemaError, UnknownColumnError, UnsavedReferenceError


@dataclass(frozen=True)
class Schema:
    """What a table class says of itself, collected when the class is made.

    `blank` is a new row's values before its keywords, `factories` the defaults that
    are asked for each row.
    """

    name: str
    columns: tuple[Column[Any], ...]
    names: frozenset[str]
    keys: tuple[PrimaryKey[Any], ...]
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
    _stored_key: object = None

    def __init_subclass__(cls, *, table_name: str | None = None) -> None:
        super().__init_subclass__()
        cls.__schema__ = schema_of_class(cls, table_name or cls.__name__.lower())

    def __init__(self, /, **values: object) -> None:
        schema = self.__schema__
        if not values.keys() <= schema.names:
            schema.refuse_unknown(values)
        row = self.__dict__
        row.update(schema.blank)
        row.update(values)
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


def bare_row(table: type[Table], key: object) -> Table:
    """Make a stored row of which only the key is known, as NotLoadedError says."""
    row = table.__new__(table)
    vars(row).update({table.__schema__.primary_key.name: key, "_stored_key": key})
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


def schema_of_class(table: type[Table], table_name: str) -> Schema:
    """Collect the columns of a class and its bases, and give the class its own copies.

    Raises:
        SchemaError: a name that cannot be, two columns of one name, two keys.
    """
    columns = tuple(_own_columns(table, table_name))
    _refuse_bad_names(table_name, columns)
    keys = tuple(column for column in columns if isinstance(column, PrimaryKey))
    if len(keys) > 1:
        raise SchemaError(f"table {table_name} has more than one PrimaryKey")
    return Schema(
        name=table_name,
        columns=columns,
        names=frozenset(column.name for column in columns),
        keys=keys,
        blank={column.name: _blank(column) for column in columns},
        factories=tuple((c.name, c.default) for c in columns if callable(c.default)),
    )


def _own_columns(table: type[Table], table_name: str) -> Iterator[Column[Any]]:
    names = dict.fromkeys(name for base in table.__mro__[::-1] for name in vars(base))
    for name in names:
        found = inspect.getattr_static(table, name)
        if isinstance(found, Column):
            column = found.named(table_name, name)
            setattr(table, name, column)
            yield column


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


def referenced_table(table: type[Table], column: ForeignKey[Any]) -> type[Table]:
    """Find the class a foreign key refers to: `(Book, Book.author) -> Author`.

    A name is looked for where the referring class stands, then in its module, then
    anywhere; of classes defined twice in one place the later counts.

    Raises:
        SchemaError: no table, or several in other modules, have the name.
    """
    target = column.target
    if target in ("self", table.__name__):
        return table
    if not isinstance(target, str):
        return _checked_target(column, target)
    named = [other for other in _tables(Table) if other.__name__ == target]
    for near in (_is_beside, _is_in_module_of):
        nearest = [other for other in named if near(other, table)]
        if nearest:
            return nearest[-1]
    if len(named) == 1:
        return named[0]
    raise SchemaError(f"{column.label} refers to {target}: {len(named)} such tables")


def _checked_target(column: ForeignKey[Any], target: type) -> type[Table]:
    if isinstance(target, type) and issubclass(target, Table):
        return target
    raise SchemaError(f"{column.label} refers to {target!r}, which is no Table")


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
    """Return the key that stands for a referenced row: `Author(id=1) -> 1`.

    Raises:
        InvalidValueError: the value is no row of the table, or a forbidden None.
        UnsavedReferenceError: the row is not saved yet.
    """
    if value is None and column.nullable:
        return None
    if type(value) is not target:
        raise column.refusal(value, f"is not a row of {target.__name__}")
    if value._stored_key is None:
        raise UnsavedReferenceError(
            f"{column.label}: {value!r} is not saved yet; "
            f"save the {target.__schema__.name} before the {column.table_name}"
        )
    return value._stored_key

"""What a query reads at once: a row's joins, and the way from records to rows.

A referenced row comes with its row, in the same statement, and so do the rows that
it refers to in turn.  Two bounds end that: each foreign key is followed once on one
way from the first row, and one statement joins at most 32 rows, the nearest first.
Past a bound a reference is a row that is known by its key alone.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from roob.orm.column import Column, ForeignKey, shown
from roob.orm.dialects import SqlDialect
from roob.orm.exceptions import InvalidValueError
from roob.orm.table import Table, bare_row, referenced_table

MOST_JOINS = 32

Record = Sequence[Any]
Converter = Callable[[Any], Any]


@dataclass(frozen=True)
class Join:
    """One table of a SELECT and, but for the first, the foreign key that led there.

    Its columns begin at `start` of a record.
    """

    alias: str
    table: type[Table]
    start: int
    parent: str = ""
    foreign_key: ForeignKey[Any] | None = None
    followed: frozenset[tuple[type[Table], str]] = frozenset()

    @property
    def stop(self) -> int:
        """Where the table's columns end in a record."""
        return self.start + len(self.table.__schema__.columns)


@dataclass(frozen=True)
class Loader:
    """Makes the rows of one table of a SELECT from the records that it returns.

    It works column by column: `fields` pair an attribute with its place in a record.
    Then come, where the table has them, the columns whose stored values are turned
    into their types, and those whose keys give way to the referenced rows.
    """

    table: type[Table]
    fields: tuple[tuple[str, int], ...]
    key_name: str
    key_index: int
    decode_key: Converter
    decoders: tuple[tuple[str, Converter], ...]
    references: tuple[tuple[str, "Loader"], ...]

    def load(self, records: Sequence[Record]) -> list[Table]:
        """Make one row of each record, and the rows that they refer to."""
        make = self.table.__new__
        rows = [make(self.table) for _ in records]
        for name, index in self.fields:
            for row, record in zip(rows, records, strict=True):
                setattr(row, name, record[index])
        for name, decode in self.decoders:
            for row in rows:
                self._decode(row, name, decode)
        for name, reference in self.references:
            reference.refer(rows, name, records)
        return rows

    def refer(self, rows: list[Table], name: str, records: Sequence[Record]) -> None:
        """Put referenced rows in the place of their keys; equal keys share a row."""
        record_of = {record[self.key_index]: record for record in records}
        record_of.pop(None, None)
        known = dict(zip(record_of, self.load([*record_of.values()]), strict=True))
        for row in rows:
            key = getattr(row, name)
            if key is not None:
                setattr(row, name, known.get(key) or self._bare(key))

    def _bare(self, key: object) -> Table:
        """Stand in for a referenced row that the database lost."""
        return bare_row(self.table, self.decode_key(key))

    def _decode(self, row: Table, name: str, decode: Converter) -> None:
        stored = getattr(row, name)
        if stored is None:
            return
        try:
            setattr(row, name, decode(stored))
        except (ValueError, TypeError, LookupError, ArithmeticError) as error:
            raise InvalidValueError(
                f"{self.table.__schema__.name}.{name}: the database holds "
                f"{shown(stored)} at {self.key_name} {getattr(row, self.key_name)}, "
                "which is no value of the column"
            ) from error


def joins_of(table: type[Table]) -> list[Join]:
    """List the tables that a row's SELECT reads, nearest first.

    `Book -> [Join("t0", Book, ...), Join("t1", Author, ...)]`
    """
    joins = [Join("t0", table, 0)]
    for join in joins:  # grows while it is read, which is breadth first
        for column in foreign_keys_of(join.table):
            step = (join.table, column.name)
            if step not in join.followed and len(joins) <= MOST_JOINS:
                joins.append(_next_join(joins, join, column))
    return joins


def _next_join(joins: list[Join], parent: Join, column: ForeignKey[Any]) -> Join:
    return Join(
        alias=f"t{len(joins)}",
        table=referenced_table(parent.table, column),
        start=joins[-1].stop,
        parent=parent.alias,
        foreign_key=column,
        followed=parent.followed | {(parent.table, column.name)},
    )


def foreign_keys_of(table: type[Table]) -> list[ForeignKey[Any]]:
    """List the columns that refer to other rows."""
    columns = table.__schema__.columns
    return [column for column in columns if isinstance(column, ForeignKey)]


def kept_column(table: type[Table], column: Column[Any]) -> Column[Any]:
    """Return the column whose values are kept: a reference keeps the other's key."""
    if not isinstance(column, ForeignKey):
        return column
    key: Column[Any] = referenced_table(table, column).__schema__.primary_key
    return key


def loader_of(joins: list[Join], join: Join, dialect: SqlDialect) -> Loader:
    """Make the loader of a join's rows, and of the rows joined to them."""
    schema, key = join.table.__schema__, join.table.__schema__.primary_key
    below = {
        other.foreign_key.name: other
        for other in joins
        if other.foreign_key and other.parent == join.alias
    }
    names = [column.name for column in schema.columns]
    fields = zip(names, range(join.start, join.stop), strict=True)
    key_index = join.start + names.index(key.name)
    return Loader(
        table=join.table,
        fields=(*fields, ("_stored_key", key_index)),
        key_name=key.name,
        key_index=key_index,
        decode_key=_decoder(key, dialect) or _unchanged,
        decoders=tuple(_decoders(join.table, below, dialect)),
        references=tuple((n, loader_of(joins, j, dialect)) for n, j in below.items()),
    )


def _decoders(
    table: type[Table], followed: Mapping[str, Join], dialect: SqlDialect
) -> Iterator[tuple[str, Converter]]:
    for column in table.__schema__.columns:
        decode = _decoder(kept_column(table, column), dialect)
        if isinstance(column, ForeignKey) and column.name not in followed:
            target = referenced_table(table, column)
            yield column.name, partial(_bare, target, decode or _unchanged)
        elif decode and not isinstance(column, ForeignKey):
            yield column.name, decode
            if column is table.__schema__.primary_key:
                yield "_stored_key", decode


def _decoder(column: Column[Any], dialect: SqlDialect) -> Converter | None:
    decoder = dialect.storage[column.kind.name].decoder
    return decoder(column.python_type) if decoder else None


def _bare(table: type[Table], decode: Converter, key: object) -> Table:
    return bare_row(table, decode(key))


def _unchanged(value: object) -> object:
    return value

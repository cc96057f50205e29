"""What a query reads at once: a row's joins, and the way from records to rows.

A referenced row comes with its row, in the same statement, and so do the rows that
it refers to in turn.  Two bounds end that: each foreign key is followed once on one
way from the first row, and one statement joins at most 32 rows, the nearest first.
Past a bound, and where a query leaves a reference out, the referenced row is known
by its key alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from roob.orm.codecs import Converter, decoder_of, unchanged
from roob.orm.column import ForeignKey, shown
from roob.orm.dialects import SqlDialect
from roob.orm.exceptions import InvalidValueError
from roob.orm.table import Table, bare_row

MOST_JOINS = 32

Record = Sequence[Any]
Path = tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Join:
    """One table of a SELECT and, but for the first, the foreign key that led there.

    `path` names the references on the way from the first table.  The columns begin
    at `start` of a record.
    """

    alias: str
    table: type[Table]
    start: int
    path: Path = ()
    parent: str = ""
    foreign_key: ForeignKey[Any] | None = None
    followed: frozenset[tuple[type[Table], str]] = frozenset()

    @property
    def stop(self) -> int:
        """Where the table's columns end in a record."""
        return self.start + len(self.table.__schema__.columns)


@dataclass(frozen=True, eq=False)
class Loader:
    """Makes the rows of one table of a SELECT from the records that it returns.

    It works column by column: `names` are the attributes from `start` of a record
    on.  Then come, where the table has them, the columns whose stored values are
    turned into their types, and those whose keys give way to the referenced rows.
    """

    table: type[Table]
    names: tuple[str, ...]
    start: int
    key_index: int
    decode_key: Converter
    decoders: tuple[tuple[str, Converter], ...]
    references: tuple[tuple[str, "Loader"], ...]

    def load(self, records: Sequence[Record]) -> list[Any]:
        """Make one row of each record, and the rows that they refer to."""
        make, table = self.table.__new__, self.table
        rows: list[Any] = []
        for stored in self._stored(records):
            row = make(table)
            row._stored = stored
            rows.append(row)
        for index, name in enumerate(self.names):
            for row in rows:
                setattr(row, name, row._stored[index])
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
                other = known.get(key)
                setattr(row, name, self.bare(key) if other is None else other)

    def bare(self, key: object) -> Table:
        """Stand in for a row that was not read, or that the database lost."""
        return bare_row(self.table, self.decode_key(key), key)

    def _stored(self, records: Sequence[Record]) -> Sequence[Record]:
        """Cut each record to what it holds of this table; the first's is in front."""
        if self.start == 0:
            return records
        start, stop = self.start, self.start + len(self.names)
        return [record[start:stop] for record in records]

    def _decode(self, row: Table, name: str, decode: Converter) -> None:
        stored = getattr(row, name)
        if stored is None:
            return
        try:
            setattr(row, name, decode(stored))
        except (ValueError, TypeError, LookupError, ArithmeticError) as error:
            key = self.names[self.key_index - self.start]
            raise InvalidValueError(
                f"{self.table.__schema__.name}.{name}: the database holds "
                f"{shown(stored)} at {key} {getattr(row, key)}, "
                "which is no value of the column"
            ) from error


def joins_of(table: type[Table], without: frozenset[Path] = frozenset()) -> list[Join]:
    """List the tables that a row's SELECT reads, nearest first.

    `Book -> [Join("t0", Book, ...), Join("t1", Author, ...)]`.  `without` names the
    references not to follow; the empty path stands for all.
    """
    joins = [Join("t0", table, 0)]
    if () in without:
        return joins
    for join in joins:  # grows while it is read, which is breadth first
        for column in foreign_keys_of(join.table):
            step = (join.table, column.name)
            is_wanted = (*join.path, column.name) not in without
            if is_wanted and step not in join.followed and len(joins) <= MOST_JOINS:
                joins.append(next_join(joins, join, column))
    return joins


def next_join(joins: Sequence[Join], parent: Join, column: ForeignKey[Any]) -> Join:
    """Follow a foreign key of a joined table by one more join."""
    return Join(
        alias=f"{joins[0].alias[:-1]}{len(joins)}",
        table=column.referenced(),
        start=joins[-1].stop,
        path=(*parent.path, column.name),
        parent=parent.alias,
        foreign_key=column,
        followed=parent.followed | {(parent.table, column.name)},
    )


def foreign_keys_of(table: type[Table]) -> list[ForeignKey[Any]]:
    """List the columns that refer to other rows."""
    columns = table.__schema__.columns
    return [column for column in columns if isinstance(column, ForeignKey)]


def loader_of(joins: Sequence[Join], join: Join, dialect: SqlDialect) -> Loader:
    """Make the loader of a join's rows, and of the rows joined to them."""
    schema = join.table.__schema__
    below = {
        other.foreign_key.name: other
        for other in joins
        if other.foreign_key and other.parent == join.alias
    }
    return Loader(
        table=join.table,
        names=tuple(column.name for column in schema.columns),
        start=join.start,
        key_index=join.start + schema.key_index,
        decode_key=decoder_of(schema.primary_key, dialect) or unchanged,
        decoders=tuple(_decoders(join.table, below, dialect)),
        references=tuple((n, loader_of(joins, j, dialect)) for n, j in below.items()),
    )


def _decoders(
    table: type[Table], followed: Mapping[str, Join], dialect: SqlDialect
) -> Iterator[tuple[str, Converter]]:
    for column in table.__schema__.columns:
        decode = decoder_of(column, dialect)
        if isinstance(column, ForeignKey) and column.name not in followed:
            yield column.name, partial(_bare, column.referenced(), decode or unchanged)
        elif decode and not isinstance(column, ForeignKey):
            yield column.name, decode


def _bare(table: type[Table], decode: Converter, stored_key: object) -> Table:
    return bare_row(table, decode(stored_key), stored_key)

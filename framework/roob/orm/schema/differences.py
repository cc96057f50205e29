"""What tables say and what the database has, compared: `Database.diff`.

Names of columns count, names of indexes and constraints do not: two uniques of the
same columns are the same.  Nothing is guessed: a renamed column is one that went and
one that came, with a hint.
"""

# ruff: noqa: S608 - every name in a text went through `quote`, no value is in one

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from uuid import UUID

from roob.orm.column import MISSING, Column
from roob.orm.dialects import SQLITE, SqlDialect, quote
from roob.orm.exceptions import MigrationError
from roob.orm.schema.changes import (
    AddColumn,
    AddConstraint,
    Change,
    CreateTable,
    DropColumn,
    DropConstraint,
    RetypeColumn,
    Rule,
    SetNullable,
    Tables,
    mentions,
    name_of,
    rules_of,
)
from roob.orm.schema.definition import (
    CheckDefinition,
    ColumnDefinition,
    ForeignKeyDefinition,
    TableDefinition,
    check_text,
    column_text,
    definitions_of,
    in_order,
    sql_type,
)
from roob.orm.schema.execution import Execute
from roob.orm.schema.inspection import live_tables
from roob.orm.table import Table

PROBE = "roob_probe"

# What undoing the drop of a column that is never NULL puts into the rows.
BLANKS: Mapping[str, Any] = MappingProxyType(
    {
        "int": 0,
        "float": 0.0,
        "bool": False,
        "str": "",
        "bytes": b"",
        "decimal": Decimal(0),
        "date": date(1970, 1, 1),
        "datetime": datetime(1970, 1, 1, tzinfo=UTC),
        "uuid": UUID(int=0),
    }
)


@dataclass(frozen=True)
class Diff:
    """What has to change in a database so that it fits the tables; false for nothing.

    `hints` say where a change may mean something else.
    """

    changes: tuple[Change, ...]
    hints: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.changes)

    def __str__(self) -> str:
        if not self.changes:
            return "the database fits the tables"
        return "\n".join([*map(str, self.changes), *(f"hint: {h}" for h in self.hints)])


@dataclass(frozen=True)
class _Pair:
    """A table as it shall be and as it is."""

    wanted: TableDefinition
    live: TableDefinition
    dialect: SqlDialect

    def added(self) -> list[ColumnDefinition]:
        """List the columns that are missing."""
        known = {column.name for column in self.live.columns}
        return [column for column in self.wanted.columns if column.name not in known]

    def dropped(self) -> list[ColumnDefinition]:
        """List the columns that the class has no more."""
        known = {column.name for column in self.wanted.columns}
        return [column for column in self.live.columns if column.name not in known]

    def kept(self) -> Iterator[tuple[ColumnDefinition, ColumnDefinition]]:
        """Yield the columns of both, as they are and as they shall be."""
        known = {column.name: column for column in self.live.columns}
        for column in self.wanted.columns:
            if column.name in known:
                yield known[column.name], column

    def retyped(self) -> Iterator[tuple[ColumnDefinition, ColumnDefinition]]:
        """Yield the columns whose types differ in the database's words."""
        for before, after in self.kept():
            if self.type_of(before) != self.type_of(after):
                yield before, after

    def type_of(self, column: ColumnDefinition) -> str:
        """Return a column's type in the database's words."""
        return sql_type(column.type, self.dialect).upper()


def diff(tables: Iterable[type[Table]], execute: Execute, dialect: SqlDialect) -> Diff:
    """Compare tables, and those that they refer to, with the live ones.

    Tables of the database that are not asked for are left alone.

    Raises:
        MigrationError: the primary key of a table is another one.
        SchemaError: a class is no table that can be made.
    """
    classes = list(tables)
    wanted, live = definitions_of(classes), live_tables(execute, dialect)
    missing = {name: d for name, d in wanted.items() if name not in live}
    pairs = [_Pair(w, live[n], dialect) for n, w in wanted.items() if n in live]
    for pair in pairs:
        _refuse_other_key(pair)
    broken = _retyped_places(pairs)
    rules = [(pair, *_differing_rules(pair, broken, execute)) for pair in pairs]
    defaults = _defaults(classes)
    phases: list[Change] = [
        *(DropConstraint(p.live.name, rule) for p, gone, _ in rules for rule in gone),
        *(DropColumn(p.live.name, c, _blank(c)) for p in pairs for c in p.dropped()),
        *_creations(missing),
        *(change for pair in pairs for change in _column_changes(pair, defaults)),
        *(AddConstraint(p.live.name, rule) for p, _, new in rules for rule in new),
    ]
    return Diff(tuple(phases), tuple(_hints(pairs, missing, wanted, live)))


def _refuse_other_key(pair: _Pair) -> None:
    keys = [(t.primary_key, t.is_numbered) for t in (pair.wanted, pair.live)]
    if keys[0] != keys[1]:
        raise MigrationError(
            f"table {pair.live.name}: its primary key, or how that is numbered, "
            "differs from the class; a migration of your own has to change that"
        )


def _retyped_places(pairs: list[_Pair]) -> set[tuple[str, str]]:
    """Find the columns, by table, that get another type."""
    return {(p.live.name, before.name) for p in pairs for before, _ in p.retyped()}


def _differing_rules(
    pair: _Pair, broken: set[tuple[str, str]], execute: Execute
) -> tuple[list[Rule], list[Rule]]:
    """List the rules that have to go, and those that are missing."""
    missing, gone = list(_as_stored(pair, execute)), list[Rule]()
    names = {name_of(pair.live.name, rule) for rule in missing}
    live = sorted(
        rules_of(pair.live), key=lambda r: name_of(pair.live.name, r) not in names
    )
    for rule in live:
        partner = _partner(pair.live.name, rule, missing, names)
        is_kept = partner is not None and not _is_broken(pair, rule, broken)
        if is_kept:
            missing = [other for other in missing if other is not partner]
        else:
            gone.append(rule)
    originals = {check.name: check for check in pair.wanted.checks}
    return gone, [originals.get(rule.name, rule) for rule in missing]


def _partner(
    table: str, rule: Rule, missing: list[Rule], names: set[str]
) -> Rule | None:
    """Find the wanted rule that a live one already is.

    A live rule whose name is wanted for another has to make room.
    """
    name = name_of(table, rule)
    for other in missing:
        is_free = name not in names or name == name_of(table, other)
        if is_free and _key(other) == _key(rule):
            return other
    return None


def _is_broken(pair: _Pair, rule: Rule, broken: set[tuple[str, str]]) -> bool:
    """Say whether a rule has to go while a column that it speaks of is retyped."""
    name = pair.live.name
    if isinstance(rule, ForeignKeyDefinition):
        return bool({(name, rule.column), (rule.table, rule.key)} & broken)
    is_check = isinstance(rule, CheckDefinition)
    return is_check and any(t == name and mentions(rule, c) for t, c in broken)


def _key(rule: Rule) -> tuple[object, ...]:
    if isinstance(rule, CheckDefinition):
        return (type(rule), str(rule.sql))
    if isinstance(rule, ForeignKeyDefinition):
        return (type(rule), rule)
    return (type(rule), rule.columns)


def _as_stored(pair: _Pair, execute: Execute) -> Iterator[Rule]:
    """Yield the wanted rules, the checks in the words that the database stores."""
    table, dialect = pair.wanted, pair.dialect
    yield from (r for r in rules_of(table) if not isinstance(r, CheckDefinition))
    if dialect is SQLITE or not table.checks:
        yield from (replace(c, sql=c.sql_in(dialect)) for c in table.checks)
        return
    columns = [column_text(column, dialect) for column in table.columns]
    checks = [check_text(check, dialect) for check in table.checks]
    execute(f"CREATE TEMPORARY TABLE {quote(PROBE)} ({', '.join(columns + checks)})")
    stored = execute(
        "SELECT conname, pg_get_expr(conbin, conrelid) FROM pg_constraint "
        f"WHERE conrelid = 'pg_temp.{PROBE}'::regclass AND contype = 'c'"
    )
    execute(f"DROP TABLE pg_temp.{quote(PROBE)}")
    yield from (CheckDefinition(name, sql) for name, sql in stored)


def _creations(missing: Tables) -> Iterator[Change]:
    later: list[Change] = []
    for table, late in in_order(missing.values()):
        now = tuple(f for f in table.foreign_keys if f not in late)
        yield CreateTable(replace(table, foreign_keys=now))
        later += [AddConstraint(table.name, foreign_key) for foreign_key in late]
    yield from later


def _column_changes(
    pair: _Pair, defaults: Mapping[tuple[str, str], Any]
) -> Iterator[Change]:
    name = pair.live.name
    for before, after in pair.retyped():
        yield RetypeColumn(name, after.name, before.type, after.type)
    for before, after in pair.kept():
        fill = defaults.get((name, after.name), MISSING)
        if before.nullable != after.nullable:
            yield SetNullable(
                name, after.name, after.nullable, MISSING if after.nullable else fill
            )
    for column in pair.added():
        yield AddColumn(name, column, defaults.get((name, column.name), MISSING))


def _defaults(classes: Iterable[type[Table]]) -> dict[tuple[str, str], Any]:
    """Find the fixed defaults, which fill the rows that are there already."""
    return {
        (table.__schema__.name, column.sql_name): _portable(column)
        for table in classes
        for column in table.__schema__.columns
        if not (column.default is MISSING or callable(column.default))
        and column.default is not None
    }


def _portable(column: Column[Any]) -> Any:
    """Return a default as a file may hold it: a member of an Enum by its name."""
    is_member = column.kind.name == "enum"
    return column.default.name if is_member else column.default  # type: ignore[attr-defined]


def _blank(column: ColumnDefinition) -> Any:
    return MISSING if column.nullable else BLANKS.get(column.type, MISSING)


def _hints(
    pairs: list[_Pair], missing: Tables, wanted: Tables, live: Tables
) -> Iterator[str]:
    for pair in pairs:
        for old in pair.dropped():
            for new in pair.added():
                if pair.type_of(old) == pair.type_of(new):
                    yield (
                        f"where {new.name} is the new name of {old.name}, write "
                        f'RenameColumn("{pair.live.name}", "{old.name}", "{new.name}")'
                    )
    for new_table in missing.values():
        for old_table in live.values():
            is_left = old_table.name not in wanted
            if is_left and _column_names(old_table) == _column_names(new_table):
                yield (
                    f"where {new_table.name} is the new name of {old_table.name}, "
                    f'write RenameTable("{old_table.name}", "{new_table.name}")'
                )


def _column_names(table: TableDefinition) -> set[str]:
    return {column.name for column in table.columns}

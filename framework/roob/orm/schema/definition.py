"""What a table is, as plain data: below the classes, above the words of a database.

`definition_of(Author)` is a `TableDefinition`; `inspection` reads the same from a live
database, `changes` compares the two.  A column's type is a kind (`"int"`, `"decimal"`)
that each dialect has its own words for, or words of one database (`"VARCHAR(20)"`).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from hashlib import sha256
from typing import Any

from roob.orm.codecs import kept_column
from roob.orm.column import Column, ForeignKey, OnDelete
from roob.orm.criteria import condition_sql, scope_of
from roob.orm.dialects import POSTGRESQL, SQLITE, SqlDialect, quote
from roob.orm.exceptions import (
    InvalidValueError,
    MigrationError,
    QueryError,
    SchemaError,
)
from roob.orm.expressions import Arithmetic, Condition
from roob.orm.joins import Join
from roob.orm.schema.literals import literal, text_literal
from roob.orm.table import Check, Index, Schema, Table, Unique

DIALECTS = (SQLITE, POSTGRESQL)
LONGEST_NAME = 63  # https://www.postgresql.org/docs/current/limits.html


@dataclass(frozen=True)
class ColumnDefinition:
    """A column: `ColumnDefinition("shelf", "str", nullable=True)`."""

    name: str
    type: str
    nullable: bool = False


@dataclass(frozen=True)
class UniqueDefinition:
    """Columns in which no two rows agree."""

    name: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class IndexDefinition:
    """Columns that rows are found by."""

    name: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class CheckDefinition:
    """A condition that every row fulfils: `CheckDefinition("dear", '"price" > 9')`.

    Where databases say it differently, `sql` is a dict of each one's words.
    """

    name: str
    sql: str | Mapping[str, str]

    def sql_in(self, dialect: SqlDialect) -> str:
        """Return the condition in a dialect's words."""
        return self.sql if isinstance(self.sql, str) else self.sql[dialect.name]


@dataclass(frozen=True)
class ForeignKeyDefinition:
    """A column that holds another table's keys.

    The `name` is what a live PostgreSQL calls it, and no part of what it says.
    """

    column: str
    table: str
    key: str
    on_delete: str = OnDelete.NO_ACTION.value
    name: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True)
class TableDefinition:
    """A table: its columns in order, the name of its key's column, its rules.

    `is_numbered` says that the database numbers rows without a key.  Of a live table
    `extras` say what no definition can, in words, and `beside` are the statements
    that make its triggers and its indexes of other kinds.
    """

    name: str
    columns: tuple[ColumnDefinition, ...]
    primary_key: str
    is_numbered: bool = False
    uniques: tuple[UniqueDefinition, ...] = ()
    indexes: tuple[IndexDefinition, ...] = ()
    checks: tuple[CheckDefinition, ...] = ()
    foreign_keys: tuple[ForeignKeyDefinition, ...] = ()
    extras: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()

    def column(self, name: str) -> ColumnDefinition:
        """Find a column by its name.

        Raises:
            MigrationError: there is none.
        """
        for column in self.columns:
            if column.name == name:
                return column
        raise MigrationError(f"table {self.name} has no column {name}")


def sql_type(type_name: str, dialect: SqlDialect) -> str:
    """Name a column's type in a dialect's words: `"int" -> "BIGINT"`."""
    known = dialect.storage.get(type_name)
    return known.sql_type if known else type_name


def fitted(name: str) -> str:
    """Shorten the name of an index or constraint to what every database takes.

    A name of more than 63 characters ends in a digest of the whole instead.
    """
    if len(name) <= LONGEST_NAME:
        return name
    return f"{name[: LONGEST_NAME - 9]}_{sha256(name.encode()).hexdigest()[:8]}"


def unique_name(table: str, column: str) -> str:
    """Name the constraint of a unique column: `book_isbn_key`."""
    return fitted(f"{table}_{column}_key")


def index_name(table: str, column: str) -> str:
    """Name the index of a column: `book_title_idx`."""
    return fitted(f"{table}_{column}_idx")


def definition_of(table: type[Table]) -> TableDefinition:
    """Describe a table class.

    Raises:
        SchemaError: it has no key, or refers to a table that is not there, or a
            check speaks of more than the table's own columns and fixed values.
    """
    schema = table.__schema__
    key = schema.primary_key
    return TableDefinition(
        name=schema.name,
        columns=tuple(_column(column) for column in schema.columns),
        primary_key=key.sql_name,
        is_numbered=key.auto_increment,
        uniques=_each_once(_uniques(schema)),
        indexes=tuple(_indexes(schema)),
        checks=tuple(_checks(table)),
        foreign_keys=tuple(_foreign_keys(schema)),
    )


def _column(column: Column[Any]) -> ColumnDefinition:
    return ColumnDefinition(
        column.sql_name, kept_column(column).kind.name, column.nullable
    )


def _uniques(schema: Schema) -> Iterator[UniqueDefinition]:
    for column in schema.columns:
        if column.unique:
            name = unique_name(schema.name, column.sql_name)
            yield UniqueDefinition(name, (column.sql_name,))
    for rule in schema.constraints:
        if isinstance(rule, Unique):
            yield UniqueDefinition(*_named_columns(schema, rule))


def _each_once(uniques: Iterable[UniqueDefinition]) -> tuple[UniqueDefinition, ...]:
    """Leave out what is said already, as databases do."""
    first: dict[tuple[str, ...], UniqueDefinition] = {}
    for unique in uniques:
        first.setdefault(unique.columns, unique)
    return tuple(first.values())


def _indexes(schema: Schema) -> Iterator[IndexDefinition]:
    for column in schema.columns:
        if column.index:
            name = index_name(schema.name, column.sql_name)
            yield IndexDefinition(name, (column.sql_name,))
    for rule in schema.constraints:
        if isinstance(rule, Index):
            yield IndexDefinition(*_named_columns(schema, rule))


def _named_columns(schema: Schema, rule: Unique | Index) -> tuple[str, tuple[str, ...]]:
    names = tuple(schema.by_name[column.name].sql_name for column in rule.columns)
    return fitted(f"{schema.name}_{rule.name}"), names


def _foreign_keys(schema: Schema) -> Iterator[ForeignKeyDefinition]:
    for column in schema.columns:
        if isinstance(column, ForeignKey):
            target = column.referenced().__schema__
            yield ForeignKeyDefinition(
                column.sql_name,
                target.name,
                target.primary_key.sql_name,
                column.on_delete.value,
            )


def _checks(table: type[Table]) -> Iterator[CheckDefinition]:
    for rule in table.__schema__.constraints:
        if isinstance(rule, Check):
            words = {d.name: _check_sql(table, rule, d) for d in DIALECTS}
            texts = set(words.values())
            sql = texts.pop() if len(texts) == 1 else words
            yield CheckDefinition(fitted(f"{table.__schema__.name}_{rule.name}"), sql)


def _check_sql(table: type[Table], rule: Check, dialect: SqlDialect) -> str:
    label = f"{table.__schema__.name}.{rule.name}"
    condition = _on_own_columns(rule.condition, table.__schema__)
    try:
        scope = scope_of(dialect, [Join("t0", table, 0)], [condition])
        sql, params = condition_sql(scope, condition)
    except (QueryError, InvalidValueError) as error:
        raise SchemaError(f"{label}: {error}") from error
    if scope.is_qualified:
        raise SchemaError(f"{label}: a check speaks of its own table's columns alone")
    before, *after = sql.split(dialect.placeholder)
    values = [literal(param, dialect) for param in params]
    return before + "".join(map("".join, zip(values, after, strict=True)))


def _on_own_columns(node: Any, schema: Schema) -> Any:
    """Turn a base class's columns into the table's own, all through a condition."""
    if isinstance(node, Column):
        return schema.by_name.get(node.name, node)
    if isinstance(node, tuple):
        return tuple(_on_own_columns(each, schema) for each in node)
    if not isinstance(node, Condition | Arithmetic):
        return node
    names = [field.name for field in fields(node)]  # type: ignore[arg-type]
    own = {name: _on_own_columns(getattr(node, name), schema) for name in names}
    return replace(node, **own)  # type: ignore[type-var]


def creation(tables: Iterable[type[Table]], dialect: SqlDialect) -> list[str]:
    """Write what makes tables, their indexes, and the tables that they refer to.

    What is there already stays as it is.

    Raises:
        SchemaError: see `definition_of`.
    """
    ordered = list(in_order(definitions_of(tables).values()))
    made = [text for pair in ordered for text in _creation_of(*pair, dialect)]
    closed = [text for pair in ordered for text in _closing_of(*pair, dialect)]
    return made + closed


def definitions_of(tables: Iterable[type[Table]]) -> dict[str, TableDefinition]:
    """Describe tables and those that they refer to, by name.

    Raises:
        SchemaError: see `definition_of`.
    """
    definitions: dict[str, TableDefinition] = {}
    seen: set[type[Table]] = set()
    for table in tables:
        _collect(table, definitions, seen)
    return definitions


def _collect(
    table: type[Table], definitions: dict[str, TableDefinition], seen: set[type[Table]]
) -> None:
    """Gather a table after those that it refers to."""
    if table in seen:
        return
    seen.add(table)
    for column in table.__schema__.columns:
        if isinstance(column, ForeignKey):
            _collect(column.referenced(), definitions, seen)
    definitions.setdefault(table.__schema__.name, definition_of(table))


def in_order(
    definitions: Iterable[TableDefinition],
) -> Iterator[tuple[TableDefinition, tuple[ForeignKeyDefinition, ...]]]:
    """Sort tables so that each comes after those that it refers to.

    Beside each is what cannot be so: its references to tables that come later.
    """
    waiting = {definition.name: definition for definition in definitions}
    while waiting:
        name = next((n for n in waiting if not _late(waiting, n)), next(iter(waiting)))
        late = _late(waiting, name)
        yield waiting.pop(name), late


def _late(
    waiting: Mapping[str, TableDefinition], name: str
) -> tuple[ForeignKeyDefinition, ...]:
    foreign_keys = waiting[name].foreign_keys
    return tuple(f for f in foreign_keys if f.table in waiting and f.table != name)


def _creation_of(
    table: TableDefinition, late: Sequence[ForeignKeyDefinition], dialect: SqlDialect
) -> Iterator[str]:
    later = _later(late, dialect)
    now = tuple(f for f in table.foreign_keys if f not in later)
    yield create_table(replace(table, foreign_keys=now), dialect, "IF NOT EXISTS ")
    for index in table.indexes:
        yield create_index(table.name, index, "IF NOT EXISTS ")


def _closing_of(
    table: TableDefinition, late: Sequence[ForeignKeyDefinition], dialect: SqlDialect
) -> Iterator[str]:
    """Close a circle of references, once all of its tables are there."""
    for foreign_key in _later(late, dialect):
        yield _add_missing_foreign_key(table.name, foreign_key)


def _later(
    late: Sequence[ForeignKeyDefinition], dialect: SqlDialect
) -> Sequence[ForeignKeyDefinition]:
    # SQLite looks for a referenced table only when the reference is used.
    return () if dialect is SQLITE else late


def create_table(
    table: TableDefinition, dialect: SqlDialect, unless: str = "", name: str = ""
) -> str:
    """Write CREATE TABLE: `'CREATE TABLE "author" ("id" BIGINT ...)'`.

    A `name` is what the table is called until it takes the place of another.
    """
    parts = [_column_text(table, column, dialect) for column in table.columns]
    parts += [unique_text(u) for u in table.uniques if not _is_inline(table.name, u)]
    parts += [check_text(check, dialect) for check in table.checks]
    head = f"CREATE TABLE {unless}{quote(name or table.name)}"
    return f"{head} ({', '.join(parts)}){dialect.table_options}"


def create_index(table: str, index: IndexDefinition, unless: str = "") -> str:
    """Write CREATE INDEX for the columns of a table."""
    return (
        f"CREATE INDEX {unless}{quote(index.name)} ON {quote(table)} "
        f"({quoted_list(index.columns)})"
    )


def quoted_list(names: Iterable[str]) -> str:
    """Quote names side by side: `"author_id", "title"`."""
    return ", ".join(map(quote, names))


def column_text(column: ColumnDefinition, dialect: SqlDialect) -> str:
    """Write a column by itself: `"name" TEXT NOT NULL`."""
    null = "" if column.nullable else " NOT NULL"
    return f"{quote(column.name)} {sql_type(column.type, dialect)}{null}"


def unique_text(unique: UniqueDefinition) -> str:
    """Write a unique constraint: `CONSTRAINT "one_each" UNIQUE ("a", "b")`."""
    return f"CONSTRAINT {quote(unique.name)} UNIQUE ({quoted_list(unique.columns)})"


def check_text(check: CheckDefinition, dialect: SqlDialect) -> str:
    """Write a check: `CONSTRAINT "dear" CHECK ("price" > 9)`."""
    return f"CONSTRAINT {quote(check.name)} CHECK ({check.sql_in(dialect)})"


def references_text(foreign_key: ForeignKeyDefinition) -> str:
    """Write where a column leads: `REFERENCES "author" ("id") ON DELETE CASCADE`."""
    return (
        f"REFERENCES {quote(foreign_key.table)} ({quote(foreign_key.key)}) "
        f"ON DELETE {OnDelete(foreign_key.on_delete).value}"
    )


def foreign_key_text(table: str, foreign_key: ForeignKeyDefinition) -> str:
    """Write a foreign key beside the columns: `CONSTRAINT ... FOREIGN KEY ...`."""
    return (
        f"CONSTRAINT {quote(foreign_key_name(table, foreign_key.column))} "
        f"FOREIGN KEY ({quote(foreign_key.column)}) {references_text(foreign_key)}"
    )


def foreign_key_name(table: str, column: str) -> str:
    """Name a foreign key as PostgreSQL does: `book_author_id_fkey`."""
    return fitted(f"{table}_{column}_fkey")


def _is_inline(table: str, unique: UniqueDefinition) -> bool:
    is_single = len(unique.columns) == 1
    return is_single and unique.name == unique_name(table, unique.columns[0])


def _column_text(
    table: TableDefinition, column: ColumnDefinition, dialect: SqlDialect
) -> str:
    if column.name == table.primary_key and table.is_numbered:
        return f"{quote(column.name)} {dialect.auto_increment}"
    words = [column_text(column, dialect)]
    if column.name == table.primary_key:
        words.append("PRIMARY KEY")
    inline = [u.columns[0] for u in table.uniques if _is_inline(table.name, u)]
    if column.name in inline:
        words.append("UNIQUE")
    words += [references_text(f) for f in table.foreign_keys if f.column == column.name]
    return " ".join(words)


def _add_missing_foreign_key(table: str, foreign_key: ForeignKeyDefinition) -> str:
    """Write the foreign key of a cycle, which PostgreSQL adds without asking twice."""
    name = text_literal(foreign_key_name(table, foreign_key.column))
    relation = f"{text_literal(quote(table))}::regclass"
    return (
        "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_constraint "
        f"WHERE conname = {name} AND conrelid = {relation}) THEN "
        f"ALTER TABLE {quote(table)} ADD {foreign_key_text(table, foreign_key)}; "
        "END IF; END $$"
    )

"""One change of a table, as data: what a migration's file lists.

Each change says itself in words (`str(change)`), in SQL (`steps`), and knows what
undoes it (`inverse`).  It is written against the live tables, since names of
constraints and all of a table that SQLite rebuilds are found there.
"""

# ruff: noqa: S608 - every name in a text went through `quote`, no value is in one

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Protocol

from roob.orm.column import MISSING
from roob.orm.dialects import SQLITE, SqlDialect, quote
from roob.orm.exceptions import MigrationError
from roob.orm.schema.conversions import conversion
from roob.orm.schema.create_text import TOKEN, unquoted
from roob.orm.schema.definition import (
    CheckDefinition,
    ColumnDefinition,
    ForeignKeyDefinition,
    IndexDefinition,
    TableDefinition,
    UniqueDefinition,
    check_text,
    column_text,
    create_index,
    create_table,
    foreign_key_name,
    foreign_key_text,
    index_name,
    sql_type,
    unique_name,
    unique_text,
)
from roob.orm.schema.literals import literal
from roob.orm.schema.rebuild import rebuilt

Tables = Mapping[str, TableDefinition]
Rule = UniqueDefinition | IndexDefinition | CheckDefinition | ForeignKeyDefinition


class Step(NamedTuple):
    """A statement; with an `obstacle` a question, and every answer stands in the way.

    `Step('SELECT "id" FROM "book" WHERE "price" IS NULL', "book.price is NULL")`
    """

    sql: str
    obstacle: str = ""


class Change(Protocol):
    """What all changes offer."""

    def steps(self, dialect: SqlDialect, live: Tables, /) -> Iterator[Step]:
        """Write the change for a dialect and the tables as they are.

        Raises:
            MigrationError: the tables are not what the change expects.
        """

    def inverse(self) -> "Change":
        """Return what undoes the change.

        Raises:
            MigrationError: nothing does.
        """


@dataclass(frozen=True)
class CreateTable:
    """A new table, with its indexes."""

    definition: TableDefinition

    def __str__(self) -> str:
        return f"{self.definition.name}: create the table"

    def inverse(self) -> "DropTable":
        """Drop the table, with the rows that it has got."""
        return DropTable(self.definition)

    def steps(self, dialect: SqlDialect, live: Tables) -> Iterator[Step]:
        """Write CREATE TABLE and CREATE INDEX."""
        if self.definition.name in live:
            raise MigrationError(f"there is a table {self.definition.name} already")
        for rule in rules_of(self.definition):
            _refuse_unknown_columns(self.definition, rule, dialect)
        yield Step(create_table(self.definition, dialect))
        for index in self.definition.indexes:
            yield Step(create_index(self.definition.name, index))


@dataclass(frozen=True)
class DropTable:
    """A table and its rows go; the definition is there to make it again."""

    definition: TableDefinition

    def __str__(self) -> str:
        return f"{self.definition.name}: drop the table (undoing restores no rows)"

    def inverse(self) -> CreateTable:
        """Make the table again, without its rows."""
        return CreateTable(self.definition)

    def steps(self, _dialect: SqlDialect, live: Tables) -> Iterator[Step]:
        """Write DROP TABLE."""
        name = _live(live, self.definition.name).name
        for other in live.values():
            if other.name != name and name in (f.table for f in other.foreign_keys):
                raise MigrationError(f"table {name} is referred to by {other.name}")
        yield Step(f"DROP TABLE {quote(name)}")


@dataclass(frozen=True)
class RenameTable:
    """A table, with all that is named after it, gets another name."""

    table: str
    to: str

    def __str__(self) -> str:
        return f"{self.table}: rename the table to {self.to}"

    def inverse(self) -> "RenameTable":
        """Give the old name back."""
        return RenameTable(self.to, self.table)

    def steps(self, dialect: SqlDialect, live: Tables) -> Iterator[Step]:
        """Write ALTER TABLE RENAME; indexes and constraints follow."""
        old = _live(live, self.table)
        yield Step(f"ALTER TABLE {quote(self.table)} RENAME TO {quote(self.to)}")
        yield from _renamed_rules(dialect, old, self.to, self._new_name)

    def _new_name(self, name: str) -> str:
        prefix = f"{self.table}_"
        return f"{self.to}_{name[len(prefix) :]}" if name.startswith(prefix) else name


@dataclass(frozen=True)
class AddColumn:
    """A new column; `fill` is the value of the rows that are there already."""

    table: str
    column: ColumnDefinition
    fill: Any = MISSING

    def __str__(self) -> str:
        filled = "" if self.fill is MISSING else f", {self.fill!r} in old rows"
        return f"{self.table}: add column {_shown(self.column)}{filled}"

    def inverse(self) -> "DropColumn":
        """Drop the column, with the values that it has got."""
        return DropColumn(self.table, self.column, self.fill)

    def steps(self, dialect: SqlDialect, live: Tables) -> Iterator[Step]:
        """Add the column, by a rebuild where SQLite cannot fill it otherwise."""
        old = _live(live, self.table)
        if self.fill is MISSING and not self.column.nullable:
            yield Step(
                f"SELECT 1 FROM {quote(self.table)} LIMIT 1",
                f"{self.table}.{self.column.name}: the rows that are there need a "
                "value; give AddColumn(..., fill=...)",
            )
        if dialect is SQLITE and not self.column.nullable:
            new = replace(old, columns=(*old.columns, self.column))
            values = {self.column.name: self._filling(dialect)}
            yield from map(Step, rebuilt(old, new, values))
            return
        yield from map(Step, self._alterations(dialect))

    def _alterations(self, dialect: SqlDialect) -> Iterator[str]:
        table, name = quote(self.table), quote(self.column.name)
        add = f"ALTER TABLE {table} ADD COLUMN {column_text(self.column, dialect)}"
        if self.fill is MISSING:
            yield add
        elif dialect is SQLITE:
            yield add
            yield f"UPDATE {table} SET {name} = {self._filling(dialect)}"
        else:
            yield f"{add} DEFAULT {self._filling(dialect)}"
            yield f"ALTER TABLE {table} ALTER COLUMN {name} DROP DEFAULT"

    def _filling(self, dialect: SqlDialect) -> str:
        return _filling(self.column, self.fill, dialect)


@dataclass(frozen=True)
class DropColumn:
    """A column and its values go; `fill` is what undoing puts into the rows."""

    table: str
    column: ColumnDefinition
    fill: Any = MISSING

    def __str__(self) -> str:
        return (
            f"{self.table}: drop column {self.column.name} (undoing restores no values)"
        )

    def inverse(self) -> AddColumn:
        """Add the column again, without its values."""
        return AddColumn(self.table, self.column, self.fill)

    def steps(self, dialect: SqlDialect, live: Tables) -> Iterator[Step]:
        """Drop the column, where no rule speaks of it any more."""
        old, name = _live(live, self.table), self.column.name
        _refuse_if_in_use(old, old.column(name).name, live)
        if dialect is SQLITE:
            kept = tuple(column for column in old.columns if column.name != name)
            yield from map(Step, rebuilt(old, replace(old, columns=kept), {}))
            return
        yield Step(f"ALTER TABLE {quote(self.table)} DROP COLUMN {quote(name)}")


@dataclass(frozen=True)
class RenameColumn:
    """A column, with what is named after it, gets another name."""

    table: str
    column: str
    to: str

    def __str__(self) -> str:
        return f"{self.table}: rename column {self.column} to {self.to}"

    def inverse(self) -> "RenameColumn":
        """Give the old name back."""
        return RenameColumn(self.table, self.to, self.column)

    def steps(self, dialect: SqlDialect, live: Tables) -> Iterator[Step]:
        """Write ALTER TABLE RENAME COLUMN; indexes and constraints follow."""
        old = _live(live, self.table)
        yield Step(
            f"ALTER TABLE {quote(self.table)} RENAME COLUMN "
            f"{quote(old.column(self.column).name)} TO {quote(self.to)}"
        )
        yield from _renamed_rules(
            dialect, self._with_new_column(old), self.table, self._new_name
        )

    def _with_new_column(self, old: TableDefinition) -> TableDefinition:
        return replace(
            old,
            indexes=tuple(
                replace(index, columns=tuple(map(self._new_column, index.columns)))
                for index in old.indexes
            ),
        )

    def _new_column(self, name: str) -> str:
        return self.to if name == self.column else name

    def _new_name(self, name: str) -> str:
        for name_of in (index_name, unique_name, foreign_key_name):
            if name == name_of(self.table, self.column):
                return name_of(self.table, self.to)
        return name


@dataclass(frozen=True)
class RetypeColumn:
    """A column gets another type, and its values are turned into it."""

    table: str
    column: str
    before: str
    after: str

    def __str__(self) -> str:
        types = f"from {self.before} to {self.after}"
        return f"{self.table}: turn column {self.column} {types}"

    def inverse(self) -> "RetypeColumn":
        """Turn the values back."""
        return RetypeColumn(self.table, self.column, self.after, self.before)

    def steps(self, dialect: SqlDialect, live: Tables) -> Iterator[Step]:
        """Refuse the values that do not fit, then turn all of them."""
        old = _live(live, self.table)
        column = old.column(self.column)
        self._refuse_other_type(old, column, dialect)
        turned = conversion(self.before, self.after, dialect).of(quote(column.name))
        if turned.test:
            yield self._obstacle(old, turned.test)
        if dialect is SQLITE:
            new = _with_column(old, replace(column, type=self.after))
            yield from map(Step, rebuilt(old, new, {column.name: turned.expression}))
            return
        yield Step(
            f"ALTER TABLE {quote(self.table)} ALTER COLUMN {quote(self.column)} "
            f"TYPE {sql_type(self.after, dialect)} USING {turned.expression}"
        )

    def _refuse_other_type(
        self, old: TableDefinition, column: ColumnDefinition, dialect: SqlDialect
    ) -> None:
        label = f"{self.table}.{self.column}"
        if sql_type(column.type, dialect) != sql_type(self.before, dialect):
            raise MigrationError(f"{label} is {column.type}, not {self.before}")
        if old.is_numbered and column.name == old.primary_key:
            raise MigrationError(f"{label} numbers the rows, so it stays an int")

    def _obstacle(self, old: TableDefinition, test: str) -> Step:
        column, key = quote(self.column), quote(old.primary_key or self.column)
        return Step(
            f"SELECT {key}, {column} FROM {quote(self.table)} "
            f"WHERE {column} IS NOT NULL AND ({test}) IS NOT TRUE "
            f"ORDER BY {key} LIMIT 1",
            f"{self.table}.{self.column} cannot become {self.after}: "
            f"{{1!r}} at {old.primary_key or self.column} {{0!r}}",
        )


@dataclass(frozen=True)
class SetNullable:
    """A column allows NULL, or does not; `fill` takes the place of NULL then."""

    table: str
    column: str
    nullable: bool
    fill: Any = MISSING

    def __str__(self) -> str:
        verb = "allow" if self.nullable else "refuse"
        filled = "" if self.fill is MISSING else f", {self.fill!r} in its place"
        return f"{self.table}: {verb} NULL in column {self.column}{filled}"

    def inverse(self) -> "SetNullable":
        """Turn it around; what was filled stays filled."""
        return SetNullable(self.table, self.column, not self.nullable)

    def steps(self, dialect: SqlDialect, live: Tables) -> Iterator[Step]:
        """Fill or refuse NULL, then change the column."""
        old = _live(live, self.table)
        column = old.column(self.column)
        if not self.nullable:
            yield self._without_null(column, dialect)
        if dialect is SQLITE:
            new = _with_column(old, replace(column, nullable=self.nullable))
            yield from map(Step, rebuilt(old, new, {}))
            return
        verb = "DROP" if self.nullable else "SET"
        yield Step(
            f"ALTER TABLE {quote(self.table)} "
            f"ALTER COLUMN {quote(self.column)} {verb} NOT NULL"
        )

    def _without_null(self, column: ColumnDefinition, dialect: SqlDialect) -> Step:
        table, name = quote(self.table), quote(self.column)
        if self.fill is MISSING:
            return Step(
                f"SELECT 1 FROM {table} WHERE {name} IS NULL LIMIT 1",
                f"{self.table}.{self.column} is NULL in some rows; "
                "give SetNullable(..., fill=...)",
            )
        filling = _filling(column, self.fill, dialect)
        return Step(f"UPDATE {table} SET {name} = {filling} WHERE {name} IS NULL")


@dataclass(frozen=True)
class AddConstraint:
    """A table gets a unique, an index, a check or a foreign key."""

    table: str
    constraint: Rule

    def __str__(self) -> str:
        return f"{self.table}: add {_rule_shown(self.constraint)}"

    def inverse(self) -> "DropConstraint":
        """Drop it again."""
        return DropConstraint(self.table, self.constraint)

    def steps(self, dialect: SqlDialect, live: Tables) -> Iterator[Step]:
        """Write CREATE INDEX or ADD CONSTRAINT, or rebuild the table."""
        old, rule = _live(live, self.table), self.constraint
        _refuse_unknown_columns(old, rule, dialect)
        if isinstance(rule, IndexDefinition):
            yield Step(create_index(self.table, rule))
        elif dialect is SQLITE:
            yield from map(Step, rebuilt(old, _with_rules(old, rule), {}))
        else:
            text = _constraint_text(self.table, rule, dialect)
            yield Step(f"ALTER TABLE {quote(self.table)} ADD {text}")


@dataclass(frozen=True)
class DropConstraint:
    """A table loses a unique, an index, a check or a foreign key.

    A check is found by its name, the others by what they say.
    """

    table: str
    constraint: Rule

    def __str__(self) -> str:
        return f"{self.table}: drop {_rule_shown(self.constraint)}"

    def inverse(self) -> AddConstraint:
        """Add it again."""
        return AddConstraint(self.table, self.constraint)

    def steps(self, dialect: SqlDialect, live: Tables) -> Iterator[Step]:
        """Write DROP INDEX or DROP CONSTRAINT, or rebuild the table."""
        old = _live(live, self.table)
        rule = _live_rule(old, self.constraint, dialect)
        name = name_of(self.table, rule)
        if isinstance(rule, IndexDefinition):
            yield Step(f"DROP INDEX {quote(name)}")
        elif dialect is SQLITE:
            yield from map(Step, rebuilt(old, _without_rule(old, rule), {}))
        else:
            yield Step(f"ALTER TABLE {quote(self.table)} DROP CONSTRAINT {quote(name)}")


def rules_of(table: TableDefinition) -> tuple[Rule, ...]:
    """List a table's uniques, indexes, checks and foreign keys."""
    return (*table.uniques, *table.indexes, *table.checks, *table.foreign_keys)


def mentions(rule: Rule, column: str) -> bool:
    """Say whether a rule of a table speaks of one of its columns."""
    if isinstance(rule, ForeignKeyDefinition):
        return rule.column == column
    if isinstance(rule, CheckDefinition):
        texts = [rule.sql] if isinstance(rule.sql, str) else rule.sql.values()
        return any(column in _names_in(text) for text in texts)
    return column in rule.columns


def _names_in(sql: str) -> Iterator[str]:
    tokens = (token for token in TOKEN.findall(sql) if re.match(r'["`\[\w]', token))
    return map(unquoted, tokens)


def _live(live: Tables, name: str) -> TableDefinition:
    if name not in live:
        raise MigrationError(f"there is no table {name}")
    return live[name]


def _shown(column: ColumnDefinition) -> str:
    return f"{column.name} ({column.type}{', nullable' if column.nullable else ''})"


def _rule_shown(rule: Rule) -> str:
    match rule:
        case UniqueDefinition(name, columns):
            return f"unique {name} ({', '.join(columns)})"
        case IndexDefinition(name, columns):
            return f"index {name} ({', '.join(columns)})"
        case CheckDefinition(name, sql):
            return f"check {name} ({sql if isinstance(sql, str) else sql['sqlite']})"
    action = rule.on_delete.lower()
    return f"foreign key {rule.column} to {rule.table} (on delete {action})"


def _filling(column: ColumnDefinition, fill: Any, dialect: SqlDialect) -> str:
    """Write the value that fills rows; a member of an Enum is given by its name."""
    storage = dialect.storage.get(column.type)
    if fill is MISSING or fill is None:
        return "NULL"
    if storage is None or storage.encode is None or column.type == "enum":
        return literal(fill, dialect)
    return literal(storage.encode(fill), dialect)


def _with_column(table: TableDefinition, changed: ColumnDefinition) -> TableDefinition:
    columns = (changed if c.name == changed.name else c for c in table.columns)
    return replace(table, columns=tuple(columns))


def _with_rules(table: TableDefinition, rule: Rule) -> TableDefinition:
    match rule:
        case UniqueDefinition():
            return replace(table, uniques=(*table.uniques, rule))
        case CheckDefinition():
            return replace(table, checks=(*table.checks, rule))
        case ForeignKeyDefinition():
            return replace(table, foreign_keys=(*table.foreign_keys, rule))
    return replace(table, indexes=(*table.indexes, rule))


def _without_rule(table: TableDefinition, rule: Rule) -> TableDefinition:
    return replace(
        table,
        uniques=tuple(u for u in table.uniques if u is not rule),
        checks=tuple(c for c in table.checks if c is not rule),
        foreign_keys=tuple(f for f in table.foreign_keys if f is not rule),
    )


def _constraint_text(table: str, rule: Rule, dialect: SqlDialect) -> str:
    match rule:
        case UniqueDefinition():
            return unique_text(rule)
        case CheckDefinition():
            return check_text(rule, dialect)
        case ForeignKeyDefinition():
            return foreign_key_text(table, rule)
    raise MigrationError(f"{rule} is no constraint")


def name_of(table: str, rule: Rule) -> str:
    """Return the name of a table's rule; a foreign key's is that of PostgreSQL."""
    if isinstance(rule, ForeignKeyDefinition):
        return rule.name or foreign_key_name(table, rule.column)
    return rule.name


def _live_rule(table: TableDefinition, wanted: Rule, dialect: SqlDialect) -> Rule:
    """Find a rule of the live table; of several alike, the one of the same name."""
    alike = [rule for rule in rules_of(table) if _is_alike(rule, wanted, dialect)]
    if not alike:
        raise MigrationError(f"table {table.name} has no {_rule_shown(wanted)}")
    names = [name_of(table.name, rule) for rule in alike]
    name = name_of(table.name, wanted)
    return alike[names.index(name) if name in names else 0]


def _is_alike(rule: Rule, wanted: Rule, dialect: SqlDialect) -> bool:
    if type(rule) is not type(wanted):
        return False
    if isinstance(rule, CheckDefinition) and isinstance(wanted, CheckDefinition):
        return rule.name == wanted.name or rule.sql == wanted.sql_in(dialect)
    if isinstance(rule, ForeignKeyDefinition):
        return rule == wanted
    return bool(rule.columns == wanted.columns)  # type: ignore[union-attr]


def _refuse_unknown_columns(
    table: TableDefinition, rule: Rule, dialect: SqlDialect
) -> None:
    """Refuse what SQLite would take for a text: a quoted name that is no column.

    https://www.sqlite.org/quirks.html#dblquote
    """
    names: tuple[str, ...] = ()
    if isinstance(rule, ForeignKeyDefinition):
        names = (rule.column,)
    elif not isinstance(rule, CheckDefinition):
        names = rule.columns
    elif dialect is SQLITE:
        tokens = TOKEN.findall(rule.sql_in(dialect))
        names = tuple(unquoted(token) for token in tokens if token.startswith('"'))
    for name in names:
        table.column(name)


def _refuse_if_in_use(table: TableDefinition, column: str, live: Tables) -> None:
    label = f"{table.name}.{column}"
    if column == table.primary_key:
        raise MigrationError(f"{label} is the primary key")
    for rule in rules_of(table):
        if mentions(rule, column):
            raise MigrationError(f"{label} is in {_rule_shown(rule)}; drop that first")
    for other in live.values():
        if (table.name, column) in ((f.table, f.key) for f in other.foreign_keys):
            raise MigrationError(f"{label} is referred to by {other.name}")


def _renamed_rules(
    dialect: SqlDialect, old: TableDefinition, table: str, new_name: Any
) -> Iterator[Step]:
    """Rename indexes, whose names are a database's, and PostgreSQL's constraints."""
    for index in old.indexes:
        name = new_name(index.name)
        if name != index.name and dialect is SQLITE:
            yield Step(f"DROP INDEX {quote(index.name)}")
            yield Step(create_index(table, replace(index, name=name)))
        elif name != index.name:
            yield Step(f"ALTER INDEX {quote(index.name)} RENAME TO {quote(name)}")
    if dialect is SQLITE:
        return
    rules: tuple[Rule, ...] = (*old.uniques, *old.checks, *old.foreign_keys)
    for rule in rules:
        name = name_of(old.name, rule)
        if new_name(name) != name:
            yield Step(
                f"ALTER TABLE {quote(table)} "
                f"RENAME CONSTRAINT {quote(name)} TO {quote(new_name(name))}"
            )

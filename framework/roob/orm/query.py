"""A query becomes text and parameters: one function for each statement.

`plan_of` writes a table's statements once.  The functions after it only put a
frozen text and the values of one call together; values never enter the text.
"""

# ruff: noqa: S608 - every name in a text went through `quote`, no value is in one

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, NamedTuple

from roob.orm.column import Column, ForeignKey, PrimaryKey
from roob.orm.dialects import SqlDialect, quote
from roob.orm.exceptions import NotLoadedError
from roob.orm.joins import (
    Converter,
    Join,
    Loader,
    foreign_keys_of,
    joins_of,
    kept_column,
    loader_of,
)
from roob.orm.table import Table, reference_key, referenced_table


class Statement(NamedTuple):
    """SQL and its parameters: `Statement('DELETE ... WHERE "id" = ?', (1,))`."""

    sql: str
    params: tuple[object, ...] = ()


@dataclass(frozen=True)
class Plan:
    """The statements of one table in one dialect, written once.

    `encoders` check a row's values and turn them into parameters, `key_encoders`
    take the bare keys of referenced rows.  `identifiers` are the columns' names as
    the SELECT's WHERE takes them.
    """

    table: type[Table]
    key: PrimaryKey[Any]
    placeholder: str
    insert_sql: str
    insert_numbered_sql: str
    update_sql: str
    delete_sql: str
    select_sql: str
    where_key_sql: str
    identifiers: Mapping[str, str]
    encoders: Mapping[str, Converter]
    key_encoders: Mapping[str, Converter]
    loader: Loader

    @cached_property
    def unkeyed_encoders(self) -> Mapping[str, Converter]:
        """The encoders of all columns but the primary key."""
        return {n: e for n, e in self.encoders.items() if n != self.key.name}

    @cached_property
    def order_sql(self) -> str:
        """The order of the primary key."""
        return f" ORDER BY {self.identifiers[self.key.name]}"


def plan_of(table: type[Table], dialect: SqlDialect) -> Plan:
    """Write the statements of a table.

    Raises:
        SchemaError: the table has no key, or refers to a table that is not there.
    """
    key, mark, joins = (
        table.__schema__.primary_key,
        dialect.placeholder,
        joins_of(table),
    )
    name, key_name = quote(table.__schema__.name), quote(key.sql_name)
    identifiers = _identifiers(joins)
    encoders = {c.name: _encoder(table, c, dialect) for c in table.__schema__.columns}
    return Plan(
        table=table,
        key=key,
        placeholder=mark,
        insert_sql=_insert_text(table, mark, mark),
        insert_numbered_sql=_insert_text(table, mark, dialect.next_key(name, key_name)),
        update_sql=f"{_update_text(table, mark)} WHERE {key_name} = {mark}",
        delete_sql=f"DELETE FROM {name} WHERE {key_name} = {mark}",
        select_sql=_select_text(joins),
        where_key_sql=f" WHERE {identifiers[key.name]} = {mark}",
        identifiers=identifiers,
        encoders=encoders,
        key_encoders=_key_encoders(table, dialect),
        loader=loader_of(joins, joins[0], dialect),
    )


def create_table(table: type[Table], dialect: SqlDialect) -> Statement:
    """Make the table where there is none: `CREATE TABLE IF NOT EXISTS "author" (...)`.

    Raises:
        SchemaError: as `plan_of`.
    """
    key = table.__schema__.primary_key
    columns = ", ".join(
        _key_definition(key, dialect)
        if column.name == key.name
        else _definition(table, column, dialect)
        for column in table.__schema__.columns
    )
    name = quote(table.__schema__.name)
    return Statement(
        f"CREATE TABLE IF NOT EXISTS {name} ({columns}){dialect.table_options}"
    )


def create_indexes(table: type[Table]) -> list[Statement]:
    """Make the indexes that columns ask for, where there are none."""
    name = table.__schema__.name
    return [
        Statement(
            f"CREATE INDEX IF NOT EXISTS {quote(f'{name}_{column.sql_name}_idx')} "
            f"ON {quote(name)} ({quote(column.sql_name)})"
        )
        for column in table.__schema__.columns
        if column.index
    ]


def insert(plan: Plan, row: Table) -> Statement:
    """Add a row: `INSERT INTO "author" ("id", "name") VALUES (?, ?)`.

    A row without a key is numbered by the database where its key is.
    """
    values = vars(row)
    if plan.key.auto_increment and values.get(plan.key.name) is None:
        params = _params(plan.unkeyed_encoders, values)
        return Statement(plan.insert_numbered_sql, params)
    return Statement(plan.insert_sql, _params(plan.encoders, values))


def update(plan: Plan, row: Table) -> Statement:
    """Write a row's values: `UPDATE "author" SET "name" = ? WHERE "id" = ?`."""
    values = vars(row)
    key = plan.encoders[plan.key.name](values[plan.key.name])
    return Statement(plan.update_sql, (*_params(plan.unkeyed_encoders, values), key))


def delete(plan: Plan, key: object) -> Statement:
    """Remove the row of a key: `DELETE FROM "author" WHERE "id" = ?`."""
    return Statement(plan.delete_sql, (plan.encoders[plan.key.name](key),))


def select_by_key(plan: Plan, key: object) -> Statement:
    """Read the row of a key with the rows it refers to: `SELECT ... WHERE "id" = ?`."""
    sql = plan.select_sql + plan.where_key_sql
    return Statement(sql, (plan.encoders[plan.key.name](key),))


def select(plan: Plan, filters: Mapping[str, object]) -> Statement:
    """Read the rows whose columns equal the filters, in the order of their keys.

    `{"brand": "Apple", "shelf": None}` becomes
    `... WHERE "brand" = ? AND "shelf" IS NULL ORDER BY "id"`.

    Raises:
        UnknownColumnError: a filter is no column.
        InvalidValueError: a filter's value is none of its column.
    """
    if not filters:
        return Statement(plan.select_sql + plan.order_sql)
    plan.table.__schema__.refuse_unknown(filters)
    where = " AND ".join(_condition(plan, *item) for item in filters.items())
    given = [(name, value) for name, value in filters.items() if value is not None]
    return Statement(
        f"{plan.select_sql} WHERE {where}{plan.order_sql}",
        tuple(_filter_param(plan, name, value) for name, value in given),
    )


def ping() -> Statement:
    """Ask for an answer that needs no table."""
    return Statement("SELECT 1")


def begin(dialect: SqlDialect, depth: int) -> Statement:
    """Begin a transaction, or a savepoint inside of one: `SAVEPOINT "level_1"`."""
    return Statement(f"SAVEPOINT {_savepoint(depth)}" if depth else dialect.begin)


def commit(depth: int) -> Statement:
    """Keep what the transaction or savepoint did: `COMMIT`, `RELEASE "level_1"`."""
    return Statement(f"RELEASE {_savepoint(depth)}" if depth else "COMMIT")


def rollback(depth: int) -> Statement:
    """Undo the transaction, or what came after the savepoint: `ROLLBACK`."""
    return Statement(f"ROLLBACK TO {_savepoint(depth)}" if depth else "ROLLBACK")


def _savepoint(depth: int) -> str:
    return quote(f"level_{depth}")


def _identifiers(joins: list[Join]) -> dict[str, str]:
    prefix = _prefix(joins, joins[0])
    columns = joins[0].table.__schema__.columns
    return {column.name: prefix + quote(column.sql_name) for column in columns}


def _prefix(joins: list[Join], join: Join) -> str:
    return f"{quote(join.alias)}." if len(joins) > 1 else ""


def _select_text(joins: list[Join]) -> str:
    columns = ", ".join(
        _prefix(joins, join) + quote(column.sql_name)
        for join in joins
        for column in join.table.__schema__.columns
    )
    first = quote(joins[0].table.__schema__.name)
    alias = f" AS {quote(joins[0].alias)}" if len(joins) > 1 else ""
    others = "".join(
        _join_text(join, join.foreign_key) for join in joins if join.foreign_key
    )
    return f"SELECT {columns} FROM {first}{alias}{others}"


def _join_text(join: Join, foreign_key: ForeignKey[Any]) -> str:
    schema, alias = join.table.__schema__, quote(join.alias)
    return (
        f" LEFT JOIN {quote(schema.name)} AS {alias}"
        f" ON {alias}.{quote(schema.primary_key.sql_name)}"
        f" = {quote(join.parent)}.{quote(foreign_key.sql_name)}"
    )


def _insert_text(table: type[Table], mark: str, key_expression: str) -> str:
    schema = table.__schema__
    names = ", ".join(quote(column.sql_name) for column in schema.columns)
    values = ", ".join(
        key_expression if column is schema.primary_key else mark
        for column in schema.columns
    )
    return f"INSERT INTO {quote(schema.name)} ({names}) VALUES ({values})"


def _update_text(table: type[Table], mark: str) -> str:
    schema, key = table.__schema__, quote(table.__schema__.primary_key.sql_name)
    changes = ", ".join(
        f"{quote(column.sql_name)} = {mark}"
        for column in schema.columns
        if column is not schema.primary_key
    )
    return f"UPDATE {quote(schema.name)} SET {changes or f'{key} = {key}'}"


def _key_definition(key: PrimaryKey[Any], dialect: SqlDialect) -> str:
    given = f"{dialect.storage[key.kind.name].sql_type} NOT NULL PRIMARY KEY"
    words = dialect.auto_increment if key.auto_increment else given
    return f"{quote(key.sql_name)} {words}"


def _definition(table: type[Table], column: Column[Any], dialect: SqlDialect) -> str:
    kind = kept_column(table, column).kind.name
    name, sql_type = quote(column.sql_name), dialect.storage[kind].sql_type
    null = "" if column.nullable else " NOT NULL"
    unique = " UNIQUE" if column.unique else ""
    return f"{name} {sql_type}{null}{unique}{_references(table, column)}"


def _references(table: type[Table], column: Column[Any]) -> str:
    if not isinstance(column, ForeignKey):
        return ""
    schema = referenced_table(table, column).__schema__
    target = f"{quote(schema.name)} ({quote(schema.primary_key.sql_name)})"
    return f" REFERENCES {target} ON DELETE {column.on_delete}"


def _condition(plan: Plan, name: str, value: object) -> str:
    test = "IS NULL" if value is None else f"= {plan.placeholder}"
    return f"{plan.identifiers[name]} {test}"


def _filter_param(plan: Plan, name: str, value: object) -> object:
    is_bare_key = name in plan.key_encoders and not isinstance(value, Table)
    encoders = plan.key_encoders if is_bare_key else plan.encoders
    return encoders[name](value)


def _params(
    encoders: Mapping[str, Converter], values: Mapping[str, object]
) -> tuple[object, ...]:
    try:
        return tuple([encode(values[name]) for name, encode in encoders.items()])
    except KeyError as error:
        raise NotLoadedError(
            f"{error} is not loaded, so the row cannot be saved; "
            "read the row with db.get_by_id first"
        ) from None


def _key_encoders(table: type[Table], dialect: SqlDialect) -> dict[str, Converter]:
    targets = {c.name: referenced_table(table, c) for c in foreign_keys_of(table)}
    return {
        name: _encoder(target, target.__schema__.primary_key, dialect)
        for name, target in targets.items()
    }


def _encoder(table: type[Table], column: Column[Any], dialect: SqlDialect) -> Converter:
    check: Converter = column.check
    if isinstance(column, ForeignKey):
        check = partial(reference_key, column, referenced_table(table, column))
    encode = dialect.storage[kept_column(table, column).kind.name].encode
    return check if encode is None else partial(_checked_and_encoded, check, encode)


def _checked_and_encoded(check: Converter, encode: Converter, value: object) -> object:
    checked = check(value)
    return None if checked is None else encode(checked)

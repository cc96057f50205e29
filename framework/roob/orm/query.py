"""A query becomes text and parameters: one function for each statement.

`plan_of` writes a table's statements once.  The functions after it only put a
frozen text and the values of one call together; values never enter the text.
"""

# ruff: noqa: S608 - every name in a text went through `quote`, no value is in one

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any, NamedTuple

from roob.orm.codecs import Converter, encoder_of, kept_column
from roob.orm.column import LARGEST_INT, Column, PrimaryKey, Version
from roob.orm.criteria import (
    Fragment,
    Scope,
    all_sql,
    from_sql,
    is_float,
    operand_sql,
    ordering_sql,
    refuse_aggregates,
    refuse_json,
    refuse_ungrouped,
    result_column,
    scope_of,
    value_sql,
)
from roob.orm.dialects import SqlDialect, quote
from roob.orm.exceptions import NotLoadedError, QueryError
from roob.orm.expressions import Condition, Operand, Ordering, Value
from roob.orm.joins import Join, Loader, Path, joins_of, loader_of
from roob.orm.table import Table


class Statement(NamedTuple):
    """SQL and its parameters: `Statement('DELETE ... WHERE "id" = ?', (1,))`."""

    sql: str
    params: Sequence[object] = ()


# On the way of every single row, where the class's own constructor takes its time.
_quick_statement = partial(tuple.__new__, Statement)


Encoders = tuple[tuple[str, Converter], ...]


@dataclass(frozen=True, eq=False)
class Selection:
    """Which rows of a table, in which order, and which of their references.

    The order ends with the primary key, so that it is the same each time.  A selection
    that `is_behind` a row goes by its order already.
    """

    table: type[Table]
    where: tuple[Condition, ...] = ()
    order: tuple[Ordering, ...] = ()
    limit: int | None = None
    offset: int | None = None
    without: frozenset[Path] = frozenset()
    is_behind: bool = False

    @property
    def is_cut(self) -> bool:
        """Whether a limit or offset leaves out rows that fulfil the conditions."""
        return self.limit is not None or self.offset is not None

    @cached_property
    def full_order(self) -> tuple[Ordering, ...]:
        """The order, and the primary key unless that is in it."""
        key = self.table.__schema__.primary_key
        if any(ordering.operand is key for ordering in self.order):
            return self.order
        return (*self.order, Ordering(key, descending=False))


@dataclass(frozen=True, eq=False)
class Plan:
    """The statements of one table in one dialect, each written once.

    `encoders` check a row's values and turn them into parameters, in the columns'
    order.  `scope` has the joins of its SELECT.
    """

    table: type[Table]
    dialect: SqlDialect
    key: PrimaryKey[Any]
    version: Version | None
    encoders: Encoders
    encode_key: Converter
    scope: Scope
    loader: Loader

    @cached_property
    def insert_sql(self) -> str:
        """Adds a row that has a key."""
        return _insert_text(self.table, self._mark, self._mark)

    @cached_property
    def insert_numbered_sql(self) -> str:
        """Adds a row that the database numbers."""
        return self._insert_with(self.dialect.next_key)

    @cached_property
    def insert_free_sql(self) -> str:
        """Adds a row with a number beyond those that were set by hand."""
        return self._insert_with(self.dialect.free_key)

    @cached_property
    def insert_arrays_sql(self) -> str:
        """Adds many rows, given as an array for each column."""
        return _insert_arrays_text(self.table, self.dialect)

    @cached_property
    def delete_sql(self) -> str:
        """Removes the row of a key."""
        return f"DELETE FROM {self.name} WHERE {self.key_name} = {self._mark}"

    @cached_property
    def exists_sql(self) -> str:
        """Asks whether a key is there."""
        return f"SELECT 1 FROM {self.name} WHERE {self.key_name} = {self._mark}"

    @cached_property
    def select_sql(self) -> str:
        """Reads rows and what they refer to."""
        return _select_text(self.scope, self.scope.joins)

    @cached_property
    def select_one_sql(self) -> str:
        """Reads the row of a key."""
        return f"{self.select_sql} WHERE {self._joined_key} = {self._mark}"

    @cached_property
    def order_sql(self) -> str:
        """Sorts rows by their keys."""
        return f" ORDER BY {self._joined_key}"

    def _insert_with(self, key_of: Callable[[str, str], str]) -> str:
        text = _insert_text(self.table, self._mark, key_of(self.name, self.key_name))
        return text + self.dialect.numbered_suffix(self.key_name)

    @property
    def _mark(self) -> str:
        return self.dialect.placeholder

    @property
    def _joined_key(self) -> str:
        return self.scope.prefix(self.scope.joins[0]) + self.key_name

    @cached_property
    def name(self) -> str:
        """The table's name, quoted."""
        return quote(self.table.__schema__.name)

    @cached_property
    def key_name(self) -> str:
        """The key's name, quoted."""
        return quote(self.key.sql_name)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The columns' names, in their order."""
        return tuple(self.table.__schema__.by_name)

    @cached_property
    def key_index(self) -> int:
        """Where the key stands among the columns."""
        return self.table.__schema__.key_index

    @cached_property
    def version_index(self) -> int:
        """Where the version stands among the columns, -1 without one."""
        return self.table.__schema__.version_index

    @cached_property
    def managed(self) -> tuple[str, ...]:
        """The names of what the ORM itself sets on a row that it writes."""
        return self.table.__schema__.managed

    @cached_property
    def keyless_encoders(self) -> Encoders:
        """The encoders of all columns but the key."""
        return tuple(pair for pair in self.encoders if pair[0] != self.key.name)

    @cached_property
    def changeable(self) -> tuple[tuple[str, int, Converter], ...]:
        """The columns that an update may set: their names, places and encoders."""
        return tuple(
            (name, index, encode)
            for index, (name, encode) in enumerate(self.encoders)
            if name not in self.managed
        )

    @cached_property
    def places(self) -> Mapping[str, int]:
        """Where each column stands among the columns."""
        return {name: index for index, name in enumerate(self.names)}

    @cached_property
    def unnumbered(self) -> Mapping[str, object]:
        """What the ORM sets on a row when the database numbers it, before that."""
        return {"_stored": None, self.key.name: None}

    @cached_property
    def updates(self) -> dict[tuple[str, ...], str]:
        """The UPDATEs written so far, by the columns that they set."""
        return {}

    def update_sql(self, names: tuple[str, ...]) -> str:
        """Write the UPDATE of some columns: `UPDATE "author" SET "age" = ? ...`."""
        known = self.updates.get(names)
        if known is None:
            known = self.updates[names] = _update_text(self, names)
        return known


def plan_of(
    table: type[Table], dialect: SqlDialect, without: frozenset[Path] = frozenset()
) -> Plan:
    """Write the statements of a table.

    Raises:
        SchemaError: the table has no key, or refers to a table that is not there.
    """
    schema, joins = table.__schema__, joins_of(table, without)
    encoders = {column.name: encoder_of(column, dialect) for column in schema.columns}
    return Plan(
        table=table,
        dialect=dialect,
        key=schema.primary_key,
        version=schema.version,
        encoders=tuple(encoders.items()),
        encode_key=encoders[schema.primary_key.name],
        scope=scope_of(dialect, joins),
        loader=loader_of(joins, joins[0], dialect),
    )


def is_numbered(plan: Plan, row: Table) -> bool:
    """Whether the database is to give a new row its key."""
    return plan.key.auto_increment and row.__dict__.get(plan.key.name) is None


def params_of(encoders: Encoders, row: Table) -> list[object]:
    """Check a row's values and encode them: `params_of(plan.encoders, ada)`.

    Raises:
        InvalidValueError: a column does not take its value.
        NotLoadedError: a value was not read.
    """
    values = row.__dict__  # quicker than vars(), on the way of every row
    try:
        return [encode(values[name]) for name, encode in encoders]
    except KeyError as error:
        raise NotLoadedError(
            f"{error} is not loaded, so the row cannot be saved; "
            "read the row with db.get_by_id first"
        ) from None


def changes_of(plan: Plan, row: Table) -> dict[str, object]:
    """List what a row says otherwise than the database did, encoded.

    Of a row that was never read it is everything.  The key is no change, and nor is
    the version, which the statement itself counts on.
    """
    values, stored = vars(row), row._stored
    if stored is None:
        params = dict(zip(plan.names, params_of(plan.encoders, row), strict=True))
        return {name: params[name] for name, _, _ in plan.changeable}
    changes = {}
    for name, index, encode in plan.changeable:
        value = values.get(name, stored[index])
        if value is not stored[index]:  # else it is what was read: most of a row
            param = encode(value)
            if param != stored[index]:
                changes[name] = param
    return changes


def insert(plan: Plan, params: Sequence[object]) -> Statement:
    """Add a row with its key: `INSERT INTO "author" ("id", "name") VALUES (?, ?)`."""
    return Statement(plan.insert_sql, params)


def insert_numbered(plan: Plan, keyless: Sequence[object]) -> Statement:
    """Add a row whose key the database gives, from the other values."""
    return _quick_statement((plan.insert_numbered_sql, keyless))


def insert_free(plan: Plan, keyless: Sequence[object]) -> Statement:
    """Add a row with a number beyond those that were taken by hand."""
    return Statement(plan.insert_free_sql, keyless)


def insert_arrays(plan: Plan, many: Sequence[Sequence[object]]) -> Statement:
    """Add many rows by one statement: `INSERT ... SELECT * FROM unnest(%s, %s)`."""
    return Statement(
        plan.insert_arrays_sql, [list(column) for column in zip(*many, strict=True)]
    )


def skip_taken_keys(plan: Plan) -> Statement | None:
    """Let the counter go past the keys that were set by hand, where it must be told."""
    sql = plan.dialect.skip_taken(plan.name, plan.key_name)
    return Statement(sql) if sql else None


def draw_keys(plan: Plan, count: int) -> Statement:
    """Ask for numbers for new rows, a record for each."""
    return Statement(plan.dialect.draw_keys(plan.name, plan.key_name), (count,))


def upsert(plan: Plan, row: Table, on: Sequence[Column[Any]]) -> Statement:
    """Add a row, or write it over the one that agrees in some columns.

    `INSERT ... ON CONFLICT ("email") DO UPDATE SET "name" = excluded."name"
    RETURNING "id"`; the version, where there is one, is returned too.
    """
    table, dialect, mark = plan.table, plan.dialect, plan.dialect.placeholder
    numbered = is_numbered(plan, row)
    number = dialect.upsert_key(plan.name, plan.key_name) if numbered else mark
    text = _insert_text(table, mark, number)
    conflict = ", ".join(quote(column.sql_name) for column in on)
    kept = {plan.key.name, *(column.name for column in on)}
    changes = ", ".join(
        _overwriting(plan, column)
        for column in table.__schema__.columns
        if column.name not in kept
    )
    returned = [column for column in (plan.key, plan.version) if column]
    return Statement(
        f"{text} ON CONFLICT ({conflict}) DO UPDATE SET "
        f"{changes or _overwriting(plan, on[0])} "
        f"RETURNING {', '.join(quote(column.sql_name) for column in returned)}",
        params_of(plan.keyless_encoders if numbered else plan.encoders, row),
    )


def _overwriting(plan: Plan, column: Column[Any]) -> str:
    name = quote(column.sql_name)
    if column is plan.version:
        return f"{name} = {plan.name}.{name} + 1"
    return f"{name} = excluded.{name}"


def update(
    plan: Plan, changes: Mapping[str, object], key: object, version: object = None
) -> Statement:
    """Write some columns of a row: `UPDATE "author" SET "age" = ? WHERE "id" = ?`.

    Where the table has a version, the row must still be of that version.
    """
    sql = plan.update_sql(tuple(changes))
    last = (key,) if plan.version is None else (key, version)
    return Statement(sql, (*changes.values(), *last))


def delete(plan: Plan, key: object) -> Statement:
    """Remove the row of a key: `DELETE FROM "author" WHERE "id" = ?`."""
    return Statement(plan.delete_sql, (plan.encode_key(key),))


def exists_key(plan: Plan, key: object) -> Statement:
    """Ask whether a stored key is still there: `SELECT 1 ... WHERE "id" = ?`."""
    return Statement(plan.exists_sql, (key,))


def select_by_key(plan: Plan, key: object) -> Statement:
    """Read the row of a key with the rows it refers to: `SELECT ... WHERE "id" = ?`."""
    return _quick_statement((plan.select_one_sql, (plan.encode_key(key),)))


def select_equal(plan: Plan, filters: Mapping[str, object]) -> Statement:
    """Read the rows whose columns equal the filters, in the order of their keys.

    `{"brand": "Apple", "shelf": None}` becomes
    `... WHERE "brand" = ? AND "shelf" IS NULL ORDER BY "id"`.

    Raises:
        UnknownColumnError: a filter is no column.
        InvalidValueError: a filter's value is none of its column.
        QueryError: a column of JSON, which is not compared.
    """
    plan.table.__schema__.refuse_unknown(filters)
    where = all_sql(plan.scope, [_equality(plan, *item) for item in filters.items()])
    given = f" WHERE {where.sql}" if filters else ""
    return Statement(plan.select_sql + given + plan.order_sql, where.params)


def _equality(plan: Plan, name: str, value: object) -> Condition:
    return plan.table.__schema__.by_name[name] == value


def select(plan: Plan, selection: Selection) -> Statement:
    """Read the rows of a selection: `SELECT ... WHERE ... ORDER BY ... LIMIT ?`."""
    return _select(plan, selection, "")


def stream(plan: Plan, selection: Selection) -> Statement:
    """Read the rows of a selection as they are at one moment, in a long loop."""
    return _select(plan, selection, plan.dialect.snapshot)


def _select(plan: Plan, selection: Selection, snapshot: str) -> Statement:
    order = selection.full_order
    scope = _scope(plan, selection, plan.scope.joins, order)
    return _statement(
        Fragment(_select_text(scope, plan.scope.joins)),
        _where(scope, selection.where),
        _order(scope, order, snapshot),
        _cut(plan, selection),
    )


def count(plan: Plan, selection: Selection) -> Statement:
    """Count the rows of a selection: `SELECT count(*) FROM "book" WHERE ...`."""
    if selection.is_cut:
        rows = select_keys(plan, selection)
        return Statement(f'SELECT count(*) FROM ({rows.sql}) AS "row"', rows.params)
    scope = _scope(plan, selection, plan.scope.joins[:1], ())
    return _statement(
        Fragment(f"SELECT count(*) FROM {from_sql(scope)}"),
        _where(scope, selection.where),
    )


def exists(plan: Plan, selection: Selection) -> Statement:
    """Ask for one row of a selection: `SELECT 1 FROM "book" WHERE ... LIMIT 1`."""
    most = 1 if selection.limit is None else selection.limit
    scope = _scope(plan, selection, plan.scope.joins[:1], ())
    return _statement(
        Fragment(f"SELECT 1 FROM {from_sql(scope)}"),
        _where(scope, selection.where),
        _cut(plan, replace(selection, limit=min(1, most))),
    )


def select_keys(plan: Plan, selection: Selection) -> Statement:
    """Read the keys of a selection, with its order where that decides which."""
    order = selection.full_order if selection.is_cut else ()
    scope = _scope(plan, selection, plan.scope.joins[:1], order)
    key = scope.prefix(scope.joins[0]) + plan.key_name
    return _statement(
        Fragment(f"SELECT {key} FROM {from_sql(scope)}"),
        _where(scope, selection.where),
        _order(scope, order),
        _cut(plan, selection),
    )


def update_where(
    plan: Plan, selection: Selection, changes: Mapping[str, object]
) -> Statement:
    """Write columns of all rows of a selection: `UPDATE "book" SET ... WHERE ...`.

    A value may be a calculation with the row's own columns: `Book.price + 1`.

    Raises:
        UnknownColumnError: a change is of no column.
        QueryError: of the key or the version, or calculated over a reference.
        InvalidValueError: a value is none of its column.
    """
    plan.table.__schema__.refuse_unknown(changes)
    operands = [value for value in changes.values() if isinstance(value, Operand)]
    refuse_aggregates(operands)
    scope = scope_of(plan.dialect, plan.scope.joins[:1], operands)
    if len(scope.joins) > 1:
        raise QueryError("an update calculates with the row's own columns alone")
    parts = [_assignment(plan, scope, *change) for change in changes.items()]
    if plan.version:
        name = quote(plan.version.sql_name)
        parts.append(Fragment(f"{name} = {name} + 1"))
    params = tuple(param for part in parts for param in part.params)
    text = ", ".join(part.sql for part in parts)
    return _statement(
        Fragment(f"UPDATE {plan.name} SET {text}", params), _where_in(plan, selection)
    )


def delete_where(plan: Plan, selection: Selection) -> Statement:
    """Remove all rows of a selection: `DELETE FROM "book" WHERE ...`."""
    return _statement(Fragment(f"DELETE FROM {plan.name}"), _where_in(plan, selection))


def aggregate(
    plan: Plan,
    selection: Selection,
    groups: Sequence[Value],
    values: Sequence[Value],
    having: Sequence[Condition],
) -> Statement:
    """Read one record for each group: `SELECT "brand", count("id") ... GROUP BY ...`.

    Without groups it is one record for all rows.
    """
    order = selection.order or tuple(group.asc() for group in groups)
    refuse_aggregates(selection.where)
    refuse_ungrouped([*having, *order], groups)
    wanted = [*groups, *values, *having, *selection.where, *order]
    scope = scope_of(plan.dialect, plan.scope.joins[:1], wanted)
    for group in groups:
        refuse_json(result_column(group), "makes no groups")
    names = [operand_sql(scope, group).sql for group in groups]
    columns = [operand_sql(scope, value) for value in values]
    read = ", ".join([*names, *(column.sql for column in columns)])
    params = tuple(param for column in columns for param in column.params)
    return _statement(
        Fragment(f"SELECT {read} FROM {from_sql(scope)}", params),
        _where(scope, selection.where),
        Fragment(f" GROUP BY {', '.join(names)}" if names else ""),
        _where(scope, having, " HAVING "),
        _order(scope, order),
        _cut(plan, selection),
    )


def ping() -> Statement:
    """Ask for an answer that needs no table."""
    return Statement("SELECT 1")


def explain(dialect: SqlDialect, statement: Statement) -> Statement:
    """Ask how the database would run a statement, and run nothing."""
    return Statement(f"{dialect.explain} {statement.sql}", statement.params)


def begin(dialect: SqlDialect, depth: int, isolation: str | None) -> Statement:
    """Begin a transaction, or a savepoint inside of one: `SAVEPOINT "level_1"`.

    Raises:
        ConfigurationError: the database knows no such isolation.
    """
    if depth:
        return Statement(f"SAVEPOINT {_savepoint(depth)}")
    return Statement(dialect.begin_at(isolation))


def commit(depth: int) -> Statement:
    """Keep what the transaction or savepoint did: `COMMIT`, `RELEASE "level_1"`."""
    return Statement(f"RELEASE {_savepoint(depth)}" if depth else "COMMIT")


def rollback(depth: int) -> Statement:
    """Undo the transaction, or what came after the savepoint: `ROLLBACK`."""
    return Statement(f"ROLLBACK TO {_savepoint(depth)}" if depth else "ROLLBACK")


def _savepoint(depth: int) -> str:
    return quote(f"level_{depth}")


def _statement(*fragments: Fragment) -> Statement:
    params = tuple(param for fragment in fragments for param in fragment.params)
    return Statement("".join(fragment.sql for fragment in fragments), params)


def _scope(
    plan: Plan,
    selection: Selection,
    joins: Sequence[Join],
    order: Sequence[Ordering],
) -> Scope:
    nodes = [*selection.where, *order]
    refuse_aggregates(nodes)
    return scope_of(plan.dialect, joins, nodes)


def _where(
    scope: Scope, conditions: Sequence[Condition], word: str = " WHERE "
) -> Fragment:
    if not conditions:
        return Fragment("")
    sql, params = all_sql(scope, conditions)
    return Fragment(word + sql, params)


def _where_in(plan: Plan, selection: Selection) -> Fragment:
    """Say which rows to change; those of a cut or joined selection by their keys."""
    scope = _scope(plan, selection, plan.scope.joins[:1], ())
    if not scope.is_qualified and not selection.is_cut:
        return _where(scope, selection.where)
    keys = select_keys(plan, selection)
    return Fragment(f" WHERE {plan.key_name} IN ({keys.sql})", tuple(keys.params))


def _order(scope: Scope, order: Sequence[Ordering], snapshot: str = "") -> Fragment:
    if not order:
        return Fragment("")
    steps = [ordering_sql(scope, ordering) for ordering in order]
    params = tuple(param for step in steps for param in step.params)
    text = snapshot + ", ".join(step.sql for step in steps)
    return Fragment(f" ORDER BY {text}", params)


def _cut(plan: Plan, selection: Selection) -> Fragment:
    mark = plan.dialect.placeholder
    if selection.offset is None:
        cut = f" LIMIT {mark}" if selection.limit is not None else ""
        return Fragment(cut, () if selection.limit is None else (selection.limit,))
    # SQLite takes OFFSET after LIMIT alone, and every database this large a LIMIT.
    limit = LARGEST_INT if selection.limit is None else selection.limit
    return Fragment(f" LIMIT {mark} OFFSET {mark}", (limit, selection.offset))


def _assignment(plan: Plan, scope: Scope, name: str, value: object) -> Fragment:
    column = plan.table.__schema__.by_name[name]
    if column is plan.key or column is plan.version:
        raise QueryError(f"{column.label} is not set by an update of many rows")
    if isinstance(value, Operand) and is_float(value) and column.python_type is int:
        raise QueryError(f"{column.label} is an int, and the calculation a float")
    sql, params = value_sql(scope, column, value)
    return Fragment(f"{quote(column.sql_name)} = {sql}", params)


def _select_text(scope: Scope, read: Sequence[Join]) -> str:
    columns = ", ".join(
        scope.prefix(join) + quote(column.sql_name)
        for join in read
        for column in join.table.__schema__.columns
    )
    return f"SELECT {columns} FROM {from_sql(scope)}"


def _insert_arrays_text(table: type[Table], dialect: SqlDialect) -> str:
    schema, mark = table.__schema__, dialect.placeholder
    names = ", ".join(quote(column.sql_name) for column in schema.columns)
    kinds = [kept_column(column).kind.name for column in schema.columns]
    types = [dialect.storage[kind].sql_type.partition(" COLLATE")[0] for kind in kinds]
    arrays = ", ".join(f"{mark}::{sql_type}[]" for sql_type in types)
    return f"INSERT INTO {quote(schema.name)} ({names}) SELECT * FROM unnest({arrays})"


def _insert_text(table: type[Table], mark: str, key_expression: str) -> str:
    schema = table.__schema__
    names = ", ".join(quote(column.sql_name) for column in schema.columns)
    values = ", ".join(
        key_expression if column is schema.primary_key else mark
        for column in schema.columns
    )
    return f"INSERT INTO {quote(schema.name)} ({names}) VALUES ({values})"


def _update_text(plan: Plan, names: Sequence[str]) -> str:
    schema, mark = plan.table.__schema__, plan.dialect.placeholder
    sets = [f"{quote(schema.by_name[name].sql_name)} = {mark}" for name in names]
    where = f"{plan.key_name} = {mark}"
    if plan.version:
        version = quote(plan.version.sql_name)
        sets.append(f"{version} = {version} + 1")
        where += f" AND {version} = {mark}"
    return f"UPDATE {quote(schema.name)} SET {', '.join(sets)} WHERE {where}"

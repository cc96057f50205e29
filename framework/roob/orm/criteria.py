"""A condition becomes SQL: each part of it a text and its parameters.

A `Scope` knows what the tables of a statement are called.  A value is checked
against the column that it is compared with, and never enters the text.
"""

# ruff: noqa: S608 - every name in a text went through `quote`, no value is in one

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

from roob.orm.codecs import (
    Converter,
    decoder_of,
    kept_column,
    lenient_encoder_of,
    unchanged,
)
from roob.orm.column import Column, ForeignKey, place_of
from roob.orm.dialects import SqlDialect, quote
from roob.orm.exceptions import InvalidValueError, QueryError
from roob.orm.expressions import (
    Aggregate,
    Arithmetic,
    Comparison,
    Condition,
    Exists,
    Function,
    Junction,
    Match,
    Membership,
    Negation,
    NullTest,
    Operand,
    Ordering,
    Reached,
)
from roob.orm.joins import Join, Path, foreign_keys_of, next_join

MOST_VALUES = 30_000  # in one statement; every database takes that many parameters

NUMBERS = frozenset({"int", "float", "decimal"})
CALCULABLE = frozenset({"int", "float"})
SORTED = NUMBERS | {"str", "datetime", "date"}
COMPOUND = (Condition, Ordering, Arithmetic, Aggregate)
TAKEN_KINDS: Mapping[Function, frozenset[str]] = MappingProxyType(
    {
        Function.SUM: NUMBERS,
        Function.AVG: NUMBERS,
        Function.MIN: SORTED,
        Function.MAX: SORTED,
    }
)


class Fragment(NamedTuple):
    """A piece of a statement: `Fragment('"price" > ?', (10,))`."""

    sql: str
    params: tuple[object, ...] = ()


@dataclass(frozen=True)
class Scope:
    """What the tables of one SELECT are called, and so where its columns are.

    Conditions speak of the table at the end of `base`, which begins at the first
    join.  In a statement of one table its columns need no prefix.
    """

    dialect: SqlDialect
    joins: tuple[Join, ...]
    is_qualified: bool
    base: Path = ()
    depth: int = 0

    def prefix(self, join: Join) -> str:
        """Say whose a column is: `"t0".`, or nothing."""
        return f"{quote(join.alias)}." if self.is_qualified else ""

    def identifier(self, place: Reached) -> str:
        """Name a column: `Book.author.name` is `"t1"."name"`."""
        path = (*self.base, *place.path)
        join = next(join for join in self.joins if join.path == path)
        return self.prefix(join) + quote(place.column.sql_name)


def scope_of(
    dialect: SqlDialect,
    joins: Sequence[Join],
    nodes: Iterable[object] = (),
    base: Path = (),
    depth: int = 0,
) -> Scope:
    """Join what conditions and orders ask for beyond the joins that there are.

    Raises:
        QueryError: they speak of a column of another table.
    """
    nodes, all_joins = tuple(nodes), list(joins)
    name = _join_at(all_joins, base).table.__schema__.name
    for place in _places(nodes):
        if place.table_name != name:
            raise QueryError(f"{place.label} is no column of {name}")
        _join_at(all_joins, (*base, *place.path))
    has_subquery = any(isinstance(part, Exists) for part in _parts(nodes))
    is_qualified = len(all_joins) > 1 or has_subquery or depth > 0
    return Scope(dialect, tuple(all_joins), is_qualified, base, depth)


def _parts(node: object, entered: tuple[type, ...] = COMPOUND) -> Iterator[object]:
    """Yield a tree of conditions and operands, the outer before the inner."""
    if isinstance(node, tuple):
        for each in node:
            yield from _parts(each, entered)
        return
    yield node
    if isinstance(node, entered) and not isinstance(node, Exists):  # a scope of its own
        yield from _parts(tuple(vars(node).values()), entered)


def _places(
    nodes: tuple[object, ...], entered: tuple[type, ...] = COMPOUND
) -> Iterator[Reached]:
    for part in _parts(nodes, entered):
        place = place_of(part) if isinstance(part, Operand) else None
        if place is not None:
            yield place


def refuse_aggregates(nodes: Iterable[object]) -> None:
    """Refuse to sum rows up where each is looked at for itself.

    Raises:
        QueryError: an aggregate is among these, or inside of them.
    """
    for part in _parts(tuple(nodes)):
        if isinstance(part, Aggregate):
            raise QueryError(
                f"{part.function} is of many rows, not of one; "
                "ask for it in aggregate(), and after group_by() in having()"
            )


def refuse_ungrouped(nodes: Iterable[object], groups: Iterable[Operand]) -> None:
    """Refuse what may differ among the rows of one group.

    Raises:
        QueryError: a column neither makes the groups nor is summed up.
    """
    nodes = tuple(nodes)
    grouped = {place.label for place in _places(tuple(groups))}
    for place in _places(nodes, (Condition, Ordering, Arithmetic)):
        if place.label not in grouped:
            raise QueryError(f"{place.label} differs inside of a group; sum it up")
    if any(isinstance(part, Exists) for part in _parts(nodes)):
        raise QueryError("any() is asked of rows, in where(), and not of groups")


def _join_at(joins: list[Join], path: Path) -> Join:
    """Find the join at the end of a path, made where it is not there yet."""
    for join in joins:
        if join.path == path:
            return join
    parent = _join_at(joins, path[:-1])
    columns = {column.name: column for column in foreign_keys_of(parent.table)}
    joins.append(next_join(joins, parent, columns[path[-1]]))
    return joins[-1]


def condition_sql(scope: Scope, condition: Condition) -> Fragment:
    """Write a condition: `Book.price > 10` is `"price" > ?` with 10.

    Raises:
        QueryError: it asks for what the columns' types do not allow.
        InvalidValueError: a value is none of its column.
    """
    write = _WRITERS.get(type(condition))
    if write is None:
        raise QueryError(f"{condition!r} is no condition; compare a column to a value")
    return write(scope, condition)


def all_sql(scope: Scope, conditions: Sequence[Condition]) -> Fragment:
    """Write conditions that all hold: `"price" > ? AND "shelf" IS NULL`."""
    return _joined(" AND ", [_in_row(scope, each) for each in conditions])


def ordering_sql(scope: Scope, ordering: Ordering) -> Fragment:
    """Write one step of an order, with a place for NULL where there can be one."""
    column = result_column(ordering.operand)
    refuse_json(column, "has no order")
    sql, params = operand_sql(scope, ordering.operand)
    nulls = (" NULLS FIRST", " NULLS LAST")[ordering.descending]
    direction = " DESC" if ordering.descending else ""
    return Fragment(
        f"{sql}{direction}{nulls if may_be_null(ordering.operand) else ''}", params
    )


def may_be_null(operand: Operand) -> bool:
    """Whether an operand can be without a value: what a row reached may be, too."""
    place = place_of(operand)
    return place is None or place.column.nullable or bool(place.path)


def operand_sql(scope: Scope, operand: Operand) -> Fragment:
    """Write a column, a calculation or an aggregate."""
    match operand:
        case Arithmetic(left, operator, right):
            column = result_column(operand)
            parts = (operand_sql(scope, left), value_sql(scope, column, right))
            sql, params = _joined(f" {operator} ", parts)
            return Fragment(f"({sql})", params)
        case Aggregate(function, of):
            sql, params = operand_sql(scope, of)
            kind = _kept_kind(result_column(of))
            return Fragment(scope.dialect.aggregate(function, kind, sql), params)
    place = place_of(operand)
    if place is None:
        raise QueryError(f"{operand!r} is no column")
    return Fragment(scope.identifier(place))


def value_sql(scope: Scope, column: Column[Any], value: object) -> Fragment:
    """Write what a column is compared with or set to: another operand or a value.

    Raises:
        QueryError: the other operand has another type.
        InvalidValueError: the value is none of the column.
    """
    if not isinstance(value, Operand):
        encode = lenient_encoder_of(column, scope.dialect)
        return Fragment(scope.dialect.placeholder, (encode(value),))
    kinds = {_kept_kind(column), _kept_kind(result_column(value))}
    if len(kinds) > 1 and not kinds <= CALCULABLE:
        raise QueryError(f"{column.label} has another type than {_shown(value)}")
    return operand_sql(scope, value)


def result_column(operand: Operand) -> Column[Any]:
    """Return a column of the type that an operand has.

    Raises:
        QueryError: it calculates with, or sums up, what cannot be.
    """
    match operand:
        case Arithmetic(left, _, right):
            return _calculated(left, right)
        case Aggregate(function, of):
            refuse_aggregates([of])
            return _aggregated(function, result_column(of))
    place = place_of(operand)
    if place is None:
        raise QueryError(f"{operand!r} is no column")
    column: Column[Any] = place.column
    return column


def result_decoder(operand: Operand, dialect: SqlDialect) -> Converter:
    """Make the function from what the database returns to a value of the operand."""
    return decoder_of(result_column(operand), dialect) or unchanged


def _calculated(left: Operand, right: object) -> Column[Any]:
    column = result_column(left)
    if _kept_kind(column) not in CALCULABLE:
        raise QueryError(f"{column.label} is no int or float to calculate with")
    if isinstance(right, Operand) and is_float(right):
        return _result_of(float, column.label)
    return column


def _aggregated(function: Function, column: Column[Any]) -> Column[Any]:
    kind = _kept_kind(column)
    if kind not in TAKEN_KINDS.get(function, {kind}):
        raise QueryError(f"{column.label} has no {function}: it is of type {kind}")
    if function is Function.COUNT:
        return _result_of(int, f"{function}")
    if function is Function.AVG:
        return _result_of(float, f"{function}")
    return column


def _result_of(python_type: type, name: str) -> Column[Any]:
    column: Column[Any] = Column(python_type)
    column.name = name
    return column


def is_float(operand: Operand) -> bool:
    """Whether an operand's values are floats: `Book.weight`, `Book.pages.avg()`."""
    return _kept_kind(result_column(operand)) == "float"


def _kept_kind(column: Column[Any]) -> str:
    return str(kept_column(column).kind.name)


def _shown(operand: Operand) -> str:
    place = place_of(operand)
    return place.label if place else result_column(operand).name


def _comparison(scope: Scope, condition: Comparison) -> Fragment:
    column = result_column(condition.left)
    refuse_json(column, "is not compared")
    if condition.right is None:
        raise QueryError(f"{column.label}: None has no order; ask is_null()")
    parts = (
        operand_sql(scope, condition.left),
        value_sql(scope, column, condition.right),
    )
    return _joined(f" {condition.operator} ", parts)


def _membership(scope: Scope, condition: Membership) -> Fragment:
    column = result_column(condition.operand)
    refuse_json(column, "is not compared")
    if len(condition.values) > MOST_VALUES:
        raise QueryError(f"{column.label}: more than {MOST_VALUES} values at once")
    if any(value is None for value in condition.values):
        raise QueryError(f"{column.label}: None is in no set; ask is_null() as well")
    if not condition.values:
        return Fragment("1 = 0")
    sql, params = operand_sql(scope, condition.operand)
    values = _joined(", ", [value_sql(scope, column, v) for v in condition.values])
    return Fragment(f"{sql} IN ({values.sql})", (*params, *values.params))


def _match(scope: Scope, condition: Match) -> Fragment:
    column = result_column(condition.operand)
    if _kept_kind(column) != "str":
        raise QueryError(f"{column.label} is no text to match")
    sql, params = operand_sql(scope, condition.operand)
    pattern = _checked_pattern(column, condition.pattern)
    if condition.ignore_case:
        sql, pattern = f"lower({sql})", _ascii_lower(pattern)
    encoded = scope.dialect.pattern(pattern)
    return Fragment(
        f"{sql} {scope.dialect.match} {scope.dialect.placeholder}", (*params, encoded)
    )


def _checked_pattern(column: Column[Any], pattern: str) -> str:
    column.check(pattern)
    if (len(pattern) - len(pattern.rstrip("\\"))) % 2:
        raise InvalidValueError(f"{column.label}: {pattern!r} ends in a lone backslash")
    return pattern


def _ascii_lower(text: str) -> str:
    return "".join(c.lower() if c.isascii() else c for c in text)


def _null_test(scope: Scope, condition: NullTest) -> Fragment:
    sql, params = operand_sql(scope, condition.operand)
    return Fragment(f"{sql} IS {'' if condition.is_null else 'NOT '}NULL", params)


def _negation(scope: Scope, condition: Negation) -> Fragment:
    sql, params = condition_sql(scope, condition.condition)
    return Fragment(f"NOT ({sql})", params)


def _junction(scope: Scope, condition: Junction) -> Fragment:
    if not condition.conditions:
        return Fragment("1 = 1" if condition.word == "AND" else "1 = 0")
    parts = [_in_row(scope, each) for each in condition.conditions]
    return _joined(f" {condition.word} ", parts)


def _in_row(scope: Scope, condition: Condition) -> Fragment:
    """Write a condition beside others: one with a word of its own in parentheses."""
    sql, params = condition_sql(scope, condition)
    is_junction = isinstance(condition, Junction) and len(condition.conditions) > 1
    return Fragment(f"({sql})" if is_junction else sql, params)


def _exists(scope: Scope, condition: Exists) -> Fragment:
    refuse_aggregates(condition.conditions)
    depth, path = scope.depth + 1, condition.path
    first = Join(f"x{depth}_0", condition.table, 0)
    inner = scope_of(scope.dialect, [first], condition.conditions, path, depth)
    outer = next(join for join in scope.joins if join.path == scope.base)
    back: ForeignKey[Any] = condition.table.__schema__.by_name[condition.back]
    if not issubclass(outer.table, back.referenced()):
        name = outer.table.__schema__.name
        raise QueryError(f"{back.label} does not refer to {name}, so it has no members")
    key = outer.table.__schema__.primary_key.sql_name
    match = (
        f"{inner.prefix(first)}{quote(back.sql_name)}"
        f" = {scope.prefix(outer)}{quote(key)}"
    )
    more = all_sql(inner, condition.conditions)
    rest = f" AND {more.sql}" if condition.conditions else ""
    return Fragment(
        f"EXISTS (SELECT 1 FROM {from_sql(inner)} WHERE {match}{rest})", more.params
    )


def from_sql(scope: Scope) -> str:
    """Name the tables of a SELECT: `"book" AS "t0" LEFT JOIN "author" AS "t1" ...`."""
    first, *others = scope.joins
    alias = f" AS {quote(first.alias)}" if scope.is_qualified else ""
    table = quote(first.table.__schema__.name)
    return f"{table}{alias}{''.join(map(_join_text, others))}"


def _join_text(join: Join) -> str:
    schema, alias = join.table.__schema__, quote(join.alias)
    sql_name = join.foreign_key.sql_name if join.foreign_key else ""
    return (
        f" LEFT JOIN {quote(schema.name)} AS {alias}"
        f" ON {alias}.{quote(schema.primary_key.sql_name)}"
        f" = {quote(join.parent)}.{quote(sql_name)}"
    )


def refuse_json(column: Column[Any], complaint: str) -> None:
    """Refuse JSON where values are compared, which databases do not agree on.

    Raises:
        QueryError: the column keeps JSON.
    """
    if _kept_kind(column) == "json":
        raise QueryError(f"{column.label} keeps JSON, which {complaint}")


def _joined(separator: str, fragments: Iterable[Fragment]) -> Fragment:
    found = list(fragments)
    params = tuple(param for fragment in found for param in fragment.params)
    return Fragment(separator.join(fragment.sql for fragment in found), params)


_WRITERS: Mapping[type[Condition], Callable[[Scope, Any], Fragment]] = MappingProxyType(
    {
        Comparison: _comparison,
        NullTest: _null_test,
        Membership: _membership,
        Match: _match,
        Junction: _junction,
        Negation: _negation,
        Exists: _exists,
    }
)

"""Which column a parameter is for: told by hand-written SQL and by the ORM's own."""

from itertools import chain
from time import thread_time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from roob.orm import query
from roob.orm.column import Column, ForeignKey, PrimaryKey, Version
from roob.orm.dialects import POSTGRESQL, SQLITE
from roob.orm.expressions import Ordering, and_, not_, or_
from roob.orm.query import Plan, Selection, plan_of
from roob.orm.relations import Collection
from roob.orm.table import Table
from roob.trace.statements import (
    parameter_columns,
    result_columns,
    secret_literals,
    with_columns,
    without_literals,
)


@pytest.mark.parametrize(
    ("sql", "columns"),
    [
        ('UPDATE "a" SET "pin" = ? WHERE "id" = ?', "pin id"),
        ("UPDATE a SET pin=?,token=? WHERE id=?", "pin token id"),
        ("SELECT 1 FROM t WHERE a = ? AND b LIKE ? OR c IN (?, ?)", "a b c c"),
        (
            "SELECT 1 FROM t WHERE a BETWEEN ? AND ? LIMIT ? OFFSET ?",
            "a a LIMIT OFFSET",
        ),
        ('SELECT 1 FROM "t" AS "t0" WHERE "t0"."token" = ?', "token"),
        ("SELECT 1 FROM t WHERE lower(token) GLOB ?", "token"),
        ("SELECT 1 FROM t WHERE NOT (token = lower(?))", "token"),
        ("SELECT 1 FROM t WHERE password = crypt(?, gen_salt(?))", "password password"),
        ("SELECT 1 FROM t WHERE ? = token AND id = ?", "token id"),
        ("SELECT 1 FROM t WHERE ? <> t.token", "token"),
        ("SELECT ? AS token, id FROM t", "token"),
        ("INSERT INTO t (a, token) VALUES (?, ?)", "a token"),
        ("INSERT OR REPLACE INTO t(a,token) VALUES(?,?)", "a token"),
        ("REPLACE INTO main.t (a, token) VALUES (?, ?)", "a token"),
        ("insert into t as x (a, token) values (?, ?), (?, ?)", "a token a token"),
        ("INSERT INTO t (a, token) VALUES (upper(?), coalesce(?, 'x'))", "a token"),
        ("INSERT INTO t (a, token) VALUES ((SELECT max(id) FROM u), ?)", "token"),
        (
            "INSERT INTO t (a, b) VALUES ((SELECT id FROM u WHERE token = ?), ?)",
            "token b",
        ),
        ("INSERT INTO t (a, token) SELECT ?, ? FROM u WHERE c = ?", "a token c"),
        (
            "INSERT INTO t (a, token) SELECT * FROM unnest(%s::text[], %s::int[])",
            "a token",
        ),
        (
            "INSERT INTO t (a) VALUES (?) ON CONFLICT (a) DO UPDATE SET token = ?",
            "a token",
        ),
        (
            "INSERT INTO t (a, b) VALUES (?, ?) RETURNING id",
            "a b",
        ),
        (
            "UPDATE t SET token = coalesce((SELECT x FROM u WHERE id = ?), ?)",
            "id token",
        ),
        ("SELECT 1 FROM t WHERE a = %s AND b = %(pin)s AND c = '%%'", "a|b pin"),
        ("SELECT 1 FROM t WHERE a = :first AND b = :first AND c = @x", "a b first|c x"),
        ("SELECT 1 FROM t WHERE a = ?2 AND b = ?1 AND c = ?2", "b|a c"),
        ("SELECT 1 FROM t WHERE a = $2 AND b = $1", "b a"),
        ("SELECT 1 FROM t WHERE a::text = %s::text", "a"),
        ("SELECT '?', \"b?\", `c?`, [d] FROM t WHERE e = ?", "e"),
        ("SELECT 'it''s ?' FROM t WHERE a = ? -- and b = ?\n AND c = ?", "a c"),
        ("SELECT /* ? */ 1 FROM t WHERE a = $$?$$ AND b = ?", "b"),
        ("SELECT $tag$ ? $$ $tag$ FROM t WHERE a = ?", "a"),
        ('SELECT 1 FROM t WHERE "to""ken" = ?', 'to"ken'),
        ("SELECT a FROM t", ""),
        ("", ""),
        ("INSERT INTO t (a) VALUES (", ""),
        (")))", ""),
    ],
)
def test_each_parameter_has_its_column(sql, columns):
    separator = "|" if "|" in columns else " "
    assert list(parameter_columns(sql)) == [c for c in columns.split(separator) if c]


@pytest.mark.parametrize("sql", ["SELECT ?", "INSERT INTO t VALUES (?)"])
def test_a_column_that_is_not_told_is_an_empty_text(sql):
    assert parameter_columns(sql) in (("",), ("t",))


def test_where_the_text_is_unclear_all_of_it_is_each_parameters_name():
    sql = "UPDATE t SET token = ?"
    assert [*with_columns(sql, [1])] == [("token", 1)]
    assert [*with_columns(sql, [1, 2])] == [(sql, 1), (sql, 2)]
    assert [*with_columns(sql, [])] == []


@pytest.mark.parametrize(
    ("sql", "found", "shown"),
    [
        (
            "SELECT 1 FROM t WHERE token = 'it''s' AND a = 'x'",
            (("token", "it's"),),
            "SELECT 1 FROM t WHERE token = '‹hidden›' AND a = 'x'",
        ),
        (
            "INSERT INTO t (a, password) VALUES ('a', 'b c'), ('d', 'e f')",
            (("password", "b c"), ("password", "e f")),
            "INSERT INTO t (a, password) VALUES ('a', '‹hidden›'), ('d', '‹hidden›')",
        ),
        (
            "UPDATE t SET api_key = 12345, a = 6789",
            (("api_key", "12345"),),
            "UPDATE t SET api_key = ‹hidden›, a = 6789",
        ),
        (
            "SELECT 1 FROM t WHERE token IN ($$ab$$, $x$c$$d$x$)",
            (("token", "ab"), ("token", "c$$d")),
            "SELECT 1 FROM t WHERE token IN (‹hidden›, ‹hidden›)",
        ),
        ("SELECT 1 FROM t WHERE author = 'Ada'", (), ""),
    ],
)
def test_a_literal_is_hidden_by_its_column(sql, found, shown):
    assert tuple((c, text.strip("'")) for c, text in secret_literals(sql)) == found
    assert without_literals(sql).replace("'‹hidden›'", "‹hidden›") == (
        shown or sql
    ).replace("'‹hidden›'", "‹hidden›")


@pytest.mark.parametrize(
    ("sql", "columns"),
    [
        ('SELECT "id", "t0"."token" FROM "t"', ("id", "t0 token")),
        (
            "SELECT lower(token) AS x, (SELECT a FROM u) FROM t",
            ("lower token x", "a u"),
        ),
        ("SELECT * FROM t", ()),
        ("SELECT count(*) FROM t", ("count",)),
        ("SELECT 1", ("",)),
        ("UPDATE t SET a = 1", ()),
        ("", ()),
    ],
)
def test_the_columns_of_a_result_are_those_that_a_select_names(sql, columns):
    assert result_columns(sql) == columns


# The ORM's own statements.


class Owner(Table):
    id = PrimaryKey(int, auto_increment=True)
    name = Column(str)
    token = Column(str)
    items = Collection("Item")


class Item(Table):
    id = PrimaryKey(int, auto_increment=True)
    title = Column(str)
    password = Column(str)
    pieces = Column(int)
    owner = ForeignKey(Owner, nullable=True)
    version = Version()


PLANS = [plan_of(Item, SQLITE), plan_of(Item, POSTGRESQL)]
TEXTS = {
    "title": Item.title,
    "password": Item.password,
    "token": Item.owner.token,
    "name": Item.owner.name,
}
NUMBERS = {"pieces": Item.pieces, "id": Item.id}


def compared(
    column: tuple[str, Any], operator: str, value: Any
) -> tuple[Any, list[str]]:
    """A condition, and the columns of its parameters."""
    name, operand = column
    conditions = {
        "==": lambda: operand == value,
        "!=": lambda: operand != value,
        ">": lambda: operand > value,
        "in": lambda: operand.in_([value, value]),
        "between": lambda: operand.between(value, value),
        "null": operand.is_null,
    }
    counts = {"in": 2, "between": 2, "null": 0}
    return conditions[operator](), [name] * counts.get(operator, 1)


def matched(column: tuple[str, Any], way: str, ignore_case: bool) -> Any:
    name, operand = column
    condition = getattr(operand, way)("text", ignore_case=ignore_case)
    return condition, [name]


def joined(word: str, parts: list[tuple[Any, list[str]]]) -> tuple[Any, list[str]]:
    conditions = [condition for condition, _ in parts]
    names = [*chain.from_iterable(names for _, names in parts)]
    if word == "not":
        return not_(conditions[0]), parts[0][1]
    return {"and": and_, "or": or_}[word](*conditions), names


OPERATORS = st.sampled_from(["==", "!=", ">", "in", "between", "null"])
SIMPLE = (
    st.builds(
        compared, st.sampled_from([*NUMBERS.items()]), OPERATORS, st.integers(0, 9)
    )
    | st.builds(compared, st.sampled_from([*TEXTS.items()]), OPERATORS, st.just("text"))
    | st.builds(
        matched,
        st.sampled_from([*TEXTS.items()]),
        st.sampled_from(["contains", "startswith", "like"]),
        st.booleans(),
    )
    | st.just((Item.pieces + 1 > 2, ["pieces", "pieces"]))
)
CONDITIONS = st.recursive(
    SIMPLE,
    lambda inner: st.builds(
        joined, st.sampled_from(["and", "or", "not"]), st.lists(inner, min_size=1)
    ),
    max_leaves=6,
)
SELECTIONS = st.tuples(
    st.lists(CONDITIONS, max_size=3), st.none() | st.just(3), st.none() | st.just(2)
)
ORM = st.sampled_from(PLANS)


def selected(parts: Any) -> tuple[Selection, list[str], list[str]]:
    """A selection, and the columns of its conditions and of its end."""
    conditions, limit, offset = parts
    selection = Selection(
        Item,
        where=tuple(condition for condition, _ in conditions),
        order=(Ordering(Item.title, descending=True),),
        limit=limit,
        offset=offset,
    )
    cut = [] if limit is None and offset is None else ["LIMIT"]
    names = [*chain.from_iterable(names for _, names in conditions)]
    return selection, names, [*cut, *([] if offset is None else ["OFFSET"])]


def check(statement: query.Statement, names: list[str]) -> None:
    columns = parameter_columns(statement.sql)
    assert len(columns) == len(statement.params)
    assert list(columns) == names


@settings(deadline=None)
@given(ORM, SELECTIONS)
def test_the_orms_select_tells_the_column_of_each_parameter(plan: Plan, parts):
    selection, names, cut = selected(parts)
    check(query.select(plan, selection), names + cut)
    check(query.stream(plan, selection), names + cut)
    check(query.select_keys(plan, selection), names + cut)
    check(query.count(plan, selection), names + cut)


@settings(deadline=None)
@given(ORM, SELECTIONS)
def test_the_orms_delete_tells_the_column_of_each_parameter(plan: Plan, parts):
    selection, names, cut = selected(parts)
    check(query.delete_where(plan, selection), names + cut)


CHANGES = st.dictionaries(
    st.sampled_from(["title", "password", "pieces"]), st.just(None), min_size=1
)
VALUES = {"title": "a", "password": "b", "pieces": Item.pieces + 1}


@settings(deadline=None)
@given(ORM, SELECTIONS, CHANGES)
def test_the_orms_update_tells_the_column_of_each_parameter(plan: Plan, parts, names):
    selection, told, cut = selected(parts)
    changes = {name: VALUES[name] for name in names}
    check(query.update_where(plan, selection, changes), [*names, *told, *cut])
    check(query.update(plan, changes, 1, 2), [*names, "id", "version"])


@pytest.mark.parametrize("plan", PLANS)
def test_the_orms_insert_tells_the_column_of_each_parameter(plan: Plan):
    keyless = ["title", "password", "pieces", "owner_id", "version"]
    check(query.insert(plan, range(6)), ["id", *keyless])
    check(query.insert_numbered(plan, range(5)), keyless)
    check(query.insert_free(plan, range(5)), keyless)
    check(query.insert_arrays(PLANS[1], [range(6)] * 3), ["id", *keyless])
    row = Item(title="a", password="b", pieces=1, owner=None, version=1)
    check(query.upsert(plan, row, [Item.title]), keyless)
    check(query.delete(plan, 1), ["id"])
    check(query.select_by_key(plan, 1), ["id"])
    check(
        query.select_equal(plan, {"password": "a", "title": "b"}), ["password", "title"]
    )


@pytest.mark.parametrize("plan", PLANS)
def test_the_orms_conditions_of_a_collection_tell_their_columns(plan: Plan):
    selection = Selection(Owner, where=(Owner.items.any(Item.password == "x"),))
    owners = plan_of(Owner, plan.dialect)
    check(query.select(owners, selection), ["password"])


@settings(deadline=None)
@given(st.text("'\"`[]$?%s():;-/*\\ \na1,.=", max_size=60))
def test_no_text_is_too_broken_to_be_read(sql):
    parameter_columns("SELECT " + sql)
    secret_literals("INSERT INTO t (token) VALUES " + sql)
    assert without_literals(sql) == sql or "‹hidden›" in without_literals(sql)
    result_columns("SELECT " + sql)


@settings(deadline=None)
@given(st.text(max_size=20))
def test_a_placeholder_in_quotes_is_none(text):
    literal, name = text.replace("'", "''"), text.replace('"', '""')
    sql = f"""SELECT '?{literal}' FROM "?{name}" WHERE token = ?"""
    assert parameter_columns(sql) == ("token",)


@pytest.mark.parametrize(
    "part",
    ["'", '"', "$", "$$", "--", "/*", "(", "? ", "a ", "a.", "1", "?,", "= ", "%"],
)
def test_a_hostile_statement_takes_no_second(part):
    sql = "SELECT " + part * (100_000 // len(part))
    began = thread_time()
    parameter_columns(sql)
    assert thread_time() - began < 2

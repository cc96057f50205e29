"""Any condition and any order has one answer: SQLite's, PostgreSQL's and Python's.

Conditions are made by chance, each with a function that says in Python, by SQL's
rules for NULL, whether a row fulfils it: True, False or None.
"""

import operator
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from roob.orm.column import JSON, Column, ForeignKey, PrimaryKey
from roob.orm.database import Database
from roob.orm.db_factory import DatabaseFactory
from roob.orm.expressions import Condition, Value, and_, not_, or_
from roob.orm.relations import Collection
from roob.orm.table import Table

Answer = Callable[[Any], bool | None]


class Colour(Enum):
    RED = "r"
    BLUE = "b"


class Thing(Table):
    id = PrimaryKey(int)
    number = Column(int, nullable=True)
    ratio = Column(float, nullable=True)
    amount = Column(Decimal, nullable=True)
    text = Column(str, nullable=True)
    flag = Column(bool, nullable=True)
    parent: ForeignKey[Any] = ForeignKey("self", nullable=True)
    children: Collection[Any] = Collection("self")


TEXTS = [
    "",
    "a",
    "A",
    "ab",
    "aB",
    "a%b",
    "a_b",
    "a\\b",
    "a*b",
    "a?b",
    "[ab]",
    "[a",
    "]",
]
TEXTS += ["é", "É", "İ", "ß", "😀", "a\nb", "%", "_", "\\", "^a", "[^a]", "10", "9"]
NUMBERS = [-3, 0, 1, 2, 10, 2**62, -(2**62)]
RATIOS = [-1.5, 0.0, 0.5, 2.0, 1e300, 5e-324]
AMOUNTS = [Decimal(text) for text in ("-1", "0", "0.10", "0.1", "9", "10", "1E+20")]


def things() -> list[Thing]:
    rows: list[Thing] = []
    for n, text in enumerate([*TEXTS, None, None]):
        row = Thing(
            id=n,
            text=text,
            number=[*NUMBERS, None][n % 8],
            ratio=[None, *RATIOS][n % 7],
            amount=[*AMOUNTS, None][(n // 2) % 8],
            flag=[True, False, None][n % 3],
            parent=rows[n // 2] if n % 4 else None,
        )
        rows.append(row)
    return rows


@pytest.fixture(params=["memory", "postgresql"])
def db(request: pytest.FixtureRequest) -> Iterator[Database]:
    is_memory = request.param == "memory"
    url = "sqlite://" if is_memory else request.getfixturevalue("postgres_url")
    with DatabaseFactory.from_url(url) as db:
        db.create(Everything)
        db.save_all(things())
        yield db


@dataclass(frozen=True)
class Case:
    """A condition, and what Python says of it."""

    condition: Condition
    holds: Answer
    words: str

    def __repr__(self) -> str:
        return self.words


COMPARISONS = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
COLUMNS: dict[str, st.SearchStrategy[Any]] = {
    "number": st.sampled_from(NUMBERS) | st.integers(-4, 4),
    "ratio": st.sampled_from(RATIOS) | st.floats(-3, 3),
    "amount": st.sampled_from(AMOUNTS) | st.decimals(-3, 12, places=2),
    "text": st.sampled_from(TEXTS) | st.text("aAbB%_é\\*?[]^-", max_size=4),
    "flag": st.booleans(),
}
PATTERNS = st.lists(
    st.sampled_from([*"aAbBéÉ%_*?[]^-!\n", "\\%", "\\_", "\\\\", "\\a", "\\*", "\\["]),
    max_size=5,
).map("".join)


class Everything(Table):
    id = PrimaryKey(int, auto_increment=True)
    integer = Column(int, nullable=True)
    number = Column(float, nullable=True)
    flag = Column(bool, nullable=True)
    text = Column(str, nullable=True)
    blob = Column(bytes, nullable=True)
    moment = Column(datetime, nullable=True)
    day = Column(date, nullable=True)
    amount = Column(Decimal, nullable=True)
    uuid = Column(UUID, nullable=True)
    colour = Column(Colour, nullable=True)
    anything = Column(JSON, nullable=True)
    other: ForeignKey[Thing | None] = ForeignKey(Thing, nullable=True)


ZONES = st.sampled_from([UTC, timezone(timedelta(hours=-7, minutes=30))])
JSONS = st.recursive(
    st.booleans() | st.integers(-(2**70), 2**70) | st.floats(-1, 1) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
ROWS_OF_EVERYTHING = st.fixed_dictionaries(
    {
        "integer": st.none() | st.integers(-(2**63), 2**63 - 1),
        "number": st.none() | st.floats(allow_nan=False, allow_infinity=False),
        "flag": st.none() | st.booleans(),
        "text": st.none() | st.text(st.characters(codec="utf-8", min_codepoint=1)),
        "blob": st.none() | st.binary(),
        "moment": st.none()
        | st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29), timezones=ZONES),
        "day": st.none() | st.dates(),
        "amount": st.none() | st.decimals(allow_nan=False, allow_infinity=False),
        "uuid": st.none() | st.uuids(),
        "colour": st.none() | st.sampled_from(Colour),
        "anything": st.none() | JSONS,
    }
)

PLACES = {
    "thing": lambda name: (getattr(Thing, name), lambda row: getattr(row, name)),
    "parent": lambda name: (
        getattr(Thing.parent, name),
        lambda row: row.parent and getattr(row.parent, name),
    ),
    "grandparent": lambda name: (
        getattr(Thing.parent.parent, name),
        lambda row: (
            row.parent and row.parent.parent and getattr(row.parent.parent, name)
        ),
    ),
}


@st.composite
def operands(draw: st.DrawFn, name: str) -> tuple[Value, Answer, str]:
    place = draw(st.sampled_from(sorted(PLACES)))
    operand, value = PLACES[place](name)
    return operand, value, f"{place}.{name}"


def null_if_any(answer: Callable[..., Any], *values: Answer) -> Answer:
    def of_row(row: Any) -> Any:
        known = [value(row) for value in values]
        return None if None in known else answer(*known)

    return of_row


@st.composite
def comparisons(draw: st.DrawFn) -> Case:
    name, sign = (
        draw(st.sampled_from([*COLUMNS])),
        draw(st.sampled_from([*COMPARISONS])),
    )
    left, value, words = draw(operands(name))
    compare = COMPARISONS[sign]
    if draw(st.booleans()):
        right, other, more = draw(operands(name))
        holds = null_if_any(compare, value, other)
        return Case(compare(left, right), holds, f"({words} {sign} {more})")
    fixed = draw(COLUMNS[name])
    holds = null_if_any(lambda known: compare(known, fixed), value)
    return Case(compare(left, fixed), holds, f"({words} {sign} {fixed!r})")


@st.composite
def calculations(draw: st.DrawFn) -> Case:
    name, sign = "number", draw(st.sampled_from([*COMPARISONS]))
    left, value, words = draw(operands(name))
    add, fixed = draw(st.integers(-5, 5)), draw(COLUMNS[name])
    calculate = draw(st.sampled_from([operator.add, operator.sub]))
    compare = COMPARISONS[sign]
    holds = null_if_any(lambda known: compare(calculate(known, add), fixed), value)
    condition = compare(calculate(left, add), fixed)
    return Case(
        condition, holds, f"({calculate.__name__}({words}, {add}) {sign} {fixed})"
    )


@st.composite
def null_tests(draw: st.DrawFn) -> Case:
    left, value, words = draw(operands(draw(st.sampled_from([*COLUMNS]))))
    if draw(st.booleans()):
        return Case(left.is_null(), lambda row: value(row) is None, f"{words} is null")
    return Case(left != None, lambda row: value(row) is not None, f"{words} is")  # noqa: E711


@st.composite
def memberships(draw: st.DrawFn) -> Case:
    name = draw(st.sampled_from([*COLUMNS]))
    left, value, words = draw(operands(name))
    values = draw(st.lists(COLUMNS[name], max_size=3))

    def holds(row: Any) -> bool | None:
        known = value(row)
        if not values:
            return False
        return None if known is None else any(known == each for each in values)

    return Case(left.in_(values), holds, f"{words} in {values!r}")


@st.composite
def ranges(draw: st.DrawFn) -> Case:
    name = draw(st.sampled_from([*COLUMNS]))
    left, value, words = draw(operands(name))
    low, high = draw(COLUMNS[name]), draw(COLUMNS[name])
    holds = null_if_any(lambda known: low <= known <= high, value)
    return Case(left.between(low, high), holds, f"{words} in {low!r}..{high!r}")


def ascii_lower(text: str) -> str:
    return "".join(c.lower() if c.isascii() else c for c in text)


def fits(text: str, pattern: str, ignore_case: bool) -> bool:
    if ignore_case:
        text, pattern = ascii_lower(text), ascii_lower(pattern)
    wild = {"%": ".*", "_": "."}
    parts = re.findall(r"\\.|[^\\]", pattern, re.DOTALL)
    regex = "".join(wild.get(part, re.escape(part[-1])) for part in parts)
    return re.fullmatch(regex, text, re.DOTALL) is not None


TEXT_TESTS: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda text, part: part in text,
    "startswith": str.startswith,
    "endswith": str.endswith,
}


@st.composite
def matches(draw: st.DrawFn) -> Case:
    left, value, words = draw(operands("text"))
    ignore_case = draw(st.booleans())
    method = draw(st.sampled_from(["like", *TEXT_TESTS]))
    part = draw(PATTERNS if method == "like" else COLUMNS["text"])

    def test(text: str) -> bool:
        if method == "like":
            return fits(text, part, ignore_case)
        if ignore_case:
            return TEXT_TESTS[method](ascii_lower(text), ascii_lower(part))
        return TEXT_TESTS[method](text, part)

    condition = getattr(left, method)(part, ignore_case=ignore_case)
    holds = null_if_any(test, value)
    return Case(condition, holds, f"{words}.{method}({part!r}, {ignore_case})")


LEAVES = (
    comparisons() | calculations() | null_tests() | memberships() | ranges()
) | matches()


def all_hold(answers: Sequence[bool | None]) -> bool | None:
    if False in answers:
        return False
    return None if None in answers else True


def opposite(answer: bool | None) -> bool | None:
    return None if answer is None else not answer


def any_holds(answers: Sequence[bool | None]) -> bool | None:
    return opposite(all_hold([opposite(answer) for answer in answers]))


def _both(cases: list[Case]) -> Case:
    return Case(
        and_(*(case.condition for case in cases)),
        lambda row: all_hold([case.holds(row) for case in cases]),
        f"and_{cases!r}",
    )


def _either(cases: list[Case]) -> Case:
    return Case(
        or_(*(case.condition for case in cases)),
        lambda row: any_holds([case.holds(row) for case in cases]),
        f"or_{cases!r}",
    )


def _not(case: Case) -> Case:
    return Case(
        not_(case.condition), lambda row: opposite(case.holds(row)), f"not_{case!r}"
    )


ROWS = things()


def _some_child(cases: list[Case]) -> Case:
    def holds(row: Any) -> bool:
        children = [child for child in ROWS if child.parent and child.parent == row]
        return any(all_hold([case.holds(c) for case in cases]) for c in children)

    conditions = [case.condition for case in cases]
    return Case(Thing.children.any(*conditions), holds, f"children.any{cases!r}")


CASES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3).map(_both)
        | st.lists(inner, max_size=3).map(_either)
        | inner.map(_not)
        | st.lists(inner, max_size=2).map(_some_child)
    ),
    max_leaves=6,
)


class Undo(Exception):
    """Ends a transaction whose changes the next example is not to see."""


@contextmanager
def undone(db: Database) -> Iterator[None]:
    with suppress(Undo), db.transaction():
        yield
        raise Undo


on_one_database = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
)


@on_one_database
@given(case=CASES)
def test_a_condition_has_one_answer_everywhere(db: Database, case: Case) -> None:
    expected = [row.id for row in ROWS if case.holds(row)]

    query = db.query(Thing).where(case.condition)

    assert [row.id for row in query.all()] == expected
    assert query.count() == len(expected)
    assert query.exists() == bool(expected)


@on_one_database
@given(case=CASES)
def test_what_is_not_fulfilled_is_the_rest_or_unknown(db: Database, case: Case) -> None:
    query = db.query(Thing)
    met = {row.id for row in query.where(case.condition).all()}
    unmet = {row.id for row in query.where(not_(case.condition)).all()}
    unknown = {row.id for row in ROWS if case.holds(row) is None}

    assert met.isdisjoint(unmet)
    assert met | unmet | unknown == {row.id for row in ROWS}


@on_one_database
@given(case=CASES, add=st.integers(-3, 3))
def test_an_update_changes_the_rows_that_are_read(
    db: Database, case: Case, add: int
) -> None:
    before = {row.id: row.number for row in ROWS}
    chosen = {row.id for row in ROWS if case.holds(row)}
    expected = {
        key: value + add if key in chosen and value is not None else value
        for key, value in before.items()
    }
    query = db.query(Thing).where(case.condition)

    with undone(db):
        assert query.update(number=Thing.number + add) == len(chosen)
        assert {row.id: row.number for row in db.query(Thing).all()} == expected

    assert {row.id: row.number for row in db.query(Thing).all()} == before


def orders(*places: str) -> st.SearchStrategy[list[tuple[str, str, bool]]]:
    step = st.tuples(
        st.sampled_from([*COLUMNS]), st.sampled_from(places), st.booleans()
    )
    return st.lists(step, max_size=3, unique_by=lambda step: step[:2])


def sort_key(value: Any) -> tuple[bool, Any]:
    return (value is not None, value if value is not None else 0)


def in_order(steps: list[tuple[str, str, bool]]) -> list[int]:
    rows = list(ROWS)
    for name, place, descending in reversed(steps):
        _, value = PLACES[place](name)
        rows.sort(key=lambda row: sort_key(value(row)), reverse=descending)
    return [row.id for row in rows]


def orderings(steps: list[tuple[str, str, bool]]) -> list[Any]:
    places = [(PLACES[place](name)[0], descending) for name, place, descending in steps]
    return [p.desc() if descending else p.asc() for p, descending in places]


@on_one_database
@given(steps=orders(*PLACES))
def test_an_order_is_the_same_everywhere_with_null_as_the_smallest(
    db: Database, steps: list[tuple[str, str, bool]]
) -> None:
    # A stable sort turned round keeps equal rows in the order of their keys.
    query = db.query(Thing).order_by(*orderings(steps))
    assert [row.id for row in query.all()] == in_order(steps)


@on_one_database
@given(
    steps=orders("thing", "parent"),
    key_descends=st.booleans(),
    size=st.integers(1, 9),
    case=CASES,
)
def test_keyset_paging_visits_every_row_once_in_order(
    db: Database,
    steps: list[tuple[str, str, bool]],
    key_descends: bool,
    size: int,
    case: Case,
) -> None:
    order = [*orderings(steps), Thing.id.desc() if key_descends else Thing.id]
    query = db.query(Thing).where(case.condition).order_by(*order)
    visited: list[Thing] = []

    page = query.limit(size).all()
    while page:
        visited += page
        page = query.after(page[-1]).limit(size).all()

    assert [row.id for row in visited] == [row.id for row in query.all()]


@on_one_database
@given(
    steps=orders(*PLACES),
    case=CASES,
    limit=st.integers(0, 30),
    offset=st.integers(0, 30),
)
def test_a_cut_selection_is_a_slice(
    db: Database,
    steps: list[tuple[str, str, bool]],
    case: Case,
    limit: int,
    offset: int,
) -> None:
    whole = db.query(Thing).where(case.condition).order_by(*orderings(steps))
    part = whole.limit(limit).offset(offset)
    expected = [row.id for row in whole.all()][offset : offset + limit]

    assert [row.id for row in part.all()] == expected
    assert [row.id for row in part] == expected
    assert part.count() == len(expected)
    assert part.exists() == bool(expected)
    first = part.first()
    assert (first and first.id) == (expected[0] if expected else None)


@on_one_database
@given(many=st.lists(ROWS_OF_EVERYTHING, min_size=1, max_size=6), keyed=st.booleans())
def test_a_batch_holds_what_was_given(
    db: Database, many: list[dict[str, Any]], keyed: bool
) -> None:
    things = db.query(Thing).all()
    rows = [Everything(**values, other=thing) for values, thing in zip(many, things)]  # noqa: B905
    if keyed:
        for n, row in enumerate(rows):
            row.id = 10_000 + n
    with undone(db):
        db.save_all(rows)
        found = db.query(Everything).all()
        for row, loaded, thing in zip(rows, found, things):  # noqa: B905
            assert loaded.to_dict() == row.to_dict()
            assert loaded.other == thing
        with db.record() as log:
            db.save_all(found)
        assert {executed.sql[:8] for executed in log} == {"SELECT 1"}


@on_one_database
@given(before=ROWS_OF_EVERYTHING, after=ROWS_OF_EVERYTHING)
def test_a_change_and_an_upsert_hold_what_was_given(
    db: Database, before: dict[str, Any], after: dict[str, Any]
) -> None:
    with undone(db):
        db.upsert(Everything(**before, id=1))
        row = db.get_by_id(Everything, 1)
        assert {name: getattr(row, name) for name in before} == before
        for name, value in after.items():
            setattr(row, name, value)
        db.save(row)
        assert db.get_by_id(Everything, 1).to_dict() == row.to_dict()
        assert db.query(Everything).where(Everything.id == 1).update(**before) == 1
        row = db.get_by_id(Everything, 1)
        assert {name: getattr(row, name) for name in before} == before

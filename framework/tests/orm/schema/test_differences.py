from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from roob.orm.column import JSON, Column, ForeignKey, PrimaryKey
from roob.orm.database import Database
from roob.orm.exceptions import CheckError, MigrationError
from roob.orm.expressions import and_, not_, or_
from roob.orm.schema import differences
from roob.orm.schema.changes import (
    AddColumn,
    AddConstraint,
    CreateTable,
    DropColumn,
    DropConstraint,
    RetypeColumn,
    SetNullable,
)
from roob.orm.schema.differences import Diff
from roob.orm.schema.inspection import live_tables
from roob.orm.schema.migrations import exclusive, perform
from roob.orm.table import Check, Index, Table, Unique


class Level(Enum):
    LOW = 1
    HIGH = 2


def diff(db: Database, tables: Iterable[type[Table]]) -> Diff:
    with db.transaction():
        return differences.diff(tables, db.execute, db.dialect)


def migrated(db: Database, *tables: type[Table]) -> Diff:
    """Change the database so that it fits the tables; what that took."""
    found = diff(db, tables)
    with exclusive(db):
        for change in found.changes:
            perform(db, change)
    assert diff(db, tables).changes == ()
    return found


def undone(db: Database, found: Diff) -> None:
    with exclusive(db):
        for change in reversed(found.changes):
            perform(db, change.inverse())


def make(name: str, **members: Any) -> type[Table]:
    """Make a table class: a table of one name has several shapes here."""
    body = {"id": PrimaryKey(int, auto_increment=True), **members}
    return type(name.title(), (Table,), body, table_name=name)


VALUES: dict[Any, Any] = {
    int: st.integers(-(2**63), 2**63 - 1),
    float: st.floats(allow_nan=False, allow_infinity=False),
    bool: st.booleans(),
    str: st.text(st.characters(codec="utf-8", exclude_characters="\0")),
    bytes: st.binary(),
    datetime: st.datetimes(
        datetime(2, 1, 1), datetime(9998, 1, 1), timezones=st.just(UTC)
    ),
    date: st.dates(),
    Decimal: st.decimals(allow_nan=False, allow_infinity=False),
    UUID: st.uuids(),
    Level: st.sampled_from(Level),
}
TYPES = [*VALUES, JSON]


class Other(Table):
    key = PrimaryKey(str)


@st.composite
def members(draw: st.DrawFn) -> dict[str, Any]:
    """Draw columns of every kind, with every rule."""
    types = draw(st.lists(st.sampled_from(TYPES), min_size=1, max_size=6, unique=True))
    found: dict[str, Any] = {
        f"column_{TYPES.index(each)}": _column(draw, each) for each in types
    }
    plain = [c for c in found.values() if c.python_type is not JSON]
    if plain:
        some = st.lists(st.sampled_from(plain), min_size=1, unique=True)
        found["each_once"] = Unique(*draw(some))
        found["quickly"] = Index(*draw(some))
        found["holds"] = Check(draw(_condition(plain)))
    if draw(st.booleans()):
        target = draw(st.sampled_from(["self", Other]))
        found["other"] = ForeignKey(
            target,
            nullable=True,
            unique=draw(st.booleans()),
            on_delete=draw(
                st.sampled_from(["cascade", "restrict", "set null", "no action"])
            ),
        )
    return found


def _column(draw: st.DrawFn, python_type: Any) -> Column[Any]:
    rules = draw(
        st.fixed_dictionaries({"unique": st.booleans(), "index": st.booleans()})
    )
    if python_type is JSON:
        rules = {}
    return Column(python_type, nullable=draw(st.booleans()), **rules)


@st.composite
def _condition(draw: st.DrawFn, columns: list[Column[Any]]) -> Any:
    parts = [draw(_comparison(columns)) for _ in range(draw(st.integers(1, 3)))]
    word = draw(st.sampled_from([and_, or_, lambda *all_of: not_(and_(*all_of))]))
    return word(*parts)


@st.composite
def _comparison(draw: st.DrawFn, columns: list[Column[Any]]) -> Any:
    column = draw(st.sampled_from(columns))
    value = draw(VALUES[column.python_type])
    choices = [column == value, column != value, column.is_null()]
    choices += [column.in_([value, draw(VALUES[column.python_type])])]
    if column.python_type in (int, float, str, Decimal, date, datetime):
        choices += [column < value, column >= value]
    if column.python_type is str:
        choices += [column.contains(value), column.startswith(value, ignore_case=True)]
    return draw(st.sampled_from(choices))


EXAMPLES = settings(
    max_examples=25,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@EXAMPLES
@given(drawn=members())
def test_what_was_just_created_does_not_differ(
    any_db: Database, drawn: dict[str, Any]
) -> None:
    thing = make(f"thing_{uuid4().hex}", **drawn)
    any_db.create(thing)
    assert str(diff(any_db, [thing])) == "the database fits the tables"


@EXAMPLES
@given(first=members(), second=members())
def test_a_diff_leads_from_any_table_to_any_other_and_back(
    any_db: Database, first: dict[str, Any], second: dict[str, Any]
) -> None:
    name = f"thing_{uuid4().hex}"
    before, after = make(name, **first), make(name, **second)
    any_db.create(before)
    any_db.create(Other)
    undone(any_db, migrated(any_db, after))
    assert diff(any_db, [before]).changes == ()


def test_every_kind_of_change_is_found(any_db: Database) -> None:
    title, price = Column(str, unique=True), Column(int)
    any_db.create(
        make(
            "book",
            title=title,
            price=price,
            old=Column(str),
            by_price=Index(price),
            is_priced=Check(price > 0),
        )
    )
    any_db.execute("INSERT INTO book (title, price, old) VALUES ('Notes', 9, 'x')")
    title, price = Column(str, nullable=True), Column(Decimal, index=True)
    level = Column(Level, default=Level.LOW)
    new = make(
        "book",
        title=title,
        price=price,
        level=level,
        one=Unique(title, price),
        is_priced=Check(price > Decimal("0.5")),
    )

    found = migrated(any_db, new)

    kinds = {type(change) for change in found.changes}
    assert kinds == {
        DropConstraint,
        DropColumn,
        RetypeColumn,
        SetNullable,
        AddColumn,
        AddConstraint,
    }
    [row] = any_db.execute("SELECT id, title, price, level FROM book")
    assert (*row[:2], str(row[2]), row[3]) == (1, "Notes", "9", "LOW")
    undone(any_db, found)
    assert any_db.execute("SELECT id, title, price, old FROM book") == [
        (1, "Notes", 9, "")
    ]


def test_a_diff_reads_as_a_list_with_hints(db: Database) -> None:
    db.create(make("book", title=Column(str), place=Column(str)))
    db.create(make("pen", colour=Column(str)))

    found = diff(
        db,
        [
            make(
                "book", title=Column(str, unique=True), shelf=Column(str, default="A")
            ),
            make("crayon", colour=Column(str)),
        ],
    )

    assert str(found).splitlines() == [
        "book: drop column place (undoing restores no values)",
        "crayon: create the table",
        "book: add column shelf (str), 'A' in old rows",
        "book: add unique book_title_key (title)",
        (
            "hint: where shelf is the new name of place, "
            'write RenameColumn("book", "place", "shelf")'
        ),
        'hint: where crayon is the new name of pen, write RenameTable("pen", "crayon")',
    ]


def test_names_of_constraints_do_not_differ(any_db: Database) -> None:
    title = Column(str)
    any_db.create(make("book", title=title, one=Unique(title), quick=Index(title)))
    assert not diff(any_db, [make("book", title=Column(str, unique=True, index=True))])


def test_a_column_without_a_default_is_only_added_to_an_empty_table(
    any_db: Database,
) -> None:
    any_db.create(make("book", title=Column(str)))
    wanted = make("book", title=Column(str), price=Column(int, default=lambda: 3))
    migrated(any_db, wanted)
    any_db.execute("INSERT INTO book (title, price) VALUES ('Notes', 9)")

    more = make("book", title=Column(str), price=Column(int), pages=Column(int))
    with pytest.raises(MigrationError, match=r"book\.pages: .* AddColumn\(..., fill="):
        migrated(any_db, more)
    assert diff(any_db, [wanted]).changes == ()


def test_another_primary_key_is_refused(any_db: Database) -> None:
    any_db.create(make("book"))
    with pytest.raises(MigrationError, match="table book: its primary key"):
        diff(any_db, [make("book", id=PrimaryKey(int))])


def test_keys_and_what_refers_to_them_change_their_type_together(
    any_db: Database,
) -> None:
    author = make("author", id=PrimaryKey(int))
    book = make("book", author=ForeignKey(author))
    any_db.create(book)
    any_db.execute("INSERT INTO author (id) VALUES (7)")
    any_db.execute("INSERT INTO book (author_id) VALUES (7)")

    named = make("author", id=PrimaryKey(str))
    found = migrated(any_db, make("book", author=ForeignKey(named)))

    assert any_db.execute("SELECT author_id FROM book") == [("7",)]
    assert any_db.execute("SELECT id FROM author") == [("7",)]
    undone(any_db, found)
    assert diff(any_db, [book]).changes == ()
    assert any_db.execute("SELECT author_id FROM book") == [(7,)]


def test_columns_that_a_check_compares_change_their_type_together(
    any_db: Database,
) -> None:
    def shelf(kind: type) -> type[Table]:
        low, high = Column(kind), Column(kind)
        return make("shelf", low=low, high=high, in_order=Check(low <= high))

    numbered = shelf(int)
    any_db.create(numbered)
    any_db.save(numbered(low=1, high=2))
    found = migrated(any_db, shelf(str))
    assert any_db.execute("SELECT low, high FROM shelf") == [("1", "2")]
    with pytest.raises(CheckError):
        any_db.execute("UPDATE shelf SET low = '3'")
    undone(any_db, found)
    assert diff(any_db, [numbered]).changes == ()


def test_tables_that_refer_to_each_other_are_made_and_unmade(any_db: Database) -> None:
    head = make("head", body=ForeignKey("Body_of_head", nullable=True))
    body = type(
        "Body_of_head",
        (Table,),
        {"id": PrimaryKey(int), "head": ForeignKey(head)},
        table_name="body",
    )
    found = migrated(any_db, head, body)
    assert {type(change) for change in found.changes} == {CreateTable, AddConstraint}
    undone(any_db, found)
    assert migrated(any_db, head, body) == found


def test_diff_leaves_nothing_behind(any_db: Database) -> None:
    price = Column(int)
    book = make("book", price=price, is_priced=Check(price > 0))
    any_db.create(book)
    before = live_tables(any_db.execute, any_db.dialect)
    diff(any_db, [book])
    diff(any_db, [book])
    assert live_tables(any_db.execute, any_db.dialect) == before


def test_tables_and_columns_of_the_longest_names_do_not_differ(
    any_db: Database,
) -> None:
    long = "a" * 62
    columns = {f"{long}{n}": Column(int, unique=True, index=True) for n in "bc"}
    columns[long[:60]] = ForeignKey("self", nullable=True)
    table = make(f"{long}t", **columns)
    any_db.create(table)
    assert diff(any_db, [table]).changes == ()

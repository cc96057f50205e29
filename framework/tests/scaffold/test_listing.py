from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from roob.exceptions import BadRequest
from roob.orm.column import JSON, Column, ForeignKey, PrimaryKey
from roob.orm.table import Table
from roob.scaffold.fields import fields_of
from roob.scaffold.listing import Listing


class Maker(Table, table_name="listing_maker"):
    id = PrimaryKey(int, auto_increment=True)
    name = Column(str)


class Thing(Table, table_name="listing_thing"):
    id = PrimaryKey(int, auto_increment=True)
    title = Column(str)
    note = Column(str, nullable=True)
    count = Column(int)
    extra = Column(JSON)
    secret = Column(str)
    maker = ForeignKey(Maker, nullable=True)


FIELDS = fields_of(Thing, ["title", "note", "count", "extra", "maker"])
BASE = "/things/"


def listing(**query):
    return Listing.read(BASE, query, FIELDS)


@pytest.fixture
def things(db):
    """``things(listing) -> ["title", ...]``: what a listing finds."""
    db.create(Thing)
    makers = [Maker(name="Zoe"), Maker(name="Bob")]
    rows = [
        Thing(title="one", note="Red apple", count=3, maker=makers[0]),
        Thing(title="two", note=None, count=1, maker=None),
        Thing(title="three", note="red_pear 100%", count=2, maker=makers[1]),
    ]
    for row in rows:
        row.extra, row.secret = {}, "hidden"
    for row in (*makers, *rows):
        db.save(row)

    def found(listing):
        query = db.query(Thing).where(*listing.conditions())
        if listing.sort:
            query = query.order_by(*listing.order())
        return [thing.title for thing in query.all()]

    return found


def test_without_a_query_it_is_the_first_page_by_keys(things):
    plain = listing()
    assert (plain.page, plain.sort, plain.q, plain.order()) == (1, "", "", [])
    assert things(plain) == ["one", "two", "three"]


@pytest.mark.parametrize(
    ("sort", "titles"),
    [
        ("title", ["one", "three", "two"]),
        ("-title", ["two", "three", "one"]),
        ("count", ["two", "three", "one"]),
        ("note", ["two", "one", "three"]),
        ("-note", ["three", "one", "two"]),
        ("maker", ["two", "three", "one"]),
        ("-maker", ["one", "three", "two"]),
    ],
)
def test_rows_are_sorted_by_a_field_a_reference_by_its_label(things, sort, titles):
    assert things(listing(sort=sort)) == titles


@pytest.mark.parametrize(
    ("q", "titles"),
    [
        ("red", ["one", "three"]),
        ("RED pear", ["three"]),
        (" pear  red ", ["three"]),
        ("red two", []),
        ("w", ["two"]),
        ("%", ["three"]),
        ("_", ["three"]),
        ("d_p", ["three"]),
        ("\\", []),
        ("'", []),
        ("hidden", []),
        ("Zoe", []),
    ],
)
def test_each_word_stands_in_some_text(things, q, titles):
    assert things(listing(q=q)) == titles


def test_as_many_words_as_fit_are_searched_for(things):
    assert things(listing(q="e " * 50)) == ["one", "three"]
    assert things(listing(q="e d r x a b c f")) == []


@pytest.mark.parametrize(
    "sort",
    ["x", "-", "--title", "Title", "title ", "secret", "-secret", "extra", "id", "'",
     "title;--", "__class__", "maker.name"],
)  # fmt: skip
def test_what_lists_do_not_sort_by_is_refused(sort):
    with pytest.raises(BadRequest) as raised:
        listing(sort=sort)
    assert raised.value.message == f"sort={sort} is none of title, note, count, maker"


@pytest.mark.parametrize(
    "page",
    ["0", "-1", "+1", "x", "", " 1", "1.0", "1e3", "٣", "²", "0x1", "9" * 11,
     "9" * 5000],
)  # fmt: skip
def test_what_is_no_page_is_refused(page):
    with pytest.raises(BadRequest, match="is no page: pages count from 1"):
        listing(page=page)


@pytest.mark.parametrize("page", ["1", "01", "1000000000"])
def test_pages_count_from_1(page):
    assert listing(page=page).page == int(page)


@pytest.mark.parametrize("q", ["a" * 101, "a\0b", "a b c d e f g h i"])
def test_a_search_without_measure_is_refused(q):
    with pytest.raises(BadRequest, match="q has at most 8 words of 100 characters"):
        listing(q=q)


def test_a_search_of_spaces_is_none():
    assert listing(q="  \t").q == ""
    assert listing(q="a" * 100 + " ").q == "a" * 100


@pytest.mark.parametrize(
    ("query", "asked", "address"),
    [
        ({}, {}, "/things/"),
        ({}, {"page": 3}, "/things/?page=3"),
        ({"q": "ada", "page": "2"}, {"page": 3}, "/things/?q=ada&page=3"),
        ({"q": "ada", "page": "2"}, {}, "/things/?q=ada"),
        ({"sort": "-title"}, {"page": 2}, "/things/?sort=-title&page=2"),
        ({}, {"sort": "title"}, "/things/?sort=title"),
        ({"sort": "title", "page": "7"}, {"sort": "title"}, "/things/?sort=-title"),
        ({"sort": "-title"}, {"sort": "title"}, "/things/?sort=title"),
        ({"sort": "count", "q": "a b"}, {"sort": "title"}, "/things/?q=a+b&sort=title"),
        ({"q": '"><&=é'}, {}, "/things/?q=%22%3E%3C%26%3D%C3%A9"),
    ],
)
def test_an_address_keeps_what_was_asked_for(query, asked, address):
    assert listing(**query).address(**asked) == address


@settings(deadline=None)
@given(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    st.sampled_from(["", "title", "-count"]),
    st.integers(1, 10**9),
)
def test_an_address_is_read_as_the_same_listing(q, sort, page):
    q = q.strip()[:100].strip()
    assume(len({*q.split()}) <= 8)  # more are refused: see above
    one = Listing(BASE, FIELDS, page, sort, q)
    query = dict(parse_qsl(urlsplit(one.address(page=page)).query))
    assert Listing.read(BASE, query, FIELDS) == one


@pytest.mark.parametrize(
    ("sort", "direction"),
    [("", "none"), ("title", "ascending"), ("-title", "descending"), ("note", "none")],
)
def test_the_direction_is_said_in_arias_words(sort, direction):
    assert listing(sort=sort).direction("title") == direction


def test_only_texts_are_searched():
    assert listing().can_search
    numbers = fields_of(Thing, ["count", "maker"])
    bare = Listing.read(BASE, {"q": "x"}, numbers)
    assert (bare.can_search, bare.conditions()) == (False, [])

"""What comparing, calculating and summing up make, before it is SQL."""

import copy
import pickle
from typing import Any

import pytest
from roob.orm.column import Column, ForeignKey, PrimaryKey, Reference, place_of
from roob.orm.exceptions import QueryError, UnknownColumnError
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
    Ordering,
    Reached,
    and_,
    not_,
    or_,
)
from roob.orm.relations import Collection
from roob.orm.table import Table


class Author(Table):
    id = PrimaryKey(int)
    name = Column(str)
    country: ForeignKey[Any] = ForeignKey("Country")
    books: Collection["Book"] = Collection("Book")


class Country(Table):
    code = PrimaryKey(str)
    name = Column(str)


class Book(Table):
    id = PrimaryKey(int)
    title = Column(str, nullable=True)
    price = Column(int)
    author = ForeignKey(Author)


@pytest.mark.parametrize(
    ("condition", "operator"),
    [
        (Book.price == 1, "="),
        (Book.price != 1, "<>"),
        (Book.price < 1, "<"),
        (Book.price <= 1, "<="),
        (Book.price > 1, ">"),
        (Book.price >= 1, ">="),
        (1 < Book.price, ">"),  # noqa: SIM300
        (1 == Book.price, "="),  # noqa: SIM300
    ],
)
def test_a_comparison_is_data(condition: Any, operator: str) -> None:
    assert type(condition) is Comparison
    assert condition.left is Book.price
    assert condition.operator == operator
    assert condition.right == 1


def test_none_is_asked_for_as_null() -> None:
    for condition, is_null in (
        (Book.title == None, True),  # noqa: E711
        (Book.title != None, False),  # noqa: E711
        (Book.title.is_null(), True),
        (Book.title.is_not_null(), False),
        (Book.author == None, True),  # noqa: E711
    ):
        assert type(condition) is NullTest
        assert condition.is_null is is_null


def test_a_range_is_two_comparisons() -> None:
    condition = Book.price.between(1, 9)
    assert type(condition) is Junction
    assert [(part.operator, part.right) for part in condition.conditions] == [  # type: ignore[attr-defined]
        (">=", 1),
        ("<=", 9),
    ]


def test_a_set_is_kept_as_it_was() -> None:
    values = [1, 2]
    condition = Book.price.in_(value for value in values)
    values.append(3)
    assert type(condition) is Membership
    assert condition.values == (1, 2)


@pytest.mark.parametrize(
    ("condition", "pattern"),
    [
        (Book.title.like("a%_"), "a%_"),
        (Book.title.contains("a%_\\"), "%a\\%\\_\\\\%"),
        (Book.title.startswith("50%"), "50\\%%"),
        (Book.title.endswith("_x"), "%\\_x"),
        (Book.title.contains(""), "%%"),
        (Book.title.contains("*?["), "%*?[%"),
    ],
)
def test_a_text_is_looked_for_literally(condition: Any, pattern: str) -> None:
    assert type(condition) is Match
    assert (condition.pattern, condition.ignore_case) == (pattern, False)


def test_conditions_are_joined_by_functions() -> None:
    one, other = Book.price > 1, Book.price < 9
    both, either, neither = and_(one, other), or_(one, other), not_(one)
    assert isinstance(both, Junction)
    assert isinstance(either, Junction)
    assert isinstance(neither, Negation)
    assert (both.word, both.conditions) == ("AND", (one, other))
    assert (either.word, either.conditions) == ("OR", (one, other))
    assert neither.condition is one


@pytest.mark.parametrize(
    "riddle",
    [
        lambda: bool(Book.price > 1),
        lambda: Book.price > 1 and Book.price < 9,
        lambda: Book.price > 1 or Book.price < 9,
        lambda: not Book.price > 1,
        lambda: 1 < Book.price < 9,
        lambda: Book.price in [1, 2],
    ],
)
def test_a_condition_is_neither_true_nor_false(riddle: Any) -> None:
    with pytest.raises(QueryError, match=r"neither true nor false .* and_\(\), or_"):
        riddle()


def test_numbers_are_calculated_with() -> None:
    for made, operator in (
        (Book.price + 1, "+"),
        (Book.price - 1, "-"),
        (Book.price * 2, "*"),
    ):
        assert type(made) is Arithmetic
        assert (made.left is Book.price, made.operator) == (True, operator)
    nested = (Book.price + 1) * Book.price
    assert type(nested) is Arithmetic
    assert type(nested.left) is Arithmetic


def test_values_are_summed_up() -> None:
    sums = (
        Book.price.count(),
        Book.price.sum(),
        Book.price.avg(),
        Book.price.min(),
        (Book.price * 2).max(),
    )
    assert [type(each) for each in sums] == [Aggregate] * 5
    assert [each.function for each in sums] == list(Function)


def test_an_order_has_a_direction() -> None:
    for order, descending in ((Book.title.desc(), True), (Book.title.asc(), False)):
        assert isinstance(order, Ordering)
        assert (order.operand is Book.title, order.descending) == (True, descending)


def test_a_column_of_a_row_far_off_knows_its_way() -> None:
    place = Book.author.country.name
    assert type(place) is Reached
    assert (place.table_name, place.path) == ("book", ("author", "country"))
    assert place.column is Country.name
    assert place.label == "book.author.country.name"


def test_the_key_of_a_reference_is_the_rows_own_column() -> None:
    for operand, label in (
        (Book.author, "book.author"),
        (Book.author.id, "book.author"),
        (Book.author.country, "book.author.country"),
        (Book.author.country.code, "book.author.country"),
    ):
        place = place_of(operand)
        assert place is not None
        assert place.label == label


def test_a_reference_refuses_what_is_no_column() -> None:
    with pytest.raises(UnknownColumnError, match="author has no column 'nmae'"):
        _ = Book.author.nmae
    with pytest.raises(UnknownColumnError, match="country has no column 'nope'"):
        _ = Book.author.country.nope
    assert not hasattr(Book.author, "__wrapped__")
    assert repr(Book.author.country) == "<Reference book.author.country>"


def test_operands_are_themselves_in_sets_and_dicts() -> None:
    reference = Book.author
    assert len({Book.title, Book.title, Book.price, reference}) == 3
    assert {Book.title: 1}[Book.title] == 1
    assert {reference: 2}[reference] == 2


def test_a_reference_can_be_copied() -> None:
    copied = copy.copy(Book.author)
    assert isinstance(copied, Reference)
    place = place_of(copied)
    assert place is not None
    assert place.label == "book.author"


def test_what_members_fulfil_is_a_condition() -> None:
    condition = Author.books.any(Book.price > 1)
    assert isinstance(condition, Exists)
    assert (condition.table, condition.back, condition.path) == (Book, "author", ())
    assert isinstance(condition, Condition)


def test_errors_of_queries_can_be_pickled() -> None:
    error = pickle.loads(pickle.dumps(QueryError("no such query")))
    assert (type(error), str(error)) == (QueryError, "no such query")


def test_signs_between_conditions_name_the_functions_instead() -> None:
    one = Book.title == "x"
    with pytest.raises(QueryError, match=r"and_\("):
        _ = one & one
    with pytest.raises(QueryError, match=r"or_\("):
        _ = one | one
    with pytest.raises(QueryError, match=r"not_\("):
        _ = ~one

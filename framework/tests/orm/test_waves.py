"""New rows in an order in which each finds what it refers to."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from roob.orm.column import Column, ForeignKey, PrimaryKey
from roob.orm.database import Database
from roob.orm.exceptions import UnsavedReferenceError
from roob.orm.table import Table
from roob.orm.waves import waves_of


class Shelf(Table):
    id = PrimaryKey(int, auto_increment=True)
    name = Column(str, default="")


class Node(Table):
    id = PrimaryKey(int, auto_increment=True)
    parent: ForeignKey[Any] = ForeignKey("self", nullable=True)
    shelf: ForeignKey[Shelf | None] = ForeignKey(Shelf, nullable=True)


def test_rows_without_references_are_one_wave_of_each_table() -> None:
    shelves, nodes = [Shelf(), Shelf()], [Node(), Node()]
    assert list(waves_of([*shelves, *nodes])) == [shelves, nodes]
    assert list(waves_of([])) == []


def test_what_is_referred_to_comes_first() -> None:
    shelf = Shelf()
    root = Node(shelf=shelf)
    leaf = Node(parent=root)
    assert list(waves_of([leaf, root, shelf])) == [[shelf], [root], [leaf]]


def test_a_row_listed_twice_comes_once() -> None:
    shelf, node = Shelf(), Node()
    assert list(waves_of([shelf, node, shelf, node])) == [[shelf], [node]]


def test_a_circle_comes_last_as_it_is() -> None:
    one, other, free = Node(), Node(), Shelf()
    one.parent, other.parent = other, one
    assert list(waves_of([one, other, free])) == [[free], [one, other]]


@given(st.data())
def test_no_row_comes_before_what_it_refers_to(data: st.DataObject) -> None:
    rows: list[Any] = []
    for _ in range(data.draw(st.integers(0, 12))):
        shelves = [row for row in rows if isinstance(row, Shelf)]
        nodes = [row for row in rows if isinstance(row, Node)]
        if data.draw(st.booleans()):
            rows.append(Shelf())
            continue
        parent = data.draw(st.sampled_from([None, *nodes]))
        shelf = data.draw(st.sampled_from([None, *shelves]))
        rows.append(Node(parent=parent, shelf=shelf))

    waves = list(waves_of(data.draw(st.permutations(rows))))

    place = {id(row): n for n, wave in enumerate(waves) for row in wave}
    assert len(place) == sum(map(len, waves)) == len(rows)
    for wave in waves:
        assert len({type(row) for row in wave}) == 1
    for row in rows:
        for other in (getattr(row, "parent", None), getattr(row, "shelf", None)):
            assert other is None or place[id(other)] < place[id(row)]


def test_all_are_saved_in_that_order(any_db: Database) -> None:
    any_db.create(Node)
    shelf = Shelf(name="A")
    nodes = [Node(shelf=shelf)]
    for _ in range(4):
        nodes.append(Node(parent=nodes[-1]))
    any_db.save_all([*nodes[::-1], shelf, *nodes])
    parents = [node.parent and node.parent.id for node in any_db.query(Node)]
    assert parents == [None, 1, 2, 3, 4]
    assert any_db.query(Shelf).count() == 1


def test_a_circle_is_refused_as_a_whole(any_db: Database) -> None:
    any_db.create(Node)
    one, other = Node(), Node()
    one.parent, other.parent = other, one
    with pytest.raises(UnsavedReferenceError, match=r"node\.parent: .*not saved yet"):
        any_db.save_all([Shelf(), one, other])
    assert any_db.query(Shelf).count() == 0
    assert one.id is None

"""The categories as a tree: pure functions over the flat list."""

from collections.abc import Sequence

from demo_app.service.entities import Category


def children(categories: Sequence[Category], parent: Category) -> list[Category]:
    """The categories that stand directly in that one."""
    return [category for category in categories if category.parent_id == parent.id]


def family(categories: Sequence[Category], root: Category) -> list[Category]:
    """That category and everything inside it, at any depth, the root first."""
    members = [root]
    for member in members:
        members.extend(children(categories, member))
    return members


def path(categories: Sequence[Category], category: Category) -> list[Category]:
    """The way to it from the top: ``mobile -> [electronics, mobile]``."""
    by_id = {other.id: other for other in categories}
    way = [category]
    while way[0].parent_id is not None:
        way.insert(0, by_id[way[0].parent_id])
    return way

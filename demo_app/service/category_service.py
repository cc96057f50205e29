"""Categories: what a controller calls to list, find, add, move and delete them."""

from dataclasses import dataclass

from demo_app.service.category_tree import family
from demo_app.service.entities import Category, Page, PageRequest
from demo_app.service.errors import (
    CategoryCycle,
    NameTaken,
    RecordMissing,
    StillInUse,
)
from demo_app.service.ports import Store
from demo_app.service.unit_of_work import unit_of_work


@dataclass(frozen=True, slots=True)
class CategoryNode:
    """A category among its relatives."""

    category: Category
    parent: Category | None
    children: list[Category]


class CategoryService:
    """The rules for categories: a forest, and none goes while something is in it."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get_categories(self, wanted: PageRequest) -> Page[Category]:
        """One page of the categories, by id."""
        return self._store.categories.page(wanted)

    def get_category(self, category_id: int) -> CategoryNode:
        """The category with its parent and its children.

        Raises:
            RecordMissing: there is no such category.
        """
        category = self._get(category_id)
        parent_id = category.parent_id
        parent = None if parent_id is None else self._get(parent_id)
        return CategoryNode(category, parent, self._store.categories.inside(category))

    @unit_of_work
    def create_category(self, name: str, parent_id: int | None = None) -> Category:
        """Keep a new category, at the top or inside another.

        Raises:
            NameTaken: another category has that name.
            RecordMissing: there is no such parent.
        """
        self._refuse_taken(name)
        if parent_id is not None:
            self._get(parent_id)
        return self._store.categories.add(name, parent_id)

    @unit_of_work
    def change_category(
        self, category_id: int, name: str, parent_id: int | None
    ) -> Category:
        """The category under that name and in that place (``None``: at the top).

        Raises:
            RecordMissing: the category or the parent does not exist.
            NameTaken: another category has that name.
            CategoryCycle: the parent stands inside the category.
        """
        current = self._get(category_id)
        if name != current.name:
            self._refuse_taken(name)
        self._refuse_cycle(current, parent_id)
        changed = Category(category_id, name, parent_id)
        self._store.categories.update(changed)
        return changed

    @unit_of_work
    def delete_category(self, category_id: int) -> None:
        """Forget the category.

        Raises:
            RecordMissing: there is no such category.
            StillInUse: it holds products or categories.
        """
        category = self._get(category_id)
        users = self._users(category)
        if any(users.values()):
            raise StillInUse("category", category.name, users)
        self._store.categories.remove(category_id)

    def _get(self, category_id: int) -> Category:
        category = self._store.categories.find(category_id)
        if category is None:
            raise RecordMissing("category", category_id)
        return category

    def _users(self, category: Category) -> dict[str, int]:
        products = self._store.products.count_in(category)
        inside = self._store.categories.inside(category)
        return {"products": products, "categories": len(inside)}

    def _refuse_taken(self, name: str) -> None:
        if self._store.categories.named(name):
            raise NameTaken("category", name)

    def _refuse_cycle(self, category: Category, parent_id: int | None) -> None:
        if parent_id is None:
            return
        parent = self._get(parent_id)
        if parent in family(self._store.categories.all(), category):
            raise CategoryCycle(category.name, parent.name)

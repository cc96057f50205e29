"""The rows that every party of the ORM benchmark works on, made from their numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

AuthorValues = tuple[str, int]
"""Name and age."""

BookValues = tuple[str, float, int]
"""Title, price and the key of the author."""

AUTHORS_WITH_BOOKS = 100


@dataclass(frozen=True)
class Work:
    """So many authors and so many books: `Work(10_000)`; keys count from 1.

    `by id` and `read-change-write` take one author in five.
    """

    rows: int = 10_000

    @cached_property
    def authors(self) -> Sequence[AuthorValues]:
        """The values of new authors, which are those of the stored ones again."""
        return [(f"name {number}", number % 90) for number in range(self.rows)]

    @cached_property
    def books(self) -> Sequence[BookValues]:
        """The values of new books; a hundred authors have written all of them."""
        writers = min(AUTHORS_WITH_BOOKS, self.rows)
        return [
            (f"title {number}", number * 0.5, number % writers + 1)
            for number in range(self.rows)
        ]

    @cached_property
    def few_keys(self) -> Sequence[int]:
        """The keys of the authors that are asked for one by one."""
        return range(1, self.rows + 1, 5)

    @cached_property
    def stored_authors(self) -> Sequence[tuple[object, ...]]:
        """What every table of authors holds: `[(1, "name 0", 0), ...]`."""
        return [(key, *values) for key, values in enumerate(self.authors, 1)]

    @cached_property
    def changed_authors(self) -> Sequence[tuple[object, ...]]:
        """The same after `read-change-write`, which makes the few a year older."""
        few = set(self.few_keys)
        return [
            (key, name, age + 1 if key in few else age)
            for key, (name, age) in enumerate(self.authors, 1)
        ]

    @cached_property
    def stored_books(self) -> Sequence[tuple[object, ...]]:
        """What every table of books holds: `[(1, "title 0", 0.0, 1), ...]`."""
        return [(key, *values) for key, values in enumerate(self.books, 1)]

    @cached_property
    def books_with_authors(self) -> Sequence[tuple[object, ...]]:
        """The books, and the author in place of its key."""
        return [
            (key, title, price, *self.stored_authors[author - 1])
            for key, (title, price, author) in enumerate(self.books, 1)
        ]

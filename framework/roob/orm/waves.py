"""In which order new rows are saved: those that others refer to come first."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from roob.orm.joins import foreign_keys_of
from roob.orm.table import Table


def waves_of(
    rows: Iterable[Table], identity: Callable[[Any], object] = id
) -> Iterator[list[Table]]:
    """Part rows into batches, each of one table, none referring to a later one.

    `identity` tells rows apart: new ones by `id`, known ones by themselves; a row
    that is listed twice counts once.  Rows that refer to each other in a circle come
    last, as they are; saving them says which one is not saved yet.
    """
    waiting: dict[type[Table], list[Table]] = {}
    for row in {identity(row): row for row in rows}.values():
        waiting.setdefault(type(row), []).append(row)
    while waiting:
        ready = list(_ready(waiting, identity)) or list(waiting.values())
        yield from ready
        done = {id(row) for batch in ready for row in batch}
        waiting = {
            table: left
            for table, batch in waiting.items()
            if (left := [row for row in batch if id(row) not in done])
        }


def _ready(
    waiting: dict[type[Table], list[Table]], identity: Callable[[Any], object]
) -> Iterator[list[Table]]:
    names = {table: _names_of_references(table, waiting) for table in waiting}
    if not any(names.values()):
        yield from waiting.values()
        return
    known = {identity(row) for batch in waiting.values() for row in batch}
    for table, batch in waiting.items():
        ready = [
            row
            for row in batch
            if not any(identity(vars(row).get(name)) in known for name in names[table])
        ]
        if ready:
            yield ready


def _names_of_references(
    table: type[Table], waiting: dict[type[Table], list[Table]]
) -> list[str]:
    return [c.name for c in foreign_keys_of(table) if c.referenced() in waiting]

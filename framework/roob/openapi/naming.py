"""Operations beside one another: an id for each, and which paths have other methods."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from roob.openapi.components import free_name
from roob.openapi.fields import takes_any_text
from roob.openapi.operations import Subject


def named(subjects: Iterable[Subject]) -> list[Subject]:
    """Each with a name of its own: where some are alike, by method and path.

    ``show`` of ``/`` and of ``/dashboard`` become ``get_root`` and ``get_dashboard``.
    """
    given = [*subjects]
    counts = Counter(each.name for each in given)
    alone = {name for name, count in counts.items() if count == 1}
    found, taken = [], set(alone)
    for each in given:
        name = each.name
        if name not in alone:
            name = free_name(name_by_path(each), taken)
        taken.add(name)
        found.append(replace(each, name=name))
    return found


def name_by_path(subject: Subject) -> str:
    """``GET /books/{id}`` is ``get_books_id``."""
    letters = (c if c.isascii() and c.isalnum() else " " for c in subject.path.text)
    words = "".join(letters).split() or ["root"]
    return "_".join([subject.method, *words]).lower()


def with_refusals(subjects: Sequence[Subject]) -> list[Subject]:
    """Marked where a path may be another route's, which has not the method.

    ``PUT /products/mobile`` is 405 where only ``/products/{id:d}`` has PUT, and
    ``/products/{category}`` has not.
    """
    texts: dict[str, set[str]] = {}
    having: dict[tuple[str, str], set[str]] = {}
    for each in subjects:
        shape, text = each.path.shape, each.path.text
        texts.setdefault(shape, set()).add(text)
        having.setdefault((shape, each.method), set()).add(text)
    return [
        replace(each, is_refused_elsewhere=True)
        if texts[each.path.shape] - having[each.path.shape, each.method]
        and not takes_any_text(each.path)
        else each
        for each in subjects
    ]

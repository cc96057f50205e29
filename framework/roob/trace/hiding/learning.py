"""The secrets that are named anywhere in a value, learnt before anything is shown."""

from collections.abc import Iterable
from typing import Any

from roob.trace.hiding.looking import (
    attributes_of,
    in_class,
    is_container,
    is_plain,
    is_tool,
    module_of,
    pairs_of,
)
from roob.trace.hiding.naming import hides, is_secret_pair, is_told
from roob.trace.hiding.secrets import Secrets

_MOST_LEARNT = 20_000  # names, in one value


def learn_all(value: Any, secrets: Secrets) -> None:
    """Learn the secrets that are named anywhere in a value, shown or not."""
    waiting, known = [value], set[int]()
    while waiting and len(known) < _MOST_LEARNT:
        one = waiting.pop()
        if not is_plain(one) and id(one) not in known:
            known.add(id(one))
            waiting += _learn_one(one, secrets)


def _learn_one(value: Any, secrets: Secrets) -> Iterable[Any]:
    """Learn what a value names, and return what else is to be looked at."""
    kind = type(value)
    if issubclass(kind, str):
        secrets.learn_text(str.__str__(value))
        return ()
    if issubclass(kind, (bytes, type)) or _is_of_the_framework(kind):
        return ()
    pairs = pairs_of(value)
    if pairs is None:
        return _learn_members(value, secrets)
    if issubclass(kind, dict) and is_told(value):
        secrets.learn(dict.get(value, "name"), dict.get(value, "value"))
    _learn_pairs(pairs, secrets)
    return [member for _, member in pairs]


def _is_of_the_framework(kind: type) -> bool:
    """Whether its keys are columns and paths; but a row's are the app's."""
    is_ours = module_of(kind).startswith("roob.")
    return is_ours and in_class(kind, "to_dict") is None


def _learn_members(value: Any, secrets: Secrets) -> Iterable[Any]:
    if is_container(value):
        if is_secret_pair(value):
            secrets.learn(*value)
        return list(value)
    # Of other objects only what they call a secret: their graph may be the whole app.
    _learn_pairs(attributes_of(value), secrets)
    return ()


def _learn_pairs(pairs: Iterable[tuple[Any, Any]], secrets: Secrets) -> None:
    for name, member in pairs:
        if hides(name, member) and not is_tool(member):
            secrets.learn(name, member)

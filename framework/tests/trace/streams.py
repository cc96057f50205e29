"""Functions to be watched, and what a back end tells of them, in words."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import reduce
from typing import Any

import pytest
from roob.trace import monitor
from roob.trace.events import Event
from roob.trace.monitor import Monitor
from roob.trace.settrace import SetTrace

KINDS = ("start", "resume", "yield", "return", "unwind")

BackEnd = type[Monitor] | type[SetTrace]

needs_monitoring = pytest.mark.skipif(
    not monitor.IS_AVAILABLE, reason="sys.monitoring came with Python 3.12"
)
needs_settrace_alone = pytest.mark.skipif(
    monitor.IS_AVAILABLE, reason="this is how the back end of Python 3.11 is chosen"
)
BACK_ENDS = [
    pytest.param(SetTrace, id="settrace"),
    pytest.param(Monitor, id="monitor", marks=needs_monitoring),
]


def is_watched(frame: Any) -> bool:
    """Whether a function is one of this module's own that are there to be watched."""
    code = frame.f_code
    return code.co_filename == __file__ and code.co_name not in _HELPERS


_HELPERS = ("is_watched", "watching", "told", "in_words", "started_again", "<module>")


@contextmanager
def watching(
    back_end: BackEnd, follows: Callable[[Any], bool] = is_watched
) -> Iterator[list[Event]]:
    """What this thread does inside of the block."""
    events: list[Event] = []
    watcher = back_end(follows)
    # Python 3.12 gives opcodes only where they were asked for before the hook is set.
    sys._getframe().f_trace_opcodes = True
    watcher.arm()
    watcher.begin(events.append)
    try:
        yield events
    finally:
        watcher.end()
        watcher.disarm()


def told(back_end: BackEnd, run: Callable[[], object]) -> list[tuple[str, str, Any]]:
    """``told(SetTrace, plain) -> [("start", "plain", {}), ("return", ...)]``."""
    with watching(back_end) as events, suppress(Exception):
        run()
    return in_words(events)


def in_words(events: list[Event]) -> list[tuple[str, str, Any]]:
    """Kind, name and payload of each; exceptions as they are printed."""
    return [
        (
            KINDS[event.kind],
            event.code.co_qualname,
            repr(event.payload)
            if isinstance(event.payload, BaseException)
            else event.payload,
        )
        for event in events
    ]


# What follows is watched.


def add(left, right=2, *others, scale=1, **names):
    return (left + right + sum(others)) * scale + len(names)


def factorial(number):
    return 1 if number < 2 else number * factorial(number - 1)


def halved(numbers):
    """A recursion through code that is not watched: reduce calls it back."""
    if len(numbers) < 2:
        return sum(numbers)
    middle = len(numbers) // 2
    return reduce(lambda total, part: total + halved(part), [numbers[:middle]], 0)


def count_to(number):
    for each in range(1, number + 1):  # noqa: UP028 - piece by piece
        yield each
    return "counted"


def guarded_count(number):
    try:
        yield from range(number)
    finally:
        add(1, 1)


def passing_on(number):
    result = yield from count_to(number)
    return result


def patient():
    while True:
        try:
            yield
        except ValueError:
            add(0, 0)


def answering():
    try:
        yield "asked"
    except ValueError as error:
        yield str(error)
    return "over"


def refuse(text="no"):
    raise ValueError(text)


def refuse_through():
    return refuse("through")


def forgive():
    try:
        refuse()
    except ValueError:
        return "forgiven"


def forgive_in_a_piece():
    try:
        refuse()
    except ValueError:
        yield "forgiven"
    yield "later"


def exchange():
    try:
        refuse()
    except ValueError as error:
        raise KeyError("other") from error


def insist():
    try:
        refuse()
    finally:
        return "insisted"  # noqa: B012 - the very thing that is watched


def clean_up_and_pass_on():
    try:
        refuse()
    finally:
        add(1, 2)


@contextmanager
def borrowed(name):
    add(0, 1)
    try:
        yield name
    finally:
        add(0, 2)


def borrow():
    with borrowed("book") as name:
        return name


def borrow_and_fail():
    with borrowed("book"):
        refuse("torn")


def borrow_in_pieces():
    with borrowed("book") as name:
        yield name
        yield name * 2


class Shelf:
    """A class with each kind of method."""

    def __init__(self, size=1):
        self.size = size

    def __eq__(self, other):
        return type(other) is Shelf

    __hash__ = None

    def room(self):
        return self.size

    @classmethod
    def large(cls):
        return cls(10).room()

    @staticmethod
    def unit():
        return "books"

    @property
    def is_full(self):
        return self.size == 0


class Waiting:
    """What an ``await`` waits for twice."""

    def __eq__(self, other):
        return type(other) is Waiting

    __hash__ = None

    def __await__(self):
        yield "first"
        yield "second"
        return "awaited"


async def wait():
    return await Waiting()


def grow(items):
    items.append(1)
    return items


# What is done with them.


def plain():
    add(1)
    add(1, 2, 3, 4, scale=5, a=6)


def recursion():
    factorial(4)


def foreign_recursion():
    halved([1, 2, 3, 4])


def exhausted():
    list(count_to(3))


def abandoned_early():
    running = guarded_count(3)
    next(running)
    running.close()


def dropped():
    running = guarded_count(3)
    next(running)
    del running


def never_begun():
    count_to(3).close()


def thrown_into():
    running = answering()
    next(running)
    running.throw(ValueError("thrown"))
    next(running, None)


def thrown_into_again_and_again():
    running = patient()
    for _ in range(2):
        next(running)
        running.throw(ValueError("once more"))
    running.close()


def thrown_through():
    running = guarded_count(2)
    next(running)
    running.throw(ValueError("through"))


def handed_on():
    list(passing_on(2))


def handed_on_and_closed():
    running = passing_on(2)
    next(running)
    running.close()


def side_by_side():
    list(zip(count_to(2), count_to(3), strict=False))


def passing_through():
    refuse_through()


def caught_inside():
    forgive()


def caught_in_a_piece():
    list(forgive_in_a_piece())


def exchanged():
    exchange()


def returned_in_finally():
    insist()


def cleaned_up():
    clean_up_and_pass_on()


def borrowed_well():
    borrow()


def borrowed_badly():
    borrow_and_fail()


def borrowed_piecewise():
    list(borrow_in_pieces())


def borrowed_piecewise_and_closed():
    running = borrow_in_pieces()
    next(running)
    running.close()


def methods():
    Shelf.large()
    Shelf.unit()
    Shelf(0).is_full  # noqa: B018 - a property that is a function


def waited_for():
    running = wait()
    with suppress(StopIteration):
        while True:
            running.send(None)


def changed_later():
    grow(grow([]))


DEEDS = [
    plain,
    recursion,
    foreign_recursion,
    exhausted,
    abandoned_early,
    dropped,
    never_begun,
    thrown_into,
    thrown_into_again_and_again,
    thrown_through,
    handed_on,
    handed_on_and_closed,
    side_by_side,
    passing_through,
    caught_inside,
    caught_in_a_piece,
    exchanged,
    returned_in_finally,
    cleaned_up,
    borrowed_well,
    borrowed_badly,
    borrowed_piecewise,
    borrowed_piecewise_and_closed,
    methods,
    waited_for,
    changed_later,
]

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st
from roob.trace.calls import calls_of
from roob.trace.events import RESUME, RETURN, START, UNWIND, YIELD, Event

from framework.tests.trace import streams

CODES = {name: compile("", name, "exec") for name in "abc"}


def events(*told):
    """``events((START, "a", 1, {}), ...)``: 10 nanoseconds between two of them."""
    clock = count(10, 10)
    return [
        Event(kind, next(clock), CODES[name], frame, payload)
        for kind, name, frame, payload in told
    ]


def drawn(calls):
    """``[("a", [("b", [])])]``: who called whom."""
    return [(call.code.co_filename, drawn(call.children)) for call in calls]


def test_nothing_happened():
    assert calls_of([]) == []


def test_a_call_inside_of_another_is_its_child():
    found = calls_of(
        events(
            (START, "a", 1, {"x": 1}),
            (START, "b", 2, {}),
            (RETURN, "b", 2, "inner"),
            (START, "c", 3, {}),
            (RETURN, "c", 3, None),
            (RETURN, "a", 1, "outer"),
        )
    )
    assert drawn(found) == [("a", [("b", []), ("c", [])])]
    (outer,) = found
    assert (outer.arguments, outer.result, outer.error) == ({"x": 1}, "outer", None)
    assert (outer.began, outer.ended, outer.elapsed) == (10, 60, 50)
    assert (outer.children[0].result, outer.children[0].elapsed) == ("inner", 10)


def test_one_after_the_other_are_siblings():
    told = [(START, "a", 1, {}), (RETURN, "a", 1, None)] * 2
    assert drawn(calls_of(events(*told))) == [("a", []), ("a", [])]


def test_an_exception_is_the_calls_own_and_its_callers():
    error = ValueError("no")
    (outer,) = calls_of(
        events(
            (START, "a", 1, {}),
            (START, "b", 2, {}),
            (UNWIND, "b", 2, error),
            (UNWIND, "a", 1, error),
        )
    )
    assert outer.error is outer.children[0].error is error
    assert outer.result is None


def test_a_generators_pieces_are_one_call_and_its_time_is_what_it_ran():
    (outer,) = calls_of(
        events(
            (START, "a", 1, {}),
            (START, "b", 2, {}),
            (YIELD, "b", 2, "one"),
            (START, "c", 3, {}),
            (RETURN, "c", 3, None),
            (RESUME, "b", 2, None),
            (YIELD, "b", 2, "two"),
            (RESUME, "b", 2, None),
            (RETURN, "b", 2, "done"),
            (RETURN, "a", 1, None),
        )
    )
    assert drawn([outer]) == [("a", [("b", []), ("c", [])])]
    generator = outer.children[0]
    assert generator.pieces == ["one", "two"]
    assert generator.result == "done"
    assert (generator.began, generator.ended) == (20, 90)
    assert generator.elapsed == 10 + 10 + 10


def test_what_a_generator_calls_in_a_later_piece_is_its_child():
    found = calls_of(
        events(
            (START, "b", 2, {}),
            (YIELD, "b", 2, 1),
            (RESUME, "b", 2, None),
            (START, "c", 3, {}),
            (RETURN, "c", 3, None),
            (RETURN, "b", 2, None),
        )
    )
    assert drawn(found) == [("b", [("c", [])])]


def test_two_runs_of_one_generator_are_told_apart_by_their_frames():
    found = calls_of(
        events(
            (START, "b", 1, {}),
            (YIELD, "b", 1, "first"),
            (START, "b", 2, {}),
            (YIELD, "b", 2, "second"),
            (RESUME, "b", 1, None),
            (YIELD, "b", 1, "first again"),
            (RESUME, "b", 2, None),
            (RETURN, "b", 2, "ended"),
        )
    )
    assert [call.pieces for call in found] == [["first", "first again"], ["second"]]
    assert [call.result for call in found] == [None, "ended"]


def test_a_frames_number_may_be_used_again():
    told = [(START, "a", 1, {}), (RETURN, "a", 1, 1), (START, "b", 1, {}),
            (RETURN, "b", 1, 2)]  # fmt: skip
    assert [call.result for call in calls_of(events(*told))] == [1, 2]


@pytest.mark.parametrize("kind", [RESUME, YIELD, RETURN, UNWIND])
def test_what_began_before_the_recording_is_left_out(kind):
    told = [(kind, "a", 1, None), (START, "b", 2, {}), (RETURN, "b", 2, None)]
    assert drawn(calls_of(events(*told))) == [("b", [])]


def test_what_did_not_end_has_no_end():
    (call,) = calls_of(events((START, "a", 1, {}), (START, "b", 2, {})))
    assert (call.ended, call.children[0].ended) == (0, 0)
    assert call.result is None


@st.composite
def trees(draw, depth=0):
    size = draw(st.integers(0, 3 if depth < 4 else 0))
    return [draw(trees(depth=depth + 1)) for _ in range(size)]


def told_of(tree, frames):
    for children in tree:
        frame = next(frames)
        yield START, "a", frame, {}
        yield from told_of(children, frames)
        yield RETURN, "a", frame, None


def shape(calls):
    return [shape(call.children) for call in calls]


@given(trees())
def test_any_tree_of_calls_comes_back_as_it_was(tree):
    found = calls_of(events(*told_of(tree, count())))
    assert shape(found) == tree


@given(trees())
def test_what_is_inside_takes_no_longer_than_what_is_around_it(tree):
    waiting = calls_of(events(*told_of(tree, count())))
    while waiting:
        call = waiting.pop()
        assert sum(child.elapsed for child in call.children) < call.elapsed
        waiting += call.children


def test_a_generator_that_is_closed_is_left_and_that_is_no_error():
    (outer,) = calls_of(
        events(
            (START, "a", 1, {}),
            (START, "b", 2, {}),
            (YIELD, "b", 2, "one"),
            (RESUME, "b", 2, None),
            (UNWIND, "b", 2, GeneratorExit()),
            (RETURN, "a", 1, None),
        )
    )
    (generator,) = outer.children
    assert (generator.is_left, generator.error) == (True, None)
    assert (generator.pieces, outer.is_left) == (["one"], False)


def test_a_generator_that_still_waits_at_the_end_is_left_too():
    (call,) = calls_of(events((START, "b", 2, {}), (YIELD, "b", 2, "one")))
    assert (call.is_left, call.error, call.pieces) == (True, None, ["one"])


@pytest.mark.parametrize(
    ("kind", "payload"), [(RETURN, "done"), (UNWIND, ValueError("no"))]
)
def test_a_generator_that_runs_to_its_end_is_not_left(kind, payload):
    told = [(START, "b", 2, {}), (YIELD, "b", 2, 1), (RESUME, "b", 2, None),
            (kind, "b", 2, payload)]  # fmt: skip
    (call,) = calls_of(events(*told))
    assert not call.is_left
    assert payload in (call.result, call.error)


def test_a_generator_that_is_thrown_away_unused_leaves_no_call():
    (outer,) = calls_of(
        events(
            (START, "a", 1, {}),
            (START, "b", 2, {}),
            (UNWIND, "b", 2, GeneratorExit()),
            (START, "c", 3, {}),
            (RETURN, "c", 3, None),
            (RETURN, "a", 1, None),
        )
    )
    assert drawn([outer]) == [("a", [("c", [])])]
    told = [(START, "b", 2, {}), (UNWIND, "b", 2, GeneratorExit())]
    assert calls_of(events(*told)) == []


@pytest.mark.parametrize(
    ("deed", "name", "pieces"),
    [
        (streams.abandoned_early, "guarded_count", [0]),
        (streams.dropped, "guarded_count", [0]),
        (streams.handed_on_and_closed, "count_to", [1]),
        (streams.handed_on_and_closed, "passing_on", [1]),
        (streams.borrowed_piecewise_and_closed, "borrow_in_pieces", ["book"]),
    ],
)
@pytest.mark.parametrize("back_end", streams.BACK_ENDS)
def test_what_really_is_left_is_left_by_either_back_end(back_end, deed, name, pieces):
    with streams.watching(back_end) as found:
        deed()
    waiting, left = calls_of(found), []
    while waiting:
        call = waiting.pop()
        assert call.error is None
        left += [call] if call.code.co_name == name else []
        waiting += call.children
    assert [(call.is_left, call.pieces) for call in left] == [(True, pieces)]


@pytest.mark.parametrize("back_end", streams.BACK_ENDS)
def test_what_really_never_begins_leaves_no_call(back_end):
    with streams.watching(back_end) as found:
        streams.never_begun()
    assert [call.code.co_name for call in calls_of(found)] == ["never_begun"]
    assert calls_of(found)[0].children == []

"""Both back ends write one stream: what one tells, the other tells too."""

import sys
from threading import Barrier, Thread

import pytest
from roob.trace.calls import calls_of
from roob.trace.monitor import Monitor
from roob.trace.settrace import SetTrace

from framework.tests.trace import streams
from framework.tests.trace.streams import (
    BACK_ENDS,
    DEEDS,
    in_words,
    is_watched,
    needs_monitoring,
    told,
    watching,
)

by_deed = pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: deed.__name__)
by_back_end = pytest.mark.parametrize("back_end", BACK_ENDS)


@needs_monitoring
@by_deed
def test_the_two_back_ends_agree_event_for_event(deed):
    assert told(SetTrace, deed) == told(Monitor, deed)


@by_back_end
@by_deed
def test_what_is_told_is_told_again_the_next_time(back_end, deed):
    assert told(back_end, deed) == told(back_end, deed)


@by_back_end
@by_deed
def test_every_function_that_begins_is_left_or_waits(back_end, deed):
    running = 0
    for kind, _, _ in told(back_end, deed):
        running += 1 if kind in ("start", "resume") else -1
        assert running >= 0
    assert running == 0


@by_back_end
def test_a_call_comes_with_its_arguments_and_its_result(back_end):
    assert told(back_end, streams.plain) == [
        ("start", "plain", {}),
        (
            "start",
            "add",
            {"left": 1, "right": 2, "scale": 1, "others": (), "names": {}},
        ),
        ("return", "add", 3),
        (
            "start",
            "add",
            {"left": 1, "right": 2, "scale": 5, "others": (3, 4), "names": {"a": 6}},
        ),
        ("return", "add", 51),
        ("return", "plain", None),
    ]


@by_back_end
def test_a_generator_is_one_start_and_then_pieces(back_end):
    assert told(back_end, streams.exhausted)[1:-1] == [
        ("start", "count_to", {"number": 3}),
        ("yield", "count_to", 1),
        ("resume", "count_to", None),
        ("yield", "count_to", 2),
        ("resume", "count_to", None),
        ("yield", "count_to", 3),
        ("resume", "count_to", None),
        ("return", "count_to", "counted"),
    ]


@by_back_end
@pytest.mark.parametrize("deed", [streams.abandoned_early, streams.dropped])
def test_a_generator_that_is_closed_or_dropped_is_left_by_an_exception(back_end, deed):
    of_it = [each for each in told(back_end, deed) if each[1] == "guarded_count"]
    assert of_it == [
        ("start", "guarded_count", {"number": 3}),
        ("yield", "guarded_count", 0),
        ("resume", "guarded_count", None),
        ("unwind", "guarded_count", "GeneratorExit()"),
    ]


@by_back_end
def test_an_exception_at_a_yield_is_told_from_a_value(back_end):
    of_it = [
        kind
        for kind, name, _ in told(back_end, streams.thrown_into_again_and_again)
        if name == "patient"
    ]
    # Each throw() arrives at the yield, is caught, and yields there once more.
    assert of_it == ["start", *["yield", "resume"] * 4, "unwind"]


@by_back_end
def test_an_exception_leaves_each_function_that_it_passes(back_end):
    assert told(back_end, streams.passing_through) == [
        ("start", "passing_through", {}),
        ("start", "refuse_through", {}),
        ("start", "refuse", {"text": "through"}),
        ("unwind", "refuse", "ValueError('through')"),
        ("unwind", "refuse_through", "ValueError('through')"),
        ("unwind", "passing_through", "ValueError('through')"),
    ]


@by_back_end
@pytest.mark.parametrize(
    ("deed", "name", "left"),
    [
        (streams.caught_inside, "forgive", ("return", "forgive", "forgiven")),
        (streams.returned_in_finally, "insist", ("return", "insist", "insisted")),
        (streams.exchanged, "exchange", ("unwind", "exchange", "KeyError('other')")),
        (
            streams.cleaned_up,
            "clean_up_and_pass_on",
            ("unwind", "clean_up_and_pass_on", "ValueError('no')"),
        ),
    ],
)
def test_what_leaves_a_function_is_what_its_caller_gets(back_end, deed, name, left):
    assert [each for each in told(back_end, deed) if each[1] == name][-1] == left


@by_back_end
def test_values_are_as_they_were_at_that_moment(back_end):
    payloads = [payload for _, name, payload in told(back_end, streams.changed_later)]
    assert payloads == [{}, {"items": []}, [1], {"items": [1]}, [1, 1], None]


@by_back_end
def test_what_is_not_followed_is_not_told(back_end):
    with watching(back_end, lambda frame: frame.f_code.co_name == "add") as events:
        streams.borrow()
    assert [name for _, name, _ in in_words(events)] == ["add"] * 4


@by_back_end
def test_looking_again_asks_anew_for_what_was_not_followed(back_end):
    wanted, events = {"add"}, []
    watcher = back_end(lambda frame: frame.f_code.co_name in wanted)
    watcher.arm()
    watcher.begin(events.append)
    streams.forgive()
    streams.add(1)
    wanted.add("forgive")
    streams.forgive()
    watcher.look_again()
    streams.forgive()
    streams.add(1)
    watcher.end()
    watcher.disarm()

    assert [name for kind, name, _ in in_words(events) if kind == "start"] == [
        "add",
        "forgive",
        "add",
    ]


@by_back_end
def test_what_one_did_not_follow_the_next_one_may(back_end):
    with watching(back_end, lambda frame: False):
        streams.forgive()
    with watching(back_end) as events:
        streams.forgive()
    assert in_words(events)[0] == ("start", "forgive", {})


@by_back_end
def test_a_recording_inside_of_another_interrupts_it_and_no_more(back_end):
    outer, inner = [], []
    watcher = back_end(is_watched)
    watcher.arm()
    watcher.begin(outer.append)
    streams.add(1)
    watcher.begin(inner.append)
    streams.factorial(1)
    watcher.end()
    streams.forgive()
    watcher.end()
    streams.add(1)
    watcher.disarm()

    assert [name for kind, name, _ in in_words(outer) if kind == "start"] == [
        "add",
        "forgive",
        "refuse",
    ]
    assert [name for _, name, _ in in_words(inner)] == ["factorial", "factorial"]


@by_back_end
def test_a_generator_goes_on_in_a_later_recording(back_end):
    watcher, events = back_end(is_watched), []
    watcher.arm()
    watcher.begin(events.append)
    running = streams.count_to(2)
    next(running)
    watcher.end()
    watcher.begin(events.append)
    assert list(running) == [2]
    watcher.end()
    watcher.disarm()

    assert [kind for kind, _, _ in in_words(events)] == [
        "start", "yield", "resume", "yield", "resume", "return",
    ]  # fmt: skip
    (call,) = calls_of(events)
    assert (call.pieces, call.result) == ([1, 2], "counted")


@by_back_end
def test_two_threads_that_record_see_their_own_calls_alone(back_end):
    watcher, meeting = back_end(is_watched), Barrier(3, timeout=10)
    found = {"a": [], "b": []}

    def record(name, deed):
        watcher.begin(found[name].append)
        meeting.wait()
        for _ in range(50):
            deed()
        meeting.wait()
        watcher.end()

    def do_not_record():
        meeting.wait()
        for _ in range(50):
            streams.forgive()
        meeting.wait()

    threads = [
        Thread(target=record, args=("a", lambda: streams.factorial(3))),
        Thread(target=record, args=("b", lambda: list(streams.count_to(1)))),
        Thread(target=do_not_record),
    ]
    watcher.arm()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    watcher.disarm()

    assert {name for _, name, _ in in_words(found["a"])} == {"factorial"}
    assert {name for _, name, _ in in_words(found["b"])} == {"count_to"}
    assert len(found["a"]) == 50 * 6
    assert len(found["b"]) == 50 * 4


@by_back_end
def test_looking_again_while_threads_meet_functions_harms_none_of_them(back_end):
    watcher, meeting, failed = back_end(is_watched), Barrier(4, timeout=10), []

    def work():
        watcher.begin(lambda event: None)
        meeting.wait()
        try:
            for turn in range(200):
                made = {}
                exec(f"def made_{turn}(): return {turn}", made)
                made[f"made_{turn}"]()
                streams.add(turn)
        except Exception as error:  # whatever a callback raises lands in the app
            failed.append(error)
        finally:
            watcher.end()

    threads = [Thread(target=work) for _ in range(3)]
    watcher.arm()
    for thread in threads:
        thread.start()
    meeting.wait()
    for _ in range(200):
        watcher.look_again()
    for thread in threads:
        thread.join()
    watcher.disarm()
    assert failed == []


def test_a_trace_function_of_before_is_there_again_afterwards():
    def debugger(frame, event, arg):
        return None

    before = sys.gettrace()
    sys.settrace(debugger)
    try:
        with watching(SetTrace) as events:
            streams.add(1)
        after = sys.gettrace()
    finally:
        sys.settrace(before)
    assert after is debugger
    assert len(events) == 2
    assert sys.gettrace() is before


def test_a_trace_function_of_before_is_back_after_an_exception_too():
    before = sys.gettrace()

    def fail():
        with watching(SetTrace):
            streams.refuse()

    with pytest.raises(ValueError, match="no"):
        fail()
    assert sys.gettrace() is before

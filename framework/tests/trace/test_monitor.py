import sys

import pytest
from roob.trace.monitor import Monitor

from framework.tests.trace import streams
from framework.tests.trace.streams import is_watched, needs_monitoring, watching

pytestmark = needs_monitoring

OURS = (3, 4)


def tools():
    return [sys.monitoring.get_tool(number) for number in range(6)]


def callbacks(tool):
    """What is registered for a tool, asked for in the only way: by replacing it."""
    events = sys.monitoring.events
    kinds = [events.PY_START, events.PY_RESUME, events.PY_YIELD, events.PY_THROW,
             events.PY_RETURN, events.PY_UNWIND]  # fmt: skip
    return [sys.monitoring.register_callback(tool, kind, None) for kind in kinds]


def test_after_it_the_interpreter_has_no_tool_no_events_and_no_callbacks_of_ours():
    before, trace = tools(), sys.gettrace()
    monitor = Monitor(is_watched)
    monitor.arm()
    assert tools() != before
    monitor.begin(lambda event: None)
    streams.add(1)
    monitor.end()
    monitor.disarm()

    assert tools() == before
    assert sys.gettrace() is trace
    for tool in OURS:
        sys.monitoring.use_tool_id(tool, "a look")
        try:
            assert sys.monitoring.get_events(tool) == 0
            code = streams.add.__code__
            assert sys.monitoring.get_local_events(tool, code) == 0
            assert callbacks(tool) == [None] * 6
        finally:
            sys.monitoring.free_tool_id(tool)


def test_two_may_be_armed_at_a_time_and_a_third_is_told_who_has_the_places():
    first, second, third = (Monitor(is_watched) for _ in range(3))
    first.arm()
    second.arm()
    try:
        with pytest.raises(RuntimeError, match=r"roob\.trace"):
            third.arm()
    finally:
        first.disarm()
        second.disarm()
    third.arm()
    third.disarm()


def test_another_tools_place_is_left_to_it():
    sys.monitoring.use_tool_id(4, "somebody else")
    try:
        with watching(Monitor) as events:
            streams.add(1)
        assert sys.monitoring.get_tool(4) == "somebody else"
    finally:
        sys.monitoring.free_tool_id(4)
    assert len(events) == 2


def test_each_of_two_has_its_own_events():
    with watching(Monitor) as outer, watching(Monitor) as inner:
        streams.add(1)
    assert len(outer) == len(inner) == 2


def test_armed_and_not_recording_it_keeps_nothing():
    found = []
    monitor = Monitor(is_watched)
    monitor.arm()
    streams.add(1)
    monitor.begin(found.append)
    monitor.end()
    streams.add(1)
    monitor.disarm()
    assert found == []


def test_a_function_that_is_not_followed_is_asked_about_once():
    asked = []

    def follows(frame):
        asked.append(frame.f_code.co_name)
        return False

    with watching(Monitor, follows):
        for _ in range(3):
            streams.add(1)
    assert asked.count("add") == 1

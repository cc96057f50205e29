import subprocess
import sys
from threading import Barrier, Thread

import pytest
from roob.trace.layers import Layers
from roob.trace.monitor import IS_AVAILABLE, Monitor
from roob.trace.recorder import Recorder, nanoseconds_of_an_event
from roob.trace.settrace import SetTrace

from framework.tests.trace import shop
from framework.tests.trace.seeing import HERE
from framework.tests.trace.streams import needs_monitoring, needs_settrace_alone


def service_calls(events):
    return [event.code.co_name for event in events]


@pytest.fixture
def recorder():
    return Recorder(Layers(HERE))


@pytest.fixture
def service():
    return shop.BookService(None)


@needs_monitoring
def test_where_the_interpreter_can_monitor_it_does(recorder):
    assert isinstance(recorder._back_end, Monitor)


@needs_settrace_alone
def test_where_it_cannot_it_is_traced(recorder):
    assert isinstance(recorder._back_end, SetTrace)


def test_what_happens_inside_of_the_block_is_recorded(recorder, service):
    with recorder.armed():
        service.depth(0)
        with recorder.recording() as events:
            service.depth(1)
        service.depth(0)
    assert service_calls(events) == ["depth"] * 4


def test_a_recording_may_go_on_with_earlier_events(recorder, service):
    with recorder.armed():
        with recorder.recording() as events:
            service.depth(0)
        with recorder.recording(events) as same:
            service.depth(0)
    assert same is events
    assert len(events) == 4


def test_a_recording_ends_with_an_exception_too(recorder, service):
    def fail():
        with recorder.recording() as events:
            found.append(events)
            raise ValueError("no")

    found = []
    with recorder.armed():
        with pytest.raises(ValueError, match="no"):
            fail()
        service.depth(0)
    assert found == [[]]


def test_a_recording_inside_of_another_has_its_own_events(recorder, service):
    with recorder.armed(), recorder.recording() as outer:
        service.depth(0)
        with recorder.recording() as inner:
            service.depth(2)
        service.depth(0)
    assert (len(outer), len(inner)) == (4, 6)


def test_two_recorders_may_be_nested(service):
    first, second = Recorder(Layers(HERE)), Recorder(Layers(HERE))
    with first.armed(), first.recording() as outer, second.armed():
        with second.recording() as inner:
            service.depth(0)
        service.depth(0)
    assert len(inner) == 2
    # The hook of Python 3.11 is one; monitoring tools are told side by side.
    assert len(outer) == (4 if IS_AVAILABLE else 2)


def test_no_more_events_are_kept_than_are_of_use(service):
    recorder = Recorder(Layers(HERE), most_events=3)
    with recorder.armed(), recorder.recording() as events:
        service.depth(9)
    assert len(events) == 3
    with recorder.armed(), recorder.recording(events):
        service.depth(0)
    assert len(events) == 3


def test_several_threads_record_at_once_each_its_own(recorder, service):
    meeting, found = Barrier(4, timeout=10), {}

    def work(number):
        meeting.wait()
        if number == 0:  # and one that does not
            service.depth(5)
            return
        with recorder.recording() as events:
            meeting.wait()
            service.depth(number)
            meeting.wait()
        found[number] = len(events)

    with recorder.armed():
        threads = [Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        # The one that does not record has left the meeting.
        threads[0].join()
        meeting_of_three = [meeting.wait(), meeting.wait()]
        for thread in threads:
            thread.join()
    assert len(meeting_of_three) == 2
    assert found == {1: 4, 2: 6, 3: 8}


def test_after_it_the_interpreter_is_as_it_was(recorder, service):
    before = sys.gettrace(), tools()
    with recorder.armed(), recorder.recording():
        service.depth(0)
    assert (sys.gettrace(), tools()) == before


def tools():
    monitoring = getattr(sys, "monitoring", None)
    return monitoring and [monitoring.get_tool(number) for number in range(6)]


def test_what_an_event_costs_is_measured_and_leaves_nothing_behind():
    before = sys.gettrace(), tools()
    cost = nanoseconds_of_an_event(rounds=3, calls=50)
    assert 0 <= cost < 1e6
    assert (sys.gettrace(), tools()) == before


def test_the_framework_alone_does_not_know_of_the_observer():
    code = (
        "import sys, roob; app = roob.Roob();"
        "print([n for n in sys.modules if n.startswith(('roob.trace', 'roob.cli'))],"
        "sys.gettrace(), sys.getprofile(),"
        "[sys.monitoring.get_tool(n) for n in range(6)]"
        " if hasattr(sys, 'monitoring') else [None] * 6)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == f"[] None None {[None] * 6}"

import sys

from roob.trace.settrace import SetTrace

from framework.tests.trace import streams
from framework.tests.trace.streams import is_watched, watching


def test_armed_it_costs_nothing_until_something_is_recorded():
    before = sys.gettrace()
    back_end = SetTrace(is_watched)
    back_end.arm()
    assert sys.gettrace() is before
    back_end.begin(lambda event: None)
    assert sys.gettrace() is not before
    back_end.end()
    assert sys.gettrace() is before
    back_end.disarm()


def test_a_function_is_asked_about_once():
    asked = []

    def follows(frame):
        asked.append(frame.f_code.co_name)
        return frame.f_code.co_name == "add"

    with watching(SetTrace, follows):
        for _ in range(3):
            streams.add(1)
            streams.forgive()
    assert (asked.count("add"), asked.count("forgive")) == (1, 1)


def test_two_at_once_interrupt_one_another():
    with watching(SetTrace) as outer:
        streams.add(1)
        with watching(SetTrace) as inner:
            streams.factorial(1)
        streams.add(1)
    assert [event.code.co_name for event in inner] == ["factorial"] * 2
    assert [event.code.co_name for event in outer] == ["add"] * 4

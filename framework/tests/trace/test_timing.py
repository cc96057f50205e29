from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from roob.trace.timing import HonestClock, cost_of_an_event

MS = 1_000_000  # nanoseconds


def test_without_a_cost_it_is_the_clocks_own_time_in_microseconds():
    clock = HonestClock([1000, 3000, 8000], 0.0)
    assert [clock.at(tick) for tick in (1000, 3000, 8000)] == [0.0, 2.0, 7.0]
    assert clock.whole == 7.0


def test_the_recorders_work_is_taken_from_every_gap():
    # Gaps of 2000, 5000 and 1500 ns; noting an event takes 500 of each.
    clock = HonestClock([0, 2000, 7000, 8500], 500.0)
    assert [clock.at(tick) for tick in (0, 2000, 7000, 8500)] == [0.0, 1.5, 6.0, 7.0]


def test_a_fiftieth_of_a_gap_is_left_at_least():
    # 1000 - 990 would be 10; a fiftieth of 1000 is 20.
    assert HonestClock([0, 1000], 990.0).whole == pytest.approx(0.02)
    assert HonestClock([0, 1000], 5000.0).whole == pytest.approx(0.02)


def test_the_whole_is_scaled_to_the_untraced_time():
    # 1.5 + 4.5 = 6 µs are honest; untraced it took 3: every part is halved.
    clock = HonestClock([0, 2000, 7000], 500.0, untraced=3.0)
    assert clock.at(2000) == pytest.approx(0.75)
    assert clock.whole == pytest.approx(3.0)


def test_a_moment_between_two_ticks_is_the_later_one():
    clock = HonestClock([0, 1000, 2000], 0.0)
    assert clock.at(500) == 1.0


def test_a_moment_after_the_last_tick_is_the_last():
    assert HonestClock([0, 1000], 0.0).at(5000) == 1.0


def test_two_events_of_one_moment_take_no_time():
    clock = HonestClock([5, 5, 5], 100.0)
    assert clock.whole == 0.0
    assert clock.at(5) == 0.0


def test_nothing_can_be_scaled_to_where_no_time_passed():
    assert HonestClock([5, 5], 0.0, untraced=10.0).whole == 0.0


@pytest.mark.parametrize(
    ("recorded", "untraced", "events", "cost"),
    [
        (300.0, 100.0, 100, 2000.0),  # 200 µs for a hundred: 2 µs each
        (100.0, 100.0, 50, 0.0),
        (90.0, 100.0, 50, 0.0),  # quicker than untraced: it cost nothing
        (10.0, 4.0, 0, 6000.0),  # no event, and yet no division by nothing
    ],
)
def test_an_event_costs_what_the_recording_took_longer(
    recorded, untraced, events, cost
):
    assert cost_of_an_event(recorded, untraced, events) == pytest.approx(cost)


ticks = st.lists(st.integers(0, MS), min_size=2, max_size=40).map(sorted)
costs = st.floats(0, 10_000)
untraced_times = st.floats(0.1, 100_000)


@given(ticks, costs)
def test_honest_time_never_runs_backwards_nor_faster_than_the_clock(ticks, cost):
    clock = HonestClock(ticks, cost)
    times = [clock.at(tick) for tick in ticks]
    assert times == sorted(times)
    assert times[0] == 0.0
    assert clock.whole <= (ticks[-1] - ticks[0]) / 1000 * (1 + 1e-9)


@given(ticks, costs, untraced_times)
def test_the_whole_is_the_untraced_time_wherever_time_passed(ticks, cost, untraced):
    clock = HonestClock(ticks, cost, untraced)
    if ticks[0] == ticks[-1]:
        assert clock.whole == 0.0
    else:
        assert clock.whole == pytest.approx(untraced)
        assert clock.at(ticks[-1]) <= clock.whole


@given(ticks, costs, untraced_times)
def test_scaling_keeps_what_is_longer_longer(ticks, cost, untraced):
    plain, scaled = HonestClock(ticks, cost), HonestClock(ticks, cost, untraced)
    for sooner, later in pairwise(ticks):
        assert scaled.at(sooner) <= scaled.at(later)
    if plain.whole:
        share = [plain.at(tick) / plain.whole for tick in ticks]
        assert [scaled.at(t) / untraced for t in ticks] == pytest.approx(share)

"""The soak in short: a small crowd, and the same promises."""

from tests.soak.soaking import Crowd, soak


def test_a_small_crowd_is_served_does_no_harm_and_is_forgotten() -> None:
    crowd = Crowd(sockets=40, streams=20, seconds=4, rounds=1, seconds_after=0)
    figures = soak(crowd, print)

    print(*figures.lines(), sep="\n")
    assert [*figures.broken()] == []
    assert figures.echoes >= 40 * 3
    assert figures.events >= 20 * 4

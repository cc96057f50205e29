from dataclasses import replace
from threading import Barrier, Thread

from roob.trace.ring import SIZE, Ring
from roob.trace.steps import Recording, Step, Times

RECORDING = Recording(
    "GET", "/", "200 OK", 2, Times(2.0, 1.0), [Step("server", "server", "app", "app()")]
)


def numbered(number):
    return replace(RECORDING, id=f"{number:04}")


def identities(ring):
    return [each["id"] for each in ring]


def test_an_empty_ring_has_nothing_to_show():
    assert [*Ring()] == []
    assert Ring().after("") == {"recordings": [], "known": []}


def test_the_oldest_makes_room_for_the_fifty_first():
    ring = Ring()
    for number in range(SIZE + 1):
        ring.add(numbered(number))
    assert SIZE == 50
    assert identities(ring) == [f"{number:04}" for number in range(1, 51)]


def test_what_came_after_one_is_told_with_all_that_are_there():
    ring = Ring()
    for number in range(3):
        ring.add(numbered(number))
    told = ring.after("0000")
    assert [each["id"] for each in told["recordings"]] == ["0001", "0002"]
    assert told["known"] == ["0000", "0001", "0002"]


def test_nothing_came_after_the_last():
    ring = Ring()
    ring.add(numbered(1))
    assert ring.after("0001")["recordings"] == []


def test_all_came_after_one_that_is_gone():
    ring = Ring(size=2)
    for number in range(3):
        ring.add(numbered(number))
    assert len(ring.after("0000")["recordings"]) == 2


def test_what_is_kept_is_plain():
    ring = Ring()
    ring.add(RECORDING)
    (kept,) = ring
    assert (kept["path"], kept["steps"][0]["who"]) == ("/", "server")
    assert kept["sql"] == {"statements": 0, "repeated": 0}


def test_one_may_add_while_another_looks():
    ring, meeting = Ring(), Barrier(2, timeout=10)

    def add():
        meeting.wait()
        for number in range(500):
            ring.add(numbered(number))

    adding = Thread(target=add)
    adding.start()
    meeting.wait()
    lengths = [len([*ring]) for _ in range(500)]
    adding.join()
    assert max(lengths) <= SIZE
    assert identities(ring)[-1] == "0499"

from roob.trace.reading import render
from roob.trace.steps import Recording, Source, Step, Times

from framework.tests.trace import shop
from framework.tests.trace.seeing import see


def test_each_function_is_counted_once_in_the_order_in_which_they_are_met():
    steps = [
        Step("server", "server", "app", "app()"),
        Step("handler", "a", "a", "a()", 0, 1, "shop.py", 1, "shop.py:1"),
        Step("service", "b", "b", "b()", 1, 2, "b.py", 10, "b.py:10"),
        Step("service", "b", "b", "b()", 1, 2, "b.py", 10, "b.py:10"),
    ]
    sources = {"shop.py:1": Source(1, ["x"] * 20), "b.py:10": Source(10, ["y"] * 4)}
    recording = Recording("GET", "/", "200 OK", 2, Times(2, 1), steps, sources=sources)
    assert render(recording).splitlines() == [
        "To follow GET / read 2 functions, 24 lines: about 2 minutes",
        "",
        "  shop.py:1   20 lines  a",
        "  b.py:10      4 lines  b",
    ]


def test_a_request_that_no_function_of_ours_answers_is_read_at_once():
    shown = render(see(shop.plain_app, "/x"))
    assert "read 0 functions, 0 lines" in shown


def test_a_real_request_is_read_from_the_app_to_the_response():
    names = [line.split()[-1] for line in render(
        see(shop.create_shop(), "/books/1")
    ).splitlines()[2:]]  # fmt: skip
    assert names[0] == "Roob.__call__"
    assert "BookService.get" in names
    assert len(names) == len(set(names))

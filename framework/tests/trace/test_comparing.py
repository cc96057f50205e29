from dataclasses import replace

from roob.trace.comparing import difference
from roob.trace.text import Line, lines_of

from framework.tests.trace import shop
from framework.tests.trace.seeing import see


def signed(first, second):
    return [
        (sign, line.text if isinstance(line, Line) else line)
        for sign, line in difference(first, second)
    ]


def test_two_recordings_of_one_request_part_nowhere():
    app = shop.create_shop()
    one, other = see(app, "/books/1"), see(app, "/books/1")
    heads, lines = signed(one, other)[:3], signed(one, other)[3:]
    assert [sign for sign, _ in heads] == ["-", "+", ""]
    assert {sign for sign, _ in lines} == {""}
    assert [text for _, text in lines] == [line.text for line in lines_of(one)]


def test_two_requests_part_where_their_ways_do():
    app = shop.create_shop()
    found = signed(see(app, "/books/1"), see(app, "/books/9"))
    assert ("-", "Books.get(book_id=1)") in found
    assert ("+", "Books.get(book_id=9)") in found
    assert ("", "Roob.handle_request") in found
    assert ("+", "NoSuchBook: no book 9") in found


def test_the_lines_of_each_are_all_there_in_their_order():
    app = shop.create_shop()
    one, other = see(app, "/books/1"), see(app, "/nowhere")
    found = [*difference(one, other)][3:]
    assert [line for sign, line in found if sign != "+"] == lines_of(one)
    theirs = [line.text for sign, line in found if sign != "-"]
    assert theirs == [line.text for line in lines_of(other)]


def test_how_long_a_statement_took_is_no_difference():
    one = see(shop.create_shop(), "/books/1")
    slower = replace(
        one,
        steps=[replace(step, elapsed=step.elapsed + 1000) for step in one.steps],
    )
    assert {sign for sign, _ in signed(one, slower)[3:]} == {""}

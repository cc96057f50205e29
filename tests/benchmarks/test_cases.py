"""The cases: what is asked, and which answers count as right."""

import pytest

from benchmarks.cases import (
    CASE_NAMES,
    EXCHANGES_PER_CASE,
    TYPED_CASE_NAMES,
    Answer,
    Exchange,
    WrongAnswerError,
    case_of,
    check,
    media_type_of,
)

MESSAGE = Exchange("GET", "/json", 200, "application/json", {"message": "Hello"})


def test_every_case_named_in_the_tables_can_be_built() -> None:
    for name in (*CASE_NAMES, *TYPED_CASE_NAMES):
        assert case_of(name, 50).exchanges


@pytest.mark.parametrize("routes", [1, 50, 10_000])
def test_typed_parameters_are_asked_from_the_first_route_to_the_last(
    routes: int,
) -> None:
    paths = [exchange.path for exchange in case_of("typed parameter", routes).exchanges]
    assert len(paths) == EXCHANGES_PER_CASE
    assert paths[0].startswith("/r0/")
    assert paths[-1].startswith(f"/r{routes - 1}/")


def test_no_two_typed_parameters_share_a_path() -> None:
    exchanges = case_of("typed parameter", 50).exchanges
    assert len({exchange.path for exchange in exchanges}) == EXCHANGES_PER_CASE


def test_the_right_answer_passes_whatever_the_spacing_of_its_json() -> None:
    check(MESSAGE, Answer(200, "application/json", b'{ "message" : "Hello" }'))


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(500, "application/json", b'{"message": "Hello"}'), "status is 500"),
        (Answer(200, "text/html", b'{"message": "Hello"}'), "content type is"),
        (Answer(200, "application/json", b'{"message": "Bye"}'), "body is"),
        (Answer(200, "application/json", b"Hello"), "not JSON"),
        (Answer(200, "application/json", b""), "the body is empty"),
    ],
)
def test_a_wrong_answer_is_refused_with_the_reason(answer: Answer, reason: str) -> None:
    with pytest.raises(WrongAnswerError, match=reason):
        check(MESSAGE, answer)


def test_a_404_may_have_any_page_but_needs_one() -> None:
    missing = case_of("404", 50).exchanges[0]
    check(missing, Answer(404, "text/html", b"<h1>Not here</h1>"))
    with pytest.raises(WrongAnswerError, match="status is 200"):
        check(missing, Answer(200, "text/html", b"<h1>Welcome</h1>"))
    with pytest.raises(WrongAnswerError, match="empty"):
        check(missing, Answer(404, "text/html", b""))


def test_the_media_type_is_read_without_its_parameters() -> None:
    headers = [("content-TYPE", "Text/Plain; charset=utf-8")]
    assert media_type_of(headers) == "text/plain"
    assert media_type_of([]) == ""

"""Timing and rounds, with contestants of a few lines."""

import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

import pytest

from benchmarks.cases import EXCHANGES_PER_CASE, case_of
from benchmarks.clock import environ_of, seconds_per_request
from benchmarks.measure import (
    MOST_REQUESTS,
    Effort,
    Subject,
    measure,
    measure_growth,
    measure_size,
    set_up,
    whole_turns,
)
from benchmarks.peers import raw

QUICK = Effort(rounds=3, slice_seconds=0.001, cell_budget=5.0, setup_budget=5.0)
TEXT = case_of("text", 1)


class Counting:
    """A WSGI app that counts its calls, its bodies read and its bodies closed."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.closed = 0

    def __call__(self, environ: Any, start_response: Callable[..., Any]) -> Any:
        self.paths.append(environ["PATH_INFO"])
        start_response("200 OK", [("Content-Type", "text/plain")])
        return self

    def __iter__(self) -> Iterable[bytes]:
        return iter([b"Hello, World!"])

    def close(self) -> None:
        self.closed += 1


def slow(environ: Any, start_response: Callable[..., Any]) -> list[bytes]:
    """Take a millisecond of the processor's time."""
    until = time.perf_counter() + 0.001
    while time.perf_counter() < until:
        pass
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"Hello, World!"]


def silent(what: str) -> None:
    """Progress that is shown to nobody."""


def test_each_timed_request_is_read_and_closed_and_the_paths_take_turns() -> None:
    app = Counting()
    exchanges = case_of("404", 1).exchanges
    seconds = seconds_per_request(app, exchanges, 2 * len(exchanges))
    assert seconds > 0
    assert app.closed == len(app.paths) == 2 * len(exchanges)
    assert app.paths == [exchange.path for exchange in exchanges] * 2


def test_a_batch_smaller_than_the_count_loses_no_request() -> None:
    app = Counting()
    seconds_per_request(app, TEXT.exchanges, 1_000)
    assert len(app.paths) == 1_000


def test_a_posted_body_is_there_to_read_each_time() -> None:
    exchange = case_of("post json", 1).exchanges[0]
    first, second = environ_of(exchange), environ_of(exchange)
    assert first["wsgi.input"].read() == second["wsgi.input"].read() == exchange.body
    assert first["CONTENT_LENGTH"] == str(len(exchange.body))


def test_the_time_of_a_request_is_about_what_the_handler_takes() -> None:
    assert 0.001 <= seconds_per_request(slow, TEXT.exchanges, 20) < 0.1


@pytest.mark.parametrize(
    ("requests", "turns"),
    [
        (0.2, EXCHANGES_PER_CASE),
        (100.0, 96),
        (1e9, MOST_REQUESTS - MOST_REQUESTS % EXCHANGES_PER_CASE),
    ],
)
def test_requests_per_round_are_whole_turns_of_the_exchanges(
    requests: float, turns: int
) -> None:
    assert whole_turns(requests) == turns


def test_every_good_subject_is_timed_once_per_round() -> None:
    subjects = [Subject("one", TEXT, raw.make(1)), Subject("two", TEXT, raw.make(1))]
    cells = measure(subjects, QUICK, silent)
    assert [(cell.peer, len(cell.seconds), cell.note) for cell in cells] == [
        ("one", 3, ""),
        ("two", 3, ""),
    ]


def test_a_wrong_answer_is_noted_and_not_timed() -> None:
    def wrong(environ: Any, start_response: Callable[..., Any]) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"Goodbye"]

    (cell,) = measure([Subject("wrong", TEXT, wrong)], QUICK, silent)
    assert cell.seconds == ()
    assert "wrong answer" in cell.note


def test_a_subject_over_its_budget_keeps_the_rounds_it_had_and_says_so() -> None:
    effort = Effort(rounds=100, slice_seconds=0.05, cell_budget=0.5)
    (cell,) = measure([Subject("slow", TEXT, slow)], effort, silent)
    assert 1 <= len(cell.seconds) < 100
    assert "rounds: over budget" in cell.note


def test_a_subject_too_slow_to_check_is_noted_even_if_it_catches_exceptions() -> None:
    def stuck(environ: Any, start_response: Callable[..., Any]) -> list[bytes]:
        with suppress(Exception):  # as frameworks do
            time.sleep(60)
        return []

    effort = Effort(rounds=1, cell_budget=0.05)
    (cell,) = measure([Subject("stuck", TEXT, stuck)], effort, silent)
    assert cell.seconds == ()
    assert "before the rounds" in cell.note


def test_a_contestant_that_is_not_installed_is_noted() -> None:
    entry = set_up("no_such_peer", 5, QUICK, silent)
    assert entry.app is None
    assert "not installed" in entry.note


def test_a_size_is_reported_with_its_notes() -> None:
    report = measure_size(5, ["raw", "no_such_peer"], ["text", "404"], QUICK, silent)
    assert report.routes == 5
    assert report.setup_seconds["no_such_peer"] is None
    assert [(cell.peer, cell.case) for cell in report.cells] == [
        ("raw", "text"),
        ("raw", "404"),
    ]
    assert len(report.notes) == 1
    assert report.notes[0].startswith("no_such_peer: not installed")


def test_growth_is_timed_at_every_size() -> None:
    cells = measure_growth("raw", "typed parameter", (5, 50), QUICK, silent)
    assert [cell.peer for cell in cells] == ["raw at 5", "raw at 50"]
    assert all(len(cell.seconds) == QUICK.rounds for cell in cells)

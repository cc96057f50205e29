"""What `make bench-served` reads from wrk and prints, from made-up figures."""

import shutil

import pytest

from benchmarks.cases import case_of, check
from benchmarks.served_tables import Measured, Sample, render, verdicts
from benchmarks.servers import (
    Contestant,
    ServerError,
    fetch,
    gunicorn,
    running,
)
from benchmarks.wrk import Load, WrkError, find_wrk, parse

GOOD = """Running 5s test @ http://127.0.0.1:8000/json
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.30ms  500.00us  10.00ms   90.00%
    Req/Sec    50.00k     1.00k   52.00k    80.00%
  Latency Distribution
     50%  950.00us
     75%    1.50ms
     90%    2.00ms
     99%    1.02s
  250000 requests in 5.00s, 33.00MB read
Requests/sec:  50000.50
Transfer/sec:      6.60MB
"""
BAD = GOOD.replace(
    "Requests/sec",
    "  Socket errors: connect 1, read 2, write 3, timeout 4\n"
    "  Non-2xx or 3xx responses: 90\nRequests/sec",
)


def sample(name: str, turn: int, rate: float, errors: int = 0) -> Sample:
    return Sample(
        name, "json", turn, Measured(Load(1_000, rate, 0.001, 0.002, errors), 2e-5)
    )


SAMPLES = [
    sample("raw_orjson on granian", 0, 1000.0),
    sample("raw_orjson on granian", 1, 100.0),
    sample("roob on granian", 0, 950.0),
    sample("roob on granian", 1, 95.0),
    sample("robyn", 0, 900.0),
    sample("robyn", 1, 90.0, errors=7),
]


def test_a_report_of_wrk_is_read_in_seconds() -> None:
    assert parse(GOOD) == Load(250_000, 50000.5, 0.00095, 1.02, 0)


def test_socket_errors_and_bad_statuses_are_added_up() -> None:
    assert parse(BAD).errors == 100


def test_a_report_of_no_request_at_all_is_an_error() -> None:
    with pytest.raises(WrkError, match="no request was answered"):
        parse(GOOD.replace("250000 requests", "0 requests"))


def test_a_report_without_figures_is_an_error() -> None:
    with pytest.raises(WrkError, match="cannot be read"):
        parse("unable to connect to 127.0.0.1:8000")


def test_without_wrk_one_is_told_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(WrkError, match="apt-get install wrk"):
        find_wrk()


def test_without_wrk_the_command_ends_with_the_same_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    served = pytest.importorskip(
        "benchmarks.served", reason="rich is not installed", exc_type=ImportError
    )
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(SystemExit, match="apt-get install wrk"):
        served.main([])


def test_the_table_compares_within_a_round_and_marks_errors() -> None:
    lines = render("json", SAMPLES).splitlines()
    roob = next(line for line in lines if line.startswith("| roob on granian"))
    robyn = next(line for line in lines if line.startswith("| robyn"))
    assert "0.95" in roob
    assert "robyn (!)" in robyn
    assert robyn.rstrip(" |").endswith("7")


def test_a_run_with_errors_counts_for_no_goal() -> None:
    only_bad = [one for one in SAMPLES if (one.contestant, one.turn) != ("robyn", 0)]
    by_robyn = next(
        verdict for verdict in verdicts("json", only_bad) if "robyn" in verdict.claim
    )
    assert by_robyn.value is None


def test_a_failed_run_is_noted_and_does_not_shift_the_rounds() -> None:
    failed = Sample("roob on granian", "json", 0, note="no answer: bang")
    samples = [one for one in SAMPLES if one.contestant != "roob on granian"]
    samples += [failed, sample("roob on granian", 1, 95.0)]
    drawn = render("json", samples)
    assert "* roob on granian: no answer: bang" in drawn
    assert "0.95" in drawn


def test_goals_are_ahead_of_rivals_and_close_to_the_raw_app() -> None:
    found = {verdict.claim: verdict.is_met for verdict in verdicts("json", SAMPLES)}
    assert found["json: roob on granian, requests/s by raw_orjson on granian"]
    assert found["json: roob on granian, requests/s by robyn"]
    # What was not measured meets no goal.
    assert not found["json: roob on granian, requests/s by fastapi on uvicorn"]


def test_a_server_that_dies_is_told_with_its_last_words() -> None:
    dying = gunicorn("raw")
    broken = Contestant(
        "raw",
        "none",
        (dying.command[0], "-c", "raise SystemExit('out of cheese')"),
        (),
    )
    with pytest.raises(ServerError, match="out of cheese"), running(broken):
        pytest.fail("it cannot be running")


def test_a_contestant_runs_on_a_free_port_and_is_gone_afterwards() -> None:
    contestant = gunicorn("raw")
    if contestant.missing:
        pytest.skip("gunicorn is not installed: see benchmarks/requirements.txt")
    (exchange,) = case_of("json", 50).exchanges
    with running(contestant) as server:
        check(exchange, fetch(server.port, exchange))
    with pytest.raises(ConnectionRefusedError):
        fetch(server.port, exchange)


def test_a_server_that_works_is_seen_to_use_the_processor() -> None:
    contestant = gunicorn("raw")
    if contestant.missing:
        pytest.skip("gunicorn is not installed: see benchmarks/requirements.txt")
    with running(contestant) as server:
        assert server.cpu_seconds() > 0
    assert server.cpu_seconds() == 0

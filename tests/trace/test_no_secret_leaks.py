"""No secret that is planted in a request is in anything that a trace shows of it."""

import logging
from collections.abc import Iterator

import pytest

from tests.trace.leaks import (
    LOOKED_FOR,
    OUTPUTS,
    ROUTES,
    SECRETS,
    Bench,
    leaks_in,
    pieces_of,
    summary,
)

# Every fourth secret with each route, another four with the next one.  All pairs are
# tried by `python -m tests.trace.leaks`, which takes longer.
PAIRS = [
    (route, name) for at, route in enumerate(ROUTES) for name in [*SECRETS][at % 4 :: 4]
]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    logging.disable()
    made = Bench(tmp_path_factory.mktemp("leaks"))
    yield made
    made.close()
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize(("route", "name"), PAIRS)
def test_no_output_of_a_request_has_the_secret_or_a_piece_of_it(bench, route, name):
    secret = SECRETS[name]
    shown = bench.outputs(ROUTES[route](secret), secret)
    found = {output: leaks_in(text, secret) for output, text in shown.items()}
    assert tuple(found) == OUTPUTS
    assert {output: pieces for output, pieces in found.items() if pieces} == {}


def test_what_is_looked_for_is_counted():
    assert LOOKED_FOR == 20 * 19 * 7
    assert summary(0) == "secrets: 20 planted x 19 routes x 7 outputs: 0 leaks"


def test_a_request_shows_what_is_no_secret(bench):
    secret = SECRETS["hexadecimal"]
    shown = bench.outputs(ROUTES["form"](secret), secret)
    for output in ("text", "JSON", "HTML", "live JSON", "live page"):
        assert "AccountRepository.keep(name=" in shown[output], output
        assert "ada" in shown[output], output
        assert "UPDATE" in shown[output], output
        assert "hidden" in shown[output], output
    assert "X-Roob-Trace" in shown["live headers"]
    assert "Server-Timing" in shown["live headers"]


def test_a_piece_of_a_long_secret_is_a_leak_in_any_spelling():
    secret = "Tr0ub4dor&3!"
    for text in ("ub4dor&3!", "Tr0ub4dor%26", "r0ub4dor&amp;", "0ub4dor\\u00263!"):
        assert leaks_in(f"It is {text}.", secret), text
    assert leaks_in("It is VHIwdWI0ZG9yJjMh.", secret)
    assert leaks_in("It is #98;4dor#38;3!", "b4dor&3!")
    assert not leaks_in("It is Tr0ub4d.", secret)
    assert len(pieces_of("q9$Zt4")) == 3

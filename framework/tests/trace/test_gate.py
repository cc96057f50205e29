from types import SimpleNamespace

import pytest
from roob import Roob
from roob.middlewares import ErrorHandlerMiddleware
from roob.trace.gate import Gate, TracingRefused, refuse_in_production

TOKEN = "a-token-that-is-known"


@pytest.fixture
def gate(monkeypatch):
    monkeypatch.setenv("ROOB_TRACE_TOKEN", TOKEN)
    return Gate()


def asking(host="localhost", query="", cookie=""):
    return {"HTTP_HOST": host, "QUERY_STRING": query, "HTTP_COOKIE": cookie}


KNOWN = f"roob_trace={TOKEN}"


def test_the_token_is_drawn_anew_for_each_process_and_is_long(monkeypatch):
    monkeypatch.delenv("ROOB_TRACE_TOKEN", raising=False)
    first, second = Gate().token, Gate().token
    assert first != second
    assert len(first) >= 32


@pytest.mark.parametrize("empty", ["", None])
def test_an_empty_token_in_the_environment_is_none(monkeypatch, empty):
    if empty is None:
        monkeypatch.delenv("ROOB_TRACE_TOKEN", raising=False)
    else:
        monkeypatch.setenv("ROOB_TRACE_TOKEN", empty)
    assert Gate().refusal(asking(query="token=")) != ""
    assert Gate().refusal(asking(cookie="roob_trace=")) != ""


def test_the_environment_may_set_the_token(gate):
    assert gate.token == TOKEN


@pytest.mark.parametrize(
    ("query", "cookie", "is_let_in"),
    [
        ("", "", False),
        (f"token={TOKEN}", "", True),
        ("token=another", "", False),
        ("token=", "", False),
        (f"token={TOKEN}x", "", False),
        (f"token=x&token={TOKEN}", "", False),
        ("token=%ff%00", "", False),
        ("", KNOWN, True),
        ("", f"a=b; {KNOWN}; c=d", True),
        ("", "roob_trace=another", False),
        ("", "roob_trace=\xff", False),
        ("", "other=" + TOKEN, False),
        ("", "no cookie at all", False),
        ("token=another", KNOWN, True),
    ],
)
def test_whoever_has_the_token_is_let_in(gate, query, cookie, is_let_in):
    refusal = gate.refusal(asking(query=query, cookie=cookie))
    assert (refusal == "") is is_let_in
    if not is_let_in:
        assert "address that the server printed" in refusal


@pytest.mark.parametrize(
    ("host", "is_ours"),
    [
        ("localhost", True),
        ("localhost:8000", True),
        ("LOCALHOST:8000", True),
        ("127.0.0.1", True),
        ("127.0.0.1:80", True),
        ("[::1]", True),
        ("[::1]:8000", True),
        ("", False),
        ("evil.example", False),
        ("evil.example:8000", False),
        ("localhost.evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("localhost:8000.evil.example", False),
        ("evil.example#localhost", False),
    ],
)
def test_the_page_answers_to_this_machines_names_alone(gate, host, is_ours):
    refusal = gate.refusal(asking(host=host, cookie=KNOWN))
    assert (refusal == "") is is_ours
    if not is_ours:
        assert "localhost, 127.0.0.1, [::1] only" in refusal


def test_other_names_may_be_given_in_any_case(monkeypatch):
    monkeypatch.setenv("ROOB_TRACE_TOKEN", TOKEN)
    gate = Gate(("Dev.Example",))
    assert gate.refusal(asking("dev.example:8000", cookie=KNOWN)) == ""
    assert gate.refusal(asking("localhost", cookie=KNOWN)) != ""


def test_the_cookie_is_for_the_page_alone_and_for_no_script(gate):
    rest = "HttpOnly; SameSite=Strict"
    assert gate.cookie({}) == f"roob_trace={TOKEN}; Path=/__trace__; {rest}"
    below = gate.cookie({"SCRIPT_NAME": "/shop"})
    assert below == f"roob_trace={TOKEN}; Path=/shop/__trace__; {rest}"


@pytest.mark.parametrize("value", ["production", "Production", "PRODUCTION"])
def test_in_production_nothing_is_shown(monkeypatch, value):
    monkeypatch.setenv("ROOB_ENV", value)
    with pytest.raises(TracingRefused, match="ROOB_ENV is production"):
        refuse_in_production(Roob(debug=True))


def test_an_app_that_is_not_in_debug_is_not_shown(monkeypatch):
    monkeypatch.delenv("ROOB_ENV", raising=False)
    with pytest.raises(TracingRefused, match="not in debug"):
        refuse_in_production(Roob())
    with pytest.raises(TracingRefused, match="not in debug"):
        refuse_in_production(ErrorHandlerMiddleware(app=Roob(), debug=False))


@pytest.mark.parametrize(
    "app", [Roob(debug=True), SimpleNamespace(), SimpleNamespace(debug=None), print]
)
@pytest.mark.parametrize("environment", ["", "development"])
def test_others_are_shown(monkeypatch, app, environment):
    monkeypatch.setenv("ROOB_ENV", environment)
    refuse_in_production(app)

import pytest
from roob import Roob
from roob.middlewares import ErrorHandlerMiddleware, SecurityHeadersMiddleware

POLICY = (
    "default-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'; object-src 'none'"
)


def app_with(**options):
    app = Roob()
    app.add_route("/", lambda request: "<p>hi")
    app.add_route("/fail", lambda request: 1 / 0)
    app.add_middleware(ErrorHandlerMiddleware)
    app.add_middleware(SecurityHeadersMiddleware, **options)
    return app


@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("/", "GET"),
        ("/", "HEAD"),
        ("/", "OPTIONS"),
        ("/missing", "GET"),
        ("/fail", "GET"),
    ],
)
def test_every_answer_has_them_errors_too(call, path, method):
    answer = call(app_with(), path, method)
    assert answer.header("Content-Security-Policy") == POLICY
    assert answer.header("X-Content-Type-Options") == "nosniff"
    assert answer.header("Referrer-Policy") == "same-origin"


def test_nothing_inline_is_allowed():
    assert "unsafe" not in POLICY


def test_the_policy_may_be_another(call):
    answer = call(app_with(policy="default-src 'none'"))
    assert answer.header("Content-Security-Policy") == "default-src 'none'"
    assert answer.header("X-Content-Type-Options") == "nosniff"


@pytest.mark.parametrize("name", ["Referrer-Policy", "referrer-policy"])
def test_a_handlers_own_header_stays(call, name):
    app = app_with()
    app.add_route("/own", lambda request: ("x", 200, {name: "no-referrer"}))
    assert call(app, "/own").header("Referrer-Policy") == "no-referrer"


def test_it_wraps_an_app_too(call):
    answer = call(SecurityHeadersMiddleware(app=Roob()), "/missing")
    assert answer.header("Content-Security-Policy") == POLICY

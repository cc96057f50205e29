import logging

import pytest
from roob import Roob
from roob.common_handlers import CommonHandlers
from roob.exceptions import ResponseError
from roob.middlewares import ErrorHandlerMiddleware
from roob.models.requests import Request

SECRET = "postgres://admin:hunter2@10.0.0.1/db"


class Teapot(ResponseError):
    def __init__(self):
        super().__init__("I'm a teapot", 418, {"X-Tea": "green"})


class Unprintable(Exception):
    def __str__(self):
        raise RuntimeError("no text")


def app_raising(error, **options):
    def handler(request):
        raise error

    app = Roob(**options)
    app.add_route("/", handler)
    return app


@pytest.fixture(params=["added", "wrapped"])
def guard(request):
    """Both ways to use it."""

    def guard(app, **options):
        if request.param == "wrapped":
            return ErrorHandlerMiddleware(app=app, **options)
        app.add_middleware(ErrorHandlerMiddleware, **options)
        return app

    return guard


def test_a_response_error_is_its_own_answer(guard, call):
    answer = call(guard(app_raising(ResponseError("This is a custom error", 400))))
    assert answer.status == 400
    assert answer.json() == {"message": "This is a custom error"}
    assert answer.header("Content-Type") == "application/json"


def test_a_response_error_needs_no_middleware(call):
    assert call(app_raising(ResponseError("no", 403))).status == 403


def test_a_subclass_answers_with_its_headers(guard, call):
    answer = call(guard(app_raising(Teapot())))
    assert (answer.status, answer.header("X-Tea")) == (418, "green")


def test_a_response_error_is_500_by_default(guard, call):
    assert call(guard(app_raising(ResponseError("no")))).json() == {"message": "no"}


@pytest.mark.parametrize(
    "error", [RuntimeError, ValueError, KeyError, TypeError, OSError]
)
def test_any_other_exception_is_a_500_with_a_request_id(guard, call, error):
    answer = call(guard(app_raising(error("x"))), HTTP_X_REQUEST_ID="abc")
    assert answer.status == 500
    assert answer.json() == {
        "message": "Unhandled Exception Occurred",
        "request_id": "abc",
    }


def test_the_log_has_the_traceback_and_the_request_id(guard, call, caplog):
    answer = call(guard(app_raising(ValueError(SECRET))))
    record = caplog.records[-1]
    assert record.levelno == logging.ERROR
    assert answer.json()["request_id"] in record.getMessage()
    assert record.exc_info[0] is ValueError
    assert SECRET in caplog.text


def test_one_exception_is_logged_once(call, caplog):
    app = app_raising(ValueError("x"))
    app.add_middleware(ErrorHandlerMiddleware)
    call(ErrorHandlerMiddleware(app=app))
    assert len(caplog.records) == 1


def test_a_response_error_is_not_logged_as_a_fault(guard, call, caplog):
    call(guard(app_raising(ResponseError("no", 404))))
    assert caplog.records == []


@pytest.mark.parametrize(
    "error", [ValueError(SECRET), KeyError(SECRET), OSError(2, SECRET)]
)
def test_secrets_are_not_in_500_bodies(guard, call, error):
    answer = call(guard(app_raising(error)))
    said = answer.body.decode() + str(answer.headers)
    assert "hunter2" not in said
    assert "Traceback" not in said
    assert ".py" not in said


def test_in_debug_the_message_goes_on_with_the_exceptions_text(guard, call):
    answer = call(guard(app_raising(ValueError("why")), debug=True))
    assert answer.json()["message"] == "Unhandled Exception Occurred: why"


def test_debug_is_the_apps_own_by_default(guard, call):
    answer = call(guard(app_raising(ValueError("why"), debug=True)))
    assert answer.json()["message"] == "Unhandled Exception Occurred: why"
    quiet = call(guard(app_raising(ValueError("why"), debug=True), debug=False))
    assert quiet.json()["message"] == "Unhandled Exception Occurred"


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize(
    "error",
    [Unprintable(), ValueError("\udcff"), ResponseError("\udcff", 400), ValueError(),
     ValueError(b"\xff"), ExceptionGroup("several", [ValueError("a")])],
    ids=repr,
)  # fmt: skip
def test_an_exception_that_cannot_be_told_is_still_an_answer(guard, call, error, debug):
    assert call(guard(app_raising(error), debug=debug)).status in (400, 500)


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_what_ends_a_process_is_not_caught(guard, call, error):
    with pytest.raises(error):
        call(guard(app_raising(error())))


def test_a_subclass_may_answer_differently(call):
    class Own(ErrorHandlerMiddleware):
        def handle_exception(self, request, exc):
            return CommonHandlers.url_not_found_handler(request)

    app = app_raising(ValueError("x"))
    app.add_middleware(Own)
    assert call(app).status == call(Own(app=app_raising(ValueError("x")))).status == 404


# -- exception handlers of the app


def test_an_exception_handler_answers_its_type(call):
    app = app_raising(KeyError("7"))
    app.add_exception_handler(KeyError, lambda request, exc: ({"no": exc.args}, 404))
    answer = call(app)
    assert (answer.status, answer.json()) == (404, {"no": ["7"]})


def test_the_nearest_type_answers(call):
    app = app_raising(KeyError("7"))
    app.add_exception_handler(Exception, lambda request, exc: ("any", 500))
    app.add_exception_handler(LookupError, lambda request, exc: ("lookup", 404))
    assert call(app).body == b"lookup"


def test_a_handler_may_take_over_response_errors(call):
    app = app_raising(Teapot())
    app.add_exception_handler(Teapot, lambda request, exc: ("tea", exc.status))
    assert (call(app).status, call(app).body) == (418, b"tea")


def test_an_exception_handler_that_fails_is_a_500(guard, call):
    app = app_raising(KeyError("7"))
    app.add_exception_handler(KeyError, lambda request, exc: 1 / 0)
    assert call(guard(app)).status == 500


def test_no_built_in_turns_a_value_error_into_a_400(guard, call):
    assert call(guard(app_raising(ValueError("x")))).status == 500


# -- handlers of last resort


def test_the_common_handlers_take_a_request_of_ones_own():
    request = Request.blank("/api/invalid", method="PUT")
    missing = CommonHandlers.url_not_found_handler(request)
    refused = CommonHandlers.method_not_allowed_handler(request)
    failed = CommonHandlers.generic_exception_handler(request, ValueError("x"))
    assert missing.json == {"message": "Requested path: /api/invalid does not exist"}
    assert refused.json == {"message": "PUT request is not allowed for /api/invalid"}
    assert (missing.status_code, refused.status_code) == (404, 405)
    assert failed.status_code == 500


@pytest.mark.parametrize("method", ["GE\nT forged", "A\x1b[31m", "X\r\nY"])
def test_no_method_forges_a_line_of_the_error_log(caplog, environ, method):
    request = Request(environ("/", method))
    CommonHandlers.generic_exception_handler(request, ValueError("x"))
    message = caplog.records[-1].getMessage()
    assert message.isprintable()


@pytest.mark.parametrize("path", ["/a\nb", "/\x1b[31m", "/\r\nX", "/\xe2\x80\xa8"])
def test_no_path_forges_a_line_of_the_error_log(caplog, environ, path):
    request = Request(environ(path))
    CommonHandlers.generic_exception_handler(request, ValueError("x"))
    assert caplog.records[-1].getMessage().isprintable()

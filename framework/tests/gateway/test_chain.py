"""What a chain promises, sentence by sentence."""

import json
import logging

import pytest
from roob.exceptions import BadRequest, ResponseError
from roob.gateway import CompositeHandler, Gateway, RequestContext, WsgiGateway
from roob.gateway.chain import HandlerChain
from roob.gateway.response import ChainResponse
from roob.models.requests import Request
from roob.models.responses import JSONResponse, RedirectResponse, Response


def answer(chain):
    chain.respond(200, {"ok": True})


def test_all_request_handlers_run_in_order_then_response_handlers_then_finalizers(
    ask, diary
):
    said = ask(
        [diary.note("one"), diary.note("two", answer)],
        response_handlers=[diary.note("response")],
        finalizers=[diary.note("finalizer")],
        exception_handlers=[diary.note("exception")],
    )
    assert diary == ["one", "two", "response", "finalizer"]
    assert said.json() == {"ok": True}


def test_handlers_get_the_chain_the_context_and_the_response(ask):
    def handler(chain, context, response):
        assert isinstance(chain, HandlerChain)
        assert isinstance(context, RequestContext)
        assert chain.context is context
        assert chain.response is response
        chain.respond(200, context.request.path_info)

    assert ask([handler], "/hi").body == b"/hi"


def test_stop_skips_to_the_response_handlers(ask, diary):
    ask(
        [diary.note("one", HandlerChain.stop), diary.note("never")],
        response_handlers=[diary.note("response")],
        finalizers=[diary.note("finalizer")],
    )
    assert diary == ["one", "response", "finalizer"]


def test_respond_stops_the_chain(ask, diary):
    ask(
        [diary.note("one", answer), diary.note("never")],
        response_handlers=[diary.note("response")],
    )
    assert diary == ["one", "response"]


def test_terminate_skips_to_the_finalizers(ask, diary):
    said = ask(
        [
            diary.note("one", lambda chain: chain.respond(202, "later")),
            diary.note("never"),
        ],
        response_handlers=[diary.note("response", HandlerChain.terminate)] * 2,
        finalizers=[diary.note("finalizer")],
    )
    assert diary == ["one", "response", "finalizer"]
    assert said.status == 202


def test_terminate_in_a_request_handler_skips_request_and_response_handlers(ask, diary):
    said = ask(
        [diary.note("one", HandlerChain.terminate), diary.note("never")],
        response_handlers=[diary.note("never")],
        finalizers=[diary.note("finalizer")],
    )
    assert diary == ["one", "finalizer"]
    assert said.status == 404


def test_an_exception_is_told_to_all_exception_handlers_then_the_response_handlers_run(
    ask, diary
):
    said = ask(
        [diary.fail("one", KeyError("x")), diary.note("never")],
        exception_handlers=[diary.note("first"), diary.note("second")],
        response_handlers=[diary.note("response")],
        finalizers=[diary.note("finalizer")],
    )
    assert diary == ["one", "first", "second", "response", "finalizer"]
    assert said.status == 500


def test_an_exception_handler_gets_the_exception_and_may_answer(ask):
    def apologise(chain, exception, context, response):
        chain.respond(409, {"sorry": str(exception)})

    def collide(chain, context, response):
        raise RuntimeError("taken")

    said = ask([collide], exception_handlers=[apologise])
    assert (said.status, said.json()) == (409, {"sorry": "taken"})


def test_the_last_exception_handler_that_answers_is_heard(ask, diary):
    said = ask(
        [diary.fail("one", KeyError())],
        exception_handlers=[
            diary.note("a", lambda chain: chain.respond(400, "a")),
            diary.note("b", lambda chain: chain.respond(409, "b")),
        ],
    )
    assert (said.status, said.body) == (409, b"b")


def test_each_exception_handler_is_guarded(ask, diary, caplog):
    said = ask(
        [diary.fail("one", KeyError("first"))],
        exception_handlers=[
            diary.fail("broken", RuntimeError("second")),
            diary.note("still asked", lambda chain: chain.respond(418)),
        ],
    )
    assert diary == ["one", "broken", "still asked"]
    assert said.status == 418
    assert "second" in caplog.text


def test_each_response_handler_is_guarded_and_its_error_logged(ask, diary, caplog):
    said = ask(
        [diary.note("one", answer)],
        response_handlers=[
            diary.fail("broken", RuntimeError("in a response handler")),
            diary.note("still run"),
        ],
        finalizers=[diary.note("finalizer")],
    )
    assert diary == ["one", "broken", "still run", "finalizer"]
    assert said.json() == {"ok": True}
    assert "in a response handler" in caplog.text
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


def test_each_finalizer_is_guarded(ask, diary, caplog):
    said = ask(
        [diary.note("one", answer)],
        finalizers=[diary.fail("broken", RuntimeError("late")), diary.note("last")],
    )
    assert diary == ["one", "broken", "last"]
    assert said.status == 200
    assert "late" in caplog.text


def test_finalizers_run_even_when_the_process_is_told_to_exit(diary):
    def leave(chain, context, response):
        raise SystemExit

    chain = HandlerChain([leave], finalizers=[diary.note("finalizer")])
    with pytest.raises(SystemExit):
        chain.handle(RequestContext(Request.blank("/")), ChainResponse())
    assert diary == ["finalizer"]


def test_finalizers_see_the_answer(ask):
    seen = []

    def look(chain, context, response):
        seen.append(response.status_code)

    ask([], finalizers=[look])
    assert seen == [404]


def test_throw_lets_the_handler_end_and_is_then_an_exception_like_any(ask, diary):
    def thrower(chain, context, response):
        chain.throw(KeyError("thrown"))
        diary.append("went on")

    def note(chain, exception, context, response):
        diary.append(f"{exception!r}")

    said = ask(
        [thrower, diary.note("never")],
        exception_handlers=[note],
        response_handlers=[diary.note("response")],
    )
    assert diary == ["went on", "KeyError('thrown')", "response"]
    assert said.status == 500


def test_an_exception_handler_may_throw_what_is_to_be_answered_instead(ask, diary):
    def translate(chain, exception, context, response):
        chain.throw(ResponseError("No such book", 404))

    said = ask([diary.fail("one", KeyError("7"))], exception_handlers=[translate])
    assert (said.status, said.json()) == (404, {"message": "No such book"})


def test_throw_in_a_response_handler_is_too_late_and_says_so(ask, diary, caplog):
    said = ask(
        [diary.note("one", answer)],
        response_handlers=[
            diary.note("late", lambda chain: chain.throw(KeyError("x")))
        ],
    )
    assert said.status == 200
    assert "too late to throw KeyError('x')" in caplog.text


def test_nobody_answered_is_a_json_404_in_the_frameworks_words(ask):
    said = ask([lambda chain, context, response: None], "/nope")
    assert said.line == "404 Not Found"
    assert said.json() == {"message": "Requested path: /nope does not exist"}
    assert said.header("Content-Type") == "application/json"


def test_a_gateway_without_handlers_answers_404(ask):
    assert ask().status == 404


def test_stop_without_an_answer_is_a_404_too(ask, diary):
    assert ask([diary.note("one", HandlerChain.stop)]).status == 404


def test_headers_alone_are_no_answer_and_go_out_with_the_404(ask):
    def allow_origin(chain, context, response):
        response.headers["Access-Control-Allow-Origin"] = "*"

    said = ask([allow_origin])
    assert said.status == 404
    assert said.header("Access-Control-Allow-Origin") == "*"


def test_response_handlers_see_the_404(ask):
    def stamp(chain, context, response):
        response.headers["X-Status"] = str(response.status_code)

    assert ask(response_handlers=[stamp]).header("X-Status") == "404"


def test_a_crash_is_a_json_500_with_a_request_id_and_no_internals(ask, diary, caplog):
    said = ask(
        [diary.fail("one", RuntimeError("secret: hunter2"))],
        environ={"HTTP_X_REQUEST_ID": "abc"},
    )
    assert said.status == 500
    expected = {"message": "Unhandled Exception Occurred", "request_id": "abc"}
    assert said.json() == expected
    assert "hunter2" in caplog.text
    assert "abc" in caplog.text


def test_a_crash_in_debug_says_why(ask, diary):
    said = ask([diary.fail("one", RuntimeError("broken"))], debug=True)
    assert said.json()["message"] == "Unhandled Exception Occurred: broken"


def test_a_crash_after_respond_is_a_500_and_not_the_answer_before_it(ask):
    closed = []

    def pieces():
        try:
            yield b"never sent"
        finally:
            closed.append(True)

    def handler(chain, context, response):
        chain.respond(200, pieces(), {"ETag": '"1"', "Cache-Control": "max-age=9"})
        raise RuntimeError

    said = ask([handler])
    assert said.status == 500
    assert said.header("ETag") is None
    assert said.header("Cache-Control") is None
    assert closed == [True]


def test_a_crash_in_the_middle_of_filling_the_response_in_is_a_500(ask):
    def handler(chain, context, response):
        response.status = 201
        response.text = "half"
        raise RuntimeError

    assert ask([handler]).status == 500


def test_headers_for_every_answer_stay_on_a_500(ask, diary):
    def allow_origin(chain, context, response):
        response.headers["Access-Control-Allow-Origin"] = "*"

    said = ask([allow_origin, diary.fail("one", KeyError())])
    assert said.header("Access-Control-Allow-Origin") == "*"
    assert said.header("Content-Type") == "application/json"


def test_a_response_error_is_its_own_answer(ask, diary):
    error = ResponseError("Wait", 429, {"Retry-After": "3"})
    said = ask([diary.fail("one", error)])
    assert (said.status, said.json()) == (429, {"message": "Wait"})
    assert said.header("Retry-After") == "3"


def test_a_body_that_is_no_json_is_a_400(ask):
    def read(chain, context, response):
        chain.respond(200, context.request.json)

    assert ask([read], "/", "POST", b"{").status == 400


def test_the_body_is_bounded(call):
    def read(chain, context, response):
        chain.respond(200, {"length": len(context.request.body)})

    app = WsgiGateway(Gateway([read]), max_body_bytes=10)
    assert call(app, "/", "POST", b"x" * 10).json() == {"length": 10}
    assert call(app, "/", "POST", b"x" * 11).status == 413


def test_an_exception_of_the_contexts_own_class_is_a_500(ask):
    class Broken(RequestContext):
        def __init__(self, request):
            raise BadRequest("never")

    class Worse(RequestContext):
        def __init__(self, request):
            raise RuntimeError

    assert ask(context_class=Broken).status == 400
    assert ask(context_class=Worse).status == 500


def test_respond_takes_what_a_routes_handler_may_return(ask):
    cases = [
        ({"a": 1}, b'{"a":1}', "application/json"),
        ([1], b"[1]", "application/json"),
        ("<p>", b"<p>", "text/html; charset=UTF-8"),
        (b"\0", b"\0", "application/octet-stream"),
        ((piece for piece in "ab"), b"ab", "text/html; charset=UTF-8"),
    ]
    for payload, body, content_type in cases:
        said = ask([lambda chain, c, r, p=payload: chain.respond(200, p)])
        assert (said.body, said.header("Content-Type")) == (body, content_type)


def test_respond_takes_status_and_headers_in_every_form(ask):
    def handler(chain, context, response):
        chain.respond(
            "299 Odd", "x", [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("X-A", "b")]
        )

    said = ask([handler])
    assert said.line == "299 Odd"
    assert [v for k, v in said.headers if k == "Set-Cookie"] == ["a=1", "b=2"]


def test_respond_without_a_payload_has_an_empty_body(ask):
    said = ask([lambda chain, context, response: chain.respond()])
    assert (said.status, said.body) == (200, b"")
    said = ask([lambda chain, context, response: chain.respond(204)])
    assert (said.status, said.header("Content-Type")) == (204, None)


def test_respond_takes_a_response_and_its_own_status_wins(ask):
    def handler(chain, context, response):
        chain.respond(307, RedirectResponse("/there"))

    said = ask([handler])
    assert (said.status, said.header("Location")) == (307, "/there")


def test_respond_keeps_the_headers_and_cookies_of_handlers_before_it(ask):
    def session(chain, context, response):
        response.headers["X-Trace"] = "7"
        response.set_cookie("session", "s")

    def handler(chain, context, response):
        chain.respond(200, "x", {"Set-Cookie": "theme=dark"})

    said = ask([session, handler])
    assert said.header("X-Trace") == "7"
    cookies = [value for name, value in said.headers if name == "Set-Cookie"]
    assert cookies == ["session=s; Path=/", "theme=dark"]


def test_respond_with_what_cannot_be_sent_is_a_500(ask):
    def handler(chain, context, response):
        chain.respond(200, object())

    assert ask([handler]).status == 500


def test_respond_with_a_header_that_would_split_the_answer_is_a_500(ask):
    def handler(chain, context, response):
        chain.respond(200, "x", {"X-A": "a\r\nSet-Cookie: b"})

    said = ask([handler])
    assert said.status == 500
    assert said.header("Set-Cookie") is None


def test_a_second_answer_replaces_the_first_whole(ask):
    def first(chain, context, response):
        chain.respond(200, {"a": 1}, {"ETag": '"1"', "Content-Language": "en"})

    def second(chain, context, response):
        chain.respond(410, "gone")

    said = ask([first], response_handlers=[second])
    assert (said.status, said.body) == (410, b"gone")
    assert said.header("ETag") is None
    assert said.header("Content-Length") == "4"


def test_a_response_that_a_handler_fills_in_is_the_answer_and_the_chain_goes_on(ask):
    def fill(chain, context, response):
        response.status_code = 201
        response.json = {"id": 7}

    def stamp(chain, context, response):
        response.headers["X-Stamp"] = str(response.json["id"])

    said = ask([fill, stamp])
    assert (said.status, said.json()) == (201, {"id": 7})
    assert said.header("X-Stamp") == "7"
    assert said.header("Content-Type") == "application/json"


@pytest.mark.parametrize(
    ("name", "value"),
    [("text", "hi"), ("body", b"hi"), ("app_iter", iter([b"hi"])), ("json", "hi")],
)
def test_a_body_alone_is_an_answer(ask, name, value):
    said = ask([lambda chain, context, response: setattr(response, name, value)])
    assert said.status == 200
    assert b"hi" in said.body


@pytest.mark.parametrize("status", [200, "200 OK", 204])
def test_a_status_alone_is_an_answer(ask, status):
    def handler(chain, context, response):
        response.status = status

    said = ask([handler])
    assert (said.status, said.body) == (int(str(status)[:3]), b"")


def test_reading_the_response_is_no_answer(ask):
    def look(chain, context, response):
        assert response.body == b""
        assert response.status_code == 200
        assert response.text == ""
        assert "Content-Type" in response.headers

    assert ask([look]).status == 404


def test_head_has_the_headers_and_no_body(ask):
    said = ask([lambda c, x, r: c.respond(200, {"a": 1})], "/", "HEAD")
    assert (said.status, said.body) == (200, b"")
    assert said.header("Content-Length") == "7"


def test_a_stream_is_closed_when_it_has_been_sent(ask):
    closed = []

    class Pieces:
        def __iter__(self):
            return iter([b"a", b"b"])

        def close(self):
            closed.append(True)

    def handler(chain, context, response):
        response.app_iter = Pieces()

    assert ask([handler]).body == b"ab"
    assert ask([handler], "/", "HEAD").body == b""
    assert closed == [True, True]


def test_a_stream_that_another_answer_replaces_is_closed(ask):
    closed = []

    def pieces():
        try:
            yield b"never sent"
        finally:
            closed.append(True)

    def stream(chain, context, response):
        chain.respond(200, pieces())

    def replace(chain, context, response):
        chain.respond(410, "gone")

    assert ask([stream], response_handlers=[replace]).body == b"gone"
    assert closed == [True]


def test_problem_json_is_for_those_who_prefer_it(ask):
    said = ask(environ={"HTTP_ACCEPT": "application/problem+json"})
    assert said.status == 404
    assert json.loads(said.body)["message"] == "Requested path: / does not exist"


class Empty(Exception):
    """As exceptions of some libraries are that hold a list of errors."""

    def __len__(self):
        return 0


@pytest.mark.parametrize("act", [lambda c: c.throw(Empty()), None])
def test_an_exception_that_is_false_stops_the_chain_as_any(ask, diary, act):
    handler = diary.note("a", act) if act else diary.fail("a", Empty())
    said = ask(
        [CompositeHandler([handler, diary.note("never")]), diary.note("never")],
        exception_handlers=[diary.note("exception")],
    )
    assert diary == ["a", "exception"]
    assert said.status == 500


@pytest.mark.parametrize("thing", [None, "wrong", KeyError, SystemExit()])
def test_only_an_exception_can_be_thrown(ask, diary, thing):
    raised = []

    def keep(_chain, error, *_):
        raised.append(str(error))

    throw = diary.note("a", lambda chain: chain.throw(thing))
    said = ask([throw, diary.note("never")], exception_handlers=[keep])
    assert (said.status, diary) == (500, ["a"])
    assert raised == [f"{thing!r} is no exception that can be thrown"]


@pytest.mark.parametrize(
    "payload", [({"a": 1}, 404), ({"a": 1}, 404, {"X-A": "b"}), JSONResponse({}, 404)]
)
def test_a_payload_with_a_status_keeps_it_unless_another_is_given(ask, payload):
    def respond(**said):
        return ask([lambda chain, *_: chain.respond(payload=payload, **said)]).status

    assert respond() == 404
    assert respond(status=201) == 201


def test_without_any_status_it_is_200(ask):
    assert ask([lambda chain, *_: chain.respond()]).status == 200
    assert ask([lambda chain, *_: chain.respond(payload={"a": 1})]).status == 200
    assert ask([lambda chain, *_: chain.respond(None, "x")]).status == 200


@pytest.mark.parametrize("status", [0, "", 99, False])
def test_a_status_that_is_none_is_refused(ask, status):
    assert ask([lambda chain, *_: chain.respond(status, "x")]).status == 500


class Pieces:
    """A body that only ``close`` frees of what it holds."""

    def __init__(self):
        self.closed = 0

    def __iter__(self):
        return iter([b"first"])

    def close(self):
        self.closed += 1


@pytest.mark.parametrize("name", ["body", "text", "json", "json_body", "app_iter"])
def test_a_body_that_a_whole_one_replaces_is_closed(ask, name):
    pieces = Pieces()
    whole = {"body": b"x", "text": "x", "app_iter": [b"x"]}.get(name, "x")
    ask(
        [lambda chain, *_: chain.respond(200, Response(app_iter=pieces))],
        response_handlers=[lambda _, __, response: setattr(response, name, whole)],
    )
    assert pieces.closed == 1


def test_a_body_that_is_wrapped_stays_open(ask):
    pieces = Pieces()

    def shout(_chain, _context, response):
        pieces_before = response.app_iter
        response.app_iter = (piece.upper() for piece in pieces_before)

    said = ask(
        [lambda chain, *_: chain.respond(200, Response(app_iter=pieces))],
        response_handlers=[shout],
    )
    assert (said.body, pieces.closed) == (b"FIRST", 0)

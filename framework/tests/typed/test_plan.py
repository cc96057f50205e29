"""Dependencies: called in order, once, and torn down in reverse, whatever happens."""

import contextlib
import functools
import logging
import threading
from typing import Annotated

import pytest
from pydantic import BaseModel
from roob import Roob
from roob.exceptions import ResponseError
from roob.models.responses import Response, StreamedResponse
from roob.typed import Depends, Header, typed


class User(BaseModel):
    name: str


@pytest.fixture
def log():
    return []


@pytest.fixture
def opened(log):
    """``opened("db")``: a dependency that logs when it is opened, left and closed."""

    def nothing():
        return ""

    def opened(name, below=nothing):
        def dependency(inner: Annotated[str, Depends(below)]):
            log.append(f"open {name}")
            try:
                yield f"{name}({inner})"
            except Exception as error:
                log.append(f"{name} saw {type(error).__name__}")
                raise
            finally:
                log.append(f"close {name}")

        return dependency

    return opened


def test_they_are_closed_in_reverse_when_the_answer_is_made(ask, opened, log):
    outer = opened("outer")
    inner = opened("inner", outer)

    def handler(one: Annotated[str, Depends(inner)]) -> list[str]:
        log.append("handler")
        return [one]

    assert ask(handler).json() == ["inner(outer())"]
    assert log == [
        *("open outer", "open inner", "handler", "close inner", "close outer"),
    ]


def test_one_is_called_once_per_request_unless_it_says_otherwise(ask):
    calls = []

    def count():
        calls.append(1)
        return len(calls)

    def below(n: Annotated[int, Depends(count)]):
        return n

    def handler(
        a: Annotated[int, Depends(count)],
        b: Annotated[int, Depends(below)],
        c: Annotated[int, Depends(count, cache=False)],
    ):
        return [a, b, c]

    assert ask(handler).json() == [1, 1, 2]
    assert ask(handler).json() == [3, 3, 4]


def test_an_exception_is_thrown_into_them(ask, opened, log):
    outer = opened("outer")

    def handler(one: Annotated[str, Depends(opened("inner", outer))]):
        raise ResponseError("no", 409)

    answer = ask(handler)
    assert (answer.status, answer.json()) == (409, {"message": "no"})
    assert log == [
        *("open outer", "open inner", "inner saw ResponseError", "close inner"),
        *("outer saw ResponseError", "close outer"),
    ]


def test_one_that_catches_an_exception_does_not_swallow_it(ask):
    def catching():
        try:
            yield 1
        except ResponseError:
            return

    def handler(x: Annotated[int, Depends(catching)]):
        raise ResponseError("no", 409)

    assert ask(handler).status == 409


def test_one_may_make_another_error_of_an_exception(ask):
    def translating():
        try:
            yield 1
        except KeyError as error:
            raise ResponseError("unknown", 404) from error

    def handler(x: Annotated[int, Depends(translating)]):
        raise KeyError("x")

    assert ask(handler).json() == {"message": "unknown"}


def test_a_teardown_that_raises_is_logged_and_answered_and_the_others_run(
    ask, opened, log, caplog
):
    outer = opened("outer")

    def failing(outer: Annotated[str, Depends(outer)]):
        yield outer
        raise RuntimeError("the commit failed")

    def handler(x: Annotated[str, Depends(failing)]):
        return "fine"

    answer = ask(handler)
    assert answer.status == 500  # what was to be kept is not
    assert log == ["open outer", "outer saw RuntimeError", "close outer"]
    assert "the commit failed" in caplog.text


def test_none_is_called_once_an_argument_is_refused(ask, log):
    def session():
        log.append("called")

    def handler(q: int, x: Annotated[int, Depends(session)]):
        return q

    def needs(q: int):
        log.append("called")

    def below(x: Annotated[int, Depends(needs)], y: Annotated[int, Depends(session)]):
        return x

    assert ask(below, "/?q=x").status == 422
    assert log == []


def test_one_that_refuses_is_asked_before_the_handlers_own_arguments(ask):
    def user(authorization: Annotated[str, Header()] = ""):
        if not authorization:
            raise ResponseError("Who are you?", 401)
        return authorization

    def handler(q: int, body: User, user: Annotated[str, Depends(user)]):
        return [q, user]

    assert ask(handler, "/?q=x", "POST", b"{").status == 401
    assert ask(handler, "/?q=x", "POST", b"{}", HTTP_AUTHORIZATION="a").status == 422


def test_they_share_the_body(ask):
    def name_of(user: User):
        return user.name

    def handler(name: Annotated[str, Depends(name_of)], user: User):
        return [name, user.name]

    assert ask(handler, "/", "POST", b'{"name": "Ada"}').json() == ["Ada", "Ada"]

    def two(name: Annotated[str, Depends(name_of)], other: User):
        return [name, other.name]

    app = Roob(dispatcher=typed)
    app.add_route("/", two)
    signature = app.routing_manager.routes[-1].call.signature
    assert [one.alias for one in signature.body.parameters] == ["user", "other"]


def test_a_shared_body_that_is_wrong_is_told_once(ask):
    def name_of(user: User):
        return user.name

    def handler(name: Annotated[str, Depends(name_of)], other: User):
        return name

    errors = ask(handler, "/", "POST", b'{"user": {}, "other": {}}').json()["errors"]
    assert [one["pointer"] for one in errors] == ["/user/name", "/other/name"]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_stream_is_torn_down_when_it_is_closed(
    app, serve, environ, opened, log, method
):
    db = opened("db")

    @app.route("/")
    def handler(db: Annotated[str, Depends(db)]):
        def pieces():
            try:
                yield "a"
                log.append("piece")
                yield db
            finally:
                log.append("stream closed")

        return pieces()

    answer = serve(app, environ("/", method))
    piece = ["piece"] if method == "GET" else []
    assert answer.body == (b"adb()" if method == "GET" else b"")
    assert log == ["open db", *piece, "stream closed", "close db"]


def test_a_stream_that_nobody_reads_to_its_end_is_torn_down(app, environ, opened, log):
    db = opened("db")

    @app.route("/")
    def handler(db: Annotated[str, Depends(db)]):
        return StreamedResponse(piece for piece in ["a", "b"])

    pieces = app(environ("/"), lambda *_: None)
    assert next(iter(pieces)) == b"a"
    assert log == ["open db"]
    pieces.close()
    pieces.close()
    assert log == ["open db", "close db"]


def test_an_error_in_a_stream_is_thrown_into_them(app, environ, opened, log):
    db = opened("db")

    @app.route("/")
    def handler(db: Annotated[str, Depends(db)]):
        def pieces():
            yield "a"
            raise ValueError("broken")

        return pieces()

    pieces = app(environ("/"), lambda *_: None)
    with pytest.raises(ValueError, match="broken"):
        list(pieces)
    pieces.close()
    assert log == ["open db", "db saw ValueError", "close db"]


def test_a_teardown_that_raises_after_a_stream_is_logged(app, environ, caplog, log):
    def failing():
        yield 1
        raise RuntimeError("the commit failed")

    def below(x: Annotated[int, Depends(failing)]):
        yield x
        log.append("closed")

    @app.route("/")
    def handler(x: Annotated[int, Depends(below)]):
        return iter([b"a"])

    pieces = app(environ("/"), lambda *_: None)
    with caplog.at_level(logging.ERROR, "roob.errors"):
        assert list(pieces) == [b"a"]
        pieces.close()
    assert "teardown of a dependency raised" in caplog.text
    assert log == ["closed"]


def test_a_streams_length_stays_as_it_is_said(app, call, opened):
    db = opened("db")

    @app.route("/")
    def handler(db: Annotated[str, Depends(db)]):
        return Response(app_iter=iter([b"abc"]), content_length=3)

    assert call(app, "/").header("Content-Length") == "3"


def test_objects_and_partials_that_are_generators_are_torn_down(ask, log):
    class Session:
        def __call__(self, q: str):
            yield f"session {q}"
            log.append("object")

    def connection(name, q: str):
        yield f"{name} {q}"
        log.append("partial")

    def handler(
        a: Annotated[str, Depends(Session())],
        b: Annotated[str, Depends(functools.partial(connection, name="main"))],
    ):
        return [a, b]

    assert ask(handler, "/?q=x").json() == ["session x", "main x"]
    assert log == ["partial", "object"]


def test_a_generator_that_yields_nothing_is_told(ask, caplog):
    def empty():
        if False:
            yield 1

    def handler(x: Annotated[int, Depends(empty)]):
        return x

    assert ask(handler).status == 500
    assert "didn't yield" in caplog.text


def test_threads_share_nothing(app, call, opened):
    def session(q: int):
        yield [q]

    @app.route("/{id:d}")
    def handler(id: int, q: int, found: Annotated[list[int], Depends(session)]):
        found.append(id)
        return [*found, q]

    wrong = []

    def ask_many(start):
        for n in range(start, start + 200):
            answer = call(app, f"/{n}", QUERY_STRING=f"q={n}").json()
            if answer != [n, n, n]:
                wrong.append(answer)

    threads = [threading.Thread(target=ask_many, args=(n * 1000,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def logged(function):
    @functools.wraps(function)
    def call(**parameters):
        return function(**parameters)

    return call


@pytest.mark.parametrize(
    "wrap",
    [logged, contextlib.contextmanager, lambda f: logged(contextlib.contextmanager(f)),
     lambda f: functools.partial(logged(f))],
)  # fmt: skip
def test_a_generator_that_is_wrapped_is_opened_and_torn_down(ask, log, wrap):
    def session(q: str):
        log.append("open")
        try:
            yield f"session {q}"
        finally:
            log.append("close")

    def handler(one: Annotated[str, Depends(wrap(session))]):
        return [one]

    assert ask(handler, "/?q=x").json() == ["session x"]
    assert log == ["open", "close"]


def test_what_a_wrapper_makes_of_a_generator_itself_is_given(ask):
    def numbers():
        yield from (1, 2)

    @functools.wraps(numbers)
    def total():
        return sum(numbers())

    def handler(n: Annotated[int, Depends(total)]):
        return [n]

    assert ask(handler).json() == [3]


def test_an_object_that_can_be_entered_is_given_as_it_is(ask):
    def connection():
        return contextlib.nullcontext("inner")

    def handler(one: Annotated[object, Depends(connection)]):
        return [type(one).__name__]

    assert ask(handler).json() == ["nullcontext"]

import pytest
from roob import Roob
from roob.dispatchers import keyword
from roob.exceptions import ResponseError
from roob.gateway import RouterHandler
from roob.middlewares import ErrorHandlerMiddleware
from roob.router import Router


def fallback(chain, context, response):
    chain.respond(200, "fallback")


def read_book(request, id):
    return {"id": id}


def fill(routes):
    routes.add_route("/books/{id:d}", read_book, ["GET"])
    routes.add_route("/gone", lambda request: ("No such thing", 404))
    routes.add_route("/refused", refuse)
    routes.add_route("/crash", crash)
    return routes


def refuse(request):
    raise ResponseError("No", 403)


def crash(request):
    raise RuntimeError("broken")


@pytest.fixture(params=["router", "app"])
def routes(request):
    return fill(Router(dispatcher=keyword) if request.param == "router" else Roob())


def test_a_routers_answer_is_the_chains_and_stops_it(ask, routes, diary):
    said = ask([RouterHandler(routes), diary.note("never")], "/books/7")
    assert (said.status, said.json(), diary) == (200, {"id": 7}, [])


def test_an_unknown_path_is_passed_on_to_the_next_handler(ask, routes):
    assert ask([RouterHandler(routes), fallback], "/x").body == b"fallback"


def test_an_unknown_path_that_nobody_takes_is_the_404(ask, routes):
    said = ask([RouterHandler(routes)], "/x")
    assert said.json() == {"message": "Requested path: /x does not exist"}


def test_an_unknown_path_may_be_answered_by_the_router_itself(ask, routes, diary):
    handler = RouterHandler(routes, respond_not_found=True)
    said = ask([handler, diary.note("never")], "/x")
    assert (said.status, diary) == (404, [])


def test_a_404_that_a_handler_gave_is_an_answer(ask, routes):
    said = ask([RouterHandler(routes), fallback], "/gone")
    assert (said.status, said.body) == (404, b"No such thing")


def test_a_405_is_an_answer_and_keeps_allow(ask, routes):
    said = ask([RouterHandler(routes), fallback], "/books/7", "PUT")
    assert said.status == 405
    assert said.header("Allow") == "GET, HEAD, OPTIONS"
    assert said.json() == {"message": "PUT request is not allowed for /books/7"}


def test_options_are_answered_with_allow(ask, routes):
    said = ask([RouterHandler(routes), fallback], "/books/7", "OPTIONS")
    assert (said.status, said.header("Allow")) == (204, "GET, HEAD, OPTIONS")


def test_head_follows_get(ask, routes):
    said = ask([RouterHandler(routes)], "/books/7", "HEAD")
    assert (said.status, said.body) == (200, b"")
    assert said.header("Content-Length") == "8"


def test_what_a_handler_of_a_router_raises_is_the_chains_exception(ask, routes):
    def translate(chain, exception, context, response):
        chain.respond(409, type(exception).__name__)

    said = ask([RouterHandler(routes)], "/crash", exception_handlers=[translate])
    assert (said.status, said.body) == (409, b"RuntimeError")


def test_without_exception_handlers_it_is_a_500(ask, routes):
    assert ask([RouterHandler(routes)], "/crash").status == 500


def test_a_response_error_is_its_own_answer(ask, routes):
    said = ask([RouterHandler(routes)], "/refused")
    assert (said.status, said.json()) == (403, {"message": "No"})


def test_a_path_that_is_no_utf8_is_a_400(ask, routes):
    assert ask([RouterHandler(routes)], "/\xff").status == 400


def test_several_routers_are_asked_in_order(ask):
    one, other = Router(dispatcher=keyword), Router(dispatcher=keyword)
    one.add_route("/one", lambda request: "one")
    other.add_route("/other", lambda request: "other")
    handlers = [RouterHandler(one), RouterHandler(other)]
    assert ask(handlers, "/one").body == b"one"
    assert ask(handlers, "/other").body == b"other"


def raw(environ, start_response):
    start_response("404 Not Found", [("Content-Type", "text/plain")])
    return [environ["PATH_INFO"].encode()]


def test_any_wsgi_application_may_be_a_handler_and_its_404_is_its_answer(ask, diary):
    said = ask([RouterHandler(Roob()), RouterHandler(raw), diary.note("never")], "/x")
    assert (said.status, said.body, diary) == (404, b"/x", [])


def test_an_app_keeps_its_middlewares_and_files(ask, tmp_path):
    (tmp_path / "a.txt").write_text("file")
    app = Roob(static_dir=tmp_path)
    app.add_route("/crash", crash)
    app.add_middleware(ErrorHandlerMiddleware)
    handlers = [RouterHandler(app), fallback]
    assert ask(handlers, "/a.txt").body == b"file"
    assert ask(handlers, "/crash").status == 500
    assert ask(handlers, "/b.txt").body == b"fallback"


def test_headers_of_handlers_before_it_stay_beside_its_own(ask, routes):
    def stamp(chain, context, response):
        response.headers["X-Stamp"] = "1"

    said = ask([stamp, RouterHandler(routes)], "/books/7")
    assert said.header("X-Stamp") == "1"
    assert said.header("Content-Type") == "application/json"


def test_a_body_that_a_handler_has_read_can_be_read_by_the_app(ask):
    app = Roob()
    app.add_route("/sum", lambda request: [sum(request.json)])

    def look(chain, context, response):
        assert context.request.json == [1, 2]

    assert ask([look, RouterHandler(app)], "/sum", "POST", b"[1, 2]").json() == [3]


def test_the_body_of_a_404_that_is_passed_on_is_closed(ask):
    closed = []

    class Body(list):
        def close(self):
            closed.append(True)

    class Miss(Roob):
        def __call__(self, environ, start_response):
            super().__call__(environ, start_response)
            return Body([b""])

    assert ask([RouterHandler(Miss()), fallback], "/x").body == b"fallback"
    assert closed == [True]

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from wsgiref.validate import validator

import httpx
import pytest
from roob.gateway import (
    AsgiGateway,
    CompositeFinalizer,
    CompositeHandler,
    CompositeResponseHandler,
    Gateway,
    RequestContext,
    WsgiGateway,
)
from roob.testing import TestClient


def echo(chain, context, response):
    chain.respond(200, {"url": context.request.url, "method": context.request.method})


def test_the_first_program_answers_with_url_and_method():
    app = WsgiGateway(Gateway(request_handlers=[echo]))
    with TestClient(app, base_url="http://localhost:8080") as client:
        said = client.get("/hello-world")
        assert said.status_code == 200
        expected = {"url": "http://localhost:8080/hello-world", "method": "GET"}
        assert said.json() == expected
        assert client.post("/x?y=1").json() == {
            "url": "http://localhost:8080/x?y=1",
            "method": "POST",
        }


def test_the_first_program_may_fill_the_response_in_instead():
    def fill(chain, context, response):
        response.status_code = 200
        response.json = {"url": context.request.url, "method": context.request.method}

    app = WsgiGateway(Gateway(request_handlers=[fill]))
    with TestClient(app, base_url="http://localhost:8080") as client:
        expected = {"url": "http://localhost:8080/hello-world", "method": "GET"}
        assert client.get("/hello-world").json() == expected


def test_the_first_program_answers_the_same_as_an_asgi_application():
    app = AsgiGateway(Gateway(request_handlers=[echo]), requests=2)

    async def ask():
        transport = httpx.ASGITransport(app)
        base = "http://localhost:8080"
        async with httpx.AsyncClient(transport=transport, base_url=base) as client:
            return await client.get("/hello-world")

    expected = {"url": "http://localhost:8080/hello-world", "method": "GET"}
    assert asyncio.run(ask()).json() == expected


def stream(chain, context, response):
    chain.respond(200, (piece for piece in ["a", "b"]))


def nothing(chain, context, response):
    chain.respond(204)


def not_modified(chain, context, response):
    chain.respond(304, None, {"ETag": '"1"'})


def crash(chain, context, response):
    raise RuntimeError("broken")


@pytest.mark.filterwarnings("ignore::wsgiref.validate.WSGIWarning")
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS"])
@pytest.mark.parametrize("handler", [echo, stream, nothing, not_modified, crash])
def test_it_is_valid_wsgi(call, handler, method):
    app = validator(WsgiGateway(Gateway([handler])))
    assert call(app, "/x", method).status in (200, 204, 304, 500)


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_it_is_valid_wsgi_when_nobody_answers(call, method):
    assert call(validator(WsgiGateway(Gateway())), "/x", method).status == 404


def test_a_context_of_ones_own_is_made_for_each_request(ask):
    class Context(RequestContext):
        user: str = "nobody"

    def log_in(chain, context, response):
        context.user = context.request.GET.get("user", context.user)

    def greet(chain, context, response):
        chain.respond(200, context.user)

    handlers = [log_in, greet]
    said = ask(handlers, context_class=Context, environ={"QUERY_STRING": "user=ada"})
    assert said.body == b"ada"
    assert ask(handlers, context_class=Context).body == b"nobody"


def test_a_misspelt_attribute_is_a_500_and_no_silent_nothing(ask, caplog):
    class Context(RequestContext):
        user: str = "nobody"

    def log_in(chain, context, response):
        context.usr = "ada"

    assert ask([log_in], context_class=Context).status == 500
    assert "did you mean 'user'?" in caplog.text


def test_handlers_added_later_are_for_the_requests_after_that(call):
    gateway = Gateway()
    app = WsgiGateway(gateway)
    assert call(app).status == 404
    gateway.request_handlers.append(echo)
    assert call(app).status == 200


def test_a_handler_that_changes_the_gateway_changes_no_chain_that_is_on_its_way(call):
    gateway = Gateway()

    def grow(chain, context, response):
        gateway.request_handlers.append(crash)

    gateway.request_handlers.append(grow)
    gateway.request_handlers.append(echo)
    assert call(WsgiGateway(gateway)).status == 200


def test_a_subclass_may_make_chains_of_its_own(call):
    class Auditing(Gateway):
        def new_chain(self):
            chain = super().new_chain()
            chain.request_handlers = (*chain.request_handlers, echo)
            return chain

    assert call(WsgiGateway(Auditing())).status == 200


def test_no_request_sees_anothers_context_or_chain(call):
    barrier = threading.Barrier(8)

    class Context(RequestContext):
        name: str

    def take(chain, context, response):
        context.name = context.request.path_info
        barrier.wait(5)

    def give(chain, context, response):
        chain.respond(200, context.name)

    app = WsgiGateway(Gateway([take, give], context_class=Context))
    paths = [f"/{n}" for n in range(8)]
    with ThreadPoolExecutor(8) as pool:
        bodies = list(pool.map(lambda path: call(app, path).body.decode(), paths))
    assert bodies == paths


@pytest.mark.parametrize(
    "name",
    ["request_handlers", "response_handlers", "exception_handlers", "finalizers"],
)
def test_what_cannot_be_called_is_no_handler_and_refused_at_once(name):
    with pytest.raises(TypeError, match="5 cannot be called"):
        Gateway(**{name: [5]})


@pytest.mark.parametrize(
    "composite", [CompositeHandler, CompositeResponseHandler, CompositeFinalizer]
)
def test_nor_is_it_in_the_place_of_one(composite):
    with pytest.raises(TypeError, match="5 cannot be called"):
        composite([5])
    with pytest.raises(TypeError, match="5 cannot be called"):
        composite().append(5)

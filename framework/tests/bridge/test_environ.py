from typing import Any
from urllib.parse import quote_from_bytes
from wsgiref.util import setup_testing_defaults

import pytest
from a2wsgi.wsgi import Body, build_environ
from hypothesis import given
from hypothesis import strategies as st
from roob.bridge.environ import environ_of
from roob.bridge.scope import scope_of

from framework.tests.bridge.driver import http_scope

HEADERS = [
    (b"host", b"inventory.example"),
    (b"content-type", b"application/json"),
    (b"content-length", b"2"),
    (b"x-request-id", b"7"),
]


def test_a_request_has_what_another_bridge_gives_it_too() -> None:
    scope = http_scope("/books/7", "POST", HEADERS, query_string=b"page=2")

    environ = environ_of(scope)

    ours = {key: value for key, value in environ.items() if "." not in key}
    theirs = build_environ(scope, Body(None, None))  # type: ignore[arg-type]
    assert ours.pop("RAW_URI") == "/books/7?page=2"
    assert ours == {key: value for key, value in theirs.items() if "." not in key}


def test_a_mounted_app_knows_where_it_is() -> None:
    for path, raw in [("/app/x", b"/app/x"), ("/x", b"/app/x")]:
        environ = environ_of(http_scope(path, raw_path=raw, root_path="/app"))
        assert (environ["SCRIPT_NAME"], environ["PATH_INFO"]) == ("/app", "/x")


def test_a_path_that_only_begins_with_the_same_letters_is_not_cut() -> None:
    environ = environ_of(http_scope("/apple", root_path="/app"))

    assert environ["PATH_INFO"] == "/apple"


@given(st.binary(max_size=40))
def test_every_path_arrives_in_its_bytes(path: bytes) -> None:
    raw = b"/" + quote_from_bytes(path).encode()
    decoded = (b"/" + path).decode("utf-8", "replace")

    environ = environ_of(http_scope(decoded, raw_path=raw))

    assert environ["PATH_INFO"].encode("latin-1") == b"/" + path


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_without_a_raw_path_the_decoded_one_is_sent_as_utf_8(path: str) -> None:
    scope = http_scope("/" + path)
    del scope["raw_path"]

    environ = environ_of(scope)

    assert environ["PATH_INFO"].encode("latin-1").decode() == "/" + path


@pytest.mark.parametrize(
    ("target", "path"),
    [("http://inventory.example/x", "/x"), ("http://h", "/"), ("*", "*")],
)
def test_the_forms_of_a_target_that_proxies_send_have_a_path(
    target: str, path: str
) -> None:
    assert environ_of(http_scope(target))["PATH_INFO"] == path


def test_headers_of_one_name_are_joined() -> None:
    headers = [(b"cookie", b"a=1"), (b"cookie", b"b=2"), (b"via", b"x"), (b"via", b"y")]

    environ = environ_of(http_scope(headers=headers))

    assert environ["HTTP_COOKIE"] == "a=1; b=2"
    assert environ["HTTP_VIA"] == "x,y"


def test_a_header_cannot_pose_as_another_one_by_an_underscore() -> None:
    headers = [(b"x-real-ip", b"10.0.0.1"), (b"x_real_ip", b"6.6.6.6")]

    assert environ_of(http_scope(headers=headers))["HTTP_X_REAL_IP"] == "10.0.0.1"


@pytest.mark.parametrize("server", [None, ("/run/roob.sock", None)])
def test_a_server_without_a_port_still_has_a_name_and_one(server: object) -> None:
    environ = environ_of(http_scope(server=server, client=None, scheme="https"))

    assert (environ["SERVER_NAME"], environ["SERVER_PORT"]) == ("localhost", "443")
    assert "REMOTE_ADDR" not in environ


def test_a_websocket_is_the_get_of_its_handshake() -> None:
    scope = http_scope("/live", type="websocket", scheme="wss")
    del scope["method"]

    environ = environ_of(scope)

    assert environ["REQUEST_METHOD"] == "GET"
    assert environ["wsgi.url_scheme"] == "https"
    assert environ["asgi.scope"] is scope


def wsgi_environ(**more: Any) -> dict[str, Any]:
    environ: dict[str, Any] = dict(more)
    setup_testing_defaults(environ)
    return environ


def test_an_environ_becomes_a_scope() -> None:
    scope = scope_of(
        wsgi_environ(
            SCRIPT_NAME="/app",
            PATH_INFO="/caf\xc3\xa9",
            QUERY_STRING="a=1",
            CONTENT_TYPE="text/plain",
            CONTENT_LENGTH="",
            HTTP_X_REQUEST_ID="7",
            REMOTE_ADDR="10.0.0.2",
            REMOTE_PORT="99",
        )
    )

    assert (scope["path"], scope["root_path"]) == ("/app/café", "/app")
    assert scope["raw_path"] == b"/app/caf%C3%A9"
    assert scope["query_string"] == b"a=1"
    assert (b"x-request-id", b"7") in scope["headers"]
    assert (b"content-type", b"text/plain") in scope["headers"]
    assert b"content-length" not in dict(scope["headers"])
    assert (scope["client"], scope["server"]) == (("10.0.0.2", 99), ("127.0.0.1", 80))


def test_a_path_stays_as_the_client_wrote_it_where_the_server_tells() -> None:
    told = wsgi_environ(PATH_INFO="/a/b", RAW_URI="/a%2Fb?c=%20")
    changed = wsgi_environ(PATH_INFO="/b", RAW_URI="/a%2Fb")

    assert scope_of(told)["raw_path"] == b"/a%2Fb"
    assert scope_of(changed)["raw_path"] == b"/b"


@given(st.binary(max_size=40), st.sampled_from(["", "/app"]))
def test_there_and_back_a_request_is_the_same(path: bytes, root: str) -> None:
    environ = wsgi_environ(
        PATH_INFO="/" + path.decode("latin-1"),
        SCRIPT_NAME=root,
        HTTP_X_A="caf\xe9",
        REMOTE_ADDR="10.0.0.2",
        REMOTE_PORT="99",
        SERVER_PROTOCOL="HTTP/1.1",
    )

    again = environ_of(scope_of(environ))

    same = [key for key in environ if "." not in key]
    assert {key: again[key] for key in same} == {key: environ[key] for key in same}

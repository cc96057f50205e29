import pytest
from roob import Roob
from roob.testing import TestClient


@pytest.fixture
def app():
    app = Roob()
    app.add_route("/echo/{name}", lambda request, name: {"name": name})
    app.add_route("/body", lambda request: request.body)
    app.add_route("/json", lambda request: request.json)
    app.add_route("/form", lambda request: dict(request.POST))
    app.add_route("/query", lambda request: dict(request.GET))
    app.add_route("/cookie", lambda request: ("ok", 200, {"Set-Cookie": "a=1"}))
    app.add_route("/cookies", lambda request: dict(request.cookies))
    app.add_route("/fail", lambda request: 1 / 0)
    app.add_route("/go", lambda request: ("", 302, {"Location": "/echo/there"}))
    return app


@pytest.fixture
def client(app):
    with TestClient(app) as client:
        yield client


@pytest.mark.parametrize(
    "name", ["plain", "caf\u00e9", "a b", "%", "a+b", "\u20ac;x=1"]
)
def test_a_path_arrives_as_a_server_gives_it(client, name):
    url = client.build_request("GET", "/echo/").url.copy_with(path=f"/echo/{name}")
    assert client.get(url).json() == {"name": name}


def test_undecodable_paths_can_be_asked_for(client):
    assert client.get("/echo/%ff").status_code == 400
    assert client.get("/echo/%00").status_code == 400


def test_bodies_json_forms_queries_and_cookies(client):
    assert client.post("/body", content=b"\0x").content == b"\0x"
    assert client.post("/json", json={"a": [1]}).json() == {"a": [1]}
    assert client.post("/form", data={"a": "\u00e9"}).json() == {"a": "\u00e9"}
    assert client.get("/query", params={"a": "b c"}).json() == {"a": "b c"}
    client.get("/cookie")
    assert client.get("/cookies").json() == {"a": "1"}


def test_an_upload_in_chunks_arrives(client):
    assert client.post("/body", content=iter([b"a", b"b"])).content == b"ab"


def test_redirects_can_be_followed(client):
    response = client.get("/go", follow_redirects=True)
    assert response.json() == {"name": "there"}


def test_an_exception_of_the_app_is_raised_in_the_test(client):
    with pytest.raises(ZeroDivisionError):
        client.get("/fail")


def test_or_becomes_a_500_as_a_server_makes_it(app):
    with TestClient(app, raise_app_exceptions=False) as client:
        assert client.get("/fail").status_code == 500


def test_it_takes_any_application_and_httpxs_keywords():
    def raw(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [environ["HTTP_X_A"].encode()]

    with TestClient(raw, headers={"X-A": "b"}) as client:
        assert client.get("/").text == "b"

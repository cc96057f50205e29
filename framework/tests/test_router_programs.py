"""The programs that Rolo's documents show for its router, in this framework's names.

Each answers what Rolo's own answers, body for body; spaces in JSON apart.
"""

import json

import pydantic
from roob import Router, route
from roob.dispatchers import keyword
from roob.models.requests import Request
from roob.models.responses import TextResponse
from roob.testing import TestClient
from roob.typed import typed


def test_the_default_router():
    @route("/users")
    def user(_request, args):
        assert not args
        return TextResponse("user")

    @route("/users/{user_id:d}")
    def user_id(_request, args):
        assert args
        return TextResponse(f"{args['user_id']}")

    router = Router()
    router.add(user)
    router.add(user_id)

    client = TestClient(router.wsgi())
    assert client.get("/users").text == "user"
    assert client.get("/users/12").text == "12"
    assert client.get("/users/12").headers["Content-Type"].startswith("text/plain")
    assert client.get("/users/ada").status_code == 404


def test_hello_world():
    @route("/")
    def hello(request):
        return {"message": "Hello World"}

    router = Router(dispatcher=keyword)
    router.add(hello)
    assert TestClient(router.wsgi()).get("/").json() == {"message": "Hello World"}


def test_handlers_that_take_their_parameters_by_name():
    @route("/users")
    def list_users(request):
        return [{"user_id": 1, "q": request.GET["q"]}]

    @route("/users/{user_id:d}")
    def get_user_by_id(_request, user_id):
        return {"user_id": user_id, "name": "Ada"}

    router = Router(dispatcher=keyword)
    router.add(list_users)
    router.add(get_user_by_id)

    client = TestClient(router.wsgi())
    assert client.get("/users?q=a").json() == [{"user_id": 1, "q": "a"}]
    assert client.get("/users/7").json() == {"user_id": 7, "name": "Ada"}


def test_a_class_that_organizes_routes():
    class UserResource:
        @route("/users/")
        def list_users(self, _request):
            return "user"

        @route("/users/{user_id:d}")
        def get_user_by_id(self, _request, user_id):
            return f"{user_id}"

    router = Router(dispatcher=keyword)
    assert len(router.add(UserResource())) == 2

    client = TestClient(router.wsgi())
    assert client.get("/users/").text == "user"
    assert client.get("/users/12").text == "12"


def test_a_resource_class():
    posted = []

    @route("/users/{user_id:d}")
    class UserResource:
        def on_get(self, request, user_id):
            return {"user_id": user_id, "user": "Ada"}

        def on_post(self, request, user_id):
            posted.append(request.json)

    router = Router(dispatcher=keyword)
    router.add(UserResource())

    client = TestClient(router.wsgi())
    assert client.get("/users/7").json() == {"user_id": 7, "user": "Ada"}
    answer = client.post("/users/7", json={"name": "Bob"})
    # There is nothing to say, so this is 204, where Rolo says 200 and nothing.
    assert (answer.status_code, answer.content) == (204, b"")
    assert posted == [{"name": "Bob"}]


class Item(pydantic.BaseModel):
    name: str
    price: float
    is_offer: bool | None = None


def test_items_that_pydantic_checks():
    @route("/", methods=["GET"])
    def read_root(request: Request):
        return {"Hello": "World"}

    @route("/items/{item_id:d}", methods=["GET"])
    def read_item(request: Request, item_id: int):
        return {"item_id": item_id, "q": request.query_string}

    @route("/items/{item_id:d}", methods=["PUT"])
    def update_item(request: Request, item_id: int, item: Item):
        return {"item_name": item.name, "item_id": item_id}

    router = Router(dispatcher=typed)
    for each in (read_root, read_item, update_item):
        router.add(each)

    client = TestClient(router.wsgi())
    assert client.get("/").json() == {"Hello": "World"}
    assert client.get("/items/7?q=a").json() == {"item_id": 7, "q": "q=a"}
    changed = client.put("/items/7", json={"name": "pen", "price": 1})
    assert changed.json() == {"item_name": "pen", "item_id": 7}
    assert client.put("/items/7", json={"name": "pen"}).status_code == 422


class MySuperApi:
    @route("/users")
    def user(self, _request, args):
        return "user"


class MyApi(MySuperApi):
    @route("/users/{user_id:d}")
    def user_id(self, _request, args):
        return f"{args['user_id']}"

    @route("/my_api", methods=["GET"])
    def do_get(self, request, _args):
        return f"{request.path}/do-get"

    @route("/my_api", methods=["HEAD"])
    def do_head(self, request, _args):
        return TextResponse("", headers={"X-Head": "mine"})

    @route("/my_api", methods=["POST", "PUT"])
    def do_post(self, request, _args):
        return f"{request.path}/do-post-or-put"

    def foo(self, request, args):
        raise NotImplementedError


def test_an_api_with_a_base_and_a_method_per_verb():
    api, router = MyApi(), Router()
    routes = router.add(api)
    assert len(routes) == 5

    client = TestClient(router.wsgi())
    assert client.get("/users").text == "user"
    assert client.get("/users/123").text == "123"
    assert client.get("/my_api").text == "/my_api/do-get"
    assert client.head("/my_api").headers["X-Head"] == "mine"
    assert client.post("/my_api").text == "/my_api/do-post-or-put"
    assert client.put("/my_api").text == "/my_api/do-post-or-put"
    assert client.delete("/my_api").status_code == 405

    router.remove(routes)
    assert client.get("/users").status_code == 404
    assert client.get("/my_api").status_code == 404


def test_one_path_at_several_hosts():
    def answer(name):
        return lambda _request, args: {"method": name, **args}

    router = Router()
    router.add("/", answer("1"), host="{sub}.localhost")
    router.add("/", answer("2"), host="www.localhost")
    router.add("/all", answer("all"), host="{host:path}")

    def asked(path, host):
        answered = TestClient(router.wsgi()).get(path, headers={"Host": host})
        return answered.status_code, json.loads(answered.text)

    assert asked("/", "a.localhost:4566") == (200, {"method": "1", "sub": "a"})
    assert asked("/", "www.localhost") == (200, {"method": "2"})
    assert asked("/all", "127.0.0.1:80") == (
        200,
        {"method": "all", "host": "127.0.0.1"},
    )
    assert asked("/", "elsewhere.test")[0] == 404

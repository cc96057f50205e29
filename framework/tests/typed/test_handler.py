"""``@typed`` in all the places where it may stand."""

from typing import Annotated

import pytest
from pydantic import BaseModel
from roob import Roob, Router
from roob.dispatchers import keyword
from roob.models.requests import Request
from roob.typed import Depends, Query, TypedHandler, typed


class User(BaseModel):
    name: str


def who() -> str:
    return "somebody"


@typed
def greet(name: str, who: Annotated[str, Depends(who)]) -> list[str]:
    return [name, who]


def test_it_stands_alone_below_a_route_beside_plain_handlers(call):
    app = Roob()

    @app.route("/typed/{id}", ["GET"])
    @typed
    def one(id: int) -> list[int]:
        return [id]

    @app.route("/plain/{id}", ["GET"])
    def other(request, id):
        return [id]

    assert call(app, "/typed/7").json() == [7]
    assert call(app, "/plain/7").json() == ["7"]
    assert call(app, "/typed/x").status == 422


def test_one_handler_may_have_several_routes(call):
    app = Roob()

    @app.route("/", ["GET"])
    @app.route("/{page}", ["GET"])
    @typed
    def show(page: int = 1, size: int = 10) -> list[int]:
        return [page, size]

    assert call(app, "/", QUERY_STRING="page=5").json() == [5, 10]
    assert call(app, "/3", QUERY_STRING="page=5&size=2").json() == [3, 2]
    assert call(app, "/").json() == [1, 10]


def test_methods_of_a_class_handler_are_typed_one_by_one_or_together(call):
    class Some:
        @typed
        def get(self, id: int) -> list[int]:
            return [id]

        def post(self, request, id):
            return [type(self).__name__, id]

    @typed
    class All:
        def get(self, id: int) -> list[int]:
            return [id]

        def put(self, request, id: int, user: User) -> User:
            return user

    app = Roob()
    app.add_route("/some/{id}", Some)
    app.add_route("/all/{id}", All)
    assert call(app, "/some/7").json() == [7]
    assert call(app, "/some/7", "POST").json() == ["Some", "7"]
    assert call(app, "/all/7").json() == [7]
    assert call(app, "/all/7", "PUT", b'{"name":"a"}').json() == {"name": "a"}
    assert call(app, "/all/7", "POST").status == 405
    assert All.__name__ == "All"


def test_static_methods_of_a_class_handler_are_typed(call):
    class Plain:
        @staticmethod
        def get(id: int) -> list[int]:
            return [id]

    app = Roob(dispatcher=typed)
    app.add_route("/{id}", Plain)
    assert call(app, "/7").json() == [7]


def test_a_router_types_its_handlers(call):
    router = Router(dispatcher=typed)

    @router.route("/{id}", ["GET"])
    def show(id: int) -> list[int]:
        return [id]

    assert call(router.wsgi(), "/7").json() == [7]
    assert call(router.wsgi(), "/x").status == 422


def test_typed_twice_is_typed_once():
    assert typed(greet) is greet


def test_what_the_framework_registers_itself_works_in_a_typed_app(call, tmp_path):
    (tmp_path / "a.txt").write_text("hello")
    app = Roob(dispatcher=typed, static_dir=tmp_path)
    app.mount("/inner", Roob())
    assert call(app, "/static/a.txt").body == b"hello"
    assert call(app, "/inner/x").status == 404


def test_it_can_be_called_as_a_function():
    assert greet(Request.blank("/?name=Ada")).json == ["Ada", "somebody"]


def test_a_dependency_is_overridden_for_a_time(call):
    app = Roob()
    app.add_route("/", greet)

    def nobody(name: str, mark: str = "!"):
        return f"nobody{mark} {name}"

    with typed.override(who, nobody):
        answer = call(app, "/", QUERY_STRING="name=Ada&mark=?")
        assert answer.json() == ["Ada", "nobody? Ada"]
        with typed.override(who, lambda: "inner"):
            assert call(app, "/", QUERY_STRING="name=Ada").json() == ["Ada", "inner"]
        assert call(app, "/", QUERY_STRING="name=Ada").json() == ["Ada", "nobody! Ada"]
    assert call(app, "/", QUERY_STRING="name=Ada").json() == ["Ada", "somebody"]


def test_an_override_ends_with_an_exception():
    with pytest.raises(KeyError), typed.override(who, lambda: "x"):
        raise KeyError
    assert greet(Request.blank("/?name=Ada")).json == ["Ada", "somebody"]


def test_an_app_may_have_overrides_of_its_own(call):
    overrides = {}
    app = Roob(dispatcher=typed.with_(overrides=overrides))

    @app.route("/")
    def handler(who: Annotated[str, Depends(who)]) -> list[str]:
        return [who]

    assert call(app, "/").json() == ["somebody"]
    overrides[who] = lambda: "another"
    assert call(app, "/").json() == ["another"]
    overrides.clear()
    assert call(app, "/").json() == ["somebody"]


def test_an_app_may_answer_refusals_in_its_own_way(call):
    def refused(request, error):
        return {"message": error.message, "count": len(error.errors)}, 400

    app = Roob(dispatcher=typed.with_(refused=refused))

    @app.route("/")
    def handler(a: Annotated[int, Query(ge=1)], b: int) -> list[int]:
        return [a, b]

    answer = call(app, "/", QUERY_STRING="a=0")
    assert answer.status == 400
    assert answer.json() == {
        "message": "query, a: Input should be greater than or equal to 1 (and 1 more)",
        "count": 2,
    }


def test_a_422_that_a_handler_raises_itself_is_not_such_a_refusal(call):
    app = Roob(dispatcher=typed.with_(refused=lambda request, error: ("mine", 400)))

    @app.route("/")
    def handler(request):
        greet(request)

    assert call(app, "/").status == 422


def test_a_handler_is_ready_before_its_first_request():
    app = Roob(dispatcher=typed)
    app.add_route("/{name}", greet)
    assert isinstance(greet, TypedHandler)
    signature = greet.signature_for(frozenset({"name"}))
    assert greet.signature_for(frozenset({"name"})) is signature


def test_a_class_that_is_typed_stays_itself_and_its_verbs_may_call_each_other(call):
    class Plain:
        def get(self, q: int = 0) -> list[int]:
            return [q]

        def post(self, q: int = 0) -> list[int]:
            return self.get(q)

    assert typed(Plain) is Plain
    assert Plain().get(5) == [5]

    class Child(Plain):
        def get(self, q: int = 0) -> list[int]:
            return [*super().get(q), -1]

    app = Roob()
    app.add_route("/plain", Plain)
    app.group("/g", dispatcher=keyword).add_route("/child", Child)
    assert call(app, "/plain", "POST", QUERY_STRING="q=7").json() == [7]
    assert call(app, "/g/child", "POST", QUERY_STRING="q=7").json() == [7, -1]


@pytest.mark.parametrize("arguments", [(), ("Ada",), (greet, "Ada")])
def test_a_call_without_a_request_is_told_where_the_function_is(arguments):
    with pytest.raises(TypeError, match=r"greet is called .* __wrapped__"):
        greet(*arguments, name="Ada")
    assert greet.__wrapped__("Ada", "me") == ["Ada", "me"]

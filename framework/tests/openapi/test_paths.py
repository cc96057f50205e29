"""What OpenAPI takes for one path is one: two routes that tell apart by their types."""

import pytest
from pydantic import BaseModel
from roob import Roob
from roob.openapi import Answer, describe


class Q(BaseModel):
    q: str


@pytest.fixture
def app():
    app = Roob()

    class One:
        @describe(
            tags=["one"],
            responses={200: Answer(dict, "It", {"ETag": "version"}), 404: "No"},
        )
        def get(self, request, id):
            """One."""

        @describe(body=dict)
        def put(self, request, id): ...

    class Many:
        @describe(responses={200: Answer(list, "Them"), 404: "No"})
        def get(self, request, kind):
            """Many."""

    app.add_route("/books/{id:d}", One)
    app.add_route("/books/{kind}", Many)
    return app


def test_paths_of_one_shape_are_one(app, document):
    (path, item), *others = document(app)["paths"].items()
    assert (path, [*item]) == ("/books/{id_or_kind}", ["get", "put"])
    assert others == []


def test_a_method_of_both_is_either(app, operation):
    get = operation(app, "get /books/{id_or_kind}")
    assert get["operationId"] == "get_one_or_get_many"
    assert get["summary"] == "One. / Many."
    assert get["tags"] == ["one"]
    (field,) = get["parameters"]
    assert field["schema"] == {
        "type": "string",
        "minLength": 1,
        "maxLength": 255,
        "pattern": "^[^/]+$",
    }
    answer = get["responses"]["200"]
    assert answer["description"] == "It / Them"
    kinds = answer["content"]["application/json"]["schema"]["anyOf"]
    assert [each["type"] for each in kinds] == ["object", "array"]
    assert answer["headers"]["ETag"]["required"] is False


def test_what_both_answer_alike_is_said_once(app, operation):
    refused = operation(app, "get /books/{id_or_kind}")["responses"]["404"]
    assert refused["description"] == "No"
    assert refused["content"]["application/json"]["schema"] == {
        "$ref": "#/components/schemas/Message"
    }


def test_a_method_of_one_alone_is_refused_where_the_path_is_the_others(app, operation):
    put = operation(app, "put /books/{id_or_kind}")
    assert put["parameters"][0]["schema"]["type"] == "integer"
    assert put["responses"]["405"]["headers"]["Allow"]["required"] is True


def test_a_method_that_takes_any_text_is_never_refused(operation):
    app = Roob()
    app.add_route("/{id:d}", lambda request, id: "", ["GET"])
    app.add_route("/{kind}", lambda request, kind: "", ["GET", "POST"])
    assert "405" not in operation(app, "post /{id_or_kind}")["responses"]


def test_parameters_of_one_alone_are_not_required_of_both(operation):
    query = describe(query=Q)
    app = Roob()
    app.add_route("/{id:d}", query(lambda request, id: ""), ["GET", "POST"])
    app.add_route(
        "/{kind}", describe(body=dict)(lambda request, kind: ""), ["GET", "POST"]
    )

    post = operation(app, "post /{id_or_kind}")
    assert {each["name"]: each.get("required") for each in post["parameters"]} == {
        "id_or_kind": True,
        "q": None,
    }
    assert post["requestBody"]["required"] is False


def test_fields_that_have_one_name_together_get_two(document):
    app = Roob()
    app.add_route("/{a}/{b:d}", lambda request, a, b: "", ["GET"])
    app.add_route("/{b:d}/{a}", lambda request, a, b: "", ["POST"])
    assert [*document(app)["paths"]] == ["/{a_or_b}/{b_or_a}"]

"""Ids of operations: what people would call them, and no two alike."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st
from openapi_spec_validator import OpenAPIV31SpecValidator, validate
from roob import Roob
from roob.openapi import describe
from roob.openapi.document import Info, document_of
from roob.openapi.operations import name_of

VERBS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def ids(document):
    items = document["paths"].values()
    return [each["operationId"] for item in items for each in item.values()]


def test_names_are_those_of_handlers():
    assert name_of("books", "GET", is_one=True) == "books"
    assert name_of("books", "POST") == "post_books"
    assert name_of("BookController", "GET", is_one=True) == "get_book"
    assert name_of("HTTPLog", "PUT") == "put_httplog"
    assert name_of("Controller", "GET") == "get_controller"
    assert name_of("<lambda>", "GET", is_one=True) == "lambda"


def test_where_names_are_alike_the_path_is_in_them(document):
    app = Roob()

    def show(request, **fields): ...

    for path in ("/", "/dashboard", "/books/{id:d}"):
        app.add_route(path, show, ["GET"])

    assert ids(document(app)) == ["get_root", "get_dashboard", "get_books_id"]


def test_an_id_can_be_given(document):
    app = Roob()
    app.add_route("/", describe(operation_id="start")(lambda request: ""), ["GET"])
    assert ids(document(app)) == ["start"]


def test_an_id_that_is_given_twice_is_still_an_id(document):
    app = Roob()
    handler = describe(operation_id="start")(lambda request: "")
    app.add_route("/a-b", handler, ["GET"])
    app.add_route("/a_b", handler, ["GET"])
    assert ids(document(app)) == ["get_a_b", "get_a_b_2"]


words = st.sampled_from(["a", "b", "a_b", "a-b", "{x}", "{y:d}", "{z:path}", "v{n:d}"])
paths = st.lists(words, max_size=4, unique_by=lambda word: word[:2]).map(
    lambda parts: "/" + "/".join(parts)
)
routes = st.tuples(
    paths,
    st.sampled_from(["show", "Show", "get_a_b"]),
    st.sets(st.sampled_from(VERBS), min_size=1),
)


@settings(deadline=None)  # the validator takes its time
@given(st.lists(routes, max_size=8))
def test_whatever_the_routes_are_the_document_is_valid_and_ids_are_unique(wanted):
    app, taken = Roob(), []
    for path, name, verbs in wanted:
        try:
            app.add_route(path, lambda request, **fields: "", verbs, name=name)
        except (ValueError, RuntimeError):  # the rest stands last, and no path twice
            continue
        taken.append(path)

    made = document_of(app, Info("Any", "1"))

    validate(made, cls=OpenAPIV31SpecValidator)
    assert not [each for each, count in Counter(ids(made)).items() if count > 1]
    assert len(made["paths"]) <= len({*taken})

import pytest
from roob.openapi.fields import Path, path_of
from roob.path_template import compile_path


def of(template, converters=None):
    return path_of(compile_path(template, converters or {}))


def test_a_path_without_fields_is_itself():
    assert of("/books") == Path("/books", {})
    assert of("/").text == "/"


def test_a_number_has_the_bounds_that_the_route_has():
    path = of("/books/{id:d}")
    assert path.text == "/books/{id}"
    assert path.fields["id"]["type"] == "integer"
    assert (path.fields["id"]["minimum"], path.fields["id"]["maximum"]) == (
        -(2**63),
        2**63 - 1,
    )


def test_a_text_is_one_segment():
    assert of("/{name}").fields["name"] == {
        "type": "string",
        "minLength": 1,
        "maxLength": 255,
        "pattern": "^[^/]+$",
    }


def test_the_rest_takes_slashes_along():
    path = of("/files/{rest:path}")
    assert path.text == "/files/{rest}"
    assert "pattern" not in path.fields["rest"]
    assert path.fields["rest"]["description"] == "Slashes and all"


def test_what_stands_around_a_field_stays():
    path = of("/v{major:d}.{minor:d}/{day:ti}")
    assert path.text == "/v{major}.{minor}/{day}"
    assert path.shape == "/v{}.{}/{}"
    assert path.fields["day"] == {"type": "string", "format": "ti"}


def test_a_converter_of_ones_own_is_named():
    assert of("/{colour:hex}", {"hex": lambda text: text}).fields == {
        "colour": {"type": "string", "format": "hex"}
    }


@pytest.mark.parametrize(("spec", "kind"), [("f", "number"), ("x", "string")])
def test_formats_of_parse_are_the_nearest_type(spec, kind):
    assert of(f"/{{x:{spec}}}").fields["x"]["type"] == kind


def test_fields_of_a_prefix_make_way():
    inner = of("/{id}/{page:d}")
    assert inner.below(of("/shops/{id:d}")).text == "/shops/{outer_id}/{id}/{page}"
    assert [*inner.below(of("/shops/{id:d}")).fields] == ["outer_id", "id", "page"]
    assert of("/").below(of("/shop")).text == "/shop/"

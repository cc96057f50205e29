from datetime import datetime
from string import ascii_letters, ascii_lowercase, digits
from urllib.parse import unquote

import parse
import pytest
from hypothesis import given
from hypothesis import strategies as st
from roob.path_segment import read_integer
from roob.path_template import compile_path


def read(template, path, **converters):
    return compile_path(template, converters).read(path)


texts = st.text(
    st.characters(exclude_characters="/\0", exclude_categories=["Cs"]),
    min_size=1,
    max_size=60,
)
integers = st.integers(-(2**63), 2**63 - 1)


@given(texts, integers, st.lists(texts, min_size=1).map("/".join))
def test_what_is_written_is_read_as_the_same_values(name, number, rest):
    template = compile_path("/a/{name}/b/{number:d}/{rest:path}", {})
    values = {"name": name, "number": number, "rest": rest}
    assert template.read(unquote(template.write(values))) == values


@given(integers, integers)
def test_mixed_text_is_read_as_it_is_written(major, minor):
    template = compile_path("/v{major:d}.{minor:d}", {})
    values = {"major": major, "minor": minor}
    assert template.read(unquote(template.write(values))) == values


@pytest.mark.parametrize(
    ("spec", "value"),
    [("x", 255), ("b", 5), ("o", 8), ("f", 1.5), ("f", 1e22), ("e", 1.5), ("g", 1e22),
     ("%", 0.5), ("04d", 7), ("w", "ab"),
     ("ti", datetime(2026, 1, 2, 3, 4, 5))],
)  # fmt: skip
def test_every_format_reads_what_it_writes(spec, value):
    template = compile_path(f"/{{it:{spec}}}", {})
    assert template.read(unquote(template.write({"it": value}))) == {"it": value}


def test_a_written_path_escapes_what_would_be_another_path():
    template = compile_path("/{name}", {})
    written = template.write({"name": "a/b?c#d%é"})
    assert written == "/a%2Fb%3Fc%23d%25%C3%A9"


def test_parameters_that_are_no_fields_become_the_query():
    template = compile_path("/books/{id:d}", {})
    written = template.write({"id": 7, "page": 2, "tag": ["a", "b"]})
    assert written == "/books/7?page=2&tag=a&tag=b"


@pytest.mark.parametrize("text", ["0", "7", "-7", "007", "-0", str(2**63 - 1)])
def test_an_optional_minus_and_ascii_digits_are_an_integer(text):
    assert read("/{id:d}", f"/{text}") == {"id": int(text)}


@pytest.mark.parametrize(
    "text",
    ["", "-", "+5", " 5", "5 ", "0x1f", "0b1", "1_000", "1.0", "1e3", "--5", "5\n",
     "\u0665", "\uff15", "²", str(2**63), str(-(2**63) - 1), "1" * 20, "1" * 5000],
)  # fmt: skip
def test_anything_else_is_no_integer(text):
    assert read("/{id:d}", f"/{text}") is None
    assert read("/v{id:d}", f"/v{text}") is None


@pytest.mark.parametrize("text", ["5 ", "\u0665", "", str(2**63)])
def test_read_integer_says_what_it_refused(text):
    with pytest.raises(ValueError, match=f"^{text!r} is no|^{text} does not fit"):
        read_integer(text)


def test_a_plain_field_takes_exactly_one_segment_that_is_not_empty():
    assert read("/a/{name}", "/a/b") == {"name": "b"}
    assert read("/a/{name}", "/a/") is None


def test_a_segment_takes_255_bytes_and_no_more():
    assert read("/{name}", "/" + "x" * 255) is not None
    assert read("/{name}", "/" + "x" * 256) is None
    assert read("/{name}", "/" + "€" * 86) is None


def test_the_rest_takes_slashes():
    assert read("/files/{rest:path}", "/files/a//b/c") == {"rest": "a//b/c"}


def test_the_rest_is_not_empty():
    assert read("/files/{rest:path}", "/files/") is None


@pytest.mark.parametrize(
    ("template", "path", "values"),
    [
        ("/{x:f}", "/1.5", {"x": 1.5}),
        ("/{day:ti}", "/2026-11-20", {"day": datetime(2026, 11, 20)}),
        ("/v{major:d}.{minor:d}", "/v3.11", {"major": 3, "minor": 11}),
        ("/{name}.{kind}", "/a.b", {"name": "a", "kind": "b"}),
        ("/{x:x}", "/ff", {"x": 255}),
    ],
)
def test_any_other_format_of_parse_works(template, path, values):
    assert read(template, path) == values


@pytest.mark.parametrize("text", ["2026-02-31", "2026-13-01", "soon"])
def test_a_day_that_is_none_does_not_match(text):
    assert read("/{day:ti}", f"/{text}") is None


def test_mixed_text_is_case_sensitive():
    assert read("/v{n:d}", "/V1") is None


@parse.with_pattern("[a-z]+")
def shout(text: str) -> str:
    if text == "no":
        raise ValueError(text)
    return text.upper()


def test_a_converter_of_ones_own_reads_the_text():
    assert read("/{word:shout}", "/hello", shout=shout) == {"word": "HELLO"}


@pytest.mark.parametrize("text", ["HELLO", "he llo", "no"])
def test_a_converter_that_refuses_means_no_match(text):
    assert read("/{word:shout}", f"/{text}", shout=shout) is None


def test_a_converter_may_take_the_place_of_d():
    assert read("/{word:d}", "/hello", d=shout) == {"word": "HELLO"}


@pytest.mark.parametrize(
    "template",
    ["", "a", "a/b", "{x}", "/{", "/}", "/{}", "/{0}", "/{1a}", "/{a b}", "/{a.b}",
     "/{a[0]}", "/{a!r}", "/{a:nope}", "/{a}/{a}", "/{a}{a}", "/{a}/{a:path}",
     "/{a:path}/b", "/x{a:path}", "/{a:{b}}", "/{a:path}/{b:path}", None, 5, b"/a"],
)  # fmt: skip
def test_a_bad_template_is_refused_by_name(template):
    with pytest.raises(ValueError, match="Path: "):
        compile_path(template, {})


@given(st.text("{}:/ab0d.!^<>%wSt[]-é", max_size=12).map("/".__add__))
def test_any_template_either_compiles_or_is_refused_with_a_reason(template):
    assert outcome_of(template).startswith(("/", "Path: "))


def outcome_of(template):
    try:
        return compile_path(template, {}).path
    except ValueError as refusal:
        return str(refusal)


def test_double_braces_are_braces():
    template = compile_path("/{{a}}", {})
    assert template.write({}) == "/%7Ba%7D"


@pytest.mark.parametrize(
    ("spec", "between"),
    [("", ""), ("", "_"), ("", "x"), (":w", ""), (":w", "_"), (":w", "x"), (":S", ""),
     (":S", "-"), (":1", ""), (":1", "x"), (":l", ""), (":l", "x"), (":d", "")],
)  # fmt: skip
def test_more_fields_in_a_segment_than_can_be_told_apart_are_refused(spec, between):
    fields = [f"{{f{n}{spec}}}" for n in range(8)]
    with pytest.raises(ValueError, match="Path: "):
        compile_path("/" + between.join(fields), {})


def test_many_fields_that_can_be_told_apart_are_welcome():
    path = "/{year:d}-{month:d}-{day:d}T{hour:d}.{minute:d}"
    values = {"year": 2026, "month": 11, "day": 20, "hour": 9, "minute": 5}
    assert read(path, "/2026-11-20T9.5") == values


class Counted(str):
    """A path that counts how often it is split or searched."""

    __slots__ = ()
    looks = 0

    def split(self, *args):
        Counted.looks += 1
        return super().split(*args)


def test_three_fields_on_800_slashes_take_one_look():
    template = compile_path("/{a}/{b}/{c:path}", {})
    Counted.looks = 0
    assert template.read(Counted("/" + "/".join("x" * 800))) is not None
    assert Counted.looks == 1


def test_a_field_on_255_characters_calls_its_converter_once():
    calls = []

    @parse.with_pattern(".+")
    def note(text: str) -> str:
        calls.append(text)
        return text

    assert read("/a{x:note}z", "/a" + "y" * 253, note=note) is None
    assert read("/a{x:note}z", "/a" + "y" * 253 + "z", note=note) is not None
    assert len(calls) == 1


@given(st.text(ascii_lowercase, min_size=1, max_size=8))
def test_a_template_without_fields_is_exact(word):
    template = compile_path(f"/{word}/", {})
    assert template.is_exact
    assert template.path == template.shape == f"/{word}"


def test_the_shape_leaves_names_out():
    one = compile_path("/a/{x}/{y:d}/{z:path}", {})
    other = compile_path("/a/{p}/{q:d}/{r:path}/", {})
    assert one.shape == other.shape
    assert one.names == {"x", "y", "z"}


@given(st.text(ascii_letters + digits + "-._~ é€", min_size=1, max_size=20))
def test_literals_are_written_escaped(word):
    assert unquote(compile_path(f"/{word}", {}).write({})) == f"/{word}"


@pytest.mark.parametrize("text", ["nan", "inf", "-inf", "NAN"])
def test_what_is_no_finite_number_does_not_match_a_float(text):
    assert compile_path("/{x:f}", {}).read(f"/{text}") is None

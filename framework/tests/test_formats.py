from types import SimpleNamespace

import pytest
from roob import Roob
from roob.collection import Collection
from roob.exceptions import BadRequest, ContentTooLarge, UnsupportedMediaType
from roob.formats import Html, Json, Templated, chosen
from roob.models.requests import Request, request_class

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
FORMATS = [Html(), Json(), Templated("txt")]


def posted(body, content_type, kind=Request, **environ):
    made = Request.blank("/", method="POST", environ=environ)
    request = kind(made.environ)
    request.environ["CONTENT_TYPE"] = content_type
    request.body = body
    return request


@pytest.mark.parametrize(
    ("extension", "media_type"),
    [
        ("html", "text/html"),
        ("txt", "text/plain"),
        ("csv", "text/csv"),
        ("json", JSON),
        ("atom", "application/atom+xml"),
        ("unheardof", "text/plain"),
    ],
)
def test_the_extension_says_the_content_type(extension, media_type):
    assert Templated(extension).media_type == media_type


@pytest.mark.parametrize(
    ("accept", "extension"),
    [
        (None, "html"),
        ("*/*", "html"),
        ("application/json", "json"),
        ("application/*", "json"),
        ("text/html, application/json", "html"),
        ("text/html;q=0.9, application/json", "json"),
        ("text/plain", "txt"),
        ("TEXT/PLAIN", "txt"),
    ],
)
def test_accept_chooses_what_is_liked_best(accept, extension):
    headers = {} if accept is None else {"Accept": accept}
    request = Request.blank("/", headers=headers)
    assert chosen(request, "", FORMATS).extension == extension


def test_nothing_fits_what_nobody_accepts():
    request = Request.blank("/", headers={"Accept": "image/png"})
    assert chosen(request, "", FORMATS) is None
    assert chosen(request, "pdf", FORMATS) is None
    assert chosen(request, "json", FORMATS).extension == "json"
    assert chosen(Request.blank("/"), "", []) is None


def test_a_template_renders_where_it_is_there(tmp_path):
    (tmp_path / "fred").mkdir()
    (tmp_path / "fred/list.txt").write_text("{{ a }} & {{ b }}")
    app = Roob(template_dir=tmp_path)
    fred = Collection(Request.blank("/"), app, "fred")
    text = Templated("txt")
    assert text.renders(fred, "list")
    assert not text.renders(fred, "retrieve")
    assert not Html().renders(fred, "list")
    answer = text.render(fred, "list", {"a": "<é>", "b": 7})
    assert (answer.body.decode(), answer.status_code) == ("<é> & 7", 200)


def test_a_template_reads_nothing():
    assert not Templated("txt").reads("text/plain")
    assert Templated("txt").read(Request.blank("/")) == {}


def test_json_says_what_the_collection_gives():
    class Told:
        def has_data(self, member):
            return member == "list"

        def data(self, member, content):
            return {member: content["x"]}

    json = Json()
    assert (json.renders(Told(), "list"), json.renders(Told(), "x")) == (True, False)
    assert json.render(Told(), "list", {"x": 1}).json == {"list": 1}


def test_a_collection_gives_json_all_of_its_content():
    fred = Collection(Request.blank("/"), SimpleNamespace(), "fred")
    assert Json().render(fred, "list", {"x": [1, None]}).json == {"x": [1, None]}


@pytest.mark.parametrize(
    ("form", "media_type", "reads"),
    [
        (Html(), FORM, True),
        (Html(), "multipart/form-data", True),
        (Html(), JSON, False),
        (Html(), "", False),
        (Html(), "text/plain", False),
        (Json(), JSON, True),
        (Json(), "application/merge-patch+json", True),
        (Json(), FORM, True),
        (Json(), "", True),
        (Json(), "text/plain", False),
        (Json(), "multipart/form-data", False),
    ],
)
def test_a_format_says_which_bodies_it_reads(form, media_type, reads):
    assert form.reads(media_type) is reads


def test_a_form_is_read_by_name_the_last_of_several_counts():
    request = posted(b"a=1&b=%C3%A9+x&a=2&c=&=7", FORM)
    assert Html().read(request) == {"a": "2", "b": "é x", "c": "", "": "7"}


def test_a_form_of_another_case_of_its_type_is_read_the_same():
    # Types are the same in any case (RFC 9110 8.3.1).
    request = posted(b"a=1", "Application/X-WWW-Form-Urlencoded")
    assert Html().read(request) == {"a": "1"}


def test_files_are_no_texts_of_a_form():
    body = (
        b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
        b'--x\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n2\r\n'
        b"--x--\r\n"
    )
    assert Html().read(posted(body, "multipart/form-data; boundary=x")) == {"a": "1"}


def test_a_form_without_measure_is_refused():
    with pytest.raises(BadRequest):
        Html().read(posted(b"&".join([b"a=1"] * 1001), FORM))


def test_an_object_of_json_is_read_by_name():
    request = posted(b'{"a": [1], "b": null}', "application/json; charset=utf-8")
    assert Json().read(request) == {"a": [1], "b": None}


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[1]", b'"a"', b"null", b"7", b"\xff", b'{"a": NaN}']
)
def test_json_that_is_no_object_is_refused(body):
    with pytest.raises(BadRequest):
        Json().read(posted(body, JSON))


def test_a_page_of_another_site_gets_no_json_in_as_a_form():
    request = posted(b"{}", FORM, HTTP_SEC_FETCH_SITE="cross-site")
    with pytest.raises(UnsupportedMediaType):
        Json().read(request)


@pytest.mark.parametrize(
    ("form", "content_type"), [(Html(), FORM), (Json(), JSON)], ids=["html", "json"]
)
def test_a_body_over_the_limit_is_refused(form, content_type):
    with pytest.raises(ContentTooLarge):
        form.read(posted(b"a" * 11, content_type, request_class(10)))

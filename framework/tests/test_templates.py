import jinja2
import pytest
from roob import Roob


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "page.html").write_text('<p title="{{ name }}">{{ name }}</p>')
    (tmp_path / "note.txt").write_text("{{ name }}")
    (tmp_path / "plain.html").write_text("plain")
    return tmp_path


@pytest.fixture
def app(folder):
    return Roob(template_dir=folder)


def test_a_template_is_text(app):
    assert app.template("plain.html") == "plain"
    assert type(app.template("plain.html")) is str


def test_the_context_fills_it_in(app):
    page = app.template("page.html", context={"name": "x"})
    assert page == '<p title="x">x</p>'
    assert app.template("page.html", {"name": "y"}) == '<p title="y">y</p>'


def test_the_context_stays_as_it_is(app):
    context = {"name": "x"}
    app.template("page.html", context)
    assert context == {"name": "x"}


def test_html_is_escaped(app):
    page = app.template("page.html", {"name": '"><script>alert(1)</script>'})
    assert "<script>" not in page
    assert '"">' not in page


@pytest.mark.parametrize(
    "name",
    ["a.html", "a.htm", "a.xml", "a.svg", "a.xhtml", "A.HTML", "a.html.j2",
     "a.html.jinja", "a.html.jinja2"],
)  # fmt: skip
def test_every_kind_of_page_is_escaped(app, folder, name):
    (folder / name).write_text("{{ x }}")
    assert app.template(name, {"x": "<"}) == "&lt;"


def test_plain_text_is_not_escaped(app):
    assert app.template("note.txt", {"name": "<"}) == "<"


def test_templates_made_from_text_are_escaped(app):
    template = app.templates_env.from_string("{{ x }}")
    assert template.render(x="<") == "&lt;"


def test_the_environment_is_jinjas(app):
    app.templates_env.filters["shout"] = str.upper
    assert app.templates_env.from_string("{{ 'a'|shout }}").render() == "A"


def test_url_for_and_static_are_in_it(app):
    app.add_route("/books/{id:d}", print, name="book")
    text = "{{ url_for('book', id=7) }} {{ static('css/a b.css') }}"
    rendered = app.templates_env.from_string(text).render()
    assert rendered == "/books/7 /static/css/a%20b.css"


def test_url_for_in_a_template_takes_a_field_called_name(app):
    app.add_route("/hello/{name}", print, name="hello")
    text = "{{ url_for('hello', name='Ada') }}"
    assert app.templates_env.from_string(text).render() == "/hello/Ada"


def test_a_missing_folder_is_no_error_until_it_is_used(tmp_path):
    app = Roob(template_dir=tmp_path / "none")
    with pytest.raises(jinja2.TemplateNotFound, match=r"x\.html"):
        app.template("x.html")


@pytest.mark.parametrize(
    "name", ["../secret.txt", "/etc/passwd", "..", "a/../../secret.txt"]
)
def test_no_template_outside_the_folder_is_read(tmp_path, name):
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "templates").mkdir()
    with pytest.raises(jinja2.TemplateNotFound):
        Roob(template_dir=tmp_path / "templates").template(name)


def test_templates_may_extend_each_other(app, folder):
    (folder / "base.html").write_text("<b>{% block x %}{% endblock %}</b>")
    (folder / "sub.html").write_text(
        "{% extends 'base.html' %}{% block x %}{{ n }}{% endblock %}"
    )
    assert app.template("sub.html", {"n": 1}) == "<b>1</b>"


def test_in_debug_a_changed_template_is_seen(folder):
    app = Roob(template_dir=folder, debug=True)
    app.template("plain.html")
    (folder / "plain.html").write_text("changed now")
    assert app.template("plain.html") == "changed now"


def test_two_apps_have_two_environments(folder):
    one, two = Roob(template_dir=folder), Roob(template_dir=folder)
    one.templates_env.globals["x"] = 1
    assert "x" not in two.templates_env.globals

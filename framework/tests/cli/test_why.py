import pytest


def first_line(result):
    return result.output.splitlines()[0]


@pytest.mark.parametrize(
    ("words", "verdict"),
    [
        (["GET", "/books/7"], "GET /books/7 is answered by /books/{book_id:d}"),
        (["/books/7?full=1"], "GET /books/7?full=1 is answered by /books/{book_id:d}"),
        (["/books/7/"], "GET /books/7/ is answered by /books/{book_id:d}"),
        (["HEAD", "/books/7"], "HEAD /books/7 is answered by /books/{book_id:d}"),
        (["OPTIONS", "/books"], "OPTIONS /books is answered by /books"),
    ],
)
def test_a_request_that_a_route_answers(roob, shop, words, verdict):
    result = roob("why", *words)
    assert result.exit_code == 0
    assert first_line(result) == verdict


@pytest.mark.parametrize(
    ("words", "verdict"),
    [
        (["PUT", "/books"], "405: /books answers OPTIONS, POST, not PUT"),
        (["GET", "/books/x"], "404: no path fits GET /books/x; "),
        (["GET", "/books/7//"], "404: no path fits GET /books/7//; "),
        (
            ["GET", "/boks/7"],
            "the closest is /books/{book_id:d}: 'boks' is not 'books'",
        ),
    ],
)
def test_a_request_that_none_answers_ends_with_one(roob, shop, words, verdict):
    result = roob("why", *words)
    assert result.exit_code == 1
    assert verdict in first_line(result)


def test_a_path_is_read_as_it_is_typed_in_a_url(roob, written):
    name = written(
        "from roob import Roob\napp = Roob()\n"
        "app.add_route('/café/{name}', lambda request, name: name, ['GET'])\n"
    )
    result = roob("why", "/caf%C3%A9/a%20b", "--app", f"{name}:app")
    assert result.exit_code == 0
    assert "{'name': 'a b'}" in result.output


def test_the_nearest_paths_are_shown_and_the_others_counted(roob, shop):
    shown = roob("why", "/books/7").output
    assert "✓ /books/{book_id:d}  {'book_id': 7}" in shown
    assert "further off: --all" in shown
    everything = roob("why", "/books/7", "--all").output
    assert "/crash" in everything
    assert "further off" not in everything


def test_no_handler_is_called(roob, shop):
    assert roob("why", "/crash").exit_code == 0


@pytest.mark.parametrize("words", [["/a", "/b"], ["GET"]])
def test_one_request_is_asked_for(roob, shop, words):
    result = roob("why", *words)
    assert result.exit_code == 2
    assert "give one request" in result.output


def test_without_a_request_its_form_is_shown(roob, shop):
    assert roob("why").exit_code == 2


def test_an_app_that_is_no_roob_app_has_no_routes_to_ask(roob, shop):
    result = roob("why", "/x", "--app", f"{shop}:plain")
    assert result.exit_code == 1
    assert "function is no Roob application" in result.output

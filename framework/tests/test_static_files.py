import gzip
import os
import sys
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from roob import Roob
from roob.middlewares import ErrorHandlerMiddleware

LETTERS = b"0123456789"
CSS = b"body { color: black }\n" * 100


@pytest.fixture
def folder(tmp_path):
    static = tmp_path / "static"
    (static / "sub" / ".hidden").mkdir(parents=True)
    (static / "letters.txt").write_bytes(LETTERS)
    (static / "app.css").write_bytes(CSS)
    (static / "empty.txt").touch()
    (static / "picture.png").write_bytes(b"\x89PNG" + bytes(1000))
    (static / "sub" / "page.html").write_text("<p>page</p>")
    (static / "sub" / ".hidden" / "x.txt").write_text("secret")
    (static / ".env").write_text("secret")
    (static / "a b+c caf\u00e9.txt").write_text("odd name")
    (static / "%2e%2e").mkdir()
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "static-secret").mkdir()
    (tmp_path / "static-secret" / "x.txt").write_text("secret")
    return static


@pytest.fixture(params=[False, True], ids=["start", "refresh"])
def app(request, folder):
    """Both ways: files found at start, and looked for on every request."""
    app = Roob(static_dir=folder, debug=request.param)
    app.add_middleware(ErrorHandlerMiddleware)
    return app


@pytest.fixture
def get(app, call):
    def get(path, method="GET", **headers):
        changes = {f"HTTP_{name.upper()}": value for name, value in headers.items()}
        return call(app, path, method, **changes)

    return get


# -- which files there are


@pytest.mark.parametrize("path", ["/static/letters.txt", "/letters.txt"])
def test_a_file_answers_below_static_and_at_the_root(get, path):
    answer = get(path)
    assert (answer.status, answer.body) == (200, LETTERS)
    assert answer.header("Content-Type").startswith("text/plain")
    assert answer.header("Content-Length") == "10"
    assert answer.header("ETag")[0] == '"'
    assert answer.header("Last-Modified").endswith("GMT")


@pytest.mark.parametrize("prefix", ["/static", ""])
def test_files_of_sub_folders_and_odd_names_answer(get, prefix):
    assert get(f"{prefix}/sub/page.html").body == b"<p>page</p>"
    assert get(f"{prefix}/a b+c caf\xc3\xa9.txt").body == b"odd name"
    assert get(f"{prefix}/empty.txt").body == b""


def test_a_route_of_that_path_comes_before_a_file_at_the_root(app, get):
    app.add_route("/letters.txt", lambda request: "route")
    app.add_route("/sub/{name}", lambda request, name: "pattern")
    assert get("/letters.txt").body == b"route"
    assert get("/sub/page.html").body == b"pattern"
    assert get("/static/letters.txt").body == LETTERS


@pytest.mark.parametrize("catch_all", ["/{rest:path}", "/{a}/{b}", "/{a}/{rest:path}"])
def test_a_catch_all_route_does_not_shadow_static(app, get, catch_all):
    app.add_route(catch_all, lambda request, **fields: "caught")
    assert get("/static/letters.txt").body == LETTERS


@pytest.mark.parametrize("prefix", ["/static", ""])
@pytest.mark.parametrize(
    "path",
    ["/nope.txt", "/", "/sub", "/sub/", "/letters.txt/x", "/LETTERS.TXT", "/sub/nope",
     "/letters.txt\xe2\x80\x8b", "/" + "x" * 300, "/" + "x/" * 3000, "//letters.txt/"],
    ids=lambda path: path[:20],
)  # fmt: skip
def test_what_is_no_file_is_404(get, prefix, path):
    answer = get(prefix + path)
    assert answer.status == 404 or answer.body == LETTERS
    assert answer.header("Content-Type") == "application/json" or answer.status == 200


TRAVERSALS = [
    "/../secret.txt",
    "/sub/../../secret.txt",
    "/../static-secret/x.txt",
    "/./../secret.txt",
    "/..\\secret.txt",
    "/..%2fsecret.txt",
    "/%2e%2e/secret.txt",
    "/%2e%2e%2fsecret.txt",
    "/%252e%252e/secret.txt",
    "/..;/secret.txt",
    "/..//secret.txt",
    "//../secret.txt",
    "/....//secret.txt",
    "/.../secret.txt",
    "/\xc0\xae\xc0\xae/secret.txt",
    "/\xe2\x80\xa5/secret.txt",
    "/\xef\xbc\x8e\xef\xbc\x8e/secret.txt",
    "/..\0/secret.txt",
    "/../secret.txt\0.css",
    "{root}/secret.txt",
    "/{root}/secret.txt",
    "/file://{root}/secret.txt",
    "/sub/../sub/../../secret.txt",
]


@pytest.mark.parametrize("prefix", ["/static", ""])
@pytest.mark.parametrize("path", TRAVERSALS)
def test_no_path_leaves_the_folder(get, folder, prefix, path):
    answer = get(prefix + path.replace("{root}", str(folder.parent)))
    assert answer.status in (400, 404)
    assert answer.body != b"secret"


@pytest.mark.parametrize("prefix", ["/static", ""])
@pytest.mark.parametrize(
    "path", ["/.env", "/sub/.hidden/x.txt", "/sub/./page.html", "/sub/../letters.txt"]
)
def test_dotfiles_and_dotted_segments_do_not_exist(get, prefix, path):
    assert get(prefix + path).status == 404


@pytest.fixture
def links(folder):
    (folder / "out.txt").symlink_to(folder.parent / "secret.txt")
    (folder / "relative.txt").symlink_to("../secret.txt")
    (folder / "outside").symlink_to(folder.parent / "static-secret")
    (folder / "broken.txt").symlink_to("nowhere")
    (folder / "loop.txt").symlink_to("loop.txt")
    (folder / "ring").symlink_to("ring2")
    (folder / "ring2").symlink_to("ring")
    (folder / "inside.txt").symlink_to("letters.txt")
    (folder / "letters.txt.gz").symlink_to(folder.parent / "secret.txt")
    os.mkfifo(folder / "pipe")
    return folder


@pytest.mark.parametrize("refresh", [False, True])
@pytest.mark.parametrize("prefix", ["/static", ""])
@pytest.mark.parametrize(
    "path",
    ["/out.txt", "/relative.txt", "/outside/x.txt", "/outside", "/broken.txt",
     "/loop.txt", "/ring", "/ring/x", "/pipe"],
)  # fmt: skip
def test_links_out_of_the_folder_and_broken_ones_do_not_exist(
    links, call, refresh, prefix, path
):
    app = Roob(static_dir=links, debug=refresh)
    assert call(app, prefix + path).status == 404


@pytest.mark.parametrize("refresh", [False, True])
def test_a_link_inside_the_folder_is_a_file(links, call, refresh):
    assert call(Roob(static_dir=links, debug=refresh), "/inside.txt").body == LETTERS


@pytest.mark.parametrize("refresh", [False, True])
def test_a_compressed_neighbour_that_leads_out_is_not_sent(links, call, refresh):
    app = Roob(static_dir=links, debug=refresh)
    answer = call(app, "/letters.txt", HTTP_ACCEPT_ENCODING="gzip")
    assert answer.body != b"secret"


def test_the_folder_itself_may_be_a_link(folder, tmp_path, call):
    (tmp_path / "link").symlink_to(folder)
    assert call(Roob(static_dir=tmp_path / "link"), "/letters.txt").body == LETTERS


def test_a_folder_that_is_a_file_has_no_files(tmp_path, call):
    (tmp_path / "static").write_text("file")
    assert call(Roob(static_dir=tmp_path / "static"), "/static/x").status == 404


def test_a_name_that_is_not_utf8_does_not_stop_the_start(folder, call):
    (Path(os.fsdecode(os.fsencode(folder) + b"/\xff.txt"))).write_text("odd")
    assert call(Roob(static_dir=folder), "/letters.txt").body == LETTERS


def test_in_debug_new_and_changed_files_are_seen(folder, call):
    app = Roob(static_dir=folder, debug=True)
    (folder / "new.txt").write_text("new")
    assert call(app, "/new.txt").body == b"new"
    (folder / "new.txt").write_text("changed")
    assert call(app, "/new.txt").body == b"changed"


def test_a_file_that_went_away_is_no_server_error(folder, call):
    app = Roob(static_dir=folder)
    app.add_middleware(ErrorHandlerMiddleware)
    (folder / "letters.txt").unlink()
    assert call(app, "/letters.txt").status == 404


# -- methods


@pytest.mark.parametrize("path", ["/static/letters.txt", "/letters.txt"])
def test_head_has_the_headers_and_no_body(get, path):
    got, headed = get(path), get(path, "HEAD")
    assert (headed.line, headed.headers, headed.body) == (got.line, got.headers, b"")


@pytest.mark.parametrize("path", ["/static/letters.txt", "/letters.txt"])
def test_other_methods_are_405_with_allow(get, path):
    for method in ("POST", "PUT", "DELETE", "NONSENSE"):
        answer = get(path, method)
        assert (answer.status, answer.header("Allow")) == (405, "GET, HEAD, OPTIONS")
        assert answer.json() == {
            "message": f"{method} request is not allowed for {path}"
        }


@pytest.mark.parametrize("path", ["/static/letters.txt", "/letters.txt"])
def test_options_is_204_with_allow(get, path):
    answer = get(path, "OPTIONS")
    assert (answer.status, answer.header("Allow")) == (204, "GET, HEAD, OPTIONS")


# -- conditions


@pytest.mark.parametrize(
    "given",
    ["{tag}", "W/{tag}", '"other", {tag}', '"a",W/{tag} , "b"', "*", " {tag} "],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_known_tag_is_304(get, given, method):
    tag = get("/letters.txt").header("ETag")
    answer = get("/letters.txt", method, if_none_match=given.replace("{tag}", tag))
    assert (answer.status, answer.body) == (304, b"")
    assert answer.header("ETag") == tag
    assert answer.header("Content-Length") is answer.header("Content-Type") is None


@pytest.mark.parametrize(
    "given", ['"other"', 'W/"other"', "", "x", '""', "\xff", ",,,"]
)
def test_an_unknown_tag_is_200(get, given):
    assert get("/letters.txt", if_none_match=given).status == 200


def test_the_tag_comes_before_the_date(get):
    now = format_datetime(datetime.now(UTC), usegmt=True)
    answer = get("/letters.txt", if_none_match='"other"', if_modified_since=now)
    assert answer.status == 200


def test_a_file_not_modified_since_is_304(get):
    date = get("/letters.txt").header("Last-Modified")
    assert get("/letters.txt", if_modified_since=date).status == 304
    earlier = "Thu, 01 Jan 1998 00:00:00 GMT"
    assert get("/letters.txt", if_modified_since=earlier).status == 200


@pytest.mark.parametrize(
    "date",
    ["", "soon", "Thu, 99 Foo 99999 99:99:99 GMT", ",", "0", " ", "\xff", "1 2 3 4 5",
     "Sat, 01 Jan 99999999999999 00:00:00 GMT", "-1", "(", ")" * 1000, "Thu, " * 1000],
)  # fmt: skip
def test_a_date_that_is_none_is_ignored(get, date):
    assert get("/letters.txt", if_modified_since=date).status in (200, 304)


def test_a_file_of_the_year_1970_has_a_tag_or_none_but_no_nonsense(folder, call):
    os.utime(folder / "app.css", (0, 0))
    answer = call(Roob(static_dir=folder), "/app.css", HTTP_ACCEPT_ENCODING="gzip")
    assert answer.status == 200
    assert "None" not in (answer.header("ETag") or "")


# -- ranges


@pytest.mark.parametrize(
    ("given", "start", "end"),
    [("bytes=0-0", 0, 0), ("bytes=0-3", 0, 3), ("bytes=4-", 4, 9), ("bytes=9-", 9, 9),
     ("bytes=9-9", 9, 9), ("bytes=-5", 5, 9), ("bytes=-1", 9, 9), ("bytes=-99", 0, 9),
     ("bytes=0-99", 0, 9), ("bytes=0-", 0, 9)],
)  # fmt: skip
def test_one_range_is_206(get, given, start, end):
    answer = get("/letters.txt", range=given)
    assert (answer.status, answer.body) == (206, LETTERS[start : end + 1])
    assert answer.header("Content-Range") == f"bytes {start}-{end}/10"
    assert answer.header("Content-Length") == str(end - start + 1)
    assert answer.header("ETag")


@pytest.mark.parametrize("given", ["bytes=10-", "bytes=10-20", "bytes=99-", "bytes=-0"])
def test_a_range_past_the_end_is_416(get, given):
    answer = get("/letters.txt", range=given)
    assert answer.status == 416
    assert answer.header("Content-Range") == "bytes */10"


def test_any_range_of_an_empty_file_is_416(get):
    assert get("/empty.txt", range="bytes=0-0").status == 416


@pytest.mark.parametrize(
    "given",
    ["bytes=", "bytes=a-b", "bytes=1", "items=0-1", "bytes=0-1,3-4", "0-1", "bytes",
     "bytes=-", "", "bytes=\xff-", "bytes=" + "9" * 5000 + "x-", "bytes=0-1-2"],
)  # fmt: skip
def test_a_range_that_is_none_is_ignored(get, given):
    answer = get("/letters.txt", range=given)
    assert (answer.status, answer.body) == (200, LETTERS)


@pytest.mark.parametrize(
    "given", ["bytes=" + "9" * 5000 + "-", "bytes=0-" + "9" * 5000]
)
def test_a_range_of_5000_digits_is_no_server_error(get, given):
    assert get("/letters.txt", range=given).status in (200, 206, 416)


def test_if_range_with_the_files_tag_gives_the_range(get):
    tag = get("/letters.txt").header("ETag")
    answer = get("/letters.txt", range="bytes=0-0", if_range=tag)
    assert (answer.status, answer.body) == (206, b"0")


@pytest.mark.parametrize(
    "given", ['"older"', "W/{tag}", "Thu, 01 Jan 1998 00:00:00 GMT", "", "\xff"]
)
def test_if_range_with_anything_else_gives_the_whole_file(get, given):
    tag = get("/letters.txt").header("ETag")
    answer = get(
        "/letters.txt", range="bytes=0-0", if_range=given.replace("{tag}", tag)
    )
    assert (answer.status, answer.body) == (200, LETTERS)


def test_a_known_tag_comes_before_a_range(get):
    tag = get("/letters.txt").header("ETag")
    assert get("/letters.txt", range="bytes=0-0", if_none_match=tag).status == 304


def test_a_range_of_a_compressible_file_is_of_the_file_itself(get):
    answer = get("/app.css", range="bytes=0-3", accept_encoding="gzip")
    assert (answer.status, answer.body) == (206, b"body")
    assert answer.header("Content-Encoding") is None


# -- gzip


@pytest.mark.parametrize(
    "accepted", ["gzip", "br, gzip", "gzip;q=0.5", "gzip;q=1.0, *;q=0"]
)
def test_text_is_compressed_for_those_who_take_it(get, accepted):
    answer = get("/app.css", accept_encoding=accepted)
    assert gzip.decompress(answer.body) == CSS
    assert answer.header("Content-Encoding") == "gzip"
    assert answer.header("Content-Length") == str(len(answer.body))
    assert "Accept-Encoding" in answer.header("Vary")
    assert answer.header("ETag").startswith('W/"')


@pytest.mark.parametrize(
    "accepted",
    ["", "identity", "br", "gzip;q=0", "gzip; q=0.0", "gzip;q=0, br", "gzipped"],
)
def test_and_for_nobody_else(get, accepted):
    answer = get("/app.css", accept_encoding=accepted)
    assert answer.body == CSS
    assert answer.header("Content-Encoding") is None
    assert "Accept-Encoding" in answer.header("Vary")


def test_the_compressed_form_has_another_tag_and_its_tag_is_known(get):
    plain, packed = get("/app.css"), get("/app.css", accept_encoding="gzip")
    assert plain.header("ETag") != packed.header("ETag")
    again = get("/app.css", accept_encoding="gzip", if_none_match=packed.header("ETag"))
    assert (again.status, again.body) == (304, b"")
    assert "Accept-Encoding" in again.header("Vary")


def test_head_of_a_compressed_file_tells_its_length(get):
    got = get("/app.css", accept_encoding="gzip")
    headed = get("/app.css", "HEAD", accept_encoding="gzip")
    assert (headed.headers, headed.body) == (got.headers, b"")


@pytest.mark.parametrize("path", ["/picture.png", "/letters.txt"])
def test_what_would_not_shrink_is_left_alone(get, path):
    assert get(path, accept_encoding="gzip").header("Content-Encoding") is None


@pytest.fixture
def packed(folder):
    (folder / "app.css.gz").write_bytes(gzip.compress(CSS))
    return folder


@pytest.mark.parametrize("refresh", [False, True])
def test_a_compressed_neighbour_is_sent_in_the_files_place(packed, call, refresh):
    app = Roob(static_dir=packed, debug=refresh)
    answer = call(app, "/app.css", HTTP_ACCEPT_ENCODING="gzip")
    assert gzip.decompress(answer.body) == CSS
    assert answer.header("Content-Encoding") == "gzip"
    assert answer.header("ETag") != call(app, "/app.css").header("ETag")


@pytest.mark.parametrize("refused", ["gzip;q=0", "identity", ""])
def test_and_not_to_those_who_refuse_it(packed, call, refused):
    answer = call(Roob(static_dir=packed), "/app.css", HTTP_ACCEPT_ENCODING=refused)
    assert answer.body == CSS


# -- anything at all

headers = st.text(st.characters(max_codepoint=255), max_size=40) | st.sampled_from(
    ["bytes=0-0", "gzip", "*", "bytes=-", "W/", '"']
)


@pytest.fixture(scope="module")
def two_apps(tmp_path_factory):
    folder = tmp_path_factory.mktemp("static")
    (folder / "letters.txt").write_bytes(LETTERS)
    (folder / "app.css").write_bytes(CSS)
    return [Roob(static_dir=folder, debug=refresh) for refresh in (False, True)]


@given(
    st.sampled_from(["/letters.txt", "/static/app.css"]),
    st.dictionaries(
        st.sampled_from(
            ["HTTP_RANGE", "HTTP_IF_RANGE", "HTTP_IF_NONE_MATCH",
             "HTTP_IF_MODIFIED_SINCE", "HTTP_ACCEPT_ENCODING"]
        ),
        headers,
    ),
)  # fmt: skip
def test_no_header_is_a_server_error(two_apps, call, path, given):
    for app in two_apps:
        assert call(app, path, **given).status in (200, 206, 304, 416)


@given(st.text(st.characters(max_codepoint=255), max_size=40))
def test_no_path_is_a_server_error_or_another_file(two_apps, call, path):
    for app in two_apps:
        answer = call(app, "/static/" + path)
        assert answer.status in (400, 404) or answer.body in (LETTERS, CSS)


def test_files_are_closed_when_the_answer_is_sent(folder, get):
    for _ in range(50):
        get("/letters.txt")
        get("/letters.txt", "HEAD")
        get("/letters.txt", range="bytes=0-0")
        get("/letters.txt", range="bytes=99-")
        get("/app.css", accept_encoding="gzip")
    assert [path for path in open_files() if path.startswith(str(folder))] == []


def open_files():
    if not sys.platform.startswith("linux"):
        pytest.skip("reads /proc")
    for link in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # the one that lists them
            yield str(link.readlink())

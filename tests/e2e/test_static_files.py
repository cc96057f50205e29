"""Static files from the client's side: whole, in part, compressed, not modified."""

import re

import pytest

from tests.e2e.client import Client
from tests.e2e.rows import refusal

CSS = "/static/dashboard.css"
PLAIN = {"Accept-Encoding": "identity"}


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("dashboard.css", "text/css"),
        ("dashboard.js", "javascript"),
        ("mark.svg", "image/svg+xml"),
    ],
)
def test_a_file_answers_below_static_and_at_the_top(
    api: Client, name: str, content_type: str
) -> None:
    below, top = api.get(f"/static/{name}"), api.get(f"/{name}")

    assert (below.status_code, top.status_code) == (200, 200)
    assert below.content == top.content != b""
    assert content_type in below.headers["Content-Type"]
    assert "ETag" in below.headers
    assert "Last-Modified" in below.headers


def test_a_file_that_the_client_has_already_is_not_sent_again(api: Client) -> None:
    known = api.get(CSS, headers=PLAIN).headers

    by_tag = api.get(CSS, headers={"If-None-Match": known["ETag"]})
    by_date = api.get(CSS, headers={"If-Modified-Since": known["Last-Modified"]})
    changed = api.get(CSS, headers={"If-None-Match": '"another"'})

    for answer in (by_tag, by_date):
        assert (answer.status_code, answer.content) == (304, b"")
    assert changed.status_code == 200


def test_a_compressed_file_is_the_same_file_and_its_tag_is_known_too(
    api: Client,
) -> None:
    plain = api.get(CSS, headers=PLAIN)
    packed = api.get(CSS, headers={"Accept-Encoding": "gzip"})
    refused = api.get(CSS, headers={"Accept-Encoding": "gzip;q=0"})
    again = api.get(CSS, headers={"If-None-Match": packed.headers["ETag"]})

    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.num_bytes_downloaded < len(plain.content)
    assert packed.content == plain.content == refused.content
    assert "Accept-Encoding" in plain.headers["Vary"]
    assert "Content-Encoding" not in plain.headers
    assert "Content-Encoding" not in refused.headers
    assert again.status_code == 304


@pytest.mark.parametrize(
    ("wanted", "part"),
    [
        ("bytes=0-0", slice(0, 1)),
        ("bytes=0-9", slice(0, 10)),
        ("bytes=100-", slice(100, None)),
        ("bytes=-7", slice(-7, None)),
    ],
)
def test_a_range_is_that_part_of_the_file(
    api: Client, wanted: str, part: slice
) -> None:
    whole = api.get(CSS, headers=PLAIN).content

    answer = api.get(CSS, headers={**PLAIN, "Range": wanted})

    assert (answer.status_code, answer.content) == (206, whole[part])
    first, last, size = re.findall("[0-9]+", answer.headers["Content-Range"])
    assert whole[int(first) : int(last) + 1] == whole[part]
    assert int(size) == len(whole)


def test_a_range_behind_the_end_is_a_416_that_tells_the_size(api: Client) -> None:
    size = len(api.get(CSS, headers=PLAIN).content)

    answer = api.get(CSS, headers={"Range": f"bytes={size}-"})

    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == f"bytes */{size}"


@pytest.mark.parametrize(
    "headers",
    [PLAIN, {"Accept-Encoding": "gzip"}, {**PLAIN, "Range": "bytes=0-0"}],
    ids=["whole", "compressed", "part"],
)
def test_a_file_tells_its_length_so_that_a_cut_download_is_noticed(
    api: Client, headers: dict[str, str]
) -> None:
    answer = api.get(CSS, headers=headers)

    assert int(answer.headers["Content-Length"]) == answer.num_bytes_downloaded


@pytest.mark.parametrize(
    "path",
    [
        "/static/",
        "/static",
        "/static/none.css",
        "/static/.hidden",
        "/static/DASHBOARD.CSS",
        "/static/%2e%2e/main.py",
        "/static/..%5cmain.py",
        "/static//etc/passwd",
        "/static/%2fetc%2fpasswd",
        "/.env",
        "/main.py",
        "/templates/dashboard.html",
        "/dashboard.html",
    ],
)
def test_nothing_but_the_public_files_is_sent(api: Client, path: str) -> None:
    assert "does not exist" in refusal(api.get(path), 404)


def test_a_file_at_the_top_takes_no_other_verbs(api: Client) -> None:
    answer = api.post("/dashboard.css", json={})

    assert "POST request is not allowed" in refusal(answer, 405)
    assert answer.headers["Allow"] == "GET, HEAD, OPTIONS"
    assert api.options("/dashboard.css").headers["Allow"] == "GET, HEAD, OPTIONS"

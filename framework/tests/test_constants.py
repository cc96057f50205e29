import re
from http import HTTPStatus

import pytest
from hypothesis import given
from hypothesis import strategies as st
from roob.constants import VERBS, ContentType, HttpStatus, status_line


def test_a_status_is_its_line_and_its_number():
    assert HttpStatus.NOT_FOUND == "404 Not Found"
    assert int(HttpStatus.NOT_FOUND) == 404


@pytest.mark.parametrize("status", list(HttpStatus), ids=lambda s: s.name)
def test_every_status_agrees_with_the_standard_library_about_its_code(status):
    assert HTTPStatus(int(status)) == int(status)
    assert re.fullmatch(r"[1-5]\d\d [A-Z][A-Za-z'\- ]+", status)


@pytest.mark.parametrize(
    "status", [404, "404 Not Found", HTTPStatus.NOT_FOUND, HttpStatus.NOT_FOUND]
)
def test_all_four_forms_of_a_status_give_the_same_line(status):
    assert status_line(status) == "404 Not Found"


@pytest.mark.parametrize("status", list(HTTPStatus), ids=lambda s: s.name)
def test_every_status_of_the_standard_library_has_a_line(status):
    assert status_line(status).startswith(f"{status.value} ")


def test_an_unknown_number_and_a_reason_of_ones_own_are_kept():
    assert status_line(299).startswith("299 ")
    assert status_line("299 Odd But Fine") == "299 Odd But Fine"


@pytest.mark.parametrize(
    "status",
    [99, 600, -1, True, None, "", "404", "abc", "999 No", "4o4 No", b"200 OK",
     "200 OK\r\nX: y", "200 OK\0", "200\nOK", "٢٠٠ OK", 4.04],
)  # fmt: skip
def test_what_is_no_status_is_refused_by_name(status):
    with pytest.raises(ValueError, match="HTTP status"):
        status_line(status)


def test_a_reason_that_a_server_cannot_send_is_refused():
    with pytest.raises(ValueError, match="HTTP status"):
        status_line("404 €")


@given(st.one_of(st.integers(), st.text(), st.builds("200 {}".format, st.text())))
def test_no_accepted_status_line_can_split_a_response(status):
    try:
        line = status_line(status)
    except ValueError:
        return
    assert re.fullmatch(r"[1-5]\d\d [^\r\n\0]*", line)
    line.encode("latin-1")


def test_the_served_verbs_are_a_fixed_set():
    assert set(VERBS) == {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


def test_content_types_are_text():
    assert ContentType.JSON == "application/json"
    assert ContentType.HTML.startswith("text/html")

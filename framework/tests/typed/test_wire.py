"""The query in one pass, and headers by PEP 3333's names."""

from urllib.parse import parse_qsl, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st
from roob.models.requests import Request
from roob.typed.wire import Reading, environ_key, split_list

plain = st.text(st.sampled_from("ab=&;/?"), max_size=12)
encoded = st.lists(
    st.tuples(st.text(max_size=4), st.text(max_size=4)).map(
        lambda pair: f"{quote_plus(pair[0])}={quote_plus(pair[1])}"
    )
).map("&".join)


@given(plain | encoded)
def test_a_query_is_read_as_by_the_standard_library(query):
    environ = Request.blank("/").environ | {"QUERY_STRING": query}
    expected = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        expected.setdefault(name, []).append(value)
    assert Reading(Request(environ), {}).query() == expected


@pytest.mark.parametrize(
    ("header", "key"),
    [
        ("X-Token", "HTTP_X_TOKEN"),
        ("content-type", "CONTENT_TYPE"),
        ("Content-Length", "CONTENT_LENGTH"),
    ],
)
def test_headers_have_names_of_their_own_in_an_environ(header, key):
    assert environ_key(header) == key


def test_a_list_of_a_header_has_no_empty_members():
    assert split_list(" a ,,b, ") == ["a", "b"]

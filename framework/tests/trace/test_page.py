import json
import re

import pytest
from roob.trace.page import as_file, as_live_page, policy

from framework.tests.trace import shop
from framework.tests.trace.seeing import see


@pytest.fixture(scope="module")
def recording():
    return see(shop.create_shop(), "/hello/%3C%2Fscript%3E%3C!--")


def data_in(page):
    """What the page's script reads."""
    (found,) = re.findall(
        r'<script[^>]*type="application/json"[^>]*>(.*?)</script>', page, re.DOTALL
    )
    return json.loads(found)


def test_a_file_has_the_recordings_in_it(recording):
    data = data_in(as_file([recording, recording]))
    assert data["live"] is False
    assert len(data["recordings"]) == 2
    assert data["recordings"][0]["path"] == "/hello/</script><!--"


def test_what_is_shown_cannot_end_the_script_that_it_stands_in(recording):
    page = as_file([recording])
    assert "</script><!--" not in page
    assert page.count("</script>") == page.count("<script")


def test_a_live_page_asks_and_may_ask_its_own_server_alone(recording):
    page = as_live_page([recording.to_json()])
    assert data_in(page)["live"] is True
    assert "connect-src 'self'" in policy(live=True)
    assert "connect-src" not in policy()


def test_nothing_is_left_to_be_filled_in(recording):
    for page in (as_file([recording]), as_file([]), as_live_page([])):
        assert "{{" not in page.split("<script", 1)[0]
        assert policy() in page or policy(live=True) in page


def test_the_policy_allows_no_inline_code_but_its_own():
    assert "unsafe-inline" not in policy()
    assert len(re.findall(r"'sha256-[\w+/]+=*'", policy())) == 2

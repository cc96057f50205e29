import re
from html.parser import HTMLParser

import pytest

EVIL = """<script>alert("1")</script>' onmouseover='alert(2)"""


class Page(HTMLParser):
    """What a page is made of: its tags with their attributes, and its text."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += f" {data}"

    def rows(self):
        return [
            each["data-name"]
            for tag, each in self.tags
            if tag == "li" and "data-name" in each
        ]

    def words(self):
        return " ".join(self.text.split())


def page_of(client, path="/"):
    return Page(client.get(path).text)


@pytest.mark.parametrize("path", ["/", "/dashboard", "/dashboard/"])
def test_the_dashboard_shows_the_inventory(client, path):
    response = client.get(path)

    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/html; charset=UTF-8"
    for words in ("S25 Ultra", "Samsung", "Dell XPS", "launch weekend"):
        assert words in Page(response.text).words()


def test_stock_is_told_in_words_and_numbers_and_as_a_bar(client):
    html = client.get("/").text

    assert "Low stock" in html
    assert "Out of stock" in html
    assert 'aria-label="7 of 50 units, to reorder at 10"' in html
    assert 'class="fill" width="14.0%"' in html


def test_the_tiles_sum_up(client):
    tiles = re.findall(r"<strong>(\d+)</strong> <span>([^<]+)<", client.get("/").text)

    assert tiles == [
        ("4", "Products"),
        ("53", "Units in stock"),
        ("1", "Low stock"),
        ("1", "Out of stock"),
    ]


def test_a_search_needs_no_script(client):
    page = page_of(client, "/?q=dell")

    assert "1 product for “dell”" in page.words()
    assert page.rows() == ["Dell XPS"]


def test_one_status_can_be_shown_alone(client):
    page = page_of(client, "/dashboard?show=low")

    assert "1 product low on stock" in page.words()
    assert page.rows() == ["iPhone"]


def test_an_inventory_too_long_for_a_page_has_more_pages(client):
    page = page_of(client, "/dashboard?size=3&page=1&q=e")

    links = [attrs for tag, attrs in page.tags if tag == "a" and "rel" in attrs]
    assert [link["href"] for link in links] == ["/dashboard?size=3&q=e&page=2"]
    assert client.get(links[0]["href"]).status_code == 200


def test_a_search_without_a_hit_says_so(client):
    assert "No product matches “zzz”" in page_of(client, "/?q=zzz").words()


def test_an_empty_inventory_invites(client):
    for number in (1, 2, 3, 4):
        client.delete(f"/api/products/{number}")

    words = page_of(client).words()

    assert "Add the first product" in words
    assert "Nothing has moved yet." in words


@pytest.mark.parametrize("query", ["page=0", "size=1000", "show=everything", "page=x"])
def test_a_bad_query_is_a_bad_request(client, query):
    assert client.get(f"/?{query}").status_code == 400


def test_nothing_that_a_user_wrote_becomes_markup(client):
    names = {"product_name": EVIL, "brand": EVIL}
    shelf = "a" + EVIL.replace("/", "")
    client.post("/api/products", json={**names, "category": shelf, "quantity": 1})
    client.post("/api/products/5/movements", json={"quantity": 1, "reason": EVIL})

    response = client.get("/", params={"q": EVIL})

    page = Page(response.text)
    scripts = [attrs for tag, attrs in page.tags if tag == "script"]
    assert scripts == [{"type": "module", "src": "/static/dashboard.js"}]
    assert not any("onmouseover" in attrs for _, attrs in page.tags)
    assert page.words().count("<script>alert") >= 4


def test_nothing_on_the_page_is_inline_or_from_elsewhere(client):
    page = page_of(client)

    for tag, attributes in page.tags:
        assert tag != "style"
        assert not any(name == "style" or name.startswith("on") for name in attributes)
        for name in ("src", "href"):
            assert attributes.get(name, "/").startswith(("/", "#"))


def test_everything_that_the_page_asks_for_is_there(client):
    page = page_of(client)
    files = {
        value
        for _, attributes in page.tags
        for value in (attributes.get("src"), attributes.get("href"))
        if value and value.startswith("/static/")
    }

    assert files == {
        "/static/dashboard.css",
        "/static/dashboard.js",
        "/static/mark.svg",
    }
    assert {client.get(path).status_code for path in files} == {200}


def test_every_field_and_button_has_a_name(client):
    page = page_of(client)
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]

    assert len(ids) == len(set(ids))
    for tag, attributes in page.tags:
        for name in ("aria-labelledby", "aria-describedby", "list", "for"):
            assert attributes.get(name, ids[0]) in ids, (tag, name)


def test_the_page_is_never_served_from_a_cache(client):
    assert client.get("/").headers["Cache-Control"] == "no-store"


def test_the_page_leads_to_the_apis_page(client):
    links = [attrs["href"] for tag, attrs in page_of(client).tags if tag == "a"]

    assert "/docs" in links
    assert client.get("/docs").status_code == 200

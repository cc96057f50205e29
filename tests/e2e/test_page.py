"""The page as a browser gets it: its products, its files, and nothing inline."""

from html import escape
from html.parser import HTMLParser

import pytest

from tests.e2e.client import Client
from tests.e2e.rows import Json, add_product, unique


class Page(HTMLParser):
    """What a page refers to and runs, collected tag by tag."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.files: list[str] = []
        self.rows: list[dict[str, str]] = []
        self.inline: list[str] = []
        self.feed(content)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.files += [given["src"]] if "src" in given else []
        self.files += [given["href"]] if tag == "link" else []
        self.rows += [given] if "data-version" in given else []
        self.inline += [name for name in given if name.startswith("on")]
        self.inline += [name for name in given if name == "style"]
        if tag == "style" or (tag == "script" and "src" not in given):
            self.inline.append(tag)

    @property
    def names(self) -> list[str]:
        return [row["data-name"] for row in self.rows]


def read(api: Client, path: str = "/dashboard", **query: object) -> Page:
    answer = api.get(path, params={name: str(value) for name, value in query.items()})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/html; charset=UTF-8"
    return Page(answer.text)


@pytest.mark.parametrize("path", ["/", "/dashboard"])
def test_the_page_shows_the_inventory_and_its_files_load(
    api: Client, path: str
) -> None:
    page = read(api, path)

    assert {"S25 Ultra", "Macbook Pro M4", "Dell XPS"} <= set(page.names)
    assert {name.rpartition(".")[2] for name in page.files} >= {"css", "js"}
    for file in page.files:
        assert api.get(file).status_code == 200, file


def test_nothing_on_the_page_is_inline_as_its_policy_says(api: Client) -> None:
    policy = api.get("/").headers["Content-Security-Policy"]

    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert read(api).inline == []


def test_search_shows_what_matches_with_its_stock(api: Client) -> None:
    product = add_product(api, quantity=7)

    page = read(api, q=product["product_name"])

    assert page.names == [product["product_name"]]
    assert page.rows[0]["data-quantity"] == "7"
    assert page.rows[0]["data-version"] == "1"
    assert read(api, q=unique("nothing")).rows == []


@pytest.mark.parametrize(("quantity", "show"), [(0, "out"), (5, "low"), (6, "ok")])
def test_the_page_can_be_narrowed_to_a_state_of_the_stock(
    api: Client, quantity: int, show: str
) -> None:
    name = add_product(api, quantity=quantity)["product_name"]

    shown = {state: read(api, q=name, show=state) for state in ("out", "low", "ok")}

    assert [state for state, page in shown.items() if page.names == [name]] == [show]


def test_many_products_come_page_by_page(api: Client) -> None:
    brand = unique("many")
    names = [add_product(api, brand=brand)["product_name"] for _ in range(3)]

    first, second = (read(api, q=brand, size=2, page=page) for page in (1, 2))

    assert first.names + second.names == names


@pytest.fixture
def hostile(api: Client) -> Json:
    markup = unique("<script>alert(1)</script> \" onload='x'")
    return add_product(api, product_name=markup, brand=markup)


def test_markup_in_names_and_in_the_search_stays_text(
    api: Client, hostile: Json
) -> None:
    name = hostile["product_name"]

    answer = api.get("/dashboard", params={"q": name})
    page = Page(answer.text)

    assert "<script>alert" not in answer.text
    assert escape(name, quote=False)[:30] in answer.text
    assert page.names == [name]
    assert page.inline == []


def test_the_page_is_never_kept_by_a_cache(api: Client) -> None:
    assert api.get("/").headers["Cache-Control"] == "no-store"

"""The API's page as one uses it: read, unfolded, tried, on any screen."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.pages import opened
from tests.e2e.servers import LocalServer

PHONE = {"width": 400, "height": 800}


@pytest.fixture(scope="module")
def inventory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalServer]:
    with LocalServer(tmp_path_factory.mktemp("docs"), workers=1) as server:
        yield server


def operation(page: Any, method: str, path: str) -> Any:
    """A line of the page, unfolded."""
    line = page.locator(f".opblock-{method}", has=page.locator(f"[data-path='{path}']"))
    line.locator(".opblock-summary-control").first.click()
    return line


def test_the_page_lists_every_operation_under_its_heading(
    browser: Any, inventory: LocalServer
) -> None:
    with opened(browser, f"{inventory.base_url}/docs") as page:
        page.locator(".opblock").first.wait_for()

        headings = page.locator(".opblock-tag").all_inner_texts()
        names = [each.split("\n")[0] for each in headings]
        assert names[:3] == ["products", "stock", "categories"]
        assert page.locator(".opblock").count() > 35
        assert "Inventory" in page.title()


def test_trying_a_route_shows_what_the_server_answers(
    browser: Any, inventory: LocalServer
) -> None:
    with opened(browser, f"{inventory.base_url}/docs") as page:
        line = operation(page, "get", "/api/products/{product_id}/details")
        line.locator(".try-out__btn").click()
        line.locator("tr[data-param-name=product_id] input").fill("2")
        line.locator(".execute").click()

        live = line.locator(".live-responses-table")
        live.wait_for()
        status = live.locator("tbody .response-col_status").first
        assert status.inner_text()[:3] == "200"
        assert "iPhone" in live.inner_text()
        address = f"{inventory.base_url}/api/products/2/details"
        assert line.locator(".request-url").inner_text().strip().endswith(address)


def test_a_path_that_is_for_two_routes_takes_what_either_takes(
    browser: Any, inventory: LocalServer
) -> None:
    path = "/api/products/{product_id_or_category}"
    with opened(browser, f"{inventory.base_url}/docs") as page:
        line = operation(page, "get", path)
        line.locator(".try-out__btn").click()
        line.locator("tr[data-param-name=product_id_or_category] input").fill("mobile")
        line.locator(".execute").click()

        live = line.locator(".live-responses-table")
        live.wait_for()
        assert "S25 Ultra" in live.inner_text()


def test_a_body_that_is_refused_is_answered_in_the_page(
    browser: Any, inventory: LocalServer
) -> None:
    url = f"{inventory.base_url}/docs"
    with opened(browser, url, refusals=[400]) as page:
        line = operation(page, "post", "/api/brands")
        line.locator(".try-out__btn").click()
        line.locator("textarea.body-param__text").fill('{"name": 5}')
        line.locator(".execute").click()

        live = line.locator(".live-responses-table")
        live.wait_for()
        assert "Input should be a valid string" in live.inner_text()


def test_the_page_fits_a_phone(browser: Any, inventory: LocalServer) -> None:
    url = f"{inventory.base_url}/docs"
    with opened(browser, url, viewport=PHONE) as page:
        page.locator(".opblock").first.wait_for()

        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= PHONE["width"]

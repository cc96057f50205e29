"""The inventory's page as one watches it: what moves elsewhere moves here, quietly."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.browser.pages import WIDE, grave_faults, opened
from tests.e2e.client import open_client
from tests.e2e.rows import Json, add_product, expect, move
from tests.e2e.servers import LocalServer

PHONE = {"width": 390, "height": 844}
MILLISECONDS_TO_TELL = 2000
MILLISECONDS_TO_ASK = 8000
SECONDS_OF_CALM = 2.2
ATTEMPTS = 30
FEW_LOADS = 4

LIVE, ASKING, RECONNECTING = "Live", "Every 5 s", "Reconnecting"

SHOW = """hidden => {
    Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
}"""

Served = Callable[..., LocalServer]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """Start an inventory with these settings."""
    with ExitStack() as stack:

        def start(workers: int = 1, **environ: str) -> LocalServer:
            server = LocalServer(tmp_path, workers=workers, environ=environ)
            return stack.enter_context(server)

        yield start


@contextmanager
def watching(browser: Any, server: LocalServer, **options: Any) -> Iterator[Any]:
    """The dashboard; a 503 is the server's way to say that it has no seat left."""
    with opened(browser, server.base_url, refusals=[503], **options) as page:
        page.locator("#live[data-state]").wait_for()
        yield page


def moved(server: LocalServer, quantity: int, product: int = 2) -> Json:
    with open_client(server.base_url) as api:
        movement: Json = expect(move(api, product, quantity), 201)
    return movement


def amount(page: Any, product: int = 2) -> int:
    return int(page.locator(f"#product-{product} .amount").inner_text())


def wait_for_amount(
    page: Any, units: int, product: int = 2, timeout: int = MILLISECONDS_TO_TELL
) -> None:
    row = page.locator(f"#product-{product}[data-quantity='{units}']")
    row.wait_for(timeout=timeout)


def wait_for_state(page: Any, words: str, timeout: int = 5000) -> None:
    page.locator("#live", has_text=words).wait_for(timeout=timeout)


def test_pages_of_two_workers_show_a_change_within_two_seconds(
    browser: Any, served: Served
) -> None:
    # A worker has one seat, so pages that are live are on different workers.
    server = served(workers=2, LIVE_CONNECTIONS="1")
    with ExitStack() as stack:
        first = stack.enter_context(live_page(browser, server))
        second = stack.enter_context(live_page(browser, server))
        for page in (first, second):
            page.evaluate("window.isTheSame = true")
        began = time.monotonic()
        moved(server, -7)

        for page in (first, second):
            wait_for_amount(page, 0)

        assert time.monotonic() - began < MILLISECONDS_TO_TELL / 1000
        for page in (first, second):
            assert page.evaluate("window.isTheSame")


@contextmanager
def live_page(browser: Any, server: LocalServer) -> Iterator[Any]:
    """A page that found a seat, on whichever worker."""
    for _ in range(ATTEMPTS):
        with watching(browser, server) as page:
            if page.locator("#live").inner_text() == LIVE:
                yield page
                return
    raise AssertionError(f"no seat in {ATTEMPTS} attempts")


def test_a_change_is_shown_in_every_place_that_tells_of_it(
    browser: Any, served: Served
) -> None:
    server = served()
    with watching(browser, server) as page:
        moved(server, -7)
        wait_for_amount(page, 0)
        page.locator("[data-tile=out] strong", has_text="2").wait_for()

        row = page.locator("#product-2")
        assert row.locator(".status").inner_text() == "Out of stock"
        assert row.locator(".count").inner_text() == "0 of 50"
        assert row.locator(".fill").get_attribute("width") == "0.0%"
        assert row.locator("[data-by='-1']").get_attribute("aria-disabled") == "true"
        assert page.locator("[data-tile=units] strong").inner_text() == "46"
        assert page.locator(".units").first.inner_text() == "34"
        latest = page.locator("#movements li").first.inner_text().split("\n")
        assert latest == ["\N{MINUS SIGN}7", "iPhone counted", "just now"]
        assert page.locator("#movements li").count() == 8

        moved(server, 50)
        wait_for_amount(page, 50)
        assert row.locator("[data-by='-1']").get_attribute("aria-disabled") is None


def test_what_is_shown_live_is_what_the_server_would_draw(
    browser: Any, served: Served
) -> None:
    server = served()
    with watching(browser, server) as page:
        for product, quantity in ((1, -34), (2, 3), (3, -8), (4, 30), (1, 2)):
            moved(server, quantity, product)
        wait_for_amount(page, 2, product=1)
        wait_for_amount(page, 30, product=4)
        page.locator("[data-tile=units] strong", has_text="46").wait_for()
        live = page.locator("main").inner_text()

        page.reload()

        assert page.locator("main").inner_text() == live


def test_whoever_types_or_fills_a_dialog_is_left_alone(
    browser: Any, served: Served
) -> None:
    server = served()
    with watching(browser, server) as page:
        page.locator("#q").press_sequentially("iph")
        page.locator(".filter").wait_for()
        moved(server, 1)
        wait_for_amount(page, 8)
        assert focused(page) == "q"
        assert page.locator("#q").input_value() == "iph"

        page.locator("#move-2").click()
        page.locator("#move-dialog [name=quantity]").fill("-2")
        page.locator("#move-dialog [name=reason]").press_sequentially("half a w")
        moved(server, 1)
        wait_for_amount(page, 9)
        page.keyboard.type("ord")

        assert page.locator("#move-dialog [name=reason]").input_value() == "half a word"
        page.keyboard.press("Enter")
        wait_for_amount(page, 7)


def test_a_button_keeps_its_focus_when_its_row_changes(
    browser: Any, served: Served
) -> None:
    server = served()
    with watching(browser, server) as page:
        page.locator("#put-2").focus()
        moved(server, 1)
        wait_for_amount(page, 8)
        assert focused(page) == "put-2"

        page.keyboard.press("Enter")

        wait_for_amount(page, 9)
        assert focused(page) == "put-2"


def focused(page: Any) -> str:
    return str(page.evaluate("document.activeElement.id"))


def test_changes_of_others_are_read_out_and_ones_own_are_not(
    browser: Any, served: Served
) -> None:
    server = served()
    with watching(browser, server) as page:
        page.locator("#put-2").click()
        wait_for_amount(page, 8)
        time.sleep(SECONDS_OF_CALM)
        assert page.locator("#news").text_content() == ""

        moved(server, 1)

        page.locator("#news", has_text="iPhone: 9 in stock").wait_for(state="attached")
        moved(server, 1)
        moved(server, 1, product=1)
        several = page.locator("#news", has_text="2 stock levels have changed")
        several.wait_for(state="attached")
        assert page.locator("#news").get_attribute("role") == "status"


def test_a_new_product_appears_by_itself(browser: Any, served: Served) -> None:
    server = served()
    with watching(browser, server) as page, open_client(server.base_url) as api:
        product = add_product(api, product_name="Galaxy Tab", quantity=3)["id"]

        wait_for_amount(page, 3, product)

        assert page.locator("[data-tile=products] strong").inner_text() == "5"


def test_a_product_that_was_added_and_deleted_here_is_no_reason_to_read_on(
    browser: Any, served: Served
) -> None:
    server = served()
    with watching(browser, server) as page:
        loads = loads_of(page)
        page.locator("#add").click()
        for name, value in (("product_name", "Oops"), ("brand", "B"), ("quantity", 4)):
            page.locator(f"#product-dialog [name={name}]").fill(str(value))
        page.locator("#product-dialog [type=submit]").click()
        row = page.locator(".row[data-name=Oops]")
        row.wait_for()
        page.locator("#news").wait_for(state="attached")
        time.sleep(SECONDS_OF_CALM)
        row.locator("[data-action=delete]").click()
        page.locator("#delete-dialog [type=submit]").click()
        row.wait_for(state="detached")

        time.sleep(SECONDS_OF_CALM)
        loads.clear()
        time.sleep(SECONDS_OF_CALM)

        assert loads == []
        assert page.locator("#movements", has_text="Oops").count() == 0
        moved(server, 1)
        wait_for_amount(page, 8)
        time.sleep(SECONDS_OF_CALM)
        assert loads == []


def test_many_new_products_are_read_together(browser: Any, served: Served) -> None:
    server = served()
    with watching(browser, server) as page, open_client(server.base_url) as api:
        loads = loads_of(page)
        for number in range(40):
            last = add_product(api, product_name=f"Part {number}", quantity=1)["id"]

        wait_for_amount(page, 1, last, timeout=MILLISECONDS_TO_ASK)
        time.sleep(SECONDS_OF_CALM)

        assert page.locator(".row").count() == 44
        assert 1 <= len(loads) <= FEW_LOADS


def loads_of(page: Any) -> list[str]:
    """The addresses at which the page was read, from now on: a list that grows."""
    loads: list[str] = []
    paths = ("/", "/dashboard")
    page.on("request", lambda r: urlsplit(r.url).path in paths and loads.append(r.url))
    return loads


@pytest.mark.parametrize("seats", ["1", "0"], ids=["live", "asking"])
def test_a_page_that_outlived_its_database_sets_itself_right(
    browser: Any, served: Served, tmp_path: Path, seats: str
) -> None:
    server = served(LIVE_CONNECTIONS=seats)
    for _ in range(20):
        moved(server, 1)
    # The browser notes each attempt on its console, so this page may complain.
    context = browser.new_context(viewport=WIDE)
    page = context.new_page()
    page.goto(server.base_url)
    wait_for_amount(page, 27)
    page.locator("#live[data-state]").wait_for()

    assert server.stop() == 0
    server.environ["DATABASE_URL"] = f"sqlite:///{tmp_path}/other.sqlite"
    server.start()

    wait_for_amount(page, 7, timeout=30_000)
    loads = loads_of(page)
    moved(server, -7)
    wait_for_amount(page, 0, timeout=MILLISECONDS_TO_ASK)
    time.sleep(SECONDS_OF_CALM)
    assert loads == []
    assert page.locator("#movements li", has_text="counted").count() == 1
    context.close()


def test_a_page_that_cannot_be_read_is_tried_again(
    browser: Any, served: Served
) -> None:
    server = served()
    context = browser.new_context(viewport=WIDE)
    page = context.new_page()
    page.goto(server.base_url)
    wait_for_state(page, LIVE)
    page.route(f"{server.base_url}/", lambda route: route.abort(), times=1)

    with open_client(server.base_url) as api:
        product = add_product(api, product_name="Galaxy Tab", quantity=3)["id"]

    wait_for_amount(page, 3, product, timeout=MILLISECONDS_TO_ASK)
    context.close()


def test_several_changes_that_are_asked_for_at_once_are_all_shown(
    browser: Any, served: Served
) -> None:
    server = served(LIVE_CONNECTIONS="0")
    with watching(browser, server) as page:
        for product in (1, 2, 3):
            moved(server, 1, product)

        for product, units in ((1, 35), (2, 8), (3, 13)):
            wait_for_amount(page, units, product, timeout=MILLISECONDS_TO_ASK)

        assert page.locator("#movements li", has_text="counted").count() == 3


# What takes seconds takes so many fewer.
IN_HASTE = """const timeout = AbortSignal.timeout.bind(AbortSignal);
    AbortSignal.timeout = ms => timeout(ms / 30);"""


def test_a_server_that_never_answers_is_not_waited_for_for_ever(
    browser: Any, served: Served
) -> None:
    server = served()
    with watching(browser, server) as page:
        page.evaluate(IN_HASTE)
        page.route("**/movements", lambda _route: None)
        page.locator("#put-2").click()
        silence = page.locator("#toast", has_text="The server does not answer")
        silence.wait_for(timeout=MILLISECONDS_TO_TELL)

        page.route("**/*q=iph", lambda _route: None)
        page.locator("#q").fill("iph")

        unread = page.locator("#toast", has_text="The inventory cannot be read")
        unread.wait_for(timeout=MILLISECONDS_TO_TELL)


def test_without_a_seat_the_page_asks_and_shows_the_change_later(
    browser: Any, served: Served
) -> None:
    server = served(LIVE_CONNECTIONS="0")
    with watching(browser, server) as page:
        assert page.locator("#live").inner_text() == ASKING
        moved(server, -7)

        wait_for_amount(page, 0, timeout=MILLISECONDS_TO_ASK)

        assert page.locator("[data-tile=out] strong").inner_text() == "2"


def test_a_page_that_nobody_sees_gives_its_seat_away_and_catches_up(
    browser: Any, served: Served
) -> None:
    server = served(LIVE_CONNECTIONS="1")
    with watching(browser, server) as page:
        assert page.locator("#live").inner_text() == LIVE
        page.evaluate(SHOW, True)
        with live_page(browser, server) as other:
            moved(server, -7)
            wait_for_amount(other, 0)
        assert amount(page) == 7

        page.evaluate(SHOW, False)

        wait_for_amount(page, 0)
        moved(server, 1)
        wait_for_amount(page, 1, timeout=MILLISECONDS_TO_ASK)


def test_a_server_that_restarts_is_waited_for_and_nothing_is_missed(
    browser: Any, served: Served
) -> None:
    server = served()
    # The browser notes each attempt on its console, so this page may complain.
    context = browser.new_context(viewport=WIDE)
    page = context.new_page()
    page.goto(server.base_url)
    wait_for_state(page, LIVE)

    assert server.stop() == 0
    wait_for_state(page, RECONNECTING, timeout=10_000)
    server.start()
    moved(server, -7)

    wait_for_amount(page, 0, timeout=10_000)
    wait_for_state(page, LIVE)
    context.close()


def test_a_page_that_is_hidden_and_shown_in_haste_listens_once(
    browser: Any, served: Served
) -> None:
    server = served(LIVE_CONNECTIONS="1")
    with watching(browser, server) as page:
        for hidden in (True, False, True, False, True, False):
            page.evaluate(SHOW, hidden)
        wait_for_state(page, LIVE)
        moved(server, 1)
        wait_for_amount(page, 8, timeout=MILLISECONDS_TO_ASK)

        assert page.locator("#movements li").first.inner_text().startswith("+1")
        assert page.locator("#movements li", has_text="counted").count() == 1


def test_without_scripts_the_page_says_nothing_of_being_live(
    browser: Any, served: Served
) -> None:
    server = served()
    with opened(browser, server.base_url, java_script_enabled=False) as page:
        assert not page.locator("#live").is_visible()
        assert amount_in(page) == "7 of 50"


def amount_in(page: Any) -> str:
    return str(page.locator("#product-2 .count").inner_text())


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("seats", ["1", "0"], ids=["live", "asking"])
def test_the_page_has_no_grave_fault_for_who_cannot_see_it(
    browser: Any, served: Served, scheme: str, viewport: dict[str, int], seats: str
) -> None:
    server = served(LIVE_CONNECTIONS=seats)
    options = {"color_scheme": scheme, "viewport": viewport}
    with watching(browser, server, **options) as page:
        moved(server, -7)
        wait_for_amount(page, 0, timeout=MILLISECONDS_TO_ASK)
        page.locator("#product-2").evaluate("row => row.classList.remove('is-changed')")

        assert grave_faults(page) == []
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= viewport["width"]

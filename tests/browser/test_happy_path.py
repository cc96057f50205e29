"""A new project as its users meet it, from the home page to what they deleted."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.browser.pages import grave_faults, opened
from tests.browser.projects import (
    ADA,
    Site,
    fill,
    first_column,
    follow,
    forger,
    send,
    send_unasked,
    tab_to,
    typed_anyhow,
)

WIDE = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
HOSTILE = "<b>x</b><script>alert(1)</script><img src=x onerror=alert(2)>"
WITHOUT_BREAKS = "W" * 300
# What tends to get lost on the way to a database and back.
NAUGHTY = {
    "from right to left": "مرحبا \u202eabc\u202c בְּרֵאשִׁית",
    "emoji": "👩‍👩‍👧‍👦 🏳️‍🌈 e\u0301",
    "quotes": """ "a" 'b' `c` \\' -- ; DROP TABLE meetings""",
    "markup": "</textarea><script>alert(1)</script>&lt;&amp;&#0; {{ 7 * 7 }}",
}
LINES = "\n\nfirst\n\n  second\t\n"
MEETING = {
    "topic": "Standup",
    "notes": "One\nTwo",
    "starts": "2030-12-31T23:59:30",
    "day": "2030-12-30",
}


@contextmanager
def form_of(browser: Any, site: Site, table: str, **options: Any) -> Iterator[Any]:
    """The form of a new row, opened."""
    with opened(browser, f"{site.url}/{table}/;create_form", **options) as page:
        yield page


def test_the_home_page_leads_to_an_empty_list_and_on_to_the_form(
    browser: Any, site: Site
) -> None:
    with opened(browser, site.url) as page:
        follow(page, "Employees")
        assert page.get_by_text("No employees yet").is_visible()
        assert page.locator("table").count() == 0

        follow(page, "New employee")

        assert page.get_by_role("heading", name="New employee").is_visible()


def test_what_was_typed_is_stored_and_its_page_shows_it(
    browser: Any, site: Site
) -> None:
    with form_of(browser, site, "employees") as page:
        fill(page, **ADA)

        assert send(page, "Create").status == 303

        [row] = site.rows()
        assert page.url == f"{site.employees}{row['id']}"
        assert page.locator("dd").all_inner_texts() == [*ADA.values()]
        page.reload()
        assert len(site.rows()) == 1


def test_a_number_that_is_none_is_named_beside_its_field_and_can_be_put_right(
    browser: Any, site: Site
) -> None:
    with form_of(browser, site, "employees", refusals=[422]) as page:
        fill(page, name="Ada", title="Countess")
        typed_anyhow(page, "office_number", "seven")

        assert send_unasked(page, "Create").status == 422

        number = page.locator("#field-office_number")
        assert number.get_attribute("aria-invalid") == "true"
        notes = page.locator(f"#{number.get_attribute('aria-describedby')}")
        assert notes.inner_text() == "Error: has to be a whole number"
        # A browser shows no letters in a field for numbers; the page has them.
        assert number.get_attribute("value") == "seven"
        assert page.locator("#field-name").input_value() == "Ada"
        assert page.locator("#field-title").get_attribute("aria-invalid") is None
        assert site.rows() == []

        number.fill("7")
        assert send(page, "Create").status == 303
        assert page.locator("dd").all_inner_texts() == [*ADA.values()]


def test_the_browser_itself_asks_for_what_is_missing(browser: Any, site: Site) -> None:
    with form_of(browser, site, "employees") as page:
        fill(page, name="Ada", title="Countess")

        page.get_by_role("button", name="Create").click()

        missing = page.locator(":invalid:not(form)")
        assert missing.get_attribute("name") == "office_number"
        assert page.url.endswith("/employees/;create_form")


def test_markup_in_a_name_is_shown_as_text_and_runs_nothing(
    browser: Any, site: Site
) -> None:
    address = site.add(name=HOSTILE, title=HOSTILE)
    pages = ["", ";edit_form", ";delete_form"]
    listed = [site.employees, f"{site.employees}?q=%3Cscript%3E"]
    with opened(browser, site.url) as page:
        for url in [*listed, *(f"{address}{noun}" for noun in pages)]:
            page.goto(url)

            assert HOSTILE in page.locator("main").inner_text()
            assert page.locator("script, img, main b").count() == 0, url


def test_a_change_is_stored(browser: Any, site: Site) -> None:
    with opened(browser, site.add()) as page:
        follow(page, "Edit")
        assert page.locator("#field-title").input_value() == "Countess"
        fill(page, title="Mathematician")

        assert send(page, "Save").status == 303

        assert page.locator("dd").all_inner_texts() == ["Ada", "Mathematician", "7"]


def test_who_saves_last_sees_what_is_stored_before_it_is_overwritten(
    browser: Any, site: Site
) -> None:
    form = f"{site.add()};edit_form"
    with opened(browser, form, refusals=[409]) as page:
        other = page.context.new_page()
        other.goto(form)
        fill(other, name="Ada King", office_number="8")
        assert send(other, "Save").status == 303
        fill(page, name="Augusta", title="Countess of Lovelace")

        assert send(page, "Save").status == 409

        assert page.get_by_text("Somebody else changed it meanwhile").is_visible()
        stored = page.locator(".current span").all_inner_texts()
        assert stored == ["Ada King", "Countess", "8"]
        assert page.locator("#field-name").input_value() == "Augusta"
        assert page.locator("#field-office_number").input_value() == "7"
        assert [row["name"] for row in site.rows()] == ["Ada King"]

        assert send(page, "Overwrite").status == 303
        shown = page.locator("dd").all_inner_texts()
        assert shown == ["Augusta", "Countess of Lovelace", "7"]


def test_deleting_asks_first(browser: Any, site: Site) -> None:
    site.add()
    with opened(browser, site.employees) as page:
        follow(page, "Delete")
        follow(page, "Cancel")
        assert len(site.rows()) == 1
        follow(page, "Delete")

        assert send(page, "Delete").status == 303

        assert page.url == site.employees
        assert page.get_by_text("No employees yet").is_visible()
        assert site.rows() == []


def test_a_long_list_is_paged_searched_and_sorted(browser: Any, site: Site) -> None:
    site.fill(1000)
    with opened(browser, site.employees) as page:
        assert page.get_by_text("1000 employees").is_visible()
        assert first_column(page)[0] == "Person 0001"
        follow(page, "Next")
        second = first_column(page)[0]
        follow(page, "Page 50")
        assert (second, first_column(page)[-1]) == ("Person 0021", "Person 1000")

        follow(page, "Office number")
        assert first_column(page)[0] == "Person 1000"
        follow(page, "Office number")
        assert first_column(page)[0] == "Person 0001"
        sorted_by = page.locator("th[aria-sort=descending]")
        assert "Office number" in sorted_by.inner_text()

        page.get_by_role("searchbox").fill("person 099")
        page.get_by_role("button", name="Search").click()
        page.get_by_text("11 employees for").wait_for()
        # Still by office number, the largest first.
        numbers = [99, *range(990, 1000)]
        assert first_column(page) == [f"Person {n:04}" for n in numbers]
        page.get_by_role("searchbox").fill("nobody")
        page.keyboard.press("Enter")
        page.get_by_text("Nothing found for “nobody”").wait_for()


def test_the_keyboard_alone_is_enough(browser: Any, site: Site) -> None:
    with opened(browser, site.url) as page:
        for link in ("Employees", "New employee"):
            tab_to(page, link)
            with page.expect_navigation():
                page.keyboard.press("Enter")
        tab_to(page, "field-name")
        for value in ADA.values():
            page.keyboard.type(value)
            page.keyboard.press("Tab")

        with page.expect_navigation():
            page.keyboard.press("Enter")

        assert page.locator("dd").all_inner_texts() == [*ADA.values()]


def test_the_first_tab_leads_past_the_frame(browser: Any, site: Site) -> None:
    with opened(browser, site.employees) as page:
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")

        assert page.locator(":focus").inner_text() == "New employee"


FORGED = """\
<!doctype html><title>You have won</title>
<form method="post" action="{action}" enctype="{enctype}">
<input name="name" value="Mallory"><input name="title" value="x">
<input name="office_number" value="1"></form>
<script>document.forms[0].submit()</script>"""


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
@pytest.mark.parametrize(
    "enctype",
    ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"],
)
def test_the_form_of_another_site_changes_nothing(
    browser: Any, site: Site, host: str, enctype: str
) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{site.employees};create_form")  # its cookie is there
    with forger(FORGED.format(action=site.employees, enctype=enctype)) as port:
        with page.expect_response(site.employees) as answer:
            page.goto(f"http://{host}:{port}/", wait_until="commit")

        assert answer.value.request.method == "POST"
        assert answer.value.status == 403
        page.get_by_text("of another site may not change anything").wait_for()
        assert site.rows() == []
    context.close()


def test_cookies_stay_with_their_site_and_away_from_scripts(
    browser: Any, site: Site
) -> None:
    with form_of(browser, site, "employees") as page:
        cookies = page.context.cookies()

        assert [(c["sameSite"], c["httpOnly"]) for c in cookies] == [("Lax", True)]


@pytest.mark.parametrize("text", NAUGHTY.values(), ids=NAUGHTY.keys())
def test_a_strange_text_comes_back_as_it_was_typed(
    browser: Any, site: Site, text: str
) -> None:
    typed = {**MEETING, "topic": text, "notes": f"{LINES}{text}"}
    with form_of(browser, site, "meetings") as page:
        fill(page, **typed)
        assert send(page, "Create").status == 303
        follow(page, "Edit")
        page.reload()

        assert page.locator("#field-topic").input_value() == text
        assert page.locator("#field-notes").input_value() == f"{LINES}{text}"
        assert send(page, "Save").status == 303
        [row] = site.rows("meetings")
        assert (row["topic"], row["notes"]) == (text, f"{LINES}{text}")


def test_a_text_with_a_nul_is_refused(browser: Any, site: Site) -> None:
    with form_of(browser, site, "meetings", refusals=[422]) as page:
        fill(page, **MEETING)
        nul = "area => { area.value = 'a\\u0000b' }"
        page.locator("#field-notes").evaluate(nul)

        assert send(page, "Create").status == 422

        notes = page.locator("#field-notes")
        assert notes.get_attribute("aria-invalid") == "true"
        assert site.rows("meetings") == []


def test_every_kind_of_field_shows_again_what_was_chosen(
    browser: Any, site: Site
) -> None:
    site.add(name="Grace")
    site.add()
    with form_of(browser, site, "meetings") as page:
        fill(page, **MEETING)
        page.locator("#field-open").check()
        page.locator("#field-host").select_option(label="Ada")
        assert send(page, "Create").status == 303
        shown = page.locator("dd").all_inner_texts()
        assert shown[2:] == ["2030-12-31 23:59:30 UTC", "2030-12-30", "yes", "Ada"]

        follow(page, "Edit")

        for name, value in MEETING.items():
            assert page.locator(f"#field-{name}").input_value() == value
        assert page.locator("#field-open").is_checked()
        assert page.locator("#field-host option:checked").inner_text() == "Ada"

        page.locator("#field-open").uncheck()
        page.locator("#field-host").select_option(label="—")
        assert send(page, "Save").status == 303
        assert page.locator("dd").all_inner_texts()[4:] == ["no", "—"]


def test_what_has_to_be_unique_says_so(browser: Any, site: Site) -> None:
    with form_of(browser, site, "meetings", refusals=[422]) as page:
        for status in (303, 422):
            page.goto(f"{site.url}/meetings/;create_form")
            fill(page, **MEETING)
            assert send(page, "Create").status == status

        assert page.locator("#notes-topic").inner_text() == "Error: is taken already"


def test_a_row_that_another_refers_to_is_not_deleted(browser: Any, site: Site) -> None:
    address = site.add()
    with form_of(browser, site, "meetings", refusals=[409]) as page:
        fill(page, **MEETING)
        page.locator("#field-host").select_option(label="Ada")
        send(page, "Create")
        page.goto(f"{address};delete_form")

        assert send(page, "Delete").status == 409

        assert page.get_by_text("something else refers to it").is_visible()
        assert len(site.rows()) == 1


# How to come to each page.


def show_home(page: Any, site: Site) -> None:
    page.goto(site.url)


def show_empty_list(page: Any, site: Site) -> None:
    page.goto(site.employees)


def show_list(page: Any, site: Site) -> None:
    site.fill(60)
    site.add(name=WITHOUT_BREAKS, title=WITHOUT_BREAKS)
    page.goto(f"{site.employees}?sort=-name&page=1")


def show_nothing_found(page: Any, site: Site) -> None:
    page.goto(f"{site.employees}?q={WITHOUT_BREAKS[:100]}")


def show_form(page: Any, site: Site) -> None:
    page.goto(f"{site.url}/meetings/;create_form")


def show_form_with_errors(page: Any, site: Site) -> None:
    show_form(page, site)
    send_unasked(page, "Create")


def show_stale_form(page: Any, site: Site) -> None:
    page.goto(f"{site.add()};edit_form")
    other = page.context.new_page()
    other.goto(page.url)
    fill(other, name=WITHOUT_BREAKS)
    send(other, "Save")
    other.close()
    send(page, "Save")


def show_member(page: Any, site: Site) -> None:
    page.goto(site.add(name=WITHOUT_BREAKS))


def show_delete_form(page: Any, site: Site) -> None:
    page.goto(f"{site.add(title=WITHOUT_BREAKS)};delete_form")


def show_missing_page(page: Any, site: Site) -> None:
    page.goto(f"{site.url}/nowhere")


PAGES = [
    show_home,
    show_empty_list,
    show_list,
    show_nothing_found,
    show_form,
    show_form_with_errors,
    show_stale_form,
    show_member,
    show_delete_form,
    show_missing_page,
]


@pytest.mark.parametrize("show", PAGES, ids=lambda show: show.__name__[5:])
def test_a_page_keeps_nobody_out_and_scrolls_in_one_direction(
    browser: Any, site: Site, scheme: str, show: Any
) -> None:
    options = {"color_scheme": scheme, "viewport": WIDE}
    with opened(browser, site.url, refusals=[404, 409, 422], **options) as page:
        show(page, site)
        assert grave_faults(page) == []

        page.set_viewport_size(PHONE)

        assert grave_faults(page) == []
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= PHONE["width"]

"""A browser of one page: it reads forms as HTML has them, and sends them as it says.

Line ends are sent as CRLF, none survives in an ``<input>``, a checkbox that is off
is not sent, of a select the first option counts unless another is selected (HTML
4.10.21.4, 4.10.5.1.2).
"""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import httpx


@dataclass
class Form:
    """A form's fields by name, as they would be sent."""

    action: str = ""
    method: str = "get"
    values: dict[str, str] = field(default_factory=dict)
    options: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    attributes: dict[str, dict[str, str | None]] = field(default_factory=dict)


class Page(HTMLParser):
    """The parts of a page that tests ask for: forms, links, and all of its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.tags: list[str] = []
        self.texts: list[str] = []
        self.alerts: list[str] = []
        self._area: str | None = None
        self._select: str | None = None
        self._option = False
        # What every parser does before it begins (HTML 13.2.3.5).
        self.feed(text.replace("\r\n", "\n").replace("\r", "\n"))
        self.close()

    @property
    def form(self) -> Form:
        """The one form that changes something."""
        (found,) = [form for form in self.forms if form.method == "post"]
        return found

    @property
    def text(self) -> str:
        """What people read, spaces folded."""
        return " ".join("".join(self.texts).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.append(tag)
        for name in given:
            assert not name.startswith("on"), f"<{tag} {name}>"
        if tag == "form":
            self.forms.append(
                Form(given.get("action") or "", given.get("method") or "get")
            )
        elif tag == "a":
            self.links.append(given.get("href") or "")
        elif tag in ("input", "textarea", "select"):
            self._begin(tag, given)
        elif tag == "option":
            self._choose(given)

    def _begin(self, tag: str, given: dict[str, str | None]) -> None:
        form, name = self.forms[-1], given["name"] or ""
        kind = (given.get("type") or "text") if tag == "input" else tag
        form.kinds[name], form.attributes[name] = kind, given
        if tag == "input":
            value = given.get("value") or ""
            if kind != "checkbox" or "checked" in given:
                form.values[name] = value.replace("\n", "")
        elif tag == "textarea":
            self._area, form.values[name] = name, ""
        else:
            self._select, form.options[name] = name, []

    def _choose(self, given: dict[str, str | None]) -> None:
        form, value = self.forms[-1], given.get("value") or ""
        assert self._select is not None
        form.options[self._select].append((value, ""))
        if "selected" in given or self._select not in form.values:
            form.values[self._select] = value
        self._option = True

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._area is not None:
            values = self.forms[-1].values
            # The first line break is not the text's (HTML 13.1.2.5).
            values[self._area] = values[self._area].removeprefix("\n")
            self._area = None
        elif tag == "select":
            self._select = None
        elif tag == "option":
            self._option = False

    def handle_data(self, data: str) -> None:
        self.texts.append(data)
        if self._area is not None:
            self.forms[-1].values[self._area] += data
        elif self._option and self._select is not None:
            options = self.forms[-1].options[self._select]
            value, text = options[-1]
            options[-1] = (value, text + data)


class Browser:
    """``Browser(client).open("/notes/;create_form").send(title="x")``."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client
        self.answer: httpx.Response
        self.page: Page

    def open(self, address: str) -> "Browser":
        """Load a page."""
        return self._take(self.client.get(address, headers={"Accept": "text/html"}))

    def send(self, **typed: Any) -> "Browser":
        """Fill in the page's form and send it; None takes a value out."""
        form = self.page.form
        unknown = typed.keys() - form.kinds.keys()
        assert not unknown, f"{unknown} cannot be typed"
        values = {**form.values, **typed}
        sent = {
            name: _as_sent(form.kinds[name], value)
            for name, value in values.items()
            if value is not None
        }
        answer = self.client.post(
            form.action, data=sent, headers={"Accept": "text/html"}
        )
        return self._take(answer)

    def follow(self) -> "Browser":
        """Go where a change leads."""
        assert self.status == 303, self.answer.text
        return self.open(self.answer.headers["Location"])

    @property
    def status(self) -> int:
        """The last answer's."""
        return self.answer.status_code

    def _take(self, answer: httpx.Response) -> "Browser":
        self.answer, self.page = answer, Page(answer.text)
        return self


def _as_sent(kind: str, value: str) -> str:
    lines = value.replace("\r\n", "\n").replace("\r", "\n")
    if kind == "textarea":
        return lines.replace("\n", "\r\n")
    return value if kind == "hidden" else lines.replace("\n", "")

"""Files: as such, as their contents, several of a name, and none."""

from typing import Annotated

import pytest
from pydantic import BaseModel
from roob.typed import File, Form, UploadedFile

BOUNDARY = "b"
TYPE = {"CONTENT_TYPE": f"multipart/form-data; boundary={BOUNDARY}"}


def multipart(*parts: tuple[str, str | None, str]) -> bytes:
    text = ""
    for name, filename, content in parts:
        file = "" if filename is None else f'; filename="{filename}"'
        text += (
            f"--{BOUNDARY}\r\n"
            f'Content-Disposition: form-data; name="{name}"{file}\r\n'
            f"{'Content-Type: text/csv' if filename else 'X-A: b'}\r\n\r\n{content}\r\n"
        )
    return f"{text}--{BOUNDARY}--\r\n".encode()


def test_a_file_tells_its_name_type_and_content(ask):
    def handler(sheet: UploadedFile, note: Annotated[str, Form()] = ""):
        return [sheet.filename, sheet.content_type, sheet.read().decode(), note]

    body = multipart(("sheet", "a.csv", "1;2"), ("note", None, "hi"))
    answer = ask(handler, "/", "POST", body, **TYPE)
    assert answer.json() == ["a.csv", "text/csv", "1;2", "hi"]


def test_a_file_can_be_read_in_pieces(ask):
    def handler(sheet: UploadedFile):
        return [sheet.read(2).decode(), sheet.file.read().decode()]

    body = multipart(("sheet", "a.csv", "1;2"))
    assert ask(handler, "/", "POST", body, **TYPE).json() == ["1;", "2"]


def test_files_come_as_their_contents_where_bytes_are_asked_for(ask):
    def handler(one: Annotated[bytes, File()], many: Annotated[list[bytes], File()]):
        return [one.decode(), [content.decode() for content in many]]

    body = multipart(("one", "a", "1"), ("many", "b", "2"), ("many", "c", "3"))
    assert ask(handler, "/", "POST", body, **TYPE).json() == ["1", ["2", "3"]]


def test_several_files_come_in_their_order(ask):
    def handler(sheets: list[UploadedFile]):
        return [sheet.filename for sheet in sheets]

    body = multipart(("sheets", "b", "1"), ("sheets", "a", "2"))
    assert ask(handler, "/", "POST", body, **TYPE).json() == ["b", "a"]


def test_a_file_that_was_not_chosen_is_missing(ask):
    def handler(must: UploadedFile, may: UploadedFile | None = None):
        return [must.filename, may is None]

    body = multipart(("must", "a", "1"), ("may", "", ""))
    assert ask(handler, "/", "POST", body, **TYPE).json() == ["a", True]
    errors = ask(handler, "/", "POST", multipart(("must", "", "")), **TYPE).json()
    place = {"in": "file", "name": "must", "message": "Field required"}
    assert errors["errors"] == [place | {"type": "missing"}]


def test_a_text_where_a_file_is_asked_for_is_refused_and_the_reverse(ask, call, app):
    def file(sheet: UploadedFile):
        return "a file"

    def text(sheet: Annotated[str, Form()]):
        return "a text"

    app.add_route("/text", text)
    a_text, a_file = multipart(("sheet", None, "x")), multipart(("sheet", "a", "x"))
    assert ask(file, "/", "POST", a_text, **TYPE).status == 422
    assert call(app, "/text", "POST", a_file, **TYPE).status == 422


def test_a_model_over_a_form_may_have_files(ask):
    class Sent(BaseModel):
        name: str
        sheets: list[UploadedFile]

    def handler(sent: Annotated[Sent, Form()]):
        return [sent.name, [sheet.filename for sheet in sent.sheets]]

    body = multipart(("name", None, "Ada"), ("sheets", "a", "1"), ("sheets", "b", "2"))
    assert ask(handler, "/", "POST", body, **TYPE).json() == ["Ada", ["a", "b"]]


@pytest.mark.parametrize("body", [b"", b"--b\r\n", b"nonsense", b"--b--"])
def test_a_broken_form_is_the_clients_fault(ask, body):
    def handler(sheet: UploadedFile):
        return "never"

    assert ask(handler, "/", "POST", body, **TYPE).status in (400, 422)

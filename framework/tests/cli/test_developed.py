import sys

import pytest
from roob.cli.developed import app
from webob import Request

LACKING = """\
import {missing}
from roob import Roob

app = Roob()


@app.route("/", ["GET"])
def home(request):
    return {missing}.WORD
"""


def answer(served):
    return Request.blank("/").get_response(served)


def test_an_app_that_is_well_answers_for_itself(shop):
    found = Request.blank("/books/7").get_response(app())
    assert found.json == {"id": 7, "title": "Emma"}


@pytest.mark.parametrize(
    ("text", "attribute", "line", "reason"),
    [
        ("\n1 / 0\n", "app", 2, "ZeroDivisionError: division by zero"),
        ("import nosuchmodule\n", "app", 1, "No module named 'nosuchmodule'"),
        ("x = = 1\n", "app", 1, "SyntaxError: invalid syntax"),
        ("def make():\n    return x\n", "make()", 2, "name 'x' is not defined"),
    ],
)
def test_one_that_fails_is_answered_by_its_traceback(
    written, monkeypatch, caplog, text, attribute, line, reason
):
    name = written(text)
    monkeypatch.setenv("ROOB_APP", f"{name}:{attribute}")
    found = answer(app())
    assert found.status == "500 Internal Server Error"
    assert found.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert f'{name}.py", line {line}' in found.text
    assert reason in found.text
    assert found.text in caplog.text


def test_one_that_is_not_there_is_said_to_be_missing(shop, monkeypatch):
    monkeypatch.setenv("ROOB_APP", f"{shop}:ap")
    found = answer(app())
    assert found.status_code == 500
    assert found.text == f"{shop}:ap: there is no 'ap' in it; did you mean 'app'?\n"


def test_a_module_that_was_missing_is_looked_for_again(written, monkeypatch):
    missing = "missing_in_a_test"
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.setenv("ROOB_APP", f"{written(LACKING.format(missing=missing))}:app")
    served = app()
    assert answer(served).status_code == 500
    written('WORD = "well"\n', missing)
    assert (answer(served).status_code, answer(served).text) == (200, "well")

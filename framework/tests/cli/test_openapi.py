import json
import os
import subprocess
import sys

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator, validate

BOOKS = """\
from roob import Roob
from roob.openapi import add_openapi

app = Roob()
app.add_route("/books/{id:d}", lambda request, id: "", ["GET", "PUT"], name="book")
add_openapi(app, title="Bücher", version="2")
"""


def test_the_document_is_printed(roob, written):
    result = roob("openapi", "--app", f"{written(BOOKS)}:app")
    assert result.exit_code == 0
    document = json.loads(result.stdout)
    validate(document, cls=OpenAPIV31SpecValidator)
    assert document["info"] == {"title": "Bücher", "version": "2"}
    assert [*document["paths"]["/books/{id}"]] == ["get", "put"]
    assert "Bücher" in result.stdout
    assert result.stdout.endswith("}\n")


def test_it_can_be_one_line(roob, written):
    result = roob("openapi", "--app", f"{written(BOOKS)}:app", "--indent", "0")
    assert len(result.stdout.splitlines()) == 1


def test_an_app_that_was_given_no_document_has_one_without_a_title(roob, shop):
    document = json.loads(roob("openapi").stdout)
    assert document["info"] == {"title": "API", "version": "0"}
    assert "/books/{book_id}" in document["paths"]


def test_an_app_that_is_no_roob_app_has_none(roob, shop):
    result = roob("openapi", "--app", f"{shop}:plain")
    assert result.exit_code == 1
    assert "function is no Roob application" in result.output


@pytest.mark.parametrize("seed", ["1", "2"])
def test_the_bytes_are_the_same_each_time(written, folder, seed):
    name = written(BOOKS)
    texts = {
        subprocess.run(
            [sys.executable, "-m", "roob", "openapi", "--app", f"{name}:app"],
            cwd=folder,
            env={**os.environ, "PYTHONHASHSEED": each},
            check=True,
            capture_output=True,
        ).stdout
        for each in ("0", seed)
    }
    assert len(texts) == 1

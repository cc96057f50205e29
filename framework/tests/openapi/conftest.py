"""Documents as others read them: every one is held against OpenAPI's own schema."""

from collections.abc import Callable
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator, validate
from roob.openapi.document import Info, document_of

Document = dict[str, Any]


def written_of(app: Any) -> Document:
    document = document_of(app, Info("Books", "1.0"))
    validate(document, cls=OpenAPIV31SpecValidator)
    return document


@pytest.fixture(scope="session")
def document() -> Callable[[Any], Document]:
    """``document(app)``: its document, which is valid."""
    return written_of


@pytest.fixture(scope="session")
def operation() -> Callable[[Any, str], Document]:
    """``operation(app, "get /books/{id}")``: one operation of its document."""

    def find(app: Any, name: str) -> Document:
        method, path = name.split()
        found: Document = written_of(app)["paths"][path][method]
        return found

    return find


@pytest.fixture(scope="session")
def schemas() -> Callable[[Any], Document]:
    """``schemas(app)``: the components of its document."""
    return lambda app: written_of(app)["components"]["schemas"]

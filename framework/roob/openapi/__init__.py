"""The whole app as an OpenAPI 3.1 document, and a page that lets people try it.

``describe`` keeps what a handler says of itself; ``document`` walks the table of routes
by way of ``fields``, ``operations``, ``signatures`` and ``members``; ``schemas`` asks
pydantic what types look like; ``pages`` serves the document and its page.
"""

from roob.openapi.describe import Answer, Schema, describe
from roob.openapi.pages import add_openapi

__all__ = ["Answer", "Schema", "add_openapi", "describe"]

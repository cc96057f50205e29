"""The answer to a POST that made something with an address of its own."""

from collections.abc import Mapping

from roob.constants import HttpStatus
from roob.models.requests import Request
from roob.models.responses import JSONResponse


def created(
    request: Request, new_id: int, content: Mapping[str, object]
) -> JSONResponse:
    """201 with ``Location: /api/brands/4`` for a POST to ``/api/brands``."""
    location = f"{request.path.rstrip('/')}/{new_id}"
    return JSONResponse(content, HttpStatus.CREATED, {"Location": location})

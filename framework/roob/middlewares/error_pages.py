"""On the way out: an error as a page, for those who read pages."""

from collections.abc import Callable
from json import JSONDecodeError
from typing import Any

from webob import Response

from roob.constants import ContentType
from roob.middlewares.base import Middleware
from roob.models.requests import Request
from roob.models.responses import HTMLResponse, add_headers, vary_by
from roob.utils.json_util import JSONUtils

_OF_THE_BODY = ("content-type", "content-length")
_JSON_TYPES = (ContentType.JSON.value, ContentType.PROBLEM.value)


class ErrorPagesMiddleware(Middleware):
    """Shows errors by a template, ``error.html``, to who prefers HTML to JSON.

    The template is given ``code`` (404), ``reason`` ("Not Found"), ``message`` and
    ``request_id``, which is empty where the server is not to blame; and ``request``
    and ``root`` as every page is.
    """

    def __init__(self, app: Any, template: str = "error.html") -> None:
        super().__init__(app)
        self._fill: Callable[[str, dict[str, Any]], str] = app.template
        self._template = template

    def process_response(self, request: Request, response: Response) -> Response:
        """The same status and headers, the message on a page."""
        if not _is_said_in_json(response):
            return response
        vary_by(response, "Accept")
        return self._page(request, response) if _is_for_people(request) else response

    def _page(self, request: Request, response: Response) -> Response:
        context = _context(request, response)
        page = HTMLResponse(self._fill(self._template, context), response.status)
        kept = [
            (name, value)
            for name, value in response.headerlist
            if name.lower() not in _OF_THE_BODY
        ]
        add_headers(page, kept)
        return page


def _is_said_in_json(response: Response) -> bool:
    """Whether it is an error in JSON; a stream, whose end is not known, is none."""
    is_error = response.status_code >= 400 and response.content_length is not None
    return is_error and response.content_type in _JSON_TYPES


def _is_for_people(request: Request) -> bool:
    offers = request.accept.acceptable_offers([*_JSON_TYPES, "text/html"])
    return offers[:1] != [] and offers[0][0] == "text/html"


def _context(request: Request, response: Response) -> dict[str, Any]:
    said = _said(response)
    code, _, reason = response.status.partition(" ")
    return {
        "request": request,
        "root": request.script_name,
        "code": int(code),
        "reason": reason,
        "message": said.get("message", ""),
        "request_id": said.get("request_id", ""),
    }


def _said(response: Response) -> dict[str, Any]:
    """The object in the body; an empty one where it is none, as to a HEAD."""
    try:
        said = JSONUtils.decode(response.body)
    except JSONDecodeError:
        return {}
    return said if isinstance(said, dict) else {}

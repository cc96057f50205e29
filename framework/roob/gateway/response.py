"""The answer that the handlers of a chain fill in, one after the other."""

from typing import Any

import webob

from roob.constants import ContentType, HttpStatus, Status
from roob.headers import HeaderItems, HeaderList
from roob.models.responses import Response, close_body
from roob.types import WSGIEnvironment
from roob.utils.json_util import JSONUtils

# What describes one body, and goes with it when another one takes its place.
_OF_A_BODY = (
    "content-type",
    "content-length",
    "content-encoding",
    "content-language",
    "content-disposition",
    "content-range",
    "accept-ranges",
    "etag",
    "last-modified",
)
_ADD_UP = {"set-cookie", "vary"}
# What is meant for a success, and would be wrong on an error.
_OF_A_SUCCESS = ("cache-control", "expires", "location", "set-cookie")


class ChainResponse(Response):
    """A response that knows whether anybody has answered with it.

    A status or a body is an answer; headers alone are not: they go out with
    whatever the answer becomes.
    """

    _has_status = False

    def __init__(self) -> None:
        super().__init__()
        self._has_status = False

    def __setattr__(self, name: str, value: Any) -> None:
        # WebOb sets this one, whichever of its attributes has been assigned to.
        if name == "_status":
            self._has_status = True
        super().__setattr__(name, value)

    @property
    def is_answered(self) -> bool:
        """Whether a handler has given it a status, or a body that is not empty."""
        body = self._app_iter
        return self._has_status or not isinstance(body, list | tuple) or any(body)

    @property
    def json(self) -> Any:
        """What is in the body; setting it makes the body, and its content type."""
        return super().json

    @json.setter
    def json(self, content: object) -> None:
        self.body = JSONUtils.encode(content)
        self.headers["Content-Type"] = ContentType.JSON.value

    json_body = json

    def take(
        self,
        answer: webob.Response,
        environ: WSGIEnvironment,
        status: Status | None = None,
        headers: HeaderItems = (),
    ) -> None:
        """Become that answer, as it would be sent for that request.

        A status and headers that are given take the place of its own. Headers that
        are set already stay where the answer has none of their name; cookies and
        what the answer varies by add up.
        """
        sent = Response.from_wsgi(answer, environ)
        sent.status = sent.status if status is None else status
        sent.add_headers(headers)
        replaced = {name.lower() for name, _ in sent.headerlist} - _ADD_UP
        kept = HeaderList(self.headerlist).without((*_OF_A_BODY, *replaced))
        close_body(self)
        self.status = sent.status
        self.headerlist = kept + sent.headerlist
        self._app_iter = sent.app_iter

    def forget(self) -> None:
        """Drop what was to be answered, for an error to take its place."""
        close_body(self)
        self.status = HttpStatus.OK
        kept = HeaderList(self.headerlist).without((*_OF_A_BODY, *_OF_A_SUCCESS))
        self.headerlist = [("Content-Type", ContentType.HTML.value), *kept]
        self._app_iter = []
        self._has_status = False

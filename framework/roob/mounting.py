"""Any WSGI application under a prefix of this one."""

from typing import Any

from roob.models.requests import Request, rewind_body
from roob.models.responses import Response
from roob.types import WSGIApp


class MountedApp:
    """A handler that passes its requests on, the prefix moved to ``SCRIPT_NAME``.

    ``MountedApp("/admin", app)``: ``/admin/users`` arrives there as ``/users``, with
    ``SCRIPT_NAME`` ``/admin`` (PEP 3333, "URL reconstruction").
    """

    def __init__(self, prefix: str, app: WSGIApp) -> None:
        # environ has UTF-8's bytes as latin-1 letters.
        self._prefix = prefix.encode().decode("latin-1")
        self._app = app

    def __call__(self, request: Request, **_parameters: Any) -> Response:
        """The application's answer."""
        rewind_body(request.environ)
        environ = dict(request.environ)
        environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + self._prefix
        environ["PATH_INFO"] = environ["PATH_INFO"][len(self._prefix) :]
        return Response.from_wsgi(self._app, environ)

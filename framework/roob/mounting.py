"""Any WSGI application under a prefix of this one."""

from typing import Any

from roob.models.requests import Request
from roob.models.responses import Response
from roob.types import WSGIApp


class MountedApp:
    """A handler that passes its requests on, the prefix moved to ``SCRIPT_NAME``.

    ``MountedApp("/admin", app)``: ``/admin/users`` arrives there as ``/users``, with
    ``SCRIPT_NAME`` ``/admin`` (PEP 3333, "URL reconstruction").
    """

    def __init__(self, prefix: str, app: WSGIApp) -> None:
        # Segments, not letters: a field in the prefix has another length each time.
        self._length = prefix.count("/") + 1
        self.app = app

    def __call__(self, request: Request, /, **_parameters: Any) -> Response:
        """The application's answer."""
        environ = dict(request.environ)
        texts = environ.get("PATH_INFO", "").split("/")
        mounted_at = environ.get("SCRIPT_NAME", "")
        environ["SCRIPT_NAME"] = mounted_at + "/".join(texts[: self._length])
        environ["PATH_INFO"] = "".join(f"/{text}" for text in texts[self._length :])
        return Response.from_wsgi(self.app, environ)

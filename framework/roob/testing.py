"""The client's side of a test: httpx, talking to an application in this process."""

from typing import Any
from urllib.parse import unquote_to_bytes

import httpx

from roob.types import StartResponse, WSGIApp, WSGIEnvironment


class TestClient(httpx.Client):
    """``TestClient(app).get("/books/7").json()``: no server, no socket.

    Takes any WSGI application, and every keyword of ``httpx.Client``. Without
    ``raise_app_exceptions`` an exception of the application becomes a 500, as a
    server makes it.
    """

    __test__ = False  # pytest would take it for a class of tests

    def __init__(
        self, app: WSGIApp, *, raise_app_exceptions: bool = True, **options: Any
    ) -> None:
        options.setdefault("base_url", "http://testserver")
        options.setdefault("transport", _Transport(app, raise_app_exceptions))
        super().__init__(**options)


class _Transport(httpx.BaseTransport):
    """httpx's own, which hands the path over decoded where PEP 3333 has bytes."""

    def __init__(self, app: WSGIApp, raise_app_exceptions: bool) -> None:
        self._app = app
        self._raise_app_exceptions = raise_app_exceptions

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        raw_path, _, _ = request.url.raw_path.partition(b"?")
        path = unquote_to_bytes(raw_path).decode("latin-1")

        def app(environ: WSGIEnvironment, start_response: StartResponse) -> Any:
            environ |= {"PATH_INFO": path, "wsgi.input_terminated": True}
            return self._app(environ, start_response)

        try:
            return httpx.WSGITransport(app).handle_request(request)
        except Exception:  # the application's; which ones, only it knows
            if self._raise_app_exceptions:
                raise
            return httpx.Response(500, text="Internal Server Error")

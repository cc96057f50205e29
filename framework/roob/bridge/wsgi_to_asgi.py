"""A WSGI app on an ASGI server: what the server calls with a scope."""

from collections.abc import Iterable

from roob.bridge.http import serve_http
from roob.bridge.lifespan import Hook, Lifespan
from roob.bridge.messages import Receive, Scope, Send
from roob.bridge.pool import Pool
from roob.bridge.websocket import serve_websocket
from roob.types import WSGIApp


class WsgiToAsgi:
    """Any WSGI app as an ASGI app: ``application = WsgiToAsgi(app)``.

    ::

        gunicorn -k asgi module:application

    Each request runs in one thread from its beginning to its end, in a copy of the
    context that the server gave it. At most ``requests`` of them run at a time, the
    others wait; and beside them at most ``streams`` that last or whose client is
    slow, beyond which streams and slow uploads are answered 503. A client that moves
    nothing for ``stall_timeout`` seconds is given up: its request ends and its thread
    is free; when its connection is closed is the server's to say.

    ``on_startup`` and ``on_shutdown`` are functions, plain or async, without
    parameters; see :class:`roob.bridge.lifespan.Lifespan`, also for
    ``shutdown_timeout``. Where the app has a ``drain()``, it is called before.

    Raises:
        TypeError: the app cannot be called.
        ValueError: ``requests`` is less than 1, or ``streams`` less than 0.
    """

    def __init__(
        self,
        app: WSGIApp,
        *,
        requests: int = 40,
        streams: int = 1000,
        stall_timeout: float = 60.0,
        shutdown_timeout: float = 10.0,
        on_startup: Iterable[Hook] = (),
        on_shutdown: Iterable[Hook] = (),
    ) -> None:
        if not callable(app):
            raise TypeError(f"{app!r} is no WSGI application")
        if requests < 1 or streams < 0:
            raise ValueError(f"{requests} requests and {streams} streams at a time")
        self.app = app
        self.pool = Pool(requests, streams)
        self._stall_timeout = stall_timeout
        self._lifespan = Lifespan(
            self.pool, on_startup, on_shutdown, self.drain, shutdown_timeout
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, a websocket, or the server's lifespan (ASGI 3.0).

        Raises:
            Exception: what the app raised; see :func:`roob.bridge.http.serve_http`.
            ValueError: a scope of another type.
        """
        kind = scope["type"]
        if kind == "http":
            await serve_http(
                self.app, scope, receive, send, self.pool, self._stall_timeout
            )
        elif kind == "websocket":
            await serve_websocket(self.app, scope, receive, send, self.pool)
        elif kind == "lifespan":
            await self._lifespan.serve(receive, send)
        else:
            raise ValueError(f"Scopes of type {kind!r} are not served")

    def drain(self) -> None:
        """Tell the app that its server stops, where it wants to know."""
        drain = getattr(self.app, "drain", None)
        if callable(drain):
            drain()

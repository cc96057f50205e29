"""One HTTP request through the bridge, in the event loop: in, to the app, and out."""

import json
import logging
from contextlib import suppress

from roob.bridge.answers import Head
from roob.bridge.client import Client, ClientDisconnected, ClientStalled
from roob.bridge.environ import environ_of
from roob.bridge.exchange import Answer, Exchange
from roob.bridge.incoming import Incoming
from roob.bridge.messages import Receive, Scope, Send
from roob.bridge.outgoing import Outgoing, Sender
from roob.bridge.pool import NoRoom, Pool
from roob.types import WSGIApp

logger = logging.getLogger(__name__)


async def serve_http(
    app: WSGIApp,
    scope: Scope,
    receive: Receive,
    send: Send,
    pool: Pool,
    stall_timeout: float,
) -> None:
    """Answer one request with a WSGI app.

    503 where it lasts, by its answer or by its client, and no more streams may run,
    or where no thread can be started; 400 or 408 where the request's body ends too
    early or does not come.

    Raises:
        Exception: what the app raised, before its answer (the server says 500) or
            in the middle of it (the server closes the connection).
    """
    request = _Request(scope, receive, send, stall_timeout)
    try:
        answer = await request.handed_to(app, pool)
        await request.answered_by(answer)
    except NoRoom as refusal:
        await request.refused(503, str(refusal))
    except ClientDisconnected as gone:
        logger.info("%s %s: %s", scope["method"], scope["path"], gone)
        status = 408 if isinstance(gone, ClientStalled) else 400
        await request.refused(status, str(gone))
    finally:
        request.over()


class _Request:
    def __init__(
        self, scope: Scope, receive: Receive, send: Send, stall_timeout: float
    ) -> None:
        self._scope = scope
        self._client = Client(stall_timeout)
        self._incoming = Incoming(receive, self._client)
        self._outgoing = Outgoing(self._client)
        self._sender = Sender(send, stall_timeout)

    async def handed_to(self, app: WSGIApp, pool: Pool) -> Answer:
        environ = environ_of(self._scope)
        environ["wsgi.input"] = await self._incoming.open(environ)
        environ["roob.disconnected"] = self._incoming.is_disconnected
        exchange = Exchange(app, environ, self._client, self._outgoing)
        answer = await pool.run_request(exchange.serve)
        # Whatever the app has made of a body that it could not read.
        if self._client.refusal is not None and answer.pieces is not None:
            raise self._client.refusal
        return answer

    async def answered_by(self, answer: Answer) -> None:
        await self._sender.start(answer.head)
        if answer.pieces is not None:
            await self._sender.whole(answer.pieces)
            return
        self._incoming.listen()
        while piece := await self._outgoing.take():
            await self._sender.piece(piece)
            self._outgoing.taken(len(piece))
        await self._sender.end()

    async def refused(self, status: int, message: str) -> None:
        """Say why, where nothing has been said yet; who has gone does not hear it."""
        if self._sender.has_started:
            return
        body = json.dumps({"message": message}).encode()
        headers = [(b"content-type", b"application/json")]
        if status == 503:
            headers.append((b"retry-after", b"1"))
        head = Head(status, headers, None, self._scope["method"] != "HEAD")
        head.measure([body])
        with suppress(ClientDisconnected):
            await self._sender.start(head)
            await self._sender.whole([body] if head.has_body else ())

    def over(self) -> None:
        """Nobody waits for more; the app may still be closing its body."""
        self._client.leave()
        self._incoming.stop()

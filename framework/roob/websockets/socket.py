"""What a websocket's handler is given: messages in, messages out, one end.

The handler is ordinary synchronous code; its thread is the connection's.
"""

from collections.abc import Collection, Iterator
from json import JSONDecodeError
from typing import Any

from roob.exceptions import BadRequest
from roob.headers import HeaderItems, HeaderList
from roob.models.requests import Request
from roob.utils.json_util import JSONUtils
from roob.websockets.closing import CloseCode, ConnectionClosed, check_closing
from roob.websockets.handshake import choose_subprotocol, offered_subprotocols
from roob.websockets.transport import Message, Transport


class WebSocket:
    """One client's connection::

        @app.websocket("/echo")
        def echo(socket):
            for message in socket:      # str or bytes, until it is closed
                socket.send(message)

    The handshake is accepted by the first use; before that a handler may still
    refuse: ``return {"message": "No"}, 403`` or ``raise ResponseError("No", 403)``.
    Once it is accepted, other threads may send and close too.
    """

    def __init__(
        self, request: Request, transport: Transport, subprotocols: Collection[str] = ()
    ) -> None:
        self.request = request
        self.subprotocol: str | None = None
        self.is_accepted = False
        self._transport = transport
        self._subprotocols = subprotocols

    def accept(self, subprotocol: str | None = None, headers: HeaderItems = ()) -> None:
        """Answer the handshake with 101; without a subprotocol, the first of the
        endpoint's that the client offers.

        Raises:
            ValueError: the client offers no such subprotocol, or a header is unfit.
            RuntimeError: it is accepted already.
            ConnectionClosed: the client has gone.
        """
        if self.is_accepted:
            raise RuntimeError("The websocket is accepted already")
        offered = offered_subprotocols(self.request.environ)
        if subprotocol is None:
            subprotocol = choose_subprotocol(offered, self._subprotocols)
        elif subprotocol not in offered:
            raise ValueError(f"The client does not offer {subprotocol!r}: {offered}")
        self._transport.accept(subprotocol, HeaderList.checked(headers))
        self.subprotocol = subprotocol
        self.is_accepted = True

    def _accepted(self) -> Transport:
        if not self.is_accepted:
            self.accept()
        return self._transport

    def receive(self, timeout: float | None = None) -> Message:
        """The next message, waited for so many seconds, or for as long as it takes.

        Raises:
            ConnectionClosed: there will be none.
            TimeoutError: none came in time.
        """
        return self._accepted().receive(timeout)

    def __iter__(self) -> Iterator[Message]:
        """All messages, until the connection ends (see ``close_code``)."""
        while True:
            try:
                message = self.receive()
            except ConnectionClosed:
                return
            yield message

    def receive_json(self, timeout: float | None = None) -> Any:
        """The next message as JSON: ``'{"id": 5}' -> {"id": 5}``.

        Raises:
            BadRequest: it is no JSON; unless it is caught, it closes with 1008.
            ConnectionClosed, TimeoutError: as :meth:`receive`.
        """
        message = self.receive(timeout)
        try:
            return JSONUtils.decode(
                message.encode() if isinstance(message, str) else message
            )
        except JSONDecodeError as error:
            raise BadRequest(
                f"The message is not valid JSON: {error.msg} "
                f"at line {error.lineno}, column {error.colno}"
            ) from error

    def send(self, message: Message) -> None:
        """Send text (``str``) or bytes; waits while the client reads too slowly.

        Raises:
            ConnectionClosed: it is closed, or is cut now since the client has taken
                nothing for the endpoint's ``send_timeout``.
            TypeError: it is neither.
            UnicodeEncodeError: the text has half a surrogate pair in it.
        """
        if not isinstance(message, str | bytes):
            raise TypeError(
                f"a websocket sends str or bytes, not {type(message).__name__}; "
                "send_json() sends the rest"
            )
        if isinstance(message, str) and not message.isascii():
            message.encode()  # here, not in a server that may pass over it
        self._accepted().send(message)

    def send_json(self, content: object) -> None:
        """Send an object as JSON text: see ``JSONUtils.encode`` for what may be in it.

        Raises:
            TypeError, ValueError: it has no JSON form.
            ConnectionClosed: as :meth:`send`.
        """
        self.send(JSONUtils.encode(content).decode())

    def close(self, code: int = CloseCode.NORMAL, reason: str = "") -> None:
        """End the connection; closing twice is no error.

        Returns when the client has answered, or has had five seconds for it.

        Raises:
            ValueError: the code may not be sent, or the reason is over 123 bytes.
        """
        self._accepted().close(check_closing(code, reason))

    @property
    def is_open(self) -> bool:
        """Whether the client is still there: for handlers that only send."""
        return self._accepted().is_open()

    @property
    def close_code(self) -> int | None:
        """How it ended: 1000, 1001 ...; 1006 where it broke; None while it is open."""
        closing = self._transport.closing
        return None if closing is None else closing.code

    @property
    def close_reason(self) -> str:
        """The words that came with the code."""
        closing = self._transport.closing
        return "" if closing is None else closing.reason

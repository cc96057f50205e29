"""One HTTP request through the bridge, in the app's thread: called, iterated, closed.

A body that is there as a whole frees the thread at once and the event loop sends it;
another goes through ``Outgoing``, piece by piece.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from types import TracebackType
from typing import Any

from roob.bridge.answers import Head, Headers, head_of
from roob.bridge.client import Client
from roob.bridge.outgoing import Outgoing
from roob.bridge.pool import NoRoom, Slot, harmless
from roob.types import WSGIApp, WSGIEnvironment

_ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]
# Of no subclass: it may have a close() that has to be called.
_WHOLE = (list, tuple)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """What is to be sent; without ``pieces``, those that come through ``Outgoing``."""

    head: Head
    pieces: Sequence[bytes] | None = None


class Exchange:
    """A WSGI app and one request: the server's side of PEP 3333."""

    def __init__(
        self,
        app: WSGIApp,
        environ: WSGIEnvironment,
        client: Client,
        outgoing: Outgoing,
    ) -> None:
        self._app = app
        self._environ = environ
        self._client = client
        self._outgoing = outgoing
        self._head: Head | None = None
        self._is_open = False
        self._is_finished = False

    def serve(self, slot: Slot) -> Answer:
        """From the call of the app to the close() of its body.

        The answer is returned where it is whole; one that is not is handed over with
        its first piece, and this returns when it has ended.

        Raises:
            Exception: what the app raised, where nothing has been sent yet.
        """
        self._client.slot = slot
        try:
            return self._serve()
        except BaseException as error:  # whatever ends the app ends its answer
            if not self._is_open:
                raise
            return self._end_by(error)

    def _serve(self) -> Answer:
        body = self._app(self._environ, self.start_response)
        try:
            return self._send(body)
        finally:
            close = getattr(body, "close", None)
            if close is not None:
                close()

    def _end_by(self, error: BaseException) -> Answer:
        if self._is_finished:
            logger.error("Closing a body that was sent failed", exc_info=error)
        else:
            self._outgoing.finish(harmless(error))
        return Answer(self._started)

    def start_response(
        self, status: str, headers: Headers, exc_info: Any = None, /
    ) -> Any:
        """Take status and headers; they go out with the body's first piece.

        Raises:
            RuntimeError: it is called a second time, without an error.
            Exception: the error, where the first ones have been sent.
        """
        if exc_info:
            self._raise_if_sent(exc_info)
        elif self._head is not None:
            raise RuntimeError("start_response was called twice")
        self._head = head_of(status, headers, self._environ["REQUEST_METHOD"])
        return self._write

    def _raise_if_sent(self, exc_info: _ExcInfo) -> None:
        try:
            if self._is_open:
                raise exc_info[1].with_traceback(exc_info[2])
        finally:
            del exc_info  # its traceback holds this frame

    def _send(self, body: Iterable[bytes]) -> Answer:
        if self._head is not None and type(body) in _WHOLE and not self._is_open:
            return self._whole(self._head, [*body])
        pieces = iter(body)
        # An app that is a generator calls start_response for its first piece.
        first = next(pieces, b"") if self._head is None else b""
        if not self._started.has_body:
            return Answer(self._started, ())
        self._count_among_streams()
        for piece in chain((first,), pieces):
            self._write(piece)
        return self._finish()

    def _whole(self, head: Head, pieces: list[bytes]) -> Answer:
        if not head.has_body:
            return Answer(head, ())
        for piece in pieces:
            _check(piece)
        head.measure(pieces)
        return Answer(head, pieces)

    @property
    def _started(self) -> Head:
        if self._head is None:
            raise RuntimeError("The application has not called start_response")
        return self._head

    def _count_among_streams(self) -> None:
        """Unless its length says that it will end, it may last."""
        is_endless = self._started.content_length is None
        if is_endless and not self._client.slot.become_stream():
            raise NoRoom("No more streams can be served at this time")

    def _write(self, piece: bytes) -> None:
        _check(piece)
        if not (piece and self._started.has_body):
            return
        if not self._is_open:
            self._count_among_streams()
            self._is_open = True
            self._client.slot.hand_over(Answer(self._started))
        self._outgoing.put(piece)

    def _finish(self) -> Answer:
        if not self._is_open:
            return self._whole(self._started, [])
        self._is_finished = True
        self._outgoing.finish()
        return Answer(self._started)


def _check(piece: object) -> None:
    if not isinstance(piece, bytes):
        raise TypeError(f"A body consists of bytes, not of {type(piece).__name__}")

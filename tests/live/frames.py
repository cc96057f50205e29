"""A client of bytes: frames as no library would send them (RFC 6455 5.2)."""

import os
import socket
import struct
from dataclasses import dataclass
from typing import Self

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
KEY = "dGhlIHNhbXBsZSBub25jZQ=="  # RFC 6455 1.3


def frame(
    opcode: int,
    payload: bytes = b"",
    *,
    fin: bool = True,
    rsv: int = 0,
    is_masked: bool = True,
    length: int | None = None,
) -> bytes:
    """One frame; ``length`` is what its header says, be it true or not."""
    first = (fin << 7) | (rsv << 4) | opcode
    head = bytes([first]) + _length(len(payload) if length is None else length)
    if not is_masked:
        return head + payload
    key = os.urandom(4)
    masked = bytes(b ^ key[n % 4] for n, b in enumerate(payload))
    return head[:1] + bytes([head[1] | 0x80]) + head[2:] + key + masked


def _length(length: int) -> bytes:
    if length < 126:
        return bytes([length])
    if length < 65536:
        return b"\x7e" + struct.pack("!H", length)
    return b"\x7f" + struct.pack("!Q", length)


def close_frame(code: int, reason: bytes = b"") -> bytes:
    return frame(CLOSE, struct.pack("!H", code) + reason)


def handshake(path: str, host: str = "localhost", **headers: str) -> bytes:
    """The request; ``Origin="https://x"``, ``Sec_WebSocket_Key=""`` change it."""
    lines = {
        "Host": host,
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": KEY,
        "Sec-WebSocket-Version": "13",
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value)
    return f"GET {path} HTTP/1.1\r\n{head}\r\n".encode()


@dataclass
class RawClient:
    """A socket, and what is read of it: ``with RawClient.connect(port, "/echo")``."""

    sock: socket.socket
    head: bytes = b""
    buffer: bytes = b""

    @classmethod
    def connect(cls, port: int, path: str, early: bytes = b"", **headers: str) -> Self:
        """Shake hands; ``early`` goes out in the same packet."""
        sock = socket.create_connection(("127.0.0.1", port), timeout=10)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.sendall(handshake(path, **headers) + early)
        client = cls(sock)
        client.head = client._read_head()
        return client

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.sock.close()

    @property
    def status(self) -> int:
        return int(self.head.split(b" ", 2)[1])

    def _read_head(self) -> bytes:
        while b"\r\n\r\n" not in self.buffer:
            piece = self.sock.recv(65536)
            assert piece, f"no answer: {self.buffer!r}"
            self.buffer += piece
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        return head

    def send(self, *frames: bytes) -> None:
        self.sock.sendall(b"".join(frames))

    def rest(self) -> bytes:
        """Everything until the server closes."""
        pieces = [self.buffer]
        try:
            while piece := self.sock.recv(65536):
                pieces.append(piece)
        except ConnectionResetError:
            pieces.append(b"RESET")
        return b"".join(pieces)

    def _exactly(self, size: int) -> bytes:
        while len(self.buffer) < size:
            piece = self.sock.recv(65536)
            if not piece:
                raise EOFError(f"closed amid a frame: {self.buffer!r}")
            self.buffer += piece
        taken, self.buffer = self.buffer[:size], self.buffer[size:]
        return taken

    def receive(self) -> tuple[int, bytes]:
        """The next frame: opcode and payload. Servers mask nothing.

        Raises:
            EOFError: the server has closed.
            ConnectionResetError: it has reset the connection.
        """
        first, length = self._exactly(2)
        assert first & 0x80, "servers here send whole messages"
        assert not length & 0x80, "a server must not mask"
        if length == 126:
            (length,) = struct.unpack("!H", self._exactly(2))
        elif length == 127:
            (length,) = struct.unpack("!Q", self._exactly(8))
        return first & 0x0F, self._exactly(length)

    def close_code(self) -> int | str:
        """The code of the server's close frame, whatever comes before it."""
        try:
            opcode, payload = self.receive()
            while opcode != CLOSE:
                opcode, payload = self.receive()
        except ConnectionResetError:
            return "reset"
        except EOFError:
            return "dropped"
        return struct.unpack("!H", payload[:2])[0] if payload else 1005

"""The client's side below HTTP: bytes on a socket, for what httpx would not send."""

import http.client
import socket
from dataclasses import dataclass
from email.message import Message
from urllib.parse import urlsplit

SECONDS_TO_ANSWER = 10


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Message
    body: bytes


def connect(base_url: str) -> socket.socket:
    address = urlsplit(base_url)
    assert address.hostname
    return socket.create_connection(
        (address.hostname, address.port or 80), SECONDS_TO_ANSWER
    )


def request(
    method: bytes,
    target: bytes,
    *headers: bytes,
    body: bytes = b"",
    then: str = "close",
) -> bytes:
    lines = [
        method + b" " + target + b" HTTP/1.1",
        b"Host: inventory.example",
        b"Connection: " + then.encode(),
        *headers,
        b"",
    ]
    return b"\r\n".join([*lines, body])


def post(target: bytes, *headers: bytes, body: bytes = b"") -> bytes:
    return request(
        b"POST", target, b"Content-Type: application/json", *headers, body=body
    )


def chunk(content: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(content), content)


def exchange(base_url: str, sent: bytes, *, is_cut: bool = False) -> Answer:
    """Send the bytes and read one answer; ``is_cut``: no more will ever come."""
    with connect(base_url) as stream:
        stream.sendall(sent)
        if is_cut:
            stream.shutdown(socket.SHUT_WR)
        return read_answer(stream, sent.partition(b" ")[0].decode("latin-1"))


def read_answer(stream: socket.socket, method: str) -> Answer:
    response = http.client.HTTPResponse(stream, method=method)
    with response:
        response.begin()
        return Answer(response.status, response.headers, response.read())


def read_all(base_url: str, sent: bytes) -> bytes:
    """Every byte that comes back until the server closes."""
    received = b""
    with connect(base_url) as stream:
        stream.sendall(sent)
        while part := stream.recv(65536):
            received += part
    return received

"""What breaks RFC 6455, and the code that it is answered with."""

from typing import NamedTuple

from tests.live.frames import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    close_frame,
    frame,
)


class Case(NamedTuple):
    """Frames of a client, and the server's close code (7.4.1)."""

    name: str
    frames: tuple[bytes, ...]
    code: int


_SURROGATE = b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80edited"
_BEYOND = b"\xce\xba\xe1\xbd\xb9\xf4\x90\x80\x80"  # past U+10FFFF

BROKEN = (
    *(
        Case(f"reserved bit {rsv}", (frame(TEXT, b"a", rsv=rsv),), 1002)
        for rsv in (1, 2, 4, 7)
    ),
    Case("reserved bit on a ping", (frame(PING, b"a", rsv=4),), 1002),
    Case("reserved bit on a close", (frame(CLOSE, b"", rsv=1),), 1002),
    *(
        Case(f"reserved opcode {opcode}", (frame(opcode, b"a"),), 1002)
        for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)
    ),
    Case("an unmasked text", (frame(TEXT, b"a", is_masked=False),), 1002),
    Case("an unmasked ping", (frame(PING, b"", is_masked=False),), 1002),
    Case("a ping of 126 bytes", (frame(PING, b"p" * 126),), 1002),
    Case("a pong of 126 bytes", (frame(PONG, b"p" * 126),), 1002),
    Case("a close of 126 bytes", (close_frame(1000, b"r" * 124),), 1002),
    Case("a ping in fragments", (frame(PING, b"a", fin=False),), 1002),
    Case("a pong in fragments", (frame(PONG, b"a", fin=False),), 1002),
    Case("a continuation of nothing", (frame(CONTINUATION, b"a"),), 1002),
    Case(
        "a continuation after the end",
        (
            frame(TEXT, b"a", fin=False),
            frame(CONTINUATION, b"b"),
            frame(CONTINUATION, b"c"),
        ),
        1002,
    ),
    Case("a text amid a text", (frame(TEXT, b"a", fin=False), frame(TEXT, b"b")), 1002),
    Case(
        "bytes amid a text", (frame(TEXT, b"a", fin=False), frame(BINARY, b"b")), 1002
    ),
    Case("a long length for little", (b"\x81\xfe\x00\x05", b"abcd", b"\0" * 5), 1002),
    Case(
        "a longer length for little",
        (b"\x81\xff" + b"\0" * 7 + b"\x05", b"abcd", b"\0" * 5),
        1002,
    ),
    Case("a length with its first bit", (b"\x81\xff\x80" + b"\0" * 7, b"abcd"), 1002),
    Case("no UTF-8", (frame(TEXT, _SURROGATE),), 1007),
    Case("no letter of Unicode", (frame(TEXT, _BEYOND),), 1007),
    Case("half a letter at the end", (frame(TEXT, "€".encode()[:2]),), 1007),
    Case(
        "no UTF-8 over two fragments",
        (frame(TEXT, _SURROGATE[:12], fin=False), frame(CONTINUATION, _SURROGATE[12:])),
        1007,
    ),
    Case(
        "half a letter and no more",
        (frame(TEXT, "€".encode()[:2], fin=False), frame(CONTINUATION, b"")),
        1007,
    ),
    Case("a close of one byte", (frame(CLOSE, b"\x03"),), 1002),
    *(
        Case(f"a close with {code}", (close_frame(code),), 1002)
        for code in (
            0,
            999,
            1004,
            1005,
            1006,
            1015,
            1016,
            1100,
            2000,
            2999,
            5000,
            65535,
        )
    ),
    Case("a close whose reason is no UTF-8", (close_frame(1000, _SURROGATE),), 1007),
)

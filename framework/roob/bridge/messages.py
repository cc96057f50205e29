"""The shapes that ASGI's servers and apps hand to each other."""

from collections.abc import Awaitable, Callable
from typing import Any

# Their keys are those of the specification; what they hold depends on their "type".
Scope = dict[str, Any]
Message = dict[str, Any]

# Bytes of a body that wait between the app and its server, and of one message.
WINDOW = 65536

Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]

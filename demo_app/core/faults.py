"""A route that fails on purpose, to watch how an unexpected error is answered."""

from roob.models.requests import Request
from roob.openapi import Answer, Schema, describe
from roob.route_group import RouteGroup

CRASH = Schema(
    {
        "type": "object",
        "properties": {"message": {"type": "string"}, "request_id": {"type": "string"}},
        "required": ["message", "request_id"],
    },
    "Crash",
)


@describe(tags=["faults"], responses={500: Answer(CRASH, "Always")})
def crash(_request: Request) -> None:
    """Raise what no handler expects.

    Raises:
        RuntimeError: always.
    """
    raise RuntimeError("This crash was asked for")


def register(api: RouteGroup) -> None:
    """Put the route into the group."""
    api.add_route("/crash", crash, ["GET"])

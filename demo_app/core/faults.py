"""A route that fails on purpose, to watch how an unexpected error is answered."""

from roob.models.requests import Request
from roob.route_group import RouteGroup


def crash(_request: Request) -> None:
    """Raise what no handler expects.

    Raises:
        RuntimeError: always.
    """
    raise RuntimeError("This crash was asked for")


def register(api: RouteGroup) -> None:
    """Put the route into the group."""
    api.add_route("/crash", crash, ["GET"])

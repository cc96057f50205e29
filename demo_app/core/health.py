"""From HTTP to whoever watches the process: is it alive, may it get requests."""

import logging
from collections.abc import Callable

from roob.constants import HttpStatus
from roob.models.requests import Request
from roob.openapi import Answer, describe
from roob.orm.exceptions import OrmError
from roob.route_group import RouteGroup

from demo_app.core import shapes

logger = logging.getLogger("demo_app.health")


class Health:
    """``/health/live`` and ``/health/ready``.

    ``check`` raises an ``OrmError`` where the database does not answer.
    """

    def __init__(self, check: Callable[[], None]) -> None:
        self._check = check
        self._is_draining = False

    def drain(self) -> None:
        """Ask for no more requests; those under way are finished."""
        self._is_draining = True

    @describe(tags=["health"])
    def live(self, _request: Request) -> shapes.Health:
        """200 as long as the process answers at all."""
        return {"status": "alive"}

    @describe(
        tags=["health"],
        responses={
            200: shapes.Health,
            503: Answer(shapes.Health, "Draining, or without the database"),
        },
    )
    def ready(self, _request: Request) -> tuple[shapes.Health, HttpStatus]:
        """200, or 503 while draining and without the database."""
        if self._is_draining:
            return {"status": "draining"}, HttpStatus.SERVICE_UNAVAILABLE
        try:
            self._check()
        except OrmError as error:
            logger.warning("not ready: %s", error)
            return {"status": "no database"}, HttpStatus.SERVICE_UNAVAILABLE
        return {"status": "ready"}, HttpStatus.OK


def register(app: RouteGroup, health: Health) -> None:
    """Put the routes into the app."""
    app.add_route("/health/live", health.live, ["GET"])
    app.add_route("/health/ready", health.ready, ["GET"])

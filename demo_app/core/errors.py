"""When something below raised: one table from the errors to their status."""

import logging
from collections.abc import Mapping
from types import MappingProxyType

from roob.constants import HttpStatus
from roob.framework import Roob
from roob.models.problems import error_answer
from roob.models.requests import Request
from roob.models.responses import Response
from roob.orm.exceptions import OutOfSpaceError, TransientError, UnavailableError

from demo_app.service.errors import Conflict, Invalid, InventoryError, NotFound

logger = logging.getLogger("demo_app.errors")

STATUS: Mapping[type[Exception], HttpStatus] = MappingProxyType(
    {
        Invalid: HttpStatus.BAD_REQUEST,
        NotFound: HttpStatus.NOT_FOUND,
        Conflict: HttpStatus.CONFLICT,
        TransientError: HttpStatus.SERVICE_UNAVAILABLE,
        OutOfSpaceError: HttpStatus.SERVICE_UNAVAILABLE,
        UnavailableError: HttpStatus.SERVICE_UNAVAILABLE,
    }
)


def answer(request: Request, error: Exception) -> Response:
    """The error's own words, and the status of its kind: 404, 409 ..."""
    return error_answer(request, {"message": str(error)}, _status_of(error))


def answer_unavailable(request: Request, error: Exception) -> Response:
    """503 with a request to come back; the log alone gets the database's words."""
    logger.error("%s: %s, request id %s", type(error).__name__, error, request.id)
    return error_answer(
        request,
        {"message": "The inventory's database is not available, try again soon"},
        _status_of(error),
        {"Retry-After": "1"},
    )


def register(app: Roob) -> None:
    """Let the app answer every error of the table."""
    for kind in STATUS:
        is_ours = issubclass(kind, InventoryError)
        app.add_exception_handler(kind, answer if is_ours else answer_unavailable)


def _status_of(error: Exception) -> HttpStatus:
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)

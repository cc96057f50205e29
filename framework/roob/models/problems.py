"""An error's answer in one of two forms of JSON, as the client prefers (RFC 9457)."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from webob.acceptparse import AcceptValidHeader

from roob.constants import ContentType, Status, status_line
from roob.exceptions import problem_members
from roob.models.requests import Request
from roob.models.responses import JSONResponse, Response, vary_by

_OFFERS = (ContentType.PROBLEM.value, ContentType.JSON.value)
# What a path may have unquoted, beside letters and digits (RFC 3986 3.3).
_SAFE = "/:@!$&'()*+,;=-._~"


class ProblemResponse(JSONResponse):
    """``application/problem+json``: ``ProblemResponse({"status": 404, ...}, 404)``."""

    content_type_header = ("Content-Type", ContentType.PROBLEM.value)


def error_answer(
    request: Request,
    content: Mapping[str, object],
    status: Status,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """What went wrong, ``{"message": "No"}``, as JSON or, where preferred, a problem.

    A problem has its members before what the content says.
    """
    # Nearly all requests have no such type to prefer, and are told apart by a letter.
    if "+" in request.environ.get("HTTP_ACCEPT", "") and prefers_problem(request):
        return _problem(request, content, status_line(status), headers)
    return JSONResponse(content, status, headers)


def prefers_problem(request: Request) -> bool:
    """Whether ``Accept`` gives problems no lower a quality than JSON (RFC 9110 12.5.1).

    One that names both alike has read RFC 9457; one that cannot be read says nothing.
    """
    if ContentType.PROBLEM not in request.environ.get("HTTP_ACCEPT", "").lower():
        return False
    accept = request.accept
    if not isinstance(accept, AcceptValidHeader):
        return False
    offers = accept.acceptable_offers(_OFFERS)
    return bool(offers) and offers[0][0] == ContentType.PROBLEM


def _problem(
    request: Request,
    content: Mapping[str, object],
    status: str,
    headers: Mapping[str, str] | None,
) -> Response:
    members: dict[str, Any] = problem_members(status, str(content["message"]))
    members["instance"] = quote(whole_path(request), _SAFE) or "/"
    problem = ProblemResponse({**members, **content}, status, headers)
    vary_by(problem, "Accept")
    return problem


def whole_path(request: Request) -> bytes:
    """Where the request went, with the prefix of a mount, in the bytes that came."""
    environ = request.environ
    raw: str = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    return raw.encode("latin-1", "replace")

"""Before a change is made: did a page of this site ask for it?"""

import re
import secrets
from hmac import compare_digest

from markupsafe import Markup
from webob import Response

from roob.constants import FORM_TYPES, HttpStatus
from roob.exceptions import ResponseError
from roob.middlewares.base import Middleware, bound_body
from roob.models.bodies import is_cross_site
from roob.models.requests import Request
from roob.models.responses import vary_by
from roob.types import WSGIApp

FIELD = "csrf_token"
HEADER = "X-CSRF-Token"

_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_BYTES = 16
_SECRET = re.compile(rf"[0-9a-f]{{{2 * _BYTES}}}")
_TOKEN = re.compile(rf"[0-9a-f]{{{4 * _BYTES}}}")


class CsrfMiddleware(Middleware):
    """Refuses what a page of another site makes a browser send, with 403.

    ``{{ csrf_field(request) }}`` stands in every form that posts. It repeats a cookie
    that other sites can neither read nor send along (``SameSite``). A POST of any type
    that a form can send has to bring the token, as the field ``csrf_token`` or in
    ``X-CSRF-Token``; other types and methods take a browser's leave to cross sites,
    which is never given here, so JSON needs none.
    """

    def __init__(self, app: WSGIApp) -> None:
        super().__init__(app)
        templates = getattr(app, "templates_env", None)
        if templates is not None:
            templates.globals["csrf_field"] = csrf_field

    def process_request(self, request: Request) -> None:
        """Let it through, or not.

        Raises:
            ResponseError: 403, it comes from another site or brings no token.
            BadRequest, ContentTooLarge: as ``Request.POST``.
        """
        if request.method in _SAFE_METHODS:
            return
        if is_cross_site(request.environ):
            raise _refusal("A page of another site may not change anything here")
        if _needs_token(request) and not _is_ours(self._token(request), request):
            raise _refusal(
                f"The form's {FIELD} is missing or not this browser's: go back, load "
                "the page again and send it once more; programs send application/json"
            )

    def _token(self, request: Request) -> str:
        given = request.headers.get(HEADER)
        if given is None:
            bound_body(self.app, request)
            given = request.POST.get(FIELD, "")
        return str(given)

    def process_response(self, request: Request, response: Response) -> Response:
        """Give a browser its cookie, where a page has a token for the first time."""
        if "roob.csrf_secret" not in request.environ:
            return response
        vary_by(response, "Cookie")
        response.headers.setdefault("Cache-Control", "private")
        response.set_cookie(
            _cookie_name(request),
            _secret(request),
            secure=request.scheme == "https",
            httponly=True,
            samesite="Lax",
        )
        return response


def csrf_field(request: Request) -> Markup:
    """The token as a form's hidden field: ``<input type="hidden" ...>``."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(
        FIELD, csrf_token(request)
    )


def csrf_token(request: Request) -> str:
    """What a form of this page sends back; another text each time, for one secret.

    Were it the same, a page that is compressed would betray it, letter by letter, by
    its length (https://www.breachattack.com).
    """
    mask = secrets.token_bytes(_BYTES)
    return mask.hex() + _mixed(mask, bytes.fromhex(_secret(request))).hex()


def _mixed(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


def _secret(request: Request) -> str:
    """The browser's: its cookie's, or a new one, which is then remembered."""
    known: str | None = request.environ.get("roob.csrf_secret")
    if known is None:
        known = _cookie(request) or secrets.token_hex(_BYTES)
        request.environ["roob.csrf_secret"] = known
    return known


def _cookie(request: Request) -> str:
    given = request.cookies.get(_cookie_name(request), "")
    return given if _SECRET.fullmatch(given) else ""


def _cookie_name(request: Request) -> str:
    # Browsers take this prefix from the very host alone, never from a neighbour's.
    return f"__Host-{FIELD}" if request.scheme == "https" else FIELD


def _needs_token(request: Request) -> bool:
    """Whether a form of another site could send this without asking first.

    It can send text/plain and both types of forms (Fetch, 2.2.2 "CORS-safelisted").
    """
    media_type = request.content_type
    is_form = media_type in FORM_TYPES
    is_data = media_type.startswith("application/") or media_type.endswith("xml")
    return request.method == "POST" and (is_form or not is_data)


def _is_ours(token: str, request: Request) -> bool:
    if not _TOKEN.fullmatch(token):
        return False
    mask, rest = bytes.fromhex(token)[:_BYTES], bytes.fromhex(token)[_BYTES:]
    return compare_digest(_mixed(mask, rest).hex(), _cookie(request))


def _refusal(message: str) -> ResponseError:
    return ResponseError(message, HttpStatus.FORBIDDEN)

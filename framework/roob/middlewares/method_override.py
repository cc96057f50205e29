"""Before the router looks: a form's POST becomes the method that it stands for."""

from roob.constants import FORM_TYPES
from roob.exceptions import BadRequest
from roob.middlewares.base import Middleware, bound_body
from roob.models.requests import Request

FIELD = "_method"

_METHODS = ("PUT", "PATCH", "DELETE")


class MethodOverrideMiddleware(Middleware):
    """``<input type="hidden" name="_method" value="DELETE">``: a DELETE by a form.

    HTML's forms know GET and POST alone. Only a POST is another method, and only
    PUT, PATCH or DELETE.
    """

    def process_request(self, request: Request) -> None:
        """Change the method, where the form asks for it.

        Raises:
            BadRequest: it asks for a method that a form may not be.
            BadRequest, ContentTooLarge: as ``Request.POST``.
        """
        if request.method != "POST" or request.content_type not in FORM_TYPES:
            return
        bound_body(self.app, request)
        # JSON that curl sends as a form is left alone: its parser might refuse it.
        if FIELD.encode() not in request.body:
            return
        method = str(request.POST.get(FIELD, "POST")).upper()
        if method not in (*_METHODS, "POST"):
            raise BadRequest(
                f"{FIELD} is {method!r}; a form may be PUT, PATCH or DELETE"
            )
        request.environ["REQUEST_METHOD"] = method

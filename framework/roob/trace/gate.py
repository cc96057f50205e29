"""Who may see the page: whoever has the token, on a name that is this machine's."""

import os
from hmac import compare_digest
from http.cookies import CookieError, SimpleCookie
from secrets import token_urlsafe
from urllib.parse import parse_qs

from roob.types import WSGIEnvironment

ENVIRONMENT = "ROOB_ENV"
TOKEN = "ROOB_TRACE_TOKEN"  # noqa: S105 - the variable's name
COOKIE = "roob_trace"
PREFIX = "/__trace__"
# A page of another site that calls itself by a name of this machine's address is none
# of these (DNS rebinding).
HOSTS = ("localhost", "127.0.0.1", "[::1]")


class TracingRefused(RuntimeError):
    """The page would show users' requests to whoever finds it."""


class Gate:
    """``Gate().refusal(environ) -> "" | the reason``.

    The token is drawn anew for each process, unless ``ROOB_TRACE_TOKEN`` sets it.
    """

    def __init__(self, hosts: tuple[str, ...] = HOSTS) -> None:
        self.token = os.environ.get(TOKEN) or token_urlsafe(24)
        self._hosts = tuple(host.lower() for host in hosts)

    def refusal(self, environ: WSGIEnvironment) -> str:
        """Why a request for the page is refused; empty where it is not."""
        if _host_of(environ) not in self._hosts:
            return f"The trace is shown on {', '.join(self._hosts)} only"
        if not (self.is_opened(environ) or self._is_known(environ)):
            return "Open the address that the server printed at its start"
        return ""

    def is_opened(self, environ: WSGIEnvironment) -> bool:
        """Whether the address itself has the token: then a cookie takes its place."""
        given = parse_qs(environ.get("QUERY_STRING", "")).get("token", [""])[0]
        return self._fits(given)

    def cookie(self, environ: WSGIEnvironment) -> str:
        """The ``Set-Cookie`` that lets a browser in until it is closed."""
        path = environ.get("SCRIPT_NAME", "") + PREFIX
        return f"{COOKIE}={self.token}; Path={path}; HttpOnly; SameSite=Strict"

    def _is_known(self, environ: WSGIEnvironment) -> bool:
        try:
            cookies = SimpleCookie(environ.get("HTTP_COOKIE", ""))
        except CookieError:
            return False
        return COOKIE in cookies and self._fits(cookies[COOKIE].value)

    def _fits(self, given: str) -> bool:
        return compare_digest(given.encode(), self.token.encode())


def _host_of(environ: WSGIEnvironment) -> str:
    """The host's name without its port: ``"[::1]:8000" -> "[::1]"``."""
    host: str = environ.get("HTTP_HOST", "").lower()
    name, _, port = host.rpartition(":")
    return name if port.isdecimal() else host


def refuse_in_production(app: object) -> None:
    """Trace on a developer's machine only.

    Raises:
        TracingRefused: ``ROOB_ENV`` is production, or the app is not in debug.
    """
    if os.environ.get(ENVIRONMENT, "").lower() == "production":
        raise TracingRefused(f"no trace is shown where {ENVIRONMENT} is production")
    if getattr(app, "debug", True) is False:
        raise TracingRefused("no trace is shown of an app that is not in debug")

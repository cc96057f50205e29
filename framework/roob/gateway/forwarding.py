"""A reverse proxy: the request goes on to another server, its answer comes back.

Both are streamed, as the bytes that they are. Needs ``pip install 'roob[proxy]'``.
"""

import logging
import re
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from roob.client import Upstream, UpstreamError, without_hop_by_hop
from roob.common_handlers import error_response
from roob.constants import HttpStatus
from roob.exceptions import ResponseError
from roob.gateway.chain import ChainHandler, HandlerChain
from roob.gateway.context import RequestContext
from roob.gateway.outgoing import body_of, headers_of, quoted, target_of
from roob.gateway.response import ChainResponse
from roob.headers import HeaderList
from roob.models.connections import client_has_gone
from roob.models.requests import Request
from roob.models.responses import Response
from roob.types import StartResponse, WSGIEnvironment

logger = logging.getLogger("roob.gateway")

# Said anew by this hop, or already dealt with by it: the server in front has sent its
# 100 (Continue); "Proxy" is no header, but a trap for CGI (https://httpoxy.org).
_OWN = {"host", "content-length", "expect", "proxy", "via"}
# What a host has, and its port; what ends a quoted text or an element is none of it.
_HOST = re.compile(r"[A-Za-z0-9._~%:\[\]-]+")
# The server in front says them of itself, and some say them beside the upstream's.
_OF_A_SERVER = ("date", "server")


class Forward:
    """Passes requests on to one server: ``Forward("http://127.0.0.1:8000")``.

    A handler for a route, ``app.add_route("/{path:path}", forward)``; ``forward.wsgi``
    is an application, to be mounted: ``app.mount("/shop", forward.wsgi)``. The path
    goes below the one of the server's address, and below the mount's prefix nothing
    is cut off but that prefix.

    ``keep_host``: the upstream is told the host that the client asked for, else its
    own. ``trust_forwarded``: what the request says of earlier proxies is believed,
    because one of them stands in front; else it is dropped. ``forwarded``: send
    ``Forwarded`` (RFC 7239) too. Other options are those of ``Upstream``.

    Raises:
        ValueError: the address is none.
        TypeError: an option is unknown.
    """

    def __init__(
        self,
        upstream: str | Upstream,
        *,
        keep_host: bool = True,
        trust_forwarded: bool = False,
        forwarded: bool = False,
        **options: Any,
    ) -> None:
        if isinstance(upstream, Upstream) and options:
            raise TypeError(f"{sorted(options)} are for the Upstream that is given")
        if not isinstance(upstream, Upstream):
            upstream = Upstream(upstream, **options)
        self.upstream = upstream
        self.keep_host = keep_host
        self.trust_forwarded = trust_forwarded
        self.forwarded = forwarded

    def __call__(self, request: Request, /, **_parameters: Any) -> Response:
        """The upstream's answer, its body unread.

        Raises:
            UpstreamError: it has none: 502, or 504 where it took too long.
            BadRequest: the path has a segment ``.`` or ``..``, or the body breaks off.
            ContentTooLarge: the route has a limit, and the body is over it.
            ResponseError: 501, it is a CONNECT.
        """
        environ = request.environ
        if request.method == "CONNECT":
            raise ResponseError("CONNECT is not passed on", HttpStatus.NOT_IMPLEMENTED)
        target = target_of(environ, self.upstream.path)
        framing, body = body_of(environ)
        headers = self._headers(environ) + framing
        try:
            answer = self.upstream.send(
                request.method, target, headers, body, partial(client_has_gone, environ)
            )
        except UpstreamError as error:
            self._log(request, error)
            raise
        answer.headerlist = HeaderList(answer.headerlist).without(_OF_A_SERVER)
        return answer

    def wsgi(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """The same as a WSGI application, which answers its errors itself."""
        request = Request(environ)
        try:
            response = self(request)
        except ResponseError as error:
            response = error_response(request, error)
        return response(environ, start_response)

    def _headers(self, environ: WSGIEnvironment) -> list[tuple[str, str]]:
        passed = without_hop_by_hop(headers_of(environ))
        ours = [*self._host(environ), *self._about_the_client(environ)]
        replaced = {name.lower() for name, _ in ours} | _OWN
        kept = [pair for pair in passed if self._may_pass(pair[0].lower(), replaced)]
        return [*kept, *ours]

    def _may_pass(self, name: str, replaced: set[str]) -> bool:
        return name not in replaced and (self.trust_forwarded or not _is_claim(name))

    def _host(self, environ: WSGIEnvironment) -> Iterator[tuple[str, str]]:
        host = environ.get("HTTP_HOST")
        if self.keep_host and host:
            yield "Host", host
        else:
            yield "Host", self.upstream.host

    def _about_the_client(self, environ: WSGIEnvironment) -> Iterator[tuple[str, str]]:
        client, host = environ.get("REMOTE_ADDR", ""), environ.get("HTTP_HOST", "")
        scheme, prefix = environ["wsgi.url_scheme"], environ.get("SCRIPT_NAME", "")
        said = _Earlier(environ, self.trust_forwarded)
        yield from _if_any("X-Forwarded-For", said.added("X_FORWARDED_FOR", client))
        yield "X-Forwarded-Proto", said.first("X_FORWARDED_PROTO", scheme)
        yield from _if_any("X-Forwarded-Host", said.first("X_FORWARDED_HOST", host))
        prefix = said.first("X_FORWARDED_PREFIX", "") + quoted(prefix)
        yield from _if_any("X-Forwarded-Prefix", prefix)
        if self.forwarded:
            hop = _forwarded_element(client, host, scheme)
            yield "Forwarded", said.added("FORWARDED", hop)
        protocol = environ.get("SERVER_PROTOCOL", "HTTP/1.1").partition("/")[2]
        yield "Via", _joined(environ.get("HTTP_VIA", ""), f"{protocol} roob")

    def _log(self, request: Request, error: UpstreamError) -> None:
        logger.warning(
            "%s: %s (%r), request id %s",
            self.upstream.url,
            error.message,
            error.__cause__,
            request.id,
        )


def forward_to(upstream: str | Upstream, **options: Any) -> ChainHandler:
    """``Gateway(request_handlers=[forward_to("http://127.0.0.1:8000")])``.

    The options are those of :class:`Forward`.

    Raises:
        ValueError, TypeError: as :class:`Forward`.
    """
    forward = Forward(upstream, **options)

    def handler(
        chain: HandlerChain, context: RequestContext, response: ChainResponse
    ) -> None:
        response.take(forward(context.request), context.request.environ)
        chain.stop()

    return handler


class _Earlier:
    """What proxies before this one have said, if they are believed."""

    def __init__(self, environ: WSGIEnvironment, is_believed: bool) -> None:
        self._environ: WSGIEnvironment = environ if is_believed else {}

    def first(self, key: str, ours: str) -> str:
        """Theirs, else ours."""
        return str(self._environ.get(f"HTTP_{key}") or ours)

    def added(self, key: str, ours: str) -> str:
        """Theirs, and ours behind it."""
        return _joined(self._environ.get(f"HTTP_{key}", ""), ours)


def _is_claim(name: str) -> bool:
    """Whether a header tells what a proxy knows of the client, or a client claims."""
    return name.startswith("x-forwarded-") or name in ("forwarded", "x-real-ip")


def _joined(theirs: str, ours: str) -> str:
    return ", ".join(text for text in (theirs, ours) if text)


def _if_any(name: str, value: str) -> Iterator[tuple[str, str]]:
    if value:
        yield name, value


def _forwarded_element(client: str, host: str, scheme: str) -> str:
    """``("::1", "a.com", "http") -> 'for="[::1]";host="a.com";proto=http'``."""
    node = f'"[{client}]"' if ":" in client else client or "unknown"
    said_host = f';host="{host}"' if _HOST.fullmatch(host) else ""
    return f"for={node}{said_host};proto={scheme}"

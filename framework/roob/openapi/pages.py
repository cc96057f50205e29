"""The document and its page on an app: ``/openapi.json``, ``/docs``, ``/docs/{file}``.

The page is Swagger UI, whose files come from the distribution ``offapi``: everything is
served from here, and nothing is fetched from elsewhere.
"""

import json
import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from html import escape
from importlib.util import find_spec
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import quote

from roob.common_handlers import CommonHandlers
from roob.constants import ContentType, HttpStatus
from roob.dispatchers import keyword
from roob.models.requests import Request
from roob.models.responses import HTMLResponse, Response
from roob.openapi.describe import describe
from roob.openapi.document import Info, document_of, sources_of
from roob.openapi.fields import Json
from roob.openapi.words import check_list, check_mapping
from roob.route_group import RouteGroup
from roob.static_files import StaticFiles
from roob.types import Handler
from roob.utils.json_util import JSONUtils

HERE = Path(__file__).parent / "page"
OWN_FILES = ("docs.css", "docs.js", "mark.svg")
PACKAGED_FILES = ("swagger_bundle.js", "swagger_style.css")
# Swagger UI has pictures in its style sheet, and sets styles from scripts; nothing
# else is inline, and all that it talks to is this site and the servers that are named.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src {}; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_ORIGIN = re.compile(r"https?://[^/?#{};,\s]+(?=[/?#]|$)")


class Documentation:
    """The document of an app, made when it is first asked for, and kept.

    It is made again when routes have come or gone.
    """

    def __init__(self, app: Any, info: Info) -> None:
        self._app = app
        self._info = info
        self._made: tuple[tuple[object, ...], Json] | None = None

    @property
    def title(self) -> str:
        """What the API is called."""
        return self._info.title

    def origins(self) -> list[str]:
        """The other sites that the page asks: its servers, and who gives tokens."""
        flows = [
            f
            for s in self._info.schemes.values()
            for f in [*s.get("flows", {}).values()]
        ]
        urls = [*self._info.servers, *(flow.get("tokenUrl", "") for flow in flows)]
        found = filter(None, map(_ORIGIN.match, urls))
        return [*dict.fromkeys(each[0] for each in found)]

    def document(self, root: str = "") -> Json:
        """The whole document, of an app that is mounted at a path: ``"/shop"``."""
        sources = sources_of(self._app)
        if self._made is None or self._made[0] != sources:
            self._made = (sources, document_of(self._app, self._info))
        document = self._made[1]
        head = {name: document[name] for name in ("openapi", "info")}
        servers = self._info.written_servers(root)
        return {**head, **({"servers": servers} if servers else {}), **document}

    @describe(hidden=True)
    def answer(self, request: Request) -> Response:
        """The document; 304 for who has it already."""
        body = JSONUtils.encode(self.document(root_of(request)))
        return Response(
            body,
            content_type=ContentType.JSON.value,
            cache_control="no-cache",
            etag=sha256(body).hexdigest()[:32],
            conditional_response=True,
        )


class DocsPage:
    """The page, at ``path``, and its files below it."""

    def __init__(self, documentation: Documentation, path: str, json_path: str) -> None:
        self._documentation = documentation
        self._path = path
        self._json_path = json_path
        self._files = files_here()

    @describe(hidden=True)
    def show(self, request: Request) -> HTMLResponse:
        """The page; where Swagger UI is not installed, how to install it."""
        here = root_of(request) + quote(request.path_info.rstrip("/"))
        base = here.removesuffix(self._path)
        name = "docs.html" if self.is_complete else "missing.html"
        status = HttpStatus.OK if self.is_complete else HttpStatus.NOT_IMPLEMENTED
        text = (HERE / name).read_text(encoding="utf-8")
        page = Template(text).substitute(
            title=escape(self._documentation.title),
            files=escape(here),
            document=escape(base + self._json_path),
        )
        policy = POLICY.format(" ".join(["'self'", *self._documentation.origins()]))
        return HTMLResponse(page, status, {"Content-Security-Policy": policy})

    @property
    def is_complete(self) -> bool:
        """Whether Swagger UI is installed."""
        return PACKAGED_FILES[0] in self._files

    @describe(hidden=True)
    def send(self, request: Request, file: str) -> Response:
        """One of the page's files, with its ``ETag``; no other of those folders."""
        folder = self._files.get(file)
        found = folder and folder.respond(request, file)
        return found or CommonHandlers.url_not_found_handler(request)


def root_of(request: Request) -> str:
    """Where the app is mounted, as URLs have it: ``"/shop"``; often nothing."""
    return quote(request.environ.get("SCRIPT_NAME", "").encode("latin-1"))


def files_here() -> Mapping[str, StaticFiles]:
    """The page's files by name, each with the folder that it is in."""
    own = StaticFiles(HERE, autorefresh=False)
    # Found and never imported: that would read 8 MB of other pages into memory.
    spec = find_spec("offapi")
    found = dict.fromkeys(OWN_FILES, own)
    if spec is not None and spec.origin is not None:
        packaged = StaticFiles(Path(spec.origin).parent, autorefresh=False)
        found |= dict.fromkeys(PACKAGED_FILES, packaged)
    return found


def add_openapi(
    app: RouteGroup,
    *,
    title: str,
    version: str,
    description: str = "",
    tags: Mapping[str, str] | None = None,
    servers: Mapping[str, str] | None = None,
    security_schemes: Mapping[str, Json] | None = None,
    security: Sequence[str | Mapping[str, Sequence[str]]] = (),
    path: str = "/openapi.json",
    docs: str | None = "/docs",
) -> Documentation:
    """Let an app tell what it can do: ``add_openapi(app, title="Shop", version="1")``.

    ``GET /openapi.json`` is the document of all routes, also of those that come later,
    ``GET /docs`` a page to read and to try them; ``docs=None`` is without one. ``tags``
    are the page's headings, in their order, with a word on each; ``servers`` are the
    addresses that clients use, with a word on each, where it is not this one.

    ``security_schemes`` are ways to show who one is, by names of one's own, as OpenAPI
    writes them: ``{"token": {"type": "http", "scheme": "bearer"}}``. ``security`` are
    those of which one is needed, ``["token"]``, unless ``describe`` says otherwise.
    They are told, and let people try it; who checks them is the app.

    Raises:
        RuntimeError: one of the paths is bound already.
        TypeError: ``tags`` or ``servers`` is no mapping, ``security`` no list.
        ValueError: ``security`` names none of the schemes.
    """
    for word, said in (("tags", tags or {}), ("servers", servers or {})):
        check_mapping(word, said, '{"books": "To read"}')
    check_list("security", security)
    info = Info(
        title,
        version,
        description,
        tags or {},
        servers or {},
        security_schemes or {},
        security,
    )
    info.check_security(security)
    made = Documentation(app, info)
    routes: list[tuple[str, Handler, str]] = [(path, made.answer, "openapi")]
    if docs is not None:
        page = DocsPage(made, docs, path)
        routes.append((docs, page.show, "docs"))
        routes.append((f"{docs}/{{file}}", page.send, "docs_file"))
    for at, handler, name in routes:
        app.add_route(at, handler, ["GET"], name=name, dispatcher=keyword)
    return made


def documentation_of(app: Any) -> Documentation:
    """What ``add_openapi`` made for an app; else one that is named after nothing."""
    for route in app.routing_manager.routes:
        found = getattr(route.handler, "__self__", None)
        if isinstance(found, Documentation):
            return found
    return Documentation(app, Info())


def as_text(document: Json, indent: int | None) -> str:
    """The document as a file has it, the same letters each time."""
    plain = json.loads(JSONUtils.encode(document))
    return json.dumps(plain, indent=indent or None, ensure_ascii=False) + "\n"

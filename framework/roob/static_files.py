"""Files that are sent as they are: found at start by WhiteNoise, never by a request.

``static/app.css`` answers at ``/static/app.css``, and at ``/app.css`` where no route
has that path.
"""

import gzip
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path
from typing import Any
from wsgiref.headers import Headers
from wsgiref.util import FileWrapper

from whitenoise import WhiteNoise
from whitenoise.responders import MissingFileError, SlicedFile, StaticFile
from whitenoise.responders import Response as FileResponse

from roob.common_handlers import options_response, shown_path
from roob.exceptions import MethodNotAllowed
from roob.models.requests import Request
from roob.models.responses import JSONResponse, Response
from roob.types import WSGIEnvironment

STATIC_PREFIX = "/static/"
_NO_SUCH_RANGE = "The file has no bytes in the requested range"
_VERBS = ("GET", "HEAD", "OPTIONS")
_COMPRESSIBLE = ("text/", "application/javascript", "application/json", "image/svg")
_ACCEPTS_GZIP = re.compile(r"\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))")
_NO_BYTES = re.compile(r"\s*bytes\s*=\s*-0+\s*")  # the last none of them
_MIN_GZIP_BYTES = 512
_MAX_GZIP_BYTES = 4 * 1024 * 1024


class SentFile(StaticFile):
    """A file and its conditions, where WhiteNoise is stricter than RFC 9110."""

    def __init__(self, path: str, headers: Any) -> None:
        # No compressed neighbours (app.css.gz): WhiteNoise would send them under the
        # plain file's tag, and wherever they link to.
        super().__init__(path, headers)
        self.path = path

    def gzipped(self) -> bytes:
        """The file compressed; done once and kept."""
        return _compress(self.path, self.etag)

    def is_not_modified(self, request_headers: Mapping[str, str]) -> bool:
        """``If-None-Match`` may hold several tags, weak ones too (13.1.2)."""
        given = request_headers.get("HTTP_IF_NONE_MATCH")
        if given is None:
            return bool(super().is_not_modified(request_headers))
        tags = [tag.strip().removeprefix("W/") for tag in given.split(",")]
        return "*" in tags or self.etag in tags

    def get_range_response(
        self, range_header: str, base_headers: list[tuple[str, str]], file: Any
    ) -> FileResponse:
        """One range of bytes; the first alone, ``bytes=0-0``, is one too (14.1.2)."""
        headers = dict(base_headers)
        size = int(headers.pop("Content-Length"))
        start, end = self.get_byte_range(range_header, size)
        if start > end or _NO_BYTES.fullmatch(range_header):
            return self.get_range_not_satisfiable_response(file, size)
        headers["Content-Range"] = f"bytes {start}-{end}/{size}"
        headers["Content-Length"] = str(end - start + 1)
        part = SlicedFile(file, start, end) if file is not None else None
        return FileResponse(HTTPStatus.PARTIAL_CONTENT, list(headers.items()), part)


class PublicFiles(WhiteNoise):
    """WhiteNoise without what is none of a browser's business.

    Dotfiles, and links that lead out of the folder, do not exist here.
    """

    def __init__(self, root: Path, autorefresh: bool) -> None:
        super().__init__(None, autorefresh=autorefresh, allow_all_origins=False)
        self._root = root
        if root.is_dir():
            self.add_files(str(root), "/")

    def find(self, url: str) -> SentFile | None:
        """The file of a decoded URL below the folder."""
        found: SentFile | None = (
            self.find_file(url) if self.autorefresh else self.files.get(url)
        )
        return found

    def update_files_dictionary(self, root: str, prefix: str) -> None:  # noqa: ARG002
        for path in _files_below(self._root):
            url = prefix + path.relative_to(self._root).as_posix()
            self.add_file_to_dictionary(url, str(path))

    def get_static_file(
        self,
        path: str,
        url: str,
        stat_cache: Any = None,  # noqa: ARG002
    ) -> SentFile:
        if not is_public(Path(path), self._root):
            raise MissingFileError(path)
        headers = Headers([])
        self.add_mime_headers(headers, path, url)
        self.add_cache_headers(headers, path, url)
        if str(headers["Content-Type"]).startswith(_COMPRESSIBLE):
            headers["Vary"] = "Accept-Encoding"
        return SentFile(path, headers.items())


class StaticFiles:
    """``StaticFiles("static").respond(request) -> Response``, or None: no such file.

    With ``autorefresh`` the folder is looked at on every request, for development.
    """

    def __init__(self, folder: str | os.PathLike[str], autorefresh: bool) -> None:
        self._files = PublicFiles(Path(folder).resolve(), autorefresh)

    def respond(self, request: Request, path: str) -> Response | None:
        """The file of that path below the folder, whole, in part or not modified.

        Raises:
            MethodNotAllowed: the file is there and the method is none for files.
        """
        static_file = self._files.find(f"/{path}")
        if static_file is None:
            return None
        method = request.environ["REQUEST_METHOD"]
        if method == "OPTIONS":
            return options_response(_VERBS)
        if method not in _VERBS:
            raise MethodNotAllowed(method, shown_path(request), _VERBS)
        try:
            return _send(static_file, method, request.environ)
        except FileNotFoundError:  # it went away after the start
            return None


def _files_below(root: Path) -> Iterator[Path]:
    for folder, _, names in os.walk(root):
        yield from (
            path for name in names if is_public(path := Path(folder, name), root)
        )


def is_public(path: Path, root: Path) -> bool:
    """Whether a file may be sent: regular, inside the folder, no dotted name."""
    names = path.relative_to(root).parts
    if any(name.startswith(".") for name in names):
        return False
    try:
        real = path.resolve()
        return real.is_relative_to(root) and real.is_file()
    except (OSError, RuntimeError):  # a link to itself, or a name that is too long
        return False


def _send(static_file: SentFile, method: str, environ: WSGIEnvironment) -> Response:
    sent = static_file.get_response(method, _ranges_checked(static_file, environ))
    headers = dict(sent.headers)
    if sent.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        return JSONResponse({"message": _NO_SUCH_RANGE}, sent.status, headers)
    body: Iterable[bytes] = () if sent.file is None else FileWrapper(sent.file)
    if sent.status == HTTPStatus.OK and _wants_gzip(headers, environ):
        gzipped = static_file.gzipped()
        body = [gzipped]
        headers |= {"Content-Encoding": "gzip", "Content-Length": str(len(gzipped))}
        if static_file.etag:  # a file without a date has none
            headers["ETag"] = f"W/{static_file.etag}"
        if sent.file is not None:
            sent.file.close()
    return Response(status=sent.status, headerlist=list(headers.items()), app_iter=body)


def _ranges_checked(file: SentFile, environ: WSGIEnvironment) -> WSGIEnvironment:
    """Without the range, where it was meant for an older file (RFC 9110 13.1.5)."""
    meant_for = environ.get("HTTP_IF_RANGE", file.etag)
    if meant_for == file.etag:
        return environ
    return {key: value for key, value in environ.items() if key != "HTTP_RANGE"}


def _wants_gzip(headers: Mapping[str, str], environ: WSGIEnvironment) -> bool:
    return (
        "Vary" in headers
        and _MIN_GZIP_BYTES <= int(headers["Content-Length"]) <= _MAX_GZIP_BYTES
        and _ACCEPTS_GZIP.search(environ.get("HTTP_ACCEPT_ENCODING", "")) is not None
    )


@lru_cache(maxsize=256)
def _compress(path: str, etag: str) -> bytes:  # noqa: ARG001  # a new tag, a new file
    return gzip.compress(Path(path).read_bytes(), mtime=0)

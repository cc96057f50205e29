"""Secrets planted in requests in every way, and looked for in all that a trace shows.

`python -m tests.trace.leaks` prints how many were looked for and how many were found;
the exit code is 1 where one was.
"""

import base64
import html
import json
import logging
import re
import sys
from ast import literal_eval
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple
from urllib.parse import quote, unquote, urlencode

from pydantic import BaseModel, SecretStr
from roob import Roob
from roob.middlewares import ErrorHandlerMiddleware
from roob.models.responses import RedirectResponse, StreamedResponse, TextResponse
from roob.orm.column import JSON, Column, PrimaryKey
from roob.orm.sqlite import open_sqlite
from roob.orm.table import Table
from roob.trace import mermaid, page, text
from roob.trace.gate import Gate
from roob.trace.layers import Layers
from roob.trace.recorder import Recorder
from roob.trace.ring import Ring
from roob.trace.steps import Recording
from roob.trace.tracing import Tracer
from roob.trace.visit import Answer, Visit, send
from roob.trace.watching import PREFIX, Watch

HERE = Path(__file__).parent
_LONG, _PIECE = 12, 8

# Twenty secrets, no two of one shape.
SECRETS: Mapping[str, str | int | bytes] = {
    "hexadecimal": "9f86d081884c7d659a2feaa0c55ad015",
    "base64": "k3Jz+Q/9xWv7Lm2Tn8Rb0A5yE1uHcG6d+/o==",
    "base64 for URLs": "Zk9-xQ_4mVt7bN2wLr8YpC1sJ6hD3gFe0aUi5oKq",
    "JWT": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0MiJ9.q7Xc2vBn8Lk4Jh6Gf1Ds9Aw3",
    "UUID": "3f2b8c1e-7d4a-4e9b-a6c5-0f1e2d3c4b5a",
    "password": "Tr0ub4dor&3!",
    "short": "q9$Zt4",
    "passphrase": "correct horse battery staple",
    "quotes": """he "said" it's 'forty-two' ok""",
    "lines": "first line\nsecond\tline\r\nthird one",
    "backslashes": r"C:\new\table\\x\u0041\"end",
    "letters": "pässwörd-ñandú-ŷ-日本語-ключ",
    "emoji": "🔑🗝️lock-7-🔒-é",
    "HTML": "<b>bold</b>&amp;<i>'x'</i>",
    "percent": "100%25 of %s + %(x)s & 50%",
    "punctuation": "a;b,c=d:e|{f}[g](h)#i?j@k",
    "long": "".join(f"{n * n * 7919 % 9973:04x}Q" for n in range(100)),
    "number": 738291645,
    "bytes": bytes([1, 255, 128, 10, 39, 34, 92, 200]) * 2,
    "known prefix": "ghp_R4nd0mT0k3nOf36qWxYzLmNXyZ01234Vb",
}

# What the app itself knows, and no request tells.
_VAULT: dict[str, str | int | bytes] = {"current": ""}


def text_of(secret: str | int | bytes) -> str:
    """A secret as it is sent in a text."""
    return secret.decode("latin-1") if isinstance(secret, bytes) else str(secret)


def _sent(secret: str | int | bytes) -> str:
    return quote(text_of(secret), safe="")


# The app.


class Account(Table):
    """Whose columns are of every kind that a secret is kept in."""

    id = PrimaryKey(int, auto_increment=True)
    name = Column(str, unique=True)
    password = Column(str)
    api_key = Column(bytes)
    details = Column(JSON, default=None, nullable=True)


@dataclass
class Login:
    """A dataclass with a secret in it, and one in what it holds."""

    user: str
    password: str
    further: list[dict[str, Any]] = field(default_factory=list)


class Pair(NamedTuple):
    """A named tuple with a secret in it."""

    user: str
    token: object


class Settings(BaseModel):
    """A model of pydantic with a secret in it."""

    user: str
    secret_key: str
    signature: SecretStr


class Refused(Exception):
    """An error that is raised with a secret in its text, and keeps it."""

    def __init__(self, message: str, token: object) -> None:
        super().__init__(message)
        self.token = token


class AccountRepository:
    """The SQL, written by the ORM and by hand."""

    def __init__(self, database: Any) -> None:
        self._db = database

    def keep(self, name: str, password: str) -> Account:
        """One row by INSERT, UPDATE and upsert, read again by = and in_."""
        db, raw = self._db, password.encode("utf-8", "surrogatepass")
        row = Account(name=name, password=password, api_key=raw)
        db.upsert(row, on=[Account.name])
        row.details = {"deep": [{"auth": {"pin": [password]}}]}
        db.update(row)
        query = db.query(Account)
        query.where(Account.password == password, Account.api_key == raw).all()
        query.where(Account.password.in_([password, "other"])).all()
        query.where(Account.password.contains(password, ignore_case=True)).all()
        found: Account = query.where(Account.name == name).one()
        return found

    def keep_many(self, password: str) -> int:
        """Many rows by one statement; then none of them."""
        db, raw = self._db, password.encode("utf-8", "surrogatepass")
        names = [f"many {n}" for n in range(3)]
        rows = [Account(name=name, password=password, api_key=raw) for name in names]
        db.query(Account).where(Account.name.in_(names)).delete()
        db.save_all(rows)
        return len(rows)

    def by_hand(self, value: str) -> int:
        """Statements whose columns only their texts tell."""
        execute = self._db.execute
        execute("DELETE FROM account WHERE password LIKE ? OR name = 'h'", [value])
        execute(
            "INSERT INTO account (name, password, api_key) VALUES "
            "('h', (SELECT coalesce(?, max(name)) FROM account), CAST(? AS BLOB))",
            [value, value],
        )
        execute("UPDATE account SET details = NULL, password = ?", [value])
        execute("SELECT name FROM account WHERE ? = password OR 1 IN (?)", [value, 1])
        literal = value.replace("\0", "").replace("'", "''")
        execute(f"SELECT id FROM account WHERE password = '{literal}'")
        return len(
            execute("SELECT 1 FROM account WHERE password IN (?, ?)", [value] * 2)
        )


class AccountService:
    """What handlers call: its methods get secrets by name, and by no name."""

    def __init__(self, repository: AccountRepository) -> None:
        self.repository = repository
        self.signature_key = "set for each request"

    def log_in(self, user: str, password: str) -> Login:
        """By name in; in a dataclass out."""
        return Login(user, password, [{"nested": [[{"token": password}]]}])

    def note(self, line: object) -> str:
        """By no name in, and out."""
        logging.getLogger("leaks").info("noted %s", line)
        return f"noted: {line}"

    def shapes(self, login: Login, pair: Pair, settings: Settings) -> dict[str, Any]:
        """In what has fields, in and out."""
        return {"login": login, "pair": pair, "settings": settings}

    def headers(self, headers: list[tuple[str, str]], *values: object) -> object:
        """In pairs, of which one names the other, and then by no name."""
        return [*headers, *values]

    def sign(self, what: str) -> None:
        """Fail, and tell of a secret that is the service's own."""
        raise RuntimeError(f"cannot sign {what} with {self.signature_key}, sorry")

    def refuse(self, url: str, how: str) -> None:
        """Raise it, in the text of an error and of its cause."""
        try:
            raise ValueError(f"no login at {url}: {how}")
        except ValueError as error:
            raise Refused(f"refused ({error})", how) from error


def make_app(folder: Path) -> Roob:
    """The app, its database and its template in a folder."""
    (folder / "form.html").write_text(
        '<input type="hidden" name="csrf_token" value="{{ csrf_token }}">'
        "<p>{{ note }}</p><script>var x = {{ note|tojson }}</script>"
    )
    database = open_sqlite(folder / "leaks.sqlite")
    database.create(Account)
    app = Roob(template_dir=folder, debug=True)
    app.add_middleware(ErrorHandlerMiddleware)
    app.add_exception_handler(
        Refused, lambda request, exc: ({"message": str(exc), "why": repr(exc)}, 403)
    )
    service = AccountService(AccountRepository(database))
    for add in (_add_told, _add_bodies, _add_answers, _add_untold):
        add(app, service)
    app.mount("/inner", _inner(service))
    return app


def _add_told(app: Roob, service: AccountService) -> None:
    @app.route("/authorization", allowed_methods=["GET"])
    def authorization(request: Any) -> Any:
        scheme, _, value = request.headers["Authorization"].partition(" ")
        if scheme == "Basic":
            value = base64.b64decode(value).decode().partition(":")[2]
        service.note(unquote(value))
        return {"noted": service.note(value)}

    @app.route("/cookies", allowed_methods=["GET"])
    def cookies(request: Any) -> Any:
        value = unquote(request.cookies["sid"])
        service.note(value)
        service.headers([("X-Api-Key", request.headers["X-Api-Key"])], value)
        response = TextResponse(f"seen {value}")
        response.set_cookie("session", quote(value), path="/cookies", samesite="Strict")
        return response

    @app.route("/query", allowed_methods=["GET"])
    def query(request: Any) -> Any:
        first, second = request.GET.getall("access_token")
        return TextResponse(f"{service.note(first)} and {service.note(second)}")

    @app.route("/reset/{token:path}", allowed_methods=["GET"])
    def reset(request: Any, token: str) -> Any:
        return {"noted": service.note(token), "as": [token]}


def _add_bodies(app: Roob, service: AccountService) -> None:
    @app.route("/form", allowed_methods=["POST"])
    def form(request: Any) -> Any:
        value = request.POST["password"]
        row = service.repository.keep("ada", value)
        return {"row": row.name, "noted": service.note(value)}

    @app.route("/json", allowed_methods=["POST"])
    def from_json(request: Any) -> Any:
        content = request.json
        value = content["a"][0]["b"]["c"][1]["d"]["pass_code"]
        service.note(content)
        return {"noted": value, "again": service.note(value), "given": content}


def _add_answers(app: Roob, service: AccountService) -> None:
    @app.route("/page", allowed_methods=["GET"])
    def form_page(request: Any) -> Any:
        value = unquote(request.headers["X-Csrf"])
        return app.template("form.html", {"csrf_token": value, "note": value})

    @app.route("/redirect", allowed_methods=["GET"])
    def redirect(request: Any) -> Any:
        value = unquote(request.GET["state"])
        target = f"/reset/{quote(value, safe='')}?token={quote(value, safe='')}#done"
        return RedirectResponse(target)

    @app.route("/stream", allowed_methods=["GET"])
    def stream(request: Any) -> Any:
        value = unquote(request.cookies["sid"])

        def pieces() -> Iterator[str]:
            yield f"line {value}\n"
            yield value[: len(value) // 2]
            yield value[len(value) // 2 :]

        return StreamedResponse(pieces(), content_type="text/plain")

    @app.route("/written", allowed_methods=["GET"])
    def written(request: Any) -> Any:
        value = unquote(request.headers["X-Api-Key"])
        lines = [service.note(each) for each in ways_to_write(value)]
        return TextResponse("\n".join(lines))


def _add_untold(app: Roob, service: AccountService) -> None:
    @app.route("/rows", allowed_methods=["GET"])
    def rows(request: Any) -> Any:
        value = text_of(_VAULT["current"])
        service.repository.by_hand(value)
        service.repository.keep_many(value)
        return {"login": service.log_in("ada", value), "noted": service.note(value)}

    @app.route("/shapes", allowed_methods=["GET"])
    def shapes(request: Any) -> Any:
        told = _VAULT["current"]
        value = text_of(told)
        settings = Settings(user="a", secret_key=value, signature=SecretStr(value))
        service.shapes(Login("ada", value), Pair("ada", told), settings)
        service.headers([("Set-Cookie", f"sid={quote(value)}; Path=/")], told, value)
        return [{"name": "password", "value": value}, service.note(told)]

    @app.route("/error", allowed_methods=["GET"])
    def error(request: Any) -> Any:
        value = _VAULT["current"]
        url = f"postgresql://ada:{quote(text_of(value), safe='')}@localhost/shop"
        service.refuse(url, f"password={value!r}, {json.dumps({'token': str(value)})}")

    @app.route("/crash", allowed_methods=["GET"])
    def crash(request: Any) -> Any:
        service.signature_key = text_of(_VAULT["current"])
        service.sign("a page")

    @app.route("/logged", allowed_methods=["GET"])
    def logged(request: Any) -> Any:
        value = _VAULT["current"]
        return TextResponse(service.note(f"headers: {{'Authorization': {value!r}}}"))


def ways_to_write(value: str) -> Iterator[str]:
    """A text as programs pass it on, also in two of these ways and only its start."""
    raw = value.encode("utf-8", "surrogatepass")
    once = [
        value,
        quote(value),
        re.sub("%..", lambda found: found[0].lower(), quote(value, safe="")),
        json.dumps(value),
        json.dumps(value, ensure_ascii=False),
        repr(value),
        repr(raw),
        html.escape(value),
    ]
    yield from once
    yield from (json.dumps({"in": each}) for each in once)
    yield from (quote(each) for each in once)
    yield from (
        base64.b64encode(before + raw).decode() for before in (b"", b"a:", b"b")
    )
    yield base64.urlsafe_b64encode(raw).decode()
    yield raw.hex()
    if re.fullmatch(r"[\w.~+/=-]{20,}", value, re.ASCII):
        yield f"{value[:20]}…"


def _inner(service: AccountService) -> Roob:
    app = Roob()

    @app.route("/json", allowed_methods=["POST"])
    def inner_json(request: Any) -> Any:
        value = request.json["client_secret"]
        return {"noted": service.note(value)}, 200, {"X-Auth-Token": quote(str(value))}

    return app


# The requests: each is made once with each secret.


def _get(path: str, **headers: str) -> Visit:
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Visit("GET", path, named)


def _post(path: str, kind: str, body: bytes) -> Visit:
    return Visit("POST", path, (("Content-Type", kind),), body)


def _basic(secret: str | int | bytes) -> Visit:
    login = base64.b64encode(f"ada:{text_of(secret)}".encode()).decode()
    return _get("/authorization", Authorization=f"Basic {login}")


def _digest(secret: str | int | bytes) -> Visit:
    told = (
        f'username="ada", uri="/", nonce="{_sent(secret)}", response="{_sent(secret)}"'
    )
    return _get("/authorization", Authorization=f"Digest {told}")


def _form(secret: str | int | bytes) -> Visit:
    body = urlencode({"user": "ada", "password": text_of(secret)}).encode()
    return _post("/form", "application/x-www-form-urlencoded", body)


def _multipart(secret: str | int | bytes) -> Visit:
    lines = ["--limit", 'Content-Disposition: form-data; name="password"', ""]
    body = "\r\n".join([*lines, text_of(secret), "--limit--", ""])
    return _post("/form", "multipart/form-data; boundary=limit", body.encode())


def _json(secret: str | int | bytes) -> Visit:
    value = secret if isinstance(secret, int) else text_of(secret)
    deep = {"a": [{"b": {"c": [0, {"d": {"pass_code": value}}]}}], "user": "ada"}
    return _post("/json", "application/json", json.dumps(deep).encode())


def _mounted(secret: str | int | bytes) -> Visit:
    value = secret if isinstance(secret, int) else text_of(secret)
    body = json.dumps({"client_secret": value}, ensure_ascii=False).encode()
    return _post("/inner/json", "application/json", body)


ROUTES: Mapping[str, Callable[[str | int | bytes], Visit]] = {
    "bearer": lambda s: _get("/authorization", Authorization=f"Bearer {_sent(s)}"),
    "basic": _basic,
    "digest": _digest,
    "cookies": lambda s: _get(
        "/cookies", Cookie=f"theme=dark; sid={_sent(s)}", X_Api_Key=_sent(s)
    ),
    "query": lambda s: _get(
        f"/query?page=2&access_token={_sent(s)}&access_token={_sent(s)}x"
    ),
    "path": lambda s: _get(f"/reset/{_sent(s)}"),
    "form": _form,
    "multipart": _multipart,
    "json": _json,
    "page": lambda s: _get("/page", X_Csrf=_sent(s)),
    "redirect": lambda s: _get(f"/redirect?state={_sent(_sent(s))}&token={_sent(s)}"),
    "stream": lambda s: _get("/stream", Cookie=f"sid={_sent(s)}"),
    "written": lambda s: _get("/written", X_Api_Key=_sent(s)),
    "mounted": _mounted,
    "rows": lambda s: _get("/rows"),
    "shapes": lambda s: _get("/shapes"),
    "error": lambda s: _get("/error"),
    "crash": lambda s: _get("/crash"),
    "logged": lambda s: _get("/logged"),
}


STATUSES: Mapping[str, str] = {"/error": "403", "/crash": "500", "/redirect": "302"}


# What is shown of them.

OUTPUTS = ("text", "JSON", "Mermaid", "HTML", "live JSON", "live page", "live headers")
LOOKED_FOR = len(SECRETS) * len(ROUTES) * len(OUTPUTS)


class Bench:
    """The app, traced from outside and watched from around: one of them for all."""

    def __init__(self, folder: Path) -> None:
        app = make_app(folder)
        self._tracer = Tracer(app, Recorder(Layers(HERE)), None)
        self._watch = Watch(app, Gate(), Layers(HERE))
        self._watch.ring = Ring(1)  # what others planted is none of this request's
        self._cookie = self._watch.gate.cookie({}).partition(";")[0]

    def outputs(self, visit: Visit, secret: str | int | bytes) -> dict[str, str]:
        """All that is shown of a request, by the output's name."""
        _VAULT["current"] = secret
        recording = self._tracer.trace(visit, runs=1)
        told = send(self._tracer.app, visit.environ())
        expected = STATUSES.get(visit.path.partition("?")[0], "200")
        assert told.status.startswith(expected), told  # a refusal would show nothing
        live = send(self._watch, visit.environ())
        found = dict(zip(OUTPUTS, [*_shown(recording), *self._live()], strict=False))
        return found | {OUTPUTS[-1]: _added(live, told)}

    def close(self) -> None:
        """Let the interpreter go."""
        self._watch._recorder._back_end.disarm()

    def _live(self) -> Iterator[str]:
        for path in (f"{PREFIX}/recordings", PREFIX):
            asked = _get(path, Cookie=self._cookie, Host="127.0.0.1")
            yield send(self._watch, asked.environ()).body.decode()


def _shown(recording: Recording) -> Iterator[str]:
    yield text.render(recording)
    yield json.dumps(recording.to_json(), ensure_ascii=False)
    yield mermaid.render(recording)
    yield page.as_file([recording])


def _added(live: Answer, told: Answer) -> str:
    """The headers that the app did not send itself."""
    own = {name for name, _ in told.headers or ()}
    return "\n".join(f"{n}: {v}" for n, v in live.headers or () if n not in own)


# What is looked for.

_ESCAPED = re.compile(
    r"\\(?:[ntrbfv'\"\\]|x[0-9a-f]{2}|u[0-9a-f]{4}|U000[0-9a-f]{5}|[0-3][0-7]{2})"
)
_MERMAID = re.compile(r"#(\d{1,7});")


def pieces_of(secret: str | int | bytes) -> set[str]:
    """The secret; of a long one each piece of it; and what it is as base64 and hex."""
    value = text_of(secret)
    raw = secret if isinstance(secret, bytes) else value.encode()
    found = {value, raw.hex(), base64.b64encode(raw).decode().rstrip("=")}
    if len(value) >= _LONG:
        found |= {value[n : n + _PIECE] for n in range(len(value) - _PIECE + 1)}
    return found


def readings(output: str) -> Iterator[str]:
    """An output as it is, and with the ways in which texts are written undone."""
    yield output
    for undo in (
        unquote,
        html.unescape,
        _unescaped,
        lambda shown: _unescaped(_unescaped(shown)),
        lambda shown: _MERMAID.sub(lambda number: chr(int(number[1])), shown),
    ):
        yield undo(output)


def _unescaped(shown: str) -> str:
    return _ESCAPED.sub(lambda found: str(literal_eval(f"'{found[0]}'")), shown)


def leaks_in(output: str, secret: str | int | bytes) -> list[str]:
    """What of a secret is in an output."""
    pieces = pieces_of(secret)
    return sorted({p for shown in readings(output) for p in pieces if p in shown})


@dataclass(frozen=True)
class Leak:
    """Where something of a secret is shown, and what."""

    route: str
    secret: str
    output: str
    pieces: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.route}, {self.secret}, {self.output}: {self.pieces[0]!r}"


def leaks_of(bench: Bench, route: str, name: str) -> Iterable[Leak]:
    """The leaks of one request with one secret."""
    secret = SECRETS[name]
    for output, shown in bench.outputs(ROUTES[route](secret), secret).items():
        found = leaks_in(shown, secret)
        if found:
            yield Leak(route, name, output, tuple(found))


def summary(leaks: int) -> str:
    """The one line that tells it all."""
    return (
        f"secrets: {len(SECRETS)} planted x {len(ROUTES)} routes x "
        f"{len(OUTPUTS)} outputs: {leaks} leaks"
    )


def main() -> int:
    """Look for all of them, print those that are found and how many; 1 where any is."""
    logging.disable()
    with TemporaryDirectory(prefix="roob-leaks-") as folder:
        bench = Bench(Path(folder))
        leaks = [
            leak
            for route in ROUTES
            for name in SECRETS
            for leak in leaks_of(bench, route, name)
        ]
        bench.close()
    for leak in leaks:
        print(leak, file=sys.stderr)
    print(summary(len(leaks)))
    return 1 if leaks else 0


if __name__ == "__main__":
    sys.exit(main())

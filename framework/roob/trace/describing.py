"""From calls to steps: each layer's words for what one of its functions did."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from roob.common_handlers import shown_path
from roob.models.requests import Request
from roob.trace.calls import Call
from roob.trace.candidates import candidates, nearest
from roob.trace.events import Answered, argument_names
from roob.trace.hiding.learning import learn_all
from roob.trace.hiding.naming import is_secret
from roob.trace.hiding.secrets import Secrets
from roob.trace.layers import Layers, is_websocket, name_of_handler
from roob.trace.statements import (
    result_columns,
    secret_literals,
    with_columns,
    without_literals,
)
from roob.trace.steps import WORK, CandidateDetail, Pairs, SqlDetail
from roob.trace.values import Shown

# What is made in a function goes by that one's name.
_OWN_NAMES = {"forward_to.<locals>.handler": "forward_to"}
# What every step of the framework is given; it says nothing.
_TOLD_ALREADY = ("self", "cls", "environ", "start_response", "request", "_request")


@dataclass
class Words:
    """What is said of a call, beside where it stands and how long it took."""

    who: str
    title: str
    result: str | None = None
    notes: list[str] = field(default_factory=list)
    candidates: list[CandidateDetail] = field(default_factory=list)
    sql: SqlDetail | None = None


class Describer:
    """``Describer(layers, secrets).words(call, caller)``."""

    def __init__(self, layers: Layers, secrets: Secrets) -> None:
        self._layers = layers
        self._secrets = secrets
        self._shown = Shown(secrets)
        self._apps: list[object] = []
        self._endpoint = "the handler"  # that the router found last
        self.has_met_websocket = False
        self._by_layer: Mapping[str, Callable[[Call, Call | None], Words]] = {
            "app": self._app,
            "middleware": self._middleware,
            "router": self._router,
            "parameters": self._parameters,
            "gateway": self._gateway,
            "sql": self._sql,
            "template": self._template,
            "static": self._static,
            "mount": self._mount,
            "error": self._error,
            "response": self._response,
        }

    def words(self, call: Call, caller: Call | None) -> Words:
        """A call, in the words of its layer."""
        describe = self._by_layer.get(self._layers.layer_of(call.code), self._function)
        try:
            return describe(call, caller)
        except Exception:  # a value whose class does not even let it be looked at
            return Words(class_of(call) or name_of(call), name_of(call))

    def arguments(self, call: Call) -> Pairs:
        """The names and values that a function was called with."""
        return [
            (name, self._argument_of(call, name))
            for name in argument_names(call.code)
            if name in call.arguments
        ]

    def _argument_of(self, call: Call, name: str) -> str:
        value, sql = call.arguments[name], call.arguments.get("sql")
        if not isinstance(sql, str) or name not in ("sql", "params", "many"):
            return self._argument(name, value)
        if name == "sql":
            return self._shown.value(without_literals(sql))
        if not isinstance(value, list | tuple):
            return self._argument(name, value)
        rows = [value] if name == "params" else value
        first = self._shown.parameters(sql, rows[0]) if rows else []
        more = f" and {len(rows) - 1} more" if len(rows) > 1 else ""
        return f"[{', '.join(first)}]{more}"

    def error(self, error: BaseException) -> str:
        """``"ProductNotFound: No product found with product id 9"``."""
        text = self._secrets.scrub(text_of(error))
        kind = type(error).__name__
        return f"{kind}: {text}" if text else kind

    def _argument(self, name: str, value: Any) -> str:
        if type(value) is dict and "wsgi.input" in value:
            return "environ"  # never whole: it holds the client's headers
        if name == "self":
            return type(value).__name__
        return self._shown.named(name, value)

    def _call(
        self, call: Call, name: str = "", given: Mapping[str, Any] | None = None
    ) -> str:
        """``"ProductController.get(product_id=1)"``."""
        given = call.arguments if given is None else given
        is_handler = self._layers.layer_of(call.code) == "handler"
        arguments = _flat(given) if is_handler else given.items()
        untold = _TOLD_ALREADY if is_handler else _TOLD_ALREADY[:2]
        shown = [
            f"{name}={self._argument(name, value)}"
            for name, value in arguments
            if name not in untold
        ]
        return f"{name or name_of(call)}({', '.join(shown)})"

    def _result(self, call: Call) -> str | None:
        if call.is_left:
            return "left before its end"
        if call.error is not None or not call.ended:
            return None
        return self._shown.value(call.result)

    def _function(self, call: Call, _caller: Call | None) -> Words:
        who = class_of(call) or call.code.co_name
        return Words(who, self._call(call), self._result(call))

    def _app(self, call: Call, _caller: Call | None) -> Words:
        ordinal = self._ordinal(call.arguments["self"])
        if call.code.co_name != "__call__":
            who = name_of(call)
            return Words(who + ordinal, who, self._result(call))
        return Words(f"Roob{ordinal}", _asked(call.arguments["environ"]))

    def _ordinal(self, app: object) -> str:
        """Nothing for the first app of a request; `` 2`` for one mounted in it."""
        if not any(app is one for one in self._apps):
            self._apps.append(app)
        place = next(n for n, one in enumerate(self._apps, 1) if one is app)
        return "" if place == 1 else f" {place}"

    def _middleware(self, call: Call, _caller: Call | None) -> Words:
        who = type(call.arguments.get("self")).__name__
        if call.code.co_name != "handle_request":
            return Words(who, f"{who}.{call.code.co_name}", self._result(call))
        return Words(who, who, self._result(call), [*_changes(call, self._layers)])

    def _router(self, call: Call, caller: Call | None) -> Words:
        who = class_of(call)
        if call.code.co_name == "dispatch":
            return Words(who, name_of(call), self._result(call))
        words = Words(who, name_of(call))
        match, parameters = call.result if call.ended and not call.error else (None, {})
        if match is not None:
            values = f" {self._shown.value(parameters)}" if parameters else ""
            words.result = self._found(match) + values
        if call.error is None and caller is not None and "self" in caller.arguments:
            words.candidates = self._candidates(call)
        return words

    def _found(self, match: Any) -> str:
        if match.route is None:
            allowed = ", ".join(match.allowed)
            return f"only {allowed}" if allowed else "no route"
        self.has_met_websocket |= is_websocket(match.route)
        self._endpoint = name_of_handler(match.route.handler)
        return self._endpoint

    def _parameters(self, call: Call, caller: Call | None) -> Words:
        """A typed handler's, where they are refused; else reading them is a call."""
        if call.code.co_name == "bind" and call.error is None:
            return self._function(call, caller)
        refused = [*map(_refused, getattr(call.result, "errors", ()))]
        notes = [*map(self._secrets.scrub, refused)]
        title = f"{self._endpoint} is not called"
        return Words("parameters", title, "refused" if notes else None, notes)

    def _gateway(self, call: Call, caller: Call | None) -> Words:
        """A gateway, a handler of its chain, or what that one asks of the chain."""
        name = _OWN_NAMES.get(call.code.co_qualname, name_of(call))
        name = name.removesuffix(".__call__")
        if "environ" in call.arguments and "start_response" in call.arguments:
            return Words(name, _asked(call.arguments["environ"]))
        if name == "ChainResponse.take":
            return Words(name, "answers", _status_taken(call))
        if name.startswith("HandlerChain."):
            asked = {k: v for k, v in call.arguments.items() if v is not None}
            verb = name.replace("HandlerChain", "chain")
            result = "stops" if name.endswith(".respond") else None
            return Words("HandlerChain", self._call(call, verb, asked), result)
        errors = [e for e in call.arguments.values() if isinstance(e, BaseException)]
        title = f"{name}({', '.join(map(self.error, errors))})" if errors else name
        return Words(
            name, title, "; ".join(_filled(call, caller, self._layers)) or None
        )

    def _candidates(self, call: Call) -> list[CandidateDetail]:
        table, path = call.arguments["self"], _decoded(call.arguments["path"])
        found = candidates(table.routes, call.arguments["method"], path)
        return [CandidateDetail(c.path, c.verdict, c.reason) for c in nearest(found)]

    def _sql(self, call: Call, _caller: Call | None) -> Words:
        sql, params = _statement_of(call)
        shown = self._shown.parameters(sql, params)
        statement = self._secrets.scrub_known(" ".join(without_literals(sql).split()))
        detail = SqlDetail(statement, shown, _rows_of(call, sql))
        who = "PostgreSQL" if class_of(call).startswith("Postgres") else "SQLite"
        many = (
            [f"for each of {len(call.arguments['many'])}"]
            if "many" in call.arguments
            else []
        )
        return Words(who, statement, _rows_text(detail), many, sql=detail)

    def _template(self, call: Call, _caller: Call | None) -> Words:
        context = call.arguments.get("context") or {}
        notes = [
            f"{name} = {self._shown.named(name, v)}" for name, v in context.items()
        ]
        size = len(call.result) if isinstance(call.result, str) else 0
        result = f"{size:,} characters" if call.error is None else None
        name = str(call.arguments.get("name"))
        return Words("template", name, result, notes)

    def _static(self, call: Call, _caller: Call | None) -> Words:
        path = self._secrets.scrub(str(call.arguments.get("path", "")))
        result = self._result(call) if call.result else "no such file"
        return Words("StaticFiles", path or "/", None if call.error else result)

    def _mount(self, call: Call, _caller: Call | None) -> Words:
        app = vars(call.arguments["self"]).get("app")
        kind = getattr(app, "__name__", type(app).__name__)
        return Words("mount", f"{kind} mounted here", self._result(call))

    def _error(self, call: Call, _caller: Call | None) -> Words:
        error = call.arguments.get("exc")
        title = name_of(call)
        if isinstance(error, BaseException):
            title += f"({self.error(error)})"
        return Words(class_of(call) or "errors", title, self._result(call))

    def _response(self, call: Call, _caller: Call | None) -> Words:
        if call.code.co_name == "make_response":
            given = self._shown.value(call.arguments.get("result"))
            return Words("make_response", f"make_response({given})", self._result(call))
        response = call.arguments["self"]
        status = response.response.status if isinstance(response, Answered) else ""
        if isinstance(response, Answered):
            response = response.response
        return Words("response", type(response).__name__, status)


def name_of(call: Call) -> str:
    """``"ProductController.get"``; what is local goes by its own name."""
    return call.code.co_qualname.rpartition("<locals>.")[2]


def class_of(call: Call) -> str:
    """``"ProductController"``; empty for a plain function."""
    return name_of(call).rpartition(".")[0]


def learn_from(calls: Iterator[Call], layers: Layers, secrets: Secrets) -> None:
    """Learn what is hidden by any name in arguments, results and parameters."""
    for call in calls:
        learn_all(call.arguments, secrets)
        learn_all(call.result, secrets)
        for piece in call.pieces:
            learn_all(piece, secrets)
        if call.error is not None:
            learn_all(call.error, secrets)
            learn_all([text_of(call.error), call.error.args], secrets)
        if layers.layer_of(call.code) == "sql":
            _learn_statement(call, secrets)


def _learn_statement(call: Call, secrets: Secrets) -> None:
    sql, params = _statement_of(call)
    for each in call.arguments.get("many") or [params]:
        for column, value in with_columns(sql, list(each)):
            learn_all({column: value}, secrets)
    for column, text in secret_literals(sql):
        secrets.learn(column, text)
    _learn_rows(sql, [call.result, *call.pieces], secrets)


def _learn_rows(sql: str, batches: list[Any], secrets: Secrets) -> None:
    columns = result_columns(sql)
    if not any(map(is_secret, columns)):
        return
    rows = (row for batch in batches if isinstance(batch, list) for row in batch)
    for row in rows:
        if isinstance(row, tuple) and len(row) == len(columns):
            learn_all(dict(zip(columns, row, strict=True)), secrets)


def _flat(arguments: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The arguments, those of ``**parameters`` each by its own name."""
    for name, value in arguments.items():
        if name in ("kwargs", "parameters", "_parameters") and isinstance(value, dict):
            yield from value.items()
        else:
            yield name, value


def text_of(error: BaseException) -> str:
    """An exception's text; empty where it cannot be made."""
    try:
        return str(error)
    except Exception:  # a text that the app's own class cannot make
        return ""


def _decoded(path: str) -> str:
    return path.encode("latin-1", "replace").decode("utf-8", "replace")


def _asked(environ: Mapping[str, Any]) -> str:
    """``"GET /books/7"``."""
    return f"{environ['REQUEST_METHOD']} {shown_path(Request(dict(environ)))}"


def _refused(error: Mapping[str, Any]) -> str:
    """``"query page: Input should be greater than or equal to 1"``."""
    where = f"{error['in']} {error.get('name', '')}{error.get('pointer', '')}"
    return f"{where.strip()}: {error['message']}"


def _status_taken(call: Call) -> str:
    answer, status = call.arguments["answer"], call.arguments.get("status")
    return str(getattr(answer, "status", "") if status is None else status)


def _answers(call: Call, layers: Layers) -> bool:
    """Whether a row below it tells what was answered."""
    inner = [each for each in call.children if layers.layer_of(each.code) == "gateway"]
    names = {each.code.co_name for each in inner}
    return bool(names & {"respond", "take"}) or any(_answers(e, layers) for e in inner)


def _filled(call: Call, caller: Call | None, layers: Layers) -> Iterator[str]:
    """What a chain's handler did to the response, as the step after it finds it."""
    before = call.arguments.get("response")
    is_told = call.error is not None or _answers(call, layers)
    if caller is None or is_told or not isinstance(before, Answered):
        return
    place = next(n for n, one in enumerate(caller.children) if one is call)
    for later in caller.children[place + 1 :]:
        after = later.arguments.get("response", later.arguments.get("self"))
        if isinstance(after, Answered) and after.response is before.response:
            yield from _differences(before, after)
            return


def _changes(call: Call, layers: Layers) -> Iterator[str]:
    """What a middleware did to the answer of the steps inside it."""
    inner = [
        child.result
        for child in call.children
        if layers.layer_of(child.code) in ("middleware", "app")
        and child.code.co_name in ("handle_request", "__call__")
    ]
    if not isinstance(call.result, Answered):
        return
    if not inner:
        yield "answers by itself"
    elif isinstance(inner[-1], Answered):
        yield from _differences(inner[-1], call.result)


def _differences(before: Answered, after: Answered) -> Iterator[str]:
    """``"adds ETag"``, ``"changes Content-Length"``, ``"200 OK becomes 304 ..."``."""
    old = {name.lower(): value for name, value in before.headers}
    new = {name.lower(): value for name, value in after.headers}
    told = {
        "adds": [name for name, _ in after.headers if name.lower() not in old],
        "changes": [
            name
            for name, value in after.headers
            if old.get(name.lower(), value) != new[name.lower()]
        ],
        "takes away": [name for name, _ in before.headers if name.lower() not in new],
    }
    if before.response is not after.response:
        yield "gives another answer"
    for verb, names in told.items():
        if names:
            yield f"{verb} {', '.join(dict.fromkeys(names))}"
    if before.status != after.status:
        yield f"{before.status} becomes {after.status}"


def _statement_of(call: Call) -> tuple[str, list[Any]]:
    arguments = call.arguments
    if "many" in arguments:
        first = next(iter(arguments["many"]), ())
        return arguments["sql"], list(first)
    sql, params = arguments["statement"]
    return sql, list(params)


def _rows_of(call: Call, sql: str) -> int | None:
    if call.error is not None or not sql.lstrip().upper().startswith(WORK):
        return None
    if call.code.co_name == "stream":
        return sum(map(len, call.pieces))
    if call.code.co_name == "insert":
        return 1
    number: int | None = call.result
    return len(call.result) if hasattr(call.result, "__len__") else number


def _rows_text(detail: SqlDetail) -> str | None:
    if detail.rows is None:
        return None
    return "1 row" if detail.rows == 1 else f"{detail.rows} rows"

"""``roob check``, of what makes pages: views, templates and static files."""

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from typing import Any

from jinja2 import Environment, TemplateError, nodes

from roob.cli.checking.findings import Finding, skipped, well, wrong
from roob.cli.routes import collections_of, place_of_failure, told
from roob.collection import Collection
from roob.formats import Templated
from roob.framework import Roob
from roob.models.requests import Request
from roob.trace.places import Places
from roob.trace.text import counted
from roob.views import Views

_GETS = ("list", "retrieve")
_NAMING = (nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)


def of_views(roob: Roob, places: Places) -> Iterator[Finding]:
    """Whether each view can be imported, and has its templates."""
    handlers = [route.handler for route in roob.routing_manager.routes]
    for views in {
        id(each): each for each in handlers if isinstance(each, Views)
    }.values():
        found = collections_of(views)
        problems = [p for n, kind in found.items() for p in _of(roob, n, kind, places)]
        yield from problems or [well(f"views: {counted(len(found), 'view')}")]


def _of(
    roob: Roob, name: str, kind: type[Collection] | Exception, places: Places
) -> Iterator[Finding]:
    if isinstance(kind, Exception):
        place = place_of_failure(kind, places)
        yield wrong(f"views: {name} cannot be imported: {told(kind)}", f"see {place}")
        return
    collection = kind(Request.blank(f"/{name}/"), roob, name)
    for member in dict.fromkeys(member for _, _, member in kind.addresses()):
        lacking = _lacking(collection, member)
        if lacking and renders(getattr(kind, member)):
            words = f"views: {kind.__name__}.{member} has no template"
            yield wrong(words, f"write templates/{lacking}")


def _lacking(collection: Collection, member: str) -> str:
    """The template that a member would need; nothing where there is no need of it."""
    templated = [each for each in collection.formats if isinstance(each, Templated)]
    if not templated or any(each.renders(collection, member) for each in templated):
        return ""
    is_first = collection.formats[0] is templated[0]
    others = [f for f in collection.formats if f.renders(collection, member)]
    return templated[0].path(collection, member) if is_first or not others else ""


def renders(member: Callable[..., Any]) -> bool:
    """Whether a member surely returns what goes into a template: a dict, or nothing.

    Of Roob's own members it is those that show something.
    """
    name = member.__name__
    if member.__module__.startswith("roob."):
        return name in _GETS or name.startswith("get_")
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(member)))
    except (OSError, TypeError, SyntaxError):  # made by hand
        return False
    body = tree.body[0]
    returned = [*_returned(body)]
    if not returned:
        return isinstance(body, ast.FunctionDef) and not _gives_up(body)
    return any(map(_is_content, returned))


def _gives_up(function: ast.FunctionDef) -> bool:
    is_generator = any(
        isinstance(e, ast.Yield | ast.YieldFrom) for e in ast.walk(function)
    )
    return is_generator or isinstance(function.body[-1], ast.Raise)


def _returned(node: ast.AST) -> Iterator[ast.expr | None]:
    """What a function returns, without what functions in it do."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Return):
            yield child.value
        elif not isinstance(child, ast.FunctionDef | ast.Lambda | ast.ClassDef):
            yield from _returned(child)


def _is_content(value: ast.expr | None) -> bool:
    is_none = value is None or (isinstance(value, ast.Constant) and value.value is None)
    return is_none or isinstance(value, ast.Dict)


def of_templates(roob: Roob) -> Iterator[Finding]:
    """Whether all templates compile, and what they name is there."""
    env = roob.templates_env
    try:
        names = env.list_templates()
    except TypeError:  # of a loader that finds them only by name
        yield skipped("templates: their loader cannot list them")
        return
    problems = [problem for name in names for problem in _of_template(roob, name)]
    count = counted(len(names), "template")
    yield from problems or [well(f"templates: {count}, and what they name is there")]


def _of_template(roob: Roob, name: str) -> Iterator[Finding]:
    env = roob.templates_env
    try:
        env.get_template(name)
        tree = env.parse(_source(env, name))
    except TemplateError as error:
        line = getattr(error, "lineno", 0)
        yield wrong(f"templates: {name}: {error}", f"see line {line} of {name}")
        return
    except UnicodeDecodeError:
        yield wrong(f"templates: {name} is no text in UTF-8", "move it to static")
        return
    yield from _of_others(env, tree, name)
    yield from _of_static(roob, tree, name)


def _source(env: Environment, name: str) -> str:
    assert env.loader is not None  # noqa: S101 - the template came from it
    source, _, _ = env.loader.get_source(env, name)
    return source


def _of_others(env: Environment, tree: nodes.Template, name: str) -> Iterator[Finding]:
    known = env.list_templates()
    for line, other in _others(tree):
        if other not in known:
            yield wrong(f"templates: {name}:{line} names {other}, which is not there")


def _others(tree: nodes.Template) -> Iterator[tuple[int, str]]:
    """The templates that one extends, includes or imports, if they have to be there."""
    for node in tree.find_all(_NAMING):
        other: Any = getattr(node, "template", None)
        is_named = isinstance(other, nodes.Const) and isinstance(other.value, str)
        if is_named and not getattr(node, "ignore_missing", False):
            yield node.lineno, other.value


def _of_static(roob: Roob, tree: nodes.Template, name: str) -> Iterator[Finding]:
    """Static files that it names and that are not there."""
    for call in tree.find_all(nodes.Call):
        is_static = isinstance(call.node, nodes.Name) and call.node.name == "static"
        for path in call.args if is_static else ():
            if isinstance(path, nodes.Const) and not _is_file(roob, str(path.value)):
                words = f"static: {name}:{call.lineno} names {path.value}"
                yield wrong(f"{words}, which is not there")


def _is_file(roob: Roob, path: str) -> bool:
    asked = Request.blank("/", method="HEAD")
    return roob.static_files.respond(asked, path.lstrip("/")) is not None

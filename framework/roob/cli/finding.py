"""Which app a command is about: named on the line, in the environment or in a file."""

import sys
import tomllib
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

import click

from roob.types import WSGIApp

VARIABLE = "ROOB_APP"
_CONVENTIONS = ("app", "main", "wsgi")

Command = TypeVar("Command", bound=Callable[..., Any])


def app_option(command: Command) -> Command:
    """``--app module:attribute``, for every command that is about an app."""
    option = click.option(
        "--app",
        "name",
        envvar=VARIABLE,
        metavar="MODULE:ATTRIBUTE",
        help="The WSGI app; else $ROOB_APP, pyproject.toml ([tool.roob] app), app:app.",
    )
    decorated: Command = option(command)
    return decorated


def settings() -> Mapping[str, Any]:
    """``[tool.roob]`` of the working directory's ``pyproject.toml``; empty without one.

    Raises:
        click.ClickException: the file is no TOML.
    """
    try:
        text = Path("pyproject.toml").read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    try:
        tools = tomllib.loads(text).get("tool", {})
    except tomllib.TOMLDecodeError as error:
        raise click.ClickException(f"pyproject.toml cannot be read: {error}") from error
    found: Mapping[str, Any] = tools.get("roob", {})
    return found


def name_of_app(given: str | None) -> str:
    """The app's name, ``module:attribute``, from wherever it is said first.

    Raises:
        click.UsageError: it is said nowhere.
    """
    name = given or settings().get("app") or _by_convention()
    if not name:
        raise click.UsageError(
            "Which app? Give --app module:attribute, or set ROOB_APP, or write "
            '[tool.roob] app = "module:attribute" into pyproject.toml'
        )
    return str(name)


def _by_convention() -> str | None:
    found = [name for name in _CONVENTIONS if Path(f"{name}.py").is_file()]
    return f"{found[0]}:app" if found else None


def load_app(name: str) -> WSGIApp:
    """The app of that name: ``"demo_app.core.main:app"``, ``"shop:create_app()"``.

    Raises:
        click.ClickException: there is no such module or attribute, or it is no app.
    """
    module_name, _, attribute = name.partition(":")
    if not module_name or not attribute:
        raise click.ClickException(f"{name!r} is no module:attribute")
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    module = _import(module_name)
    app = _attribute(module, attribute.removesuffix("()"), name)
    if attribute.endswith("()"):
        app = app()
    if not callable(app):
        raise click.ClickException(f"{name} is no app: {app!r} cannot be called")
    found: WSGIApp = app
    return found


def _import(name: str) -> Any:
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name and (name == error.name or name.startswith(f"{error.name}.")):
            raise click.ClickException(f"there is no module {name!r} here") from error
        raise


def _attribute(module: Any, path: str, name: str) -> Any:
    found = module
    for word in path.split("."):
        if not hasattr(found, word):
            close = get_close_matches(word, dir(found), 1)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            raise click.ClickException(f"{name}: there is no {word!r} in it{hint}")
        found = getattr(found, word)
    return found

"""Which app a command is about: named on the line, in the environment or in a file."""

import inspect
import sys
import tomllib
import traceback
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from difflib import get_close_matches
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

import click

from roob.types import WSGIApp

VARIABLE = "ROOB_APP"
_CONVENTIONS = ("app:app", "main:app", "wsgi:application")

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
    for name in _CONVENTIONS:
        module, _, _ = name.partition(":")
        if Path(f"{module}.py").is_file():
            return name
    return None


def load_app(name: str) -> WSGIApp:
    """The app of that name: ``"demo_app.core.main:app"``, ``"shop:create_app()"``.

    Raises:
        click.ClickException: there is no such module or attribute, or it is no app.
    """
    app = load(name)
    if not callable(app):
        raise click.ClickException(f"{name} is no app: {app!r} cannot be called")
    if inspect.isfunction(app) and not _takes(app, 2):
        raise click.ClickException(f"{name} is no app; is it a factory? Give {name}()")
    found: WSGIApp = app
    return found


def load(name: str) -> Any:
    """What a name stands for: ``"dbconfig:db"``, ``"shop:create_app()"``.

    Raises:
        click.ClickException: there is no such module or attribute.
    """
    module_name, attribute = parts_of(name)
    found = _attribute(import_here(module_name), attribute.removesuffix("()"), name)
    with redirect_stdout(sys.stderr):
        return _called(found, name) if attribute.endswith("()") else found


def parts_of(name: str) -> tuple[str, str]:
    """``"shop.main:app" -> ("shop.main", "app")``.

    Raises:
        click.ClickException: one of them is missing.
    """
    module_name, _, attribute = name.partition(":")
    if not module_name or not attribute:
        raise click.ClickException(f"{name!r} is no module:attribute")
    return module_name, attribute


def import_here(name: str) -> ModuleType:
    """A module of the working directory, or of its ``src``.

    Raises:
        click.ClickException: it is not there, or its import fails; with the place.
    """
    find_modules_here()
    with redirect_stdout(sys.stderr):  # what an import prints is no answer of ours
        return _import(name)


def refuse_missing(name: str) -> None:
    """Look for an app's module without importing it.

    Raises:
        click.ClickException: it is not there.
    """
    module_name, _ = parts_of(name)
    find_modules_here()
    try:
        is_there = find_spec(module_name) is not None
    except ModuleNotFoundError:  # a package that it would be in
        is_there = False
    except Exception as error:  # whatever the package's own code raises
        raise _failed(f"importing {module_name} failed", error) from error
    if not is_there:
        raise click.ClickException(f"there is no module {module_name!r} here")


def find_modules_here() -> None:
    """The working directory's modules, and those of a ``src`` folder in it."""
    for folder in reversed(folders_here()):
        if str(folder) not in sys.path:
            sys.path.insert(0, str(folder))


def folders_here() -> list[Path]:
    """Where modules are looked for: the working directory, and its ``src``."""
    return [each for each in (Path.cwd(), Path.cwd() / "src") if each.is_dir()]


def _called(factory: Any, name: str) -> Any:
    if not _takes(factory, 0):
        raise click.ClickException(f"{name}: it cannot be called without arguments")
    try:
        return factory()
    except Exception as error:  # whatever the app's own code raises
        raise _failed(f"{name} cannot be made", error) from error


def _takes(function: Any, count: int) -> bool:
    """Whether it can be called with so many arguments."""
    try:
        inspect.signature(function).bind(*range(count))
    except TypeError:
        return False
    except ValueError:  # of C, without a signature
        return True
    return True


def _import(name: str) -> ModuleType:
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name and (name == error.name or name.startswith(f"{error.name}.")):
            raise click.ClickException(f"there is no module {name!r} here") from error
        raise _failed(f"importing {name} failed", error) from error
    except Exception as error:  # whatever the app's own code raises
        raise _failed(f"importing {name} failed", error) from error


def _failed(what: str, error: Exception) -> click.ClickException:
    """Where an import failed, and why: one sentence, and the last step of the way."""
    *_, last = traceback.extract_tb(error.__traceback__)
    words, place = str(error), f"{last.filename}:{last.lineno}"
    if isinstance(error, SyntaxError):  # it stands elsewhere than it was raised
        words, place = error.msg, f"{error.filename}:{error.lineno}"
    return click.ClickException(f"{what}: {type(error).__name__}: {words} ({place})")


def _attribute(module: Any, path: str, name: str) -> Any:
    found = module
    for word in path.split("."):
        if not hasattr(found, word):
            close = get_close_matches(word, dir(found), 1)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            raise click.ClickException(f"{name}: there is no {word!r} in it{hint}")
        found = getattr(found, word)
    return found

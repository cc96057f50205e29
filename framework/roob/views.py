"""Views found on demand: ``/fred/`` is answered by the collection in ``views/fred.py``.

A new file is a new view; nothing else has to be edited.
"""

import inspect
import re
from importlib import import_module, invalidate_caches
from pathlib import Path
from types import ModuleType
from typing import Any

from parse import with_pattern

from roob.collection import Collection, CollectionEndpoint
from roob.constants import VERBS
from roob.dispatchers import keyword
from roob.framework import Roob
from roob.models.requests import Request

# No longer than what file systems take for a name.
_NAME = "[a-z][a-z0-9_]{0,99}"


class Views:
    """The modules of a package that hold a collection each.

    A view is a plain file of the package itself: no folder, no dotted name, none that
    begins with an underscore. It is imported when it is first asked for.
    """

    def __init__(self, app: Roob, package: str) -> None:
        self._app = app
        self._package = package
        self._folder = Path(next(iter(import_module(package).__path__)))
        self._endpoints: dict[str, CollectionEndpoint] = {}

    def __call__(self, request: Request, view: str, **member: str) -> Any:
        """What the view's collection answers.

        Raises:
            Exception: the view cannot be imported.
            TypeError: it has no collection, or several.
        """
        return self.endpoint(view)(request, **member)

    def has(self, name: str) -> bool:
        """Whether there is such a view."""
        is_name = re.fullmatch(_NAME, name) is not None
        return name in self._endpoints or (
            is_name and (self._folder / f"{name}.py").is_file()
        )

    def names(self) -> list[str]:
        """All views, by their files; none is imported."""
        return sorted(
            path.stem for path in self._folder.glob("*.py") if self.has(path.stem)
        )

    def found(self) -> dict[str, type[Collection]]:
        """All views, imported: ``{"fred": FredCollection}``.

        Raises:
            Exception, TypeError: as for a request.
        """
        return {name: self.collection(name) for name in self.names()}

    def collection(self, name: str) -> type[Collection]:
        """One view, imported.

        Raises:
            Exception, TypeError: as for a request.
        """
        return self.endpoint(name).kind

    def endpoint(self, name: str) -> CollectionEndpoint:
        """What a route calls for one view.

        Raises:
            Exception, TypeError: as for a request.
        """
        found = self._endpoints.get(name)
        if found is None:
            invalidate_caches()  # the file may be newer than what Python knows
            module = import_module(f"{self._package}.{name}")
            found = CollectionEndpoint(collection_in(module), self._app, name)
            self._endpoints[name] = found
        return found


def add_views(app: Roob, package: str) -> Views:
    """Let an app find its views in a package: ``add_views(app, "views")``.

    What is registered before wins; a view that is missing is 404 as any path.

    Raises:
        ModuleNotFoundError: there is no such package.
        RuntimeError: the app has views already.
    """
    views = Views(app, package)

    def existing(text: str) -> str:
        if not views.has(text):
            raise ValueError(f"there is no view {text!r}")
        return text

    app.add_converter("view", with_pattern(_NAME)(existing))
    for path in ("/{view:view}", "/{view:view}/{member}"):
        app.add_route(path, views, VERBS, name="view", dispatcher=keyword)
    return views


def collection_in(module: ModuleType) -> type[Collection]:
    """The one collection that a view's module defines.

    Raises:
        TypeError: there is none, or there are several.
    """
    found = [
        each
        for each in dict.fromkeys(filter(inspect.isclass, vars(module).values()))
        if issubclass(each, Collection) and each.__module__ == module.__name__
    ]
    if len(found) != 1:
        names = ", ".join(each.__name__ for each in found) or "none"
        raise TypeError(
            f"{module.__name__} has to define one collection; it has {names}"
        )
    return found[0]

"""One small app per framework, to be read: `GET /items/<int>` and nothing else.

Each module has `make()`, which builds its app as the framework's documentation would:
the parameter is an integer, and the handler answers with it as JSON, `{"id": 1}`.
"""

import importlib
from typing import Any

ASGI = ("starlette", "fastapi")
"""Those that are called with a scope; the others are WSGI apps."""

FRAMEWORKS = ("roob", *ASGI, "bottle", "falcon", "flask", "django")


def make(framework: str) -> Any:
    """Build a framework's app: `"flask" -> benchmarks.reading_apps.flask.make()`.

    Raises:
        ImportError: its package is not installed.
    """
    return importlib.import_module(f"benchmarks.reading_apps.{framework}").make()

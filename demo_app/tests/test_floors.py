"""controllers -> service <- repositories: the service looks at nothing but itself."""

import ast
import sys
from pathlib import Path

import pytest

import demo_app

HERE = Path(demo_app.__file__).parent


def imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            yield node.module or ""


def modules(folder):
    return sorted((HERE / folder).glob("*.py"), key=lambda path: path.name)


@pytest.mark.parametrize("path", modules("service"), ids=lambda path: path.stem)
def test_the_service_imports_itself_and_the_standard_library(path):
    for name in imported(path):
        top = name.partition(".")[0]
        assert name.startswith("demo_app.service") or top in sys.stdlib_module_names


# Stand before main, where other servers come in than gunicorn's threads.
IN_FRONT = ("asgi", "watched")


@pytest.mark.parametrize("path", modules("core"), ids=lambda path: path.stem)
def test_only_main_knows_all(path):
    assert path.stem in IN_FRONT or "demo_app.core.main" not in imported(path)

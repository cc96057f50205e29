from pathlib import Path

import pytest


def pytest_addoption(parser):
    parser.addoption("--wheel", type=Path, help="the folder that the wheel lies in")


@pytest.fixture
def wheel(request):
    folder = request.config.getoption("--wheel", None)
    if folder is None:
        pytest.skip("needs a built wheel and the package index: make dist-check")
    [path] = folder.glob("roob-*.whl")
    return path.resolve()

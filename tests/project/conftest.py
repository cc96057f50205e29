"""A project that the tests of a module share; each module has one of its own."""

import pytest

from tests.project.projects import Project, create_with_employees


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with employees, whose table is there."""
    return create_with_employees(tmp_path_factory.mktemp("generated"))

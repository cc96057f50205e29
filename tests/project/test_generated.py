"""What a generated project brings along works, at once and as it grows."""

import re

import pytest

from tests.e2e.servers import ROOT
from tests.project.projects import BIN, EMPLOYEES, Project, create, typed

EVERY_TYPE = (
    "things",
    *(
        f"a_{kind}:{kind}"
        for kind in (
            "str",
            "text",
            "int",
            "float",
            "bool",
            "date",
            "datetime",
            "decimal",
            "uuid",
            "json",
        )
    ),
    "kept_by:employees",
    "used_by:employees:optional",
    "label:str:unique",
    "weight:float:optional:index",
)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project that is tested while it grows."""
    return create(tmp_path_factory.mktemp("grown"))


@pytest.fixture(scope="module")
def tested(project: Project) -> list[int]:
    """How many tests of its own succeed: empty, with a view, with models."""
    numbers = [succeeding(project)]
    project.roob("addview", "fred")
    numbers.append(succeeding(project))
    project.roob("addmodelview", *EMPLOYEES)
    project.roob("addmodelview", *EVERY_TYPE)
    project.roob("createdb")
    numbers.append(succeeding(project))
    return numbers


def succeeding(project: Project) -> int:
    said = project.python("-m", "pytest", "-q")
    # Were there warnings, they would stand behind the number.
    found = re.search(r"^(\d+) passed in", said, re.MULTILINE)
    assert found is not None, said
    return int(found[1])


def test_its_own_tests_succeed_from_its_first_moment(tested: list[int]) -> None:
    empty, with_view, with_models = tested
    assert 0 < empty <= with_view < with_models


@pytest.mark.usefixtures("tested")
def test_its_addresses_are_listed(project: Project) -> None:
    listed = project.roob("routes")

    for path in ("/health/ready", "/fred/", "/employees/", "/things/"):
        assert path in listed


@pytest.mark.usefixtures("tested")
def test_nothing_in_it_is_objected_to(project: Project) -> None:
    project.roob("check")


@pytest.mark.usefixtures("tested")
def test_its_shell_has_its_models_and_its_database_at_hand(project: Project) -> None:
    code = 'db.save(Employee(name="Ada", title="Countess", office_number=7)); '
    code += "print([each.name for each in db.get_all(Employee)])"

    assert project.roob("shell", "-c", code).splitlines()[-1] == "['Ada']"


@pytest.mark.usefixtures("tested")
def test_its_migrations_have_nothing_left_to_do(project: Project) -> None:
    assert "pending" not in project.roob("migrate", "status")


@pytest.mark.usefixtures("tested")
def test_a_request_that_is_traced_leaves_no_line_in_its_log(project: Project) -> None:
    log = project.folder / "log"
    before = [path.stat().st_size for path in sorted(log.iterdir())]

    assert "handler" in project.roob("trace", "GET", "/employees/")

    assert [path.stat().st_size for path in sorted(log.iterdir())] == before


@pytest.mark.parametrize(
    "words", [["routes"], ["check"], ["shell", "-c", "print(app)"]]
)
def test_the_same_commands_work_on_the_demo(words: list[str]) -> None:
    assert typed(ROOT, [str(BIN / "roob"), *words])

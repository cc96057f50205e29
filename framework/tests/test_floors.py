"""The floor plan of roob, checked: a room may import only rooms on lower floors.

Read FLOORS from the bottom line up and you have read the request's way in. A new
module fails here until it is given a floor.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "roob"
SKELETON = SOURCE / "cli" / "skeleton"

# Lowest first; ".*" stands for every room of a folder. Rooms of one line and one
# folder may import each other; other rooms of one line may not.
#
# The towers of the web and of the ORM stand beside each other, up to the rooms that
# meet both.
FLOORS = [
    "constants types headers path_segment utils.json_util orm.exceptions",
    "exceptions path_template orm.expressions orm.dialects",
    "models.* orm.column",
    "helpers common_handlers mounting dispatchers events websockets.* orm.table",
    "hosts",
    "middlewares.* routing_manager static_files typed.* orm.codecs orm.joins",
    "route_group orm.criteria orm.relations orm.waves",
    "framework router client orm.query orm.schema.*",
    "server testing formats stopping bridge.* orm.connections orm.recording",
    "collection gateway.* orm.runner",
    "views orm.selection",
    "openapi.*",
    "orm.database",
    (
        "orm.unit_of_work orm.sqlite orm.postgres "
        "orm.schema.migration_files orm.schema.migrations"
    ),
    "orm.db_factory",
    "scaffold.*",
    "trace.hiding.*",
    "trace.*",
    "cli.finding cli.terminal",
    "cli.*",
    "cli.making.* cli.checking.*",
]


def is_room(path: Path) -> bool:
    """The skeleton's modules are rooms of the projects that are made from it."""
    is_inside = path.is_relative_to(SKELETON)
    return path.stem not in ("__init__", "__main__") and not is_inside


def rooms() -> dict[str, Path]:
    paths = filter(is_room, SOURCE.rglob("*.py"))
    return {".".join(p.relative_to(SOURCE).with_suffix("").parts): p for p in paths}


ROOMS = rooms()


def floor_of(room: str) -> int | None:
    by_name = {name: n for n, line in enumerate(FLOORS) for name in line.split()}
    return by_name.get(room, by_name.get(room.rpartition(".")[0] + ".*"))


def imported_names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
            yield str(node.module)


def imported_rooms(room: str) -> set[str]:
    names = imported_names(ast.parse(ROOMS[room].read_text()))
    return {name[5:] for name in names if name[5:] in ROOMS and name[:5] == "roob."}


def folder_of(room: str) -> str:
    return room.rpartition(".")[0]


def test_every_room_has_a_floor():
    assert [room for room in ROOMS if floor_of(room) is None] == []


def test_every_name_on_a_floor_is_a_room():
    named = [name for line in FLOORS for name in line.split() if name[-2:] != ".*"]
    assert sorted(set(named) - set(ROOMS)) == []


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_imports_go_down(room):
    for other in imported_rooms(room):
        is_neighbour = folder_of(room) != "" and folder_of(room) == folder_of(other)
        allowed = floor_of(room) if is_neighbour else floor_of(room) - 1
        assert floor_of(other) <= allowed, f"{room} imports {other}"


def is_above_the_towers(room):
    return room.startswith(("scaffold.", "cli."))


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_the_towers_never_import_each_other(room):
    if is_above_the_towers(room):
        return
    for other in imported_rooms(room):
        assert room.startswith("orm.") == other.startswith("orm."), other


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_no_two_rooms_import_each_other(room):
    assert all(room not in imported_rooms(other) for other in imported_rooms(room))


def statements_out_of_sight(tree: ast.Module) -> Iterator[ast.stmt]:
    """Imports that are anywhere but at the left margin."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom) and node not in tree.body:
            yield node


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda p: p.stem)
def test_imports_stand_at_the_top_and_are_absolute(path):
    tree = ast.parse(path.read_text())
    assert [node.lineno for node in statements_out_of_sight(tree)] == []
    relative = [n for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.level]
    assert relative == []


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda p: p.stem)
def test_nothing_hides_under_type_checking(path):
    names = {
        n.id for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Name)
    }
    assert "TYPE_CHECKING" not in names


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda p: p.stem)
def test_every_room_says_in_its_first_line_what_it_is(path):
    assert ast.get_docstring(ast.parse(path.read_text()))


def test_the_map_in_the_package_names_rooms_that_exist():
    docstring = ast.get_docstring(ast.parse((SOURCE / "__init__.py").read_text()))
    words = [line.split()[0] for line in docstring.splitlines() if "  " in line]
    folders = {folder_of(room) for room in ROOMS}
    assert set(words) - set(ROOMS) - folders - {"your"} == set()

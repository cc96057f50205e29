import pytest
from roob.cli.rooms import drawing


@pytest.fixture
def house(folder):
    for name, text in {
        "house/__init__.py": '"""The house: where it begins."""\n',
        "house/hall.py": '"""The hall. Coats are left here.\n\nMore."""\nx = 1\n',
        "house/attic.py": "y = 2\n",
        "house/empty.py": "",
        "house/garden/__init__.py": "",
        "house/garden/pond.py": '"""Fish."""\n',
        "house/.hidden/secret.py": "z = 3\n",
        "house/__pycache__/old.py": "z = 3\n",
        "house/papers/note.txt": "no Python",
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder / "house"


def told(lines):
    return [" ".join(line.split()) for line in lines]


def test_a_folder_is_drawn_room_by_room_with_their_own_words(house):
    lines = told(drawing(house))
    assert lines[0] == "house/ The house: where it begins."
    assert lines[1].startswith("attic 1")
    assert lines[2].startswith("hall 4")
    assert lines[2].endswith("The hall. Coats are left here.")
    assert lines[3] == "garden/"
    assert lines[4].startswith("pond 1")
    assert len(lines) == 5


@pytest.mark.parametrize("name", [".venv", "env", "node_modules"])
def test_what_others_wrote_is_left_out(house, name):
    before = drawing(house)
    foreign = house / name
    (foreign / "lib").mkdir(parents=True)
    (foreign / "lib" / "library.py").write_text("x = 1\n")
    (foreign / "pyvenv.cfg").touch()
    assert drawing(house) == before


@pytest.mark.parametrize("text", ["def broken(:\n", "x = '\0'\n"])
def test_a_file_that_is_no_python_is_told(house, text):
    (house / "cellar.py").write_text(text)
    (line,) = [line for line in told(drawing(house)) if line.startswith("cellar")]
    assert line == "cellar 1 lines (this is no Python that can be read here)"


def test_what_is_inside_is_further_in(house):
    lines = drawing(house)
    indents = [len(line) - len(line.lstrip()) for line in lines]
    assert indents == [0, 2, 2, 2, 4]


def test_the_working_directory_is_drawn_where_none_is_named(house, roob):
    result = roob("rooms")
    assert result.exit_code == 0
    assert result.output.splitlines()[0].startswith(house.parent.name)
    assert roob("rooms", "house").output.splitlines()[0].startswith("house/")


@pytest.mark.parametrize("path", ["nowhere", "house/hall.py"])
def test_what_is_no_folder_is_refused(house, roob, path):
    assert roob("rooms", path).exit_code == 2

import ast

import pytest


@pytest.fixture
def project(folder):
    """What a command takes for a project's folder."""
    (folder / "dispatcher.py").touch()
    (folder / "views").mkdir()
    return folder


def files(folder):
    return sorted(
        p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()
    )


def test_a_view_is_added(roob, project):
    result = roob("addview", "fred")
    assert result.exit_code == 0
    assert result.output == (
        " created views/fred.py\n"
        " created templates/fred/list.html\n"
        " created templates/fred/retrieve.html\n"
    )
    assert files(project) == [
        "dispatcher.py",
        "templates/fred/list.html",
        "templates/fred/retrieve.html",
        "views/fred.py",
    ]


def test_its_collection_has_a_list_and_a_page_for_each(roob, project):
    roob("addview", "blog_posts")
    module = ast.parse((project / "views" / "blog_posts.py").read_text())
    (collection,) = [node for node in module.body if isinstance(node, ast.ClassDef)]
    assert collection.name == "BlogPostsCollection"
    assert [ast.unparse(base) for base in collection.bases] == ["Collection"]
    members = [node for node in collection.body if isinstance(node, ast.FunctionDef)]
    assert [member.name for member in members] == ["list", "retrieve"]


def test_a_template_is_copied_as_it_is(roob, project):
    roob("addview", "fred")
    page = (project / "templates" / "fred" / "list.html").read_text()
    assert "{{ collection.title }}" in page


@pytest.mark.parametrize(
    "name",
    ["views/fred.py", "templates/fred/list.html", "templates/fred/retrieve.html"],
)
def test_what_is_there_stays_and_nothing_is_added(roob, project, name):
    (project / name).parent.mkdir(parents=True, exist_ok=True)
    (project / name).write_text("mine")
    before = files(project)
    result = roob("addview", "fred")
    assert (result.exit_code, result.output) == (
        1,
        f"Error: File '{name}' already exists\n",
    )
    assert files(project) == before
    assert (project / name).read_text() == "mine"


def test_a_package_that_python_would_find_first_is_refused(roob, project):
    (project / "views" / "fred").mkdir()
    result = roob("addview", "fred")
    assert result.output == "Error: Directory 'views/fred' already exists\n"
    assert files(project) == ["dispatcher.py"]


def test_a_name_that_is_none_is_refused_with_one_that_is(roob, project):
    result = roob("addview", "Fred-x")
    assert result.exit_code == 1
    assert result.output == (
        "Error: 'Fred-x' is no name for a view: use lower-case letters, digits and "
        "_, such as fred_x\n"
    )
    assert files(project) == ["dispatcher.py"]


@pytest.mark.parametrize("command", [["addview", "a"], ["addmodelview", "a", "b:str"]])
@pytest.mark.parametrize("missing", ["dispatcher.py", "views"])
def test_nothing_is_added_where_no_project_is(roob, project, command, missing):
    if missing == "views":
        (project / "views").rmdir()
    else:
        (project / missing).unlink()
    before = files(project)
    result = roob(*command)
    assert result.exit_code == 1
    assert result.output == (
        f"Error: This is no project's folder: there is no {missing} here. Go into "
        "one, or make one by roob createproject\n"
    )
    assert files(project) == before

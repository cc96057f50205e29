"""``roob addview``: a view of one's own, its collection and its templates."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from roob.cli.making.copying import new_file, refuse_existing, write_files
from roob.cli.making.naming import check_view_name, class_of_view, words

# Where each goes in the project, and what it is made from, in the order of printing.
_FILES = (
    ("views/{name}.py", "view/views/view.py.jinja"),
    ("templates/{name}/list.html", "view/templates/list.html"),
    ("templates/{name}/retrieve.html", "view/templates/retrieve.html"),
)


@click.command()
@click.argument("name")
def addview(name: str) -> None:
    """Add the view NAME to the project: its collection and its templates.

    /NAME/ is then answered by list() in views/NAME.py, and /NAME/7 by retrieve("7").
    Nothing is overwritten: where one of the files is there, none is written.
    """
    require_project()
    check_view_name(name)
    values = {"name": name, "view": class_of_view(name), "words": words(name)}
    add_files(_FILES, name, values)


def require_project() -> None:
    """Refuse to add anything where no project is.

    Raises:
        click.ClickException: the working directory is none's.
    """
    if not Path("dispatcher.py").is_file() or not Path("views").is_dir():
        missing = "views" if Path("dispatcher.py").is_file() else "dispatcher.py"
        raise click.ClickException(
            f"This is no project's folder: there is no {missing} here. Go into one, "
            "or make one by roob createproject"
        )


def add_files(
    table: Sequence[tuple[str, str]], name: str, values: Mapping[str, object]
) -> None:
    """Write the files of a table, all or none, and print their names.

    Raises:
        click.ClickException: one is there already, or cannot be written.
    """
    files = [new_file(path.format(name=name), s, values) for path, s in table]
    for file in files:
        if file.path.endswith(".py"):  # a package of that name would be found first
            refuse_existing(Path(file.path.removesuffix(".py")))
    write_files(files)
    for file in files:
        click.echo(f" created {file.path}")

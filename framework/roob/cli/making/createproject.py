"""``roob createproject``: a folder with a whole project in it, which runs."""

from importlib.metadata import version
from pathlib import Path

import click

from roob.cli.making.copying import files_of, write_folder
from roob.cli.making.naming import check_project_name, slug

_NEXT = """
Next:
  cd {name}
  roob addmodelview employees name:str title:str office_number:int
  roob createdb
  roob run"""


@click.command()
@click.argument("name")
def createproject(name: str) -> None:
    """Create the directory NAME with a project in it, ready to run.

    A name has letters, digits, - and _, a letter first. Nothing is overwritten: where
    there is a file or a directory of that name, nothing happens.
    """
    check_project_name(name)
    values = {"name": name, "slug": slug(name), "version": version("roob")}
    files = files_of("project", values)
    write_folder(files, Path(name))
    for file in files:
        click.echo(f" created {name}/{file.path}")
    click.echo(_NEXT.format(name=name))

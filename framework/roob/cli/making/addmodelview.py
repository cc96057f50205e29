"""``roob addmodelview``: a model, the view that shows and changes its rows, a test."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from roob.cli.making.addview import add_files, require_project
from roob.cli.making.columns import TYPES, NewColumn, parse_columns
from roob.cli.making.layout import import_line, natural
from roob.cli.making.naming import (
    check_model_name,
    class_of_model,
    class_of_view,
    singular,
    words,
)
from roob.cli.making.references import module_with

_AS_TYPED = ("str", "text", "int")
_PAGES = (
    "list",
    "retrieve",
    "get_create_form",
    "get_edit_form",
    "get_delete_form",
)
# Where each goes in the project, and what it is made from, in the order of printing.
_FILES = (
    ("models/{name}.py", "modelview/models/model.py.jinja"),
    ("views/{name}.py", "modelview/views/view.py.jinja"),
    *(
        (f"templates/{{name}}/{p}.html", f"modelview/templates/{p}.html")
        for p in _PAGES
    ),
    ("tests/test_{name}.py", "modelview/tests/test_view.py.jinja"),
)


@click.command()
@click.argument("name")
@click.argument("columns", nargs=-1, required=True)
def addmodelview(name: str, columns: Sequence[str]) -> None:
    """Add the model NAME to the project, its view, its templates and a test.

    A column is name:type or name:type:option, with as many options as you like.

    \b
    types     str, text (long), int, float, bool, date, datetime, decimal, uuid, json
              or another model's name, for a reference to one of its rows
    options   optional, unique, index

    \b
    roob addmodelview posts title:str:unique body:text published:date:optional
    roob addmodelview comments post:posts author:str:index body:text

    The classes are named after one of them, Post and Comment; where English has it
    otherwise, rename them in models/NAME.py and views/NAME.py. Nothing is
    overwritten: where one of the files is there, none is written.
    """
    require_project()
    check_model_name(name)
    _refuse_class(class_of_model(name), Path("models", f"{name}.py"))
    add_files(_FILES, name, values_of(name, parse_columns(columns, name)))


def _refuse_class(name: str, own: Path) -> None:
    """Refuse a class that another module of models has; two would be taken for one.

    Raises:
        click.ClickException: names the module.
    """
    place = module_with(name, own.parent)
    if place is not None and place != own:
        raise click.ClickException(f"The class {name} is in {place.as_posix()} already")


def values_of(name: str, columns: Sequence[NewColumn]) -> Mapping[str, object]:
    """What the skeleton's files are filled with."""
    return {
        "name": name,
        "words": words(name),
        "word": words(singular(name)),
        "model": class_of_model(name),
        "view": class_of_view(name),
        "columns": columns,
        "long_texts": [column.name for column in columns if column.type == "text"],
        **_imports(name, columns),
        **_samples(columns),
    }


def _imports(name: str, columns: Sequence[NewColumn]) -> Mapping[str, object]:
    types = [TYPES[column.type] for column in columns if column.model is None]
    needed = {"PrimaryKey", "Version", *(column.kind for column in columns)}
    has_json = any(kind.expression == "JSON" for kind in types)
    models = {c.model for c in columns if c.model and not c.is_own}
    others = sorted(models, key=lambda model: natural(model.module))
    return {
        # `import` stands before `from`.
        "standard_imports": sorted(
            {kind.imported for kind in types if kind.imported}, key=_by_statement
        ),
        "column_classes": [*(["JSON"] if has_json else []), *sorted(needed)],
        "model_imports": [import_line(f"models.{m.module}", m.name) for m in others],
        "own_import": import_line(f"models.{name}", class_of_model(name)),
    }


def _by_statement(line: str) -> tuple[bool, str]:
    return line.startswith("from "), line


def _samples(columns: Sequence[NewColumn]) -> Mapping[str, object]:
    """What a test can send, and look for on a page; nothing where rows are needed."""
    plain = [column for column in columns if column.model is None]
    # A page shows these as they were typed; others as people read them.
    texts = [column for kind in _AS_TYPED for column in plain if column.type == kind]
    typed = [column for column in plain if column.type != "bool"]
    asked = [column for column in typed if not column.is_optional]
    return {
        "sent": plain,
        "shown": next(iter(texts), None),
        "changed": next(iter([*texts, *typed, *plain]), None),
        "asked": next(iter(asked), None),
        "needs_rows": any(c.model and not c.is_optional for c in columns),
    }

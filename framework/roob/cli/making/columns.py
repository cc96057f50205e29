"""The columns of ``roob addmodelview``: ``office_number:int:optional`` and the like.

A column is a name, a type and options. The type is one of ``TYPES`` or a model of the
project: ``post:posts`` is a reference to a row of ``models/posts.py``.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType

import click

from roob.cli.making.naming import check_identifier, class_of_model, words
from roob.cli.making.references import Model, model_in, names_of_models
from roob.orm.table import Table


@dataclass(frozen=True)
class ColumnType:
    """How a type is written in a model, what that needs, and two values of a form."""

    expression: str
    samples: tuple[str, str]
    imported: str = ""


TYPES: Mapping[str, ColumnType] = MappingProxyType(
    {
        "str": ColumnType("str", ("Some {}", "Another {}")),
        "text": ColumnType("str", ("Some {}", "Another {}")),
        "int": ColumnType("int", ("7", "8")),
        "float": ColumnType("float", ("1.5", "2.5")),
        "bool": ColumnType("bool", ("1", "0")),
        "date": ColumnType(
            "dt.date", ("2026-01-31", "2026-02-01"), "import datetime as dt"
        ),
        "datetime": ColumnType(
            "dt.datetime",
            ("2026-01-31T12:30", "2026-02-01T12:30"),
            "import datetime as dt",
        ),
        "decimal": ColumnType(
            "Decimal", ("1.50", "2.50"), "from decimal import Decimal"
        ),
        "uuid": ColumnType(
            "UUID",
            (
                "6f1ed002-ab5b-4c2b-9f0a-1c7f8a2d5e01",
                "6f1ed002-ab5b-4c2b-9f0a-1c7f8a2d5e02",
            ),
            "from uuid import UUID",
        ),
        "json": ColumnType("JSON", ("[1]", "[2]")),
    }
)

# In the order in which they are written into the model.
OPTIONS: Mapping[str, str] = MappingProxyType(
    {"optional": "nullable=True", "unique": "unique=True", "index": "index=True"}
)

_LONGEST_SAMPLE = 36  # characters, as many as a UUID has

_TAKEN: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("id", "version"), "every model has it by itself"),
        "csrf_token": "forms have a hidden field of that name",
        **dict.fromkeys(
            ("str", "int", "float", "bool", "dt"),
            "the columns below it mean the type by that",
        ),
        **dict.fromkeys(
            ("cmax", "cmin", "ctid", "tableoid", "xmax", "xmin"),
            "PostgreSQL keeps it for itself",
        ),
    }
)


@dataclass(frozen=True)
class NewColumn:
    """A column to be written: ``NewColumn("title", "str", ("optional",))``.

    A reference has its model; ``is_own`` says that it leads to its own table.
    """

    name: str
    type: str
    options: Sequence[str] = ()
    model: Model | None = None
    is_own: bool = False

    @property
    def sql_name(self) -> str:
        """The name in the database: ``post -> post_id`` where it is a reference."""
        return f"{self.name}_id" if self.model else self.name

    @property
    def kind(self) -> str:
        """The class of the column."""
        return "ForeignKey" if self.model else "Column"

    @property
    def arguments(self) -> list[str]:
        """What the class is called with: ``["str", "nullable=True"]``."""
        return [self._expression, *[OPTIONS[option] for option in self.options]]

    @property
    def _expression(self) -> str:
        if self.model is None:
            return TYPES[self.type].expression
        return '"self"' if self.is_own else self.model.name

    @property
    def is_optional(self) -> bool:
        """Whether a row may be without a value."""
        return "optional" in self.options

    @property
    def samples(self) -> list[str]:
        """Two different values, as a form sends them; short, whatever the name."""
        found = [text.format(words(self.name)) for text in TYPES[self.type].samples]
        return [text[:_LONGEST_SAMPLE].strip() for text in found]


def parse_columns(
    texts: Iterable[str], own: str, folder: Path = Path("models")
) -> list[NewColumn]:
    """Read columns: ``(["name:str"], "posts") -> [NewColumn("name", "str")]``.

    ``own`` is the name of the model that gets them, ``folder`` has the others.

    Raises:
        click.ClickException: names the column, what is wrong, and what may be.
    """
    columns = [_parsed(text, own, folder) for text in texts]
    _refuse_same_columns(columns)
    _refuse_same_classes(columns, own)
    return columns


def _parsed(text: str, own: str, folder: Path) -> NewColumn:
    name, *given = text.split(":")
    _check_name(name)
    if not given or not given[0]:
        raise click.ClickException(
            f"column {name!r} has no type: write {name}:str, or one of {_types()}"
        )
    kind, *options = given
    model = None if kind in TYPES else _model(name, kind, own, folder)
    _check_options(name, kind, options)
    is_own = kind == own and model is not None
    if is_own and "optional" not in options:
        raise click.ClickException(
            f"column {name!r}: the first of the {own} could refer to none: "
            f"write {name}:{own}:optional"
        )
    return NewColumn(name, kind, _written(options, kind), model, is_own)


def _check_name(name: str) -> None:
    check_identifier(name, "a column")
    reason = _TAKEN.get(name)
    if hasattr(Table, name):
        reason = "it means something to every table"
    if reason:
        raise click.ClickException(f"{name!r} is no name for a column: {reason}")


def _model(column: str, kind: str, own: str, folder: Path) -> Model:
    if kind == own:
        return Model(own, class_of_model(own))
    known = names_of_models(folder)
    if kind in known:
        return model_in(folder / f"{kind}.py")
    models = f", or a model: {', '.join(known)}" if known else ""
    raise click.ClickException(
        f"column {column!r}: there is no type {kind!r}{_hint(kind, (*TYPES, *known))} "
        f"Types are {_types()}{models}"
    )


def _check_options(column: str, kind: str, options: Sequence[str]) -> None:
    for option in options:
        if option not in OPTIONS:
            raise click.ClickException(
                f"column {column!r}: there is no option {option!r}"
                f"{_hint(option, OPTIONS)} Options are {', '.join(OPTIONS)}"
            )
        if kind == "json" and option != "optional":
            raise click.ClickException(
                f"column {column!r}: no database compares JSON, so not {option}"
            )


def _written(options: Sequence[str], kind: str) -> list[str]:
    """The options in their order; references are indexed without being told."""
    is_reference = kind not in TYPES
    found = [option for option in OPTIONS if option in options]
    return [option for option in found if option != "index" or not is_reference]


def _types() -> str:
    return ", ".join(TYPES)


def _hint(word: str, known: Iterable[str]) -> str:
    close = get_close_matches(word.lower(), list(known), 1)
    return f"; did you mean {close[0]!r}?" if close else "."


def _refuse_same_columns(columns: Iterable[NewColumn]) -> None:
    taken: dict[str, str] = {}
    for column in columns:
        other = taken.setdefault(column.sql_name, column.name)
        if other != column.name:
            raise click.ClickException(
                f"{other!r} and {column.name!r} are one column in the database: "
                f"{column.sql_name}"
            )
    names = [column.name for column in columns]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise click.ClickException(f"column {twice!r} is there twice")


def _refuse_same_classes(columns: Iterable[NewColumn], own: str) -> None:
    """Two classes of one name cannot both be named in one module."""
    taken = {class_of_model(own): own}
    for model in [column.model for column in columns if column.model]:
        other = taken.setdefault(model.name, model.module)
        if other != model.module:
            raise click.ClickException(
                f"{other!r} and {model.module!r} both have a class {model.name}: "
                "rename one of them"
            )

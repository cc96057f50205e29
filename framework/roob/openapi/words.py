"""What is said of a handler, looked at when it is said: the mistakes that one makes.

A wrong word would otherwise come up when somebody asks for the document.
"""

from collections.abc import Mapping
from dataclasses import is_dataclass
from typing import Any, get_origin

# Values, where a type is wanted.
_VALUES = (str, bool, int, float, complex, bytes, list, tuple, set, frozenset)


def check_list(word: str, said: Any) -> None:
    """``tags=["books"]``, and not the text ``"books"``, which is five letters.

    Raises:
        TypeError: it is a text, or cannot be gone through.
    """
    if isinstance(said, str | Mapping) or not hasattr(said, "__iter__"):
        raise TypeError(f"{word}={said!r}: give a list, {word}=[...]")


def check_mapping(word: str, said: Any, example: str) -> None:
    """``responses={404: "No such book"}``, and not the answer alone.

    Raises:
        TypeError: it is no mapping.
    """
    if not isinstance(said, Mapping):
        raise TypeError(f"{word}={said!r}: give a mapping, such as {example}")


def check_status(code: Any) -> None:
    """A number from 100 to 599, or an ``HttpStatus``.

    Raises:
        ValueError: it is none.
    """
    try:
        is_status = 100 <= int(code) <= 599
    except (TypeError, ValueError):
        is_status = False
    if not is_status:
        raise ValueError(f"responses: {code!r} is no status; give {{404: ...}}")


def check_content(word: str, content: Any) -> None:
    """A type, a ``Schema``, or several by media type: ``{"text/csv": str}``.

    Raises:
        TypeError: it is a value, or a mapping of other names.
    """
    if isinstance(content, Mapping):
        for media_type, kind in content.items():
            if "/" not in str(media_type):
                raise TypeError(f"{word}: {media_type!r} is no media type; see Schema")
            check_content(word, kind)
    elif isinstance(content, _VALUES):
        raise TypeError(f"{word}: {content!r} is no type; give one, such as list[str]")


def check_model(word: str, model: Any) -> None:
    """A model of pydantic, a dataclass or a TypedDict: what has fields.

    Raises:
        TypeError: it is something else, which no parameters can be made of.
    """
    kind = get_origin(model) or model
    marks = ("model_fields", "__total__")  # of pydantic's models, of a TypedDict
    is_model = is_dataclass(kind) or any(hasattr(kind, mark) for mark in marks)
    if not (isinstance(kind, type) and is_model):
        raise TypeError(
            f"{word}={model!r} has no fields: give a pydantic model, a dataclass, "
            "a TypedDict or a Schema"
        )

"""Names that a user gives: which there may be, and what else is named after them.

``blog_posts`` is a view, a table and a folder of templates; its model is the class
``BlogPost``, its view the class ``BlogPostsCollection``.
"""

import re
from collections.abc import Mapping
from keyword import iskeyword
from types import MappingProxyType

import click

LONGEST = 40
"""Characters of a name; short enough for every database and for a line of code."""

_NAME = re.compile(f"[a-z][a-z0-9_]{{0,{LONGEST - 1}}}")
_PROJECT = re.compile("[A-Za-z][A-Za-z0-9_-]{0,63}")

_TAKEN_VIEWS: Mapping[str, str] = MappingProxyType(
    {
        "static": "/static/ has the files of the folder static",
        "health": "/health/live and /health/ready tell how the project is",
        "model": "its class would be ModelCollection, which it inherits from",
    }
)
_DATABASES_OWN = ("sqlite_", "roob_")

# What a generated module knows already by these names.
_TAKEN_CLASSES = frozenset(
    (
        *("Column", "Decimal", "ForeignKey", "JSON", "ModelCollection"),
        *("PrimaryKey", "Table", "UUID", "Version"),
    )
)

_SINGULARS: Mapping[str, str] = MappingProxyType(
    {
        "aliases": "alias",
        "analyses": "analysis",
        "caches": "cache",
        "calories": "calorie",
        "canvases": "canvas",
        "children": "child",
        "cookies": "cookie",
        "lenses": "lens",
        "movies": "movie",
        "news": "news",
        "quizzes": "quiz",
        "series": "series",
        "shelves": "shelf",
        "shoes": "shoe",
        "species": "species",
        "uses": "use",
    }
)
# The first ending that fits is replaced; the last of them is the rule.
_ENDINGS = (
    ("ss", "ss"),  # address
    ("us", "us"),  # status
    ("is", "is"),  # analysis
    ("ies", "y"),  # companies
    ("sses", "ss"),  # addresses
    ("xes", "x"),  # boxes
    ("ches", "ch"),  # branches
    ("shes", "sh"),  # dishes
    ("oes", "o"),  # heroes
    ("auses", "ause"),  # causes
    ("ouses", "ouse"),  # houses
    ("uses", "us"),  # statuses
    ("s", ""),  # employees
)


def check_project_name(text: str) -> None:
    """Refuse what is no plain name of a folder: ``"../x"``, ``""``, ``"7up"``.

    Raises:
        click.ClickException: says what is allowed.
    """
    if not _PROJECT.fullmatch(text):
        raise click.ClickException(
            f"{text!r} is no name for a project: use letters, digits, - and _, "
            "a letter first, 64 at most"
        )


def check_view_name(text: str) -> None:
    """Refuse what is no name for a view, or is taken: ``"Fred-x"``, ``"static"``.

    Raises:
        click.ClickException: says why, and a name like it that may be.
    """
    check_identifier(text, "a view")
    if text in _TAKEN_VIEWS:
        raise click.ClickException(
            f"{text!r} is no name for a view: {_TAKEN_VIEWS[text]}"
        )


def check_model_name(text: str) -> None:
    """Refuse what is no name for a view, or for a table: ``"sqlite_master"``.

    Raises:
        click.ClickException: says why.
    """
    check_view_name(text)
    if text.startswith(_DATABASES_OWN):
        raise click.ClickException(
            f"{text!r} is no name for a table: those that begin with "
            f"{' or '.join(_DATABASES_OWN)} are the database's own"
        )


def check_identifier(text: str, what: str) -> None:
    """Refuse what cannot name a module or an attribute, for want of ``what``.

    Raises:
        click.ClickException: says what is allowed.
    """
    if not is_name(text):
        raise click.ClickException(
            f"{text!r} is no name for {what}: {_complaint(text)}{_suggestion(text)}"
        )


def is_name(text: str) -> bool:
    """Whether Python, the database and a URL all take it: ``"blog_posts"``."""
    return _NAME.fullmatch(text) is not None and not iskeyword(text)


def _complaint(text: str) -> str:
    if iskeyword(text):
        return "it is a word of Python's own"
    if len(text) > LONGEST:
        return f"it has {len(text)} characters, {LONGEST} are the most"
    if re.fullmatch("[a-z0-9_]+", text):
        return "a letter has to come first"
    return "use lower-case letters, digits and _"


def _suggestion(text: str) -> str:
    like = re.sub("(?<=[a-z0-9])(?=[A-Z])", "_", text)
    like = re.sub("[^a-z0-9]+", "_", like.lower()).strip("_")
    return f", such as {like}" if is_name(like) and like != text else ""


def singular(name: str) -> str:
    """One of them: ``"employees" -> "employee"``, ``"blog_boxes" -> "blog_box"``.

    It knows the usual endings of English and some exceptions, of the last word. What
    it does not know stays (``people``) or comes out odd (``knives -> knive``); a class
    can be renamed.
    """
    begin, underscore, word = name.rpartition("_")
    return begin + underscore + _singular_word(word)


def _singular_word(word: str) -> str:
    if word in _SINGULARS:
        return _SINGULARS[word]
    if len(word) < 4:  # bus, gas, sms
        return word
    for ending, replacement in _ENDINGS:
        if word.endswith(ending):
            return word.removesuffix(ending) + replacement
    return word


def camel_case(name: str) -> str:
    """As classes are written: ``"blog_posts" -> "BlogPosts"``."""
    return "".join(word.capitalize() for word in name.split("_"))


def class_of_model(name: str) -> str:
    """The class of one row: ``"blog_posts" -> "BlogPost"``.

    Where that means something else, as ``Table`` does: ``"tables" -> "TableRow"``.
    """
    found = camel_case(singular(name))
    return f"{found}Row" if iskeyword(found) or found in _TAKEN_CLASSES else found


def class_of_view(name: str) -> str:
    """The class of a view: ``"blog_posts" -> "BlogPostsCollection"``."""
    return f"{camel_case(name)}Collection"


def words(name: str) -> str:
    """As people write it: ``"blog_posts" -> "blog posts"``."""
    return name.replace("_", " ").strip()


def slug(name: str) -> str:
    """As images of containers are named: ``"My__Shop-" -> "my-shop"``."""
    return re.sub("[_-]+", "-", name.lower()).strip("-")

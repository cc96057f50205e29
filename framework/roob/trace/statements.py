"""Which column each parameter of an SQL statement is for, as far as its text tells."""

import re
from functools import lru_cache

# In the order in which they are tried: texts in quotes come whole.
_TOKEN = re.compile(
    r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|\?\d*|%s|%\(\w+\)s|:\w+|[A-Za-z_]\w*|\S""",
)
_PLACEHOLDER = re.compile(r"\?\d*|%s|%\(\w+\)s|:\w+")
_INSERTED = re.compile(
    r"""\A\s*INSERT\s+(?:OR\s+\w+\s+)?INTO\s+[^(]+\(([^)]*)\)\s*VALUES""",
    re.IGNORECASE,
)
_AFTER_VALUES = re.compile(r"\b(?:ON\s+CONFLICT|RETURNING)\b", re.IGNORECASE)
# Words that stand between a column and its placeholder.
_WORDS = frozenset(
    [
        "and",
        "or",
        "not",
        "in",
        "like",
        "escape",
        "between",
        "is",
        "null",
        "select",
        "from",
        "where",
        "set",
        "values",
        "order",
        "group",
        "by",
        "having",
        "on",
        "as",
        "case",
        "when",
        "then",
        "else",
        "end",
        "cast",
        "collate",
        "returning",
        "distinct",
        "any",
        "all",
        "exists",
        "ilike",
        "glob",
        "integer",
        "text",
        "real",
        "lower",
        "upper",
        "coalesce",
    ]
)


@lru_cache(maxsize=1024)
def parameter_columns(sql: str) -> tuple[str, ...]:
    """``'UPDATE "a" SET "pin" = ? WHERE "id" = ?' -> ("pin", "id")``.

    An unknown one is an empty text.
    """
    inserted = _INSERTED.match(sql)
    if inserted is None:
        return tuple(_compared_columns(sql))
    names = [name.strip().strip('"') for name in inserted[1].split(",")]
    values, rest = _split_values(sql[inserted.end() :])
    return (*_inserted_columns(names, values), *_compared_columns(rest))


def _split_values(text: str) -> tuple[str, str]:
    end = _AFTER_VALUES.search(text)
    return (text[: end.start()], text[end.start() :]) if end else (text, "")


def _inserted_columns(names: list[str], values: str) -> list[str]:
    """The columns of the placeholders in ``(?, (SELECT ...), ?), (?, 7, ?)``."""
    columns: list[str] = []
    depth = place = 0
    for word in _TOKEN.findall(values):
        depth += (word == "(") - (word == ")")
        if word == "(" and depth == 1:
            place = 0
        elif word == "," and depth == 1:
            place += 1
        elif _PLACEHOLDER.fullmatch(word):
            columns.append(names[min(place, len(names) - 1)])
    return columns


def _compared_columns(sql: str) -> list[str]:
    """For each placeholder the name that was read last before it."""
    columns: list[str] = []
    latest = ""
    for word in _TOKEN.findall(sql):
        if _PLACEHOLDER.fullmatch(word):
            columns.append(latest)
        elif _is_name(word):
            latest = word.strip('"')
    return columns


def _is_name(word: str) -> bool:
    return word[0] == '"' or (word[0].isalpha() and word.lower() not in _WORDS)

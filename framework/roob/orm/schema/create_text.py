"""SQLite keeps a table as the text that made it; here that text is read again.

Its PRAGMAs tell nearly all; collations, checks and AUTOINCREMENT stand in the text
alone.  https://www.sqlite.org/lang_createtable.html
"""

import re
from collections.abc import Iterator

TOKEN = re.compile(
    r"""--[^\n]*|/\*.*?\*/          # a comment
    |'(?:[^']|'')*'               # a text
    |"(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\]   # a quoted name
    |\w+|\s+|.""",
    re.VERBOSE | re.DOTALL,
)
RULE_WORDS = frozenset({"CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"})


def words_of(text: str) -> list[str]:
    """Split SQL into words; what stands in parentheses is one.

    `'"price" REAL CHECK (price > 0)' -> ['"price"', "REAL", "CHECK", "(price > 0)"]`
    """
    words: list[str] = []
    depth = 0
    for token in TOKEN.findall(text):
        if depth:
            words[-1] += token
        elif not token.isspace() and not token.startswith(("--", "/*")):
            words.append(token)
        depth += (token == "(") - (token == ")")  # noqa: S105
    return words


def parts_of(create_sql: str) -> list[list[str]]:
    """Split a CREATE TABLE into its columns' and its rules' words."""
    body = next(word for word in words_of(create_sql) if word.startswith("("))
    parts: list[list[str]] = [[]]
    for word in words_of(body[1:-1]):
        if word == ",":
            parts.append([])
        else:
            parts[-1].append(word)
    return parts


def column_words(create_sql: str) -> dict[str, list[str]]:
    """Find what is said of each column: `{"name": ["TEXT", "NOT", "NULL"]}`."""
    parts = [p for p in parts_of(create_sql) if p[0].upper() not in RULE_WORDS]
    return {unquoted(part[0]): part[1:] for part in parts}


def collation_of(words: list[str]) -> str:
    """Return the collation that a column's words name, or nothing."""
    upper = [word.upper() for word in words]
    return unquoted(words[upper.index("COLLATE") + 1]) if "COLLATE" in upper else ""


def checks_of(create_sql: str) -> Iterator[tuple[str, str]]:
    """Yield the checks with their names: `("book_is_priced", '"price" > 0')`."""
    for part in parts_of(create_sql):
        upper = ["", "", *(word.upper() for word in part)]
        for place, word in enumerate(upper[2:]):
            if word == "CHECK":
                is_named = upper[place] == "CONSTRAINT"
                name = unquoted(part[place - 1]) if is_named else ""
                yield name, part[place + 1][1:-1]


def unquoted(word: str) -> str:
    """Take a name out of its quotes: `"order" -> order`."""
    if word[0] in "\"'`":
        return word[1:-1].replace(word[0] * 2, word[0])
    return word[1:-1] if word[0] == "[" else word

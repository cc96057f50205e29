"""The database: that of ``$DATABASE_URL``, else the file data.sqlite beside this one.

``DATABASE_URL=postgresql://ada@localhost/shop`` is another; docs of ``from_url``.
"""

import os
from pathlib import Path

from roob.orm.database import Database
from roob.orm.db_factory import DatabaseFactory


def open_database(url: str | None) -> Database:
    """The database of a URL; nothing is read or written yet."""
    if url:
        return DatabaseFactory.from_url(url)
    return DatabaseFactory().get_connection(Path(__file__).with_name("data.sqlite"))


db = open_database(os.environ.get("DATABASE_URL"))

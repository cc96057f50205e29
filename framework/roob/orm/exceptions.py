"""What can go wrong between a row and its database, as one tree.

OrmError
|-- ConfigurationError        an unknown dialect or a database URL that says nothing
|-- SchemaError               a table definition that cannot be
|-- UnknownColumnError        a keyword that is no column of its table (a TypeError)
|-- InvalidValueError         a value its column does not take (a ValueError)
|   `-- UnsavedReferenceError a row that refers to a row without a place yet
|-- NotLoadedError            a row known by its key alone (an AttributeError)
|-- RecordNotFound            no row has this key (a LookupError)
`-- DatabaseError             what the database itself reports
    |-- IntegrityError        a constraint of the table refused the change
    |   |-- UniqueError       the value is taken
    |   `-- ForeignKeyError   the row refers, or is referred to, and may not
    |-- DatabaseLocked        another writer held the database for too long
    |-- OutOfSpaceError       the disk, or the room for keys, is full
    `-- UnavailableError      the database cannot be opened, read or written
"""


class OrmError(Exception):
    """Every error that the ORM raises on purpose."""


class ConfigurationError(OrmError, ValueError):
    """A dialect, URL or path that leads to no database."""


class SchemaError(OrmError):
    """A table definition that cannot be; the message names table and column."""


class UnknownColumnError(OrmError, TypeError):
    """A keyword that is no column of its table: `Author(nmae="Ada")`."""


class InvalidValueError(OrmError, ValueError):
    """A value that its column does not take; no SQL was run."""


class UnsavedReferenceError(InvalidValueError):
    """A row refers to a row that is not saved; the message names both."""


class NotLoadedError(OrmError, AttributeError):
    """A value that was not read: the row is known by its primary key alone."""


class RecordNotFound(OrmError, LookupError):
    """No row has the key: `author with id 999 not found`."""


class DatabaseError(OrmError):
    """What the database reports; its driver's own error is the `__cause__`."""


class IntegrityError(DatabaseError):
    """A constraint of the table refused the change."""


class UniqueError(IntegrityError):
    """Another row has this primary key or unique value."""


class ForeignKeyError(IntegrityError):
    """A referenced row is missing, or a row to be deleted is referenced."""


class DatabaseLocked(DatabaseError):
    """Another writer held the database for longer than the timeout."""


class OutOfSpaceError(DatabaseError):
    """The database has no room for the change."""


class UnavailableError(DatabaseError):
    """The database cannot be opened, read or written."""

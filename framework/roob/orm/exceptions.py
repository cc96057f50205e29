"""What can go wrong between a row and its database, as one tree.

OrmError
|-- ConfigurationError        an unknown dialect or a database URL that says nothing
|-- SchemaError               a table definition that cannot be
|-- UnknownColumnError        a keyword that is no column of its table (a TypeError)
|-- InvalidValueError         a value its column does not take (a ValueError)
|   `-- UnsavedReferenceError a row that refers to a row without a place yet
|-- QueryError                a query that cannot be asked (a TypeError)
|-- NotLoadedError            a value that was not read (an AttributeError)
|-- RecordNotFound            no row has this key (a LookupError)
|-- ManyRecordsFound          several rows where one was asked for (a LookupError)
|-- StaleRow                  another has changed the row since it was read
|-- MigrationError            a migration that cannot be applied, or was changed
`-- DatabaseError             what the database itself reports
    |-- IntegrityError        a constraint of the table refused the change
    |   |-- UniqueError       the value is taken
    |   |-- CheckError        a check of the table does not hold
    |   `-- ForeignKeyError   the row refers, or is referred to, and may not
    |-- TransientError        the same transaction may well succeed when run again
    |   |-- DatabaseLocked    another writer held the database for too long
    |   `-- SerializationError another transaction came in between
    |-- OutOfSpaceError       the disk, or the room for keys, is full
    `-- UnavailableError      the database cannot be opened, read or written
"""


class OrmError(Exception):
    """Every error that the ORM raises on purpose."""


class ConfigurationError(OrmError, ValueError):
    """A dialect, URL or path that leads to no database."""


class SchemaError(OrmError):
    """A table definition that cannot be; the message names table and column."""


class UnknownColumnError(OrmError, TypeError, AttributeError):
    """A name that is no column of its table: `Author(nmae="Ada")`."""


class InvalidValueError(OrmError, ValueError):
    """A value that its column does not take; no SQL was run."""


class UnsavedReferenceError(InvalidValueError):
    """A row refers to a row that is not saved; the message names both."""


class QueryError(OrmError, TypeError):
    """A query that cannot be asked: a column of another table, a sum of texts."""


class NotLoadedError(OrmError, AttributeError):
    """A value that was not read: of a row known by its key alone, or a collection."""


class RecordNotFound(OrmError, LookupError):
    """No row has the key: `author with id 999 not found`."""


class ManyRecordsFound(OrmError, LookupError):
    """Several rows fit where `one` was asked for."""


class StaleRow(OrmError):
    """Another has changed the row since it was read: its version is a later one."""


class MigrationError(OrmError):
    """A migration that cannot be applied or undone, or was changed after the fact."""


class DatabaseError(OrmError):
    """What the database reports; its driver's own error is the `__cause__`."""


class IntegrityError(DatabaseError):
    """A constraint of the table refused the change."""


class UniqueError(IntegrityError):
    """Another row has this primary key or unique value."""


class CheckError(IntegrityError):
    """A check of the table does not hold for the row."""


class ForeignKeyError(IntegrityError):
    """A referenced row is missing, or a row to be deleted is referenced."""


class TransientError(DatabaseError):
    """The same transaction may well succeed when it is run again."""


class DatabaseLocked(TransientError):
    """Another writer held the database for longer than the timeout."""


class SerializationError(TransientError):
    """Another transaction came in between; this one was rolled back."""


class OutOfSpaceError(DatabaseError):
    """The database has no room for the change."""


class UnavailableError(DatabaseError):
    """The database cannot be opened, read or written.

    A write that ends so may have been made: the connection was lost, and its answer.
    """

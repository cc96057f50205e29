"""What queries run on: the calling thread's connection, and each table's plan."""

from collections.abc import Iterator, Sequence

from roob.orm.connections import Connector
from roob.orm.dialects import SqlDialect
from roob.orm.exceptions import SchemaError
from roob.orm.joins import Path, Record
from roob.orm.query import Plan, Statement, plan_of
from roob.orm.table import Table


class Runner:
    """The database, as far as a query needs it."""

    def __init__(self, connector: Connector, dialect: SqlDialect) -> None:
        self.dialect = dialect
        self.connection = connector.connection
        self._plans: dict[object, Plan] = {}

    def plan(self, table: type[Table], without: frozenset[Path] = frozenset()) -> Plan:
        """Return the statements of a table, written when they are first needed."""
        key = (table, without) if without else table
        plan = self._plans.get(key)
        if plan is None:
            if not (isinstance(table, type) and issubclass(table, Table)):
                raise SchemaError(f"{table!r} is no table")
            plan = self._plans[key] = plan_of(table, self.dialect, without)
        return plan

    def fetch(self, statement: Statement) -> Sequence[Record]:
        """All records of a SELECT."""
        return self.connection().fetch(statement)

    def stream(self, statement: Statement, size: int) -> Iterator[Sequence[Record]]:
        """The records of a SELECT, some at a time."""
        return self.connection().stream(statement, size)

    def change(self, statement: Statement) -> int:
        """Run a statement that returns no records; how many rows it changed."""
        return self.connection().change(statement)

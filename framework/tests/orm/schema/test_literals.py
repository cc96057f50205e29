from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from roob.orm.database import Database
from roob.orm.dialects import POSTGRESQL, SQLITE
from roob.orm.exceptions import SchemaError
from roob.orm.schema.literals import literal

EXAMPLES = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
COMMON = (
    st.none()
    | st.integers(-(2**63), 2**63 - 1)
    # SQLite reads a literal of 16 digits or of a far exponent to the nearest but one.
    | st.floats(allow_nan=False, allow_infinity=False, width=16)
    | st.booleans()
    | TEXTS
    | st.sampled_from(["'", "''", "\\'", "%s ? $1", "'; DROP TABLE a; --", "$$", "--"])
    | st.binary()
)


@EXAMPLES
@given(value=COMMON)
def test_a_literal_is_read_as_its_value(any_db: Database, value: Any) -> None:
    [(read,)] = any_db.execute(f"SELECT {literal(value, any_db.dialect)}")
    assert read == value


@EXAMPLES
@given(
    value=st.datetimes(datetime(2, 1, 1), timezones=st.just(UTC))
    | st.dates()
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.uuids()
)
def test_postgresql_has_literals_of_more_types(
    postgres_db: Database, value: Any
) -> None:
    [(read,)] = postgres_db.execute(f"SELECT {literal(value, POSTGRESQL)}")
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize("value", [object(), date(2026, 1, 2), Decimal(1), UUID(int=1)])
def test_what_sqlite_has_no_words_for_is_refused(value: object) -> None:
    with pytest.raises(SchemaError, match="sqlite has no literal for a"):
        literal(value, SQLITE)


def test_a_nul_never_ends_a_statement() -> None:
    with pytest.raises(SchemaError, match="NUL"):
        literal("a\0b", SQLITE)

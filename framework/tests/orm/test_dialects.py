from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest
from roob.orm.column import ENUM, KINDS
from roob.orm.dialects import SQLITE, quote
from roob.orm.exceptions import SchemaError


@pytest.mark.parametrize("name", ["author", "Order", "group", "_x", "a" * 63])
def test_names_are_quoted(name: str) -> None:
    assert quote(name) == f'"{name}"'


@pytest.mark.parametrize(
    "name", ["", "1a", "a b", 'a"', "a;--", "größe", "a\n", "a" * 64, "a.b", "a\0"]
)
def test_names_that_cannot_be_are_refused(name: str) -> None:
    with pytest.raises(SchemaError, match="cannot name a table or column"):
        quote(name)


def test_sqlite_keeps_every_kind_of_column() -> None:
    kinds = {kind.name for kind in KINDS.values()} | {ENUM.name}
    assert set(SQLITE.storage) == kinds


def test_moments_are_kept_in_utc_and_in_the_order_of_time() -> None:
    encode = SQLITE.storage["datetime"].encode
    assert encode is not None
    east = datetime(2026, 1, 2, 3, tzinfo=timezone(timedelta(hours=2)))
    assert encode(east) == "2026-01-02T01:00:00.000000+00:00"
    assert encode(east) < encode(east + timedelta(microseconds=1))


def test_decimals_keep_their_digits() -> None:
    encode = SQLITE.storage["decimal"].encode
    assert encode is not None
    assert encode(Decimal("1.10")) == "1.10"

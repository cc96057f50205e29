import sqlite3
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from roob.orm.column import JSON, Column, ForeignKey, PrimaryKey
from roob.orm.database import Database
from roob.orm.db_factory import DatabaseFactory
from roob.orm.exceptions import InvalidValueError
from roob.orm.table import Table


class Colour(Enum):
    RED = 1
    CRIMSON = 1
    BLUE = (0, 0, 255)


class Everything(Table):
    id = PrimaryKey(int, auto_increment=True)
    integer = Column(int, nullable=True)
    number = Column(float, nullable=True)
    flag = Column(bool, nullable=True)
    text = Column(str, nullable=True)
    blob = Column(bytes, nullable=True)
    moment = Column(datetime, nullable=True)
    day = Column(date, nullable=True)
    amount = Column(Decimal, nullable=True)
    uuid = Column(UUID, nullable=True)
    colour = Column(Colour, nullable=True)
    anything = Column(JSON, nullable=True)
    mapping = Column(dict, nullable=True)
    items = Column(list, nullable=True)


INTS = st.integers(-(2**63), 2**63 - 1)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
OFFSETS = st.integers(-1439, 1439).map(lambda m: timezone(timedelta(minutes=m)))
LEAVES = st.none() | st.booleans() | INTS | FLOATS | st.text()
JSONS = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
VALUES = {
    "integer": INTS,
    "number": FLOATS,
    "flag": st.booleans(),
    "text": st.text(),
    "blob": st.binary(),
    "moment": st.datetimes(
        datetime(1, 1, 3), datetime(9999, 12, 29), timezones=OFFSETS
    ),
    "day": st.dates(),
    "amount": st.decimals(allow_nan=False, allow_infinity=False),
    "uuid": st.uuids(),
    "colour": st.sampled_from(Colour),
    "anything": JSONS,
    "mapping": st.dictionaries(st.text(), JSONS),
    "items": st.lists(JSONS),
}

once_for_all_examples = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
)


@pytest.fixture
def memory() -> Database:
    db = DatabaseFactory().get_connection(":memory:")
    db.create(Everything)
    return db


@pytest.mark.parametrize("name", VALUES)
@once_for_all_examples
@given(data=st.data())
def test_a_value_comes_back_as_it_went(
    memory: Database, name: str, data: st.DataObject
) -> None:
    value = data.draw(VALUES[name])
    row = Everything(**{name: value})
    memory.save(row)
    loaded = getattr(memory.get_by_id(Everything, row.id), name)
    assert loaded == value
    assert type(loaded) is type(value)
    assert row in memory.get_all(Everything, **{name: value})


@given(amount=st.decimals(allow_nan=False, allow_infinity=False))
@once_for_all_examples
def test_a_decimal_keeps_its_last_zero(memory: Database, amount: Decimal) -> None:
    row = Everything(amount=amount)
    memory.save(row)
    loaded = memory.get_by_id(Everything, row.id).amount
    assert loaded is not None
    assert loaded.as_tuple() == amount.as_tuple()


def test_a_moment_comes_back_in_utc(memory: Database) -> None:
    east = timezone(timedelta(hours=2))
    memory.save(Everything(moment=datetime(2026, 1, 2, 3, tzinfo=east)))
    loaded = memory.get_by_id(Everything, 1).moment
    assert loaded is not None
    assert loaded.isoformat() == "2026-01-02T01:00:00+00:00"


def test_none_comes_back_as_none_in_every_column(memory: Database) -> None:
    row = Everything()
    memory.save(row)
    loaded = memory.get_by_id(Everything, row.id).to_dict()
    assert loaded == {"id": row.id, **dict.fromkeys(VALUES)}


def test_keys_and_references_of_other_types_come_back(memory: Database) -> None:
    class Device(Table):
        serial = PrimaryKey(UUID, default=uuid4)
        name = Column(str)

    class Reading(Table):
        day = PrimaryKey(date)
        device = ForeignKey(Device)

    memory.create(Device)
    memory.create(Reading)
    device = Device(name="probe")
    memory.save(device)
    memory.save(Reading(day=date(2026, 1, 2), device=device))
    reading = memory.get_by_id(Reading, date(2026, 1, 2))
    assert reading.device == device
    assert memory.get_all(Reading, device=device.serial) == [reading]
    reading.device.name = "sensor"
    memory.save(reading.device)
    memory.save(reading)
    assert memory.get_by_id(Device, device.serial).name == "sensor"


def test_a_stored_value_that_is_none_of_the_column_is_named(
    db: Database, path: Path
) -> None:
    db.create(Everything)
    db.save(Everything(day=date(2026, 1, 2)))
    raw = sqlite3.connect(path)
    raw.execute("UPDATE everything SET day = 'someday'")
    raw.commit()
    raw.close()
    with pytest.raises(InvalidValueError, match=r"g\.day: .*'someday' at id 1"):
        db.get_all(Everything)


def test_the_table_itself_refuses_other_types(db: Database, path: Path) -> None:
    db.create(Everything)
    raw = sqlite3.connect(path)
    with pytest.raises(sqlite3.IntegrityError):
        raw.execute("INSERT INTO everything (integer) VALUES ('abc')")
    raw.close()

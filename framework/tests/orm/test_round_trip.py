import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta, timezone
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
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
LEAVES = st.none() | st.booleans() | INTS | FLOATS | st.text()
JSONS = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
NOT_COMPARED = ("anything", "mapping", "items")
VALUES = {
    "integer": INTS,
    "number": FLOATS,
    "flag": st.booleans(),
    "text": TEXTS,
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


@pytest.fixture(params=["memory", "postgresql"])
def library(request: pytest.FixtureRequest) -> Iterator[Database]:
    is_memory = request.param == "memory"
    url = "sqlite://" if is_memory else request.getfixturevalue("postgres_url")
    with DatabaseFactory.from_url(url) as db:
        db.create(Everything)
        yield db


@pytest.mark.parametrize("name", VALUES)
@once_for_all_examples
@given(data=st.data())
def test_a_value_comes_back_as_it_went(
    library: Database, name: str, data: st.DataObject
) -> None:
    value = data.draw(VALUES[name])
    row = Everything(**{name: value})
    library.save(row)
    loaded = getattr(library.get_by_id(Everything, row.id), name)
    assert loaded == value
    assert type(loaded) is type(value)
    if name not in NOT_COMPARED:
        assert row in library.get_all(Everything, **{name: value})


AMOUNTS = ["1.10", "1E+3", "-0.0", "0E+5", "0E-3", "1.2E-7", "-12.50", "1E-16383"]


@pytest.mark.parametrize("text", AMOUNTS)
def test_a_decimal_keeps_its_last_zero_and_nothing_of_its_exponent(
    library: Database, text: str
) -> None:
    row = Everything(amount=Decimal(text))
    library.save(row)
    plain = Decimal(format(Decimal(text), "f"))
    loaded = library.get_by_id(Everything, row.id).amount
    assert loaded is not None
    assert loaded.as_tuple() == (plain if plain else abs(plain)).as_tuple()


@once_for_all_examples
@given(amounts=st.lists(st.decimals(-10, 10), min_size=2))
def test_decimals_are_ordered_as_numbers(
    library: Database, amounts: list[Decimal]
) -> None:
    library.query(Everything).delete()
    for amount in amounts:
        library.save(Everything(amount=amount))
    rows = library.query(Everything).order_by(Everything.amount).all()
    assert [row.amount for row in rows] == sorted(amounts)


@once_for_all_examples
@given(texts=st.lists(TEXTS, min_size=2))
def test_texts_are_ordered_by_their_code_points(
    library: Database, texts: list[str]
) -> None:
    library.query(Everything).delete()
    for text in texts:
        library.save(Everything(text=text))
    rows = library.query(Everything).order_by(Everything.text).all()
    assert [row.text for row in rows] == sorted(texts)


def test_a_moment_comes_back_in_utc(library: Database) -> None:
    east = timezone(timedelta(hours=2))
    library.save(Everything(moment=datetime(2026, 1, 2, 3, tzinfo=east)))
    loaded = library.get_by_id(Everything, 1).moment
    assert loaded is not None
    assert loaded.isoformat() == "2026-01-02T01:00:00+00:00"


def test_a_moment_of_a_full_second_is_written_as_all_others_are(db: Database) -> None:
    db.create(Everything)
    db.save(Everything(moment=datetime(2026, 1, 2, tzinfo=UTC)))
    text = "2026-01-02T00:00:00.000000+00:00"
    assert db.execute("SELECT moment FROM everything") == [(text,)]


def test_none_comes_back_as_none_in_every_column(library: Database) -> None:
    row = Everything()
    library.save(row)
    loaded = library.get_by_id(Everything, row.id).to_dict()
    assert loaded == {"id": row.id, **dict.fromkeys(VALUES)}


def test_keys_and_references_of_other_types_come_back(library: Database) -> None:
    class Device(Table):
        serial = PrimaryKey(UUID, default=uuid4)
        name = Column(str)

    class Reading(Table):
        day = PrimaryKey(date)
        device = ForeignKey(Device)

    library.create(Device)
    library.create(Reading)
    device = Device(name="probe")
    library.save(device)
    library.save(Reading(day=date(2026, 1, 2), device=device))
    reading = library.get_by_id(Reading, date(2026, 1, 2))
    assert reading.device == device
    assert library.get_all(Reading, device=device.serial) == [reading]
    reading.device.name = "sensor"
    library.save(reading.device)
    library.save(reading)
    assert library.get_by_id(Device, device.serial).name == "sensor"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("integer", 2**63),
        ("integer", -(2**63) - 1),
        ("integer", True),
        ("number", float("nan")),
        ("number", float("-inf")),
        ("text", "a\0b"),
        ("text", "\ud800"),
    ],
)
def test_a_value_that_would_not_come_back_is_refused_before_sql(
    library: Database, name: str, value: object
) -> None:
    row = Everything(**{name: value})
    ways: list[Callable[[], object]] = [
        lambda: library.save(row),
        lambda: library.save_all([row]),
        lambda: library.upsert(row),
        lambda: library.update(Everything(id=1, **{name: value})),
        lambda: library.query(Everything).update(**{name: value}),
        lambda: library.get_all(Everything, **{name: value}),
    ]
    for way in ways:
        with library.record() as log, pytest.raises(InvalidValueError, match=name):
            way()
        assert {run.sql.split()[0] for run in log} <= {"BEGIN", "ROLLBACK"}
    assert row.id is None


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

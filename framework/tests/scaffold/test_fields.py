from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from uuid import UUID

import pytest
from roob.orm.column import JSON, Column, ForeignKey, PrimaryKey, Version
from roob.orm.exceptions import UnknownColumnError
from roob.orm.table import Table
from roob.scaffold.fields import (
    ReferenceField,
    fields_of,
    key_of,
    label_name,
    label_of,
)
from roob.scaffold.inputs import FieldError


class Size(Enum):
    SMALL = 1
    EXTRA_LARGE = 2


class Maker(Table, table_name="field_maker"):
    code = PrimaryKey(str)
    country = Column(str)
    name = Column(str)


class Tag(Table, table_name="field_tag"):
    id = PrimaryKey(int, auto_increment=True)


class Thing(Table, table_name="field_thing"):
    id = PrimaryKey(int, auto_increment=True)
    part_number = Column(str)
    note = Column(str, default="")
    hint = Column(str, nullable=True)
    count = Column(int, default=3)
    made = Column(datetime, default=lambda: datetime(2030, 1, 2, tzinfo=UTC))
    is_new = Column(bool)
    is_sold = Column(bool, nullable=True)
    size = Column(Size, nullable=True)
    extra = Column(JSON, default=dict)
    picture = Column(bytes, nullable=True)
    maker = ForeignKey(Maker)
    tag = ForeignKey(Tag, nullable=True)
    version = Version()


FIELDS = {field.name: field for field in fields_of(Thing)}
ADA = Maker(code="a/1", country="UK", name="Ada & co")


def row(**values):
    return Thing(**{"maker": ADA, "part_number": "x", "is_new": True, **values})


def test_what_the_database_sets_and_what_cannot_be_typed_is_no_field():
    columns = [column.name for column in Thing.__schema__.columns]
    assert list(FIELDS) == [c for c in columns if c not in ("id", "picture", "version")]


def test_columns_are_chosen_in_their_order():
    names = ["size", "part_number", "id", "version"]
    assert [field.name for field in fields_of(Thing, names)] == names[:2]


@pytest.mark.parametrize("names", [{"names": ["x"]}, {"long_texts": ["x"]}])
def test_a_name_that_is_no_column_is_refused(names):
    with pytest.raises(UnknownColumnError, match="'x'"):
        fields_of(Thing, **names)


def test_a_long_text_has_several_lines():
    (note,) = fields_of(Thing, ["note"], ["note"])
    assert (note.input.kind, FIELDS["note"].input.kind) == ("textarea", "text")


def test_a_key_that_people_give_is_a_field():
    assert [field.name for field in fields_of(Maker)] == ["code", "country", "name"]


@pytest.mark.parametrize(
    ("name", "label", "is_numeric", "is_sortable", "is_searched", "is_required"),
    [
        ("part_number", "Part number", False, True, True, True),
        ("note", "Note", False, True, True, False),
        ("hint", "Hint", False, True, True, False),
        ("count", "Count", True, True, False, True),
        ("is_new", "Is new", False, True, False, False),
        ("is_sold", "Is sold", False, True, False, False),
        ("size", "Size", False, True, False, False),
        ("extra", "Extra", False, False, False, True),
        ("maker", "Maker", False, True, False, True),
        ("tag", "Tag", False, True, False, False),
    ],
)
def test_a_field_tells_what_it_is(
    name, label, is_numeric, is_sortable, is_searched, is_required
):
    field = FIELDS[name]
    assert (field.name, field.label) == (name, label)
    assert field.is_numeric is is_numeric
    assert field.is_sortable is is_sortable
    assert field.is_searched is is_searched
    assert field.is_required is is_required


@pytest.mark.parametrize(
    ("name", "has_default", "default"),
    [
        ("part_number", False, None),
        ("note", True, ""),
        ("hint", True, None),
        ("count", True, 3),
        ("made", True, datetime(2030, 1, 2, tzinfo=UTC)),
        ("extra", True, {}),
        ("is_new", False, None),
        ("maker", False, None),
        ("tag", True, None),
    ],
)
def test_a_field_knows_what_a_new_row_has(name, has_default, default):
    assert FIELDS[name].has_default is has_default
    assert FIELDS[name].default == default


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [("note", "", ""), ("hint", "", None), ("count", "7", 7), ("size", "", None)],
)
def test_nothing_typed_is_what_the_column_has_for_it(name, text, value):
    assert FIELDS[name].read(text) == value


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("part_number", "has to be given"),
        ("count", "has to be given"),
        ("is_new", "has to be given"),
        ("maker", "has to be chosen"),
    ],
)
def test_what_has_to_be_there_is_asked_for(name, said):
    with pytest.raises(FieldError, match=said):
        FIELDS[name].read("")
    with pytest.raises(FieldError, match=said):
        FIELDS[name].read_json(None)


@pytest.mark.parametrize(
    ("name", "sent", "value"),
    [
        ("part_number", " ", " "),
        ("note", "", ""),
        ("hint", None, None),
        ("hint", "", ""),
        ("count", 7, 7),
        ("made", "2030-01-02T03:04:05.000006Z", datetime(2030, 1, 2, 3, 4, 5, 6, UTC)),
        ("is_new", False, False),
        ("is_sold", None, None),
        ("size", "SMALL", Size.SMALL),
        ("extra", [1, {"a": None}], [1, {"a": None}]),
        ("maker", "a/1", "a/1"),
        ("tag", 7, 7),
        ("tag", None, None),
    ],
)
def test_what_json_sends_is_read(name, sent, value):
    assert FIELDS[name].read_json(sent) == value


@pytest.mark.parametrize(
    ("name", "sent", "said"),
    [
        ("part_number", 7, "is not of type str"),
        ("part_number", "", "has to be given"),
        ("part_number", "\0", "has a NUL at position 0"),
        ("count", "7", "is not of type int"),
        ("count", True, "is not of type int"),
        ("count", 7.0, "is not of type int"),
        ("count", 2**63, "does not fit into 64 bits"),
        ("made", 7, "is not of type datetime"),
        ("made", "x", "has to be a date and a time, such as 2030-12-31T23:59"),
        ("is_new", 1, "is not of type bool"),
        ("is_new", "1", "is not of type bool"),
        ("size", 1, "is not of type Size"),
        ("size", "HUGE", "has to be one of SMALL, EXTRA_LARGE"),
        ("maker", 7, "is not of type str"),
        ("maker", {"code": "a"}, "is not of type str"),
        ("tag", "7", "is not of type int"),
        ("tag", [], "is not of type int"),
    ],
)
def test_what_json_sends_amiss_is_refused(name, sent, said):
    with pytest.raises(FieldError) as raised:
        FIELDS[name].read_json(sent)
    assert str(raised.value) == said


@pytest.mark.parametrize(
    ("values", "name", "shown", "plain"),
    [
        ({}, "part_number", "x", "x"),
        ({"hint": None}, "hint", "—", None),
        ({"is_sold": None}, "is_sold", "—", None),
        ({"is_new": True}, "is_new", "yes", True),
        ({"is_new": False}, "is_new", "no", False),
        ({"size": None}, "size", "—", None),
        ({"extra": {"a": "é"}}, "extra", '{\n  "a": "é"\n}', {"a": "é"}),
        ({}, "maker", "Ada & co", "a/1"),
        ({"tag": Tag(id=7)}, "tag", "Tag 7", 7),
        ({"tag": None}, "tag", "—", None),
    ],
)
def test_a_rows_values_are_shown_and_given_as_json(values, name, shown, plain):
    assert FIELDS[name].shown(row(**values)) == shown
    assert FIELDS[name].plain(row(**values)) == plain


def test_a_member_is_shown_in_the_words_that_it_is_chosen_by():
    size, large = FIELDS["size"], row(size=Size.EXTRA_LARGE)
    assert (size.write(Size.EXTRA_LARGE), size.plain(large)) == 2 * ("EXTRA_LARGE",)
    assert size.shown(large) == dict(size.choices)["EXTRA_LARGE"] == "Extra large"


def test_a_reference_is_its_key():
    maker = FIELDS["maker"]
    assert isinstance(maker, ReferenceField)
    assert (maker.target, maker.key.name) == (Maker, "code")
    assert maker.write(ADA) == maker.write("a/1") == "a/1"
    assert (maker.write(None), maker.choices) == ("", [])
    assert FIELDS["tag"].read(" 7 ") == 7
    with pytest.raises(FieldError, match="has to be a whole number"):
        FIELDS["tag"].read("x")


@pytest.mark.parametrize(
    ("python_type", "text", "value"),
    [
        (int, "7", 7),
        (str, "a b", "a b"),
        (UUID, str(UUID(int=7)), UUID(int=7)),
        (date, "2030-01-02", date(2030, 1, 2)),
        (Size, "SMALL", Size.SMALL),
        (datetime, "2030-01-02T03:04:05.000006", datetime(2030, 1, 2, 3, 4, 5, 6, UTC)),
    ],
)
def test_a_key_of_any_kind_is_read_and_written(python_type, text, value):
    class Keyed(Table, table_name=f"keyed_{python_type.__name__}"):
        id = PrimaryKey(python_type)

    key = key_of(Keyed)
    assert key.read(text) == value
    assert key.read(key.write(value)) == value


def labelled(**columns):
    return type("Labelled", (Table,), {"id": PrimaryKey(int), **columns})


@pytest.mark.parametrize(
    ("columns", "name"),
    [
        ({}, None),
        ({"count": int}, None),
        ({"first": str, "name": str}, "name"),
        ({"first": str, "title": str}, "title"),
        ({"label": str, "title": str}, "title"),
        ({"count": int, "first": str, "second": str}, "first"),
        ({"name": int, "first": str}, "first"),
    ],
)
def test_a_row_is_called_by_its_name_else_by_a_text(columns, name):
    table = labelled(**{n: Column(kind) for n, kind in columns.items()})
    assert label_name(table) == name


@pytest.mark.parametrize(
    ("text", "label"),
    [(" Ada ", "Ada"), ("", "Labelled 7"), (" \n", "Labelled 7"), (None, "Labelled 7")],
)
def test_a_row_without_a_text_is_called_by_its_key(text, label):
    table = labelled(name=Column(str, nullable=True))
    assert label_of(table(id=7, name=text)) == label
    assert label_of(labelled()(id=7)) == "Labelled 7"


def test_a_decimal_is_shown_with_all_its_digits():
    class Priced(Table, table_name="field_priced"):
        id = PrimaryKey(int)
        price = Column(Decimal)

    (price,) = [f for f in fields_of(Priced) if f.name == "price"]
    assert price.shown(Priced(id=1, price=Decimal("1.50"))) == "1.50"


@pytest.mark.parametrize(
    ("name", "label"),
    [("shipping_name", "A"), ("opinion", "A"), ("pin", "Kept 7"), ("api_key", "Kept 7"),
     ("password_hash", "Kept 7"), ("keyword", "A")],
)  # fmt: skip
def test_a_row_is_never_called_by_a_secret(name, label):
    columns = {"id": PrimaryKey(int), name: Column(str)}
    kept = type("Kept", (Table,), columns, table_name="kept_with_a_label")
    assert label_of(kept(id=7, **{name: "A"})) == label

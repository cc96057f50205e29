from datetime import UTC, datetime
from enum import Enum

import pytest
from roob.orm.column import JSON, Column, ForeignKey, PrimaryKey
from roob.orm.table import Table
from roob.scaffold.fields import fields_of
from roob.scaffold.forms import Form


class Size(Enum):
    SMALL = 1
    LARGE = 2


class Maker(Table, table_name="form_maker"):
    id = PrimaryKey(int, auto_increment=True)
    name = Column(str)


class Thing(Table, table_name="form_thing"):
    id = PrimaryKey(int, auto_increment=True)
    name = Column(str)
    memo = Column(str, nullable=True)
    count = Column(int, default=3)
    made = Column(datetime, nullable=True)
    is_new = Column(bool, default=True)
    size = Column(Size)
    extra = Column(JSON, nullable=True)
    maker = ForeignKey(Maker, nullable=True)


MAKERS = [("1", "Ada"), ("2", "Bob")]
EXACT = datetime(2030, 1, 2, 3, 4, 5, 678901, UTC)
MINUTE = datetime(2030, 1, 2, 3, 4, tzinfo=UTC)
SECOND = "2030-01-02T03:04:05"


def form_of(choices=MAKERS, **options):
    fields = fields_of(Thing, long_texts=["memo"])
    return Form(fields, {"maker": choices}, action="/things/", **options)


def row(**values):
    return Thing(**{"id": 7, "name": "x", "size": Size.SMALL, **values})


def field(form, name):
    (found,) = [each for each in form.fields if each.name == name]
    return found


def edited(stored, **typed):
    """What a form changes that shows a row and is sent with some texts typed anew."""
    shown = form_of()
    shown.show(stored)
    sent = {each.name: each.value for each in shown.fields}
    if not field(shown, "is_new").is_checked:
        del sent["is_new"]
    form = form_of()
    form.fill({**sent, **typed}, stored)
    return form


def test_a_blank_form_has_the_defaults():
    form = form_of()
    form.show(None)
    values = {each.name: each.value for each in form.fields if each.value}
    assert values == {"count": "3", "is_new": "1"}
    assert field(form, "is_new").is_checked
    assert (form.action, form.method, form.revision) == ("/things/", "", "")
    assert not form.has_errors


def test_a_form_shows_a_row():
    form = form_of(method="PUT", revision="9")
    form.show(row(made=EXACT, is_new=False, maker=Maker(id=2, name="Bob")))
    values = {each.name: each.value for each in form.fields if each.value}
    assert values == {
        "name": "x",
        "count": "3",
        "made": "2030-01-02T03:04:05.678",
        "is_new": "0",
        "size": "SMALL",
        "maker": "2",
    }
    assert not field(form, "is_new").is_checked
    assert (form.method, form.revision) == ("PUT", "9")


def test_a_new_row_takes_what_was_typed():
    form = form_of()
    form.fill({"name": "a", "count": "7", "size": "LARGE", "maker": "2", "x": "y"})
    assert form.values == {
        "name": "a",
        "memo": None,
        "count": 7,
        "made": None,
        "is_new": False,
        "size": Size.LARGE,
        "extra": None,
        "maker": 2,
    }
    assert not form.has_errors


def test_what_is_wrong_stands_beside_its_field_and_stays_as_typed():
    form = form_of()
    form.fill({"name": "", "count": "<7>", "size": "x", "maker": "y"})
    assert form.errors == {
        "name": "has to be given",
        "count": "has to be a whole number",
        "size": "has to be one of SMALL, LARGE",
        "maker": "has to be a whole number",
    }
    assert (field(form, "count").value, field(form, "maker").value) == ("<7>", "y")
    assert form.has_errors


@pytest.mark.parametrize(
    "stored",
    [
        {},
        {"made": EXACT},
        {"memo": "a\r\nb"},
        {"memo": "a\nb"},
        {"memo": ""},
        {"memo": " "},
        {"is_new": False},
        {"extra": {"b": 1, "a": [1.0]}},
        {"extra": False},
        {"maker": Maker(id=1, name="Ada")},
    ],
    ids=repr,
)
def test_a_form_that_is_sent_as_it_was_changes_nothing(stored):
    form = edited(row(**stored))
    assert (form.values, form.errors) == ({}, {})


@pytest.mark.parametrize(
    ("stored", "typed"),
    [
        ({"memo": "a\nb\n"}, {"memo": "a\r\nb\r\n"}),
        ({"memo": "a\rb"}, {"memo": "a\r\nb"}),
        ({"memo": "a\r\nb\rc\n"}, {"memo": "a\r\nb\r\nc\r\n"}),
        ({"made": MINUTE}, {"made": "2030-01-02T03:04"}),
        ({"made": EXACT}, {"made": "2030-01-02T03:04:05.678"}),
        ({"made": EXACT.replace(microsecond=500_001)}, {"made": f"{SECOND}.5"}),
        ({"count": 3}, {"count": "03"}),
        ({"extra": {"a": [1, 2]}}, {"extra": '{"a":[1,2]}'}),
    ],
    ids=repr,
)
def test_a_text_that_a_browser_writes_its_own_way_changes_nothing(stored, typed):
    form = edited(row(**stored), **typed)
    assert (form.values, form.errors) == ({}, {})


@pytest.mark.parametrize("text", ["a\nb", "a\r\nb", "\n", "a\n"])
def test_a_text_of_several_lines_is_not_shown_in_one(text):
    # A browser takes line ends out of <input> (HTML 4.10.5.1.2): they would be lost.
    form = form_of()
    form.show(row(name=text))
    assert field(form, "name").kind == "textarea"


@pytest.mark.parametrize(
    ("stored", "typed", "values"),
    [
        ({"extra": 1}, {"extra": "true"}, {"extra": True}),
        ({"extra": {"a": 1}}, {"extra": '{"a": true}'}, {"extra": {"a": True}}),
        ({"extra": [0]}, {"extra": "[false]"}, {"extra": [False]}),
        ({"extra": 1}, {"extra": "1.0"}, {"extra": 1.0}),
    ],
)
def test_json_that_python_takes_for_equal_is_another(stored, typed, values):
    form = edited(row(**stored), **typed)
    assert repr(form.values) == repr(values)


@pytest.mark.parametrize(
    ("typed", "values"),
    [
        ({"name": "y"}, {"name": "y"}),
        ({"memo": "a\r\n"}, {"memo": "a\n"}),
        ({"made": SECOND}, {"made": EXACT.replace(microsecond=0)}),
        ({"made": ""}, {"made": None}),
        ({"size": "LARGE"}, {"size": Size.LARGE}),
        ({"maker": "2"}, {"maker": 2}),
        ({"maker": ""}, {"maker": None}),
    ],
    ids=repr,
)
def test_what_was_typed_anew_is_changed_and_nothing_else(typed, values):
    stored = row(made=EXACT, memo="a", maker=Maker(id=1, name="Ada"))
    form = edited(stored, **typed)
    assert (form.values, form.errors) == (values, {})


def test_a_form_of_a_part_changes_that_part():
    stored = row(is_new=True, memo="a")
    form = form_of()
    form.fill({"name": "y"}, stored, is_partial=True)
    assert (form.values, form.errors) == ({"name": "y"}, {})
    assert (field(form, "memo").value, field(form, "is_new").is_checked) == ("a", True)


def test_a_checkbox_that_is_off_sends_nothing():
    form = form_of()
    form.fill({"name": "x", "count": "3", "size": "SMALL"}, row(is_new=True))
    assert form.values == {"is_new": False}
    again = form_of()
    sent = {"name": "x", "count": "3", "size": "SMALL", "is_new": "1"}
    again.fill(sent, row(is_new=False))
    assert again.values == {"is_new": True}
    assert field(again, "is_new").is_checked


# -- programs


def test_json_of_a_whole_row_has_defaults_for_what_is_missing():
    form = form_of()
    form.fill_plain({"name": "a", "size": "LARGE"}, is_partial=False)
    assert form.values == {
        "name": "a",
        "size": Size.LARGE,
        "memo": None,
        "count": 3,
        "made": None,
        "is_new": True,
        "extra": None,
        "maker": None,
    }
    assert not form.has_errors


def test_json_of_a_whole_row_has_to_have_what_has_no_default():
    form = form_of()
    form.fill_plain({"count": "x"}, is_partial=False)
    assert form.errors == {
        "name": "has to be given",
        "size": "has to be given",
        "count": "is not of type int",
    }


def test_json_of_a_part_changes_that_part():
    form = form_of()
    form.fill_plain({"memo": None, "maker": 2}, is_partial=True)
    assert (form.values, form.errors) == ({"memo": None, "maker": 2}, {})


# -- what is wrong, and what another has changed


def test_a_field_keeps_its_first_complaint_and_the_form_takes_the_rest():
    form = form_of()
    form.refuse("name", "is taken already")
    form.refuse("name", "again")
    form.refuse("nothing", "whole")
    form.refuse("", "again")
    assert (form.errors, form.error) == ({"name": "is taken already"}, "whole")


def test_what_is_stored_now_stands_beside_what_differs():
    form = edited(row(), name="mine", count="4")
    form.mark_stale(row(name="theirs", memo="new", is_new=False), "10")
    assert {each.name: each.current for each in form.fields if each.current} == {
        "name": "theirs",
        "count": "3",
        "memo": "new",
        "is_new": "no",
    }
    assert (form.is_stale, form.revision) == (True, "10")
    assert field(form, "name").value == "mine"


def test_what_was_emptied_meanwhile_is_a_dash():
    form = edited(row(memo="old"))
    form.mark_stale(row(memo=None), "10")
    assert field(form, "memo").current == "—"


def test_a_text_that_a_browser_writes_its_own_way_is_no_difference():
    stored = row(memo="a\nb", made=datetime(2030, 1, 2, 3, 4, tzinfo=UTC))
    form = edited(stored, memo="a\r\nb", made="2030-01-02T03:04")
    form.mark_stale(stored, "10")
    assert [each.name for each in form.fields if each.current] == []


# -- choices


def test_a_reference_chooses_among_rows_and_none_where_it_may():
    form = form_of()
    form.show(row(maker=Maker(id=2, name="Bob")))
    assert field(form, "maker").choices == [("", "—"), *MAKERS]


def test_what_has_to_be_chosen_offers_nothing_only_until_it_is():
    form = form_of()
    form.show(None)
    size = field(form, "size")
    assert size.choices == [("", "—"), ("SMALL", "Small"), ("LARGE", "Large")]
    form.show(row())
    assert size.choices == [("SMALL", "Small"), ("LARGE", "Large")]


def test_what_was_sent_and_is_no_choice_leaves_none_chosen():
    form = form_of()
    form.fill({"size": "HUGE"})
    # A browser would else send the first choice, which nobody made.
    assert field(form, "size").choices[0] == ("", "—")


def test_of_too_many_rows_the_key_is_typed():
    form = form_of(choices=None)
    form.show(row(maker=Maker(id=2, name="Bob")))
    maker = field(form, "maker")
    assert (maker.kind, maker.value) == ("number", "2")


def test_a_field_tells_what_its_element_needs():
    form = form_of()
    made, name, size = (field(form, n) for n in ("made", "name", "size"))
    assert (made.label, made.kind, made.hint) == ("Made", "datetime-local", "in UTC")
    assert made.attributes == {"step": "any"}
    assert (made.is_required, name.is_required, size.is_required) == (0, 1, 1)

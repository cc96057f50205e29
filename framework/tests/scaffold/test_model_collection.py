import json
from datetime import UTC, datetime
from enum import Enum

import pytest
from roob.orm.column import JSON, Column, ForeignKey, PrimaryKey, Version
from roob.orm.table import Check, Table, Unique
from roob.scaffold.model_collection import MOST_CHOICES, ModelCollection, title_of

from framework.tests.scaffold import naughty
from framework.tests.scaffold.browser import Page

JSON_TYPE = "application/json"


class Mood(Enum):
    CALM = 1
    VERY_GLAD = 2


class Team(Table, table_name="mc_team"):
    id = PrimaryKey(int, auto_increment=True)
    name = Column(str)


class Person(Table, table_name="mc_person"):
    id = PrimaryKey(int, auto_increment=True)
    name = Column(str)
    email = Column(str, nullable=True, unique=True)
    phone = Column(str, nullable=True, unique=True)
    office_number = Column(int, nullable=True)
    is_here = Column(bool, default=False)
    mood = Column(Mood, nullable=True)
    team = ForeignKey(Team, nullable=True)
    seen = Column(datetime, nullable=True)
    version = Version()
    is_an_office = Check(office_number >= 0)


class Note(Table, table_name="mc_note"):
    """Without a version."""

    id = PrimaryKey(int, auto_increment=True)
    line = Column(str, default="")
    text = Column(str, default="")


class Country(Table, table_name="mc_country"):
    code = PrimaryKey(str)
    name = Column(str, default="")


class City(Table, table_name="mc_city"):
    id = PrimaryKey(int, auto_increment=True)
    country = ForeignKey(Country)


class Post(Table, table_name="mc_post"):
    id = PrimaryKey(int, auto_increment=True)
    title = Column(str)


class Comment(Table, table_name="mc_comment"):
    id = PrimaryKey(int, auto_increment=True)
    post = ForeignKey(Post)
    author = Column(str)
    text = Column(str, default="")


class Account(Table, table_name="mc_account"):
    id = PrimaryKey(int, auto_increment=True)
    password = Column(str, default="hunter2")
    is_admin = Column(bool, default=False)
    age = Column(int, default=0)


class Setting(Table, table_name="mc_setting"):
    id = PrimaryKey(int, auto_increment=True)
    value = Column(JSON)


class Booking(Table, table_name="mc_booking"):
    id = PrimaryKey(int, auto_increment=True)
    room = Column(str)
    hour = Column(int)
    guest = Column(str, nullable=True, unique=True)
    one_each = Unique(room, hour)


class Teams(ModelCollection[Team]):
    table = Team


class People(ModelCollection[Person]):
    table = Person


class Notes(ModelCollection[Note]):
    table = Note
    long_texts = ("text",)


class Countries(ModelCollection[Country]):
    table = Country


class Cities(ModelCollection[City]):
    table = City


class Posts(ModelCollection[Post]):
    table = Post


class CommentsOfPost(ModelCollection[Comment]):
    table = Comment

    def rows(self):
        return super().rows().where(Comment.post == self.parent(Post, "post"))

    def fixed(self):
        return {"post": self.parent(Post, "post")}


class Accounts(ModelCollection[Account]):
    table = Account
    columns = ("age",)


class Settings(ModelCollection[Setting]):
    table = Setting


class Bookings(ModelCollection[Booking]):
    table = Booking


@pytest.fixture
def people(serving):
    return serving(teams=Teams, people=People)


def saved(db, *rows):
    for row in rows:
        db.save(row)
    return rows[0]


def stored(db, table, key):
    db_row = db.query(table).where(table.__schema__.primary_key == key).first()
    return None if db_row is None else vars(db_row)


# -- lists


def test_an_empty_list_says_so(people):
    page = people.open("/people/").page
    assert "No people yet" in page.text
    assert "/people/;create_form" in page.links
    body = people.json("GET", "/people/").json()
    assert body == {"items": [], "page": 1, "pages": 1, "total": 0, "size": 20}


@pytest.fixture
def crowd(people, db):
    teams = [Team(name=name) for name in ("Red", "Blue", "<i>")]
    rows = [
        Person(name=f"P{n:04}", office_number=n % 7, team=teams[n % 3])
        for n in range(1000)
    ]
    db.save_all([*teams, *rows])
    return people


@pytest.mark.parametrize("query", ["", "?page=50", "?q=P&sort=-team", "?page=99999"])
@pytest.mark.parametrize("accept", ["text/html", JSON_TYPE])
def test_a_list_of_a_thousand_rows_takes_two_statements(crowd, db, query, accept):
    with db.record() as log:
        answer = crowd.client.get(f"/people/{query}", headers={"Accept": accept})
    assert answer.status_code == 200
    assert len(log) == 2, str(log)


def test_a_page_has_its_rows_and_leads_to_the_others(crowd):
    body = crowd.json("GET", "/people/?page=3").json()
    numbers = {name: body[name] for name in ("page", "pages", "total", "size")}
    assert numbers == {"page": 3, "pages": 50, "total": 1000, "size": 20}
    names = [item["name"] for item in body["items"]]
    assert names == [f"P{n:04}" for n in range(40, 60)]
    page = crowd.open("/people/?page=3").page
    assert "P0040" in page.text
    assert {"/people/?page=2", "/people/?page=4", "/people/?page=50"} < {*page.links}


def test_a_page_behind_the_last_is_the_last(crowd):
    body = crowd.json("GET", "/people/?page=1000000000").json()
    assert (body["page"], body["items"][-1]["name"]) == (50, "P0999")


def test_a_list_is_searched_and_sorted(crowd):
    body = crowd.json("GET", "/people/?q=p099&sort=-name").json()
    assert (body["total"], body["items"][0]["name"]) == (10, "P0999")
    found = crowd.json("GET", "/people/?sort=team").json()["items"]
    assert {item["team"] for item in found} == {3}  # "<i>"


def test_nothing_found_says_what_was_searched_for(crowd):
    page = crowd.open("/people/?q=%3Cb%3Enobody").page
    assert "Nothing found for “<b>nobody”" in page.text
    assert "b" not in page.tags


@pytest.mark.parametrize(
    "query", ["page=0", "page=x", "sort=nothing", "sort=version", "q=" + "a" * 201,
              "q=%00", "page=%FF"],
)  # fmt: skip
def test_a_list_that_cannot_be_understood_is_400(people, query):
    for accept in ("text/html", JSON_TYPE):
        answer = people.client.get(f"/people/?{query}", headers={"Accept": accept})
        assert answer.status_code == 400
        assert answer.json()["message"]


def test_json_may_be_had_by_its_extension(crowd):
    answer = crowd.client.get("/people/.json", headers={"Accept": "text/html"})
    assert answer.headers["Content-Type"] == JSON_TYPE
    assert crowd.client.get("/people/1.json").json()["name"] == "P0000"


def test_what_depends_on_accept_says_so(crowd):
    for address in ("/people/", "/people/1"):
        assert "Accept" in crowd.client.get(address).headers["Vary"]


# -- one row


def test_a_row_is_shown(people, db):
    saved(db, Team(name="A & B"))
    ada = Person(name="Ada <3", mood=Mood.VERY_GLAD, team=db.get_by_id(Team, 1))
    saved(db, ada)
    page = people.open("/people/1").page
    assert "Ada <3" in page.text
    assert "A & B" in page.text
    assert "3" not in page.tags
    answer = people.json("GET", "/people/1")
    assert answer.json() == {
        "id": 1,
        "name": "Ada <3",
        "email": None,
        "phone": None,
        "office_number": None,
        "is_here": False,
        "mood": "VERY_GLAD",
        "team": 1,
        "seen": None,
        "version": 1,
    }
    assert answer.headers["ETag"] == '"1"'


@pytest.mark.parametrize(
    "id",
    ["2", "0", "-1", "x", "1.0", "1e0", "9" * 19, "9" * 200, "é", "1 OR 1=1", "%D9%A1"],
)
@pytest.mark.parametrize("noun", ["", ";edit_form", ";delete_form"])
def test_a_row_that_is_not_there_is_404(people, db, id, noun):
    saved(db, Person(name="Ada"))
    for accept in ("text/html", JSON_TYPE):
        address = f"/people/{id}{noun}"
        answer = people.client.get(address, headers={"Accept": accept})
        assert answer.status_code == 404
        assert answer.json()["message"].startswith("Person ")
    for method in ("PUT", "PATCH", "DELETE"):
        if not noun:
            assert (
                people.json(method, f"/people/{id}", {"name": "x"}).status_code == 404
            )


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("PUT", "/people/", "GET, HEAD, OPTIONS, POST"),
        ("POST", "/people/1", "DELETE, GET, HEAD, OPTIONS, PATCH, PUT"),
        ("POST", "/people/;create_form", "GET, HEAD, OPTIONS"),
    ],
)
def test_other_methods_are_refused(people, method, path, allow):
    answer = people.json(method, path, {})
    assert (answer.status_code, answer.headers["Allow"]) == (405, allow)


@pytest.mark.parametrize(
    "path", ["/people/1;x", "/people/;form", "/people/1;create_form"]
)
def test_other_nouns_are_not_found(people, db, path):
    saved(db, Person(name="Ada"))
    assert people.client.get(path).status_code == 404


# -- a browser creates, edits and deletes


def test_a_browser_creates_a_row_and_is_led_to_it(people, db):
    saved(db, Team(name="Red"), Team(name="Blue"))
    browser = people.open("/people/;create_form")
    form = browser.page.form
    assert (form.action, "_method" in form.kinds) == ("/people/", False)
    assert form.options["team"] == [("", "—"), ("2", "Blue"), ("1", "Red")]
    browser.send(name="Ada", office_number="7", is_here="1", mood="CALM", team="2")
    assert browser.answer.headers["Location"] == "/people/1"
    browser.follow()
    assert "Ada" in browser.page.text
    body = people.json("GET", "/people/1").json()
    expected = {"name": "Ada", "office_number": 7, "is_here": True, "mood": "CALM"}
    assert expected.items() <= body.items()
    assert body["team"] == 2


def test_a_browser_edits_a_row(people, db):
    saved(db, Team(name="Red"))
    exact = datetime(2030, 1, 2, 3, 4, 5, 678901, UTC)
    team = db.get_by_id(Team, 1)
    saved(db, Person(name="Ada", is_here=True, team=team, seen=exact))
    browser = people.open("/people/1;edit_form")
    values = browser.page.form.values
    assert (values["_method"], values["_revision"]) == ("PUT", "1")
    assert (values["name"], values["is_here"], values["team"]) == ("Ada", "1", "1")
    browser.send(name="Eve", is_here=None)
    assert browser.answer.headers["Location"] == "/people/1"
    row = stored(db, Person, 1)
    assert (row["name"], row["is_here"], row["version"]) == ("Eve", False, 2)
    assert (row["seen"], row["team"].id) == (exact, 1)


def test_a_form_that_is_sent_as_it_was_writes_nothing(people, db):
    saved(db, Person(name="Ada", seen=datetime(2030, 1, 2, tzinfo=UTC)))
    with db.record() as log:
        people.open("/people/1;edit_form").send()
    assert people.browser.status == 303
    assert not [step.sql for step in log if step.sql.startswith("UPDATE")]


def test_a_browser_deletes_a_row(people, db):
    saved(db, Person(name="Ada"))
    browser = people.open("/people/1;delete_form")
    assert "Delete Ada?" in browser.page.text
    browser.send()
    assert (browser.status, browser.answer.headers["Location"]) == (303, "/people/")
    assert people.client.get("/people/1").status_code == 404


def test_what_is_wrong_is_said_and_what_was_typed_stays(people):
    browser = people.open("/people/;create_form")
    browser.send(name="", office_number="<7>", email="a@b", is_here="1")
    assert browser.status == 422
    form, text = browser.page.form, browser.page.text
    assert "Error: has to be given" in text
    assert "Error: has to be a whole number" in text
    assert (form.values["office_number"], form.values["email"]) == ("<7>", "a@b")
    assert form.values["is_here"] == "1"
    assert form.attributes["name"]["aria-invalid"] == "true"
    assert people.json("GET", "/people/").json()["total"] == 0
    browser.send(name="Ada", office_number="7")
    assert browser.status == 303


def test_a_value_that_another_has_is_taken(people, db):
    saved(db, Person(name="Ada", email="a@b"))
    browser = people.open("/people/;create_form").send(name="Eve", email="a@b")
    assert browser.status == 422
    assert "Email: is taken already" in browser.page.text
    assert browser.page.form.values["name"] == "Eve"
    saved(db, Person(name="Bob", email="c@d"))
    browser = people.open("/people/2;edit_form").send(email="a@b")
    assert (browser.status, "is taken already" in browser.page.text) == (422, True)
    assert stored(db, Person, 2)["email"] == "c@d"


def test_only_what_is_taken_is_blamed(people, db):
    saved(db, Person(name="Ada", email="a@b"))
    answer = people.json("POST", "/people/", {"name": "Eve", "email": "a@b"})
    assert answer.status_code == 422
    # That both have no phone is no likeness: NULL equals nothing.
    assert answer.json()["errors"] == {"email": "is taken already"}


def test_values_that_are_taken_together_are_blamed_on_the_form(serving, db):
    site = serving(bookings=Bookings)
    saved(db, Booking(room="A", hour=7))
    answer = site.json("POST", "/bookings/", {"room": "A", "hour": 7})
    assert answer.status_code == 422
    assert answer.json() == {
        "message": "There is one with these values already",
        "errors": {},
    }


def test_a_check_that_does_not_hold_is_said(people, db):
    browser = people.open("/people/;create_form").send(name="Ada", office_number="-1")
    assert browser.status == 422
    assert "These values do not go together" in browser.page.text
    answer = people.json("POST", "/people/", {"name": "Ada", "office_number": -1})
    message = "These values do not go together"
    assert answer.json() == {"message": message, "errors": {}}
    saved(db, Person(name="Ada"))
    assert people.json("PATCH", "/people/1", {"office_number": -1}).status_code == 422
    assert stored(db, Person, 1)["office_number"] is None


def test_the_page_of_a_refused_edit_is_called_as_the_row_is(people, db):
    saved(db, Person(name="Ada"), Person(name="Bob", email="a@b"))
    browser = people.open("/people/1;edit_form").send(name="Eve", email="a@b")
    assert browser.status == 422
    assert "Edit Ada" in browser.page.text


# -- references


def test_a_row_that_is_gone_cannot_be_chosen(people, db):
    saved(db, Team(name="Red"))
    browser = people.open("/people/;create_form")
    db.delete(Team, 1)
    browser.send(name="Ada", team="1")
    assert browser.status == 422
    assert "Team: is not there, or not any more" in browser.page.text
    answer = people.json("POST", "/people/", {"name": "Ada", "team": 99})
    assert answer.json()["errors"] == {"team": "is not there, or not any more"}


def test_what_others_refer_to_is_not_deleted(people, db):
    saved(db, Team(name="Red"))
    saved(db, Person(name="Ada", team=db.get_by_id(Team, 1)))
    browser = people.open("/teams/1;delete_form").send()
    assert browser.status == 409
    assert "It cannot be deleted: something else refers to it" in browser.page.text
    answer = people.json("DELETE", "/teams/1")
    message = "It cannot be deleted: something else refers to it"
    assert (answer.status_code, answer.json()["message"]) == (409, message)
    assert people.json("PUT", "/people/1", {"name": "Ada"}).status_code == 200
    assert people.json("DELETE", "/teams/1").status_code == 204


def test_of_too_many_rows_the_key_is_typed(people, db):
    db.save_all([Team(name=f"T{n}") for n in range(MOST_CHOICES)])
    form = people.open("/people/;create_form").page.form
    assert len(form.options["team"]) == MOST_CHOICES + 1
    saved(db, Team(name="one more"))
    browser = people.open("/people/;create_form")
    assert browser.page.form.kinds["team"] == "number"
    browser.send(name="Ada", team="501")
    assert browser.status == 303
    assert stored(db, Person, 1)["team"].name == "one more"
    browser = people.open("/people/1;edit_form")
    assert browser.page.form.values["team"] == "501"
    assert browser.send(team="502").status == 422


# -- two at once


def test_an_edit_of_what_was_changed_meanwhile_is_refused_then_overwrites(people, db):
    saved(db, Person(name="Ada", email="old"))
    browser = people.open("/people/1;edit_form")
    people.json("PATCH", "/people/1", {"name": "Theirs", "office_number": 5})
    browser.send(name="Mine")
    assert browser.status == 409
    assert "Somebody else changed it meanwhile" in browser.page.text
    assert "Stored now: Theirs" in browser.page.text
    assert "Stored now: 5" in browser.page.text
    assert "Stored now: old" not in browser.page.text
    assert browser.page.form.values["name"] == "Mine"
    assert browser.page.form.values["_revision"] == "2"
    assert stored(db, Person, 1)["name"] == "Theirs"
    browser.send()
    assert browser.status == 303
    assert stored(db, Person, 1)["name"] == "Mine"


def test_without_a_version_a_digest_tells_the_same(serving, db):
    site = serving(notes=Notes)
    saved(db, Note(line="a", text="b"))
    browser = site.open("/notes/1;edit_form")
    revision = browser.page.form.values["_revision"]
    assert len(revision) == 32
    site.json("PATCH", "/notes/1", {"text": "theirs"})
    browser.send(line="mine")
    assert browser.status == 409
    assert browser.page.form.values["_revision"] != revision
    assert browser.send().status == 303
    assert stored(db, Note, 1) | {"_stored": 0} == {
        "id": 1,
        "line": "mine",
        "text": "b",
        "_stored": 0,
    }


@pytest.mark.parametrize("name", ["notes", "people"])
def test_what_was_changed_meanwhile_is_not_deleted_unseen(serving, db, name):
    site = serving(notes=Notes, teams=Teams, people=People)
    saved(db, Note(line="a"), Person(name="a"))
    column = {"notes": "line", "people": "name"}[name]
    browser = site.open(f"/{name}/1;delete_form")
    site.json("PATCH", f"/{name}/1", {column: "theirs"})
    browser.send()
    assert browser.status == 409
    assert "It was changed meanwhile: this is how it is now" in browser.page.text
    assert "theirs" in browser.page.text
    assert browser.send().status == 303


def test_a_row_that_was_deleted_meanwhile_is_404(people, db):
    saved(db, Person(name="Ada"))
    browser = people.open("/people/1;edit_form")
    db.delete(Person, 1)
    assert browser.send(name="Eve").status == 404


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_if_match_is_412_where_the_row_is_another(people, db, method):
    saved(db, Person(name="Ada"))
    body = None if method == "DELETE" else {"name": "Eve"}
    for tag in ('"2"', '"x", "y"', "nonsense"):
        answer = people.json(method, "/people/1", body, **{"If-Match": tag})
        assert (answer.status_code, tag) == (412, tag)
    assert stored(db, Person, 1)["version"] == 1
    etag = people.json("GET", "/people/1").headers["ETag"]
    answer = people.json(method, "/people/1", body, **{"If-Match": f'"x", {etag}'})
    assert answer.status_code in (200, 204)


def test_if_match_of_anything_is_met_by_any_row(people, db):
    saved(db, Person(name="Ada"))
    answer = people.json("PATCH", "/people/1", {"name": "Eve"}, **{"If-Match": "*"})
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"2"')


def test_a_version_that_json_sends_is_checked(people, db):
    saved(db, Person(name="Ada"))
    body = people.json("GET", "/people/1").json()
    assert people.json("PUT", "/people/1", {**body, "name": "Eve"}).status_code == 200
    answer = people.json("PUT", "/people/1", {**body, "name": "Bob"})
    assert answer.status_code == 409
    assert answer.json() == {"message": "It was changed meanwhile", "errors": {}}
    assert stored(db, Person, 1)["name"] == "Eve"


# -- programs


def test_a_program_creates_reads_changes_and_deletes(people, db):
    made = people.json("POST", "/people/", {"name": "Ada", "mood": "CALM"})
    assert (made.status_code, made.headers["Location"]) == (201, "/people/1")
    assert made.headers["Content-Type"] == JSON_TYPE
    body = people.json("GET", "/people/1").json()
    assert made.json() == body
    changed = people.json("PATCH", "/people/1", {"office_number": 7})
    assert changed.json() == {**body, "office_number": 7, "version": 2}
    replaced = people.json("PUT", "/people/1", {"name": "Eve"})
    assert replaced.json() == {**body, "name": "Eve", "mood": None, "version": 3}
    gone = people.json("DELETE", "/people/1")
    assert (gone.status_code, gone.content) == (204, b"")
    assert people.json("DELETE", "/people/1").status_code == 404


def test_what_a_row_says_may_be_sent_back(people, db):
    saved(db, Team(name="Red"))
    seen = datetime(2030, 1, 2, 3, 4, 5, 678901, UTC)
    team = db.get_by_id(Team, 1)
    saved(db, Person(name="Ada", mood=Mood.CALM, team=team, seen=seen, email=""))
    body = people.json("GET", "/people/1").json()
    answer = people.json("PUT", "/people/1", body)
    assert (answer.status_code, answer.json()) == (200, body)


def test_json_that_is_wrong_is_422_by_field(people):
    sent = {
        "name": 7,
        "office_number": "7",
        "is_here": None,
        "mood": "BAD",
        "team": "x",
    }
    answer = people.json("POST", "/people/", sent)
    assert answer.status_code == 422
    assert answer.json() == {
        "message": "Some values are wrong",
        "errors": {
            "name": "is not of type str",
            "office_number": "is not of type int",
            "is_here": "has to be given",
            "mood": "has to be one of CALM, VERY_GLAD",
            "team": "is not of type int",
        },
    }


@pytest.mark.parametrize(
    "name", ["nothing", "__class__", "csrf_token", "_method", "Name"]
)
def test_a_name_that_is_unknown_is_422(people, db, name):
    saved(db, Person(name="Ada"))
    for method, path in (("POST", "/people/"), ("PATCH", "/people/1")):
        answer = people.json(method, path, {"name": "x", name: 1})
        assert answer.status_code == 422
        assert answer.json()["message"] == f"There is no {name} here"
    assert stored(db, Person, 1)["name"] == "Ada"


@pytest.mark.parametrize("name", ["id", "version", "_stored"])
def test_what_the_database_sets_is_not_set_by_others(people, db, name):
    answer = people.json("POST", "/people/", {"name": "Ada", name: 77})
    assert answer.status_code in (201, 422)
    if answer.status_code == 201:
        assert (answer.json()["id"], answer.json()["version"]) == (1, 1)


@pytest.mark.parametrize(
    "body", [b"{", b"[1]", b"[]", b'"x"', b"null", b"\xff", b"{}x"]
)
def test_a_body_that_is_no_object_is_400(people, db, body):
    saved(db, Person(name="Ada"))
    headers = {"Content-Type": JSON_TYPE}
    for method, path in (("POST", "/people/"), ("PUT", "/people/1")):
        answer = people.client.request(method, path, content=body, headers=headers)
        assert answer.status_code == 400, answer.text


@pytest.mark.parametrize(
    "content_type", ["text/xml", "application/xml", "text/plain", "image/png", "x"]
)
def test_a_body_of_another_type_is_415(people, db, content_type):
    saved(db, Person(name="Ada"))
    headers = {"Content-Type": content_type}
    answer = people.client.put("/people/1", content=b"<x/>", headers=headers)
    assert answer.status_code == 415
    # A page is not what it reads, a form is.
    assert "text/html" not in answer.json()["message"]
    assert JSON_TYPE in answer.json()["message"]


def test_who_accepts_neither_pages_nor_json_is_406(people, db):
    saved(db, Person(name="Ada"))
    for method in ("GET", "DELETE"):
        answer = people.client.request(
            method, "/people/1", headers={"Accept": "image/png"}
        )
        assert answer.status_code == 406


@pytest.mark.parametrize("accept", ["*/*", "text/html", JSON_TYPE])
@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_an_empty_body_wipes_nothing_out(notes, db, method, accept):
    saved(db, Note(line="a", text="b"))
    notes.client.request(method, "/notes/1", headers={"Accept": accept})
    row = stored(db, Note, 1)
    assert (row["line"], row["text"]) == ("a", "b")


@pytest.mark.parametrize("accept", ["*/*", "text/html", JSON_TYPE])
def test_json_without_anything_in_it_is_400(notes, db, accept):
    headers = {"Content-Type": JSON_TYPE, "Accept": accept}
    assert notes.client.post("/notes/", headers=headers).status_code == 400
    assert db.query(Note).count() == 0


def test_a_form_patches_a_part(people, db):
    saved(db, Person(name="Ada", email="a@b", is_here=True))
    answer = people.client.patch("/people/1", data={"name": "Eve"})
    assert answer.status_code == 303
    row = stored(db, Person, 1)
    assert (row["name"], row["email"], row["is_here"]) == ("Eve", "a@b", True)


def test_a_form_of_another_case_of_its_type_is_a_form(people, db):
    saved(db, Person(name="Ada", email="a@b"))
    headers = {"Content-Type": "Application/X-WWW-Form-Urlencoded"}
    body = b"name=Eve&email=c@d"
    answer = people.client.put("/people/1", content=body, headers=headers)
    assert answer.status_code == 303
    assert stored(db, Person, 1)["email"] == "c@d"


def test_a_form_of_parts_is_a_form(people, db):
    page = people.open("/people/;create_form").page
    token = page.form.values["csrf_token"]
    files = {"f": ("a.txt", b"file")}
    sent = {"csrf_token": token, "name": "Ada"}
    answer = people.client.post("/people/", data=sent, files=files)
    assert answer.status_code == 303


def test_a_form_without_its_token_changes_nothing(people):
    assert people.client.post("/people/", data={"name": "Ada"}).status_code == 403
    assert people.json("GET", "/people/").json()["total"] == 0


# -- keys that people give


@pytest.fixture
def countries(serving):
    return serving(countries=Countries)


def test_a_key_that_people_give_is_typed_once(countries, db):
    browser = countries.open("/countries/;create_form").send(code="DE", name="Germany")
    assert browser.answer.headers["Location"] == "/countries/DE"
    form = countries.open("/countries/DE;edit_form").page.form
    assert "code" not in form.kinds
    browser = countries.open("/countries/;create_form").send(code="DE", name="x")
    assert (browser.status, "Code: is taken already" in browser.page.text) == (
        422,
        True,
    )
    changed = countries.json("PUT", "/countries/DE", {"code": "DE", "name": "D"})
    assert changed.json() == {"code": "DE", "name": "D"}


def test_the_key_of_a_row_does_not_change(countries, db):
    saved(db, Country(code="DE", name="Germany"))
    answer = countries.json("PATCH", "/countries/DE", {"code": "AT"})
    assert countries.json("GET", "/countries/AT").status_code == 404
    assert answer.status_code == 422 or answer.json()["code"] == "DE"


def test_a_key_that_other_programs_gave_may_be_chosen_and_sent_back(serving, db):
    site = serving(countries=Countries, cities=Cities)
    saved(db, Country(code="a/b", name="both"))
    made = site.json("POST", "/cities/", {"country": "a/b"})
    assert made.status_code == 201, made.json()
    assert site.json("PUT", "/cities/1", made.json()).status_code == 200


@pytest.mark.parametrize(
    "code",
    ["a b", "a;b", ";", "x.json", ".html", "é", "%", "%2F", "?", "#", "&", "<b>", '"',
     " ", "..", ".", "😀", "a\tb", "__init__", ";edit_form", "list"],
)  # fmt: skip
def test_any_key_leads_to_its_row(countries, db, code):
    browser = countries.open("/countries/;create_form").send(code=code, name="n")
    browser.follow()
    assert browser.status == 200
    assert countries.json(
        "GET", browser.answer.request.url.raw_path.decode()
    ).json() == {
        "code": code,
        "name": "n",
    }
    links = countries.open("/countries/").page.links
    (link,) = [address for address in links if address.endswith(";edit_form")]
    assert countries.open(link).send(name="other").status == 303
    assert stored(db, Country, code)["name"] == "other"


@pytest.mark.parametrize("code", ["a/b", "/", "a/", "x" * 256, "é" * 128])
def test_a_key_that_no_url_can_have_is_refused(countries, code):
    answer = countries.json("POST", "/countries/", {"code": code, "name": "n"})
    assert answer.status_code == 422
    assert answer.json()["errors"].keys() == {"code"}


# -- columns that are kept back


@pytest.fixture
def accounts(serving, db):
    site = serving(accounts=Accounts)
    saved(db, Account(age=7))
    return site


@pytest.mark.parametrize("name", ["password", "is_admin"])
def test_json_does_not_write_a_hidden_column(accounts, db, name):
    value = {"password": "x", "is_admin": True}[name]
    for method, path in (("POST", "/accounts/"), ("PUT", "/accounts/1")):
        answer = accounts.json(method, path, {"age": 8, name: value})
        assert (answer.status_code, answer.json()["message"]) == (
            422,
            f"There is no {name} here",
        )
    assert stored(db, Account, 1)[name] in ("hunter2", False)


def test_a_form_does_not_write_a_hidden_column(accounts, db):
    hidden = {"password": "x", "is_admin": "1", "id": "9", "_stored": "1"}
    token = accounts.open("/accounts/;create_form").page.form.values["csrf_token"]
    sent = {"csrf_token": token, "age": "8", **hidden}
    assert accounts.client.post("/accounts/", data=sent).status_code == 303
    sent["_method"] = "PUT"
    assert accounts.client.post("/accounts/1", data=sent).status_code == 303
    for id in (1, 2):
        row = stored(db, Account, id)
        assert (row["password"], row["is_admin"], row["age"]) == ("hunter2", False, 8)


@pytest.mark.parametrize(
    "path",
    ["", "1", "1;edit_form", "1;delete_form", ";create_form", "1.json", ".json",
     "?q=hunter"],
)  # fmt: skip
def test_a_hidden_column_is_nowhere_to_be_read(accounts, path):
    answer = accounts.client.get(f"/accounts/{path}")
    assert answer.status_code == 200
    assert "hunter2" not in answer.text
    assert "is_admin" not in answer.text


def test_a_hidden_column_neither_sorts_nor_finds(accounts):
    assert accounts.client.get("/accounts/?sort=password").status_code == 400
    assert accounts.json("GET", "/accounts/?q=hunter2").json()["total"] in (0, 1)


# -- a part of a table


@pytest.fixture
def comments(site, db):
    site.add(CommentsOfPost, "comments", "/posts/{post:d}/comments")
    posts = [Post(title="one"), Post(title="two")]
    saved(db, *posts)
    saved(db, *(Comment(post=post, author=f"of {post.title}") for post in posts))
    return site


def test_a_nested_collection_has_its_own_rows_alone(comments):
    body = comments.json("GET", "/posts/2/comments/").json()
    assert [item["author"] for item in body["items"]] == ["of two"]
    assert (
        "/posts/2/comments/2;edit_form"
        in comments.open("/posts/2/comments/").page.links
    )


@pytest.mark.parametrize("noun", ["", ";edit_form", ";delete_form"])
def test_rows_of_another_are_not_found(comments, noun):
    assert comments.client.get(f"/posts/1/comments/2{noun}").status_code == 404


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_rows_of_another_are_not_changed(comments, db, method):
    answer = comments.json(method, "/posts/1/comments/2", {"author": "x"})
    assert answer.status_code == 404
    assert stored(db, Comment, 2)["author"] == "of two"


@pytest.mark.parametrize("path", ["/posts/9/comments/", "/posts/9/comments/1"])
def test_what_lies_below_nothing_is_not_found(comments, path):
    answer = comments.json("GET", path)
    assert (answer.status_code, answer.json()) == (
        404,
        {"message": "Post 9 does not exist"},
    )
    assert (
        comments.json("POST", "/posts/9/comments/", {"author": "x"}).status_code == 404
    )
    assert comments.client.get("/posts/9/comments/;create_form").status_code == 404


def test_what_is_fixed_is_not_asked_for_and_not_given(comments, db):
    browser = comments.open("/posts/2/comments/;create_form")
    assert "post" not in browser.page.form.kinds
    browser.send(author="Ada")
    assert browser.answer.headers["Location"] == "/posts/2/comments/3"
    assert stored(db, Comment, 3)["post"].id == 2
    comments.json("POST", "/posts/2/comments/", {"author": "x", "post": 1})
    comments.json("PATCH", "/posts/2/comments/3", {"post": 1})
    posts = [comment.post.id for comment in db.query(Comment).all()]
    assert posts in ([1, 2, 2], [1, 2, 2, 2])


def test_what_a_row_below_another_says_may_be_sent_back(comments):
    body = comments.json("GET", "/posts/2/comments/2").json()
    answer = comments.json("PUT", "/posts/2/comments/2", {**body, "text": "new"})
    assert answer.status_code == 200, answer.json()
    assert answer.json() == {**body, "text": "new"}


# -- values of JSON


@pytest.mark.parametrize("value", ["", 0, False, [], {}, "x", [None], {"a": {"b": 1}}])
def test_any_json_is_a_value(serving, db, value):
    site = serving(settings=Settings)
    made = site.json("POST", "/settings/", {"value": value})
    assert made.status_code == 201, made.json()
    assert site.json("GET", "/settings/1").json()["value"] == value
    browser = site.open("/settings/1;edit_form").send()
    assert browser.status == 303
    assert stored(db, Setting, 1)["value"] == value


@pytest.mark.parametrize(
    "text",
    [
        "1" + "0" * 30,
        "[" + "9" * 400 + "]",
        "1e400",
        "[" * 300 + "]" * 300,
        "[" * 900 + "]" * 900,
        '{"a":' * 260 + "1" + "}" * 260,
    ],
    ids=["large", "large in a list", "infinite", "deep", "deeper", "deep object"],
)
def test_no_json_that_somebody_typed_breaks_the_list_of_all(serving, text):
    site = serving(settings=Settings)
    site.open("/settings/;create_form").send(value=text)
    assert site.browser.status in (303, 422)
    for path in ("/settings/", "/settings/.json"):
        assert site.client.get(path).status_code == 200
    if site.browser.status == 303:
        for path in ("/settings/1", "/settings/1.json", "/settings/1;edit_form"):
            assert site.client.get(path).status_code == 200


# -- every text comes back


@pytest.fixture
def notes(serving):
    return serving(notes=Notes)


def test_there_are_many_naughty_texts():
    texts = [*naughty.ONE_LINE, *naughty.LINES]
    assert len(texts) == len(set(texts)) > 200


def assert_shown_safely(page: Page):
    unsafe = {"script", "img", "b", "svg", "style", "math", "plaintext", "meta"}
    assert unsafe & set(page.tags) <= {"meta"}
    assert page.tags.count("meta") == 3  # the layout's own


def test_a_text_survives_being_created_edited_and_read(notes):
    browser = notes.open("/notes/;create_form")
    blank = browser.page
    for text in [*naughty.ONE_LINE, *naughty.LINES]:
        line = text if text in naughty.ONE_LINE else "x"
        browser.page = blank
        browser.send(line=line, text=text)
        assert browser.status == 303, (text, browser.page.text)
        address = browser.answer.headers["Location"]
        form = notes.open(f"{address};edit_form").page.form
        assert (form.values["line"], form.values["text"]) == (line, text)
        browser.send()
        assert browser.status == 303
        said = json.loads(notes.json("GET", address).content)
        assert (said["line"], said["text"]) == (line, text)


def test_a_text_survives_every_page(notes, db):
    db.save_all(
        [
            Note(line=text[:300], text=text[:300])
            for text in [*naughty.ONE_LINE, *naughty.LINES, *naughty.FOREIGN_LINES]
        ]
    )
    for page in range(1, 20):
        assert_shown_safely(notes.open(f"/notes/?page={page}").page)
    for text in naughty.MARKUP:
        note = db.query(Note).where(Note.line == text).first()
        for noun in ("", ";edit_form", ";delete_form"):
            assert_shown_safely(notes.open(f"/notes/{note.id}{noun}").page)


@pytest.mark.parametrize("texts", ["LINES", "FOREIGN_LINES"])
@pytest.mark.parametrize("column", ["line", "text"])
def test_what_a_form_cannot_show_exactly_it_does_not_change(notes, db, column, texts):
    other = {"line": "text", "text": "line"}[column]
    kept = getattr(naughty, texts)
    for text in kept:
        made = notes.json("POST", "/notes/", {column: text})
        assert made.json()[column] == text
        notes.open(f"{made.headers['Location']};edit_form").send(**{other: "changed"})
        assert notes.browser.status == 303
    rows = db.query(Note).all()
    assert [getattr(row, other) for row in rows] == ["changed"] * len(kept)
    assert [getattr(row, column) for row in rows] == kept


@pytest.mark.parametrize("text", naughty.REFUSED[:2])
def test_what_a_column_does_not_take_is_said(notes, text):
    browser = notes.open("/notes/;create_form").send(line=text)
    assert browser.status == 422
    assert "has a NUL at position" in browser.page.text
    assert notes.json("POST", "/notes/", {"text": text}).status_code == 422


def test_a_search_for_any_text_is_an_answer(notes, db):
    saved(db, Note(line="a"))
    for text in naughty.ONE_LINE:
        if len(text) <= 200:
            answer = notes.client.get("/notes/.json", params={"q": text})
            assert answer.status_code == 200, text


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("BlogPost", "Blog post"),
        ("Employee", "Employee"),
        ("A", "A"),
        ("HTTPServer", "Http server"),
        ("Blog_Post", "Blog post"),
        ("MP3", "Mp3"),
    ],
)
def test_one_thing_is_called_by_the_words_of_its_class(name, title):
    assert title_of(type(name, (Table,), {}, table_name=f"mc_t_{name}")) == title


# -- what is said after a change is what is read


class Measure(Table, table_name="mc_measure"):
    id = PrimaryKey(int, auto_increment=True)
    length = Column(float)


class Measures(ModelCollection[Measure]):
    table = Measure


def test_what_a_change_is_answered_is_what_a_read_is_answered(serving):
    site = serving(measures=Measures)
    made = site.json("POST", "/measures/", {"length": 1})
    read = site.json("GET", "/measures/1")
    assert (made.text, made.headers["ETag"]) == (read.text, read.headers["ETag"])
    changed = site.json("PUT", "/measures/1", {"length": -0.0})
    assert changed.headers["ETag"] == site.json("GET", "/measures/1").headers["ETag"]


@pytest.mark.parametrize("code", ["x\r\ny", "x\ry", " x ", "x\n"])
def test_a_key_that_nobody_types_leads_to_its_row_too(countries, code):
    made = countries.json("POST", "/countries/", {"code": code, "name": "n"})
    read = countries.client.get(made.headers["Location"] + ".json")
    assert read.json() == {"code": code, "name": "n"}


def test_a_key_in_the_body_is_the_one_of_the_address(people, db):
    saved(db, Person(name="Ada"))
    answer = people.json("PATCH", "/people/1", {"id": 7, "name": "Eve"})
    assert answer.status_code == 422
    assert answer.json()["message"] == "id is given by the address"
    assert stored(db, Person, 1)["name"] == "Ada"


# -- which rows a reference may be to


class CitiesOfA(ModelCollection[City]):
    table = City

    def candidates(self, field):
        return super().candidates(field).where(Country.name.startswith("A"))


def test_a_reference_is_offered_and_takes_its_candidates_alone(serving, db):
    site = serving(countries=Countries, cities=CitiesOfA)
    db.save_all([Country(code="a", name="A"), Country(code="b", name="Hidden")])
    page = site.open("/cities/;create_form").page
    assert "Hidden" not in page.text
    assert site.json("POST", "/cities/", {"country": "b"}).status_code == 422
    assert site.json("POST", "/cities/", {"country": "a"}).status_code == 201

"""What the document says of a table's rows is what its collection does with them."""

from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from uuid import UUID

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator, validate
from roob import Roob
from roob.formats import Html, Json
from roob.openapi.document import Info, document_of
from roob.orm.column import JSON, Column, ForeignKey, PrimaryKey, Version
from roob.orm.db_factory import DatabaseFactory
from roob.orm.table import Table
from roob.scaffold.model_collection import ModelCollection
from roob.testing import TestClient


class Mood(Enum):
    GLAD = 1
    SAD = 2


class Office(Table):
    code = PrimaryKey(str)


class Worker(Table):
    id = PrimaryKey(int, auto_increment=True)
    name = Column(str)
    nick = Column(str, nullable=True)
    pay = Column(Decimal, default=Decimal("1.5"))
    share = Column(float, default=0.5)
    is_here = Column(bool, default=True)
    born = Column(date, nullable=True)
    seen = Column(datetime, default=datetime(2030, 1, 1, tzinfo=UTC))
    token = Column(UUID, default=UUID(int=7))
    mood = Column(Mood, default=Mood.GLAD)
    extra = Column(JSON, nullable=True)
    photo = Column(bytes, nullable=True)
    office = ForeignKey(Office, nullable=True)
    version = Version()


FULL = {
    "name": "Ada",
    "nick": None,
    "pay": "12.50",
    "share": 0.25,
    "is_here": False,
    "born": "1815-12-10",
    "seen": "2030-01-01T10:00:00Z",
    "token": "8d2f2f5e-3c1b-4f0e-9a33-0d6a3a4f5b6c",
    "mood": "SAD",
    "extra": {"a": [1]},
    "office": "X1",
}


@pytest.fixture
def app():
    class Workers(ModelCollection[Worker]):
        table = Worker
        formats = (Json(),)

    with DatabaseFactory.from_url("sqlite:///:memory:") as db:
        db.create(Office)
        db.create(Worker)
        db.save(Office(code="X1"))
        Workers.db = db
        app = Roob()
        Workers.register(app, "/workers", "workers")
        yield app


@pytest.fixture
def document(app):
    document = document_of(app, Info())
    validate(document, cls=OpenAPIV31SpecValidator)
    return document


@pytest.fixture
def faults(document):
    """``faults("Worker", {...})``: why that does not fit the component."""

    def find(name, content):
        schema = {
            "$ref": f"#/components/schemas/{name}",
            "components": document["components"],
        }
        found = Draft202012Validator(schema).iter_errors(content)
        return [each.message for each in found]

    return find


def test_what_is_answered_fits_what_is_said(app, faults):
    client = TestClient(app)
    made = client.post("/workers/", json=FULL)
    assert (made.status_code, "Location" in made.headers) == (201, True)

    for name, answer in (
        ("Worker", made),
        ("Worker", client.get("/workers/1")),
        ("WorkerPage", client.get("/workers/?q=ada&sort=-name")),
        ("Worker", client.patch("/workers/1", json={"nick": "A"})),
        ("RefusedRow", client.post("/workers/", json={"name": ""})),
        ("RefusedRow", client.patch("/workers/1", json={"version": 7})),
        ("Message", client.get("/workers/9")),
    ):
        assert faults(name, answer.json()) == [], name


def test_what_is_said_to_be_sent_is_taken(app, faults):
    client = TestClient(app)
    assert faults("NewWorker", FULL) == []
    assert faults("NewWorker", {"name": "Bob"}) == []
    assert client.post("/workers/", json={"name": "Bob"}).status_code == 201


@pytest.mark.parametrize(
    "wrong",
    [{}, {"name": None}, {"name": "A", "mood": "ANGRY"}, {"name": "A", "pay": 1.5}],
)
def test_what_is_said_not_to_fit_is_refused(app, faults, wrong):
    assert faults("NewWorker", wrong)
    assert TestClient(app).post("/workers/", json=wrong).status_code == 422


def test_members_tell_what_they_answer(document):
    def codes(path, method):
        return [*document["paths"][path][method]["responses"]]

    assert codes("/workers/", "get") == ["200", "400", "406"]
    assert codes("/workers/", "post") == ["201", "400", "413", "415", "422"]
    assert codes("/workers/{id}", "get") == ["200", "400", "404", "406"]
    assert codes("/workers/{id}", "put") == [
        *("200", "400", "404", "405", "409", "412", "413", "415", "422")
    ]
    assert codes("/workers/{id}", "delete") == [
        *("204", "400", "404", "405", "409", "412")
    ]


def test_a_list_can_be_asked_for_in_its_orders(document):
    parameters = document["paths"]["/workers/"]["get"]["parameters"]
    asked = {each["name"]: each["schema"] for each in parameters}
    assert {*asked} == {"page", "sort", "q"}
    assert {"name", "-name", "office"} <= {*asked["sort"]["enum"]}
    assert "extra" not in asked["sort"]["enum"]


def test_pages_are_led_on_and_forms_are_taken():
    class Pages(ModelCollection[Worker]):
        table = Worker
        columns = ("name",)
        formats = (Html(),)

    app = Roob()
    Pages.register(app, "/workers", "workers")
    post = document_of(app, Info())["paths"]["/workers/"]["post"]
    assert [*post["requestBody"]["content"]] == [
        "application/x-www-form-urlencoded",
        "multipart/form-data",
    ]
    assert "303" in post["responses"]
    assert "201" not in post["responses"]
    assert [*post["responses"]["422"]["content"]] == ["text/html"]


def test_columns_that_are_not_seen_are_not_told_of():
    class Names(ModelCollection[Worker]):
        table = Worker
        columns = ("name", "mood")
        formats = (Json(),)

    app = Roob()
    Names.register(app, "/workers", "workers")
    schemas = document_of(app, Info())["components"]["schemas"]
    assert [*schemas["Worker"]["properties"]] == ["id", "name", "mood", "version"]
    assert [*schemas["NewWorker"]["properties"]] == ["name", "mood"]

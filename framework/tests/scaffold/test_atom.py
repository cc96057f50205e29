import re
from datetime import UTC, date, datetime
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from roob.formats import Html, Json
from roob.orm.column import Column, PrimaryKey
from roob.orm.table import Table
from roob.scaffold.atom import MEDIA_TYPE, Atom
from roob.scaffold.model_collection import ModelCollection

from framework.tests.scaffold import naughty

NS = "{http://www.w3.org/2005/Atom}"
# RFC 3339 5.6, with the upper-case T that RFC 4287 3.3 asks for.
MOMENT = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII
)
ENTRY = (
    '<entry xmlns="http://www.w3.org/2005/Atom"><id>urn:x</id><author><name>A</name>'
    "</author><title>{title}</title><updated>2030-01-02T03:04:05.678901Z</updated>"
    "<content>{content}</content></entry>"
)


class Article(Table, table_name="atom_article"):
    id = PrimaryKey(int, auto_increment=True)
    title = Column(str)
    body = Column(str, default="")
    changed = Column(datetime)


class Event(Table, table_name="atom_event"):
    id = PrimaryKey(int, auto_increment=True)
    name = Column(str, nullable=True)
    text = Column(str, nullable=True)
    day = Column(date, nullable=True)


class Articles(ModelCollection[Article]):
    table = Article
    formats = (Html(), Json(), Atom("title", "body", "changed"))


class Feed(ModelCollection[Article]):
    table = Article
    formats = (Atom("title", "body", "changed"),)


class Events(ModelCollection[Event]):
    table = Event
    formats = (Atom("name", "text", "day"),)


@pytest.fixture
def feeds(serving):
    return serving(articles=Articles, feed=Feed)


def written(db, *titles, body="text"):
    moments = (datetime(2030, 1, n + 1, 2, 3, 4, 567890, UTC) for n in range(28))
    rows = [
        Article(title=title, body=body, changed=moment)
        for title, moment in zip(titles, moments, strict=False)
    ]
    for row in rows:
        db.save(row)


def get(site, path="/feed/", **headers):
    answer = site.client.get(path, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"].startswith(MEDIA_TYPE)
    return ElementTree.fromstring(answer.content)


def texts(parent, name):
    return [found.text or "" for found in parent.findall(NS + name)]


def links(parent):
    return {link.get("rel"): link.get("href") for link in parent.findall(f"{NS}link")}


def check_common(parent):
    """What feeds and entries have to have (RFC 4287 4.1)."""
    for name in ("id", "title", "updated"):
        assert len(texts(parent, name)) == 1, name
    assert urlsplit(*texts(parent, "id")).scheme
    assert MOMENT.fullmatch(*texts(parent, "updated"))
    for href in links(parent).values():
        assert urlsplit(href).scheme == "http"


def has_author(parent):
    names = [author.findtext(f"{NS}name") for author in parent.findall(f"{NS}author")]
    return names != [] and all(names)


def check_entry(entry):
    check_common(entry)
    assert len(entry.findall(f"{NS}content")) <= 1
    assert "alternate" in links(entry)


def check_feed(feed):
    assert feed.tag == f"{NS}feed"
    check_common(feed)
    assert "self" in links(feed)
    entries = feed.findall(f"{NS}entry")
    assert has_author(feed) or all(map(has_author, entries))
    for entry in entries:
        check_entry(entry)
    ids = [texts(entry, "id")[0] for entry in entries]
    assert len(set(ids)) == len(ids)
    return entries


def test_a_list_is_a_feed(feeds, db):
    written(db, "One", "Two & <b>")
    feed = get(feeds)
    entries = check_feed(feed)
    assert [texts(entry, "title")[0] for entry in entries] == ["One", "Two & <b>"]
    assert texts(feed, "title") == ["Feed"]
    assert texts(feed, "updated") == ["2030-01-02T02:03:04.567890+00:00"]
    assert texts(entries[0], "updated") == ["2030-01-01T02:03:04.567890+00:00"]
    assert texts(entries[0], "id") == ["http://testserver/feed/1"]
    content = entries[0].find(f"{NS}content")
    assert (content.text, content.get("type")) == ("text", "text")


def test_a_row_is_an_entry_with_an_author(feeds, db):
    written(db, "One")
    entry = get(feeds, "/feed/1")
    assert entry.tag == f"{NS}entry"
    check_entry(entry)
    assert has_author(entry)


def test_the_type_tells_feed_and_entry_apart(feeds, db):
    written(db, "One")
    types = [feeds.client.get(f"/feed/{p}").headers["Content-Type"] for p in ("", "1")]
    assert types == [f"{MEDIA_TYPE};type=feed", f"{MEDIA_TYPE};type=entry"]


def test_a_feed_without_entries_is_one(feeds):
    before = datetime.now(UTC).replace(microsecond=0)
    feed = get(feeds)
    assert check_feed(feed) == []
    assert datetime.fromisoformat(*texts(feed, "updated")) >= before


def test_an_extension_and_accept_lead_to_the_feed(feeds, db):
    written(db, "One")
    for path, headers in (
        ("/articles/.atom", {}),
        ("/articles/", {"Accept": MEDIA_TYPE}),
    ):
        assert len(check_feed(get(feeds, path, **headers))) == 1
    check_entry(get(feeds, "/articles/1.atom"))
    assert (
        feeds.client.get("/articles/").headers["Content-Type"].startswith("text/html")
    )


def test_a_feed_leads_to_its_other_pages(feeds, db):
    db.save_all(
        [
            Article(title="t", changed=datetime(2030, 1, 1, tzinfo=UTC))
            for _ in range(65)
        ]
    )
    first, middle, last = (get(feeds, f"/feed/?page={n}") for n in (1, 2, 4))
    assert links(first).keys() == {"self", "first", "next", "last"}
    assert links(middle).keys() == {"self", "first", "previous", "next", "last"}
    assert links(last).keys() == {"self", "first", "previous", "last"}
    assert links(middle)["next"] == "http://testserver/feed/?page=3"
    assert links(middle)["self"] == "http://testserver/feed/?page=2"
    assert len(check_feed(get(feeds, "/feed/?page=4"))) == 5
    assert links(get(feeds, "/feed/?q=t&page=2"))["next"].endswith("/feed/?q=t&page=3")


@pytest.mark.parametrize("relation", ["self", "next", "last", "first"])
def test_the_links_of_a_feed_beside_pages_lead_to_feeds(feeds, db, relation):
    db.save_all(
        [
            Article(title="t", changed=datetime(2030, 1, 1, tzinfo=UTC))
            for _ in range(45)
        ]
    )
    address = links(get(feeds, "/articles/.atom"))[relation]
    # A reader of feeds follows it without saying what it likes.
    check_feed(get(feeds, address, Accept="*/*"))


def test_a_feed_knows_where_the_app_is_mounted(feeds, call, db):
    written(db, "One")
    answer = call(feeds.app, "/feed/", SCRIPT_NAME="/feeds", HTTP_HOST="example.org:81")
    feed = ElementTree.fromstring(answer.body)
    assert texts(feed, "id") == ["http://example.org:81/feeds/feed/"]
    (entry,) = feed.findall(f"{NS}entry")
    assert texts(entry, "id") == ["http://example.org:81/feeds/feed/1"]


@pytest.mark.parametrize("texts_of", ["ONE_LINE", "LINES", "FOREIGN_LINES"])
def test_any_text_is_well_formed_and_read_as_it_was(feeds, db, monkeypatch, texts_of):
    unfit = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
    monkeypatch.setattr(Feed, "page_size", 1000)
    moment, kept = datetime(2030, 1, 1, tzinfo=UTC), getattr(naughty, texts_of)
    db.save_all([Article(title=t, body=t, changed=moment) for t in kept])
    entries = check_feed(get(feeds))
    expected = [unfit.sub("\ufffd", text) for text in kept]
    assert [texts(entry, "title")[0] for entry in entries] == expected
    assert [texts(entry, "content")[0] for entry in entries] == expected


def test_a_date_counts_from_its_midnight_and_what_is_missing_is_empty(serving, db):
    site = serving(events=Events)
    db.save(Event(day=date(2030, 1, 2)))
    (entry,) = check_feed(get(site, "/events/"))
    assert texts(entry, "updated") == ["2030-01-02T00:00:00+00:00"]
    assert texts(entry, "title") + texts(entry, "content") == ["", ""]


def test_a_row_without_a_time_breaks_no_feed(serving, db):
    site = serving(events=Events)
    db.save(Event(name="some day"))
    db.save(Event(name="then", day=date(2030, 1, 2)))
    assert len(check_feed(get(site, "/events/"))) == 2


# -- what is sent


def send(site, body, method="POST", path="/feed/", content_type=MEDIA_TYPE):
    body = body.encode() if isinstance(body, str) else body
    headers = {"Content-Type": content_type}
    return site.client.request(method, path, content=body, headers=headers)


@pytest.mark.parametrize("content_type", [MEDIA_TYPE, f"{MEDIA_TYPE};type=entry"])
@pytest.mark.parametrize("path", ["feed", "articles"])
def test_an_entry_that_is_sent_is_a_new_row(feeds, db, path, content_type):
    body = ENTRY.format(title=" A &amp; B ", content="&lt;p>é\n")
    answer = send(feeds, body, path=f"/{path}/", content_type=content_type)
    assert answer.status_code == 201, answer.text
    assert answer.headers["Location"] == f"/{path}/1"
    assert answer.headers["Content-Type"] == f"{MEDIA_TYPE};type=entry"
    check_entry(ElementTree.fromstring(answer.content))
    row = db.get_by_id(Article, 1)
    assert (row.title, row.body) == (" A & B ", "<p>é\n")
    assert row.changed == datetime(2030, 1, 2, 3, 4, 5, 678901, UTC)


def test_an_entry_is_changed_and_deleted(feeds, db):
    written(db, "One")
    answer = send(feeds, ENTRY.format(title="Two", content="x"), "PUT", "/feed/1")
    assert answer.status_code == 200, answer.text
    assert db.get_by_id(Article, 1).title == "Two"
    assert feeds.client.delete("/feed/1").status_code == 204


@pytest.mark.parametrize(
    "prefix",
    ["", '<?xml version="1.0"?>', '<?xml version="1.0" encoding="utf-8"?>',
     "\ufeff", "\n<!-- a comment -->"],
)  # fmt: skip
def test_an_entry_may_begin_as_xml_does(feeds, prefix):
    answer = send(feeds, prefix + ENTRY.format(title="t", content="c"))
    assert answer.status_code == 201, answer.text


def test_text_in_markup_is_read_as_its_text(feeds, db):
    content = "<div xmlns='http://www.w3.org/1999/xhtml'>a <b>bold</b> c</div>"
    assert send(feeds, ENTRY.format(title="t", content=content)).status_code == 201
    assert db.get_by_id(Article, 1).body == "a bold c"


BOMB = (
    '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'
    + ENTRY.format(title="&b;", content="")
)  # fmt: skip
FILE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    "body",
    [
        BOMB,
        FILE + ENTRY.format(title="&a;", content=""),
        "<!DOCTYPE html>" + ENTRY.format(title="t", content="c"),
        "<!doctype html>" + ENTRY.format(title="t", content="c"),
        ENTRY.format(title="&a;", content=""),
        ENTRY.format(title="\0", content=""),
        ENTRY.format(title="\x01", content=""),
        ENTRY.format(title="&#0;", content=""),
        ENTRY.format(title="t", content="c").encode("utf-16"),
        ENTRY.format(title="é", content="c").encode("latin-1"),
        '<?xml version="1.0" encoding="utf-16"?>'.encode("utf-16") + b"<entry/>",
        "",
        " ",
        "text",
        "<entry",
        "<entry/>",
        "<feed xmlns='http://www.w3.org/2005/Atom'/>",
        ENTRY.replace("entry", "feed").format(title="t", content="c"),
        ENTRY.replace("2005", "2006").format(title="t", content="c"),
        ENTRY.format(title="t", content="c") * 2,
        '{"title": "t"}',
    ],
)
def test_what_is_no_entry_is_400(feeds, db, body):
    answer = send(feeds, body)
    assert answer.status_code == 400, answer.text
    assert answer.json()["message"]
    assert db.query(Article).count() == 0


@pytest.mark.parametrize("depth", [1_000, 100_000])
def test_an_entry_of_any_depth_is_answered(feeds, depth):
    content = "<a>" * depth + "</a>" * depth
    assert send(feeds, ENTRY.format(title="t", content=content)).status_code in (
        201,
        400,
    )


def test_a_declaration_that_is_only_spoken_of_is_text(feeds, db):
    title = "<![CDATA[How to write <!DOCTYPE html>]]>"
    escaped = "&lt;!ENTITY"
    assert send(feeds, ENTRY.format(title="t", content=escaped)).status_code == 201
    assert send(feeds, ENTRY.format(title=title, content="")).status_code in (201, 400)


BARE = "<entry xmlns='http://www.w3.org/2005/Atom'><title>t</title>{}</entry>"
NO_TIME = "has to be a date and a time, such as 2030-12-31T23:59"


@pytest.mark.parametrize(
    ("entry", "errors"),
    [
        (ENTRY.format(title="", content="c"), {"title": "has to be given"}),
        (BARE.format(""), {"changed": "has to be given"}),
        (BARE.format("<updated>x</updated>"), {"changed": NO_TIME}),
    ],
)
def test_an_entry_with_wrong_values_is_422(feeds, entry, errors):
    answer = send(feeds, entry)
    assert (answer.status_code, answer.json()["errors"]) == (422, errors)


@pytest.mark.parametrize("content_type", ["application/json", "application/xml"])
def test_only_entries_are_read_where_there_are_only_feeds(feeds, content_type):
    body = ENTRY.format(title="t", content="c")
    assert send(feeds, body, content_type=content_type).status_code == 415


def test_a_body_over_the_limit_is_413(feeds):
    body = ENTRY.format(title="t", content="x" * 1024 * 1024)
    assert send(feeds, body).status_code == 413

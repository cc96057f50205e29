import pytest
from parse import with_pattern
from roob.cli.checking.shadows import shadowed, takes_all
from roob.path_template import compile_path
from roob.routing_manager import RouteManager


@with_pattern("[a-z]*")
def letters(text):
    return text


OWN = {"letters": letters}


def handler(request, **parameters):
    return {}


@pytest.mark.parametrize(
    ("first", "later", "is_so"),
    [
        ("/{a}", "/{b}", True),
        ("/{a}", "/{b:d}", True),
        ("/{a:d}", "/{b}", False),
        ("/{a:d}", "/{b:d}", True),
        ("/{a}", "/v{b:d}", True),
        ("/v{a:d}", "/v{b:d}", True),
        ("/v{a:d}", "/w{b:d}", False),
        ("/v{a:d}", "/{b}", False),
        ("/x/{a}", "/x/{b}", True),
        ("/x/{a}", "/y/{b}", False),
        ("/{x}/{a}", "/y/{b}", True),
        ("/y/{b}", "/{x}/{a}", False),
        ("/{a:d}/{b}", "/7/{c}", True),
        ("/{a:d}/{b}", "/x/{c}", False),
        ("/{a}", "/{b}/{c}", False),
        ("/{a}", "/x", False),
        ("/x", "/{a}", False),
        ("/{a:path}", "/{b}", True),
        ("/{a:path}", "/{b}/{c:d}", True),
        ("/{a:path}", "/{b:path}", True),
        ("/x/{a:path}", "/x/{b}/{c:path}", True),
        ("/x/{a:path}", "/{b}/{c}", False),
        ("/x/{a:path}", "/{b:path}", False),
        ("/x/y/{a:path}", "/x/{b:path}", False),
        ("/x/{b}", "/x/{a:path}", False),
        ("/{a:letters}", "/{b:letters}", True),
        ("/{a}", "/{b:letters}", False),
        ("/{a:path}", "/{b:letters}", False),
        ("/{a:path}", "/{b:letters}/x", True),
    ],
)
def test_a_pattern_takes_all_that_another_takes(first, later, is_so):
    templates = [compile_path(path, OWN) for path in (first, later)]
    assert takes_all(*templates) is is_so


@pytest.mark.parametrize(
    ("table", "hidden"),
    [
        ([("/{a}", "GET"), ("/{b:d}", "GET")], [("/{b:d}", "/{a}")]),
        ([("/{b:d}", "GET"), ("/{a}", "GET")], []),
        ([("/{a}", "GET"), ("/{b:d}", "POST")], []),
        ([("/{a}", "GET"), ("/{b:d}", "GET POST")], []),
        ([("/{a}", "GET"), ("/{b:d}", "HEAD")], [("/{b:d}", "/{a}")]),
        (
            [("/{a}", "GET"), ("/{c}", "POST"), ("/{b:d}", "GET POST")],
            [("/{b:d}", "/{a}")],
        ),
        # The path came first with another method, and is tried in that place.
        ([("/{b:d}", "POST"), ("/{a}", "GET"), ("/{b:d}", "GET")], []),
        ([("/{a}", "GET"), ("/exact", "GET")], []),
    ],
)
def test_a_route_is_hidden_where_all_its_methods_are(table, hidden):
    manager = RouteManager()
    for path, methods in table:
        manager.register(path, handler, methods.split())
    found = [(one.path, other.path) for one, other in shadowed(manager.routes)]
    assert found == hidden


def test_a_route_of_one_host_hides_none_of_another():
    manager = RouteManager()
    for host in (None, "a.test", "{t}.test"):
        manager.register("/{a}", handler, ["GET"], host=host)
        manager.register("/{b:d}", handler, ["GET"], host=host)
    found = [(one.address, other.address) for one, other in shadowed(manager.routes)]
    assert found == [
        ("/{b:d}", "/{a}"),
        ("a.test/{b:d}", "a.test/{a}"),
        ("{t}.test/{b:d}", "{t}.test/{a}"),
    ]

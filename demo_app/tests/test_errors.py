import pytest
from roob.orm.exceptions import (
    DatabaseError,
    DatabaseLocked,
    OutOfSpaceError,
    UnavailableError,
)

from demo_app.service.errors import Conflict, Invalid, NotFound, ProductNotFound


class Shy(NotFound):
    """An error that the table has no line for, but its base has one."""


def answer_to(app, client, error):
    def fail(request):
        raise error

    app.add_route("/fail", fail)
    return client.get("/fail")


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Invalid("no sense"), 400),
        (NotFound("not there"), 404),
        (ProductNotFound(9), 404),
        (Shy("not there"), 404),
        (Conflict("in the way"), 409),
    ],
)
def test_a_refusal_is_answered_in_its_own_words(app, client, error, status):
    response = answer_to(app, client, error)

    assert response.status_code == status
    assert response.json() == {"message": str(error)}


@pytest.mark.parametrize("kind", [DatabaseLocked, OutOfSpaceError, UnavailableError])
def test_a_database_that_fails_is_answered_without_its_words(app, client, caplog, kind):
    response = answer_to(app, client, kind("/srv/secret.sqlite is locked"))

    assert response.status_code == 503
    assert response.headers["Retry-After"] == "1"
    assert response.json() == {
        "message": "The inventory's database is not available, try again soon"
    }
    assert "/srv/secret.sqlite is locked" in caplog.text


@pytest.mark.parametrize("error", [DatabaseError("secret"), ValueError("secret")])
def test_what_nobody_expected_is_a_500(app, client, error):
    response = answer_to(app, client, error)

    assert response.status_code == 500
    assert "secret" not in response.text

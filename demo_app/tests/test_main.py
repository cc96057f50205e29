"""The application as a whole: health, errors, headers, settings."""

import sqlite3

import pytest
from pydantic import ValidationError
from roob.testing import TestClient

from demo_app.core.main import create_app
from demo_app.core.settings import Settings


def test_a_living_process_says_so(client):
    assert client.get("/health/live").json() == {"status": "alive"}


def test_a_process_with_its_database_is_ready(client):
    response = client.get("/health/ready")

    assert (response.status_code, response.json()) == (200, {"status": "ready"})


def test_a_draining_process_is_alive_and_not_ready(app, client):
    app.drain()

    response = client.get("/health/ready")

    assert (response.status_code, response.json()) == (503, {"status": "draining"})
    assert client.get("/health/live").status_code == 200
    assert client.get("/api/products/1").status_code == 200


@pytest.fixture
def lost(tmp_path):
    """An inventory whose database cannot be opened: a file is in its folder's place."""
    (tmp_path / "var").write_text("in the way")
    app = create_app(Settings(database_url=f"sqlite:///{tmp_path}/var/x.sqlite"))
    with TestClient(app) as client:
        yield client


def test_without_its_database_a_process_is_alive_and_not_ready(lost):
    response = lost.get("/health/ready")

    assert (response.status_code, response.json()) == (503, {"status": "no database"})
    assert lost.get("/health/live").status_code == 200


@pytest.mark.parametrize("path", ["/api/products", "/api/movements", "/"])
def test_without_its_database_requests_are_asked_to_come_back(lost, path, tmp_path):
    response = lost.get(path)

    assert response.status_code == 503
    assert response.headers["Retry-After"] == "1"
    assert str(tmp_path) not in response.text


def test_a_process_becomes_ready_when_its_database_comes(lost, tmp_path):
    lost.get("/health/ready")
    (tmp_path / "var").unlink()

    assert lost.get("/health/ready").status_code == 200
    assert lost.get("/api/products/1").status_code == 200


def test_a_database_that_is_taken_away_is_missed(client, tmp_path):
    assert client.get("/health/ready").status_code == 200
    (tmp_path / "var" / "inventory.sqlite").unlink()

    assert client.get("/health/ready").status_code == 503


def test_a_file_that_is_no_database_is_unavailable(tmp_path):
    (tmp_path / "x.sqlite").write_bytes(b"no database at all" * 100)
    app = create_app(Settings(database_url=f"sqlite:///{tmp_path}/x.sqlite"))

    with TestClient(app) as client:
        assert client.get("/health/ready").status_code == 503
        assert client.get("/api/products").status_code == 503


def test_a_lasting_write_lock_is_unavailable_and_reads_go_on(client, tmp_path):
    client.get("/health/ready")
    other = sqlite3.connect(tmp_path / "var" / "inventory.sqlite")
    other.execute("BEGIN IMMEDIATE")
    try:
        assert client.get("/api/products").status_code == 200
        assert client.get("/health/ready").status_code == 200
    finally:
        other.rollback()
        other.close()


def test_a_crash_is_a_500_with_an_id_and_no_inner_words(url):
    app = create_app(Settings(database_url=url, demo_faults=True))

    with TestClient(app) as client:
        response = client.get("/api/crash", headers={"X-Request-ID": "abc-1"})

    assert response.status_code == 500
    assert response.json() == {
        "message": "Unhandled Exception Occurred",
        "request_id": "abc-1",
    }
    assert "X-Response-Time" in response.headers


def test_in_debug_a_crash_tells_its_words(url):
    app = create_app(Settings(database_url=url, demo_faults=True, debug=True))

    with TestClient(app) as client:
        message = client.get("/api/crash").json()["message"]

    assert message == "Unhandled Exception Occurred: This crash was asked for"


def test_nobody_crashes_it_unless_faults_are_asked_for(client):
    assert client.get("/api/crash").status_code == 404


@pytest.mark.parametrize("path", ["/", "/api/products/9", "/dashboard.css", "/nowhere"])
def test_every_answer_carries_the_headers_of_the_middlewares(client, path):
    headers = client.get(path).headers

    assert headers["Content-Security-Policy"].startswith("default-src 'self'")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Response-Time"].endswith("s")


def test_every_request_is_logged_with_its_id(client, caplog):
    with caplog.at_level("INFO", "roob.requests"):
        client.get("/api/products/1", headers={"X-Request-ID": "abc-1"})

    assert "GET /api/products/1 200" in caplog.text
    assert "abc-1" in caplog.text


def test_two_applications_of_one_process_keep_their_own_inventory(tmp_path):
    urls = [f"sqlite:///{tmp_path}/{name}.sqlite" for name in "ab"]
    first, second = (TestClient(create_app(Settings(database_url=u))) for u in urls)

    with first, second:
        first.delete("/api/products/1")
        assert first.get("/api/products/1").status_code == 404
        assert second.get("/api/products/1").status_code == 200


def test_the_environment_sets_the_settings(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "sqlite:///elsewhere.sqlite")
    monkeypatch.setenv("WEB_CONCURRENCY", "3")
    monkeypatch.setenv("DEMO_FAULTS", "1")

    settings = Settings()

    assert settings.database_url == "sqlite:///elsewhere.sqlite"
    assert (settings.web_concurrency, settings.demo_faults) == (3, True)


def test_a_setting_that_makes_no_sense_is_named(monkeypatch):
    monkeypatch.setenv("PORT", "99999")

    with pytest.raises(ValidationError, match="port"):
        Settings()

"""Each kind of server, started once for all tests that only talk to it."""

from collections.abc import Iterator

import pytest

from tests.live.servers import SERVERS, LiveServer


@pytest.fixture(scope="session")
def gthread(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with LiveServer("gthread", tmp_path_factory.mktemp("gthread")) as server:
        yield server


@pytest.fixture(scope="session", params=SERVERS)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveServer]:
    if request.param == "gthread":
        yield request.getfixturevalue("gthread")
        return
    folder = tmp_path_factory.mktemp(request.param)
    with LiveServer(request.param, folder) as running:
        yield running

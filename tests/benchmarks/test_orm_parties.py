"""Every party does every job rightly; else it would be timed at something else."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from benchmarks.orm_databases import DATABASES, Places
from benchmarks.orm_jobs import JOBS
from benchmarks.orm_measure import set_up
from benchmarks.orm_parties import PARTIES, PEERS
from benchmarks.orm_work import Work
from framework.tests.orm.postgres_server import NoServerError

WORK = Work(230)
"""More rows than there are authors with books."""

PARTIES_HERE = [name for name in PARTIES if name != "django"]
"""Django is set up once per process: the command's test has it in one of its own."""


@pytest.fixture(scope="session")
def sqlite() -> Iterator[Places]:
    with DATABASES["sqlite"]() as places:
        yield places


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Places]:
    try:
        with DATABASES["postgresql"]() as places:
            yield places
    except NoServerError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("database", DATABASES)
@pytest.mark.parametrize("name", PARTIES_HERE)
def test_a_party_does_each_of_its_jobs_rightly_again_and_again(
    name: str, database: str, request: pytest.FixtureRequest
) -> None:
    if name in PEERS:
        pytest.importorskip(name, reason=f"{name} is not installed")
    places = request.getfixturevalue(database)
    with ExitStack() as stack:
        one = set_up(name, places, WORK, stack)
        for job in [job for job in JOBS.values() if job.is_for(name)] * 2:
            job.check(one.store, job.run(one.party, WORK))
            one.store.restore()
            assert one.store.authors() == WORK.stored_authors, job.name

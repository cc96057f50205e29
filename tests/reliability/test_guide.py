"""Every example of docs/reliability.md, on both databases."""

from roob.orm.db_factory import DatabaseFactory

from tests.docs.test_guides import DOCS, run


def test_every_example_of_the_guide_answers_as_printed(any_url: str) -> None:
    with DatabaseFactory.from_url(any_url) as db:
        assert run(DOCS / "reliability.md", db=db) > 4

"""The PostgreSQL server of the ORM's tests, for the guides' examples."""

from framework.tests.orm.conftest import (  # noqa: F401
    postgres_url,
    server_url,
)

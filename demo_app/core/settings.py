"""Before the first request: what the environment says of this installation."""

from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """The environment's variables of the same names, in capitals: ``PORT=9000``.

    ``Settings(demo_faults=True)`` sets one by hand. A relative path in
    ``database_url`` is relative to the working directory.

    Raises:
        pydantic.ValidationError: a variable makes no sense; the message names it.
    """

    model_config = SettingsConfigDict(frozen=True)

    database_url: str = "sqlite:///var/inventory.sqlite"
    port: Annotated[int, Field(ge=1, le=65535)] = 8000
    web_concurrency: Annotated[int, Field(ge=1, description="worker processes")] = 2
    web_threads: Annotated[int, Field(ge=1, description="threads of a worker")] = 4
    live_connections: Annotated[
        int | None, Field(ge=0, description="live ones of a worker; half its threads")
    ] = None
    debug: bool = False
    demo_faults: Annotated[bool, Field(description="adds GET /api/crash")] = False

    @property
    def live_seats(self) -> int:
        """How many may listen to a worker; the other threads answer requests."""
        if self.live_connections is None:
            return self.web_threads // 2
        return self.live_connections

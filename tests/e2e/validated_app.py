"""The inventory with ``wsgiref.validate`` on guard between it and its server.

What breaks PEP 3333, on either side, becomes an AssertionError: a 500 for the test
and a traceback in the server's log.
"""

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIEnvironment
from wsgiref.validate import validator

from demo_app.core import main


class ValidatedApp:
    """The guarded app, which still can be asked to drain."""

    def __init__(self, inventory: main.Inventory) -> None:
        self._guarded = validator(inventory)
        self.drain = inventory.drain

    def __call__(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        return self._guarded(environ, start_response)


app = ValidatedApp(main.app)

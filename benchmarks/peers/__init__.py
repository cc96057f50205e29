"""The contestants: one small app per framework, in that framework's own idiom.

Each module has `make(n_routes=50)`, which builds its app with the same routes:

```
GET  /                  text/plain         Hello, World!
GET  /json              application/json   {"message": "Hello"}
GET  /r<n>/items/<int>  application/json   {"id": <int>}
POST /echo              application/json   the JSON that was posted, parsed
```

Those in `TYPED` have two more, with the models of `typed_models`:

```
GET  /typed/<int>?brand=<str>&limit=<int>   a Shown, made of all three
POST /typed                                 the Product that was posted, validated
```

Every `/r<n>` route has a handler of its own, as it would have in an application:
some routers pay for a handler that many routes share.  Handlers are written as the
framework's documentation would write them; nothing is cached, precomputed or
answered by the server in the handler's place.
"""

import importlib
from collections.abc import Callable
from wsgiref.types import WSGIApplication

from benchmarks.cases import TYPED_CASE_NAMES

IN_PROCESS = (
    "raw",
    "raw_orjson",
    "roob",
    "falcon",
    "falcon_orjson",
    "bottle",
    "flask",
    "django",
    "werkzeug",
    "rolo",
)
"""In the order of the tables."""

TYPED = ("roob_typed", "fastapi_typed", "falcon_typed", "falcon_orjson_typed")
"""Those that are asked the typed cases, and nothing else: pydantic weighs on them."""


def is_asked(peer: str, case: str) -> bool:
    """Whether a contestant takes part: `("falcon_typed", "typed post") -> True`."""
    return (peer in TYPED) == (case in TYPED_CASE_NAMES)


def maker(name: str) -> Callable[[int], WSGIApplication]:
    """Find a contestant: `"flask" -> benchmarks.peers.flask.make`.

    Raises:
        ImportError: its package is not installed.
    """
    make: Callable[[int], WSGIApplication]
    make = importlib.import_module(f"benchmarks.peers.{name}").make
    return make

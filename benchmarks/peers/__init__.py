"""The contestants: one small app per framework, in that framework's own idiom.

Each module has `make(n_routes=50)`, which builds its app with the same routes:

```
GET  /                  text/plain         Hello, World!
GET  /json              application/json   {"message": "Hello"}
GET  /r<n>/items/<int>  application/json   {"id": <int>}
POST /echo              application/json   the JSON that was posted, parsed
```

Every `/r<n>` route has a handler of its own, as it would have in an application:
some routers pay for a handler that many routes share.  Handlers are written as the
framework's documentation would write them; nothing is cached, precomputed or
answered by the server in the handler's place.
"""

import importlib
from collections.abc import Callable
from wsgiref.types import WSGIApplication

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


def maker(name: str) -> Callable[[int], WSGIApplication]:
    """Find a contestant: `"flask" -> benchmarks.peers.flask.make`.

    Raises:
        ImportError: its package is not installed.
    """
    make: Callable[[int], WSGIApplication]
    make = importlib.import_module(f"benchmarks.peers.{name}").make
    return make

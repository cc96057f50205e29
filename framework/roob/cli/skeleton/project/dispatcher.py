"""The project's app, put together: a request comes in here.

``roob run`` serves it, as does any WSGI server: ``gunicorn dispatcher:app``.
"""

import os
from pathlib import Path

from roob import Roob
from roob.middlewares import (
    CsrfMiddleware,
    ErrorHandlerMiddleware,
    ErrorPagesMiddleware,
    MethodOverrideMiddleware,
    ReqResLoggingMiddleware,
    SecurityHeadersMiddleware,
)
from roob.models.requests import Request
from roob.orm.exceptions import DatabaseError
from roob.views import add_views

from dbconfig import db
from logs import configure_logging

HERE = Path(__file__).parent

configure_logging(HERE / "log" / f"{HERE.name}.log")
# DEBUG=1 puts the texts of exceptions into answers: on your machine, never elsewhere.
app = Roob(HERE / "templates", HERE / "static", debug=os.environ.get("DEBUG") == "1")
app.templates_env.globals["project"] = HERE.name


@app.route("/", ["GET"], name="home")
def home(request: Request) -> str:
    """The home page, with a link to each view."""
    root = request.script_name  # where a server has mounted the app; mostly ""
    cards = [
        {"title": name.replace("_", " ").capitalize(), "address": f"{root}/{name}/"}
        for name in views.names()
    ]
    page = {"request": request, "root": root, "title": HERE.name, "views": cards}
    return app.template("index.html", page)


@app.route("/health/live", ["GET"])
def live(_request: Request) -> dict[str, str]:
    """200 as long as the process answers at all."""
    return {"status": "ok"}


@app.route("/health/ready", ["GET"])
def ready(_request: Request) -> tuple[dict[str, str], int]:
    """200 where the database answers too, else 503."""
    try:
        db.ping()
    except DatabaseError:
        return {"status": "unavailable"}, 503
    return {"status": "ok"}, 200


# /employees/ is answered by views/employees.py. The first route that fits wins, so
# this one, which fits many paths, is the last.
views = add_views(app, "views")

# The steps around the app. The last is outermost: it sees a request first, and its
# answer last.
app.add_middleware(MethodOverrideMiddleware)
app.add_middleware(CsrfMiddleware)
app.add_middleware(ErrorHandlerMiddleware)
app.add_middleware(ErrorPagesMiddleware)
app.add_middleware(SecurityHeadersMiddleware)
app.add_middleware(ReqResLoggingMiddleware)

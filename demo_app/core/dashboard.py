"""From HTTP to ``DashboardService``: the page."""

from roob.framework import Roob
from roob.models.requests import Request
from roob.models.responses import HTMLResponse
from roob.openapi import Answer, describe

from demo_app.core.answers import UNAVAILABLE
from demo_app.core.queries import DashboardQuery, read_query
from demo_app.core.representations import position_text
from demo_app.service.dashboard_service import DashboardService


class DashboardPage:
    """``/`` and ``/dashboard``, rendered whole: scripts only make it quicker."""

    def __init__(self, app: Roob, service: DashboardService) -> None:
        self._app = app
        self._service = service

    @describe(
        tags=["dashboard"],
        query=DashboardQuery,
        responses={
            200: Answer({"text/html": str}, "The page", {"Cache-Control": "no-store"}),
            **UNAVAILABLE,
        },
    )
    def show(self, request: Request) -> HTMLResponse:
        """The inventory, or the part of it that the query asks for."""
        query = read_query(request, DashboardQuery)
        overview = self._service.get_overview(
            query.to_filter(), query.to_page_request()
        )
        position = position_text(overview.position)
        context = {"overview": overview, "query": query, "position": position}
        return HTMLResponse(
            self._app.template("dashboard.html", context),
            headers={"Cache-Control": "no-store"},
        )


def register(app: Roob, service: DashboardService) -> None:
    """Put the page into the app, at the top and under its name."""
    page = DashboardPage(app, service)
    app.add_route("/", page.show, ["GET"], name="home")
    app.add_route("/dashboard", page.show, ["GET"], name="dashboard")

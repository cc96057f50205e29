"""Before the first request: the composition root, which alone knows every part.

``gunicorn demo_app.core.main:app`` serves it; ``create_app(Settings(...))`` makes
another, for tests.
"""

from datetime import UTC, datetime
from pathlib import Path

from roob import Roob
from roob.middlewares import (
    ErrorHandlerMiddleware,
    ExecutionTimeMiddleware,
    ReqResLoggingMiddleware,
    SecurityHeadersMiddleware,
)
from roob.models.connections import close_all
from roob.openapi import add_openapi

from demo_app.core import (
    brands,
    categories,
    dashboard,
    errors,
    faults,
    health,
    live,
    products,
    stock,
    suppliers,
)
from demo_app.core.logs import configure_logging
from demo_app.core.repositories import SqlStore
from demo_app.core.settings import Settings
from demo_app.core.storage import Storage
from demo_app.service.brand_service import BrandService
from demo_app.service.category_service import CategoryService
from demo_app.service.dashboard_service import DashboardService
from demo_app.service.live_service import LiveService
from demo_app.service.ports import Clock, Store
from demo_app.service.product_service import ProductService
from demo_app.service.stock_service import StockService
from demo_app.service.supplier_service import SupplierService

HERE = Path(__file__).parent
TAGS = {
    "products": "What is sold, and the search",
    "stock": "How many units there are, and what moves them",
    "categories": "Shelves, one inside another",
    "brands": "Who makes the products",
    "suppliers": "Who delivers them",
    "dashboard": "The page for people",
    "health": "For whoever watches the process",
}


class Inventory(Roob):
    """The application, which its server can ask to drain."""

    def __init__(
        self, settings: Settings, checks: health.Health, live_stock: live.Live
    ) -> None:
        super().__init__(HERE / "templates", HERE / "static", debug=settings.debug)
        self._checks = checks
        self._live = live_stock

    def drain(self) -> None:
        """Be no longer ready, and end what would go on; it returns at once."""
        self._checks.drain()
        close_all()
        self._live.close()


def create_app(settings: Settings) -> Inventory:
    """The whole inventory on the database that the settings name.

    Raises:
        roob.orm.exceptions.ConfigurationError: they name none.
    """
    storage = Storage(settings.database_url, now, settings.web_threads)
    store = SqlStore(storage)
    checks = health.Health(storage.check)
    live_stock = live.Live(LiveService(store), settings.live_seats)
    app = Inventory(settings, checks, live_stock)
    health.register(app, checks)
    errors.register(app)
    live.register(app.group("/api"), live_stock)
    register_routes(app, store, now)
    if settings.demo_faults:
        faults.register(app.group("/api"))
    add_openapi(app, title="Inventory", version="1.0", tags=TAGS)
    add_middlewares(app)
    return app


def register_routes(app: Roob, store: Store, clock: Clock) -> None:
    """Join each controller to its service, and each service to the store."""
    api = app.group("/api")
    products.register(api, ProductService(store, clock))
    categories.register(api, CategoryService(store))
    brands.register(api, BrandService(store))
    suppliers.register(api, SupplierService(store))
    stock.register(api, StockService(store, clock))
    dashboard.register(app, DashboardService(store))


def add_middlewares(app: Roob) -> None:
    """Put the steps around the app, the innermost first."""
    app.add_middleware(ErrorHandlerMiddleware)
    app.add_middleware(SecurityHeadersMiddleware)
    app.add_middleware(ExecutionTimeMiddleware)
    app.add_middleware(ReqResLoggingMiddleware)


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


configure_logging()
app = create_app(Settings())

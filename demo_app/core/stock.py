"""From HTTP to ``StockService``: levels, and the movements that change them."""

from roob.constants import HttpStatus
from roob.models.requests import Request
from roob.models.responses import JSONResponse
from roob.route_group import RouteGroup

from demo_app.core.binding import bound
from demo_app.core.bodies import MovementBody, ThresholdsBody, read_body
from demo_app.core.queries import wanted_page
from demo_app.core.representations import Json, movement_json, page_json, stock_json
from demo_app.service.stock_service import StockService


class StockController:
    """``/api/products/1/stock``."""

    service: StockService

    def get(self, _request: Request, product_id: int) -> Json:
        """How many units are there, and what that means."""
        return stock_json(self.service.get_level(product_id))

    def patch(self, request: Request, product_id: int) -> Json:
        """Set when the level is low and when it is full."""
        body = read_body(request, ThresholdsBody)
        level = self.service.set_thresholds(product_id, body.reorder_point, body.target)
        return stock_json(level)


class ProductMovementsController:
    """``/api/products/1/movements``."""

    service: StockService

    def get(self, request: Request, product_id: int) -> Json:
        """One page of the product's movements, the latest first."""
        movements = self.service.get_movements_of(product_id, wanted_page(request))
        return page_json(movements, movement_json)

    def post(self, request: Request, product_id: int) -> JSONResponse:
        """Put units in or take them out."""
        body = read_body(request, MovementBody)
        movement = self.service.move(product_id, body.quantity, body.reason)
        return JSONResponse(movement_json(movement), HttpStatus.CREATED)


class MovementsController:
    """``/api/movements``."""

    service: StockService

    def get(self, request: Request) -> Json:
        """One page of all movements, the latest first."""
        movements = self.service.get_movements(wanted_page(request))
        return page_json(movements, movement_json)


def register(api: RouteGroup, service: StockService) -> None:
    """Put the routes into the group."""
    api.add_route("/products/{product_id:d}/stock", bound(StockController, service))
    api.add_route(
        "/products/{product_id:d}/movements",
        bound(ProductMovementsController, service),
    )
    api.add_route("/movements", bound(MovementsController, service))

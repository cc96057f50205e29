"""From HTTP to ``StockService``: levels, and the movements that change them."""

from roob.constants import HttpStatus
from roob.models.requests import Request
from roob.models.responses import JSONResponse
from roob.openapi import Answer, describe
from roob.route_group import RouteGroup

from demo_app.core import shapes
from demo_app.core.answers import UNAVAILABLE
from demo_app.core.binding import bound
from demo_app.core.bodies import MovementBody, ThresholdsBody, read_body
from demo_app.core.queries import PageQuery, wanted_page
from demo_app.core.representations import movement_json, page_json, stock_json
from demo_app.service.stock_service import StockService

described = describe(tags=["stock"], responses=UNAVAILABLE)
NO_PRODUCT = "There is no such product"


@described
class StockController:
    """``/api/products/1/stock``."""

    service: StockService

    @describe(responses={404: NO_PRODUCT})
    def get(self, _request: Request, product_id: int) -> shapes.StockLevel:
        """How many units are there, and what that means."""
        return stock_json(self.service.get_level(product_id))

    @describe(body=ThresholdsBody, responses={404: NO_PRODUCT})
    def patch(self, request: Request, product_id: int) -> shapes.StockLevel:
        """Set when the level is low and when it is full."""
        body = read_body(request, ThresholdsBody)
        level = self.service.set_thresholds(product_id, body.reorder_point, body.target)
        return stock_json(level)


@described
class ProductMovementsController:
    """``/api/products/1/movements``."""

    service: StockService

    @describe(query=PageQuery, responses={404: NO_PRODUCT})
    def get(self, request: Request, product_id: int) -> shapes.Page[shapes.Movement]:
        """One page of the product's movements, the latest first."""
        movements = self.service.get_movements_of(product_id, wanted_page(request))
        return page_json(movements, movement_json)

    @describe(
        body=MovementBody,
        responses={
            201: Answer(shapes.Movement, "The movement"),
            404: NO_PRODUCT,
            409: "There are not as many units",
        },
    )
    def post(self, request: Request, product_id: int) -> JSONResponse:
        """Put units in or take them out."""
        body = read_body(request, MovementBody)
        movement = self.service.move(product_id, body.quantity, body.reason)
        return JSONResponse(movement_json(movement), HttpStatus.CREATED)


@described
class MovementsController:
    """``/api/movements``."""

    service: StockService

    @describe(query=PageQuery)
    def get(self, request: Request) -> shapes.Page[shapes.Movement]:
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

"""From HTTP to ``BrandService``."""

from roob.models.requests import Request
from roob.models.responses import JSONResponse
from roob.route_group import RouteGroup

from demo_app.core.binding import bound
from demo_app.core.bodies import BrandBody, read_body
from demo_app.core.created import created
from demo_app.core.queries import wanted_page
from demo_app.core.representations import Json, brand_json, hit_json, page_json
from demo_app.service.brand_service import BrandService


class BrandsController:
    """``/api/brands``."""

    service: BrandService

    def get(self, request: Request) -> Json:
        """One page of the brands."""
        return page_json(self.service.get_brands(wanted_page(request)), brand_json)

    def post(self, request: Request) -> JSONResponse:
        """Add a brand."""
        brand = self.service.create_brand(read_body(request, BrandBody).name)
        return created(request, brand.id, brand_json(brand))


class BrandController:
    """``/api/brands/1``."""

    service: BrandService

    def get(self, _request: Request, brand_id: int) -> Json:
        """The brand."""
        return brand_json(self.service.get_brand(brand_id))

    def put(self, request: Request, brand_id: int) -> Json:
        """Rename the brand."""
        name = read_body(request, BrandBody).name
        return brand_json(self.service.rename_brand(brand_id, name))

    def delete(self, _request: Request, brand_id: int) -> None:
        """Delete the brand, where it has no products."""
        self.service.delete_brand(brand_id)


class BrandProductsController:
    """``/api/brands/1/products``."""

    service: BrandService

    def get(self, request: Request, brand_id: int) -> Json:
        """One page of the brand's products."""
        products = self.service.get_products(brand_id, wanted_page(request))
        return page_json(products, hit_json)


def register(api: RouteGroup, service: BrandService) -> None:
    """Put the routes into the group."""
    api.add_route("/brands", bound(BrandsController, service))
    api.add_route("/brands/{brand_id:d}", bound(BrandController, service))
    api.add_route(
        "/brands/{brand_id:d}/products", bound(BrandProductsController, service)
    )

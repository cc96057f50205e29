"""From HTTP to ``BrandService``."""

from roob.models.requests import Request
from roob.models.responses import JSONResponse
from roob.openapi import Answer, describe
from roob.route_group import RouteGroup

from demo_app.core import shapes
from demo_app.core.answers import OF_NEW, UNAVAILABLE
from demo_app.core.binding import bound
from demo_app.core.bodies import BrandBody, read_body
from demo_app.core.created import created
from demo_app.core.queries import PageQuery, wanted_page
from demo_app.core.representations import brand_json, hit_json, page_json
from demo_app.service.brand_service import BrandService

described = describe(tags=["brands"], responses=UNAVAILABLE)
NO_BRAND = "There is no such brand"
NAME_TAKEN = "There is a brand of that name"


@described
class BrandsController:
    """``/api/brands``."""

    service: BrandService

    @describe(query=PageQuery)
    def get(self, request: Request) -> shapes.Page[shapes.Brand]:
        """One page of the brands."""
        return page_json(self.service.get_brands(wanted_page(request)), brand_json)

    @describe(
        body=BrandBody,
        responses={
            201: Answer(shapes.Brand, "The brand", OF_NEW),
            409: NAME_TAKEN,
        },
    )
    def post(self, request: Request) -> JSONResponse:
        """Add a brand."""
        brand = self.service.create_brand(read_body(request, BrandBody).name)
        return created(request, brand.id, brand_json(brand))


@described
class BrandController:
    """``/api/brands/1``."""

    service: BrandService

    @describe(responses={404: NO_BRAND})
    def get(self, _request: Request, brand_id: int) -> shapes.Brand:
        """The brand."""
        return brand_json(self.service.get_brand(brand_id))

    @describe(body=BrandBody, responses={404: NO_BRAND, 409: NAME_TAKEN})
    def put(self, request: Request, brand_id: int) -> shapes.Brand:
        """Rename the brand."""
        name = read_body(request, BrandBody).name
        return brand_json(self.service.rename_brand(brand_id, name))

    @describe(responses={404: NO_BRAND, 409: "It has products"})
    def delete(self, _request: Request, brand_id: int) -> None:
        """Delete the brand, where it has no products."""
        self.service.delete_brand(brand_id)


@described
class BrandProductsController:
    """``/api/brands/1/products``."""

    service: BrandService

    @describe(query=PageQuery, responses={404: NO_BRAND})
    def get(self, request: Request, brand_id: int) -> shapes.Page[shapes.FoundProduct]:
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

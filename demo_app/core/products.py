"""From HTTP to ``ProductService``: products, their details and the search."""

from roob.exceptions import BadRequest
from roob.models.requests import Request
from roob.models.responses import JSONResponse
from roob.openapi import Answer, describe
from roob.route_group import RouteGroup

from demo_app.core import shapes
from demo_app.core.answers import OF_PRODUCT, UNAVAILABLE
from demo_app.core.binding import bound
from demo_app.core.bodies import NewProduct, PartOfProduct, WholeProduct, read_body
from demo_app.core.preconditions import IF_MATCH, etag_header, expected_versions
from demo_app.core.queries import SearchQuery, read_query
from demo_app.core.representations import (
    details_json,
    hit_json,
    page_json,
    product_json,
    shelf_json,
)
from demo_app.service.product_service import ProductService

described = describe(tags=["products"], responses=UNAVAILABLE)
ONE = Answer(shapes.Product, "The product", OF_PRODUCT)
SHELF = Answer(list[shapes.ShelfProduct], "The category's products")
NO_PRODUCT = "There is no such product"
STALE = "The product is at another version"


@described
class ProductsController:
    """``/api/products``."""

    service: ProductService

    def get(self, _request: Request) -> dict[str, list[shapes.ShelfProduct]]:
        """Every category that holds products, with them."""
        shelves = self.service.get_products_by_category()
        return {
            name: [shelf_json(product) for product in products]
            for name, products in shelves.items()
        }

    @describe(body=NewProduct, responses={409: "The id is taken"})
    def post(self, request: Request) -> list[shapes.Product]:
        """Add a product; answer with all of them."""
        self.service.create_product(read_body(request, NewProduct).to_draft())
        return [product_json(product) for product in self.service.get_products()]


@described
class ProductController:
    """``/api/products/1``. Its ``ETag`` is the version that ``If-Match`` may name."""

    service: ProductService

    @describe(responses={200: ONE, 404: NO_PRODUCT})
    def get(self, _request: Request, product_id: int) -> JSONResponse:
        """The product."""
        product = self.service.get_product_by_id(product_id)
        return JSONResponse(product_json(product), headers=etag_header(product))

    @describe(
        headers=IF_MATCH,
        body=WholeProduct,
        responses={200: ONE, 404: NO_PRODUCT, 409: STALE},
    )
    def put(self, request: Request, product_id: int) -> JSONResponse:
        """Replace the product; without a category it stays where it is."""
        return self._change(request, product_id, read_body(request, WholeProduct))

    @describe(
        headers=IF_MATCH,
        body=PartOfProduct,
        responses={200: ONE, 404: NO_PRODUCT, 409: STALE},
    )
    def patch(self, request: Request, product_id: int) -> JSONResponse:
        """Change a part of the product."""
        return self._change(request, product_id, read_body(request, PartOfProduct))

    @describe(headers=IF_MATCH, responses={404: NO_PRODUCT, 409: STALE})
    def delete(self, request: Request, product_id: int) -> list[shapes.Product]:
        """Delete the product; answer with those that remain."""
        self.service.delete_product(product_id, expected_versions(request))
        return [product_json(product) for product in self.service.get_products()]

    def _change(
        self, request: Request, product_id: int, body: WholeProduct | PartOfProduct
    ) -> JSONResponse:
        if body.id not in (None, product_id):
            raise BadRequest(f"id: {body.id} is not the path's {product_id}")
        expected = expected_versions(request, body.version)
        product = self.service.change_product(product_id, body.to_changes(), expected)
        return JSONResponse(product_json(product), headers=etag_header(product))


@described
class ProductDetailsController:
    """``/api/products/1/details``."""

    service: ProductService

    @describe(
        responses={
            200: Answer(shapes.ProductDetails, "The product", OF_PRODUCT),
            404: NO_PRODUCT,
        }
    )
    def get(self, _request: Request, product_id: int) -> JSONResponse:
        """The product with category, stock and suppliers."""
        details = self.service.get_details(product_id)
        headers = etag_header(details.product)
        return JSONResponse(details_json(details), headers=headers)


@described
class CategoryProductsController:
    """``/api/products/mobile``."""

    service: ProductService

    @describe(responses={200: SHELF, 404: "There is no such category"})
    def get(self, _request: Request, category: str) -> list[shapes.ShelfProduct]:
        """The products of the category and of those inside it."""
        products = self.service.get_products_in_category(category)
        return [shelf_json(product) for product in products]


@described
class SearchController:
    """``/api/search?q=apple``."""

    service: ProductService

    @describe(query=SearchQuery)
    def get(self, request: Request) -> shapes.Page[shapes.FoundProduct]:
        """The products that have every word in name, brand or category."""
        query = read_query(request, SearchQuery)
        found = self.service.search(query.q, query.to_page_request())
        return page_json(found, hit_json)


def register(api: RouteGroup, service: ProductService) -> None:
    """Put the routes into the group; a number is a product, a word is a category."""
    api.add_route("/products", bound(ProductsController, service), name="products")
    api.add_route("/products/{product_id:d}", bound(ProductController, service))
    api.add_route("/products/{category}", bound(CategoryProductsController, service))
    api.add_route(
        "/products/{product_id:d}/details", bound(ProductDetailsController, service)
    )
    api.add_route("/search", bound(SearchController, service))

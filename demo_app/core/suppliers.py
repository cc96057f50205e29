"""From HTTP to ``SupplierService``: suppliers, and which of them deliver a product."""

from roob.models.requests import Request
from roob.models.responses import JSONResponse
from roob.openapi import Answer, describe
from roob.route_group import RouteGroup

from demo_app.core import shapes
from demo_app.core.answers import OF_NEW, UNAVAILABLE
from demo_app.core.binding import bound
from demo_app.core.bodies import SupplierBody, read_body
from demo_app.core.created import created
from demo_app.core.queries import PageQuery, wanted_page
from demo_app.core.representations import hit_json, page_json, supplier_json
from demo_app.service.supplier_service import SupplierService

described = describe(tags=["suppliers"], responses=UNAVAILABLE)
NO_SUPPLIER = "There is no such supplier"
NO_PRODUCT = "There is no such product"
NEITHER = "There is no such product, or no such supplier"
NAME_TAKEN = "There is a supplier of that name"


@described
class SuppliersController:
    """``/api/suppliers``."""

    service: SupplierService

    @describe(query=PageQuery)
    def get(self, request: Request) -> shapes.Page[shapes.Supplier]:
        """One page of the suppliers."""
        suppliers = self.service.get_suppliers(wanted_page(request))
        return page_json(suppliers, supplier_json)

    @describe(
        body=SupplierBody,
        responses={
            201: Answer(shapes.Supplier, "The supplier", OF_NEW),
            409: NAME_TAKEN,
        },
    )
    def post(self, request: Request) -> JSONResponse:
        """Add a supplier."""
        body = read_body(request, SupplierBody)
        supplier = self.service.create_supplier(body.name, body.email)
        return created(request, supplier.id, supplier_json(supplier))


@described
class SupplierController:
    """``/api/suppliers/1``."""

    service: SupplierService

    @describe(responses={404: NO_SUPPLIER})
    def get(self, _request: Request, supplier_id: int) -> shapes.Supplier:
        """The supplier."""
        return supplier_json(self.service.get_supplier(supplier_id))

    @describe(body=SupplierBody, responses={404: NO_SUPPLIER, 409: NAME_TAKEN})
    def put(self, request: Request, supplier_id: int) -> shapes.Supplier:
        """Replace the supplier's name and address."""
        body = read_body(request, SupplierBody)
        changed = self.service.change_supplier(supplier_id, body.name, body.email)
        return supplier_json(changed)

    @describe(responses={404: NO_SUPPLIER})
    def delete(self, _request: Request, supplier_id: int) -> None:
        """Delete the supplier; its products stay."""
        self.service.delete_supplier(supplier_id)


@described
class SupplierProductsController:
    """``/api/suppliers/1/products``."""

    service: SupplierService

    @describe(query=PageQuery, responses={404: NO_SUPPLIER})
    def get(
        self, request: Request, supplier_id: int
    ) -> shapes.Page[shapes.FoundProduct]:
        """One page of what the supplier delivers."""
        products = self.service.get_products(supplier_id, wanted_page(request))
        return page_json(products, hit_json)


@described
class ProductSuppliersController:
    """``/api/products/1/suppliers``."""

    service: SupplierService

    @describe(responses={404: NO_PRODUCT})
    def get(self, _request: Request, product_id: int) -> list[shapes.Supplier]:
        """Who delivers the product."""
        suppliers = self.service.get_suppliers_of(product_id)
        return [supplier_json(supplier) for supplier in suppliers]


@described
class ProductSupplierController:
    """``/api/products/1/suppliers/2``: the link itself."""

    service: SupplierService

    @describe(responses={404: NEITHER})
    def put(
        self, _request: Request, product_id: int, supplier_id: int
    ) -> list[shapes.Supplier]:
        """Let the supplier deliver the product; answer with all who do."""
        suppliers = self.service.link(supplier_id, product_id)
        return [supplier_json(supplier) for supplier in suppliers]

    @describe(responses={404: NEITHER})
    def delete(self, _request: Request, product_id: int, supplier_id: int) -> None:
        """Let it deliver the product no more."""
        self.service.unlink(supplier_id, product_id)


def register(api: RouteGroup, service: SupplierService) -> None:
    """Put the routes into the group."""
    api.add_route("/suppliers", bound(SuppliersController, service))
    api.add_route("/suppliers/{supplier_id:d}", bound(SupplierController, service))
    api.add_route(
        "/suppliers/{supplier_id:d}/products",
        bound(SupplierProductsController, service),
    )
    api.add_route(
        "/products/{product_id:d}/suppliers",
        bound(ProductSuppliersController, service),
    )
    api.add_route(
        "/products/{product_id:d}/suppliers/{supplier_id:d}",
        bound(ProductSupplierController, service),
    )

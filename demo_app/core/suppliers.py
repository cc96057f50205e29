"""From HTTP to ``SupplierService``: suppliers, and which of them deliver a product."""

from roob.models.requests import Request
from roob.models.responses import JSONResponse
from roob.route_group import RouteGroup

from demo_app.core.binding import bound
from demo_app.core.bodies import SupplierBody, read_body
from demo_app.core.created import created
from demo_app.core.queries import wanted_page
from demo_app.core.representations import Json, hit_json, page_json, supplier_json
from demo_app.service.supplier_service import SupplierService


class SuppliersController:
    """``/api/suppliers``."""

    service: SupplierService

    def get(self, request: Request) -> Json:
        """One page of the suppliers."""
        suppliers = self.service.get_suppliers(wanted_page(request))
        return page_json(suppliers, supplier_json)

    def post(self, request: Request) -> JSONResponse:
        """Add a supplier."""
        body = read_body(request, SupplierBody)
        supplier = self.service.create_supplier(body.name, body.email)
        return created(request, supplier.id, supplier_json(supplier))


class SupplierController:
    """``/api/suppliers/1``."""

    service: SupplierService

    def get(self, _request: Request, supplier_id: int) -> Json:
        """The supplier."""
        return supplier_json(self.service.get_supplier(supplier_id))

    def put(self, request: Request, supplier_id: int) -> Json:
        """Replace the supplier's name and address."""
        body = read_body(request, SupplierBody)
        changed = self.service.change_supplier(supplier_id, body.name, body.email)
        return supplier_json(changed)

    def delete(self, _request: Request, supplier_id: int) -> None:
        """Delete the supplier; its products stay."""
        self.service.delete_supplier(supplier_id)


class SupplierProductsController:
    """``/api/suppliers/1/products``."""

    service: SupplierService

    def get(self, request: Request, supplier_id: int) -> Json:
        """One page of what the supplier delivers."""
        products = self.service.get_products(supplier_id, wanted_page(request))
        return page_json(products, hit_json)


class ProductSuppliersController:
    """``/api/products/1/suppliers``."""

    service: SupplierService

    def get(self, _request: Request, product_id: int) -> list[Json]:
        """Who delivers the product."""
        suppliers = self.service.get_suppliers_of(product_id)
        return [supplier_json(supplier) for supplier in suppliers]


class ProductSupplierController:
    """``/api/products/1/suppliers/2``: the link itself."""

    service: SupplierService

    def put(self, _request: Request, product_id: int, supplier_id: int) -> list[Json]:
        """Let the supplier deliver the product; answer with all who do."""
        suppliers = self.service.link(supplier_id, product_id)
        return [supplier_json(supplier) for supplier in suppliers]

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

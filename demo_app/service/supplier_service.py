"""Suppliers: who they are and what they deliver, as controllers ask for it."""

from demo_app.service.entities import Page, PageRequest, Product, Supplier
from demo_app.service.errors import NameTaken, ProductNotFound, RecordMissing
from demo_app.service.ports import Store
from demo_app.service.unit_of_work import unit_of_work


class SupplierService:
    """The rules for suppliers: one name each; many deliver many."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get_suppliers(self, wanted: PageRequest) -> Page[Supplier]:
        """One page of the suppliers, by id."""
        return self._store.suppliers.page(wanted)

    def get_supplier(self, supplier_id: int) -> Supplier:
        """The supplier with that id.

        Raises:
            RecordMissing: there is none.
        """
        supplier = self._store.suppliers.find(supplier_id)
        if supplier is None:
            raise RecordMissing("supplier", supplier_id)
        return supplier

    def get_products(self, supplier_id: int, wanted: PageRequest) -> Page[Product]:
        """One page of what the supplier delivers, by id.

        Raises:
            RecordMissing: there is no such supplier.
        """
        self.get_supplier(supplier_id)
        return self._store.suppliers.products_of(supplier_id, wanted)

    def get_suppliers_of(self, product_id: int) -> list[Supplier]:
        """Who delivers that product, by id.

        Raises:
            ProductNotFound: there is no such product.
        """
        self._require_product(product_id)
        return self._store.suppliers.of_product(product_id)

    @unit_of_work
    def create_supplier(self, name: str, email: str | None = None) -> Supplier:
        """Keep a new supplier.

        Raises:
            NameTaken: another supplier has that name.
        """
        self._refuse_taken(name)
        return self._store.suppliers.add(name, email)

    @unit_of_work
    def change_supplier(
        self, supplier_id: int, name: str, email: str | None
    ) -> Supplier:
        """The supplier under that name and address.

        Raises:
            RecordMissing: there is no such supplier.
            NameTaken: another supplier has that name.
        """
        if name != self.get_supplier(supplier_id).name:
            self._refuse_taken(name)
        changed = Supplier(supplier_id, name, email)
        self._store.suppliers.update(changed)
        return changed

    @unit_of_work
    def delete_supplier(self, supplier_id: int) -> None:
        """Forget the supplier; its products stay.

        Raises:
            RecordMissing: there is no such supplier.
        """
        self.get_supplier(supplier_id)
        self._store.suppliers.remove(supplier_id)

    @unit_of_work
    def link(self, supplier_id: int, product_id: int) -> list[Supplier]:
        """From now on the supplier delivers the product; twice is once.

        Raises:
            ProductNotFound, RecordMissing: one of them does not exist.
        """
        if not self._is_linked(supplier_id, product_id):
            self._store.suppliers.link(supplier_id, product_id)
        return self._store.suppliers.of_product(product_id)

    @unit_of_work
    def unlink(self, supplier_id: int, product_id: int) -> None:
        """From now on it does not; nor did it, perhaps.

        Raises:
            ProductNotFound, RecordMissing: one of them does not exist.
        """
        if self._is_linked(supplier_id, product_id):
            self._store.suppliers.unlink(supplier_id, product_id)

    def _is_linked(self, supplier_id: int, product_id: int) -> bool:
        self._require_product(product_id)
        self.get_supplier(supplier_id)
        return self._store.suppliers.delivers(supplier_id, product_id)

    def _require_product(self, product_id: int) -> None:
        if self._store.products.find(product_id) is None:
            raise ProductNotFound(product_id)

    def _refuse_taken(self, name: str) -> None:
        if self._store.suppliers.named(name):
            raise NameTaken("supplier", name)

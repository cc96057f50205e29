"""Brands: what a controller calls to list, find, add, rename and delete them."""

from dataclasses import replace

from demo_app.service.entities import Brand, Page, PageRequest, Product
from demo_app.service.errors import NameTaken, RecordMissing, StillInUse
from demo_app.service.ports import Store
from demo_app.service.unit_of_work import unit_of_work


class BrandService:
    """The rules for brands: one name each, and none goes while it has products."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get_brands(self, wanted: PageRequest) -> Page[Brand]:
        """One page of the brands, by id."""
        return self._store.brands.page(wanted)

    def get_brand(self, brand_id: int) -> Brand:
        """The brand with that id.

        Raises:
            RecordMissing: there is none.
        """
        brand = self._store.brands.find(brand_id)
        if brand is None:
            raise RecordMissing("brand", brand_id)
        return brand

    def get_products(self, brand_id: int, wanted: PageRequest) -> Page[Product]:
        """One page of the brand's products, by id.

        Raises:
            RecordMissing: there is no such brand.
        """
        brand = self.get_brand(brand_id)
        return self._store.products.of_brand(brand, wanted)

    @unit_of_work
    def create_brand(self, name: str) -> Brand:
        """Keep a new brand.

        Raises:
            NameTaken: another brand has that name.
        """
        self._refuse_taken(name)
        return self._store.brands.add(name)

    @unit_of_work
    def rename_brand(self, brand_id: int, name: str) -> Brand:
        """The brand under its new name.

        Raises:
            RecordMissing: there is no such brand.
            NameTaken: another brand has that name.
        """
        brand = self.get_brand(brand_id)
        if name != brand.name:
            self._refuse_taken(name)
        renamed = replace(brand, name=name)
        self._store.brands.update(renamed)
        return renamed

    @unit_of_work
    def delete_brand(self, brand_id: int) -> None:
        """Forget the brand.

        Raises:
            RecordMissing: there is no such brand.
            StillInUse: it has products.
        """
        brand = self.get_brand(brand_id)
        products = self._store.products.count_of(brand)
        if products:
            raise StillInUse("brand", brand.name, {"products": products})
        self._store.brands.remove(brand_id)

    def _refuse_taken(self, name: str) -> None:
        if self._store.brands.named(name):
            raise NameTaken("brand", name)

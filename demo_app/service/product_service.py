"""Products: what a controller calls to list, find, add, change and delete them."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from demo_app.service.category_tree import family, path
from demo_app.service.entities import (
    UNCATEGORIZED,
    Brand,
    Category,
    Page,
    PageRequest,
    Product,
    StockLevel,
    Supplier,
)
from demo_app.service.errors import (
    CategoryNotFound,
    IdTaken,
    ProductNotFound,
    StaleVersion,
)
from demo_app.service.ports import Clock, Store
from demo_app.service.unit_of_work import unit_of_work


@dataclass(frozen=True, slots=True)
class ProductDraft:
    """A product to be: brand and category by name, made where there are none yet."""

    name: str
    brand: str
    category: str = UNCATEGORIZED
    id: int | None = None
    quantity: int = 0


@dataclass(frozen=True, slots=True)
class ProductChanges:
    """What to change of a product; ``None`` leaves it as it is."""

    name: str | None = None
    brand: str | None = None
    category: str | None = None


@dataclass(frozen=True, slots=True)
class ProductDetails:
    """All that is known of one product."""

    product: Product
    category_path: list[Category]
    stock: StockLevel
    suppliers: list[Supplier]


class ProductService:
    """The rules for products."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def get_products(self) -> list[Product]:
        """Every product, by id."""
        return self._store.products.all()

    def get_products_by_category(self) -> dict[str, list[Product]]:
        """``{"mobile": [...], "laptop": [...]}``: each category that holds products."""
        products = self._store.products.all()
        shelves: dict[str, list[Product]] = {}
        for product in sorted(products, key=lambda product: product.category.id):
            shelves.setdefault(product.category.name, []).append(product)
        return shelves

    def get_products_in_category(self, name: str) -> list[Product]:
        """The products of that category and of the categories inside it, by id.

        Raises:
            CategoryNotFound: no category has that name.
        """
        categories = self._store.categories.all()
        root = next((each for each in categories if each.name == name), None)
        if root is None:
            raise CategoryNotFound(name)
        return self._store.products.in_categories(family(categories, root))

    def get_product_by_id(self, product_id: int) -> Product:
        """The product with that id.

        Raises:
            ProductNotFound: there is none.
        """
        product = self._store.products.find(product_id)
        if product is None:
            raise ProductNotFound(product_id)
        return product

    def get_details(self, product_id: int) -> ProductDetails:
        """The product with its stock, suppliers and the way to its category.

        Raises:
            ProductNotFound: there is no such product.
        """
        product = self.get_product_by_id(product_id)
        return ProductDetails(
            product,
            path(self._store.categories.all(), product.category),
            self._store.stock.level_of(product_id) or StockLevel(product_id, 0),
            self._store.suppliers.of_product(product_id),
        )

    def search(self, query: str, wanted: PageRequest) -> Page[Product]:
        """The products that match the query's words, by id."""
        return self._store.products.search(query, wanted)

    @unit_of_work
    def create_product(self, draft: ProductDraft) -> Product:
        """Keep a new product and open its stock.

        Raises:
            IdTaken: another product has the id that was asked for.
        """
        self._refuse_taken(draft.id)
        product = self._store.products.add(
            draft.name,
            self._brand(draft.brand),
            self._category(draft.category),
            draft.id,
        )
        self._open_stock(StockLevel(product.id, draft.quantity))
        return product

    @unit_of_work
    def change_product(
        self, product_id: int, changes: ProductChanges, expected: Collection[int] = ()
    ) -> Product:
        """The product as changed; ``expected`` are versions that the caller knows.

        Raises:
            ProductNotFound: there is no such product.
            StaleVersion: it is at another version than one that is expected.
        """
        current = self._get_at(product_id, expected)
        return self._store.products.update(self._changed(current, changes))

    @unit_of_work
    def delete_product(self, product_id: int, expected: Collection[int] = ()) -> None:
        """Forget the product and its stock.

        Raises:
            ProductNotFound: there is no such product.
            StaleVersion: as for :meth:`change_product`.
        """
        self._get_at(product_id, expected)
        self._store.products.remove(product_id)

    def _get_at(self, product_id: int, expected: Collection[int]) -> Product:
        product = self.get_product_by_id(product_id)
        for version in expected:
            if version != product.version:
                raise StaleVersion(product_id, product.version, version)
        return product

    def _changed(self, current: Product, changes: ProductChanges) -> Product:
        return replace(
            current,
            name=changes.name or current.name,
            brand=self._brand(changes.brand) if changes.brand else current.brand,
            category=(
                self._category(changes.category)
                if changes.category
                else current.category
            ),
        )

    def _refuse_taken(self, product_id: int | None) -> None:
        if product_id is not None and self._store.products.find(product_id):
            raise IdTaken(product_id)

    def _brand(self, name: str) -> Brand:
        return self._store.brands.named(name) or self._store.brands.add(name)

    def _category(self, name: str) -> Category:
        categories = self._store.categories
        return categories.named(name) or categories.add(name)

    def _open_stock(self, level: StockLevel) -> None:
        self._store.stock.open(level)
        if level.quantity:
            self._store.stock.record(
                level, level.quantity, "initial stock", self._clock()
            )

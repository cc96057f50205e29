"""What a new inventory begins with: products on their shelves, stock and suppliers."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from demo_app.service.entities import Category, StockLevel
from demo_app.service.ports import Store


@dataclass(frozen=True, slots=True)
class SeedProduct:
    """A product of the first day, and how full its shelf is to be, in units."""

    id: int
    name: str
    brand: str
    category: str
    reorder_point: int
    target: int
    suppliers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SeedMovement:
    """Units that came or went so many days before the first."""

    days_ago: int
    product_id: int
    quantity: int
    reason: str


NORDWIND, BRIGHTLINE = "Nordwind Distribution", "Brightline Wholesale"

SUPPLIERS = (
    (NORDWIND, "orders@nordwind.example"),
    (BRIGHTLINE, "sales@brightline.example"),
)

PRODUCTS = (
    SeedProduct(1, "S25 Ultra", "Samsung", "mobile", 8, 40, (NORDWIND, BRIGHTLINE)),
    SeedProduct(2, "iPhone", "Apple", "mobile", 10, 50, (BRIGHTLINE,)),
    SeedProduct(3, "Macbook Pro M4", "Apple", "laptop", 4, 16, (BRIGHTLINE,)),
    SeedProduct(4, "Dell XPS", "Dell", "laptop", 5, 20, (NORDWIND,)),
)

# The oldest first, as they happened.
MOVEMENTS = (
    SeedMovement(6, 1, 40, "opening delivery"),
    SeedMovement(6, 2, 30, "opening delivery"),
    SeedMovement(5, 3, 12, "opening delivery"),
    SeedMovement(5, 4, 9, "opening delivery"),
    SeedMovement(2, 2, -23, "launch weekend"),
    SeedMovement(1, 1, -6, "shop sales"),
    SeedMovement(0, 4, -9, "school order"),
)


def seed(store: Store, now: datetime) -> None:
    """Fill an empty store; the caller makes it one unit of work, done once."""
    shelves = add_categories(store)
    suppliers = {name: store.suppliers.add(name, email) for name, email in SUPPLIERS}
    for item in PRODUCTS:
        add_product(store, item, shelves[item.category])
        for name in item.suppliers:
            store.suppliers.link(suppliers[name].id, item.id)
    for movement in MOVEMENTS:
        replay(store, movement, now)


def add_categories(store: Store) -> dict[str, Category]:
    """Make the shelves, all inside of one."""
    electronics = store.categories.add("electronics")
    return {
        name: store.categories.add(name, electronics.id)
        for name in ("mobile", "laptop")
    }


def add_product(store: Store, item: SeedProduct, shelf: Category) -> None:
    """Put a product on its shelf, with none of it there yet."""
    brand = store.brands.named(item.brand) or store.brands.add(item.brand)
    store.products.add(item.name, brand, shelf, item.id)
    store.stock.open(StockLevel(item.id, 0, item.reorder_point, item.target))


def replay(store: Store, movement: SeedMovement, now: datetime) -> None:
    """Move the units, and keep the movement at its own time."""
    empty = StockLevel(movement.product_id, 0)
    level = store.stock.level_of(movement.product_id) or empty
    level = replace(level, quantity=level.quantity + movement.quantity)
    at = now - timedelta(days=movement.days_ago)
    store.stock.update(level)
    store.stock.record(level, movement.quantity, movement.reason, at)

"""Stock: levels and the movements that change them, as controllers ask for it."""

from dataclasses import replace

from demo_app.service.entities import (
    Movement,
    Page,
    PageRequest,
    Product,
    StockLevel,
)
from demo_app.service.errors import Invalid, NotEnoughStock, ProductNotFound
from demo_app.service.ports import Clock, Store
from demo_app.service.unit_of_work import unit_of_work


class StockService:
    """The rules for stock: every change is a movement, and none goes below zero."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def get_level(self, product_id: int) -> StockLevel:
        """How many units are there.

        Raises:
            ProductNotFound: there is no such product.
        """
        self._get_product(product_id)
        return self._level_of(product_id)

    def get_movements(self, wanted: PageRequest) -> Page[Movement]:
        """One page of all movements, the latest first."""
        return self._store.stock.movements(wanted)

    def get_movements_of(self, product_id: int, wanted: PageRequest) -> Page[Movement]:
        """One page of a product's movements, the latest first.

        Raises:
            ProductNotFound: there is no such product.
        """
        self._get_product(product_id)
        return self._store.stock.movements_of(product_id, wanted)

    @unit_of_work
    def move(self, product_id: int, quantity: int, reason: str) -> Movement:
        """Put units in (positive) or take them out (negative).

        Raises:
            ProductNotFound: there is no such product.
            NotEnoughStock: fewer units are there than are taken.
        """
        product = self._get_product(product_id)
        level = self._moved(product, self._level_of(product_id), quantity)
        self._store.stock.update(level)
        return self._store.stock.record(level, quantity, reason, self._clock())

    @unit_of_work
    def set_thresholds(
        self, product_id: int, reorder_point: int | None, target: int | None
    ) -> StockLevel:
        """When the level is low and when it is full; ``None`` leaves it as it is.

        Raises:
            ProductNotFound: there is no such product.
            Invalid: the target would not be above the reorder point.
        """
        level = self.get_level(product_id)
        changed = replace(
            level,
            reorder_point=(
                level.reorder_point if reorder_point is None else reorder_point
            ),
            target=level.target if target is None else target,
        )
        self._refuse_inverted(changed)
        self._store.stock.update(changed)
        return changed

    def _get_product(self, product_id: int) -> Product:
        product = self._store.products.find(product_id)
        if product is None:
            raise ProductNotFound(product_id)
        return product

    def _level_of(self, product_id: int) -> StockLevel:
        return self._store.stock.level_of(product_id) or StockLevel(product_id, 0)

    @staticmethod
    def _moved(product: Product, level: StockLevel, quantity: int) -> StockLevel:
        remaining = level.quantity + quantity
        if remaining < 0:
            raise NotEnoughStock(product.name, level.quantity, -quantity)
        return replace(level, quantity=remaining)

    @staticmethod
    def _refuse_inverted(level: StockLevel) -> None:
        if level.target <= level.reorder_point:
            raise Invalid(
                f"target: {level.target} is not above the reorder point "
                f"{level.reorder_point}"
            )

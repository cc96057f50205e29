"""What the business rules refuse, in their own words.

::

    InventoryError
    ├── NotFound            ProductNotFound  CategoryNotFound  RecordMissing
    ├── Conflict            IdTaken  NameTaken  StaleVersion  StillInUse
    │                       NotEnoughStock  CategoryCycle
    └── Invalid             the values do not go together
"""

from collections.abc import Mapping


class InventoryError(Exception):
    """Any refusal of the inventory; its text is fit for whoever asked."""


class NotFound(InventoryError):
    """What was asked for is not there."""


class Conflict(InventoryError):
    """What was asked for does not fit the inventory as it is now."""


class Invalid(InventoryError):
    """What was asked for makes no sense, whatever the inventory holds."""


class ProductNotFound(NotFound):
    """``ProductNotFound(9)`` says ``No product found with product id 9``."""

    def __init__(self, product_id: int) -> None:
        super().__init__(f"No product found with product id {product_id}")


class CategoryNotFound(NotFound):
    """``CategoryNotFound("tv")`` says ``tv doesn't exist in the inventory``."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} doesn't exist in the inventory")


class RecordMissing(NotFound):
    """``RecordMissing("brand", 9)`` says ``No brand found with id 9``."""

    def __init__(self, kind: str, record_id: int) -> None:
        super().__init__(f"No {kind} found with id {record_id}")


class IdTaken(Conflict):
    """A new product asks for an id that another has."""

    def __init__(self, product_id: int) -> None:
        super().__init__(
            f"Product id {product_id} is taken: choose another, or leave it out"
        )


class NameTaken(Conflict):
    """Two brands, categories or suppliers would have one name."""

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(f"There is a {kind} named {name} already")


class StaleVersion(Conflict):
    """The product changed since the caller last read it."""

    def __init__(self, product_id: int, current: int, expected: int) -> None:
        super().__init__(
            f"Product {product_id} is at version {current}, not {expected}: "
            "read it again, then repeat the change"
        )


class StillInUse(Conflict):
    """``StillInUse("brand", "Apple", {"products": 2})``: what others need stays."""

    def __init__(self, kind: str, name: str, users: Mapping[str, int]) -> None:
        counts = ", ".join(f"{noun}: {count}" for noun, count in users.items())
        super().__init__(f"The {kind} {name} is in use ({counts})")


class NotEnoughStock(Conflict):
    """More units are taken than there are."""

    def __init__(self, product: str, available: int, wanted: int) -> None:
        super().__init__(
            f"Only {available} of {product} in stock: cannot take {wanted}"
        )


class CategoryCycle(Conflict):
    """A category would stand inside itself."""

    def __init__(self, name: str, parent: str) -> None:
        super().__init__(f"{name} cannot move into {parent}, which is a part of it")

"""The service's nouns on their way out: one function for each JSON shape."""

from collections.abc import Callable
from typing import Any, TypeVar

from demo_app.core import shapes
from demo_app.service.category_service import CategoryNode
from demo_app.service.entities import (
    Brand,
    Category,
    Change,
    Movement,
    Page,
    Position,
    Product,
    StockLevel,
    Summary,
    Supplier,
)
from demo_app.service.product_service import ProductDetails

T = TypeVar("T")
Shape = TypeVar("Shape")
Json = dict[str, Any]


def product_json(product: Product) -> shapes.Product:
    """``{"id": 1, "product_name": "S25 Ultra", "brand": "Samsung"}``."""
    return {
        "id": product.id,
        "product_name": product.name,
        "brand": product.brand.name,
    }


def shelf_json(product: Product) -> shapes.ShelfProduct:
    """The same on its category's shelf, where the id is ``product_id``."""
    return {
        "product_id": product.id,
        "product_name": product.name,
        "brand": product.brand.name,
    }


def hit_json(product: Product) -> shapes.FoundProduct:
    """The same as a search finds it, with its category."""
    return {**product_json(product), "category": product.category.name}


def details_json(details: ProductDetails) -> shapes.ProductDetails:
    """All that is known of a product, its relations as objects."""
    product = details.product
    return {
        "id": product.id,
        "product_name": product.name,
        "brand": brand_json(product.brand),
        "category": {
            **category_json(product.category),
            "path": [category.name for category in details.category_path],
        },
        "version": product.version,
        "stock": stock_json(details.stock),
        "suppliers": [supplier_json(supplier) for supplier in details.suppliers],
    }


def brand_json(brand: Brand) -> shapes.Brand:
    """``{"id": 1, "name": "Samsung"}``."""
    return {"id": brand.id, "name": brand.name}


def category_json(category: Category) -> shapes.Category:
    """``{"id": 2, "name": "mobile", "parent_id": 1}``."""
    return {
        "id": category.id,
        "name": category.name,
        "parent_id": category.parent_id,
    }


def category_node_json(node: CategoryNode) -> shapes.CategoryNode:
    """A category with its parent and its children."""
    return {
        "id": node.category.id,
        "name": node.category.name,
        "parent": category_json(node.parent) if node.parent else None,
        "children": [category_json(child) for child in node.children],
    }


def supplier_json(supplier: Supplier) -> shapes.Supplier:
    """``{"id": 1, "name": "Nordwind", "email": "orders@nordwind.example"}``."""
    return {"id": supplier.id, "name": supplier.name, "email": supplier.email}


def stock_json(level: StockLevel) -> shapes.StockLevel:
    """``{"product_id": 1, "quantity": 4, ..., "status": "low"}``; units."""
    return {
        "product_id": level.product_id,
        "quantity": level.quantity,
        "reorder_point": level.reorder_point,
        "target": level.target,
        "status": level.status,
    }


def movement_json(movement: Movement) -> shapes.Movement:
    """``{"id": 7, "product_id": 1, "quantity": -3, ..., "balance": 31}``."""
    return {
        "id": movement.id,
        "product_id": movement.product_id,
        "quantity": movement.quantity,
        "reason": movement.reason,
        "balance": movement.balance,
        "at": movement.at,
    }


def change_json(change: Change) -> shapes.StockChange:
    """What moved and the level that it led to.

    ``{"movement_id": 8, "product_name": "iPhone", "moved": -3, ..., "product_id": 2,
    "quantity": 4, "reorder_point": 10, "target": 50, "status": "low"}``.
    """
    return {
        "movement_id": change.movement.id,
        "product_name": change.product.name,
        "moved": change.movement.quantity,
        "reason": change.movement.reason,
        "at": change.movement.at,
        **stock_json(change.level),
    }


def summary_json(summary: Summary) -> shapes.StockSummary:
    """``{"products": 4, "units": 53, "low": 1, "out": 1}``."""
    return {
        "products": summary.products,
        "units": summary.units,
        "low": summary.low,
        "out": summary.out,
    }


def position_text(position: Position) -> str:
    """``Position(12) -> "12"``, ``Position(12, missing=(9, 11)) -> "12-9.11"``."""
    missing = ".".join(map(str, position.missing))
    return f"{position.last}-{missing}" if missing else str(position.last)


def page_json(page: Page[T], item_json: Callable[[T], Shape]) -> shapes.Page[Shape]:
    """``{"items": [...], "page": 1, "size": 20, "pages": 3, "total": 57}``."""
    return {
        "items": [item_json(item) for item in page.items],
        "page": page.page,
        "size": page.size,
        "pages": page.pages,
        "total": page.total,
    }

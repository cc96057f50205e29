"""The service's nouns on their way out: one function for each JSON shape."""

from collections.abc import Callable
from typing import Any, TypeVar

from demo_app.service.category_service import CategoryNode
from demo_app.service.entities import (
    Brand,
    Category,
    Movement,
    Page,
    Product,
    StockLevel,
    Supplier,
)
from demo_app.service.product_service import ProductDetails

T = TypeVar("T")
Json = dict[str, Any]


def product_json(product: Product) -> Json:
    """``{"id": 1, "product_name": "S25 Ultra", "brand": "Samsung"}``."""
    return {
        "id": product.id,
        "product_name": product.name,
        "brand": product.brand.name,
    }


def shelf_json(product: Product) -> Json:
    """The same on its category's shelf, where the id is ``product_id``."""
    return {
        "product_id": product.id,
        "product_name": product.name,
        "brand": product.brand.name,
    }


def hit_json(product: Product) -> Json:
    """The same as a search finds it, with its category."""
    return {**product_json(product), "category": product.category.name}


def details_json(details: ProductDetails) -> Json:
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


def brand_json(brand: Brand) -> Json:
    """``{"id": 1, "name": "Samsung"}``."""
    return {"id": brand.id, "name": brand.name}


def category_json(category: Category) -> Json:
    """``{"id": 2, "name": "mobile", "parent_id": 1}``."""
    return {
        "id": category.id,
        "name": category.name,
        "parent_id": category.parent_id,
    }


def category_node_json(node: CategoryNode) -> Json:
    """A category with its parent and its children."""
    return {
        "id": node.category.id,
        "name": node.category.name,
        "parent": category_json(node.parent) if node.parent else None,
        "children": [category_json(child) for child in node.children],
    }


def supplier_json(supplier: Supplier) -> Json:
    """``{"id": 1, "name": "Nordwind", "email": "orders@nordwind.example"}``."""
    return {"id": supplier.id, "name": supplier.name, "email": supplier.email}


def stock_json(level: StockLevel) -> Json:
    """``{"product_id": 1, "quantity": 4, ..., "status": "low"}``; units."""
    return {
        "product_id": level.product_id,
        "quantity": level.quantity,
        "reorder_point": level.reorder_point,
        "target": level.target,
        "status": level.status,
    }


def movement_json(movement: Movement) -> Json:
    """``{"id": 7, "product_id": 1, "quantity": -3, ..., "balance": 31}``."""
    return {
        "id": movement.id,
        "product_id": movement.product_id,
        "quantity": movement.quantity,
        "reason": movement.reason,
        "balance": movement.balance,
        "at": movement.at,
    }


def page_json(page: Page[T], item_json: Callable[[T], Json]) -> Json:
    """``{"items": [...], "page": 1, "size": 20, "pages": 3, "total": 57}``."""
    return {
        "items": [item_json(item) for item in page.items],
        "page": page.page,
        "size": page.size,
        "pages": page.pages,
        "total": page.total,
    }

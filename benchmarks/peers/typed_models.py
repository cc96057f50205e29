"""What the typed contestants take and give: the same models for each of them."""

from pydantic import BaseModel


class Product(BaseModel):
    """What is posted, and answered as it was understood."""

    product_name: str
    brand: str
    price: float
    tags: list[str]


class Shown(BaseModel):
    """What a query asked for."""

    id: int
    brand: str
    limit: int

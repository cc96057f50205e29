"""The inventory for those who know of it what its document tells, and no more."""

from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path

import pytest
from roob.testing import TestClient

from demo_app.core.main import Inventory, create_app
from demo_app.core.settings import Settings

# Schemathesis is not among what `make test` installs.
collect_ignore_glob = [] if find_spec("schemathesis") else ["test_*.py"]


@pytest.fixture
def inventory(tmp_path: Path) -> Iterator[Inventory]:
    """The seeded inventory, as new."""
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'inventory.sqlite'}")
    app = create_app(settings)
    yield app
    app.drain()


@pytest.fixture
def there(inventory: Inventory) -> Mapping[str, int]:
    """Ids of what is there, by the names of fields; nothing is in the category.

    A number by chance would nearly never be one of them.
    """
    with TestClient(inventory) as client:
        brand = client.post("/api/brands", json={"name": "Without products"})
        category = client.post("/api/categories", json={"name": "empty"})
    return {
        "brand_id": brand.json()["id"],
        "category_id": category.json()["id"],
        "product_id": 2,
        "product_id_or_category": 2,
        "supplier_id": 1,
    }

"""Brands, categories and suppliers: the services that keep what products refer to."""

import pytest

from demo_app.service.brand_service import BrandService
from demo_app.service.category_service import CategoryService
from demo_app.service.category_tree import family, path
from demo_app.service.entities import Category, PageRequest
from demo_app.service.errors import (
    CategoryCycle,
    NameTaken,
    ProductNotFound,
    RecordMissing,
    StillInUse,
)
from demo_app.service.supplier_service import SupplierService
from demo_app.tests.fakes import FakeStore, a_store_with_a_phone

SERVICES = {
    "brand": (
        BrandService,
        "create_brand",
        lambda service, key, name: service.rename_brand(key, name),
        "delete_brand",
    ),
    "category": (
        CategoryService,
        "create_category",
        lambda service, key, name: service.change_category(key, name, None),
        "delete_category",
    ),
    "supplier": (
        SupplierService,
        "create_supplier",
        lambda service, key, name: service.change_supplier(key, name, None),
        "delete_supplier",
    ),
}


@pytest.mark.parametrize("kind", SERVICES)
def test_a_name_is_given_once(kind):
    service_type, create, rename, _ = SERVICES[kind]
    service = service_type(FakeStore())
    getattr(service, create)("first")
    second = getattr(service, create)("second")

    with pytest.raises(NameTaken, match=f"There is a {kind} named first already"):
        getattr(service, create)("first")
    with pytest.raises(NameTaken):
        rename(service, second.id, "first")


@pytest.mark.parametrize("kind", SERVICES)
def test_a_record_may_be_saved_under_its_own_name(kind):
    service_type, create, rename, _ = SERVICES[kind]
    service = service_type(FakeStore())
    record = getattr(service, create)("first")

    assert rename(service, record.id, "first").name == "first"


@pytest.mark.parametrize("kind", SERVICES)
def test_what_is_missing_cannot_be_changed_or_deleted(kind):
    service_type, _, rename, delete = SERVICES[kind]
    service = service_type(FakeStore())

    with pytest.raises(RecordMissing, match=f"No {kind} found with id 9"):
        rename(service, 9, "x")
    with pytest.raises(RecordMissing, match=f"No {kind} found with id 9"):
        getattr(service, delete)(9)


@pytest.mark.parametrize("kind", SERVICES)
def test_a_deleted_record_is_gone(kind):
    service_type, create, _, delete = SERVICES[kind]
    service = service_type(FakeStore())
    record = getattr(service, create)("first")

    getattr(service, delete)(record.id)

    with pytest.raises(RecordMissing):
        getattr(service, delete)(record.id)


def test_a_brand_with_products_stays():
    store = a_store_with_a_phone()

    with pytest.raises(
        StillInUse, match=r"^The brand Samsung is in use \(products: 1\)$"
    ):
        BrandService(store).delete_brand(1)

    assert store.brands.find(1)


def test_a_category_with_products_or_categories_stays():
    store = a_store_with_a_phone()
    store.categories.add("foldable", parent_id=1)

    with pytest.raises(StillInUse, match=r"\(products: 1, categories: 1\)"):
        CategoryService(store).delete_category(1)


def test_a_category_stands_between_its_parent_and_its_children():
    store = FakeStore()
    service = CategoryService(store)
    top = service.create_category("electronics")
    middle = service.create_category("mobile", top.id)
    leaf = service.create_category("foldable", middle.id)

    node = service.get_category(middle.id)

    assert (node.parent, node.category, node.children) == (top, middle, [leaf])


def test_a_category_needs_a_parent_that_exists():
    with pytest.raises(RecordMissing, match="No category found with id 9"):
        CategoryService(FakeStore()).create_category("mobile", parent_id=9)


@pytest.mark.parametrize("parent_id", [1, 2, 3])
def test_a_category_never_stands_inside_itself(parent_id):
    service = CategoryService(FakeStore())
    for name, parent in (("a", None), ("b", 1), ("c", 2)):
        service.create_category(name, parent)

    with pytest.raises(CategoryCycle):
        service.change_category(1, "a", parent_id)


def test_a_category_can_move_to_another_branch_and_to_the_top():
    service = CategoryService(FakeStore())
    for name, parent in (("a", None), ("b", 1), ("c", None)):
        service.create_category(name, parent)

    assert service.change_category(2, "b", 3).parent_id == 3
    assert service.change_category(2, "b", None).parent_id is None


def test_a_family_is_the_root_and_everything_below_it():
    a, b, c, d = (
        Category(1, "a"),
        Category(2, "b", 1),
        Category(3, "c", 2),
        Category(4, "d"),
    )

    assert family([d, c, b, a], a) == [a, b, c]
    assert path([a, b, c, d], c) == [a, b, c]


def test_a_link_to_a_supplier_counts_once():
    store = a_store_with_a_phone()
    service = SupplierService(store)
    supplier = service.create_supplier("Nordwind")

    service.link(supplier.id, 1)

    assert service.link(supplier.id, 1) == [supplier]
    assert service.get_suppliers_of(1) == [supplier]
    assert service.get_products(supplier.id, PageRequest()).total == 1


def test_a_link_can_be_taken_away_twice():
    store = a_store_with_a_phone()
    service = SupplierService(store)
    supplier = service.create_supplier("Nordwind")
    service.link(supplier.id, 1)

    service.unlink(supplier.id, 1)
    service.unlink(supplier.id, 1)

    assert service.get_suppliers_of(1) == []


@pytest.mark.parametrize("act", ["link", "unlink"])
def test_a_link_needs_both_its_ends(act):
    service = SupplierService(a_store_with_a_phone())
    supplier = service.create_supplier("Nordwind")

    with pytest.raises(ProductNotFound):
        getattr(service, act)(supplier.id, 9)
    with pytest.raises(RecordMissing):
        getattr(service, act)(9, 1)


def test_a_page_of_brands_is_a_part_of_all():
    service = BrandService(FakeStore())
    for name in "abc":
        service.create_brand(name)

    page = service.get_brands(PageRequest(page=2, size=2))

    assert [brand.name for brand in page.items] == ["c"]
    assert (page.total, page.pages) == (3, 2)

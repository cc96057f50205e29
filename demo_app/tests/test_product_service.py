import pytest

from demo_app.service.entities import Brand, Category, PageRequest, Product
from demo_app.service.errors import (
    CategoryNotFound,
    IdTaken,
    ProductNotFound,
    StaleVersion,
)
from demo_app.service.product_service import (
    ProductChanges,
    ProductDraft,
    ProductService,
)
from demo_app.tests.fakes import NOON, FakeStore, a_store_with_a_phone, at_noon


def test_products_are_listed_by_category_in_the_order_of_the_categories():
    store = a_store_with_a_phone()
    laptop = store.categories.add("laptop")
    store.categories.add("empty")
    apple = store.brands.add("Apple")
    store.products.add("Macbook", apple, laptop)
    store.products.add("iPhone", apple, store.categories.named("mobile"))

    shelves = ProductService(store, at_noon).get_products_by_category()

    assert [(name, [p.id for p in shelf]) for name, shelf in shelves.items()] == [
        ("mobile", [1, 3]),
        ("laptop", [2]),
    ]


def test_a_category_holds_the_products_of_the_categories_inside_it():
    store = a_store_with_a_phone()
    foldable = store.categories.add("foldable", store.categories.named("mobile").id)
    store.products.add("Z Fold", store.brands.named("Samsung"), foldable)
    service = ProductService(store, at_noon)

    products = service.get_products_in_category("mobile")

    assert [product.id for product in products] == [1, 2]
    assert [p.id for p in service.get_products_in_category("foldable")] == [2]


def test_an_unknown_category_is_named_in_the_refusal():
    with pytest.raises(CategoryNotFound, match=r"^tv doesn't exist in the inventory$"):
        ProductService(FakeStore(), at_noon).get_products_in_category("tv")


def test_a_missing_product_is_named_in_the_refusal():
    with pytest.raises(ProductNotFound, match=r"^No product found with product id 9$"):
        ProductService(FakeStore(), at_noon).get_product_by_id(9)


def test_a_new_product_brings_its_brand_and_category_and_opens_its_stock():
    store = FakeStore()
    draft = ProductDraft("Galaxy Tab", "Samsung", quantity=3)

    product = ProductService(store, at_noon).create_product(draft)

    assert product == Product(
        1, "Galaxy Tab", Brand(1, "Samsung"), Category(1, "uncategorized"), version=1
    )
    assert store.stock.level_of(1).quantity == 3
    assert [(m.quantity, m.balance, m.at) for m in store.stock.log] == [(3, 3, NOON)]
    assert store.units == 1


def test_a_new_product_without_units_has_a_level_and_no_movement():
    store = FakeStore()

    ProductService(store, at_noon).create_product(ProductDraft("Tab", "Samsung"))

    assert store.stock.level_of(1).quantity == 0
    assert store.stock.log == []


def test_a_new_product_joins_the_brand_and_category_that_are_there():
    store = a_store_with_a_phone()
    draft = ProductDraft("S26", "Samsung", "mobile")

    product = ProductService(store, at_noon).create_product(draft)

    assert (product.brand.id, product.category.id) == (1, 1)
    assert len(store.brands.rows) == len(store.categories.rows) == 1


def test_a_taken_id_is_refused_and_nothing_is_kept():
    store = a_store_with_a_phone()
    draft = ProductDraft("Tab", "Lenovo", id=1)

    with pytest.raises(IdTaken, match="Product id 1 is taken"):
        ProductService(store, at_noon).create_product(draft)

    assert store.brands.named("Lenovo") is None
    assert store.units == 0


def test_a_change_keeps_what_it_does_not_name_and_raises_the_version():
    store = a_store_with_a_phone()

    changed = ProductService(store, at_noon).change_product(
        1, ProductChanges(name="S26 Ultra")
    )

    assert changed == store.products.find(1)
    assert (changed.name, changed.brand.name, changed.version) == (
        "S26 Ultra",
        "Samsung",
        2,
    )


def test_a_change_can_move_a_product_to_a_new_brand_and_category():
    store = a_store_with_a_phone()
    changes = ProductChanges(brand="Apple", category="tablet")

    changed = ProductService(store, at_noon).change_product(1, changes)

    assert (changed.brand.name, changed.category.name) == ("Apple", "tablet")


def test_a_change_from_an_old_version_is_refused():
    store = a_store_with_a_phone()
    service = ProductService(store, at_noon)
    service.change_product(1, ProductChanges(name="first"), expected=[1])

    with pytest.raises(StaleVersion, match="at version 2, not 1"):
        service.change_product(1, ProductChanges(name="second"), expected=[1])

    assert store.products.find(1).name == "first"


def test_every_expected_version_must_be_the_current_one():
    service = ProductService(a_store_with_a_phone(), at_noon)

    with pytest.raises(StaleVersion):
        service.change_product(1, ProductChanges(name="x"), expected=[1, 2])


def test_a_deletion_from_an_old_version_is_refused():
    store = a_store_with_a_phone()

    with pytest.raises(StaleVersion):
        ProductService(store, at_noon).delete_product(1, expected=[7])

    assert store.products.find(1)


@pytest.mark.parametrize("act", ["change", "delete", "details"])
def test_what_is_done_to_a_missing_product_is_refused(act):
    service = ProductService(FakeStore(), at_noon)
    acts = {
        "change": lambda: service.change_product(9, ProductChanges(name="x")),
        "delete": lambda: service.delete_product(9),
        "details": lambda: service.get_details(9),
    }

    with pytest.raises(ProductNotFound):
        acts[act]()


def test_details_tell_the_way_to_the_category():
    store = a_store_with_a_phone()
    top = store.categories.add("electronics")
    store.categories.update(Category(1, "mobile", top.id))
    store.products.rows.clear()
    store.products.add("S25", store.brands.named("Samsung"), store.categories.find(1))

    details = ProductService(store, at_noon).get_details(1)

    assert [c.name for c in details.category_path] == ["electronics", "mobile"]
    assert details.stock.quantity == 10


def test_a_search_gives_one_page_of_what_is_found():
    store = a_store_with_a_phone()
    service = ProductService(store, at_noon)

    assert service.search("SAMSUNG ultra mob", PageRequest()).total == 1
    assert service.search("samsung", PageRequest(page=2)).items == []

"""The inventory's document, turned into requests: each answer is one that it tells of.

What is sent fits the document, or is made not to. Each operation has an inventory of
its own, so that one's deletions are not another's 404s; the same requests each time.
"""

from collections.abc import Mapping

import pytest

from demo_app.core.main import Inventory, app
from tests.contract.asking import (
    FITTING,
    UNFITTING,
    answers,
    operations_of,
    takes_something,
)

# It goes on until it is cut: others listen to it.
ENDLESS = ("GET /api/stock/events",)
# Takes any segment there is, by a product's number or a category's name.
UNDEMANDING = ("GET /api/products/{product_id_or_category}",)
OPERATIONS = operations_of(app)
FINITE = [label for label in OPERATIONS if label not in ENDLESS]
WITH_FIELDS = [label for label in FINITE if "{" in label]
TAKING = [label for label in FINITE if takes_something(OPERATIONS[label])]
DEMANDING = [label for label in (*TAKING, *WITH_FIELDS) if label not in UNDEMANDING]

each_of = pytest.mark.parametrize


@each_of("label", FINITE)
def test_what_fits_is_answered_as_documented(inventory: Inventory, label: str) -> None:
    assert answers(operations_of(inventory)[label], FITTING).total() > 0


@each_of("label", [each for each in FINITE if each in DEMANDING])
def test_what_does_not_fit_is_answered_as_documented(
    inventory: Inventory, label: str
) -> None:
    assert answers(operations_of(inventory)[label], UNFITTING).total() >= 5


@each_of("label", WITH_FIELDS)
def test_what_fits_and_is_there_is_a_success_as_documented(
    inventory: Inventory, there: Mapping[str, int], label: str
) -> None:
    operation = operations_of(inventory)[label]
    fields = {each.name: there[each.name] for each in operation.path_parameters}

    seen = answers(operation, FITTING, path_parameters=fields)

    assert any(code < 300 for code in seen), seen


@each_of("label", [each for each in WITH_FIELDS if each in TAKING])
def test_what_is_there_refuses_what_does_not_fit_as_documented(
    inventory: Inventory, there: Mapping[str, int], label: str
) -> None:
    operation = operations_of(inventory)[label]
    fields = {each.name: there[each.name] for each in operation.path_parameters}

    seen = answers(operation, UNFITTING, path_parameters=fields)

    assert any(code == 400 for code in seen), seen


def test_the_document_is_about_every_route_of_the_inventory() -> None:
    assert len(FINITE) + len(ENDLESS) == len(OPERATIONS) > 35

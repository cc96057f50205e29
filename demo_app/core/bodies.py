"""A request's body on its way to the service: read strictly, refused with a reason.

A model is the whole of what a body may hold. An unknown field, a missing one and a
value of another type are each a 400 that says what is wrong and where.
"""

from typing import Annotated, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError
from roob.exceptions import BadRequest
from roob.models.requests import Request

from demo_app.service.entities import UNCATEGORIZED
from demo_app.service.product_service import ProductChanges, ProductDraft

MAX_SHOWN_ERRORS = 5
MAX_SHOWN_FIELD = 60
# Later ids still fit what JavaScript counts exactly, 2**53.
MAX_ID = 2**31 - 1
MAX_UNITS = 1_000_000


def printable(text: str) -> str:
    """The text itself, where it has no control characters."""
    if not text.isprintable():
        raise PydanticCustomError("printable", "should have no control characters")
    return text


def category_name(name: str) -> str:
    """The name itself, where ``/api/products/{category}`` can carry it."""
    if not name[0].isalpha() or "/" in name:
        raise PydanticCustomError(
            "category_name", "should begin with a letter and have no slash"
        )
    return name


def not_zero(quantity: int) -> int:
    """The quantity itself, where it moves something."""
    if quantity == 0:
        raise PydanticCustomError("not_zero", "should not be 0")
    return quantity


# What the API's document says of texts that are taken, in a pattern's words. Others
# are taken too, blanks around them go, and a few letters are not printable.
_PLAIN = {"pattern": r"^[^\u0000-\u0020\u007f-\u00a0][^\u0000-\u001f\u007f-\u00a0]*$"}
_WORD = {"pattern": r"^[A-Za-z][^/\u0000-\u001f\u007f-\u00a0]*$"}
Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=80),
    AfterValidator(printable),
    Field(json_schema_extra=_PLAIN),
]
Reason = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    AfterValidator(printable),
    Field(json_schema_extra=_PLAIN),
]
CategoryName = Annotated[
    str,
    # 60 letters of 4 bytes stay within a path's segment of 255.
    StringConstraints(strip_whitespace=True, min_length=1, max_length=60),
    AfterValidator(printable),
    AfterValidator(category_name),
    Field(json_schema_extra=_WORD),
]
_PART = r"[^@\s\x00-\x1f\x7f-\xa0]+"
Email = Annotated[str, StringConstraints(pattern=f"^{_PART}@{_PART}$", max_length=254)]
Id = Annotated[int, Field(ge=1, le=MAX_ID)]
Units = Annotated[int, Field(ge=0, le=MAX_UNITS)]
Movable = Annotated[
    int,
    Field(ge=-MAX_UNITS, le=MAX_UNITS, json_schema_extra={"not": {"const": 0}}),
    AfterValidator(not_zero),
]


class Body(BaseModel):
    """What all bodies have in common: no conversions, no unknown fields."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


def shown(**example: JsonValue) -> ConfigDict:
    """What the API's page offers to send."""
    return ConfigDict(json_schema_extra={"examples": [example]})


class NewProduct(Body):
    """``{"product_name": "Galaxy Tab", "brand": "Samsung"}``; the rest is optional."""

    model_config = shown(product_name="Galaxy Tab", brand="Samsung", category="tablet")

    product_name: Name
    brand: Name
    category: CategoryName = UNCATEGORIZED
    id: Id | None = None
    quantity: Units = 0

    def to_draft(self) -> ProductDraft:
        """The service's noun for it."""
        return ProductDraft(
            self.product_name, self.brand, self.category, self.id, self.quantity
        )


class WholeProduct(Body):
    """A product as ``GET`` gives it, changed; category and version may come along."""

    model_config = shown(product_name="iPhone 17", brand="Apple")

    product_name: Name
    brand: Name
    category: CategoryName | None = None
    id: int | None = None
    version: int | None = None

    def to_changes(self) -> ProductChanges:
        """The service's noun for it."""
        return ProductChanges(self.product_name, self.brand, self.category)


class PartOfProduct(Body):
    """``{"brand": "Samsung"}``: what is absent or null stays as it is."""

    model_config = shown(brand="Samsung")

    product_name: Name | None = None
    brand: Name | None = None
    category: CategoryName | None = None
    id: int | None = None
    version: int | None = None

    def to_changes(self) -> ProductChanges:
        """The service's noun for it."""
        return ProductChanges(self.product_name, self.brand, self.category)


class BrandBody(Body):
    """``{"name": "Samsung"}``."""

    model_config = shown(name="Nokia")

    name: Name


class CategoryBody(Body):
    """``{"name": "mobile", "parent_id": 1}``; without a parent it is at the top."""

    model_config = shown(name="tablet")

    name: CategoryName
    parent_id: Id | None = None


class SupplierBody(Body):
    """``{"name": "Nordwind", "email": "orders@nordwind.example"}``."""

    model_config = shown(name="Suedwind", email="orders@suedwind.example")

    name: Name
    email: Email | None = None


class MovementBody(Body):
    """``{"quantity": -3, "reason": "shop sale"}``."""

    model_config = shown(quantity=-3, reason="shop sale")

    quantity: Movable
    reason: Reason


class ThresholdsBody(Body):
    """``{"reorder_point": 5, "target": 20}``, or one of the two."""

    model_config = ConfigDict(
        json_schema_extra={
            "minProperties": 1,
            "examples": [{"reorder_point": 5, "target": 20}],
        }
    )

    reorder_point: Units | None = None
    target: Units | None = None

    @model_validator(mode="after")
    def _has_something(self) -> Self:
        if self.reorder_point is None and self.target is None:
            raise PydanticCustomError("empty", "give reorder_point, target or both")
        return self


Model = TypeVar("Model", bound=BaseModel)


def read_body(request: Request, model: type[Model]) -> Model:
    """The request's JSON as the model: ``read_body(request, BrandBody).name``.

    Raises:
        BadRequest: it is no JSON, or not what the model describes.
    """
    return checked(model, request.json)


def checked(model: type[Model], content: object) -> Model:
    """Content from outside as the model.

    Raises:
        BadRequest: it is not what the model describes; the message says where.
    """
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise BadRequest(complaint(error)) from error


def complaint(error: ValidationError) -> str:
    """``product_name: Field required; brand: Input should be a valid string``."""
    errors = error.errors(include_url=False, include_input=False)
    shown = [_described(each) for each in errors[:MAX_SHOWN_ERRORS]]
    if len(errors) > MAX_SHOWN_ERRORS:
        shown.append(f"and {len(errors) - MAX_SHOWN_ERRORS} more")
    return "; ".join(shown)


def _described(error: ErrorDetails) -> str:
    if error["type"] == "model_type":
        return "the body should be a JSON object"
    where = ".".join(map(str, error["loc"])) or "the body"
    return f"{where[:MAX_SHOWN_FIELD]}: {error['msg']}"

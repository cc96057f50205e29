"""From HTTP to ``CategoryService``."""

from roob.models.requests import Request
from roob.models.responses import JSONResponse
from roob.openapi import Answer, describe
from roob.route_group import RouteGroup

from demo_app.core import shapes
from demo_app.core.answers import OF_NEW, UNAVAILABLE
from demo_app.core.binding import bound
from demo_app.core.bodies import CategoryBody, read_body
from demo_app.core.created import created
from demo_app.core.queries import PageQuery, wanted_page
from demo_app.core.representations import (
    category_json,
    category_node_json,
    page_json,
)
from demo_app.service.category_service import CategoryService

described = describe(tags=["categories"], responses=UNAVAILABLE)
NO_CATEGORY = "There is no such category"
NAME_TAKEN = "There is a category of that name"


@described
class CategoriesController:
    """``/api/categories``."""

    service: CategoryService

    @describe(query=PageQuery)
    def get(self, request: Request) -> shapes.Page[shapes.Category]:
        """One page of the categories."""
        categories = self.service.get_categories(wanted_page(request))
        return page_json(categories, category_json)

    @describe(
        body=CategoryBody,
        responses={
            201: Answer(shapes.Category, "The category", OF_NEW),
            404: "There is no such parent",
            409: NAME_TAKEN,
        },
    )
    def post(self, request: Request) -> JSONResponse:
        """Add a category, at the top or inside another."""
        body = read_body(request, CategoryBody)
        category = self.service.create_category(body.name, body.parent_id)
        return created(request, category.id, category_json(category))


@described
class CategoryController:
    """``/api/categories/1``."""

    service: CategoryService

    @describe(responses={404: NO_CATEGORY})
    def get(self, _request: Request, category_id: int) -> shapes.CategoryNode:
        """The category with its parent and children."""
        return category_node_json(self.service.get_category(category_id))

    @describe(
        body=CategoryBody,
        responses={
            404: "There is no such category, or no such parent",
            409: f"{NAME_TAKEN}, or it would stand inside itself",
        },
    )
    def put(self, request: Request, category_id: int) -> shapes.Category:
        """Rename or move the category."""
        body = read_body(request, CategoryBody)
        changed = self.service.change_category(category_id, body.name, body.parent_id)
        return category_json(changed)

    @describe(responses={404: NO_CATEGORY, 409: "Something is in it"})
    def delete(self, _request: Request, category_id: int) -> None:
        """Delete the category, where nothing is in it."""
        self.service.delete_category(category_id)


def register(api: RouteGroup, service: CategoryService) -> None:
    """Put the routes into the group."""
    api.add_route("/categories", bound(CategoriesController, service))
    api.add_route("/categories/{category_id:d}", bound(CategoryController, service))

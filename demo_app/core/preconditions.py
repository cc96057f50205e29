"""Versions on the wire: an ``ETag`` out, ``If-Match`` or a body's ``version`` in."""

import re

from roob.exceptions import BadRequest
from roob.models.requests import Request
from roob.openapi import Schema

from demo_app.service.entities import Product

# A proxy that compresses makes the tag weak; it still names the same version.
_ETAG = re.compile(r'(?:W/)?"([0-9]{1,18})"')

# For the API's page.
IF_MATCH = Schema(
    {
        "properties": {
            "If-Match": {
                "type": "string",
                "pattern": r'^(\*|(W/)?"[0-9]{1,18}")$',
                "description": "The ETag that was read; 409 if it is another by now",
            }
        }
    }
)


def etag_header(product: Product) -> dict[str, str]:
    """``{"ETag": '"3"'}`` for a product at version 3 (RFC 9110 8.8.3)."""
    return {"ETag": f'"{product.version}"'}


def expected_versions(request: Request, in_body: int | None = None) -> tuple[int, ...]:
    """The versions that the caller says it read; none means the last write wins.

    ``If-Match: *`` asks for any version (RFC 9110 13.1.1).

    Raises:
        BadRequest: ``If-Match`` is no tag that was given out here.
    """
    versions = () if in_body is None else (in_body,)
    header = request.headers.get("If-Match", "*").strip()
    if header == "*":
        return versions
    tag = _ETAG.fullmatch(header)
    if tag is None:
        raise BadRequest('If-Match: send the ETag of the product, such as "3"')
    return (*versions, int(tag[1]))

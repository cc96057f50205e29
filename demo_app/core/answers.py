"""What the controllers' answers have in common, as the API's page tells it."""

from roob.openapi import Answer

# Answered by `errors`, whatever was asked for.
UNAVAILABLE = {
    503: Answer(
        None,
        "The database is not available",
        {"Retry-After": "After how many seconds to try again"},
    )
}
OF_NEW = {"Location": "Where it is"}
OF_PRODUCT = {"ETag": "The product's version, for If-Match"}

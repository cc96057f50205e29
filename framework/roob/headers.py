"""Header names and values: what may be sent, checked where it is set.

A value that became a second header would split the response (RFC 9110 section 5.5).
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Self, SupportsIndex

HeaderItems = Mapping[str, str] | Iterable[tuple[str, str]]

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_FIT_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")


def checked_header(name: object, value: object) -> tuple[str, str]:
    """A header that can be sent as it is: ``("ETag", '"7"') -> ("ETag", '"7"')``.

    Raises:
        ValueError: the name is no token, or the value has control characters or
            letters that latin-1 lacks (PEP 3333).
    """
    if not isinstance(name, str) or not _is_token(name):
        raise ValueError(f"{name!r} is no header name")
    if not isinstance(value, str):
        raise ValueError(f"header {name}: {value!r} is no text")
    if not _FIT_VALUE.fullmatch(value):
        raise ValueError(
            f"header {name}: {value!r} has control characters, or letters that are "
            "not in latin-1"
        )
    return name, value


def check_cookie(name: str, *attributes: str | None) -> None:
    """Refuse what would end a cookie's part early: ``("id", "/", None)`` is fine.

    Raises:
        ValueError: the name is no token, or an attribute has a semicolon, a control
            character or a letter that is not ASCII (RFC 6265 section 4.1.1).
    """
    checked_header(name, "")
    for text in attributes:
        if text and not (text.isascii() and text.isprintable() and ";" not in text):
            raise ValueError(f"cookie {name}: {text!r} is unfit for an attribute")


@lru_cache(maxsize=512)
def _is_token(name: str) -> bool:
    return _TOKEN.fullmatch(name) is not None


class HeaderList(list[tuple[str, str]]):
    """The list that WebOb keeps headers in; it takes none that is unfit to be sent.

    Every way to set a header ends here: ``response.headers["ETag"] = ...``,
    ``response.location = ...``, ``set_cookie()``, ``response.headerlist.append``.
    """

    @classmethod
    def checked(cls, headers: HeaderItems) -> "HeaderList":
        """Those headers, ``{"ETag": '"7"'}`` or a list of pairs, each one checked.

        Raises:
            ValueError: as :func:`checked_header`.
        """
        items = headers.items() if isinstance(headers, Mapping) else headers
        return cls([checked_header(name, value) for name, value in items])

    def without(self, names: Iterable[str]) -> "HeaderList":
        """The headers of other names: ``without(["content-type"])``."""
        unwanted = {name.lower() for name in names}
        return HeaderList([item for item in self if item[0].lower() not in unwanted])

    def append(self, header: tuple[str, str]) -> None:
        super().append(checked_header(*header))

    def insert(self, at: SupportsIndex, header: tuple[str, str]) -> None:
        super().insert(at, checked_header(*header))

    def extend(self, headers: Iterable[tuple[str, str]]) -> None:
        super().extend(self.checked(headers))

    def __iadd__(self, headers: Iterable[tuple[str, str]]) -> Self:  # type: ignore[override,misc]
        self.extend(headers)
        return self

    def __setitem__(self, at: Any, new: Any) -> None:
        is_part = isinstance(at, slice)
        super().__setitem__(at, self.checked(new) if is_part else checked_header(*new))

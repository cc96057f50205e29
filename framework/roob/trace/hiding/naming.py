"""Which names hide what goes by them: ``X-Api-Key`` does, ``keyboard`` does not.

Default deny: a name that may be a secret's hides its value.
"""

import re
from enum import Enum
from functools import lru_cache
from typing import Any

from roob.trace.hiding.looking import (
    attributes_of,
    function_name,
    is_container,
    raw_bytes,
)

HIDDEN = "‹hidden›"

# Parts of names. "author" is a writer, "monkey" an animal, "passenger" a traveller and
# "secretary" a colleague; "authorization" and "commonKey" are not.
_SECRET_NAME = re.compile(
    r"auth(?!or(?!i[sz]))|cookie|pwd|secret(?!ar[iy])|token|session|sess_?id|csrf|xsrf"
    r"|(?<!\bby)(?<!_by)(?<!\bcom)(?<!_com)(?<!\bsur)"
    r"pass(?!eng|iv|ag|ion|ing(?![a-z])|e[ds](?![a-z]))"
    r"|(?<!\bmon)(?<!_mon)(?<!\bdon)(?<!_don)(?<!\btur)(?<!\bhoc)(?<!\bjoc)(?<!\bwhis)"
    r"key(?!board|word|note|hole|stone|frame|pad|stroke)"
    r"|signature|(?<![a-z])sig(?![a-z])|(?<![a-z])sid(?![a-z])"
    r"|credential|jwt|bearer|cvv|otp(?![a-z])|ssn(?![a-z])",
    re.IGNORECASE,
)
# Names that end so are of settings: a plain word that they give is only a word.
_SETTING = re.compile(
    r"(?:type|name|kind|method|scheme|fields?|columns?|mode|status|state|policy"
    r"|backend|class|by|\Akeys?)\Z",
    re.IGNORECASE,
)
_LONGEST_CACHED = 64
_NAME_OF_PAIR = re.compile(r"[\w.-]{1,64}")


def is_secret(name: object) -> bool:
    """Whether what goes by this name is hidden: ``"X-Api-Key" -> True``."""
    text = name if type(name) is str else spelled(name)
    if len(text) > _LONGEST_CACHED:
        return bool(_SECRET_NAME.search(text))
    return _is_secret(text)


@lru_cache(maxsize=4096)
def _is_secret(name: str) -> bool:
    return bool(_SECRET_NAME.search(name))


def spelled(name: Any) -> str:
    """A name as text, without calling any code of its class."""
    kind = type(name)
    if issubclass(kind, Enum):
        return str(dict(attributes_of(name)).get("_name_", ""))
    if issubclass(kind, str):
        return str.__str__(name)
    if issubclass(kind, (bytes, bytearray)):
        return raw_bytes(name).decode("latin-1")
    if is_container(name):
        return ", ".join(map(spelled, name))
    return function_name(name) or ""


def is_setting(name: str) -> bool:
    """Whether it tells of a secret rather than being one: ``token_type``, ``key``."""
    return bool(_SETTING.search(name))


def hides(name: object, value: object) -> bool:
    """Whether a name hides a value: ``True`` and ``None`` give nothing away."""
    return value is not None and type(value) is not bool and is_secret(name)


def is_told(pairs: dict[Any, Any]) -> bool:
    """Whether a ``value`` is a secret's by the ``name`` beside it, as in HAR files."""
    name = dict.get(pairs, "name")
    return issubclass(type(name), str) and hides(name, dict.get(pairs, "value"))


def is_secret_pair(value: Any) -> bool:
    """Whether it is a name and its secret: ``("X-Api-Key", "...")``, as in headers."""
    if not (type(value) is list or type(value) is tuple) or len(value) != 2:
        return False
    name, member = value
    if not issubclass(type(name), str) or not issubclass(type(member), (str, bytes)):
        return False
    return bool(_NAME_OF_PAIR.fullmatch(spelled(name))) and is_secret(name)

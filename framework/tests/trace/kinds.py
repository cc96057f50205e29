"""Values of many kinds, and proxies that let nobody look at them."""

from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NamedTuple

from pydantic import BaseModel, SecretStr
from roob.orm.column import Column, PrimaryKey
from roob.orm.table import Table

TOKEN = "k3JzQ9xWv7Lm2Tn8Rb0"


class Member(Table):
    id = PrimaryKey(int, auto_increment=True)
    name = Column(str)
    password = Column(str)


@dataclass
class Login:
    user: str
    password: str
    hidden: str = field(default="", repr=False)


@dataclass(slots=True)
class Slotted:
    password: str


class Pair(NamedTuple):
    user: str
    token: str


class Model(BaseModel):
    user: str
    api_key: SecretStr


class Kind(Enum):
    BOOK = 1


class Hostile:
    """As LocalProxy of werkzeug is out of its context: whoever asks it is refused."""

    def _refuse(self, *_: Any) -> Any:
        raise AssertionError("the value's own code was called")

    __class__ = property(_refuse)  # type: ignore[assignment]
    __dict__ = property(_refuse)  # type: ignore[assignment]
    __getattribute__ = __getattr__ = __eq__ = __len__ = __iter__ = _refuse  # type: ignore[assignment]
    __repr__ = __str__ = __bool__ = _refuse  # type: ignore[assignment]

    def __hash__(self) -> int:
        return 7


class Sealed(type):
    """A class of this class is neither compared nor hashed."""

    def _refuse(cls, *_: Any) -> Any:
        raise AssertionError("the class's own code was called")

    __eq__ = __hash__ = __instancecheck__ = __subclasscheck__ = _refuse  # type: ignore[assignment]
    __getattr__ = _refuse


class SealedKind(metaclass=Sealed):
    """A value of a class that answers nothing."""


class HostileText(str):
    """A text that refuses to be printed."""

    __slots__ = ()
    __str__ = __repr__ = __len__ = __eq__ = Hostile._refuse  # type: ignore[assignment]
    __hash__ = str.__hash__


class HostileBytes(bytes):
    """Bytes that refuse to be counted."""

    __len__ = __bytes__ = __iter__ = __repr__ = Hostile._refuse  # type: ignore[assignment]


class HostileList(list[Any]):
    """A list that refuses to be walked."""

    __iter__ = __len__ = __repr__ = Hostile._refuse  # type: ignore[assignment]


# By name: pytest would look at what it is given itself.
PROXIES = {"Hostile": Hostile(), "SealedKind": SealedKind()}

from typing import ClassVar

import pytest
from roob.gateway import RequestContext
from roob.models.requests import Request


class Context(RequestContext):
    user: str | None = None
    tenant: str


@pytest.fixture
def request_():
    return Request.blank("/")


def test_a_plain_context_takes_any_attribute(request_):
    context = RequestContext(request_)
    context.anything = 1
    assert context.anything == 1
    assert context.request is request_


def test_an_attribute_that_nobody_set_can_be_asked_for(request_):
    context = RequestContext(request_)
    assert context.get("user") is None
    assert context.get("user", "nobody") == "nobody"
    context.user = "ada"
    assert context.get("user", "nobody") == "ada"


def test_declared_attributes_can_be_set_and_have_their_defaults(request_):
    context = Context(request_)
    assert context.user is None
    context.user, context.tenant = "ada", "acme"
    assert (context.user, context.tenant) == ("ada", "acme")


def test_a_misspelt_attribute_is_refused_and_the_close_one_named(request_):
    with pytest.raises(AttributeError, match=r"no attribute 'usr'.*'user'\?"):
        Context(request_).usr = "ada"


def test_an_attribute_that_is_close_to_none_is_refused_with_those_there_are(request_):
    with pytest.raises(AttributeError, match=r"it has \['tenant', 'user'\]"):
        Context(request_).colour = "red"


def test_a_misspelt_attribute_cannot_be_read_either(request_):
    with pytest.raises(AttributeError, match="usr"):
        _ = Context(request_).usr


def test_a_declared_attribute_that_nobody_set_cannot_be_read(request_):
    with pytest.raises(AttributeError, match="tenant"):
        _ = Context(request_).tenant


def test_attributes_are_declared_by_bases_and_mixins_too(request_):
    class Traced:
        trace_id: str = ""

    class Both(Context, Traced):
        extra = 0

    context = Both(request_)
    context.user, context.trace_id, context.extra = "ada", "7", 1
    with pytest.raises(AttributeError, match="trace_id"):
        context.tracing_id = "7"


def test_a_property_of_a_context_can_be_set(request_):
    class Shouting(RequestContext):
        name: str = ""

        @property
        def loud(self):
            return self.name.upper()

        @loud.setter
        def loud(self, name):
            self.name = name.lower()

    context = Shouting(request_)
    context.loud = "ADA"
    assert (context.name, context.loud) == ("ada", "ADA")


def test_a_subclass_that_declares_nothing_takes_any_attribute(request_):
    class Open(RequestContext):
        def shout(self):
            return self.word.upper()

    context = Open(request_)
    context.word = "hi"
    assert context.shout() == "HI"


def test_a_method_of_a_declared_context_cannot_be_overwritten(request_):
    with pytest.raises(AttributeError, match="'get'"):
        Context(request_).get = 1


@pytest.mark.parametrize("default", [[], {}, set()])
def test_a_default_that_requests_would_share_is_refused(default):
    with pytest.raises(ValueError, match="seen: all requests would share"):
        type("Context", (RequestContext,), {"seen": default})


def test_one_made_for_each_context_is_not(request_):
    class Seen(RequestContext):
        kinds: ClassVar[tuple[str, ...]] = ("a", "b")
        seen: list[str]

        def __init__(self, request):
            super().__init__(request)
            self.seen = []

    one, other = Seen(request_), Seen(request_)
    one.seen.append("x")
    assert other.seen == []

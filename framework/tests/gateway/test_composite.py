import pytest
from roob.gateway import (
    CompositeExceptionHandler,
    CompositeFinalizer,
    CompositeHandler,
    CompositeResponseHandler,
    HandlerChain,
)


def stop(chain):
    chain.stop()


def test_a_composite_is_its_handlers_in_order(ask, diary):
    composite = CompositeHandler([diary.note("a"), diary.note("b")])
    ask([composite, diary.note("c")])
    assert diary == ["a", "b", "c"]


@pytest.mark.parametrize(
    "act", [stop, HandlerChain.terminate, lambda chain: chain.throw(KeyError())]
)
def test_a_composite_ends_where_the_chain_does(ask, diary, act):
    ask([CompositeHandler([diary.note("a", act), diary.note("never")])])
    assert diary == ["a"]


def test_a_composite_may_go_on_when_the_chain_is_stopped(ask, diary):
    handlers = [diary.note("a", stop), diary.note("b")]
    ask([CompositeHandler(handlers, return_on_stop=False), diary.note("never")])
    assert diary == ["a", "b"]


def test_what_a_handler_of_a_composite_raises_is_the_chains_exception(ask, diary):
    composite = CompositeHandler([diary.fail("a", KeyError()), diary.note("never")])
    said = ask([composite], exception_handlers=[diary.note("exception")])
    assert diary == ["a", "exception"]
    assert said.status == 500


def test_composites_may_hold_composites(ask, diary):
    inner = CompositeHandler([diary.note("a"), diary.note("b", stop)])
    ask([CompositeHandler([inner, diary.note("never")]), diary.note("never")])
    assert diary == ["a", "b"]


def test_handlers_can_be_appended_and_removed_between_requests(ask, diary):
    late = diary.note("late")
    composite = CompositeHandler()
    composite.append(late)
    ask([composite])
    composite.remove(late)
    ask([composite])
    assert diary == ["late"]
    with pytest.raises(ValueError, match="not in list"):
        composite.remove(late)


def test_a_composite_of_response_handlers_guards_each_and_ends_by_terminate(ask, diary):
    composite = CompositeResponseHandler(
        [
            diary.fail("broken", KeyError()),
            diary.note("stops nothing", stop),
            diary.note("ends", HandlerChain.terminate),
            diary.note("never"),
        ]
    )
    ask(response_handlers=[composite, diary.note("never")])
    assert diary == ["broken", "stops nothing", "ends"]


def test_a_composite_of_finalizers_runs_all_of_them_always(ask, diary):
    composite = CompositeFinalizer(
        [diary.fail("broken", KeyError()), diary.note("a"), diary.note("b")]
    )
    ask([diary.note("one", HandlerChain.terminate)], finalizers=[composite])
    assert diary == ["one", "broken", "a", "b"]


def test_a_composite_of_exception_handlers_asks_all_of_them(ask, diary):
    composite = CompositeExceptionHandler(
        [
            diary.fail("broken", KeyError("second")),
            diary.note("a", lambda chain: chain.respond(409)),
            diary.note("b"),
        ]
    )
    said = ask([diary.fail("one", KeyError())], exception_handlers=[composite])
    assert diary == ["one", "broken", "a", "b"]
    assert said.status == 409

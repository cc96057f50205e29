"""Behind the live routes: one thread reads what moved, while somebody listens.

Other workers and other machines change the stock too, so the database is asked: by one
thread of a worker, however many listen there, and by none where nobody does.
"""

import logging
import os
import weakref
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from threading import Event, RLock, Thread

from roob.events import Broadcast, Subscription
from roob.orm.exceptions import OrmError

from demo_app.service.entities import Change, Position, Summary
from demo_app.service.live_service import LiveService

logger = logging.getLogger("demo_app.live")

SECONDS = 0.5  # between two looks
MOST_SECONDS = 5.0  # between two looks at a database that does not answer


@dataclass(frozen=True, slots=True)
class Portion:
    """Some changes, and the numbers of the whole stock after them."""

    changes: Sequence[Change]
    summary: Summary


@dataclass(frozen=True, slots=True)
class Reset:
    """The listener said to be there, where this stock has never been or is no more."""

    since: Position


# What a listener gets, and where it is then: a change, the whole stock's numbers, or
# that whatever it had before is not of this stock.
News = tuple[Change | Summary | Reset, Position]


class LiveWatch:
    """News of the stock for any number of listeners: ``watch.follow(position)``.

    Its thread begins with the first listener, ends soon after the last, and outlives a
    database that goes away.  A forked process begins with no listener and no thread.
    """

    def __init__(self, service: LiveService, seconds: float = SECONDS) -> None:
        self._service = service
        self._seconds = seconds
        self._begin()
        os.register_at_fork(after_in_child=partial(_begin_anew, weakref.ref(self)))

    def _begin(self) -> None:
        # A signal's handler closes the watch, maybe in a thread that holds the lock.
        self._lock = RLock()
        self._broadcast = Broadcast()
        self._closed = Event()
        self._thread: Thread | None = None

    @property
    def is_closed(self) -> bool:
        """Whether nobody is told anything any more."""
        return self._closed.is_set()

    @property
    def is_watching(self) -> bool:
        """Whether the thread is there."""
        return self._thread is not None

    def close(self) -> None:
        """End the thread and all that is followed: the process is about to stop."""
        self._closed.set()
        self._broadcast.close()

    def follow(self, since: Position | None) -> Generator[News | None]:
        """What moved since then, and whatever moves; None while nothing does.

        First comes what the database has, and the summary, at once.  Who is nowhere
        begins at the end, and so does, after a reset, who is beyond it.  It ends when
        the watch is closed, or the reader too slow: who comes again goes on from there.

        Raises:
            roob.orm.exceptions.DatabaseError: the database did not answer at first.
        """
        now = self._service.get_position()
        if since is not None and since.is_beyond(now):
            yield Reset(since), now
            since = now
        reader = Reader(self._service, since or now)
        yield from reader.catch_up()
        yield self._service.get_summary(), reader.position
        # The thread is everybody's, so it begins at no listener's own position.
        with self._subscribe(now) as subscription:
            yield from reader.follow(subscription)

    def _subscribe(self, position: Position) -> Subscription:
        with self._lock:
            subscription = self._broadcast.subscribe()
            if self._thread is None and not self.is_closed:
                watch = partial(self._watch, position)
                self._thread = Thread(target=watch, name="live stock", daemon=True)
                self._thread.start()
            return subscription

    # What the thread does.

    def _watch(self, position: Position) -> None:
        look = Look(self._service, self._broadcast.publish, position, self._seconds)
        try:
            while self._is_wanted():
                self._closed.wait(look.again())
        except Exception:
            # Whatever it is: who listens to nothing would never notice.
            logger.exception("the live stock is not watched any more")
            self._renew()

    def _is_wanted(self) -> bool:
        with self._lock:
            if len(self._broadcast) and not self.is_closed:
                return True
            self._thread = None
            return False

    def _renew(self) -> None:
        with self._lock:
            self._broadcast.close()
            self._broadcast = Broadcast()
            self._thread = None


class Look:
    """How far the thread has read, and how the database answers it."""

    def __init__(
        self,
        service: LiveService,
        publish: Callable[[Portion], None],
        position: Position,
        seconds: float,
    ) -> None:
        self._service = service
        self._publish = publish
        self._position = position
        self._seconds = self._pause = seconds

    def again(self) -> float:
        """Tell what is new; the seconds until the next look.

        A database that does not answer is asked ever more seldom, and loses nothing.
        """
        try:
            self._tell()
        except OrmError as error:
            if self._pause == self._seconds:
                logger.warning("the live stock waits for its database: %s", error)
            self._pause = min(2 * self._pause, MOST_SECONDS)
            return self._pause
        if self._pause != self._seconds:
            logger.info("the live stock has its database again")
        self._pause = self._seconds
        return self._pause

    def _tell(self) -> None:
        changes = self._service.get_changes(self._position)
        if changes.items:
            self._publish(Portion(changes.items, self._service.get_summary()))
            self._position = changes.position


class Reader:
    """One listener, who is told nothing twice; ``position`` is where it is."""

    def __init__(self, service: LiveService, position: Position) -> None:
        self._service = service
        self.position = position

    def catch_up(self) -> Iterator[News]:
        """All that the database has for it."""
        while changes := self._service.get_changes(self.position).items:
            yield from self._told(changes)

    def follow(self, portions: Iterable[Portion | None]) -> Iterator[News | None]:
        """What is told, and what was kept before that began: nobody tells of it.

        Where the database has gone meanwhile, it is asked again after each portion.
        """
        is_behind = yield from self._try_to_catch_up()
        for portion in portions:
            yield from self.read(portion)
            if is_behind:
                is_behind = yield from self._try_to_catch_up()

    def _try_to_catch_up(self) -> Generator[News, None, bool]:
        try:
            yield from self.catch_up()
        except OrmError as error:
            logger.warning("a listener waits for the database: %s", error)
            return True
        return False

    def read(self, portion: Portion | None) -> Iterator[News | None]:
        """The portion's news, None for none."""
        if portion is None:
            yield None
            return
        yield from self._told(portion.changes)
        yield portion.summary, self.position

    def _told(self, changes: Sequence[Change]) -> Iterator[News]:
        for change in changes:
            if not self.position.has(change.movement.id):
                self.position = self.position.after(change.movement.id)
                yield change, self.position


def _begin_anew(reference: "weakref.ref[LiveWatch]") -> None:
    watch = reference()
    if watch is not None:
        watch._begin()

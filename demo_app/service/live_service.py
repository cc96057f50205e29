"""Live stock: what moved since a reader last looked, for whoever follows it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from demo_app.service.entities import (
    LOOK_BACK,
    Activity,
    Change,
    Position,
    StockLevel,
    Summary,
)
from demo_app.service.ports import Store

PORTION = 200  # changes that are read at once


@dataclass(frozen=True, slots=True)
class Changes:
    """The next changes of the stock, and where a reader is who saw them.

    ``is_reset`` where the reader was at a place that is not of this stock.
    """

    items: Sequence[Change]
    position: Position
    is_reset: bool = False


class LiveService:
    """The stock's changes in the order in which they are seen, none left out.

    Readers keep their place themselves: whoever has a ``Position`` goes on from there,
    in another process or on another machine too.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def get_position(self) -> Position:
        """Where a reader is who wants what moves from now on."""
        latest = self._store.stock.latest(LOOK_BACK)
        # No movement is number 0, so in a short story the first ones are waited for.
        return Position.of([0, *(activity.movement.id for activity in latest)])

    def get_news(self, since: Position | None) -> Changes:
        """The next changes for a reader from outside, at the end where it has no place.

        Whoever is behind the last movement has another stock, of a database that was
        replaced, or saw movements that are gone with their product.
        """
        now = self.get_position()
        if since is None or since.is_beyond(now):
            return Changes([], now, is_reset=since is not None)
        return self.get_changes(since)

    def get_changes(self, since: Position) -> Changes:
        """The next ``PORTION`` changes at most; where there are none, the same place.

        A product's changes come in the order in which they happened.
        """
        activities = self._store.stock.unseen(since, PORTION)
        position = since
        for activity in activities:
            position = position.after(activity.movement.id)
        return Changes(self._changes(activities), position)

    def get_summary(self) -> Summary:
        """The numbers of the whole stock as they are now."""
        return self._store.stock.summary()

    def _changes(self, activities: Sequence[Activity]) -> list[Change]:
        if not activities:
            return []
        ids = {activity.product.id for activity in activities}
        levels = {each.product_id: each for each in self._store.stock.levels_of(ids)}
        return [change_of(activity, levels) for activity in activities]


def change_of(activity: Activity, levels: dict[int, StockLevel]) -> Change:
    """The activity with the level as it was just after, by the thresholds of now."""
    movement, product = activity.movement, activity.product
    level = levels.get(product.id) or StockLevel(product.id, 0)
    return Change(movement, product, replace(level, quantity=movement.balance))

"""What became of deliveries, told to those who wait for it; each is woken once, for its own deliveries only."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future

from pbxtally.records import KeptCounts

MOST_UNCLAIMED = 10_000
"""For how many deliveries that nobody waits for yet the outcome is remembered."""


class DeliveryOutcomes:
    """What became of deliveries, by their positions in the journal; they are counted in that order."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._unclaimed: dict[int, KeptCounts] = {}
        self._awaited: dict[int, _Awaited] = {}
        self._open = True

    def future_of(self, positions: Sequence[int]) -> Future[list[KeptCounts] | None]:
        """What became of some deliveries, once all of them are counted; None: it was closed before that."""
        group = _Awaited(positions)
        with self._lock:
            group.resolve({one: self._unclaimed.pop(one) for one in positions if one in self._unclaimed})
            self._awaited.update(dict.fromkeys(group.missing, group))
            if not self._open:
                group.close()
        return group.future

    def resolve(self, outcomes: Mapping[int, KeptCounts]) -> None:
        """Tell what became of these deliveries, now that they are counted."""
        groups: dict[int, _Awaited] = {}
        with self._lock:
            for position, outcome in outcomes.items():
                group = self._awaited.pop(position, None)
                if group is None:
                    self._unclaimed[position] = outcome
                else:
                    groups[id(group)] = group
            while len(self._unclaimed) > MOST_UNCLAIMED:
                self._unclaimed.pop(next(iter(self._unclaimed)))
        for group in groups.values():
            group.resolve(outcomes)

    def close(self) -> None:
        """Tell nothing any more."""
        with self._lock:
            self._open = False
            waiting = list(self._awaited.values())
        for group in waiting:
            group.close()


class _Awaited:
    """Deliveries that are waited for together."""

    def __init__(self, positions: Sequence[int]) -> None:
        self.future: Future[list[KeptCounts] | None] = Future()
        self.future.set_running_or_notify_cancel()  # a waiter who gives up cannot cancel it for the others
        self.missing = set(positions)
        self._positions = positions
        self._outcomes: dict[int, KeptCounts] = {}

    def resolve(self, outcomes: Mapping[int, KeptCounts]) -> None:
        """Take what became of some deliveries, in this group or not."""
        found = {one: outcomes[one] for one in self.missing & outcomes.keys()}
        self._outcomes |= found
        self.missing -= found.keys()
        if not self.missing and not self.future.done():
            self.future.set_result([self._outcomes[one] for one in self._positions])

    def close(self) -> None:
        """Give up waiting."""
        if not self.future.done():
            self.future.set_result(None)

"""What became of deliveries, told to those who wait for it; each is woken once, for its own deliveries only."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future

from pbxtally.records import Kept

KEPT = 10_000
"""For how many deliveries that nobody waits for yet the outcome is remembered."""


class Fates:
    """What became of deliveries, by their positions in the journal; they are counted in that order."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._told: dict[int, Kept] = {}
        self._awaited: dict[int, _Group] = {}
        self._open = True

    def of(self, positions: Sequence[int]) -> Future[list[Kept] | None]:
        """What became of some deliveries, once all of them are counted; None: it was closed before that."""
        group = _Group(positions)
        with self._lock:
            group.tell({one: self._told.pop(one) for one in positions if one in self._told})
            self._awaited.update(dict.fromkeys(group.missing, group))
            if not self._open:
                group.close()
        return group.future

    def tell(self, fates: Mapping[int, Kept]) -> None:
        """Tell what became of these deliveries, now that they are counted."""
        groups: dict[int, _Group] = {}
        with self._lock:
            for position, fate in fates.items():
                group = self._awaited.pop(position, None)
                if group is None:
                    self._told[position] = fate
                else:
                    groups[id(group)] = group
            while len(self._told) > KEPT:
                self._told.pop(next(iter(self._told)))
        for group in groups.values():
            group.tell(fates)

    def close(self) -> None:
        """Tell nothing any more."""
        with self._lock:
            self._open = False
            waiting = list(self._awaited.values())
        for group in waiting:
            group.close()


class _Group:
    """Deliveries that are waited for together."""

    def __init__(self, positions: Sequence[int]) -> None:
        self.future: Future[list[Kept] | None] = Future()
        self.future.set_running_or_notify_cancel()  # a waiter who gives up cannot cancel it for the others
        self.missing = set(positions)
        self._positions = positions
        self._fates: dict[int, Kept] = {}

    def tell(self, fates: Mapping[int, Kept]) -> None:
        """Take what became of some deliveries, in this group or not."""
        found = {one: fates[one] for one in self.missing & fates.keys()}
        self._fates |= found
        self.missing -= found.keys()
        if not self.missing and not self.future.done():
            self.future.set_result([self._fates[one] for one in self._positions])

    def close(self) -> None:
        """Give up waiting."""
        if not self.future.done():
            self.future.set_result(None)

"""The writer: a thread that brings the journal's deliveries into the store, in order and several at once.

Doing so again changes nothing, so after a crash it simply continues from the position that the store remembers.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Protocol, TypeVar

import msgspec

from pbxtally.delivery_outcomes import DeliveryOutcomes
from pbxtally.intake import DerivesAgain, KnowsNumbers, numbering_of
from pbxtally.records import MANY_BYTES, Delivery, KeptCounts, Rejected, Removal, SourceDeliveries

MANY_DELIVERIES = 1_000
"""How many deliveries are brought into the store in one go."""

MANY_LEGS = 50_000
TIDY_SECONDS = 600.0
"""The store is tidied after MANY_LEGS legs or, if there are fewer, TIDY_SECONDS after the last time."""

PATIENCE = 4
"""If something is always waiting, it is tidied only after PATIENCE times as many legs, or as much time."""

GATHERING_SECONDS = 0.025
FEW_LEGS = 500
"""A round with so many legs costs hardly more than one with a single leg."""

COURTESY_SECONDS = 0.05
STEP_SECONDS = 0.002
"""While questions are being answered, the next round waits up to COURTESY_SECONDS longer, and looks at every step."""

PAUSE_SECONDS = 1.0
"""How long to wait between two attempts when the store does not take what the journal has."""


class KeepsArrivals(DerivesAgain, Protocol):
    """A store that keeps legs of many deliveries, and knows how far in the journal it is."""

    def keep_all(self, arrived: Sequence[SourceDeliveries], position: int) -> list[list[KeptCounts]]:
        """Keep deliveries and the journal's position in one transaction; return what became of each delivery."""
        ...

    def applied(self) -> int:
        """The last position that is in the store."""
        ...

    def mark_applied(self, position: int) -> None:
        """Remember that the journal is in the store up to this position."""
        ...

    @property
    def is_asked(self) -> bool:
        """Whether a question is being answered now."""
        ...

    def tidy(self) -> None:
        """Make what was kept quick to read, and checkpoint the write-ahead log into the file."""
        ...


class WrittenDelivery(Protocol):
    """A delivery with its position in the journal."""

    @property
    def position(self) -> int:
        """Its position; positions only grow."""
        ...

    @property
    def delivery(self) -> Delivery:
        """What was delivered."""
        ...


NOTHING = Removal()

_Written = TypeVar("_Written", bound=WrittenDelivery)


class HoldsDeliveries(Protocol):
    """A journal that can be read from a position on."""

    def after(self, position: int, many: int) -> Sequence[WrittenDelivery]:
        """The next deliveries after a position."""
        ...

    def last(self) -> int:
        """The newest position."""
        ...

    def prune(self, until: int, before_ms: int, now_ms: int) -> int:
        """Remove old deliveries that are in the calls' file, and in a backup."""
        ...


@dataclass(frozen=True, slots=True)
class WriterContext:
    """What the writer needs besides store and journal: the people, the clock, whom to tell of faults.

    `keeps_ms`: how long a delivery stays in the journal.
    """

    people: KnowsNumbers
    now_ms: Callable[[], int]
    on_fault: Callable[[Exception], None]
    keeps_ms: int


@dataclass(slots=True)
class _Upkeep:
    """What the writer does when little is waiting: tidy the store, then prune the journal."""

    store: KeepsArrivals
    journal: HoldsDeliveries
    keeps_ms: int
    untidy: int = 0
    tidied: float = field(default_factory=time.monotonic)

    def run_if_due(self, applied: int, now_ms: int, *, is_idle: bool) -> None:
        """Tidy after many legs, or some time after few; later, but still, if more is waiting."""
        times = 1 if is_idle else PATIENCE
        is_late = self.untidy > 0 and time.monotonic() >= self.tidied + times * TIDY_SECONDS
        if self.untidy < times * MANY_LEGS and not is_late:
            return
        self.store.tidy()
        self.untidy = 0
        self.tidied = time.monotonic()
        while self.journal.prune(applied, now_ms - self.keeps_ms, now_ms):
            pass


class Writer:
    """Works as soon as it is made; once it is closed, what is not in the store waits in the journal."""

    def __init__(self, store: KeepsArrivals, journal: HoldsDeliveries, context: WriterContext) -> None:
        self._store = store
        self._journal = journal
        self._context = context
        self._upkeep = _Upkeep(store, journal, context.keeps_ms)
        self.applied = store.applied()
        """The last position that is in the store."""
        if self.applied > journal.last():  # the journal was lost and begins anew, or an older copy was restored
            self.applied = journal.last()
            store.mark_applied(self.applied)
        self.outcomes = DeliveryOutcomes()
        self._news = threading.Condition()
        self._open = True
        self._thread = threading.Thread(target=self._write, name="journal to store", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop once it has finished what it is doing."""
        with self._news:
            self._open = False
            self._news.notify_all()
        self._thread.join()
        self.outcomes.close()

    def wake(self) -> None:
        """Tell it that something new is in the journal."""
        with self._news:
            self._news.notify_all()

    def _write(self) -> None:
        while self._open:
            try:
                found = self._journal.after(self.applied, MANY_DELIVERIES)
                for some in apart(found):
                    self._apply(some)
                self._upkeep.run_if_due(self.applied, self._context.now_ms(), is_idle=not found)
                if found:
                    self._gather(found)
                else:
                    self._rest(lambda: self._journal.last() > self.applied)
            except Exception as why:  # whatever happens, the journal keeps what is not in the store yet
                self._context.on_fault(why)
                self._rest(lambda: False)

    def _gather(self, found: Sequence[WrittenDelivery]) -> None:
        """If many senders bring a little each, let some of it gather for the next round, and questions go before it."""
        if len(found) > 1 and sum(len(one.delivery.legs) for one in found) <= FEW_LEGS:
            time.sleep(GATHERING_SECONDS)
            self._let_questions_through()

    def _let_questions_through(self) -> None:
        until = time.monotonic() + COURTESY_SECONDS
        while self._store.is_asked and time.monotonic() < until:
            time.sleep(STEP_SECONDS)

    def _rest(self, is_over: Callable[[], bool]) -> None:
        with self._news:
            self._news.wait_for(lambda: is_over() or not self._open, PAUSE_SECONDS)

    def _apply(self, found: Sequence[WrittenDelivery]) -> None:
        """Bring deliveries into the store: those of one customer and source together, in their order."""
        together: dict[tuple[str, str], list[WrittenDelivery]] = {}
        for one in found:
            together.setdefault((one.delivery.customer, one.delivery.source), []).append(one)
        try:
            with self._store.exclusive():
                arrived = [self._arrived(some) for some in together.values()]
                kept = self._store.keep_all(arrived, found[-1].position)
        except (ValueError, OverflowError) as why:  # waiting would not help, and the others need not wait
            if len(found) > 1:
                for one in found:
                    self._apply([one])
                return
            self._context.on_fault(why)
            kept = self._store.keep_all([_set_aside(arrived[0], why)], found[-1].position)
        outcomes = {
            one.position: outcome
            for some, of_some in zip(together.values(), kept, strict=True)
            for one, outcome in zip(some, of_some, strict=True)
        }
        self.applied = found[-1].position
        self._upkeep.untidy += sum(len(one.delivery.legs) for one in found)
        self.outcomes.resolve(outcomes)

    def _arrived(self, some: Sequence[WrittenDelivery]) -> SourceDeliveries:
        """Deliveries of one customer and source, to be kept with the directory as it is now."""
        customer, source = some[0].delivery.customer, some[0].delivery.source
        numbering = numbering_of(self._context.people, customer, source)
        return SourceDeliveries(customer, source, [one.delivery for one in some], numbering)


def apart(found: Sequence[_Written]) -> Iterator[Sequence[_Written]]:
    """Deliveries in order, in groups that may be kept together: one that removes something is alone."""
    for _, some in groupby(found, lambda one: one.position if one.delivery.gone != NOTHING else None):
        yield list(some)


def _set_aside(one: SourceDeliveries, why: Exception) -> SourceDeliveries:
    """The same with its legs as rejected records."""
    aside = [
        each._replace(
            legs=[],
            rejected=[
                *each.rejected,
                *(Rejected(0, f"it cannot be kept: {why}", msgspec.json.encode(leg)[:MANY_BYTES]) for leg in each.legs),
            ],
        )
        for each in one.deliveries
    ]
    return one._replace(deliveries=aside)

"""Take in what arrives: read it, write it into the journal, have it counted, say what became of every record.

A delivery is acknowledged when the journal has it on the disk; the writer then brings it into the store.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from itertools import islice
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from pbxtally.errors import BusyError, InvalidFieldError, PbxTallyError
from pbxtally.hosting import Part
from pbxtally.intervals import DAY_MS
from pbxtally.receipts import Answer, answer
from pbxtally.records import Batch, Delivery, Kept
from pbxtally.senders import Senders
from pbxtally.writer import HoldsDeliveries, KeepsArrivals, Surroundings, Writer

MANY_WAITING = 100
"""Deliveries of collectors that wait to be counted; with more, collectors wait for the writer."""

PATIENCE_SECONDS = 5.0
"""How long a sender waits to hear what its records counted as; after that it hears that they are safe."""


class KeepsCalls(KeepsArrivals, Protocol):
    """A store that also knows what a customer has."""

    def sources_of(self, customer: str) -> list[str]:
        """The sources a customer has legs of."""
        ...


class WasAnswered(Protocol):
    """What came under a key before."""

    @property
    def digest(self) -> str:
        """Of what was sent."""
        ...

    @property
    def answer(self) -> bytes | None:
        """What was answered; None: nothing yet."""
        ...


class KeepsJournal(HoldsDeliveries, Protocol):
    """Where deliveries are safe."""

    def write(self, deliveries: Sequence[Delivery]) -> list[int]:
        """Write deliveries, and give their positions once all are on the disk."""
        ...

    def waiting_since_ms(self, position: int) -> int | None:
        """When the first delivery behind a position came."""
        ...

    def answered(self, key: str) -> WasAnswered | None:
        """What came under a key before."""
        ...

    def answer(self, key: str, answer: bytes) -> None:
        """Remember what was answered."""
        ...

    def has_room(self) -> bool:
        """Whether the disk has room for more."""
        ...


class Handed(NamedTuple):
    """What a sender hands in, with no key to ask again under."""

    customer: str
    source: str
    body: bytes


class TakenTogether(NamedTuple):
    """Deliveries that are safe together: each as it was read, or what was wrong with it; and what became of them."""

    found: list[list[Part] | PbxTallyError]
    fates: Future[list[Kept] | None]

    def answers(self, fates: Sequence[Kept] | None) -> list[Answer | PbxTallyError]:
        """What to answer each of them, now that they are counted; None: they are not, yet."""
        rest = iter(fates or ())
        return [
            one if isinstance(one, PbxTallyError) else answer(one, None if fates is None else islice(rest, len(one)))
            for one in self.found
        ]


class Arrivals:
    """Takes deliveries; close it, and what it acknowledged is counted or waits in the journal."""

    def __init__(
        self,
        store: KeepsCalls,
        journal: KeepsJournal,
        senders: Senders,
        on_fault: Callable[[Exception], None],
        journal_days: int = 30,
    ) -> None:
        self._store = store
        self._journal = journal
        self._senders = senders
        around = Surroundings(senders.people, senders.now_ms, on_fault, journal_days * DAY_MS)
        self._writer = Writer(store, journal, around)

    def close(self) -> None:
        """Stop the writer after what it is doing."""
        self._writer.close()

    def take(self, customer: str, source: str, body: bytes, key: str = "") -> Answer:
        """Take a body in and answer with its receipt; under a key, the same body is answered the same again.

        In place of a customer may stand the place of a hosted switch: its map says whose each record is.
        What was safe but not counted when it was last asked for is taken once more: its legs are known, or kept now.
        Raises NotFoundError (no such source), SourceError (not this source, wrong zone), InvalidFieldError (another
        body under the key) or BusyError (no room, or nobody knows: send it again).
        """
        self._senders.check(source)
        digest = hashlib.sha256(source.encode() + b"\n" + body).hexdigest()
        whole_key = f"{customer}/{key}" if key else ""
        before = self._journal.answered(whole_key) if key else None
        if before is not None and before.digest != digest:
            raise InvalidFieldError(
                "Idempotency-Key", "Another body came under this key - use a key of its own for each"
            )
        if before is not None and before.answer is not None:
            return Answer(before.answer, counted=True)
        if not self._journal.has_room():
            raise BusyError("The disk is nearly full - nothing new is taken until there is room")
        parts = self._senders.read(customer, source, body, self._store.sources_of)
        at_ms = self._senders.now_ms()
        deliveries = [Delivery(one.customer, source, at_ms, one.legs, one.rejected) for one in parts]
        deliveries[-1] = deliveries[-1]._replace(key=whole_key, digest=digest)
        found = answer(parts, self._count(deliveries))
        if key and found.counted:
            self._journal.answer(whole_key, found.receipt)
        return found

    def take_together(self, handed: Sequence[Handed | PbxTallyError]) -> TakenTogether:
        """Take bodies of several senders in, safe in one go; what is wrong with one says nothing of the others.

        Raises BusyError (no room, or nobody knows: send them again).
        """
        if not self._journal.has_room():
            raise BusyError("The disk is nearly full - nothing new is taken until there is room")
        found = [self._read_or_wrong(one) for one in handed]
        deliveries = [
            Delivery(part.customer, one.source, self._senders.now_ms(), part.legs, part.rejected)
            for one, parts in zip(handed, found, strict=True)
            if isinstance(one, Handed) and isinstance(parts, list)
            for part in parts
        ]
        return TakenTogether(found, self._begin(deliveries))

    def take_batch(
        self, customer: str, source: str, batch: Batch, check: Callable[[Sequence[Part], ZoneInfo], None]
    ) -> list[Part]:
        """Take what a collector found, and say how it was read, once it is safe.

        `check` looks at it before, and at its zone, and raises SourceError to have nothing taken. Raises BusyError as
        `take` does.
        """
        if not self._journal.has_room():
            raise BusyError("The disk is nearly full - nothing new is taken until there is room")
        parts, zone = self._senders.read_batch(customer, source, batch, self._store.sources_of)
        check(parts, zone)
        at_ms = self._senders.now_ms()
        fates = self._begin([Delivery(one.customer, source, at_ms, *one[1:3], place=batch.place) for one in parts])
        if self.waiting() > MANY_WAITING:
            with suppress(TimeoutError):
                fates.result(PATIENCE_SECONDS)
        return parts

    def complete_until_ms(self) -> int:
        """Everything that was acknowledged before this moment is in the store."""
        waiting = self._journal.waiting_since_ms(self._writer.applied)
        return self._senders.now_ms() if waiting is None else waiting

    def has_room(self) -> bool:
        """Whether the disk has room for more."""
        return self._journal.has_room()

    def waiting(self) -> int:
        """How many deliveries are in the journal and not in the store yet."""
        return max(self._journal.last() - self._writer.applied, 0)

    def _read_or_wrong(self, handed: Handed | PbxTallyError) -> list[Part] | PbxTallyError:
        if isinstance(handed, PbxTallyError):
            return handed
        try:
            return self._senders.read(*handed, self._store.sources_of)
        except PbxTallyError as why:
            return why

    def _count(self, deliveries: Sequence[Delivery]) -> list[Kept] | None:
        """Make deliveries safe, and wait for what became of their legs; None: that takes longer."""
        try:
            return self._begin(deliveries).result(PATIENCE_SECONDS)
        except TimeoutError:
            return None

    def _begin(self, deliveries: Sequence[Delivery]) -> Future[list[Kept] | None]:
        """Make deliveries safe; what is given back is told what became of them."""
        positions = self._journal.write(deliveries)
        self._writer.wake()
        return self._writer.fates.of(positions)

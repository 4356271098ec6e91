"""Take in what arrives: read it, write it to the journal, have it counted, say what became of every record.

A delivery is acknowledged once the journal has it on disk; the writer then brings it into the store.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from itertools import islice
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from pbxtally.delivery_reader import DeliveryReader, KnowsSources
from pbxtally.errors import BusyError, InvalidFieldError, PbxTallyError
from pbxtally.hosting import CustomerPart
from pbxtally.intervals import DAY_MS
from pbxtally.receipts import DeliveryAnswer, delivery_answer
from pbxtally.records import DELIVERY, Batch, Delivery, KeptCounts, KeyedAnswer
from pbxtally.writer import HoldsDeliveries, KeepsArrivals, Writer, WriterContext

MANY_WAITING = 100
"""How many deliveries of collectors may wait to be counted; with more, collectors wait for the writer."""

PATIENCE_SECONDS = 5.0
"""How long a sender waits to hear what its records counted as; after that it is told only that they are safe."""


class KeepsCalls(KeepsArrivals, KnowsSources, Protocol):
    """A store that also knows a customer's sources."""


class EarlierAnswer(Protocol):
    """What came under a key before."""

    @property
    def digest(self) -> str:
        """The digest of what was sent."""
        ...

    @property
    def answer(self) -> bytes | None:
        """What was answered; None if nothing was yet."""
        ...


class KeepsJournal(HoldsDeliveries, Protocol):
    """Where deliveries are kept safe."""

    def write(self, deliveries: Sequence[Delivery]) -> list[int]:
        """Write deliveries, and return their positions once all are on disk."""
        ...

    def waiting_since_ms(self, position: int) -> int | None:
        """When the first delivery after a position came."""
        ...

    def answered(self, key: str, now_ms: int) -> EarlierAnswer | None:
        """What came under a key before, if it was not too long ago."""
        ...

    def answer(self, answers: Sequence[KeyedAnswer]) -> list[bytes]:
        """Remember these answers, and return the ones to send."""
        ...

    def has_room(self) -> bool:
        """Whether the disk has room for more."""
        ...


class RawDelivery(NamedTuple):
    """What a sender hands in, and its idempotency key; "": none.

    `customer` may also be the place of a hosted switch, whose map says whose each record is.
    """

    customer: str
    source: str
    body: bytes
    key: str = ""


class ParsedDelivery(NamedTuple):
    """What was handed in, as it was read; `key` is unique among all customers, `digest` is of what was sent."""

    source: str
    parts: list[CustomerPart]
    key: str
    digest: str


class DeliveryGroup(NamedTuple):
    """Deliveries made safe together: each as it was read, answered before, or wrong; and what became of them."""

    found: list[ParsedDelivery | DeliveryAnswer | PbxTallyError]
    outcomes: Future[list[KeptCounts] | None]

    @property
    def has_keys(self) -> bool:
        """Whether what is answered has to be remembered."""
        return any(isinstance(one, ParsedDelivery) and one.key for one in self.found)


class Arrivals:
    """Takes deliveries; once it is closed, what it acknowledged is counted or waits in the journal."""

    def __init__(
        self,
        store: KeepsCalls,
        journal: KeepsJournal,
        reader: DeliveryReader,
        on_fault: Callable[[Exception], None],
        journal_days: int = 30,
    ) -> None:
        self._store = store
        self._journal = journal
        self._reader = reader
        context = WriterContext(reader.people, reader.now_ms, on_fault, journal_days * DAY_MS)
        self._writer = Writer(store, journal, context)

    def close(self) -> None:
        """Stop the writer once it has finished what it is doing."""
        self._writer.close()

    def take(self, customer: str, source: str, body: bytes, key: str = "") -> DeliveryAnswer:
        """Take a body in and answer with its receipt; under a key, the same body gets the same answer again.

        Raises NotFoundError (no such source), SourceError (not this source, wrong zone), InvalidFieldError (another
        body came under the key) or BusyError (no room, or it is unknown whether it is safe: send it again).
        """
        taken = self.take_together([RawDelivery(customer, source, body, key)])
        try:
            outcomes = taken.outcomes.result(PATIENCE_SECONDS)
        except TimeoutError:
            outcomes = None
        [found] = self.answers(taken, outcomes)
        if isinstance(found, PbxTallyError):
            raise found
        return found

    def take_together(self, handed: Sequence[RawDelivery | PbxTallyError]) -> DeliveryGroup:
        """Take in bodies of several senders, made safe in one go; an error in one does not affect the others.

        A body that was safe but not counted when it last came is taken once more: its legs are known, or kept now.
        Raises BusyError (it is unknown whether they are safe: send them again).
        """
        has_room = self._journal.has_room()
        found = [self._taken(one, has_room) for one in handed]
        return DeliveryGroup(found, self._begin([one for each in found for one in self._deliveries(each)]))

    def answers(
        self, taken: DeliveryGroup, outcomes: Sequence[KeptCounts] | None
    ) -> list[DeliveryAnswer | PbxTallyError]:
        """What to answer each of them; `outcomes` None: not counted yet. Answers under keys are then remembered."""
        rest = iter(outcomes or ())
        found = [
            delivery_answer(one.parts, None if outcomes is None else islice(rest, len(one.parts)))
            if isinstance(one, ParsedDelivery)
            else one
            for one in taken.found
        ]
        if outcomes is None or not taken.has_keys:
            return found
        answers = {
            place: KeyedAnswer(one.key, one.digest, new.receipt)
            for place, (one, new) in enumerate(zip(taken.found, found, strict=True))
            if isinstance(one, ParsedDelivery) and one.key and isinstance(new, DeliveryAnswer)
        }
        for place, receipt in zip(answers, self._journal.answer(list(answers.values())), strict=True):
            found[place] = DeliveryAnswer(receipt, counted=True)
        return found

    def take_batch(
        self, customer: str, source: str, batch: Batch, check: Callable[[Sequence[CustomerPart], ZoneInfo], None]
    ) -> list[CustomerPart]:
        """Take what a collector found, and return it as it was read, once it is safe.

        `check` first looks at it and at its zone, and raises SourceError to have none of it taken. Raises BusyError as
        `take` does, and InvalidFieldError for a customer who is deleted.
        """
        if not self._journal.has_room():
            raise BusyError("The disk is nearly full - nothing new is taken until there is room")
        parts, zone = self._reader.read_batch(customer, source, batch, self._store)
        check(parts, zone)
        at_ms = self._reader.now_ms()
        outcomes = self._begin([_delivery(one, source, at_ms, batch.place) for one in parts])
        if self.waiting() > MANY_WAITING:
            with suppress(TimeoutError):
                outcomes.result(PATIENCE_SECONDS)
        return parts

    def complete_until_ms(self) -> int:
        """Everything that was acknowledged before this moment is in the store."""
        waiting = self._journal.waiting_since_ms(self._writer.applied)
        return self._reader.now_ms() if waiting is None else waiting

    def has_room(self) -> bool:
        """Whether the disk has room for more."""
        return self._journal.has_room()

    def waiting(self) -> int:
        """How many deliveries are in the journal and not in the store yet."""
        return max(self._journal.last() - self._writer.applied, 0)

    def _taken(
        self, handed: RawDelivery | PbxTallyError, has_room: bool
    ) -> ParsedDelivery | DeliveryAnswer | PbxTallyError:
        """What was handed in, read; or the answer its key got before; or what is wrong with it."""
        if isinstance(handed, PbxTallyError):
            return handed
        customer, source, body, own_key = handed
        try:
            self._reader.check(source)
            key, digest = "", ""
            if own_key:
                key, digest = f"{customer}/{own_key}", hashlib.sha256(source.encode() + b"\n" + body).hexdigest()
                before = self._answered(key, digest)
                if before is not None:
                    return before
            if not has_room:
                raise BusyError("The disk is nearly full - nothing new is taken until there is room")
            return ParsedDelivery(source, self._reader.read(customer, source, body, self._store), key, digest)
        except PbxTallyError as why:
            return why

    def _answered(self, key: str, digest: str) -> DeliveryAnswer | None:
        """The answer that a key got before; raises InvalidFieldError if that was for another body."""
        before = self._journal.answered(key, self._reader.now_ms())
        if before is not None and before.digest != digest:
            raise InvalidFieldError(
                "Idempotency-Key", "Another body came under this key - use a key of its own for each"
            )
        return DeliveryAnswer(before.answer, counted=True) if before is not None and before.answer is not None else None

    def _deliveries(self, taken: ParsedDelivery | DeliveryAnswer | PbxTallyError) -> list[Delivery]:
        """The deliveries to write into the journal, its key with the last."""
        if not isinstance(taken, ParsedDelivery):
            return []
        at_ms = self._reader.now_ms()
        found = [_delivery(one, taken.source, at_ms, DELIVERY) for one in taken.parts]
        return [*found[:-1], found[-1]._replace(key=taken.key, digest=taken.digest)]

    def _begin(self, deliveries: Sequence[Delivery]) -> Future[list[KeptCounts] | None]:
        """Make deliveries safe; the future returned tells what became of them."""
        positions = self._journal.write(deliveries)
        self._writer.wake()
        return self._writer.outcomes.future_of(positions)


def _delivery(one: CustomerPart, source: str, at_ms: int, place: str) -> Delivery:
    return Delivery(one.customer, source, at_ms, one.legs, one.rejected, place=place, whole=one.whole)

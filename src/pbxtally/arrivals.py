"""Take in what arrives over HTTP: read it, write it into the journal, count it, say what became of every record.

A delivery is acknowledged when the journal has it on the disk. One writer thread then brings the journal's deliveries
into the store, in their order and several at once; doing so again changes nothing, so that after a crash it simply goes
on from the position the store itself remembers. Always: received = kept + known + replaced + rejected.
"""

from __future__ import annotations

import hashlib
import io
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

import msgspec

from pbxtally.calls import Leg
from pbxtally.errors import BusyError, InvalidFieldError, NotFoundError, PbxTallyError
from pbxtally.fates import Fates
from pbxtally.findings import Findings
from pbxtally.hosting import KnowsTenants, Part, Switch, open_switch, part_of, pbx_of
from pbxtally.intake import check_apart, check_zone, numbering_of, read_checked
from pbxtally.intervals import DAY_MS
from pbxtally.records import MANY_BYTES, Arrived, Batch, Delivery, Kept, Reading, Rejected, Source
from pbxtally.streams import records_in

MANY_DELIVERIES = 1_000
"""Deliveries brought into the store in one go."""

MANY_WAITING = 100
"""Deliveries of collectors that wait to be counted; with more, collectors wait for the writer."""

PATIENCE_SECONDS = 5.0
"""How long a sender waits to hear what its records counted as; after that it hears that they are safe."""

MANY_LEGS = 50_000
TIDY_SECONDS = 600.0
"""The store is tidied after so many legs, or so long after the last time if there are fewer."""

GATHERING_SECONDS = 0.02
FEW_LEGS = 500
"""A round costs hardly more for so many legs than for one."""

PAUSE_SECONDS = 1.0
"""Between two tries when the store does not take what the journal has."""

SHOWN_REJECTIONS = 100


class KeepsArrivals(Protocol):
    """A store that keeps legs of many deliveries, and knows how far in the journal it is."""

    def keep_all(self, arrived: Sequence[Arrived], position: int) -> list[list[Kept]]:
        """Keep deliveries and remember the journal's position, in one transaction; what became of each."""
        ...

    def sources_of(self, customer: str) -> list[str]:
        """The sources a customer has legs of."""
        ...

    def applied(self) -> int:
        """The last position that is in the store."""
        ...

    def mark_applied(self, position: int) -> None:
        """Of the journal, this is in the store."""
        ...

    def tidy(self) -> None:
        """Make what was kept quick to read, and write the log into the file."""
        ...


class WrittenDelivery(Protocol):
    """A delivery with its position in the journal."""

    @property
    def position(self) -> int:
        """Where it stands; positions only grow."""
        ...

    @property
    def delivery(self) -> Delivery:
        """What was delivered."""
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


class KeepsJournal(Protocol):
    """Where deliveries are safe."""

    def write(self, deliveries: Sequence[Delivery]) -> list[int]:
        """Write deliveries, and give their positions once all are on the disk."""
        ...

    def after(self, position: int, many: int) -> Sequence[WrittenDelivery]:
        """The next deliveries behind a position."""
        ...

    def last(self) -> int:
        """The newest position."""
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

    def prune(self, until: int, before_ms: int) -> int:
        """Take out old deliveries that are in the calls' file, and in a backup."""
        ...


class Answer(NamedTuple):
    """A receipt as JSON; not `counted`: the records are safe and not in the statistics yet."""

    receipt: bytes
    counted: bool


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
            one if isinstance(one, PbxTallyError) else _answer(one, None if fates is None else islice(rest, len(one)))
            for one in self.found
        ]


@dataclass(frozen=True, slots=True)
class Senders:
    """What reading needs: the formats, the people, the server's zone for customers without one, the clock."""

    sources: Mapping[str, Source]
    people: KnowsTenants
    timezone: ZoneInfo
    now_ms: Callable[[], int]


@dataclass(slots=True)
class _Upkeep:
    """What the writer does when nothing waits: tidy the store, then take out of the journal what need not stay."""

    store: KeepsArrivals
    journal: KeepsJournal
    keeps_ms: int
    untidy: int = 0
    tidied: float = field(default_factory=time.monotonic)

    def turn(self, applied: int, now_ms: int) -> None:
        """Tidy after many legs, or some time after few."""
        if self.untidy < MANY_LEGS and (not self.untidy or time.monotonic() < self.tidied + TIDY_SECONDS):
            return
        self.store.tidy()
        self.untidy = 0
        self.tidied = time.monotonic()
        while self.journal.prune(applied, now_ms - self.keeps_ms):
            pass


class Arrivals:
    """Takes deliveries; close it, and what it acknowledged is counted or waits in the journal."""

    def __init__(
        self,
        store: KeepsArrivals,
        journal: KeepsJournal,
        senders: Senders,
        on_fault: Callable[[Exception], None],
        journal_days: int = 30,
    ) -> None:
        self._upkeep = _Upkeep(store, journal, journal_days * DAY_MS)
        self._store = store
        self._journal = journal
        self._senders = senders
        self._on_fault = on_fault
        self._applied = store.applied()
        if self._applied > journal.last():  # it was lost and begins anew, or an older copy of it was put back
            self._applied = journal.last()
            store.mark_applied(self._applied)
        self._fates = Fates()
        self._news = threading.Condition()
        self._open = True
        self._thread = threading.Thread(target=self._write, name="journal to store", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop the writer after what it is doing."""
        with self._news:
            self._open = False
            self._news.notify_all()
        self._thread.join()
        self._fates.close()

    # ── for senders ──

    def take(self, customer: str, source: str, body: bytes, key: str = "") -> Answer:
        """Take a body in and answer with its receipt; under a key, the same body is answered the same again.

        In place of a customer may stand the place of a hosted switch: its map says whose each record is.
        What was safe but not counted when it was last asked for is taken once more: its legs are known, or kept now.
        Raises NotFoundError (no such source), SourceError (not this source, wrong zone), InvalidFieldError (another
        body under the key) or BusyError (no room, or nobody knows: send it again).
        """
        self._check(source)
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
        parts = self._read(customer, source, body)
        at_ms = self._senders.now_ms()
        deliveries = [Delivery(one.customer, source, at_ms, one.legs, one.rejected) for one in parts]
        deliveries[-1] = deliveries[-1]._replace(key=whole_key, digest=digest)
        answer = _answer(parts, self._count(deliveries))
        if key and answer.counted:
            self._journal.answer(whole_key, answer.receipt)
        return answer

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
        parts, zone = self._read_batch(customer, source, batch)
        check(parts, zone)
        at_ms = self._senders.now_ms()
        fates = self._begin([Delivery(one.customer, source, at_ms, *one[1:3], place=batch.place) for one in parts])
        if self.waiting() > MANY_WAITING:
            with suppress(TimeoutError):
                fates.result(PATIENCE_SECONDS)
        return parts

    def complete_until_ms(self) -> int:
        """Everything that was acknowledged before this moment is in the store."""
        waiting = self._journal.waiting_since_ms(self._applied)
        return self._senders.now_ms() if waiting is None else waiting

    def has_room(self) -> bool:
        """Whether the disk has room for more."""
        return self._journal.has_room()

    def waiting(self) -> int:
        """How many deliveries are in the journal and not in the store yet."""
        return max(self._journal.last() - self._applied, 0)

    def _check(self, source: str) -> None:
        if source not in self._senders.sources:
            raise NotFoundError(f"There is no source {source} - use {', '.join(self._senders.sources)}")

    def _read_or_wrong(self, handed: Handed | PbxTallyError) -> list[Part] | PbxTallyError:
        if isinstance(handed, PbxTallyError):
            return handed
        try:
            self._check(handed.source)
            return self._read(*handed)
        except PbxTallyError as why:
            return why

    def _read(self, customer: str, source: str, body: bytes) -> list[Part]:
        """A body, taken apart: one customer's part, or the parts of all on a hosted switch."""
        switch = self._switch(customer)
        if switch is not None:
            return switch.delivered(body)
        stream = io.BufferedReader(io.BytesIO(body))
        part, zone = self._read_own(customer, source, records_in(stream, self._senders.sources[source]))
        check_zone("The delivery", part.legs, 0, zone)
        return [part]

    def _read_batch(self, customer: str, source: str, batch: Batch) -> tuple[list[Part], ZoneInfo]:
        """The parts of a batch, rejected records under the lines they stood on, and the zone they were read in."""
        switch = self._switch(customer)
        if switch is not None:
            heading, rest = batch.records[: batch.heading], batch.records[batch.heading :]
            return switch.parts(rest, batch.before, heading), switch.zone
        part, zone = self._read_own(customer, source, batch.records)
        before = batch.before - batch.heading
        return [part._replace(rejected=[one._replace(line=one.line + before) for one in part.rejected])], zone

    def _switch(self, place: str) -> Switch | None:
        """The hosted switch whose place it is; None: it is a customer."""
        senders, pbx = self._senders, pbx_of(place)
        if pbx is None:
            return None
        return open_switch(senders.people, senders.sources, pbx, senders.timezone, senders.now_ms())

    def _read_own(self, customer: str, source: str, records: Iterable[bytes]) -> tuple[Part, ZoneInfo]:
        """One customer's records, and the zone they were read in."""
        senders = self._senders
        check_apart(senders.sources, source, lambda: self._store.sources_of(customer))
        known = senders.people.customer(customer)
        said = senders.people.source_setting(customer, source)
        zone_name = (said and said.timezone) or (known and known.timezone)
        zone = ZoneInfo(zone_name) if zone_name else senders.timezone
        reading = Reading(zone, customer, senders.people.number_of_extension(customer), (said and said.layout) or "")
        found = list(read_checked(senders.sources[source].read, records, reading, senders.now_ms() + DAY_MS))
        legs = [one for one in found if isinstance(one, Leg)]
        rejected = [one for one in found if isinstance(one, Rejected)]
        return part_of(senders.people, customer, source, legs, rejected, senders.now_ms()), zone

    def _count(self, deliveries: Sequence[Delivery]) -> list[Kept] | None:
        """Make deliveries safe, and wait for what became of their legs; None: that takes longer."""
        try:
            return self._begin(deliveries).result(PATIENCE_SECONDS)
        except TimeoutError:
            return None

    def _begin(self, deliveries: Sequence[Delivery]) -> Future[list[Kept] | None]:
        """Make deliveries safe; what is given back is told what became of them."""
        positions = self._journal.write(deliveries)
        with self._news:
            self._news.notify_all()
        return self._fates.of(positions)

    # ── the writer ──

    def _write(self) -> None:
        while self._open:
            try:
                found = self._journal.after(self._applied, MANY_DELIVERIES)
                if found:
                    self._apply(found)
                    self._gather(found)
                else:
                    self._upkeep.turn(self._applied, self._senders.now_ms())
                    self._rest(lambda: self._journal.last() > self._applied)
            except Exception as why:  # whatever it is, the journal keeps what is not in the store yet
                self._on_fault(why)
                self._rest(lambda: False)

    def _gather(self, found: Sequence[WrittenDelivery]) -> None:
        """Where many senders bring a little each, let some come together for the next round."""
        if len(found) > 1 and sum(len(one.delivery.legs) for one in found) <= FEW_LEGS:
            time.sleep(GATHERING_SECONDS)

    def _rest(self, is_over: Callable[[], bool]) -> None:
        with self._news:
            self._news.wait_for(lambda: is_over() or not self._open, PAUSE_SECONDS)

    def _apply(self, found: Sequence[WrittenDelivery]) -> None:
        """Bring deliveries into the store, those of one customer and source together, each in its order."""
        together: dict[tuple[str, str], list[WrittenDelivery]] = {}
        for one in found:
            together.setdefault((one.delivery.customer, one.delivery.source), []).append(one)
        people = self._senders.people
        arrived = [
            Arrived(customer, source, [one.delivery for one in some], numbering_of(people, customer, source))
            for (customer, source), some in together.items()
        ]
        try:
            kept = self._store.keep_all(arrived, found[-1].position)
        except (ValueError, OverflowError) as why:  # nothing that waiting would mend, and the others need not wait
            if len(found) > 1:
                for one in found:
                    self._apply([one])
                return
            self._on_fault(why)
            kept = self._store.keep_all([_set_aside(arrived[0], why)], found[-1].position)
        fates = {
            one.position: fate
            for some, of_some in zip(together.values(), kept, strict=True)
            for one, fate in zip(some, of_some, strict=True)
        }
        self._applied = found[-1].position
        self._upkeep.untidy += sum(len(one.delivery.legs) for one in found)
        self._fates.tell(fates)


def _set_aside(one: Arrived, why: Exception) -> Arrived:
    """The same, its legs as rejected records."""
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


def _answer(parts: Sequence[Part], kept: Iterable[Kept] | None) -> Answer:
    """The receipt: received = kept + known + replaced + rejected, or accepted + rejected if it is not counted yet."""
    legs = sum(len(one.legs) for one in parts)
    rejected = sorted(bad for one in parts for bad in one.rejected)
    fate = {"accepted": legs} if kept is None else Kept(*map(sum, zip(*kept, strict=True)))._asdict()
    receipt: dict[str, object] = {
        "received": legs + len(rejected),
        **fate,
        "rejected": legs + len(rejected) - sum(fate.values()),
        "rejections": [{"record": one.line, "reason": one.reason} for one in rejected[:SHOWN_REJECTIONS]],
    }
    if unknown := sum((one.unknown for one in parts), Counter[str]()):
        receipt["unknownWords"] = [{"word": word, "records": many} for word, many in unknown.most_common()]
    findings = Findings()
    for one in parts:
        findings.add(one.findings)
    if found := findings.members():
        receipt["findings"] = found
    return Answer(msgspec.json.encode(receipt), counted=kept is not None)

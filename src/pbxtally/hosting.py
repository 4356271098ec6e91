"""Hosted switches: one PBX that many customers are on, told apart by a word of its records.

A record belongs to the one customer that its word is mapped to, and is read as if it were in that customer's own file:
nothing else from the switch takes part in its calls. If a call's records name two customers, it is for each of them
what their own records say. A record whose word is not in the map is kept as nobody's, with the reason, until it is.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import chain, islice
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from pbxtally.calls import Leg
from pbxtally.checked_reading import ReadAll, read_all
from pbxtally.errors import UnknownError
from pbxtally.file_checks import FEW, check_zone, wrong_source_error
from pbxtally.findings import Findings
from pbxtally.intake import (
    FIRST_SHOWN,
    DerivesAgain,
    KnowsNumbers,
    Receipt,
    batches,
    lines_before_damage,
    numbering_of,
)
from pbxtally.intervals import DAY_MS
from pbxtally.people import Customer, CustomerState, Pbx
from pbxtally.records import (
    DELIVERY,
    HEADING,
    MANY_BYTES,
    MAYBE_TRUNCATED,
    Batch,
    Delivery,
    KeptCounts,
    Reading,
    Rejected,
    Rejection,
    Source,
    SourceDeliveries,
    WordOf,
    has_end,
)
from pbxtally.streams import records_in
from pbxtally.truncated import TruncationWatch

_MARK = "pbx "


class KnowsTenants(KnowsNumbers, Protocol):
    """A directory that knows hosted switches and whose their words are."""

    def customer(self, customer_id: str) -> Customer | None:
        """The customer of that id."""
        ...

    def pbx(self, name: str) -> Pbx | None:
        """The switch of that name."""
        ...

    def tenants(self, pbx: str) -> Mapping[str, str]:
        """From every mapped word to the customer it names."""
        ...


class CustomerPart(NamedTuple):
    """What some records hold for one customer; under the switch's own place, what could be given to nobody.

    `unknown`: there, how many records have each word that is not in the map; "": no word. `findings`: what stands out.
    `whole`: what was rejected when it came cut off, and has now come whole.
    """

    customer: str
    legs: list[Leg]
    rejected: list[Rejected]
    unknown: Counter[str]
    findings: Findings
    whole: tuple[bytes, ...] = ()


def part_of(
    people: KnowsNumbers, customer: str, source: str, legs: list[Leg], rejected: list[Rejected], now_ms: int
) -> CustomerPart:
    """A customer's part, with what stands out in it; a single leg cannot show that its call is nobody's."""
    findings = Findings()
    findings.look(legs, rejected, numbering_of(people, customer, source) if len(legs) > 1 else None, now_ms)
    return CustomerPart(customer, legs, rejected, Counter(), findings)


def place_of(pbx: str) -> str:
    """Where records that name no customer are kept: used in place of a customer's id, and unlike any of these."""
    return _MARK + pbx


def pbx_of(place: str) -> str | None:
    """The switch that a place belongs to; None if it is a customer."""
    return place.removeprefix(_MARK) if place.startswith(_MARK) else None


@dataclass(frozen=True, slots=True)
class Switch:
    """A hosted switch with its map as it is now; `zone` is its clock's, `read_all` reads a list of records."""

    pbx: Pbx
    source: Source
    people: KnowsTenants
    zone: ZoneInfo
    now_ms: int
    tenants: Mapping[str, str]
    read_all: ReadAll = read_all

    def parts(
        self, records: Iterable[bytes], before: int = 0, heading: Sequence[bytes] = (), given: str | None = None
    ) -> list[CustomerPart]:
        """Sort records by customer, then read each customer's; `before`: how many came before them.

        `given`: the customer that a whole record without a word belongs to, if that is known otherwise.
        """
        word_of, whose = self.word_reader(heading), cache(self.customer_of)
        of_customers: dict[str, list[tuple[int, bytes]]] = {}
        left = self._unassigned()
        for line, raw in enumerate(records, before + 1):
            if not raw or raw.isspace():
                continue
            is_whole = has_end(raw)
            word = word_of(raw) if is_whole else ""  # in a cut-off line it may be the beginning of another one
            customer = given if is_whole and not word else whose(word)
            if customer is not None:
                of_customers.setdefault(customer, []).append((line, raw))
            elif why := self._why_not(heading, raw, word):
                left.rejected.append(Rejected(line, why, b"".join((*heading, raw))[:MANY_BYTES]))
                left.unknown.update([word] if why == self.unmapped(word) else [])
        parts = [self._read(customer, heading, some) for customer, some in of_customers.items()]
        left.findings.look([], left.rejected, None, self.now_ms)
        return [*parts, left] if left.rejected else parts

    def parts_of_delivery(self, body: bytes, truncated: Iterable[Rejection]) -> list[CustomerPart]:
        """The parts of a body, at least one."""
        heading, rest = self.split(self.records(body))
        parts = self.parts_of_batch(Batch(DELIVERY, [*heading, *rest], len(heading), len(heading)), truncated)
        return parts or [self._unassigned()]

    def parts_of_batch(self, batch: Batch, truncated: Iterable[Rejection]) -> list[CustomerPart]:
        """The parts of a batch, and one that says what had come cut off before and is whole now, if anything."""
        heading, rest = batch.records[: batch.heading], batch.records[batch.heading :]
        watch = TruncationWatch(truncated, batch.place, batch.before, heading)
        parts = self.parts(watch.watch_over(rest), batch.before, heading)
        whole = watch.completed(lambda some: self.read_alone([*heading, *some[:-1]], some[-1]))
        return [*parts, self._unassigned()._replace(whole=whole)] if whole else parts

    def word_reader(self, heading: Sequence[bytes]) -> WordOf:
        """The function that finds the word in a record of a stream with this heading."""
        assert self.source.tenancy is not None
        return self.source.tenancy.reader(self.pbx.word, heading, self.pbx.setting.layout or "")

    def split(self, records: Iterable[bytes]) -> tuple[list[bytes], Iterator[bytes]]:
        """The heading, which tells what the other records mean, and the others."""
        rest = iter(records)
        first = list(islice(rest, HEADING))
        many = self.source.heading_length_in(first, self.pbx.setting.layout or "")
        return first[:many], chain(first[many:], rest)

    def records(self, body: bytes) -> Iterator[bytes]:
        """The records of some bytes, one after the other."""
        return records_in(io.BufferedReader(io.BytesIO(body)), self.source)

    def without_heading(self, kept: bytes) -> bytes:
        """What was rejected as nobody's, without the heading that it is kept behind."""
        return b"".join(self.split(self.records(kept))[1]) or kept

    def unmapped(self, word: str) -> str:
        """Why a record with this word is nobody's."""
        if not word:
            return f"the record names no customer: it has no {self.pbx.word}"
        if word in self.tenants and self.customer_of(word) is None:
            return f"the {self.pbx.word} {word!r} is mapped to a customer that was deleted"
        return f"the {self.pbx.word} {word!r} is not in the map of {self.pbx.name}"

    def customer_of(self, word: str) -> str | None:
        """The customer that a word is mapped to; None if it is not mapped, or to one that was deleted."""
        known = self.people.customer(self.tenants[word]) if word in self.tenants else None
        return known.id if known is not None and known.state is not CustomerState.DELETED else None

    def _unassigned(self) -> CustomerPart:
        return CustomerPart(place_of(self.pbx.name), [], [], Counter(), Findings())

    def _why_not(self, heading: Sequence[bytes], raw: bytes, word: str) -> str | None:
        """Why a record is given to nobody; None if it says nothing anyway."""
        found = self.read_alone(heading, raw)
        if not found:
            return None
        return found[0].reason if isinstance(found[0], Rejected) else self.unmapped(word)

    def read_alone(self, heading: Sequence[bytes], raw: bytes) -> list[Leg | Rejected]:
        """What a record says, whoever owns it."""
        reading = Reading(self.zone, place_of(self.pbx.name), lambda *_: None, self.pbx.setting.layout or "")
        return read_all(self.source.read, [*heading, raw], reading, self.now_ms + DAY_MS)

    def leg_of(self, heading: Sequence[bytes], raw: bytes) -> Leg | None:
        """The first leg of a record, whoever owns it; None if it cannot be read."""
        found = self.read_alone(heading, raw)
        return found[0] if found and isinstance(found[0], Leg) else None

    def _read(self, customer: str, heading: Sequence[bytes], some: Sequence[tuple[int, bytes]]) -> CustomerPart:
        """Read one customer's records; rejected ones keep their original line numbers."""
        number_of = self.people.number_of_extension(customer)
        reading = Reading(self.zone, customer, number_of, self.pbx.setting.layout or "")
        lines = [*heading, *(raw for _, raw in some)]
        legs: list[Leg] = []
        rejected: list[Rejected] = []
        for one in self.read_all(self.source.read, lines, reading, self.now_ms + DAY_MS):
            if isinstance(one, Leg):
                legs.append(one)
            else:
                rejected.append(one._replace(line=some[one.line - 1 - len(heading)][0]))
        return part_of(self.people, customer, self.pbx.source, legs, rejected, self.now_ms)


def open_switch(
    people: KnowsTenants,
    sources: Mapping[str, Source],
    name: str,
    zone: ZoneInfo,
    now_ms: int,
    read_all: ReadAll = read_all,
) -> Switch:
    """A switch, ready to take records apart; `zone` is the server's. Raises UnknownError."""
    pbx = people.pbx(name)
    if pbx is None or pbx.source not in sources:
        raise UnknownError("pbx")
    own = ZoneInfo(pbx.setting.timezone) if pbx.setting.timezone else zone
    return Switch(pbx, sources[pbx.source], people, own, now_ms, people.tenants(name), read_all)


# ── files ──


@dataclass(slots=True)
class HostedReceipt(Receipt):
    """What became of a hosted switch's file; `unknown` counts the records with each unknown word."""

    unknown: Counter[str] = field(default_factory=Counter)
    customers: Counter[str] = field(default_factory=Counter)


class KeepsTogether(DerivesAgain, Protocol):
    """A store that can keep what arrived for many customers at once."""

    def truncated_records(self, customer: str, source: str) -> Sequence[Rejection]:
        """The records of a source that were rejected because they came cut off, and that may yet come whole."""
        ...

    def keep_together(self, arrived: Sequence[SourceDeliveries]) -> list[list[KeptCounts]]:
        """Keep it in one transaction, and return what became of each delivery."""
        ...


@dataclass(slots=True)
class HostedIntake:
    """Takes in files of a hosted switch. `goes_on`: the records continue a stream found good, as in `Intake`."""

    store: KeepsTogether
    switch: Switch
    keeps: bool = True
    progress: Callable[[int], None] = lambda records: None
    goes_on: bool = False

    def take(self, file: str, records: Iterable[bytes]) -> HostedReceipt:
        """Read all records of a file; raises SourceError, with nothing kept, if it is the wrong source or zone."""
        receipt = HostedReceipt()
        heading, rest = self.switch.split(lines_before_damage(records, receipt))
        before = len(heading)
        truncated = self.store.truncated_records(place_of(self.switch.pbx.name), self.switch.pbx.source)
        for batch in batches(rest):
            arrived = Batch(file, [*heading, *batch], len(heading), before)
            self.take_parts(file, self.switch.parts_of_batch(arrived, truncated), receipt)
            before += len(batch)
            self.progress(len(batch))
        return receipt

    def take_parts(self, file: str, parts: Sequence[CustomerPart], receipt: HostedReceipt) -> None:
        """Take in what was already sorted by customer; raises SourceError, with nothing of it kept."""
        self._check(file, parts, receipt)
        if self.keeps:
            self._keep(file, parts, receipt)
        for part in parts:
            self._count(part, receipt)

    def _check(self, file: str, parts: Sequence[CustomerPart], receipt: Receipt) -> None:
        """Refuse a file from another source, or in a zone that is not the switch's."""
        legs = [leg for part in parts for leg in part.legs]
        rejected = [one for part in parts for one in part.rejected if not part.unknown]
        unreadable = [one for one in rejected if one.reason != MAYBE_TRUNCATED]
        begins = not receipt.read and not self.goes_on
        if begins and unreadable and not legs and not any(part.unknown for part in parts):
            first = min(unreadable)
            raise wrong_source_error(file, self.switch.pbx.source, f"line {first.line}", first)
        if not self.goes_on or len(legs) >= FEW:
            check_zone(file, legs, receipt.read, self.switch.zone, self.switch.pbx.name)

    def _keep(self, file: str, parts: Sequence[CustomerPart], receipt: Receipt) -> None:
        """Keep what belongs to each customer, and to nobody, in one go."""
        source, people, now_ms = self.switch.pbx.source, self.switch.people, self.switch.now_ms
        with self.store.exclusive():
            arrived = [
                SourceDeliveries(
                    one.customer,
                    source,
                    [Delivery(one.customer, source, now_ms, one.legs, one.rejected, place=file, whole=one.whole)],
                    numbering_of(people, one.customer, source),
                )
                for one in parts
            ]
            found = self.store.keep_together(arrived)
        for [kept] in found:
            receipt.add(kept)

    def _count(self, part: CustomerPart, receipt: HostedReceipt) -> None:
        """Account for every record."""
        receipt.findings.add(part.findings)
        if not self.keeps:
            receipt.kept += len(part.legs)
        receipt.first += part.legs[: FIRST_SHOWN - len(receipt.first)]
        receipt.read += len(part.legs) + len(part.rejected)
        receipt.rejected += len(part.rejected)
        receipt.rejections += part.rejected
        receipt.unknown += part.unknown
        if part.legs:
            receipt.customers[part.customer] += len(part.legs)

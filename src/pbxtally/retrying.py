"""Read rejected records again, each by itself from the bytes that were kept.

Legs are kept and their records leave the list in one transaction: if it is interrupted, it can be done again, and if
two do it at once, a record is counted by only one of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import groupby
from typing import Protocol
from zoneinfo import ZoneInfo

from pbxtally.calls import Leg, Numbering
from pbxtally.checked_reading import read_checked
from pbxtally.errors import SourceError, UnknownError
from pbxtally.file_checks import check_zone
from pbxtally.hosting import CustomerPart, KnowsTenants, Switch, open_switch, pbx_of, place_of
from pbxtally.intake import DerivesAgain, numbering_of, reading_of
from pbxtally.intervals import DAY_MS, HOUR_MS
from pbxtally.records import MANY_BYTES, KeptCounts, ReadAgain, Reading, Rejected, Rejection, Source
from pbxtally.tenantless import KnowsCalls, TenantlessRecords, find_tenantless

SETTLED_MS = 6 * HOUR_MS
"""How long after a record without a word came the rest of its call is taken to have come as well."""

GIVEN_UP_MS = 7 * DAY_MS
"""How long after it came such a record is no longer retried automatically."""


class KeepsReadAgain(DerivesAgain, KnowsCalls, Protocol):
    """A store that can take records off its list of the rejected."""

    def keep_read_again(
        self, place: str, source: str, found: Sequence[ReadAgain], numberings: Mapping[str, Numbering]
    ) -> KeptCounts:
        """Keep what records of a place hold for each customer, and take them off its list, in one transaction."""
        ...

    def tidy(self) -> None:
        """Make what was kept quick to read, and durable."""
        ...


@dataclass(slots=True)
class Retried:
    """What became of rejected records; `still_rejected`: those that stay rejected, each with its reason now."""

    kept: int = 0
    known: int = 0
    replaced: int = 0
    still_rejected: list[tuple[Rejection, str]] = field(default_factory=list)

    @property
    def tried(self) -> int:
        """The number of legs, plus that of the records that stay rejected."""
        return self.kept + self.known + self.replaced + len(self.still_rejected)

    def add(self, kept: KeptCounts) -> None:
        """Add what a store says became of some legs."""
        self.kept += kept.kept
        self.known += kept.known
        self.replaced += kept.replaced


@dataclass(frozen=True, slots=True)
class Retrying:
    """Reads rejected records again with what it is given; `zone` is the server's."""

    store: KeepsReadAgain
    people: KnowsTenants
    sources: Mapping[str, Source]
    zone: ZoneInfo
    now_ms: int

    def retry(self, rejections: Sequence[Rejection], retried: Retried) -> None:
        """Read records again, source by source; at the end raises SourceError if a source had the wrong zone."""
        left: list[SourceError] = []
        by_source = sorted(rejections, key=lambda one: (one.customer, one.source))
        for (customer, source), some in groupby(by_source, lambda one: (one.customer, one.source)):
            try:
                if pbx_of(customer) is None:
                    self._retry(customer, source, list(some), retried)
                elif (switch := self._switch(customer)) is not None:
                    self._retry_hosted(switch, list(some), retried)
                else:
                    retried.still_rejected += [(one, f"there is no PBX {pbx_of(customer)}") for one in some]
            except SourceError as why:  # the other sources need not suffer for it
                left.append(why)
        self.store.tidy()
        if left:
            raise left[0]

    def settle(self, retried: Retried) -> None:
        """Read again what came from hosted switches hours ago without the word that names the customer."""
        switch_of = cache(self._switch)
        due = [
            one
            for one in self.store.rejections(since_ms=self.now_ms - GIVEN_UP_MS + 1)
            if self.now_ms - one.at_ms >= SETTLED_MS
            and pbx_of(one.customer)
            and (switch := switch_of(one.customer)) is not None
            and one.reason == switch.unmapped("")
        ]
        if due:
            self.retry(due, retried)

    def _switch(self, place: str) -> Switch | None:
        """The hosted switch of a place; None if it was removed, and the journal then still had records of it."""
        try:
            return open_switch(self.people, self.sources, pbx_of(place) or "", self.zone, self.now_ms)
        except UnknownError:
            return None

    def _retry(self, customer: str, source: str, rejections: list[Rejection], retried: Retried) -> None:
        reading = self._reading(customer, source)
        found: list[ReadAgain] = []
        still_rejected: list[tuple[Rejection, str]] = []
        for one in rejections:
            legs = self._read_alone(source, one.raw, reading)
            if isinstance(legs, str):
                still_rejected.append((one, legs))
            else:
                found.append(ReadAgain(one.raw, {customer: legs}, one.at_ms))
        check_zone(f"What was rejected of {source}", _all_legs(found), 0, reading.zone)
        self._keep(customer, source, found, retried)
        retried.still_rejected += still_rejected

    def _retry_hosted(self, switch: Switch, rejections: list[Rejection], retried: Retried) -> None:
        """Give records of a hosted switch, each after its heading, to whom their word names now, or else their call."""
        source, tenantless = switch.pbx.source, find_tenantless(self.store, switch)
        found: list[ReadAgain] = []
        still_rejected: list[tuple[Rejection, str]] = []
        for one in rejections:
            parts, why = _parted(switch, tenantless, one.raw)
            if why:
                still_rejected.append((one, why))
                continue
            legs: dict[str, list[Leg]] = {}
            for part in parts:
                legs.setdefault(part.customer, []).extend(part.legs)
            found.append(ReadAgain(one.raw, legs, one.at_ms))
        check_zone(f"What was rejected of {switch.pbx.name}", _all_legs(found), 0, switch.zone, switch.pbx.name)
        self._keep(place_of(switch.pbx.name), source, found, retried)
        retried.still_rejected += still_rejected

    def _keep(self, place: str, source: str, found: list[ReadAgain], retried: Retried) -> None:
        if not found:
            return
        customers = sorted({customer for one in found for customer in one.legs})
        with self.store.exclusive():
            used = {customer: numbering_of(self.people, customer, source) for customer in customers}
            kept = self.store.keep_read_again(place, source, found, used)
        retried.add(kept)

    def _reading(self, customer: str, source: str) -> Reading:
        """How a customer's source is read by the settings remembered now."""
        said, known = self.people.source_setting(customer, source), self.people.customer(customer)
        return reading_of(self.people, customer, known, said, self.zone)

    def _read_alone(self, source: str, raw: bytes, reading: Reading) -> list[Leg] | str:
        """The legs of one record, or why it stays rejected."""
        if source not in self.sources:
            return f"there is no source {source}"
        if why := _too_long(raw):
            return why
        found = list(read_checked(self.sources[source].read, [raw], reading, self.now_ms + DAY_MS))
        bad = next((one.reason for one in found if isinstance(one, Rejected)), None)
        if bad is not None:
            return bad
        return [one for one in found if isinstance(one, Leg)] or SAYS_NOTHING


def _all_legs(found: Sequence[ReadAgain]) -> list[Leg]:
    return [leg for one in found for legs in one.legs.values() for leg in legs]


def _parted(switch: Switch, tenantless: TenantlessRecords, raw: bytes) -> tuple[list[CustomerPart], str]:
    """The parts of one record, or why it stays rejected."""
    if why := _too_long(raw):
        return [], why
    heading, rest = switch.split(switch.records(raw))
    record = next(rest, b"")
    parts = switch.parts([record], len(heading), heading, tenantless.customer_of(heading, record))
    why = next((bad.reason for part in parts for bad in part.rejected), "" if parts else SAYS_NOTHING)
    return parts, tenantless.why_not(heading, record) if why == switch.unmapped("") else why


SAYS_NOTHING = "by itself the record says nothing - load its file again"


def _too_long(raw: bytes) -> str:
    """Why a record was not kept whole, or ""."""
    return "the record was too long, only its beginning was kept" if len(raw) >= MANY_BYTES else ""

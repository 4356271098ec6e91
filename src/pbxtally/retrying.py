"""Rejected records read again, each by itself from the bytes that were kept.

Legs are kept first, and then their records leave the list: whoever is cut off in between does it again, and the same
leg counts once.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import groupby
from typing import Protocol
from zoneinfo import ZoneInfo

from pbxtally.calls import Leg
from pbxtally.checked import read_checked
from pbxtally.errors import SourceError, UnknownError
from pbxtally.hosting import KnowsTenants, Part, Switch, open_switch, pbx_of, place_of
from pbxtally.intake import KeepsFacts, follow_people, numbering_of
from pbxtally.intervals import DAY_MS, HOUR_MS
from pbxtally.records import MANY_BYTES, IsRejection, Kept, Reading, Rejected, Source
from pbxtally.refusals import check_zone
from pbxtally.wordless import KnowsCalls, Wordless, wordless_of

SETTLED_MS = 6 * HOUR_MS
"""So long after a record without its word came, the rest of its call is there as well."""

GIVEN_UP_MS = 7 * DAY_MS
"""So long after it came it is no longer tried unasked."""


class ForgetsRejections(KeepsFacts, KnowsCalls, Protocol):
    """A store whose list of the rejected can be shortened."""

    def forget_rejected(self, customer: str, source: str, raws: Collection[bytes]) -> None:
        """Take records off the list."""
        ...


@dataclass(slots=True)
class Retried:
    """What became of rejected records; `still`: those that stay, each with the reason that holds now."""

    kept: int = 0
    known: int = 0
    replaced: int = 0
    still: list[tuple[IsRejection, str]] = field(default_factory=list)

    @property
    def tried(self) -> int:
        """Every leg and every record that stays."""
        return self.kept + self.known + self.replaced + len(self.still)

    def add(self, kept: Kept) -> None:
        """Count what a store says became of some legs."""
        self.kept += kept.kept
        self.known += kept.known
        self.replaced += kept.replaced


@dataclass(frozen=True, slots=True)
class Retrying:
    """The desk: everything it needs is handed in; `zone` is the server's."""

    store: ForgetsRejections
    people: KnowsTenants
    sources: Mapping[str, Source]
    zone: ZoneInfo
    now_ms: int

    def retry(self, rejections: Sequence[IsRejection], retried: Retried) -> None:
        """Read records again, source by source; raises SourceError, at the end, if one was left for its wrong zone."""
        left: list[SourceError] = []
        by_source = sorted(rejections, key=lambda one: (one.customer, one.source))
        for (customer, source), some in groupby(by_source, lambda one: (one.customer, one.source)):
            try:
                if pbx_of(customer) is None:
                    self._retry(customer, source, list(some), retried)
                elif (switch := self._switch(customer)) is not None:
                    self._retry_hosted(switch, list(some), retried)
                else:
                    retried.still += [(one, f"there is no PBX {pbx_of(customer)}") for one in some]
            except SourceError as why:  # the others need not wait for it
                left.append(why)
        self.store.tidy()
        if left:
            raise left[0]

    def settle(self, retried: Retried) -> None:
        """Read again what hosted switches brought hours ago without the word that names the customer."""
        switch_of = cache(self._switch)
        due = [
            one
            for one in self.store.rejections()
            if SETTLED_MS <= self.now_ms - one.at_ms < GIVEN_UP_MS
            and pbx_of(one.customer)
            and (switch := switch_of(one.customer)) is not None
            and one.reason == switch.unmapped("")
        ]
        if due:
            self.retry(due, retried)

    def _switch(self, place: str) -> Switch | None:
        """The hosted switch of a place; None: it was removed, and what the journal still had of it came back."""
        try:
            return open_switch(self.people, self.sources, pbx_of(place) or "", self.zone, self.now_ms)
        except UnknownError:
            return None

    def _retry(self, customer: str, source: str, rejections: list[IsRejection], retried: Retried) -> None:
        reading = self._reading(customer, source)
        legs: list[Leg] = []
        used: list[bytes] = []
        still: list[tuple[IsRejection, str]] = []
        for one in rejections:
            found = self._read_alone(source, one.raw, reading)
            if isinstance(found, str):
                still.append((one, found))
            else:
                legs += found
                used.append(one.raw)
        check_zone(f"What was rejected of {source}", legs, 0, reading.zone)
        if legs:
            self._keep(customer, source, legs, retried)
            self.store.forget_rejected(customer, source, used)
        retried.still += still

    def _retry_hosted(self, switch: Switch, rejections: list[IsRejection], retried: Retried) -> None:
        """Records of a hosted switch, each behind its heading, to whom its word names now, or its call."""
        source, wordless = switch.pbx.source, wordless_of(self.store, switch)
        legs: dict[str, list[Leg]] = {}
        used: list[bytes] = []
        still: list[tuple[IsRejection, str]] = []
        for one in rejections:
            parts, why = _parted(switch, wordless, one.raw)
            if why:
                still.append((one, why))
                continue
            used.append(one.raw)
            for part in parts:
                legs.setdefault(part.customer, []).extend(part.legs)
        check_zone(
            f"What was rejected of {switch.pbx.name}", [leg for some in legs.values() for leg in some], 0, switch.zone
        )
        for customer, some in legs.items():
            self._keep(customer, source, some, retried)
        self.store.forget_rejected(place_of(switch.pbx.name), source, used)
        retried.still += still

    def _keep(self, customer: str, source: str, legs: Sequence[Leg], retried: Retried) -> None:
        numbering = numbering_of(self.people, customer, source)
        retried.add(self.store.keep(customer, source, legs, numbering))
        follow_people(self.store, self.people, [(customer, source, numbering)])

    def _reading(self, customer: str, source: str) -> Reading:
        """How a customer's source is read, as is remembered now."""
        said, known = self.people.source_setting(customer, source), self.people.customer(customer)
        name = (said and said.timezone) or (known and known.timezone)
        number_of = self.people.number_of_extension(customer)
        return Reading(ZoneInfo(name) if name else self.zone, customer, number_of, (said and said.layout) or "")

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


def _parted(switch: Switch, wordless: Wordless, raw: bytes) -> tuple[list[Part], str]:
    """The parts of one record, or why it stays rejected."""
    if why := _too_long(raw):
        return [], why
    heading, rest = switch.split(switch.records(raw))
    record = next(rest, b"")
    parts = switch.parts([record], len(heading), heading, wordless.customer_of(heading, record))
    why = next((bad.reason for part in parts for bad in part.rejected), "" if parts else SAYS_NOTHING)
    return parts, wordless.why_not(heading, record) if why == switch.unmapped("") else why


SAYS_NOTHING = "by itself the record says nothing - load its file again"


def _too_long(raw: bytes) -> str:
    """Why a record was not kept whole, or ""."""
    return "the record was too long, only its beginning was kept" if len(raw) >= MANY_BYTES else ""

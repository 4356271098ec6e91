"""Read what senders bring: whose it is, in which zone it was written, and its legs.

A body belongs to one customer, or to a hosted switch, and then holds the parts of all its customers.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from zoneinfo import ZoneInfo

from pbxtally.calls import Leg
from pbxtally.checked_reading import ReadAll, read_all
from pbxtally.errors import NotFoundError, SourceError
from pbxtally.file_checks import FEW, check_not_deleted, check_not_twice, check_zone
from pbxtally.hosting import CustomerPart, KnowsTenants, Switch, open_switch, part_of, pbx_of
from pbxtally.intake import reading_of
from pbxtally.intervals import DAY_MS
from pbxtally.records import DELIVERY, Batch, Rejected, Rejection, Source
from pbxtally.streams import records_in
from pbxtally.truncated import TruncationWatch


class KnowsSources(Protocol):
    """A store that knows what came before."""

    def sources_of(self, customer: str) -> Collection[str]:
        """The sources a customer has legs of."""
        ...

    def truncated_records(self, customer: str, source: str) -> Sequence[Rejection]:
        """The records of a source that were rejected because they came cut off, and that may yet come whole."""
        ...

    def late_legs(self, customer: str, source: str, legs: Sequence[Leg]) -> Collection[str]:
        """The keys of legs of calls that had begun before, by what is kept of them."""
        ...


@dataclass(frozen=True, slots=True)
class DeliveryReader:
    """What reading needs: the formats, the people, the server's zone for customers without one, the clock.

    `read_all` does the reading, possibly in another process.
    """

    sources: Mapping[str, Source]
    people: KnowsTenants
    timezone: ZoneInfo
    now_ms: Callable[[], int]
    read_all: ReadAll = read_all

    def check(self, source: str) -> None:
        """Raise NotFoundError if there is no such source."""
        if source not in self.sources:
            raise NotFoundError(f"There is no source {source} - use {', '.join(self.sources)}")

    def read(self, customer: str, source: str, body: bytes, kept: KnowsSources) -> list[CustomerPart]:
        """The parts of a body: one customer's, or those of all customers on a hosted switch; at least one.

        Raises SourceError: not this source, or the wrong zone.
        """
        switch = self._switch(customer)
        if switch is not None:
            parts = switch.parts_of_delivery(body, kept.truncated_records(customer, source))
            _check_zone(parts, source, switch.zone, switch.pbx.name, kept)
            return parts
        records = list(records_in(io.BufferedReader(io.BytesIO(body)), self.sources[source]))
        part, zone = self._read_own(customer, source, Batch(DELIVERY, records), kept)
        _check_zone([part], source, zone, None, kept)
        return [part]

    def read_batch(
        self, customer: str, source: str, batch: Batch, kept: KnowsSources
    ) -> tuple[list[CustomerPart], ZoneInfo]:
        """The parts of a batch, rejected records with their original lines, and the zone they were read in.

        Raises SourceError if another source of the same calls is there, InvalidFieldError if the customer is deleted.
        """
        switch = self._switch(customer)
        if switch is not None:
            return switch.parts_of_batch(batch, kept.truncated_records(customer, source)), switch.zone
        part, zone = self._read_own(customer, source, batch, kept)
        return [part], zone

    def _switch(self, place: str) -> Switch | None:
        """The hosted switch that a place belongs to; None if it is a customer."""
        pbx = pbx_of(place)
        if pbx is None:
            return None
        return open_switch(self.people, self.sources, pbx, self.timezone, self.now_ms(), self.read_all)

    def _read_own(self, customer: str, source: str, batch: Batch, kept: KnowsSources) -> tuple[CustomerPart, ZoneInfo]:
        """One customer's records, and the zone they were read in."""
        known = self.people.customer(customer)
        check_not_deleted(known)
        check_not_twice(self.sources, source, lambda: kept.sources_of(customer))
        said = self.people.source_setting(customer, source)
        reading = reading_of(self.people, customer, known, said, self.timezone)
        now_ms, before = self.now_ms(), batch.before - batch.heading

        def read(records: Iterable[bytes]) -> list[Leg | Rejected]:
            return self.read_all(self.sources[source].read, list(records), reading, now_ms + DAY_MS)

        watch = TruncationWatch(kept.truncated_records(customer, source), batch.place, before)
        found = read(watch.watch_over(batch.records))
        legs = [one for one in found if isinstance(one, Leg)]
        rejected = [one._replace(line=one.line + before) for one in found if isinstance(one, Rejected)]
        part = part_of(self.people, customer, source, legs, rejected, now_ms)
        return part._replace(whole=watch.completed(read)), reading.zone


def _check_zone(
    parts: Sequence[CustomerPart], source: str, zone: ZoneInfo, pbx: str | None, kept: KnowsSources
) -> None:
    """Raise SourceError if a delivery is in another zone.

    Of few legs all may have begun late in calls that are there already, as after a transfer: they show no zone.
    """
    legs = [leg for part in parts for leg in part.legs]
    try:
        check_zone("The delivery", legs, 0, zone, pbx)
    except SourceError:
        if len(legs) >= FEW:
            raise
        late = {key for part in parts if part.legs for key in kept.late_legs(part.customer, source, part.legs)}
        check_zone("The delivery", [leg for leg in legs if leg.key not in late], 0, zone, pbx)

"""The embedded store of a server: it reports what it keeps, and how long things take."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from pbxtally.calls import Leg, Numbering
from pbxtally.intervals import LAST_MS
from pbxtally.missed import Missed, MissedQuery
from pbxtally.records import KeptCounts, ReadAgain, Rejected, SourceDeliveries
from pbxtally.stores import arrow
from pbxtally.stores.duckdb_store import DuckStore
from pbxtally.tally import DrillDown, DrillDownQuery, Profile, ProfileQuery, Tally, TallyQuery


class StoreObserver(Protocol):
    """Whoever counts what a store does."""

    def legs_kept(self, source: str, kept: KeptCounts) -> None:
        """Count what became of some records."""
        ...

    def records_rejected(self, source: str, many: int) -> None:
        """Count records that were rejected."""
        ...

    def record_arrived(self, customer: str, source: str, at_ms: int) -> None:
        """Note when a record came."""
        ...

    def leg_started(self, customer: str, source: str, started_ms: int) -> None:
        """Note the start of a leg that was kept."""
        ...

    def legs_gone(self, customer: str, source: str, newest_ms: int | None) -> None:
        """Note the start of the newest leg that is left after some were removed or replaced; None: none is left."""
        ...

    def query_answered(self, seconds: float) -> None:
        """Note how long the store took to answer a question."""
        ...

    def round_written(self, seconds: float) -> None:
        """Note how long a round of the writer took."""
        ...


class WatchedStore(DuckStore):
    """A store that reports to a watcher."""

    def __init__(
        self, folder: Path, observer: StoreObserver, *, memory: str, threads: int, query_seconds: float
    ) -> None:
        super().__init__(folder, memory=memory, threads=threads, query_seconds=query_seconds)
        self._observer = observer
        for customer, source, newest_ms in self.newest():
            observer.leg_started(customer, source, newest_ms)

    def newest(self) -> list[tuple[str, str, int]]:
        """When the newest leg of every customer's source began."""
        with self._file.cursor() as cursor:
            found = arrow.columns(
                cursor,
                "SELECT c.customer, s.name, l.newest FROM (SELECT customer, source, max(started_ms) AS newest FROM legs"
                " GROUP BY customer, source) AS l JOIN customers AS c ON c.id = l.customer"
                " JOIN sources AS s ON s.id = l.source ORDER BY c.customer, s.name",
            )
        return list(zip(*found, strict=True))

    def rejected_records(self) -> dict[str, int]:
        """How many rejected records of each source are kept."""
        with self._file.question() as cursor:
            names, many = arrow.columns(
                cursor,
                "SELECT s.name, count(*) AS many FROM rejected AS r JOIN sources AS s ON s.id = r.source"
                " GROUP BY s.name ORDER BY s.name",
            )
        return dict(zip(names, many, strict=True))

    def tally(self, query: TallyQuery) -> Tally:
        """Count, and report how long that took."""
        began = time.perf_counter()
        found = super().tally(query)
        self._observer.query_answered(time.perf_counter() - began)
        return found

    def profile(self, query: ProfileQuery) -> Profile:
        """Count the calls of some numbers together, and report how long that took."""
        began = time.perf_counter()
        found = super().profile(query)
        self._observer.query_answered(time.perf_counter() - began)
        return found

    def missed(self, query: MissedQuery) -> Missed:
        """Find missed calls, and report how long that took."""
        began = time.perf_counter()
        found = super().missed(query)
        self._observer.query_answered(time.perf_counter() - began)
        return found

    def drill_down(self, query: DrillDownQuery) -> DrillDown:
        """Find the calls behind a figure, and report how long that took."""
        began = time.perf_counter()
        found = super().drill_down(query)
        self._observer.query_answered(time.perf_counter() - began)
        return found

    def keep(
        self, customer: str, source: str, legs: Sequence[Leg], numbering: Numbering, came_ms: int = 0
    ) -> KeptCounts:
        """Keep legs, and report it."""
        found = super().keep(customer, source, legs, numbering, came_ms)
        self._report(customer, source, legs, found)
        if found.replaced:
            self._report_newest(customer, source, legs)
        return found

    def keep_all(self, arrived: Sequence[SourceDeliveries], position: int) -> list[list[KeptCounts]]:
        """Keep deliveries, and report it."""
        began = time.perf_counter()
        found = super().keep_all(arrived, position)
        self._observer.round_written(time.perf_counter() - began)
        self._report_all(arrived, found)
        return found

    def keep_together(self, arrived: Sequence[SourceDeliveries]) -> list[list[KeptCounts]]:
        """Keep what arrived for several customers, and report it."""
        found = super().keep_together(arrived)
        self._report_all(arrived, found)
        return found

    def _report_all(self, arrived: Sequence[SourceDeliveries], found: Sequence[Sequence[KeptCounts]]) -> None:
        for one, outcomes in zip(arrived, found, strict=True):
            for delivery, kept in zip(one.deliveries, outcomes, strict=True):
                self._report(one.customer, one.source, delivery.legs, kept)
                self._report_rejected(one.customer, one.source, delivery.rejected)
            if any(each.gone.keys for each in one.deliveries):
                self._report_newest(one.customer, one.source)
            elif any(kept.replaced for kept in outcomes):
                legs = [leg for delivery in one.deliveries for leg in delivery.legs]
                self._report_newest(one.customer, one.source, legs)

    def _report_newest(self, customer: str, source: str, kept: Sequence[Leg] = ()) -> None:
        """Report the newest leg that is left, while nobody adds one; it is at least as new as the first of those."""
        since_ms = min((leg.started_ms for leg in kept), default=0)
        with self.exclusive():
            self._observer.legs_gone(customer, source, self._newest_of(customer, source, since_ms))

    def _newest_of(self, customer: str, source: str, since_ms: int) -> int | None:
        """The start of the newest leg of a customer's source since then; None if there is no leg."""
        place = self._file.names.place(customer, source)
        if place is None:
            return None
        newest: int | None
        with self._file.cursor() as cursor:
            ((newest,),) = arrow.columns(
                cursor, f"SELECT max(started_ms) AS newest FROM legs WHERE {place.between(since_ms, LAST_MS)}"
            )
        return newest

    def keep_read_again(
        self, place: str, source: str, found: Sequence[ReadAgain], numberings: Mapping[str, Numbering]
    ) -> KeptCounts:
        """Keep what rejected records hold, and report the newest leg; the records came before."""
        kept = super().keep_read_again(place, source, found, numberings)
        for customer in numberings:
            legs = [leg for one in found for leg in one.legs.get(customer, ())]
            if legs:
                self._observer.leg_started(customer, source, max(leg.started_ms for leg in legs))
            if legs and kept.replaced:
                self._report_newest(customer, source)
        return kept

    def keep_rejected(self, customer: str, source: str, file: str, rejected: Sequence[Rejected], at_ms: int) -> None:
        """Keep rejected records, and report it."""
        super().keep_rejected(customer, source, file, rejected, at_ms)
        self._report_rejected(customer, source, rejected)

    def _report(self, customer: str, source: str, legs: Sequence[Leg], kept: KeptCounts) -> None:
        if legs:
            self._observer.legs_kept(source, kept)
            self._observer.record_arrived(customer, source, time.time_ns() // 1_000_000)
            self._observer.leg_started(customer, source, max(leg.started_ms for leg in legs))

    def _report_rejected(self, customer: str, source: str, rejected: Sequence[Rejected]) -> None:
        if rejected:
            self._observer.records_rejected(source, len(rejected))
            self._observer.record_arrived(customer, source, time.time_ns() // 1_000_000)

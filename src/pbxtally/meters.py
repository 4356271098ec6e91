"""What a running server counts about itself, in the text format that Prometheus reads.

Nothing in it is about people: customers appear by their ids, and no name, phone number or address does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import NamedTuple, Protocol

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

from pbxtally import __version__
from pbxtally.collector_meters import CollectorMeters, CollectorNow
from pbxtally.records import KeptCounts

disable_created_metrics()  # type: ignore[no-untyped-call] # they would only double the lines

QUICK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
"""Bucket boundaries of durations, in seconds."""


class Waits(Protocol):
    """Where deliveries wait to be counted."""

    def waiting(self) -> int:
        """How many wait."""
        ...

    def complete_until_ms(self) -> int:
        """The moment before which everything acknowledged is counted."""
        ...


class Now(NamedTuple):
    """What is looked up only when somebody asks."""

    arrivals: Waits
    now_ms: Callable[[], int]
    free_bytes: Callable[[], int]
    rejected: Callable[[], Mapping[str, int]]


class Meters:
    """Counts what happens; safe from several threads at once."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        counter, gauge = partial(Counter, registry=self._registry), partial(Gauge, registry=self._registry)
        seconds = partial(Histogram, registry=self._registry, buckets=QUICK)
        whose = ["customer", "source"]
        gauge("pbxtally_build_info", "The version that runs.", ["version"]).labels(__version__).set(1)
        self._records = counter(
            "pbxtally_records",
            "Records by what became of them: kept, known, replaced or rejected.",
            ["source", "outcome"],
        )
        self._last_record = gauge(
            "pbxtally_last_record_timestamp_seconds",
            "When a customer's source last brought a record, since the server started.",
            whose,
        )
        self._last_call = gauge(
            "pbxtally_last_call_timestamp_seconds",
            "When the newest leg that is kept of a customer's source began.",
            whose,
        )
        self._rejected = gauge("pbxtally_rejected_records", "Rejected records that are kept now.", ["source"])
        self._waiting = gauge("pbxtally_journal_deliveries", "Deliveries in the journal that are not counted yet.")
        self._lag = gauge("pbxtally_journal_lag_seconds", "How long the oldest of them has waited; 0: none does.")
        self._free = gauge("pbxtally_disk_free_bytes", "Room on the disk of the data folder.")
        self._queries = seconds("pbxtally_query_seconds", "How long the store counted for a question.")
        self._rounds = seconds(
            "pbxtally_writer_round_seconds",
            "How long the writer took to bring deliveries into the store, several at once.",
        )
        self._requests = seconds(
            "pbxtally_request_seconds",
            "How long requests took, until the last byte was sent.",
            ["route", "method", "status"],
        )
        self._newest: dict[tuple[str, str], int] = {}

    def legs_kept(self, source: str, kept: KeptCounts) -> None:
        """Count what became of some records."""
        for outcome, many in zip(KeptCounts._fields, kept, strict=True):
            if many:
                self._records.labels(source, outcome).inc(many)

    def records_rejected(self, source: str, many: int) -> None:
        """Count records that were rejected."""
        if many:
            self._records.labels(source, "rejected").inc(many)

    def record_arrived(self, customer: str, source: str, at_ms: int) -> None:
        """Note when a record came."""
        self._last_record.labels(customer, source).set(at_ms / 1000)

    def leg_started(self, customer: str, source: str, started_ms: int) -> None:
        """Note the start of a leg that was kept."""
        if started_ms > self._newest.get((customer, source), 0):
            self._newest[customer, source] = started_ms
            self._last_call.labels(customer, source).set(started_ms / 1000)

    def legs_gone(self, customer: str, source: str, newest_ms: int | None) -> None:
        """Note the start of the newest leg that is left after some were removed or replaced; None: none is left."""
        before = self._newest.pop((customer, source), None)
        if newest_ms is not None:
            self.leg_started(customer, source, newest_ms)
        elif before is not None:
            self._last_call.remove(customer, source)

    def query_answered(self, seconds: float) -> None:
        """Note how long the store took to answer a question."""
        self._queries.observe(seconds)

    def round_written(self, seconds: float) -> None:
        """Note how long a round of the writer took."""
        self._rounds.observe(seconds)

    def request_answered(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count a request that was answered."""
        self._requests.labels(route, method, str(status)).observe(seconds)

    def watch(self, collectors: Callable[[], Iterable[CollectorNow]]) -> None:
        """From now on, report these as well."""
        self._registry.register(CollectorMeters(collectors))

    def text(self, now: Now) -> bytes:
        """Everything, as Prometheus reads it."""
        self._waiting.set(now.arrivals.waiting())
        self._lag.set(max(now.now_ms() - now.arrivals.complete_until_ms(), 0) / 1000)
        self._free.set(now.free_bytes())
        self._rejected.clear()
        for source, many in now.rejected().items():
            self._rejected.labels(source).set(many)
        return generate_latest(self._registry)

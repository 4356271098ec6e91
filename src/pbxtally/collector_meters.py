"""What the configured collectors report about themselves, in the text format that Prometheus reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

LABELS = ("kind", "source", "name")


class CollectorNow(NamedTuple):
    """One collector as it is when asked; None: not yet, or not known for its kind. Times are Unix times."""

    kind: str
    source: str
    name: str
    is_connected: bool
    accepted: int
    rejected: int
    errors: int
    warnings: int
    came_at: float | None
    looked_at: float | None
    unread_bytes: float | None
    unread_files: float | None
    row: float | None
    newest_at: float | None


GAUGES: dict[str, tuple[str, str]] = {
    "is_connected": ("connected", "Whether a collector has its file, its database or its line; of a port, a sender."),
    "came_at": ("last_record_timestamp_seconds", "When a collector last took records in, since the server started."),
    "looked_at": ("last_look_timestamp_seconds", "When a collector last had taken in all that was there."),
    "unread_bytes": ("unread_bytes", "Of a file that is followed: what was written and is not taken in yet."),
    "unread_files": ("unread_files", "Of a folder: files that are not taken in yet, or cannot be."),
    "row": ("row", "Of a table that counts its rows: the newest that was taken in."),
    "newest_at": ("newest_row_timestamp_seconds", "Of any other table: the time in the newest row that was taken in."),
}
"""From a member to the end of its metric's name, and what it means."""

COUNTERS: dict[str, tuple[str, str]] = {
    "errors": ("errors", "Faults after which a collector waited, to try again."),
    "warnings": ("warnings", "What a collector warned of in the log beside that, such as a gap."),
}


class CollectorMeters:
    """A collector that Prometheus's client reads whenever it writes the text."""

    def __init__(self, now: Callable[[], Iterable[CollectorNow]]) -> None:
        self._now = now

    def collect(self) -> Iterator[Metric]:
        """One metric for each thing reported, with a number for each collector that has it."""
        now = list(self._now())
        for member, (name, told) in GAUGES.items():
            gauge = GaugeMetricFamily(f"pbxtally_collector_{name}", told, labels=LABELS)
            for one in now:
                value: float | None = getattr(one, member)
                if value is not None:
                    gauge.add_metric(one[:3], value)
            yield gauge
        for member, (name, told) in COUNTERS.items():
            counter = CounterMetricFamily(f"pbxtally_collector_{name}", told, labels=LABELS)
            for one in now:
                counter.add_metric(one[:3], getattr(one, member))
            yield counter
        records = CounterMetricFamily(
            "pbxtally_collector_records", "Records that a collector took in, by outcome.", labels=(*LABELS, "outcome")
        )
        for one in now:
            records.add_metric((*one[:3], "accepted"), one.accepted)
            records.add_metric((*one[:3], "rejected"), one.rejected)
        yield records

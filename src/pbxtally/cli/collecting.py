"""Collectors of the settings, run by the server: each in a thread of its own, every record through the journal.

What a collector hands over is on disk before it goes on. One that fails is reported in the log and tried again; it
takes neither the server nor another collector down with it.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import NamedTuple
from zoneinfo import ZoneInfo

import structlog

from pbxtally.arrivals import Arrivals
from pbxtally.calls import Leg
from pbxtally.cli.collect_tables import Table, kind_of, tables_of
from pbxtally.cli.collector_customers import collector_customers
from pbxtally.cli.collector_makers import Make, maker_of
from pbxtally.cli.folder import Folder
from pbxtally.cli.intake_setup import SourceOptions, check_source, remember, setting_of, zone_of
from pbxtally.collector_meters import CollectorNow
from pbxtally.collectors import Collector, CollectorContext, CollectorError, CollectorStatus, StreamFormat
from pbxtally.collectors.polled_table import unix_time
from pbxtally.collectors.run_loop import run_collector
from pbxtally.errors import BusyError, InvalidFieldError, PbxTallyError, SourceError
from pbxtally.file_checks import FEW, check_zone, wrong_source_error
from pbxtally.hosting import CustomerPart, pbx_of, place_of
from pbxtally.meters import Meters
from pbxtally.people import SourceSetting
from pbxtally.records import Batch, has_end
from pbxtally.settings import collector_tables
from pbxtally.sources import SOURCES
from pbxtally.stores.duckdb_store import DuckStore

SHOWN_REJECTIONS = 20
"""How many of one batch are reported in the log; all are kept."""


class CollectorPlan(NamedTuple):
    """A collector to run: its name and kind, whose source it is, how it is made, and whether that source has calls.

    `customer` may be the place of a hosted switch. `made`: what makes it, and the seconds between two turns.
    """

    name: str
    kind: str
    customer: str
    source: str
    made: tuple[Make, float]
    goes_on: bool


def collectors_of(folder: Folder, store: DuckStore) -> list[CollectorPlan]:
    """The collectors of the settings, checked; what they say of their sources is remembered."""
    found: list[CollectorPlan] = []
    said: dict[tuple[str, str], tuple[str, SourceSetting]] = {}
    customers = collector_customers(folder)
    tables = tables_of(collector_tables(folder.path))
    for table in tables:
        with _named(table.name):
            if table.pbx:
                found.append(_of_a_switch(folder, table))
                continue
            check_source(table.source)
            options = _source_options(table, customers.customer(table.name, table.customer))
            setting = setting_of(folder, options)
            made = maker_of(table, options.source)
            before, known = said.setdefault((options.customer, options.source), (table.name, setting))
        if known != setting:
            raise InvalidFieldError(f"collect.{table.name}", f"contradicts collect.{before} about the same source")
        has_calls = options.source in store.sources_of(options.customer)
        found.append(CollectorPlan(table.name, kind_of(table), options.customer, options.source, made, has_calls))
    _check_each_alone(tables, found)
    customers.write_down()
    for (customer, source), (_, setting) in said.items():
        remember(folder, store, customer, source, setting)
    return found


@contextmanager
def collecting(folder: Folder, arrivals: Arrivals, found: Sequence[CollectorPlan], meters: Meters) -> Iterator[None]:
    """Run the collectors while the block runs, and let the meters see how they fare."""
    stopped = threading.Event()
    working = [_RunningCollector(folder, arrivals, one) for one in found]
    meters.watch(lambda: [one.now() for one in working])
    threads = [
        threading.Thread(target=one.run, args=(stopped,), name=f"collect {plan.name}")
        for one, plan in zip(working, found, strict=True)
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stopped.set()
        for thread in threads:
            thread.join()


def _check_each_alone(tables: Sequence[Table], found: Sequence[CollectorPlan]) -> None:
    """Raises InvalidFieldError if two tables read the same for two customers or switches: calls would count twice."""
    read: dict[tuple[object, ...], CollectorPlan] = {}
    for table, plan in zip(tables, found, strict=True):
        before = read.setdefault((type(table), *(getattr(table, one) for one in table.READS)), plan)
        if before.customer != plan.customer:
            wrong = f"is read for another customer by collect.{before.name} - a switch of several needs pbx"
            raise InvalidFieldError(f"collect.{table.name}.{table.READS[0]}", wrong)


def _of_a_switch(folder: Folder, table: Table) -> CollectorPlan:
    pbx = folder.people.pbx(table.pbx)
    if pbx is None:
        raise InvalidFieldError("pbx", f"there is no hosted switch {table.pbx!r}")
    made = maker_of(table, pbx.source)
    return CollectorPlan(table.name, kind_of(table), place_of(pbx.name), pbx.source, made, goes_on=False)


def _source_options(table: Table, customer: str) -> SourceOptions:
    return SourceOptions(
        customer,
        table.source,
        table.timezone or None,
        table.trunks,
        table.layout or None,
        table.extensions or None,
    )


@contextmanager
def _named(name: str) -> Iterator[None]:
    """Name a wrong member as one of this table."""
    try:
        yield
    except InvalidFieldError as why:
        raise InvalidFieldError(f"collect.{name}.{why.word}", why.description) from None


class _RunningCollector:
    """One collector at work: what it finds goes to the journal, and is reported in the log and in the metrics."""

    def __init__(self, folder: Folder, arrivals: Arrivals, plan: CollectorPlan) -> None:
        self._folder = folder
        self._arrivals = arrivals
        self._plan = plan
        self._latest: deque[Leg] = deque(maxlen=FEW)
        self._goes_on = plan.goes_on
        self._collector: Collector | None = None
        self._accepted = self._rejected = self._errors = self._warnings = 0
        self._came_at: float | None = None
        self._zone = folder.zone
        self._log = structlog.get_logger("pbxtally.collect").bind(collector=plan.name)

    def run(self, stopped: threading.Event) -> None:
        """Take turns until the server stops."""
        customer, source = self._plan.customer, self._plan.source
        stream_format = StreamFormat(SOURCES[source], self._layout)
        context = CollectorContext(self._folder.path, customer, source, stream_format, self._take, self._warn)
        make, every_seconds = self._plan.made

        def made() -> Collector:
            self._collector = make(context)
            return self._collector

        run_collector(made, every_seconds, stopped, self)

    def now(self) -> CollectorNow:
        """How it fares; called from another thread."""
        collector, plan = self._collector, self._plan
        counts = self._accepted, self._rejected, self._errors, self._warnings, self._came_at
        found = collector.status() if collector else CollectorStatus(False)
        newest_at = None if found.moment is None else unix_time(found.moment, self._zone_now())
        return CollectorNow(plan.kind, plan.source, plan.name, found.is_connected, *counts, *found[1:-1], newest_at)

    def _zone_now(self) -> ZoneInfo:
        """The zone of its source's times; while the people cannot be reached, the last one known."""
        with suppress(BusyError):
            self._zone = zone_of(self._folder, self._plan.customer, self._said())
        return self._zone

    def failed(self, why: Exception, pause_seconds: float) -> None:
        """A turn failed; it is tried again after the pause."""
        self._collector = None
        self._errors += 1
        if isinstance(why, PbxTallyError | CollectorError):
            self._log.error("the collector waits", error=str(why), pause_seconds=pause_seconds)
        else:
            self._log.error("the collector waits", pause_seconds=pause_seconds, exc_info=why)

    def works_again(self) -> None:
        """The first turn after a fault went well."""
        self._log.info("the collector goes on")

    def _warn(self, line: str) -> None:
        self._warnings += 1
        self._log.warning(line)

    def _layout(self) -> str:
        """The remembered layout, which the records do not say."""
        return self._said().layout or ""

    def _said(self) -> SourceSetting:
        """What is remembered now of the source."""
        customer, source = self._plan.customer, self._plan.source
        pbx = pbx_of(customer)
        known = self._folder.people.pbx(pbx) if pbx else None
        said = known.setting if known else self._folder.people.source_setting(customer, source)
        return said or SourceSetting()

    def _take(self, batch: Batch) -> None:
        def check(parts: Sequence[CustomerPart], zone: ZoneInfo) -> None:
            self._check(batch.place, parts, zone)

        parts = self._arrivals.take_batch(self._plan.customer, self._plan.source, batch, check)
        self._goes_on = True
        rejected = sorted(one for part in parts for one in part.rejected)
        legs = sum(len(part.legs) for part in parts)
        self._accepted += legs
        self._rejected += len(rejected)
        self._came_at = time.time()
        self._log.info("taken", place=batch.place, legs=legs, rejected=len(rejected))
        for one in rejected[:SHOWN_REJECTIONS]:
            self._log.warning("rejected", place=batch.place, record=one.line, reason=one.reason)

    def _check(self, place: str, parts: Sequence[CustomerPart], zone: ZoneInfo) -> None:
        """Refuse a first batch without a single call, and a wrong zone once there are enough calls to tell.

        A record that a broken connection cut off is no sign of another source.
        """
        legs = [leg for part in parts for leg in part.legs if leg.epoch_ms is not None]
        unreadable = [one for part in parts for one in part.rejected if not part.unknown and has_end(one.raw)]
        if not self._goes_on and unreadable and not any(part.legs or part.unknown for part in parts):
            first = min(unreadable)
            raise wrong_source_error(place, self._plan.source, f"record {first.line}", first)
        self._latest.extend(legs)
        pbx = pbx_of(self._plan.customer)
        try:
            if len(legs) >= FEW:
                check_zone(place, legs, 0, zone, pbx)
            elif len(self._latest) == FEW:
                check_zone(place, list(self._latest), 0, zone, pbx)
        except SourceError:
            self._latest.clear()
            raise

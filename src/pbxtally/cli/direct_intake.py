"""What a collecting command hands batches to: the folder's calls, through the server that has them or without one.

The store is opened for each batch, but only once for many small ones.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from zoneinfo import ZoneInfo

import rich_click as click

from pbxtally.calls import Leg
from pbxtally.checked_reading import read_checked
from pbxtally.cli.folder import Folder
from pbxtally.cli.held_store import HeldStore
from pbxtally.cli.intake_counter import IntakeCounter
from pbxtally.cli.intake_setup import SHOWN_REJECTIONS, SourceOptions, intake_of, setting_of
from pbxtally.cli.options import terminal_safe
from pbxtally.cli.pbx import tenants_of
from pbxtally.cli.remote_store import RemoteStore
from pbxtally.collectors import CollectorError
from pbxtally.file_checks import FEW, check_zone
from pbxtally.hosting import HostedIntake, HostedReceipt, place_of
from pbxtally.intake import Receipt
from pbxtally.records import Batch, Reading, Rejected
from pbxtally.sources import SOURCES
from pbxtally.stores.duckdb_store import DuckStore

MANY_LEGS = 50_000
"""After this many new ones the store is tidied."""


class DirectIntake:
    """Takes batches in and adds up their receipts. `goes_on`: whether good ones were taken in before."""

    def __init__(self, folder: Folder, options: SourceOptions, counter: IntakeCounter) -> None:
        self._counter = counter
        self._folder = folder
        self.calls = HeldStore(folder)
        self._options = options
        self.goes_on = False
        self._untidy = 0
        self._latest: deque[Leg] = deque(maxlen=FEW)
        self.receipt: Receipt = Receipt()

    def take(self, batch: Batch) -> None:
        """Keep a batch; raises FolderError to be tried again, SourceError if it is the wrong source or zone.

        CollectorError: the calls are older than what was taken in, so the collector starts over.
        """
        with self.calls.opened() as store:
            if self.calls.is_new and self._counter.is_ahead_of(store):
                self._counter.begin_again()
                raise CollectorError("the calls are older than what was taken in: all of it is read from its beginning")
            keep = self._keep if self._options.pbx is None else self._keep_hosted
            receipt, zone = keep(store, batch)
            self._counter.note(store)
            self._untidy += receipt.kept + receipt.replaced
            if self._untidy >= MANY_LEGS:
                store.tidy()
                self._untidy = 0
        self.goes_on = True
        self._add(batch.place, receipt)
        if len(self._latest) == FEW:
            check_zone(batch.place, list(self._latest), self.receipt.read, zone, self._options.pbx)

    def _keep(self, store: DuckStore | RemoteStore, batch: Batch) -> tuple[Receipt, ZoneInfo]:
        """Keep one customer's batch."""

        def read(lines: Iterable[bytes], reading: Reading, latest_ms: int) -> Iterator[Leg | Rejected]:
            for one in read_checked(SOURCES[self._options.source].read, lines, reading, latest_ms):
                if isinstance(one, Leg) and one.epoch_ms is not None:
                    self._latest.append(one)
                yield one

        setting = setting_of(self._folder, self._options)
        prepared = intake_of(self._folder, store, self._options, setting, read, goes_on=self.goes_on)
        receipt = prepared.intake.take(batch.place, batch.records, batch.before - batch.heading)
        prepared.remember()
        self._options = SourceOptions(self._options.customer, self._options.source)  # the rest is remembered now
        return receipt, prepared.intake.zone

    def _keep_hosted(self, store: DuckStore | RemoteStore, batch: Batch) -> tuple[Receipt, ZoneInfo]:
        """Keep a hosted switch's batch, each customer's part separately."""
        switch = tenants_of(self._folder, store).switch(self._options.pbx or "")
        truncated = store.truncated_records(place_of(switch.pbx.name), switch.pbx.source)
        parts, receipt = switch.parts_of_batch(batch, truncated), HostedReceipt()
        HostedIntake(store, switch, goes_on=self.goes_on).take_parts(batch.place, parts, receipt)
        self._latest.extend(leg for part in parts for leg in part.legs if leg.epoch_ms is not None)
        return receipt, switch.zone

    def _add(self, place: str, receipt: Receipt) -> None:
        for one in receipt.rejections:
            click.echo(f"{terminal_safe(place)}:{one.line}: {one.reason}", err=True)
        whole = self.receipt
        whole.read += receipt.read
        whole.kept += receipt.kept
        whole.known += receipt.known
        whole.replaced += receipt.replaced
        whole.rejected += receipt.rejected
        whole.findings.add(receipt.findings)
        whole.rejections = (whole.rejections + receipt.rejections)[:SHOWN_REJECTIONS]

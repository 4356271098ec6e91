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
from pbxtally.cli.options import shown
from pbxtally.cli.pbx import tenants_of
from pbxtally.cli.store_door import DistantStore
from pbxtally.cli.taken import Taken
from pbxtally.cli.taking import SHOWN_REJECTIONS, Words, intake_of, said_of
from pbxtally.collectors import CollectorError
from pbxtally.file_checks import FEW, check_zone
from pbxtally.hosting import HostedIntake, HostedReceipt, place_of
from pbxtally.intake import Receipt
from pbxtally.records import Batch, Reading, Rejected
from pbxtally.sources import SOURCES
from pbxtally.stores.duckdb_store import DuckStore

MANY_LEGS = 50_000
"""After this many new ones the store is tidied."""


class Direct:
    """Takes batches in and adds up their receipts. `goes_on`: whether good ones were taken in before."""

    def __init__(self, folder: Folder, words: Words, taken: Taken) -> None:
        self._taken = taken
        self._folder = folder
        self.calls = HeldStore(folder)
        self._words = words
        self.goes_on = False
        self._untidy = 0
        self._latest: deque[Leg] = deque(maxlen=FEW)
        self.receipt: Receipt = Receipt()

    def take(self, batch: Batch) -> None:
        """Keep a batch; raises FolderError to be tried again, SourceError if it is the wrong source or zone.

        CollectorError: the calls are older than what was taken in, so the collector starts over.
        """
        with self.calls.opened() as store:
            if self.calls.is_new and self._taken.is_ahead_of(store):
                self._taken.begin_again()
                raise CollectorError("the calls are older than what was taken in: all of it is read from its beginning")
            keep = self._keep if self._words.pbx is None else self._keep_hosted
            receipt, zone = keep(store, batch)
            self._taken.note(store)
            self._untidy += receipt.kept + receipt.replaced
            if self._untidy >= MANY_LEGS:
                store.tidy()
                self._untidy = 0
        self.goes_on = True
        self._add(batch.place, receipt)
        if len(self._latest) == FEW:
            check_zone(batch.place, list(self._latest), self.receipt.read, zone, self._words.pbx)

    def _keep(self, store: DuckStore | DistantStore, batch: Batch) -> tuple[Receipt, ZoneInfo]:
        """Keep one customer's batch."""

        def read(lines: Iterable[bytes], reading: Reading, latest_ms: int) -> Iterator[Leg | Rejected]:
            for one in read_checked(SOURCES[self._words.source].read, lines, reading, latest_ms):
                if isinstance(one, Leg) and one.epoch_ms is not None:
                    self._latest.append(one)
                yield one

        said = said_of(self._folder, self._words)
        taking = intake_of(self._folder, store, self._words, said, read, goes_on=self.goes_on)
        receipt = taking.intake.take(batch.place, batch.records, batch.before - batch.heading)
        taking.remember()
        self._words = Words(self._words.customer, self._words.source)  # the rest is remembered now
        return receipt, taking.intake.zone

    def _keep_hosted(self, store: DuckStore | DistantStore, batch: Batch) -> tuple[Receipt, ZoneInfo]:
        """Keep a hosted switch's batch, each customer's part separately."""
        switch = tenants_of(self._folder, store).switch(self._words.pbx or "")
        truncated = store.truncated_records(place_of(switch.pbx.name), switch.pbx.source)
        parts, receipt = switch.arrived(batch, truncated), HostedReceipt()
        HostedIntake(store, switch, goes_on=self.goes_on).take_parts(batch.place, parts, receipt)
        self._latest.extend(leg for part in parts for leg in part.legs if leg.epoch_ms is not None)
        return receipt, switch.zone

    def _add(self, place: str, receipt: Receipt) -> None:
        for one in receipt.rejections:
            click.echo(f"{shown(place)}:{one.line}: {one.reason}", err=True)
        whole = self.receipt
        whole.read += receipt.read
        whole.kept += receipt.kept
        whole.known += receipt.known
        whole.replaced += receipt.replaced
        whole.rejected += receipt.rejected
        whole.findings.add(receipt.findings)
        whole.rejections = (whole.rejections + receipt.rejections)[:SHOWN_REJECTIONS]

"""What `load` took in is sure to last before its receipt is printed.

The calls are committed by then; now the log beside the file is written into it, and the journal is told which file
that was: if the calls are ever lost, whoever looks learns what has to be loaded again.
"""

from __future__ import annotations

import time
from contextlib import closing
from pathlib import Path

from pbxtally.cli.folder import Folder
from pbxtally.cli.places import id_of
from pbxtally.cli.store_door import DistantStore
from pbxtally.cli.taking import Taking, print_receipt
from pbxtally.cli.understood import print_understood
from pbxtally.intake import Receipt
from pbxtally.stores.duckdb_store import DuckStore
from pbxtally.stores.journal import Journal, Load

SECONDS = 2.0
"""Receipts of many small files wait at most so long for each other."""


class Settling:
    """Receipts that wait until their records are sure to last."""

    def __init__(self, folder: Folder, store: DuckStore | DistantStore, taking: Taking) -> None:
        self._folder = folder
        self._store = store
        self._taking = taking
        self._waiting: list[tuple[str, Receipt]] = []
        self._since = time.monotonic()

    def add(self, name: str, receipt: Receipt) -> None:
        """A file was taken in; its receipt is printed now, or with those that follow soon."""
        self._waiting.append((name, receipt))
        if time.monotonic() > self._since + SECONDS:
            self.settle()

    def settle(self) -> None:
        """See to it that what was kept lasts, and print the receipts."""
        taking = self._taking
        if taking.remember():
            with closing(Journal(self._folder.path)) as journal:
                loads = [self._load(journal, name, receipt) for name, receipt in self._waiting]
                for load in loads:
                    self._store.note_load(load.id, load.number)
                self._store.tidy()
                for load in loads:
                    journal.note_load(load)
        for name, receipt in self._waiting:
            print_receipt(name, receipt, not taking.intake.keeps)
            if not taking.intake.keeps:
                print_understood(receipt.first, taking.intake.numbering, taking.intake.zone)
        self._waiting = []
        self._since = time.monotonic()

    def _load(self, journal: Journal, name: str, receipt: Receipt) -> Load:
        intake = self._taking.intake
        file = "standard input" if name == "-" else str(Path(name).absolute())
        id = id_of(file, intake.customer, intake.source)
        before = journal.load(id)
        number = before.number + 1 if before else 1
        records = receipt.kept + receipt.replaced
        return Load(id, number, intake.customer, intake.source, file, intake.now_ms, records)

"""What `load` took in is durable before its receipt is printed.

The calls are committed by then; now the write-ahead log is written into their file, and the journal notes which file
was loaded: if the calls are ever lost, `verify` can say what has to be loaded again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Generic, TypeVar

from pbxtally.cli.folder import Folder
from pbxtally.cli.remote_store import RemoteStore
from pbxtally.intake import Receipt
from pbxtally.stores.duckdb_store import DuckStore
from pbxtally.stores.journal import Journal, Load

SECONDS = 2.0
"""How long receipts of many small files wait for each other at most."""


_Receipt = TypeVar("_Receipt", bound=Receipt)


@dataclass(frozen=True, slots=True)
class LoadTarget:
    """Whose the files are, a customer's or a hosted switch's; by which source, and when they are loaded."""

    name: str
    source: str
    now_ms: int


class PendingReceipts(Generic[_Receipt]):
    """Receipts that wait until their records are durable.

    `remember` does what else is to be done for what was kept, and says whether anything was; `show` prints a receipt.
    """

    def __init__(
        self,
        folder: Folder,
        store: DuckStore | RemoteStore,
        target: LoadTarget,
        remember: Callable[[], bool],
        show: Callable[[str, _Receipt], None],
    ) -> None:
        self._folder = folder
        self._store = store
        self._target = target
        self._remember = remember
        self._show = show
        self._waiting: list[tuple[str, _Receipt]] = []
        self._since = time.monotonic()

    def add(self, name: str, receipt: _Receipt) -> None:
        """Add a file that was taken in; its receipt is printed now, or with those that follow soon."""
        self._waiting.append((name, receipt))
        if time.monotonic() > self._since + SECONDS:
            self.flush()

    def flush(self) -> None:
        """Make what was kept durable, and print the receipts."""
        if self._remember():
            with closing(Journal(self._folder.path)) as journal:
                loads = [self._load(journal, name, receipt) for name, receipt in self._waiting]
                for load in loads:
                    self._store.note_load(load.id, load.number)
                self._store.tidy()
                for load in loads:
                    journal.note_load(load)
        for name, receipt in self._waiting:
            self._show(name, receipt)
        self._waiting = []
        self._since = time.monotonic()

    def _load(self, journal: Journal, name: str, receipt: Receipt) -> Load:
        target, file = self._target, _place_of(name)
        id = load_id(name, target.name, target.source)
        before = journal.load(id)
        number = before.number + 1 if before else 1
        return Load(id, number, target.name, target.source, file, target.now_ms, receipt.kept + receipt.replaced)


def load_id(name: str, target: str, source: str) -> str:
    """The id by which the journal remembers that a file was loaded."""
    return sha256("\n".join((_place_of(name), target, source)).encode()).hexdigest()[:24]


def _place_of(name: str) -> str:
    return "standard input" if name == "-" else str(Path(name).absolute())

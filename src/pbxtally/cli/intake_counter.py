"""How much a collecting command took in, as a number that only grows: beside its place, and inside the calls.

If the calls are lost, or an older copy is put back, their number is the smaller one, and the place is forgotten.
"""

from __future__ import annotations

from pathlib import Path

from pbxtally.cli.remote_store import RemoteStore
from pbxtally.collectors.saved_positions import ENDINGS, TAKEN, CollectedSource
from pbxtally.stores.duckdb_store import DuckStore


class IntakeCounter:
    """The number of batches that one command took in, for one customer's source."""

    def __init__(self, folder: Path, collected: CollectedSource) -> None:
        self._folder = folder
        self._collected = collected
        self._path = collected.file(folder, TAKEN)
        self._number = self._read()

    def is_ahead_of(self, store: DuckStore | RemoteStore) -> bool:
        """Whether more was taken in than these calls have seen."""
        return store.loads().get(self._path.stem, 0) < self._number

    def note(self, store: DuckStore | RemoteStore) -> None:
        """Count one more batch, first in the calls that have it, then here; a second command counts on from it."""
        number = max(self._number, store.loads().get(self._path.stem, 0)) + 1
        store.note_load(self._path.stem, number)
        self._number = number
        self._path.parent.mkdir(mode=0o700, exist_ok=True)
        self._path.write_text(f"{self._number}\n", "ascii")

    def begin_again(self) -> None:
        """Forget the place in a file, table or folder, as if nothing was taken in."""
        for suffix in ENDINGS:
            self._collected.file(self._folder, suffix).unlink(missing_ok=True)
        self._number = 0

    def _read(self) -> int:
        """The number written down; 0 if there is none, or a power cut left it unfinished."""
        try:
            return int(self._path.read_text("ascii"))
        except (FileNotFoundError, ValueError):
            return 0

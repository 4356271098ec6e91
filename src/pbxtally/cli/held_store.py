"""The calls as a collecting command has them: opened for one batch, or for all batches of a turn.

Between two batches the server may be started or stopped, and other commands want the calls, too. But small files come
in numbers, and opening the calls takes longer than keeping what is in one: during a turn over them, which is short,
the calls stay open, and after it whoever waits gets them first.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from pbxtally.cli.folder import AGAIN_SECONDS, Folder, any_store
from pbxtally.cli.remote_store import RemoteStore
from pbxtally.stores.duckdb_store import DuckStore

HELD_SECONDS = 0.5
"""After a turn that held them longer, others may have them before the next."""


class HeldStore:
    """Opens the calls of a folder, in one thread."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._is_turn = False
        self._held = ExitStack()
        self._store: DuckStore | RemoteStore | None = None
        self._since = 0.0
        self.is_new = True
        """Whether they were opened for this batch: until then, anything may have happened to them."""

    @contextmanager
    def turn(self) -> Iterator[None]:
        """While this runs, the calls stay open from one batch to the next."""
        self._is_turn = True
        try:
            yield
        finally:
            self._is_turn = False
            is_long = isinstance(self._store, DuckStore) and time.monotonic() > self._since + HELD_SECONDS
            self._let_go()
            if is_long:
                time.sleep(2 * AGAIN_SECONDS)  # others look for them every AGAIN_SECONDS

    @contextmanager
    def opened(self) -> Iterator[DuckStore | RemoteStore]:
        """The calls for one batch; raises FolderError if they cannot be had, or the server has gone away meanwhile."""
        self.is_new = self._store is None
        if self._store is None:
            self._store = self._held.enter_context(any_store(self._folder))
            self._since = time.monotonic()
        is_well = False
        try:
            yield self._store
            is_well = True
        finally:
            if not (is_well and self._is_turn):
                self._let_go()

    def _let_go(self) -> None:
        self._store = None
        self._held.close()

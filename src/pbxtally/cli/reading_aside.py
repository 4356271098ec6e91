"""Reading for a server: large deliveries are read in a process of its own.

Python computes in one thread at a time. While thousands of records are read, whoever asks for statistics waits for
the GIL again and again; read elsewhere, they cost the server's own process a tenth of that.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from threading import Lock

from pbxtally.calls import Leg
from pbxtally.checked_reading import read_all
from pbxtally.cli.reading import pack, settle_in, unpack
from pbxtally.records import Read, Reading, Rejected

MANY = 500
"""The fewest records worth sending to another process and back."""

NICE = 5
"""The niceness of the process: whoever asks comes first."""


class ReadingAside:
    """The process starts when the first large delivery comes; while it starts, is busy or gone, we read here."""

    def __init__(self) -> None:
        self._turn = Lock()
        self._pool: ProcessPoolExecutor | None = None
        self._begun: Future[None] = Future()

    def close(self) -> None:
        """End the process."""
        with self._turn:
            if self._pool is not None:
                self._pool.shutdown()
            self._pool = None

    def read_all(self, read: Read, records: Sequence[bytes], reading: Reading, latest_ms: int) -> list[Leg | Rejected]:
        """`checked_reading.read_all`."""
        if len(records) < MANY or not self._turn.acquire(blocking=False):
            return read_all(read, records, reading, latest_ms)
        try:
            if (pool := self._begun_pool()) is not None:
                return list(unpack(pool.submit(_read, read, records, reading, latest_ms).result()))
        except BrokenProcessPool:
            self._pool = None
        finally:
            self._turn.release()
        return read_all(read, records, reading, latest_ms)

    def _begun_pool(self) -> ProcessPoolExecutor | None:
        """The process once it runs, else None; starts one if there is none. BrokenProcessPool: it could not start."""
        if self._pool is None:
            self._pool = ProcessPoolExecutor(1, get_context("spawn"), initializer=_stand_back)
            self._begun = self._pool.submit(_nothing)
        if not self._begun.done():
            return None
        self._begun.result()
        return self._pool


def _stand_back() -> None:
    settle_in()
    os.nice(NICE)


def _nothing() -> None:
    """Done as soon as the process runs."""


def _read(read: Read, records: Sequence[bytes], reading: Reading, latest_ms: int) -> bytes:
    return pack(read_all(read, records, reading, latest_ms))

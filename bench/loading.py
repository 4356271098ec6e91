"""How fast each source is read, and loaded into a store: new calls of one record each."""

from __future__ import annotations

import gc
import io
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import facts
from source_files import FIRST_EXTENSION, LAYOUTS, calls, content

from pbxtally.calls import Numbering
from pbxtally.cli.reading import read_aside
from pbxtally.directory import import_people
from pbxtally.intake import Intake, Receipt
from pbxtally.records import Reading
from pbxtally.sources import SOURCES
from pbxtally.stores.duckdb_store import DuckStore
from pbxtally.stores.people_database import sqlite_url
from pbxtally.stores.people_store import PeopleStore
from pbxtally.streams import records_in

UTC = ZoneInfo("UTC")
NOW_MS = 1_900_000_000_000
THREADS = 2


def measure(rows: int) -> None:
    """Print one line for each source."""
    of = list(calls(rows))
    print(f"\n{f'{rows:,} calls of each source':42}{'read/s':>10}{'load/s':>10}")
    for name in SOURCES:
        written = content(name, of)
        read, loaded = _seconds(lambda written=written, name=name: _read(name, written)), _loaded(name, written)
        print(f"  {name:40}{rows / read:10,.0f}{rows / loaded:10,.0f}")


def _read(name: str, written: bytes) -> None:
    """Read all of it in this process, and keep nothing."""
    reading = Reading(UTC, facts.BIG, lambda extension, at_ms: None, LAYOUTS.get(name, ""))
    for _ in SOURCES[name].read(records_in(_stream(written), SOURCES[name]), reading):
        pass


def _loaded(name: str, written: bytes) -> float:
    """How long `load` takes into an empty store, with its reading in a process of its own."""
    with tempfile.TemporaryDirectory() as scratch:
        store = DuckStore(Path(scratch), memory="2GB", threads=THREADS, query_seconds=600)
        people = PeopleStore(sqlite_url(Path(scratch) / "people.db"))
        import_people(people, facts.office(FIRST_EXTENSION), NOW_MS)
        intake = Intake(
            store, people, facts.BIG, name, read_aside(name), UTC, Numbering(), NOW_MS, layout=LAYOUTS.get(name, "")
        )
        receipts: list[Receipt] = []

        def load() -> None:
            receipts.append(intake.take(name, records_in(_stream(written), SOURCES[name])))
            store.tidy()

        taken = _seconds(load)
        assert not receipts[0].rejected, receipts[0].rejections[0]
        people.close()
        store.close()
        return taken


def _stream(written: bytes) -> io.BufferedReader:
    return io.BufferedReader(io.BytesIO(written))  # type: ignore[arg-type]


def _seconds(task: Callable[[], None]) -> float:
    gc.collect()
    gc.disable()
    start = time.perf_counter()
    task()
    gc.enable()
    return time.perf_counter() - start

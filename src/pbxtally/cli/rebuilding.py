"""The calls made anew: from the journal, and from the legs of older files of calls as far as they can be read.

What was kept last wins: first comes the journal up to where an older file has it, then that file's legs, then the
rest of the journal. When done, the new file takes the old one's place; the old one stays beside it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import TypeVar

import duckdb

from pbxtally.cli.checking import GAP, gaps, missing_loads, rounds
from pbxtally.cli.folder import Folder
from pbxtally.errors import BusyError, FolderError
from pbxtally.intake import numbering_of
from pbxtally.records import Delivery, Rejected, SourceDeliveries
from pbxtally.stores.duckdb_opening import log_of
from pbxtally.stores.duckdb_rejected import KeptRejection
from pbxtally.stores.duckdb_shield import shield_of, sync
from pbxtally.stores.duckdb_store import DuckStore
from pbxtally.stores.duckdb_upkeep import Holdings
from pbxtally.stores.journal import Journal, Load, Written
from pbxtally.writer import apart

ROWS = 122_880
"""Rows that DuckDB stores together, as a row group; a damaged one spoils no others."""

FEWEST_ROWS = 2_048


@dataclass(slots=True)
class Rebuilt:
    """The result: `lost` rows of older files could not be read; `missing` files have to be loaded again."""

    held: Holdings
    deliveries: int = 0
    lost: int = 0
    missing: list[Load] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)


def rebuild(folder: Folder, journal: Journal, kept: Sequence[DuckStore], before: str) -> Rebuilt:
    """Make the calls anew beside the old ones and put them in their place; the old file is then called `before`.

    `kept`: older files of calls, open, the oldest first.
    """
    path, scratch = folder.path / "calls.duckdb", folder.path / "rebuilding"
    was_there = path.exists()
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(mode=0o700)
    made = open_calls(folder, scratch)
    try:
        rebuilt = _fill(folder, journal, kept, made)
    finally:
        made.close()
    if path.exists() != was_there:
        raise FolderError("a new file of calls was created meanwhile - stop the server and try again")
    _put_in_place(path, scratch / "calls.duckdb", before)
    shutil.rmtree(scratch)
    return rebuilt


def open_calls(folder: Folder, where: Path) -> DuckStore:
    """A file of calls of its own, with the settings of the folder."""
    settings = folder.settings
    return DuckStore(where, memory=settings.memory, threads=settings.threads, query_seconds=settings.query_seconds)


def _fill(folder: Folder, journal: Journal, kept: Sequence[DuckStore], made: DuckStore) -> Rebuilt:
    position = deliveries = lost = whole = 0
    for older in kept:
        made.upkeep.put_places(_or(_NO_PLACES, older.upkeep.places))  # so that calls keep their ids
        until = min(older.applied(), journal.last())
        deliveries += _take_deliveries(folder, made, rounds(journal, until, position), rejected=False)
        unreadable = _take_legs(folder, made, older)
        _take_rejected(made, older)
        made.upkeep.put_again(_or(_NOTHING_AGAIN, older.upkeep.again))  # repeats that come of rebuilding are no news
        if not unreadable:
            loads = older.loads()
            whole = max(whole, 0 if loads.pop(GAP, 0) else until)
            for id, number in loads.items():
                made.note_load(id, number)
        lost += unreadable
        position = max(position, until)
    deliveries += _take_deliveries(folder, made, rounds(journal, journal.last(), position), rejected=True)
    if whole < journal.pruned():
        made.note_load(GAP, journal.pruned())
    made.tidy()
    return Rebuilt(made.upkeep.holdings(), deliveries, lost, missing_loads(made, journal), gaps(made, journal))


def _take_deliveries(folder: Folder, made: DuckStore, found: Iterator[list[Written]], *, rejected: bool) -> int:
    """Bring deliveries into the new calls; their rejected records only if no older file lists them."""
    many = 0
    for some in chain.from_iterable(map(apart, found)):
        together: dict[tuple[str, str], list[Written]] = {}
        for one in some:
            together.setdefault((one.delivery.customer, one.delivery.source), []).append(one)
        arrived = [
            SourceDeliveries(
                customer,
                source,
                [one.delivery if rejected else one.delivery._replace(rejected=[]) for one in of_source],
                numbering_of(folder.people, customer, source),
            )
            for (customer, source), of_source in together.items()
        ]
        made.keep_all(arrived, some[-1].position)
        many += len(some)
    return many


def _take_legs(folder: Folder, made: DuckStore, older: DuckStore) -> int:
    """Keep an older file's legs; says how many of its rows could not be read."""
    rows = _or(0, older.upkeep.rows)
    return sum(_take_rows(folder, made, older, since, min(since + ROWS, rows)) for since in range(0, rows, ROWS))


def _take_rows(folder: Folder, made: DuckStore, older: DuckStore, since: int, until: int) -> int:
    try:
        found = older.upkeep.legs_of_rows(since, until)
    except (duckdb.Error, BusyError):
        if until - since <= FEWEST_ROWS:
            return until - since
        half = since + max((until - since) // 2 // FEWEST_ROWS, 1) * FEWEST_ROWS
        parts = (since, half), (half, until)
        return sum(_take_rows(folder, made, older, *part) for part in parts)
    for (customer, source), came in found.items():
        deliveries = [Delivery(customer, source, came_ms, legs, []) for came_ms, legs in came.items()]
        numbering = numbering_of(folder.people, customer, source)
        made.keep_together([SourceDeliveries(customer, source, deliveries, numbering)])
    return 0


_NOTHING_AGAIN: list[tuple[str, str, int, int]] = []
_NO_PLACES: list[tuple[str, str]] = []


def _take_rejected(made: DuckStore, older: DuckStore) -> None:
    nothing: list[KeptRejection] = []
    for one in _or(nothing, older.rejections):
        made.keep_rejected(one.customer, one.source, one.file, [Rejected(one.line, one.reason, one.raw)], one.at_ms)


_Found = TypeVar("_Found")


def _or(default: _Found, ask: Callable[[], _Found]) -> _Found:
    """What an older file answers, or `default` if that part of it is damaged."""
    try:
        return ask()
    except (duckdb.Error, BusyError):
        return default


def _put_in_place(path: Path, new: Path, before: str) -> None:
    """Put the new file in place of the old one atomically; the old one stays under another name.

    Until then the old one has its log beside it. A crash right afterwards leaves the old file's log beside the new
    one; opening sets it aside. A shield left there would be put back over the new file, so it moves away first; only
    a file that did not open still has one.
    """
    log, shield, kept = log_of(path), shield_of(path), path.with_name(before)
    if shield.exists():
        shield.rename(shield_of(kept))
    if path.exists():
        os.link(path, kept)
        if log.exists():
            os.link(log, log_of(kept))
    new.replace(path)
    log.unlink(missing_ok=True)
    sync(path.parent)

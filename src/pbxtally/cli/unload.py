"""`unload`: `load` the other way round, for files that came to the wrong customer."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, NamedTuple

import rich_click as click

from pbxtally.cli.given_files import opened
from pbxtally.cli.options import data_option, now_ms

if TYPE_CHECKING:
    from pbxtally.cli.folder import Folder
    from pbxtally.cli.store_door import DistantStore
    from pbxtally.cli.taking import Words
    from pbxtally.intake import Receipt
    from pbxtally.records import Gone
    from pbxtally.stores.duckdb_store import DuckStore
    from pbxtally.stores.journal import Journal

MANY = 50_000
"""Legs, or rejected records, that leave in one transaction."""

PATIENCE_SECONDS = 60.0
"""How long it is waited for the server to come to what is written down for it."""

AGAIN_SECONDS = 0.05


@click.command("unload")
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@click.option("--source", metavar="NAME", required=True, help="The format that the files were loaded as.")
@click.option("--customer", metavar="CUSTOMER", required=True, help="Who was not to have them, by id or name.")
@data_option
def command(files: tuple[str, ...], source: str, customer: str, data: str | None) -> None:
    """Take away what files hold from a customer who was not to have it: `load` the other way round.

    FILE is read as `load` reads it, as is remembered of the source. Each of its records leaves, whoever brought it, and
    what is left of its call is counted anew; everything else stays. First stop what still brings these records there,
    such as a collector.

    Example: ./run unload Master.csv --source asterisk --customer Acme
    """
    from pbxtally.cli.folder import any_store, open_folder
    from pbxtally.cli.taking import Words, resolved
    from pbxtally.settings import data_folder
    from pbxtally.stores.journal import Journal

    with open_folder(data_folder(data)) as folder:
        words = resolved(folder, Words(customer, source))
        with any_store(folder) as store, closing(Journal(folder.path)) as journal, _counting(folder, store):
            whole = [_unload(folder, store, journal, words, name) for name in files]
    if not all(whole):
        sys.exit(1)


class _Held(NamedTuple):
    """What a file holds: the keys of its legs, what cannot be read of it, and how its reading went."""

    keys: list[str]
    raws: list[bytes]
    receipt: Receipt


def _unload(folder: Folder, store: DuckStore | DistantStore, journal: Journal, words: Words, name: str) -> bool:
    """Take away what a file holds, and say how much of it was there; whether all of it could be read."""
    from pbxtally.cli.settling import load_id
    from pbxtally.records import Delivery, named

    held = _read(folder, words, name)
    missing = set(store.upkeep.missing(words.customer, words.source, held.keys))
    there = [key for key in dict.fromkeys(held.keys) if key not in missing]
    told = [
        Delivery(words.customer, words.source, now_ms(), [], [], place=named(name), gone=gone)
        for gone in _parts(there, held.raws)
    ]
    positions = journal.write(told)
    if positions:
        _wait_until(store, positions[-1])
    journal.nothing_of(load_id(named(name), words.customer, words.source))
    read, bad = len(held.keys) + len(held.raws), len(held.raws)
    gone, not_there = len(there), len(held.keys) - len(there)
    if held.receipt.damage:
        click.echo(f"error: {named(name)}: {held.receipt.damage}", err=True)
    click.echo(f"{named(name)}: read {read} = taken away {gone} + not there {not_there} + unreadable {bad}")
    return not held.receipt.damage


def _read(folder: Folder, words: Words, name: str) -> _Held:
    from pbxtally.calls import Leg
    from pbxtally.cli.reading import read_aside
    from pbxtally.cli.taking import said_of, zone_of
    from pbxtally.intake import Receipt, undamaged
    from pbxtally.intervals import DAY_MS
    from pbxtally.records import Reading
    from pbxtally.sources import SOURCES
    from pbxtally.streams import records_in

    said, number_of = said_of(folder, words), folder.people.number_of_extension(words.customer)
    reading = Reading(zone_of(folder, words.customer, said), words.customer, number_of, said.layout or "")
    held = _Held([], [], Receipt())
    with opened(name) as stream:
        lines = undamaged(records_in(stream, SOURCES[words.source]), held.receipt)
        for one in read_aside(words.source)(lines, reading, now_ms() + DAY_MS):
            if isinstance(one, Leg):
                held.keys.append(one.key)
            else:
                held.raws.append(one.raw)
    return held


def _parts(keys: Sequence[str], raws: Sequence[bytes]) -> Iterator[Gone]:
    from pbxtally.records import Gone

    for start in range(0, max(len(keys), len(raws)), MANY):
        some = slice(start, start + MANY)
        yield Gone(tuple(keys[some]), tuple(raws[some]))


@contextmanager
def _counting(folder: Folder, store: DuckStore | DistantStore) -> Iterator[None]:
    """While this runs, what stands in the journal is counted: by the server that runs, else here."""
    from zoneinfo import ZoneInfo

    from pbxtally.cli.arriving import arrivals_of
    from pbxtally.stores.duckdb_store import DuckStore

    if not isinstance(store, DuckStore):
        yield
        return
    with arrivals_of(folder, store, ZoneInfo(folder.settings.timezone)):
        yield


def _wait_until(store: DuckStore | DistantStore, position: int) -> None:
    """Until what stands there in the journal is counted; raises BusyError if that takes too long."""
    from pbxtally.errors import BusyError

    until = time.monotonic() + PATIENCE_SECONDS
    while store.applied() < position:
        if time.monotonic() > until:
            raise BusyError("The calls are busy - it is written down, and leaves as soon as their turn comes")
        time.sleep(AGAIN_SECONDS)

"""`unload`: undoes `load`, for files that came to the wrong customer."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import rich_click as click

from pbxtally.cli.input_files import open_input
from pbxtally.cli.options import command_of, data_option, now_ms

if TYPE_CHECKING:
    from pbxtally.calls import Leg
    from pbxtally.cli.folder import Folder
    from pbxtally.cli.intake_setup import SourceOptions
    from pbxtally.cli.remote_store import RemoteStore
    from pbxtally.intake import Receipt
    from pbxtally.records import Reading, Rejected
    from pbxtally.stores.duckdb_store import DuckStore
    from pbxtally.stores.journal import Journal

PATIENCE_SECONDS = 60.0
"""How long to wait while the server makes no progress with the journal."""

AGAIN_SECONDS = 0.05


@click.command("unload")
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@click.option("--source", metavar="NAME", help="The format the files were loaded as.")
@click.option("--pbx", metavar="NAME", help="The hosted switch the files come from, in place of --source.")
@click.option("--customer", metavar="CUSTOMER", required=True, help="The customer to take them from, by id or name.")
@data_option
def command(files: tuple[str, ...], source: str | None, pbx: str | None, customer: str, data: str | None) -> None:
    """Remove the records in files from a customer who should not have them: the reverse of `load`.

    First stop whatever still brings these records there, such as a collector. FILE is read as `load` reads it, with
    what is remembered of the source. Each of its records is removed, however it came in, and what is left of its call
    is counted anew; everything else stays.

    Example: ./run unload Master.csv --source asterisk --customer Acme
    """
    from pbxtally.cli.folder import any_store, open_folder
    from pbxtally.cli.intake_setup import SourceOptions, pbx_of, resolved
    from pbxtally.settings import data_folder
    from pbxtally.stores.journal import Journal

    if (source is None) == (pbx is None):
        raise click.UsageError("Name a --source, or the --pbx that the files are of.")
    with open_folder(data_folder(data)) as folder:
        format = source or pbx_of(folder, pbx or "").source
        options = replace(resolved(folder, SourceOptions(customer, format)), pbx=pbx)
        with any_store(folder) as store, closing(Journal(folder.path)) as journal, _counting(folder, store):
            unloading = _Unloading(folder, store, journal, options)
            whole = [unloading.unload(name) for name in files]
    if not all(whole):
        sys.exit(1)


@dataclass(frozen=True, slots=True)
class _Unloading:
    """Where records leave from, and which customer's."""

    folder: Folder
    store: DuckStore | RemoteStore
    journal: Journal
    options: SourceOptions

    def unload(self, name: str) -> bool:
        """Take away what a file holds, and print how much of it was there; says whether all of it could be read."""
        from pbxtally.cli.pending_receipts import load_id
        from pbxtally.intake import Receipt
        from pbxtally.records import file_label

        receipt, gone, reading = Receipt(), 0, self._reading()
        waiting = self._waiting(reading)
        for some in self._read(name, reading, receipt):
            gone += self._take_away(file_label(name), some, waiting)
        self._wait_for_journal()
        if gone:
            legs = receipt.read - receipt.rejected
            self.journal.taken_away(load_id(file_label(name), self.options.customer, self.options.source), legs)
            self._write_down(gone)
        if receipt.damage:
            click.echo(f"error: {file_label(name)}: {receipt.damage}", err=True)
        not_there = receipt.read - gone - receipt.rejected
        click.echo(
            f"{file_label(name)}: read {receipt.read} = removed {gone} + not found {not_there}"
            f" + unreadable {receipt.rejected}"
        )
        return not receipt.damage

    def _reading(self) -> Reading:
        """How the source is read by what is remembered of it."""
        from pbxtally.cli.intake_setup import setting_of, zone_of
        from pbxtally.records import Reading

        folder, options, setting = self.folder, self.options, setting_of(self.folder, self.options)
        number_of = folder.people.number_of_extension(options.customer)
        return Reading(zone_of(folder, options.customer, setting), options.customer, number_of, setting.layout or "")

    def _waiting(self, reading: Reading) -> dict[bytes, set[str]]:
        """The customer's rejected records that can be read by now, by their bytes, with the keys of their legs."""
        from pbxtally.calls import Leg
        from pbxtally.checked_reading import read_checked
        from pbxtally.intervals import DAY_MS
        from pbxtally.sources import SOURCES

        waiting = {}
        for one in self.store.rejections(self.options.customer):
            if one.source == self.options.source:
                found = [*read_checked(SOURCES[one.source].read, [one.raw], reading, now_ms() + DAY_MS)]
                if keys := {leg.key for leg in found if isinstance(leg, Leg)}:
                    waiting[one.raw] = keys
        return waiting

    def _read(self, name: str, reading: Reading, receipt: Receipt) -> Iterator[list[Leg | Rejected]]:
        """What a file holds, many records at a time; raises SourceError if it is not of this source."""
        from pbxtally.cli.reading import read_aside
        from pbxtally.file_checks import check_format
        from pbxtally.intake import batches, lines_before_damage
        from pbxtally.intervals import DAY_MS
        from pbxtally.records import Rejected, file_label
        from pbxtally.sources import SOURCES
        from pbxtally.streams import records_in

        source = self.options.source
        with open_input(name) as stream:
            lines = lines_before_damage(records_in(stream, SOURCES[source]), receipt)
            for some in batches(read_aside(source)(lines, reading, now_ms() + DAY_MS)):
                if not receipt.read:
                    check_format(file_label(name), source, some)
                receipt.read += len(some)
                receipt.rejected += sum(isinstance(one, Rejected) for one in some)
                yield some

    def _take_away(self, place: str, some: list[Leg | Rejected], waiting: Mapping[bytes, set[str]]) -> int:
        """Write into the journal that these records leave, waiting ones as well; says how many legs are there."""
        from pbxtally.calls import Leg
        from pbxtally.records import Delivery, Removal

        self._wait_for_journal()  # deliveries may still be waiting there
        customer, source = self.options.customer, self.options.source
        keys = dict.fromkeys(one.key for one in some if isinstance(one, Leg))
        unreadable = [one.raw for one in some if not isinstance(one, Leg)]
        raws = dict.fromkeys([*unreadable, *(raw for raw, its in waiting.items() if its <= keys.keys())])
        missing = set(self.store.upkeep.missing(customer, source, list(keys)))
        gone = Removal(tuple(key for key in keys if key not in missing), tuple(raws))
        if gone != Removal():
            self.journal.write([Delivery(customer, source, now_ms(), [], [], place=place, gone=gone)])
        return len(gone.keys)

    def _wait_for_journal(self) -> None:
        """Wait until what is in the journal by now is counted; raises BusyError if that makes no progress."""
        from pbxtally.errors import BusyError

        position, applied, until = self.journal.last(), -1, 0.0
        while (now := self.store.applied()) < position:
            if now > applied:
                applied, until = now, time.monotonic() + PATIENCE_SECONDS
            if time.monotonic() > until:
                raise BusyError("The calls are busy - what is written down leaves as soon as its turn comes")
            time.sleep(AGAIN_SECONDS)

    def _write_down(self, gone: int) -> None:
        """Add a line to the customer's audit."""
        from pbxtally import audit

        detail = f"{gone:,} {'record' if gone == 1 else 'records'} of {self.options.source}, {command_of()}"
        deleted = audit.Action.DELETED
        audit.record(self.folder.people, None, self.options.customer, deleted, None, None, now_ms(), detail)


@contextmanager
def _counting(folder: Folder, store: DuckStore | RemoteStore) -> Iterator[None]:
    """While the block runs, what is in the journal is counted: by the running server, else here."""
    from pbxtally.cli.server_arrivals import arrivals_of
    from pbxtally.stores.duckdb_store import DuckStore

    if not isinstance(store, DuckStore):
        yield
        return
    with arrivals_of(folder, store):
        yield

"""`load`: take CDR files in, and say what became of every record."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BufferedReader
from typing import TYPE_CHECKING

import rich_click as click

from pbxtally.cli.input_files import input_name, open_input
from pbxtally.cli.intake_setup import SourceOptions, source_options
from pbxtally.cli.options import data_option

if TYPE_CHECKING:
    from pbxtally.cli.folder import Folder
    from pbxtally.cli.pending_receipts import PendingReceipts
    from pbxtally.hosting import HostedReceipt
    from pbxtally.intake import Intake, Receipt


@click.command("load")
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@source_options
@click.option(
    "--check",
    is_flag=True,
    help="Read and report, but save nothing; without --pbx, show the first records as understood.",
)
@data_option
def command(files: tuple[str, ...], options: SourceOptions, check: bool, data: str | None) -> None:
    """Load CDR files of one customer's PBX, or of a hosted switch.

    FILE may be `-` for standard input, and may be compressed (.gz). Zone, trunks, pattern and layout are remembered
    for this source of this customer. Loading a file again changes nothing. The exit code is 0 only if no record was
    rejected.

    Example: ./run load Master.csv --source asterisk --customer 5450f1834b75ff2103256300 --trunk carrier

    Example: ./run load v_xml_cdr.csv --pbx hosted
    """
    from pbxtally.cli.folder import any_store, open_folder
    from pbxtally.cli.intake_setup import intake_of, print_receipt, resolved, setting_of
    from pbxtally.cli.pending_receipts import LoadTarget, PendingReceipts
    from pbxtally.cli.preview import print_preview
    from pbxtally.cli.reading import no_circles, read_aside
    from pbxtally.settings import data_folder

    with no_circles(), open_folder(data_folder(data)) as folder:
        if options.pbx is not None:
            if not _load_hosted(folder, options.pbx, files, keeps=not check):
                sys.exit(1)
            return
        options = resolved(folder, options)
        setting = setting_of(folder, options)
        with any_store(folder) as store:
            prepared = intake_of(folder, store, options, setting, read_aside(options.source), keeps=not check)
            intake = prepared.intake

            def show(name: str, receipt: Receipt) -> None:
                _say_empty(name, receipt)
                print_receipt(name, receipt, check)
                if check:
                    print_preview(receipt.first, intake.numbering, intake.zone)

            target = LoadTarget(options.customer, options.source, intake.now_ms)
            pending = PendingReceipts(folder, store, target, prepared.remember, show)
            try:
                whole = [_load(intake, name, pending) for name in files]
            finally:
                pending.flush()
    if not all(whole):
        sys.exit(1)


def _load(intake: Intake, name: str, pending: PendingReceipts[Receipt]) -> bool:
    """Take one file in; its receipt follows once the calls are durable. Says whether all of it could be used."""
    from pbxtally.records import file_label
    from pbxtally.sources import SOURCES
    from pbxtally.streams import records_in

    with open_input(name, f", or use: follow {name}") as stream, _progress(stream) as intake.progress:
        receipt = intake.take(file_label(name), records_in(stream, SOURCES[intake.source]))
    pending.add(file_label(name), receipt)
    return not receipt.rejected and not receipt.damage


def _load_hosted(folder: Folder, pbx: str, files: tuple[str, ...], *, keeps: bool) -> bool:
    """Take files of a hosted switch in and print their receipts; says whether all of them could be used."""
    from pbxtally.cli.folder import any_store
    from pbxtally.cli.intake_setup import print_receipt
    from pbxtally.cli.pbx import print_unknown, tenants_of
    from pbxtally.cli.pending_receipts import LoadTarget, PendingReceipts
    from pbxtally.hosting import HostedIntake
    from pbxtally.records import file_label
    from pbxtally.streams import records_in

    with any_store(folder) as store:
        switch = tenants_of(folder, store).switch(pbx)
        intake = HostedIntake(store, switch, keeps)

        def show(name: str, receipt: HostedReceipt) -> None:
            _say_empty(name, receipt)
            print_receipt(name, receipt, not keeps)
            print_unknown(switch, receipt.unknown)

        target = LoadTarget(pbx, switch.pbx.source, switch.now_ms)
        pending = PendingReceipts(folder, store, target, lambda: keeps, show)
        is_whole = True
        try:
            for name in files:
                with open_input(name, f", or use: follow {name}") as stream, _progress(stream) as intake.progress:
                    receipt = intake.take(file_label(name), records_in(stream, switch.source))
                pending.add(file_label(name), receipt)
                is_whole = is_whole and not receipt.rejected and not receipt.damage
        finally:
            pending.flush()
    return is_whole


def _say_empty(name: str, receipt: Receipt) -> None:
    """Say if a file has no record: it may hold just a heading."""
    if not receipt.read and not receipt.damage:
        click.echo(f"{input_name(name)} contains no record", err=True)


@contextmanager
def _progress(stream: BufferedReader) -> Iterator[Callable[[int], None]]:
    """Show on a terminal how far it is, how many records and how fast; nothing in a pipe."""
    if not sys.stderr.isatty():
        yield lambda records: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    size = os.fstat(stream.fileno()).st_size if stream.seekable() else None
    columns = (BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[done]}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task("load", total=size, done="reading")
        taken = 0

        def advance(records: int) -> None:
            nonlocal taken
            taken += records
            speed = taken / (shown.tasks[0].elapsed or 1)
            shown.update(task, done=f"{taken:,} records, {speed:,.0f}/s", completed=stream.tell() if size else 0)

        yield advance

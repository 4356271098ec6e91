"""`load`: take CDR files in, and say what became of every record."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BufferedReader
from typing import TYPE_CHECKING

import rich_click as click

from pbxtally.cli.given_files import called, opened
from pbxtally.cli.options import data_option
from pbxtally.cli.taking import Words, source_options

if TYPE_CHECKING:
    from pbxtally.cli.folder import Folder
    from pbxtally.cli.settling import Settling
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
def command(files: tuple[str, ...], words: Words, check: bool, data: str | None) -> None:
    """Load CDR files of one customer's PBX, or of a hosted switch.

    FILE may be `-` for standard input, and may be compressed (.gz). Zone, trunks, pattern and layout are remembered
    for this source of this customer. Loading a file again changes nothing. The exit code is 0 only if no record was
    rejected.

    Example: ./run load Master.csv --source asterisk --customer 5450f1834b75ff2103256300 --trunk carrier

    Example: ./run load v_xml_cdr.csv --pbx hosted
    """
    from pbxtally.cli.folder import any_store, open_folder
    from pbxtally.cli.reading import no_circles, read_aside
    from pbxtally.cli.settling import Settling, Whose
    from pbxtally.cli.taking import intake_of, print_receipt, resolved, said_of
    from pbxtally.cli.understood import print_understood
    from pbxtally.settings import data_folder

    with no_circles(), open_folder(data_folder(data)) as folder:
        if words.pbx is not None:
            if not _load_hosted(folder, words.pbx, files, keeps=not check):
                sys.exit(1)
            return
        words = resolved(folder, words)
        said = said_of(folder, words)
        with any_store(folder) as store:
            taking = intake_of(folder, store, words, said, read_aside(words.source), keeps=not check)
            intake = taking.intake

            def show(name: str, receipt: Receipt) -> None:
                _say_empty(name, receipt)
                print_receipt(name, receipt, check)
                if check:
                    print_understood(receipt.first, intake.numbering, intake.zone)

            whose = Whose(words.customer, words.source, intake.now_ms)
            settling = Settling(folder, store, whose, taking.remember, show)
            try:
                whole = [_load(intake, name, settling) for name in files]
            finally:
                settling.settle()
    if not all(whole):
        sys.exit(1)


def _load(intake: Intake, name: str, settling: Settling[Receipt]) -> bool:
    """Take one file in; its receipt follows once the calls are durable. Says whether all of it could be used."""
    from pbxtally.records import named
    from pbxtally.sources import SOURCES
    from pbxtally.streams import records_in

    with opened(name, f", or use: follow {name}") as stream, _progress(stream) as intake.progress:
        receipt = intake.take(named(name), records_in(stream, SOURCES[intake.source]))
    settling.add(named(name), receipt)
    return not receipt.rejected and not receipt.damage


def _load_hosted(folder: Folder, pbx: str, files: tuple[str, ...], *, keeps: bool) -> bool:
    """Take files of a hosted switch in and print their receipts; says whether all of them could be used."""
    from pbxtally.cli.folder import any_store
    from pbxtally.cli.pbx import print_unknown, tenants_of
    from pbxtally.cli.settling import Settling, Whose
    from pbxtally.cli.taking import print_receipt
    from pbxtally.hosting import HostedIntake
    from pbxtally.records import named
    from pbxtally.streams import records_in

    with any_store(folder) as store:
        switch = tenants_of(folder, store).switch(pbx)
        intake = HostedIntake(store, switch, keeps)

        def show(name: str, receipt: HostedReceipt) -> None:
            _say_empty(name, receipt)
            print_receipt(name, receipt, not keeps)
            print_unknown(switch, receipt.unknown)

        whose = Whose(pbx, switch.pbx.source, switch.now_ms)
        settling = Settling(folder, store, whose, lambda: keeps, show)
        is_whole = True
        try:
            for name in files:
                with opened(name, f", or use: follow {name}") as stream, _progress(stream) as intake.progress:
                    receipt = intake.take(named(name), records_in(stream, switch.source))
                settling.add(named(name), receipt)
                is_whole = is_whole and not receipt.rejected and not receipt.damage
        finally:
            settling.settle()
    return is_whole


def _say_empty(name: str, receipt: Receipt) -> None:
    """Say if a file has no record: it may hold just a heading."""
    if not receipt.read and not receipt.damage:
        click.echo(f"{called(name)} contains no record", err=True)


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

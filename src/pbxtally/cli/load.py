"""`load`: take CDR files in, and say what became of every record."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, cast
from zoneinfo import ZoneInfo

import rich_click as click

from pbxtally.cli.options import data_option, now_ms

if TYPE_CHECKING:
    from pbxtally.calls import Numbering
    from pbxtally.cli.folder import Folder
    from pbxtally.intake import Intake, Receipt
    from pbxtally.stores.people_store import SourceSetting

SHOWN_REJECTIONS = 20


@click.command("load")
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@click.option("--source", required=True, metavar="NAME", help="Format of the files; `./run sources` lists them.")
@click.option("--customer", required=True, metavar="CUSTOMER", help="Customer the calls belong to, by id or name.")
@click.option("--timezone", metavar="ZONE", help="Zone the PBX writes its times in; else the customer's.")
@click.option("--trunk", "trunks", multiple=True, metavar="NAME", help="A device that is a trunk; may be repeated.")
@click.option(
    "--layout", metavar="TEXT", help="What the records do not say of their layout; @FILE: what the file says."
)
@click.option("--extensions", metavar="PATTERN", help="What devices that are extensions look like; else 2 to 6 digits.")
@click.option("--check", is_flag=True, help="Read and report, show the first records as understood, keep nothing.")
@data_option
def command(
    files: tuple[str, ...],
    source: str,
    customer: str,
    timezone: str | None,
    trunks: tuple[str, ...],
    extensions: str | None,
    layout: str | None,
    check: bool,
    data: str | None,
) -> None:
    """Load CDR files of one customer's PBX.

    FILE may be `-` for standard input, and may be compressed (.gz). Zone, trunks, pattern and layout are remembered
    for this source of this customer. Loading a file again changes nothing. The exit code is 0 only if no record was
    rejected.

    Example: ./run load Master.csv --source asterisk --customer 5450f1834b75ff2103256300 --trunk carrier
    """
    from pbxtally.cli.folder import any_store, open_folder
    from pbxtally.cli.people import find_customer
    from pbxtally.cli.reading import no_circles, read_aside
    from pbxtally.intake import Intake, numbering_of
    from pbxtally.settings import data_folder
    from pbxtally.sources import SOURCES

    if source not in SOURCES:
        _wrong("source", f"there is no source {source!r} - use {' or '.join(SOURCES)}")
    with no_circles(), open_folder(data_folder(data)) as folder:
        customer = find_customer(folder, customer).id
        said = _said(folder, customer, source, timezone, trunks, extensions, layout)
        zone = _zone(folder, customer, said)
        with any_store(folder) as store:
            before = numbering_of(folder.people, customer, source)
            had_legs = source in store.sources_of(customer)
            intake = Intake(
                store, folder.people, customer, source, read_aside(source), zone,
                _numbering(before, said), now_ms(), not check, layout=said.layout or "",
            )  # fmt: skip
            try:
                whole = [_load(intake, name) for name in files]
            finally:
                if intake.has_kept:
                    folder.people.keep_source_setting(customer, source, said)
                    if had_legs and intake.numbering != before:
                        store.derive_again(customer, source, intake.numbering)
                    store.tidy()
    if not all(whole):
        sys.exit(1)


def _load(intake: Intake, name: str) -> bool:
    """Take one file in and print its receipt; says whether all of it could be used."""
    from pbxtally.cli.understood import print_understood
    from pbxtally.sources import SOURCES
    from pbxtally.streams import records_in

    with _opened(name) as stream, _progress(stream) as intake.progress:
        receipt = intake.take(name, records_in(stream, SOURCES[intake.source]))
    _print_receipt(name, receipt, not intake.keeps)
    if not intake.keeps:
        print_understood(receipt.first, intake.numbering, intake.zone)
    return not receipt.rejected and not receipt.damage


def _wrong(field: str, description: str) -> NoReturn:
    from pbxtally.errors import InvalidFieldError

    raise InvalidFieldError(field, description)


def _said(
    folder: Folder,
    customer: str,
    source: str,
    timezone: str | None,
    trunks: tuple[str, ...],
    extensions: str | None,
    layout: str | None,
) -> SourceSetting:
    """What was remembered for the source, and what was said now in its place."""
    from pbxtally.query import find_zone
    from pbxtally.stores.people_store import SourceSetting

    if timezone is not None and find_zone(timezone) is None:
        _wrong("timezone", f"{timezone!r} is not an IANA zone such as Europe/Copenhagen or UTC")
    try:
        groups = re.compile(extensions or "").groups
    except re.error as why:
        _wrong("extensions", f"{extensions!r} is not a regular expression: {why}")
    if groups > 1:
        _wrong("extensions", "at most one group may stand in the pattern: the extension's number")
    before = folder.people.source_setting(customer, source) or SourceSetting()
    return SourceSetting(
        timezone or before.timezone,
        trunks or before.trunks,
        extensions or before.extensions,
        _layout(layout) if layout else before.layout,
    )


def _layout(said: str) -> str:
    """The layout itself, or what the file says that is named behind an @."""
    if not said.startswith("@"):
        return said
    try:
        return Path(said[1:]).read_text("utf-8")
    except OSError as why:
        _wrong("layout", f"{said[1:]} cannot be read: {why.strerror}")
    except UnicodeDecodeError:
        _wrong("layout", f"{said[1:]} is not a text in UTF-8")


def _zone(folder: Folder, customer: str, said: SourceSetting) -> ZoneInfo:
    known = folder.people.customer(customer)
    return ZoneInfo(said.timezone or (known and known.timezone) or folder.settings.timezone)


def _numbering(before: Numbering, said: SourceSetting) -> Numbering:
    from pbxtally.calls import DEFAULT_EXTENSION_PATTERN, Numbering

    return Numbering(before.directory, said.extensions or DEFAULT_EXTENSION_PATTERN, frozenset(said.trunks))


@contextmanager
def _opened(name: str) -> Iterator[BufferedReader]:
    """The bytes of a file, or of standard input."""
    if name == "-":
        yield cast(BufferedReader, sys.stdin.buffer)
        return
    try:
        stream = Path(name).open("rb")  # noqa: SIM115
    except OSError as why:
        _wrong("file", f"{name} cannot be read: {why.strerror}")
    with stream:
        yield stream


@contextmanager
def _progress(stream: BufferedReader) -> Iterator[Callable[[int], None]]:
    """How far it is, how many records and how fast, on a terminal; nothing in a pipe."""
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


def _print_receipt(name: str, receipt: Receipt, check: bool) -> None:
    if receipt.damage:
        click.echo(f"error: {name}: {receipt.damage}", err=True)
    elif not receipt.read:
        click.echo(f"{name} is empty" if name != "-" else "standard input is empty", err=True)
    if check:
        click.echo(
            f"{name}: read {receipt.read} = readable {receipt.kept} + rejected {receipt.rejected}; nothing was kept"
        )
    else:
        click.echo(
            f"{name}: read {receipt.read} = kept {receipt.kept} + known {receipt.known}"
            f" + replaced {receipt.replaced} + rejected {receipt.rejected}"
        )
    for one in receipt.rejections[:SHOWN_REJECTIONS]:
        click.echo(f"  line {one.line}: {one.reason}")
    if receipt.rejected > SHOWN_REJECTIONS:
        click.echo(f"  and {receipt.rejected - SHOWN_REJECTIONS} more{'' if check else '; ./run rejected lists all'}")

"""`map`: propose a mapping for the generic source."""

from __future__ import annotations

from contextlib import suppress
from io import BufferedReader, BytesIO
from itertools import islice
from typing import TYPE_CHECKING

import rich_click as click

from pbxtally.cli.options import now_ms, terminal_safe

if TYPE_CHECKING:
    from pbxtally.records import Source


@click.command("map")
@click.argument("file", metavar="FILE")
def command(file: str) -> None:
    """Propose a mapping for a CSV, JSON Lines or XLSX file of calls, from its first rows.

    FILE may be `-` for standard input, and may be compressed (.gz). It is printed as TOML with comments. Look at it,
    save it, and load with `--source generic --layout @MAPPING`. If another source knows the records, that is said
    first.

    Example: ./run map calls.csv > mapping.toml
    """
    from pbxtally.cli.input_files import input_name, open_input
    from pbxtally.cli.intake_setup import wrong
    from pbxtally.errors import SourceError
    from pbxtally.sources import SOURCES
    from pbxtally.sources.generic_proposal import SAMPLE, proposal
    from pbxtally.streams import records_in
    from pbxtally.tables import ARCHIVE, MANY_ARCHIVE_BYTES

    with open_input(file) as stream:
        head, given = stream.peek(), stream
        if head.startswith(ARCHIVE):  # what it holds is told at its end
            head = stream.read(MANY_ARCHIVE_BYTES + 1)
            given = BufferedReader(BytesIO(head))
        own = [name for name, source in SOURCES.items() if name != "generic" and _knows(source, head, SAMPLE)]
        try:
            first = list(islice(records_in(given, SOURCES["generic"]), SAMPLE))
        except SourceError:
            if not own:
                raise
            first = []
    if own:
        click.echo("# A source of their own knows more of these records than a mapping can say:")
        click.echo(f"# load FILE --source {' or '.join(own)} --check")
    elif not any(record.strip() for record in first):
        wrong("file", f"{input_name(file)} is empty")
    if first:
        for line in proposal(first).splitlines():
            click.echo(terminal_safe(line))


def _knows(source: Source, head: bytes, most: int) -> bool:
    """Whether a source can use most of the first records that a file, or its beginning, holds, whosever they are."""
    from zoneinfo import ZoneInfo

    from pbxtally.calls import Leg
    from pbxtally.checked_reading import read_checked
    from pbxtally.errors import SourceError
    from pbxtally.records import Reading
    from pbxtally.streams import records_in

    reading, are_legs = Reading(ZoneInfo("UTC"), None, lambda extension, at_ms: extension), []
    with suppress(SourceError):  # compressed data is cut off at the end of the beginning
        records = islice(records_in(BufferedReader(BytesIO(head)), source), most)
        for one in read_checked(source.read, records, reading, now_ms()):
            are_legs.append(isinstance(one, Leg))
    return 2 * sum(are_legs) > len(are_legs)

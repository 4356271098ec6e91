"""`map`: propose a mapping for the generic source."""

from __future__ import annotations

from itertools import islice

import rich_click as click


@click.command("map")
@click.argument("file", metavar="FILE")
def command(file: str) -> None:
    """Propose a mapping for a CSV, JSON Lines or XLSX file of calls, from its first rows.

    FILE may be `-` for standard input, and may be compressed (.gz). It is printed as TOML with comments. Look at it,
    save it, and load with `--source generic --layout @MAPPING`.

    Example: ./run map calls.csv > mapping.toml
    """
    from pbxtally.cli.input_files import input_name, open_input
    from pbxtally.cli.intake_setup import wrong
    from pbxtally.cli.options import terminal_safe
    from pbxtally.sources import SOURCES
    from pbxtally.sources.generic_proposal import SAMPLE, proposal
    from pbxtally.streams import records_in

    with open_input(file) as stream:
        first = list(islice(records_in(stream, SOURCES["generic"]), SAMPLE))
    if not any(record.strip() for record in first):
        wrong("file", f"{input_name(file)} is empty")
    for line in proposal(first).splitlines():
        click.echo(terminal_safe(line))

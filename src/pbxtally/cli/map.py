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
    from pbxtally.cli.given_files import called, opened
    from pbxtally.cli.options import shown
    from pbxtally.cli.taking import wrong
    from pbxtally.sources import SOURCES
    from pbxtally.sources.generic_proposal import SAMPLE, proposal
    from pbxtally.streams import records_in

    with opened(file) as stream:
        first = list(islice(records_in(stream, SOURCES["generic"]), SAMPLE))
    if not any(record.strip() for record in first):
        wrong("file", f"{called(file)} is empty")
    for line in proposal(first).splitlines():
        click.echo(shown(line))

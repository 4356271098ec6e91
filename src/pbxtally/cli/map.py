"""`map`: propose a mapping for the generic source."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import rich_click as click


@click.command("map")
@click.argument("file", metavar="FILE")
def command(file: str) -> None:
    """Propose a mapping for a CSV, JSON Lines or XLSX file of calls, from its first rows.

    It is printed as TOML with comments. Look at it, save it, and load with `--source generic --layout @MAPPING`.

    Example: ./run map calls.csv > mapping.toml
    """
    from pbxtally.cli.options import shown
    from pbxtally.errors import InvalidFieldError
    from pbxtally.sources import SOURCES
    from pbxtally.sources.generic import is_workbook
    from pbxtally.sources.generic_proposal import SAMPLE, proposal
    from pbxtally.streams import records_in

    try:
        with Path(file).open("rb") as stream:
            workbook = is_workbook(stream)
            first = list(islice(records_in(stream, SOURCES["generic"]), SAMPLE))
    except OSError as why:
        raise InvalidFieldError("file", f"{file} cannot be read: {why.strerror}") from None
    if not any(record.strip() for record in first):
        raise InvalidFieldError("file", f"{file} is empty")
    for line in proposal(first, workbook).splitlines():
        click.echo(shown(line))

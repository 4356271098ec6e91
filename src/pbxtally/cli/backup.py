"""`backup`: everything as it is at one moment, also while a server runs."""

from __future__ import annotations

from pathlib import Path

import rich_click as click

from pbxtally.cli.options import data_option
from pbxtally.plurals import quantity


@click.command("backup")
@click.argument("folder", metavar="FOLDER")
@data_option
def command(folder: str, data: str | None) -> None:
    """Copy people, journal, calls and settings into a new folder, also while a server runs.

    All of it is of one moment. Deliveries that come while it is copied are safe in the journal and wait; questions are
    answered. The copy is read once whole, and `backup.json`, its list with a SHA-256 of each file, is written last.
    People on PostgreSQL are not in it.

    Example: ./run backup /backup/pbxtally-2020-12-01
    """
    from pbxtally.cli.backing_up import back_up
    from pbxtally.cli.folder import any_store, open_folder
    from pbxtally.settings import data_folder

    with open_folder(data_folder(data)) as opened, any_store(opened) as store:
        made = back_up(opened, store, Path(folder))
    size = sum(one.bytes for one in made.files.values())
    click.echo(f"{folder}: {quantity(len(made.files), 'file')}, {size:,} bytes, of {made.made}")
    if made.people != "here":
        click.echo("people are on PostgreSQL and not in this backup - run pg_dump as well")

"""`restore`: a backup becomes a data folder."""

from __future__ import annotations

from pathlib import Path

import rich_click as click

from pbxtally.cli.options import data_option


@click.command("restore")
@click.argument("folder", metavar="FOLDER")
@data_option
def command(folder: str, data: str | None) -> None:
    """Put a backup into an empty data folder, and check it; a server may run on another one meanwhile.

    Every file is compared with the backup's list. Calls whose number entered or left the directory just then are
    counted anew. The folder that was before is never touched: move it away, or name another one with --data.

    Example: ./run restore /backup/pbxtally-2020-12-01 --data /var/lib/pbxtally
    """
    from pbxtally.cli.backing_up import restore
    from pbxtally.cli.folder import any_store, open_folder
    from pbxtally.errors import FolderError
    from pbxtally.intake import derive_changed_numbers
    from pbxtally.settings import data_folder

    target = data_folder(data)
    made = restore(Path(folder), target)
    if made.people != "here":
        click.echo("people were on PostgreSQL and are not in this backup - restore that database as well")
    with open_folder(target) as opened, any_store(opened) as store:
        derive_changed_numbers(store, opened.people)
        wrong = [*opened.people.flaws(), *store.upkeep.flaws()]
        if wrong:
            raise FolderError(f"{target} is not whole: {wrong[0]}")
        held = store.upkeep.holdings()
    click.echo(f"{target}: as of {made.made}, {held.legs_of_calls}; no problems found")

"""`rebuild`: the calls made anew."""

from __future__ import annotations

import shutil
import sys
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from pbxtally.cli.options import data_option
from pbxtally.plurals import quantity

if TYPE_CHECKING:
    from pbxtally.cli.folder import Folder
    from pbxtally.stores.duckdb_store import DuckStore


@click.command("rebuild")
@click.option("--backup", metavar="FOLDER", help="Also take in the calls of this backup.")
@data_option
def command(backup: str | None, data: str | None) -> None:
    """Rebuild the calls, while no server runs, from the journal and from every leg that can still be read.

    For calls that are damaged or lost, or that `verify` finds wrong. The old file stays beside the new one. What
    neither the journal nor a readable file has is named, file by file, to be loaded again; a file that is followed is
    read from its beginning. The exit code is 0 only if nothing is missing.

    Example: ./run rebuild --backup /backup/pbxtally-2020-12-01
    """
    from pbxtally.cli.checking import say_load
    from pbxtally.cli.folder import open_folder
    from pbxtally.cli.rebuilding import rebuild
    from pbxtally.cli.remote_store import connect_to_store
    from pbxtally.errors import FolderError
    from pbxtally.settings import data_folder
    from pbxtally.stores.journal import Journal

    with open_folder(data_folder(data)) as folder, ExitStack() as held:
        if connect_to_store(folder.path):
            raise FolderError(f"a server runs on {folder.path} - stop it first")
        journal = held.enter_context(closing(Journal(folder.path)))
        kept = [_of_backup(folder, Path(backup), held)] if backup else []
        own = _own(folder)
        if own:
            kept.append(held.enter_context(closing(own)))
        before = f"calls.duckdb.before-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}"
        found = rebuild(folder, journal, kept, before)
    click.echo(
        f"calls rebuilt: {found.held.words};"
        f" {quantity(found.deliveries, 'delivery', 'deliveries')} came from the journal"
    )
    if (folder.path / before).exists():
        click.echo(f"the old file is {before}; delete it when you no longer need it")
    if found.lost:
        click.echo(
            f"about {quantity(found.lost, 'leg')} of older files could not be read; the journal made up for what it has"
        )
    for one in found.missing:
        click.echo(f"MISSING {say_load(one)} - load it again")
    for gap in found.gaps:
        click.echo(f"MISSING {gap}")
    if found.lost or found.missing or found.gaps:
        sys.exit(1)


def _own(folder: Folder) -> DuckStore | None:
    """The calls as they are; None: there are none that can be opened."""
    from pbxtally.cli.rebuilding import open_calls
    from pbxtally.errors import FolderError
    from pbxtally.stores.duckdb_file import InUseError

    if not (folder.path / "calls.duckdb").exists():
        click.echo("there is no calls.duckdb")
        return None
    try:
        return open_calls(folder, folder.path)
    except InUseError:
        raise
    except FolderError as why:
        click.echo(f"nothing can be recovered from calls.duckdb: {why.description}")
        return None


def _of_backup(folder: Folder, backup: Path, held: ExitStack) -> DuckStore:
    """A copy of a backup's calls, opened; the backup itself stays as it is."""
    from pbxtally.cli.backing_up import read_list
    from pbxtally.cli.rebuilding import open_calls

    read_list(backup)
    copy = folder.path / "rebuilding-from"
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir(mode=0o700)
    held.callback(shutil.rmtree, copy)
    shutil.copyfile(backup / "calls.duckdb", copy / "calls.duckdb")
    return held.enter_context(closing(open_calls(folder, copy)))

"""`verify`: do people, journal and calls agree?"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

import rich_click as click

from pbxtally.cli.options import data_option
from pbxtally.plurals import quantity

if TYPE_CHECKING:
    from pbxtally.cli.remote_store import RemoteStore
    from pbxtally.stores.duckdb_store import DuckStore
    from pbxtally.stores.journal import Journal


@click.command("verify")
@click.option("--quick", is_flag=True, help="Skip deriving every call again, which takes a second per 30,000 legs.")
@click.option(
    "--give-up", "given_up", multiple=True, metavar="FILE", help="Accept that the records loaded from FILE are lost."
)
@data_option
def command(quick: bool, given_up: tuple[str, ...], data: str | None) -> None:
    """Check everything that can be checked and report problems, with or without a running server.

    Are the files whole, to the last column? Does every delivery that was acknowledged stand among the calls, each leg
    once? Is every call counted as its legs and the directory say? Is a file missing that was loaded before the calls
    were lost? The exit code is 0 only if no problems are found.

    Example: ./run verify
    """
    from contextlib import closing

    from pbxtally.cli.checking import call_flaws, gaps, journal_flaws, missing_loads, people_flaws, say_load
    from pbxtally.cli.folder import any_store, open_folder
    from pbxtally.settings import data_folder
    from pbxtally.stores.journal import Journal

    with (
        open_folder(data_folder(data)) as folder,
        any_store(folder) as store,
        closing(Journal(folder.path)) as journal,
    ):
        _give_up(store, journal, given_up)
        customers = quantity(len(folder.people.customers()), "customer")
        wrong = _report(people_flaws(folder), f"people: whole, {customers}, every number is in the calls")
        broken = [f"calls: {one}" for one in store.upkeep.flaws()]
        wrong += _report(broken, "")
        if not broken:
            held = store.upkeep.holdings()
            lost = [f"calls: {say_load(one)} is missing - load it again" for one in missing_loads(store, journal)]
            lost += [f"calls: {one}" for one in gaps(store, journal)]
            derived = [] if quick else list(call_flaws(folder, store))
            how = "" if quick else ", every call matches its legs"
            good = f"calls: whole, {held.words}{how}"
            wrong += _report([*lost, *derived], good)
            waiting = max(journal.last() - store.applied(), 0)
            good = quantity(journal.last(), "delivery, counted in the calls", "deliveries, all counted in the calls")
            if waiting:
                some = quantity(waiting, "of them waits", "of them wait")
                good = f"{quantity(journal.last(), 'delivery', 'deliveries')}, {some}"
            wrong += _report(journal_flaws(store, journal), f"journal: whole, {good}")
    click.echo(quantity(wrong, "problem found", "problems found") if wrong else "no problems found")
    if wrong:
        sys.exit(1)


def _give_up(store: DuckStore | RemoteStore, journal: Journal, files: Collection[str]) -> None:
    """No longer report as missing what was loaded from these files and is lost."""
    from pbxtally.cli.checking import missing_loads
    from pbxtally.cli.intake_setup import wrong

    missing = missing_loads(store, journal)
    for file in files:
        if file not in [one.file for one in missing]:
            wrong("give-up", f"nothing of {file} is missing - use the file name that verify prints")
    for one in missing:
        if one.file in files:
            store.note_load(one.id, one.number)


def _report(wrong: Iterable[str], good: str) -> int:
    """Print each thing that is wrong, or that all is well; says how many are wrong."""
    sentences = list(wrong)
    for one in sentences:
        click.echo(f"WRONG {one}")
    if not sentences and good:
        click.echo(f"ok    {good}")
    return len(sentences)

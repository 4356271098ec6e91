"""`rejected`: the records that could not be used, and why; and reading them again."""

from __future__ import annotations

import sys
from functools import cache, partial
from typing import TYPE_CHECKING

import rich_click as click

from pbxtally.cli.intake_setup import check_source
from pbxtally.cli.options import data_option, now_ms, terminal_safe

if TYPE_CHECKING:
    from pbxtally.cli.folder import Folder
    from pbxtally.hosting import Switch
    from pbxtally.records import Rejection

SHOWN_BYTES = 200


@click.command("rejected")
@click.option("--retry", is_flag=True, help="Retry them; what can be used now is kept and leaves the list.")
@click.option("--customer", metavar="CUSTOMER", help="Only those of this customer, by id or name.")
@click.option("--source", metavar="NAME", help="Only those of this source.")
@click.option("--pbx", metavar="NAME", help="Only those of this hosted switch that belong to no customer.")
@data_option
def command(retry: bool, customer: str | None, source: str | None, pbx: str | None, data: str | None) -> None:
    """List the records that were rejected: customer, source, file, line, reason, and how the record begins.

    With `--retry` they are read again, as the source's remembered zone, trunks, pattern and layout say now. Each is
    read by itself: one that only the rest of its file explains, such as a heading, stays rejected until the file is
    loaded again. The exit code is then 0 only if none stays.

    Example: ./run rejected --retry --source asterisk
    """
    from pbxtally.cli.folder import any_store, find_customer, open_folder
    from pbxtally.cli.pbx import tenants_of
    from pbxtally.hosting import place_of
    from pbxtally.retrying import Retried, Retrying
    from pbxtally.settings import data_folder
    from pbxtally.sources import SOURCES

    with open_folder(data_folder(data)) as folder, any_store(folder) as store:
        whose = find_customer(folder, customer).id if customer else place_of(pbx) if pbx else None
        if source:
            check_source(source)
        wanted = [one for one in store.rejections(whose) if source in (None, one.source)]
        if pbx and not wanted:  # some records of a removed switch may have come back with the journal
            tenants_of(folder, store).switch(pbx)
        switch_of = cache(partial(_switch_of, folder))
        if not retry:
            for one in wanted:
                _print_rejection(one, one.reason, switch_of(one.customer))
            return
        retried = Retried()
        try:
            Retrying(store, folder.people, SOURCES, folder.zone, now_ms()).retry(wanted, retried)
        finally:
            click.echo(
                f"tried {retried.tried} = kept {retried.kept} + known {retried.known}"
                f" + replaced {retried.replaced} + still rejected {len(retried.still_rejected)}"
            )
        for still, reason in retried.still_rejected:
            _print_rejection(still, reason, switch_of(still.customer))
    if retried.still_rejected:
        sys.exit(1)


def _switch_of(folder: Folder, place: str) -> Switch | None:
    """The hosted switch that nobody's records are kept for; None for a customer's, and where it was removed."""
    from pbxtally.errors import UnknownError
    from pbxtally.hosting import open_switch, pbx_of
    from pbxtally.sources import SOURCES

    name = pbx_of(place)
    try:
        return open_switch(folder.people, SOURCES, name, folder.zone, now_ms()) if name else None
    except UnknownError:
        return None


def _print_rejection(one: Rejection, reason: str, switch: Switch | None) -> None:
    record = switch.without_heading(one.raw) if switch else one.raw
    raw = record[:SHOWN_BYTES].decode("utf-8", "replace").rstrip()
    click.echo(f"{one.customer} {one.source} {terminal_safe(one.file)}:{one.line}: {reason}\n  {terminal_safe(raw)}")

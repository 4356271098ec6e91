"""`rejected`: the records that could not be used, and why; and reading them again."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import rich_click as click

from pbxtally.cli.options import data_option, now_ms, shown
from pbxtally.cli.taking import check_source

if TYPE_CHECKING:
    from pbxtally.records import IsRejection

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
        if not retry:
            for one in wanted:
                _print_rejection(one, one.reason)
            return
        retried = Retried()
        try:
            Retrying(store, folder.people, SOURCES, folder.zone, now_ms()).retry(wanted, retried)
        finally:
            click.echo(
                f"tried {retried.tried} = kept {retried.kept} + known {retried.known}"
                f" + replaced {retried.replaced} + still rejected {len(retried.still)}"
            )
        for still, reason in retried.still:
            _print_rejection(still, reason)
    if retried.still:
        sys.exit(1)


def _print_rejection(one: IsRejection, reason: str) -> None:
    raw = one.raw[:SHOWN_BYTES].decode("utf-8", "replace").rstrip()
    click.echo(f"{one.customer} {one.source} {shown(one.file)}:{one.line}: {reason}\n  {shown(raw)}")

"""`rejected`: the records that could not be used, and why."""

from __future__ import annotations

import rich_click as click

from pbxtally.cli.options import data_option, shown

SHOWN_BYTES = 200


@click.command("rejected")
@data_option
def command(data: str | None) -> None:
    """List the records that were rejected: customer, source, file, line, reason, and how the record begins.

    Example: ./run rejected
    """
    from pbxtally.cli.folder import any_store, open_folder
    from pbxtally.settings import data_folder

    with open_folder(data_folder(data)) as folder, any_store(folder) as store:
        for one in store.rejections():
            raw = one.raw[:SHOWN_BYTES].decode("utf-8", "replace").rstrip()
            click.echo(f"{one.customer} {one.source} {shown(one.file)}:{one.line}: {one.reason}\n  {shown(raw)}")

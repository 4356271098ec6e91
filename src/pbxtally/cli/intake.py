"""`intake`: keys that a PBX delivers its records with."""

from __future__ import annotations

from datetime import UTC, datetime

import rich_click as click

from pbxtally.cli.options import data_option, now_ms


@click.group("intake")
def command() -> None:
    """Keep the keys that PBXs deliver with: `POST /intake/SOURCE` of a running server.

    Example: ./run intake key --customer 5450f1834b75ff2103256300 --source asterisk
    """


@command.command("key")
@click.option("--customer", required=True, metavar="CUSTOMER", help="Customer the calls belong to, by id or name.")
@click.option("--source", required=True, metavar="NAME", help="Format of the records; `./run sources` lists them.")
@click.option("--ip", metavar="RANGE", help="Addresses and networks it may be used from, separated by commas.")
@data_option
def make(customer: str, source: str, ip: str | None, data: str | None) -> None:
    """Make a key and print it, this once. Whose calls a delivery holds is said by its key alone.

    Example: ./run intake key --customer 5450f1834b75ff2103256300 --source asterisk --ip 192.0.2.0/24
    """
    from pbxtally.cli.folder import open_folder
    from pbxtally.cli.people import find_customer
    from pbxtally.errors import InvalidFieldError
    from pbxtally.login.intake_keys import make_intake_key
    from pbxtally.settings import data_folder
    from pbxtally.sources import SOURCES

    if source not in SOURCES:
        raise InvalidFieldError("source", f"there is no source {source!r} - use {' or '.join(SOURCES)}")
    with open_folder(data_folder(data)) as folder:
        click.echo(make_intake_key(folder.people, find_customer(folder, customer).id, source, now_ms(), ip))


@command.command("keys")
@click.option("--customer", required=True, metavar="CUSTOMER", help="Whose keys, by id or name.")
@data_option
def list_keys(customer: str, data: str | None) -> None:
    """List a customer's keys by their beginnings.

    Example: ./run intake keys --customer 5450f1834b75ff2103256300
    """
    from pbxtally.cli.folder import open_folder
    from pbxtally.cli.people import find_customer
    from pbxtally.settings import data_folder

    with open_folder(data_folder(data)) as folder:
        for one in folder.people.intake_keys(find_customer(folder, customer).id):
            state = "in use" if one.revoked_ms is None else f"revoked {_day(one.revoked_ms)}"
            click.echo(
                f"{one.prefix}… {one.source} made {_day(one.created_ms)}, {state}, from {one.ip_range or 'anywhere'}"
            )


@command.command("revoke")
@click.argument("prefix")
@click.option("--customer", required=True, metavar="CUSTOMER", help="Whose key it is, by id or name.")
@data_option
def revoke(prefix: str, customer: str, data: str | None) -> None:
    """End the key that begins with PREFIX, as `keys` shows it.

    Example: ./run intake revoke pbxi_3fa2c1 --customer 5450f1834b75ff2103256300
    """
    from pbxtally.cli.folder import open_folder
    from pbxtally.cli.people import find_customer
    from pbxtally.login.intake_keys import revoke_intake_key
    from pbxtally.settings import data_folder

    with open_folder(data_folder(data)) as folder:
        revoke_intake_key(folder.people, find_customer(folder, customer).id, prefix.rstrip("…"), now_ms())
    click.echo("revoked")


def _day(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).date().isoformat()

"""`intake`: keys that a PBX delivers its records with."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import rich_click as click

from pbxtally.cli.options import command_of, data_option, now_ms

if TYPE_CHECKING:
    from pbxtally.audit import Action
    from pbxtally.cli.folder import Folder
    from pbxtally.people import IntakeKey


@click.group("intake")
def command() -> None:
    """Keep the keys that PBXs deliver with: `POST /intake/SOURCE` of a running server.

    Example: ./run intake key --customer 5450f1834b75ff2103256300 --source asterisk
    """


@command.command("key")
@click.option("--customer", metavar="CUSTOMER", help="Customer the calls belong to, by id or name.")
@click.option("--source", metavar="NAME", help="Record format; `./run sources` lists them.")
@click.option("--pbx", metavar="NAME", help="A hosted switch, whose map says whose the calls are, in place of both.")
@click.option("--ip", metavar="RANGE", help="IP addresses or networks it may be used from, separated by commas.")
@data_option
def make(customer: str | None, source: str | None, pbx: str | None, ip: str | None, data: str | None) -> None:
    """Create a key and print it, only once. The key alone, or a switch's map, decides whose calls a delivery holds.

    Example: ./run intake key --customer 5450f1834b75ff2103256300 --source asterisk --ip 192.0.2.0/24

    Example: ./run intake key --pbx hosted
    """
    from pbxtally.audit import Action
    from pbxtally.cli.folder import find_customer, open_folder
    from pbxtally.cli.intake_setup import check_source, pbx_of, wrong
    from pbxtally.login.intake_keys import make_intake_key, make_pbx_key
    from pbxtally.settings import data_folder

    if (pbx is None) != (customer is not None and source is not None) or (pbx and (customer or source)):
        wrong("customer", "name a --customer and a --source, or a --pbx")
    with open_folder(data_folder(data)) as folder:
        if source is None:
            click.echo(make_pbx_key(folder.people, pbx_of(folder, pbx or ""), now_ms(), ip))
            return
        check_source(source)
        whose = find_customer(folder, customer).id
        made = make_intake_key(folder.people, whose, source, now_ms(), ip)
        _write_down(folder, whose, Action.CREATED, f"{made[:11]}, {source}")
        click.echo(made)


@command.command("keys")
@click.option("--customer", metavar="CUSTOMER", help="Whose keys, by id or name.")
@click.option("--pbx", metavar="NAME", help="Those of a hosted switch.")
@data_option
def list_keys(customer: str | None, pbx: str | None, data: str | None) -> None:
    """List a customer's keys, or a hosted switch's, by their beginnings.

    Example: ./run intake keys --customer 5450f1834b75ff2103256300
    """
    from pbxtally.cli.folder import open_folder
    from pbxtally.settings import data_folder

    with open_folder(data_folder(data)) as folder:
        for one in _keys(folder, customer, pbx):
            state = "in use" if one.revoked_ms is None else f"revoked {_day(one.revoked_ms)}"
            click.echo(
                f"{one.prefix}… {one.source} created {_day(one.created_ms)}, {state}, from {one.ip_range or 'anywhere'}"
            )


@command.command("revoke")
@click.argument("prefix")
@click.option("--customer", metavar="CUSTOMER", help="Whose key it is, by id or name.")
@click.option("--pbx", metavar="NAME", help="Whose key it is, if it is a hosted switch's.")
@data_option
def revoke(prefix: str, customer: str | None, pbx: str | None, data: str | None) -> None:
    """Revoke the key that begins with PREFIX, as `keys` shows it; the whole key works as well.

    Example: ./run intake revoke pbxi_3fa2c1 --customer 5450f1834b75ff2103256300
    """
    from pbxtally.audit import Action
    from pbxtally.cli.folder import open_folder
    from pbxtally.login.intake_keys import revoke_intake_key
    from pbxtally.settings import data_folder

    with open_folder(data_folder(data)) as folder:
        keys = _keys(folder, customer, pbx)
        beginning = revoke_intake_key(folder.people, keys, prefix.rstrip("…"), now_ms())
        if keys[0].customer:
            _write_down(folder, keys[0].customer, Action.DELETED, beginning)
    click.echo("revoked")


def _write_down(folder: Folder, customer: str, action: Action, key: str) -> None:
    """Add a line to the audit of the customer whose calls a key brings; a switch's key has none."""
    from pbxtally import audit

    audit.record(folder.people, None, customer, action, None, None, now_ms(), f"intake key {key}, {command_of()}")


def _keys(folder: Folder, customer: str | None, pbx: str | None) -> list[IntakeKey]:
    """The keys of a customer, or of a hosted switch."""
    from pbxtally.cli.folder import find_customer
    from pbxtally.cli.intake_setup import pbx_of, wrong

    if (customer is None) == (pbx is None):
        wrong("customer", "name a --customer or a --pbx")
    if pbx is not None:
        return folder.people.intake_keys_of_pbx(pbx_of(folder, pbx).name)
    return folder.people.intake_keys(find_customer(folder, customer).id)


def _day(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).date().isoformat()

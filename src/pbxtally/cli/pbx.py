"""`pbx`: hosted switches that many customers are on, and which customer each word in their records means."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from pbxtally.cli.options import command_of, data_option, now_ms, terminal_safe
from pbxtally.plurals import quantity

if TYPE_CHECKING:
    from collections import Counter

    from pbxtally.cli.folder import Folder
    from pbxtally.hosting import Switch
    from pbxtally.people import Pbx, SourceSetting
    from pbxtally.tenants import Tenants


MANY_WORDS = 20
"""How many unknown words a receipt names."""


@click.group("pbx")
def command() -> None:
    """Manage hosted switches: one PBX shared by many customers, told apart by a word in its records.

    Example: ./run pbx add hosted --source fusionpbx --word domain --timezone Europe/Copenhagen
    """


_OPTIONS = (
    click.option("--timezone", metavar="ZONE", help="Time zone of the PBX's times; default: the server's."),
    click.option("--trunk", "trunks", multiple=True, metavar="NAME", help="A device that is a trunk; may be repeated."),
    click.option(
        "--layout", metavar="TEXT", help="What the records do not say about their layout; @FILE reads it from a file."
    ),
    click.option(
        "--extensions",
        metavar="PATTERN",
        help="What devices that are extensions look like; {tenant} stands for the customer's word.",
    ),
)


def _setting_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@command.command("add")
@click.argument("name")
@click.option("--source", required=True, metavar="NAME", help="Format of its records; `./run sources` lists them.")
@click.option(
    "--word",
    required=True,
    metavar="WORD",
    help="What identifies the customer: domain, accountcode, context or tenant.",
)
@_setting_options
@data_option
def add(name: str, source: str, word: str, data: str | None, **said: Any) -> None:
    """Create a hosted switch. Load its records with `load --pbx`, or deliver them with a key from `intake key --pbx`.

    Example: ./run pbx add hosted --source fusionpbx --word domain --timezone Europe/Copenhagen
    """
    from pbxtally.people import Pbx

    with opened(data, create=True) as (_, tenants):
        pbx = _with_setting(Pbx(name, source, word, now_ms()), said)
        tenants.keep(pbx, is_new=True)


@command.command("change")
@click.argument("name")
@click.option("--word", metavar="WORD", help="What identifies the customer: domain, accountcode, context or tenant.")
@_setting_options
@data_option
def change(name: str, word: str | None, data: str | None, **said: Any) -> None:
    """Change the settings of a hosted switch; those not named stay. Its customers' calls are counted again.

    Example: ./run pbx change hosted --trunk carrier --extensions '{tenant}-([0-9]+)'
    """
    with opened(data) as (_, tenants):
        pbx = tenants.switch(name).pbx
        tenants.keep(_with_setting(replace(pbx, word=word or pbx.word), said), is_new=False)


@command.command("remove")
@click.argument("name")
@data_option
def remove(name: str, data: str | None) -> None:
    """Remove a hosted switch, its map, its keys, and its records without a customer. Customers keep their calls.

    Example: ./run pbx remove hosted
    """
    with opened(data) as (_, tenants):
        tenants.remove(name)


@command.command("list")
@data_option
def list_all(data: str | None) -> None:
    """List the hosted switches and their settings.

    Example: ./run pbx list
    """
    with opened(data) as (folder, _):
        for one in folder.people.pbxs():
            many = len(set(folder.people.tenants(one.name).values()))
            customers = quantity(many, "customer")
            click.echo("  ".join((one.name, f"{one.source} by {one.word}", customers, *_said(one.setting))))


def _said(setting: SourceSetting) -> Iterator[str]:
    """A switch's settings as the options that set them; of a layout, which may be long, only that there is one."""
    trunks = tuple(("trunk", one) for one in setting.trunks)
    for option, value in (("timezone", setting.timezone), *trunks, ("extensions", setting.extensions)):
        if value:
            yield f"--{option} {shlex.quote(terminal_safe(value))}"
    if setting.layout:
        yield "with a layout"


@command.command("map")
@click.argument("name")
@click.argument("word", required=False)
@click.option("--customer", metavar="CUSTOMER", help="The customer of records with this word, by id or name.")
@click.option("--nobody", is_flag=True, help="From now on the word belongs to nobody.")
@click.option(
    "--file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Many at once: CSV or XLSX with the columns word and customer, as `pbx words` prints them.",
)
@data_option
def map_word(
    name: str, word: str | None, customer: str | None, nobody: bool, file: Path | None, data: str | None
) -> None:
    """Map a WORD to a customer. Earlier records stay where they are; for those that waited use: rejected --retry.

    Example: ./run pbx map hosted acme.example.com --customer Acme

    Example: ./run pbx map hosted --file words.csv
    """
    from pbxtally.cli.folder import find_customer
    from pbxtally.cli.intake_setup import wrong

    if (file is None) == (word is None) or (word is not None and nobody == (customer is not None)):
        wrong("word", "name a word and its --customer or --nobody, or many in a --file")
    with opened(data) as (folder, tenants):
        pairs = [(word or "", customer)] if file is None else list(_pairs(file))
        found = [(one, find_customer(folder, whose) if whose is not None else None) for one, whose in pairs]
        for one, whose in found:
            tenants.map(name, one, whose)
        waiting = sum(one.records for one in tenants.unknown(name) if one.customer is not None)
    if waiting:
        records = quantity(waiting, "record waits", "records wait")
        click.echo(f"{records} for this: ./run rejected --retry --pbx {name}")


@command.command("words")
@click.argument("name")
@data_option
def words(name: str, data: str | None) -> None:
    """Print all mapped words, and unmapped ones found in records, as CSV to fill in and map.

    Example: ./run pbx words hosted > words.csv
    """
    import csv
    import sys

    from pbxtally.intervals import iso_utc

    with opened(data) as (folder, tenants):
        unknown = {one.word: one for one in tenants.unknown(name)}
        mapped = folder.people.tenants(name)
        rows = csv.writer(sys.stdout, lineterminator="\n")
        rows.writerow(("word", "customer", "rejected", "first", "last"))
        for word in (*(one for one in unknown if one not in mapped), *mapped):
            one = unknown.get(word)
            came = (one.records, iso_utc(one.first_ms), iso_utc(one.last_ms)) if one else (0, "", "")
            rows.writerow((terminal_safe(word), mapped.get(word, ""), *came))


def _pairs(file: Path) -> Iterator[tuple[str, str]]:
    """Each word of a filled-in table with the customer beside it; rows without a customer are passed over."""
    from pbxtally.cli.intake_setup import wrong
    from pbxtally.cli.spreadsheets import rows_of

    rows = rows_of(file)
    names = [one.strip().lower() for one in next(rows, ())]
    if not {"word", "customer"} <= set(names):
        wrong("file", f"{file} has no columns word and customer")
    for row in rows:
        cells = dict(zip(names, row, strict=False))
        if cells.get("word", "").strip() and cells.get("customer", "").strip():
            yield cells["word"], cells["customer"].strip()


@contextmanager
def opened(data: str | None, *, create: bool = False) -> Iterator[tuple[Folder, Tenants]]:
    """A folder, made only if `create`, and the desk that keeps its switches."""
    from pbxtally.cli.folder import any_store, open_folder
    from pbxtally.settings import data_folder

    with open_folder(data_folder(data), create=create) as folder, any_store(folder) as store:
        yield folder, tenants_of(folder, store)


def print_unknown(switch: Switch, unknown: Counter[str]) -> None:
    """Say which words of records are not in a switch's map, the most frequent first."""
    for word, records in unknown.most_common(MANY_WORDS):
        click.echo(
            f"  {switch.pbx.word} {terminal_safe(word) or '(none)'}: {quantity(records, 'record')} without a customer"
        )
    if unknown:
        name, retry = switch.pbx.name, f"./run rejected --retry --pbx {switch.pbx.name}"
        if any(unknown):
            click.echo(f"  ./run pbx map {name} WORD --customer CUSTOMER, then {retry}")
        else:
            click.echo(f"  {retry}, once the rest of their calls is here")


def tenants_of(folder: Folder, store: Any) -> Tenants:
    """The desk of a folder's switches."""
    from pbxtally.sources import SOURCES
    from pbxtally.tenants import Tenants

    return Tenants(store, folder.people, SOURCES, folder.zone, now_ms(), command_of())


def _with_setting(pbx: Pbx, said: dict[str, Any]) -> Pbx:
    """The switch with the given settings in place of the former ones."""
    from pbxtally.cli.intake_setup import layout_of

    given = {name: value for name, value in said.items() if value}
    if "layout" in given:
        given["layout"] = layout_of(given["layout"])
    return replace(pbx, setting=replace(pbx.setting, **given))

"""What commands that take records in share: the source's settings, the intake made with them, the receipt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn
from zoneinfo import ZoneInfo

import rich_click as click

from pbxtally.cli.options import now_ms, terminal_safe

if TYPE_CHECKING:
    from pbxtally.checked_reading import ReadChecked
    from pbxtally.cli.folder import Folder
    from pbxtally.cli.remote_store import RemoteStore
    from pbxtally.intake import Intake, Receipt
    from pbxtally.people import Pbx, SourceSetting
    from pbxtally.stores.duckdb_store import DuckStore

SHOWN_REJECTIONS = 20


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """What a command says of a customer's source, or a hosted switch's name; None or empty: as remembered."""

    customer: str
    source: str
    timezone: str | None = None
    trunks: tuple[str, ...] = ()
    layout: str | None = None
    extensions: str | None = None
    pbx: str | None = None


_OPTIONS = (
    click.option("--source", metavar="NAME", help="Record format; `./run sources` lists them."),
    click.option("--customer", metavar="CUSTOMER", help="Customer the calls belong to, by id or name."),
    click.option(
        "--pbx", metavar="NAME", help="A hosted switch, in place of the source, the customer and their settings."
    ),
    click.option("--timezone", metavar="ZONE", help="Time zone of the PBX's times; default: the customer's."),
    click.option("--trunk", "trunks", multiple=True, metavar="NAME", help="A device that is a trunk; may be repeated."),
    click.option(
        "--layout", metavar="TEXT", help="What the records do not say about their layout; @FILE reads it from a file."
    ),
    click.option(
        "--extensions", metavar="PATTERN", help="What devices that are extensions look like; else 2 to 6 digits."
    ),
)


def source_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say whose records come, and in which form; the command gets them as `options`."""

    @wraps(command)
    def with_options(
        *,
        source: str | None,
        customer: str | None,
        pbx: str | None,
        timezone: str | None,
        trunks: tuple[str, ...],
        layout: str | None,
        extensions: str | None,
        **others: Any,
    ) -> Any:
        if pbx is not None and any((source, customer, timezone, trunks, layout, extensions)):
            raise click.UsageError("What --pbx names is described with: pbx add, pbx change.")
        for name, given in (("source", source), ("customer", customer)):
            if pbx is None and given is None:
                raise click.UsageError(f"Missing option '--{name}'.")
        return command(
            options=SourceOptions(customer or "", source or "", timezone, trunks, layout, extensions, pbx), **others
        )

    for option in reversed(_OPTIONS):
        option(with_options)
    return with_options


@dataclass(slots=True)
class PreparedIntake:
    """An intake, and what to remember if it keeps something."""

    folder: Folder
    intake: Intake
    setting: SourceSetting
    had_legs: bool

    def remember(self) -> bool:
        """If anything was kept, remember what was said and let older calls follow it; says whether it was."""
        from pbxtally.intake import change_source_setting

        intake = self.intake
        if intake.has_kept:
            people = self.folder.people
            intake.refresh_numbering()
            had_legs = self.had_legs or intake.has_moved
            change_source_setting(intake.store, people, intake.customer, intake.source, self.setting, had_legs)
        return intake.has_kept


def remember(folder: Folder, store: DuckStore, customer: str, source: str, setting: SourceSetting) -> None:
    """Remember what is now said of a source, and let its calls follow it."""
    from pbxtally.intake import change_source_setting

    change_source_setting(store, folder.people, customer, source, setting, source in store.sources_of(customer))


def intake_of(
    folder: Folder,
    store: DuckStore | RemoteStore,
    options: SourceOptions,
    setting: SourceSetting,
    read: ReadChecked,
    *,
    keeps: bool = True,
    goes_on: bool = False,
) -> PreparedIntake:
    """An intake for a customer's source, with the settings given."""
    from pbxtally.file_checks import check_not_twice
    from pbxtally.intake import Intake, numbering_with
    from pbxtally.sources import SOURCES

    check_not_twice(SOURCES, options.source, lambda: store.sources_of(options.customer))
    had_legs = options.source in store.sources_of(options.customer)
    numbering = numbering_with(folder.people, options.customer, setting)
    intake = Intake(
        store, folder.people, options.customer, options.source, read,
        zone_of(folder, options.customer, setting), numbering,
        now_ms(), keeps, layout=setting.layout or "", goes_on=goes_on,
    )  # fmt: skip
    return PreparedIntake(folder, intake, setting, had_legs)


def resolved(folder: Folder, options: SourceOptions) -> SourceOptions:
    """The same words with the customer's id; InvalidFieldError if there is no such source, customer or switch."""
    from pbxtally.cli.folder import find_customer
    from pbxtally.file_checks import check_not_deleted
    from pbxtally.hosting import place_of

    if options.pbx is not None:
        pbx = pbx_of(folder, options.pbx)
        return replace(options, customer=place_of(pbx.name), source=pbx.source)
    check_source(options.source)
    customer = find_customer(folder, options.customer)
    check_not_deleted(customer)
    return replace(options, customer=customer.id)


def pbx_of(folder: Folder, name: str) -> Pbx:
    """The hosted switch of that name; raises InvalidFieldError."""
    found = folder.people.pbx(name)
    if found is None:
        wrong("pbx", f"there is no PBX {name} - create one with: pbx add")
    return found


def setting_of(folder: Folder, options: SourceOptions) -> SourceSetting:
    """What is remembered of the source, overridden by what is said now; InvalidFieldError names the option."""
    from pbxtally.file_checks import check_layout
    from pbxtally.patterns import compile_pattern
    from pbxtally.people import SourceSetting
    from pbxtally.reader import find_zone
    from pbxtally.sources import SOURCES
    from pbxtally.tenants import with_trunks_of_switches

    if options.pbx is not None:
        return pbx_of(folder, options.pbx).setting
    if options.timezone is not None and find_zone(options.timezone) is None:
        wrong("timezone", f"{options.timezone!r} is not an IANA zone such as Europe/Copenhagen or UTC")
    compile_pattern("extensions", options.extensions or "", "the extension's number")
    before = folder.people.source_setting(options.customer, options.source) or SourceSetting()
    layout = layout_of(options.layout) if options.layout else before.layout
    trunks = options.trunks and with_trunks_of_switches(folder.people, options.customer, options.source, options.trunks)
    if options.layout or not before.layout:  # what is remembered was checked when it was said
        check_layout(SOURCES, options.source, layout or "")
    return SourceSetting(
        options.timezone or before.timezone,
        trunks or before.trunks,
        options.extensions or before.extensions,
        layout,
    )


def check_source(source: str) -> None:
    """InvalidFieldError if there is no such source."""
    from pbxtally.sources import SOURCES

    if source not in SOURCES:
        wrong("source", f"there is no source {source!r} - use {' or '.join(SOURCES)}")


def wrong(field: str, description: str) -> NoReturn:
    """Say which option is wrong, and why."""
    from pbxtally.errors import InvalidFieldError

    raise InvalidFieldError(field, description)


def layout_of(given: str) -> str:
    """The layout itself, or the content of the file named after an @."""
    if not given.startswith("@"):
        if given.endswith(".toml"):
            wrong("layout", f"put @ before a file name: --layout @{given}")
        return given
    try:
        return Path(given[1:]).read_text("utf-8-sig")
    except OSError as why:
        wrong("layout", f"{given[1:]} cannot be read: {why.strerror}")
    except UnicodeDecodeError:
        wrong("layout", f"{given[1:]} is not UTF-8 text")


def zone_of(folder: Folder, customer: str, setting: SourceSetting) -> ZoneInfo:
    """The zone of times without an offset; for a hosted switch, its own or the server's."""
    from pbxtally.intake import zone_of_source

    return zone_of_source(setting, folder.people.customer(customer), folder.zone)


def print_receipt(name: str, receipt: Receipt, check: bool = False) -> None:
    """Say what became of every record of a file."""
    if receipt.damage:
        click.echo(f"error: {name}: {receipt.damage}", err=True)
    if check:
        click.echo(
            f"{name}: read {receipt.read} = readable {receipt.kept} + rejected {receipt.rejected}; nothing was kept"
        )
    else:
        click.echo(
            f"{name}: read {receipt.read} = kept {receipt.kept} + known {receipt.known}"
            f" + replaced {receipt.replaced} + rejected {receipt.rejected}"
        )
    for sentence in receipt.findings.sentences():
        click.echo(f"  {terminal_safe(sentence)}")
    for one in receipt.rejections[:SHOWN_REJECTIONS]:
        click.echo(f"  line {one.line}: {one.reason}")
    if receipt.rejected > SHOWN_REJECTIONS:
        click.echo(f"  and {receipt.rejected - SHOWN_REJECTIONS} more{'' if check else '; ./run rejected lists all'}")

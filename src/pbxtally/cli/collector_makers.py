"""From a collector's table to what makes it; InvalidFieldError names the impossible member."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_network
from pathlib import Path
from typing import NoReturn

from pbxtally.cli.collect_tables import AmiTable, FollowTable, ListenTable, PollTable, Table
from pbxtally.collectors import Collector, CollectorContext
from pbxtally.collectors.database import address_of
from pbxtally.collectors.followed import Following
from pbxtally.collectors.listener import Listening
from pbxtally.collectors.manager_connection import Address
from pbxtally.collectors.manager_events import Completing, Manager
from pbxtally.collectors.polled_table import OVERLAP_HOURS, Polling
from pbxtally.collectors.sql_tables import TABLES, SqlTable
from pbxtally.errors import InvalidFieldError

Make = Callable[[CollectorContext], Collector]
"""Makes a collector, at the start and after each fault; raises CollectorError to be tried again."""


def maker_of(table: Table, source: str) -> tuple[Make, float]:
    """What makes the collector of a table, and the seconds between two of its turns."""
    match table:
        case FollowTable():
            following = Following(Path(table.path), table.names, Path(table.done) if table.done else None)
            return following.collector, table.every
        case PollTable():
            return polling_of(table.dsn, source, table.table, table.overlap).collector, table.every
        case ListenTable():
            return listening_of(table).collector, 1.0
        case AmiTable():
            return manager_of(table, source).collector, 1.0
    raise InvalidFieldError("kind", f"there is no collector {type(table).__name__}")


def polling_of(dsn: str, source: str, table: str, overlap_hours: float) -> Polling:
    """What to poll: a table that the source knows, in a database that can be read."""
    try:
        return Polling(address_of(dsn), _sql_table(source, table), overlap_hours)
    except ValueError as why:
        _wrong("dsn", str(why))


def listening_of(table: ListenTable) -> Listening:
    """Where to listen, and to whom."""
    if table.port > 65_535:
        _wrong("port", f"{table.port} is not a port - use 1 to 65535")
    for one in table.allow:
        if not _is_network(one):
            _wrong("allow", f"{one!r} is neither an address nor a network such as 192.0.2.0/24")
    if table.key and not table.certificate:
        _wrong("certificate", "needed beside key")
    certificate = Path(table.certificate) if table.certificate else None
    listening = Listening(table.host, table.port, table.allow, certificate, Path(table.key) if table.key else None)
    try:
        listening.context()
    except OSError as why:
        _wrong("certificate", f"it cannot be used with its key: {why}")
    return listening


def manager_of(table: AmiTable, source: str) -> Manager:
    """Whom to listen to, and what completes the events."""
    if source != "asterisk":
        _wrong("source", "manager events are read as asterisk")
    if table.port > 65_535:
        _wrong("port", f"{table.port} is not a port - use 1 to 65535")
    for name, value in (("host", table.host), ("user", table.user), ("secret", table.secret)):
        if not value.isprintable():
            _wrong(name, "contains characters that cannot be sent")
    if table.cel and table.complete:
        _wrong("cel", "not with complete: events only ring then - let another collector take the CEL file or table")
    if table.ca and not table.tls:
        _wrong("tls", "needed beside ca")
    address = Address(table.host, table.port, table.user, table.secret, table.tls, Path(table.ca) if table.ca else None)
    return Manager(address, table.cel, _completing(table.complete) if table.complete else None)


def _completing(given: str) -> Completing:
    """The file or table that has the same calls."""
    if "://" not in given:
        return Completing(str(Path(given).absolute()), Following(Path(given)).collector)
    try:
        polling = polling_of(given, "asterisk", "cdr", OVERLAP_HOURS)
    except InvalidFieldError as why:
        _wrong("complete", why.description)
    return Completing(polling.name, polling.collector)


def _is_network(text: str) -> bool:
    try:
        return bool(ip_network(text, strict=False))
    except ValueError:
        return False


def _sql_table(source: str, name: str) -> SqlTable:
    known = TABLES.get(source)
    if known is None:
        _wrong("source", f"{source} is not in a known database - use {' or '.join(TABLES)}")
    found = next((one for one in known if name in ("", one.name)), None)
    if found is None:
        names = ", ".join(one.name for one in known)
        _wrong(
            "table", f"{source} has no table {name!r} - use {names}; another one can be had as a view of such a name"
        )
    return found


def _wrong(field: str, description: str) -> NoReturn:
    raise InvalidFieldError(field, description)

"""The tables `[collect.NAME]` of `settings.toml`: collectors that `serve` runs, each member with its sentence.

Tables are checked before the server starts; a mistake is named as `collect.NAME.MEMBER`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, ClassVar

from pbxtally.collectors.polled_table import OVERLAP_HOURS
from pbxtally.errors import InvalidFieldError

AMI_PORT = 5038

MOST = 86_400
"""No number of seconds or hours is larger: nothing waits for ever."""

NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


def _member(sentence: str, default: Any = MISSING) -> Any:
    return field(default=default, metadata={"sentence": sentence})


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What every collector is told. `READS`: the members that say what is read."""

    READS: ClassVar[tuple[str, ...]]

    name: str
    pbx: str = _member(
        "A [hosted switch](hosted.md), in place of all that follow: its map says whose each record is.", ""
    )
    source: str = _member("Record format; `./run sources` lists them. Needed without `pbx`.", "")
    customer: str = _member("Customer the calls belong to, by id or name. Needed without `pbx`.", "")
    timezone: str = _member(
        "Zone the PBX writes its times in. If not set: the one remembered, else the customer's.", ""
    )
    trunks: tuple[str, ...] = _member("Devices that are trunks.", ())
    extensions: str = _member("Pattern of devices that are extensions; 2 to 6 digits unless set.", "")
    layout: str = _member("What the records do not say about their layout, or `@FILE` to read it from a file.", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowTable(Table):
    """A growing file, or a folder that files are dropped into."""

    READS = ("path", "names")

    path: str = _member("The file or the folder.")
    names: str = _member("Which files of a folder to read, such as `cdr_*`.", "*")
    done: str = _member("Where files of a folder are moved once read; unless set they stay.", "")
    every: float = _member("Seconds between two looks.", 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PollTable(Table):
    """A database table, read at intervals."""

    READS = ("dsn", "table")

    dsn: str = _member("The database, such as `mysql://USER:PASSWORD@HOST/asteriskcdrdb`.")
    table: str = _member("Which of the source's tables, by name; the first unless set.", "")
    overlap: float = _member("Hours before the newest row that are read again every ten minutes.", OVERLAP_HOURS)
    every: float = _member("Seconds between two looks.", 10.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenTable(Table):
    """A port that the PBX, such as a 3CX, connects to and sends its records to, one a line."""

    READS = ("port", "host")

    host: str = _member("Address to listen on.", "127.0.0.1")
    port: int = _member("Port to listen on.")
    allow: tuple[str, ...] = _member("Addresses and networks that may send; only this machine unless set.", ())
    certificate: str = _member("PEM file with the certificate and its chain. With it, only TLS is accepted.", "")
    key: str = _member("PEM file with the certificate's key, unless it is in the certificate's file.", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class AmiTable(Table):
    """Events from Asterisk's manager interface (AMI), as calls end."""

    READS = ("host", "port")

    host: str = _member("Host of the manager interface.")
    port: int = _member("Its port.", AMI_PORT)
    user: str = _member("User to log in as, from manager.conf.")
    secret: str = _member("That user's secret; only a hash of it is sent.")
    tls: bool = _member("Whether to use TLS.", False)
    ca: str = _member("PEM file with the certificate that signed the manager's; the system's CAs unless set.", "")
    cel: bool = _member("Whether to take channel events (CEL) as well.", False)
    complete: str = _member(
        "File, or database as in `dsn`, with the same calls; events then only say when to read it.", ""
    )


OF_A_SOURCE = ("source", "customer", "timezone", "trunks", "extensions", "layout")
"""Members not allowed beside `pbx`: a switch has its own."""

KINDS: dict[str, type[Table]] = {"follow": FollowTable, "poll": PollTable, "listen": ListenTable, "ami": AmiTable}
"""From the word in `kind` to its table."""


def tables_of(given: object) -> list[Table]:
    """The tables under `collect`, checked; InvalidFieldError names the wrong member."""
    if not isinstance(given, Mapping):
        raise InvalidFieldError("collect", "not a table - give each collector a table such as [collect.front-desk]")
    return [_table(name, table) for name, table in given.items()]


def kind_of(table: Table) -> str:
    """The word in `kind` that stands for the table."""
    return next(word for word, kind in KINDS.items() if kind is type(table))


def members_of(kind: type[Table]) -> dict[str, Any]:
    """A kind's members by name; `name` is that of its table."""
    return {one.name: one for one in fields(kind) if one.name != "name"}


def _table(name: str, given: object) -> Table:
    if not NAME.fullmatch(name) or not isinstance(given, Mapping):
        raise InvalidFieldError(f"collect.{name}", "not a table such as [collect.front-desk]")
    kind = given.get("kind")
    if kind not in KINDS:
        raise InvalidFieldError(f"collect.{name}.kind", f"{kind!r} is none of {', '.join(KINDS)}")
    members = members_of(KINDS[kind])
    for member in given:
        if member != "kind" and member not in members:
            raise InvalidFieldError(f"collect.{name}.{member}", f"not known - use kind, {', '.join(members)}")
    for member, one in members.items():
        if one.default is MISSING and member not in given:
            raise InvalidFieldError(f"collect.{name}.{member}", f"missing - {one.metadata['sentence']}")
    if "pbx" in given:
        if both := [one for one in OF_A_SOURCE if one in given]:
            raise InvalidFieldError(f"collect.{name}.{both[0]}", "said of a hosted switch with: pbx add, pbx change")
    elif absent := [one for one in OF_A_SOURCE[:2] if one not in given]:
        raise InvalidFieldError(f"collect.{name}.{absent[0]}", f"missing - {members[absent[0]].metadata['sentence']}")
    values = {
        member: _value(f"collect.{name}.{member}", members[member].type, value)
        for member, value in given.items()
        if member != "kind"
    }
    return KINDS[kind](name=name, **values)


def _value(place: str, kind: str, value: Any) -> Any:
    """A member's value, if it is of the member's type."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and value > 0
    match kind:
        case "bool":
            wanted, fits = "true or false", isinstance(value, bool)
        case "float":
            wanted, fits = f"a number above 0 and up to {MOST}", is_number and value <= MOST
        case "int":
            wanted, fits = "a whole number above 0", is_number and isinstance(value, int)
        case "str":
            wanted, fits = "a text", isinstance(value, str) and value != ""
        case _:
            wanted, fits = "a list of texts", isinstance(value, list) and all(isinstance(one, str) for one in value)
    if not fits:
        raise InvalidFieldError(place, f"{value!r} is not {wanted}")
    return tuple(value) if isinstance(value, list) else value

"""3CX's lines: from their bytes to their fields by name, in whatever order `--layout` gives, or one of 3CX's own."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

from pbxtally.csv_json import cells_of
from pbxtally.errors import InvalidFieldError
from pbxtally.plurals import quantity
from pbxtally.records import MANY_BYTES, decoded

SERVICE_TYPES = {
    "queue", "ringgroup", "ringgroupringall", "ringgrouphunt", "paginggroup", "ivr", "conference", "parking",
    "parkingorbit", "sharedparking", "script", "fax", "specialmenu", "vmailconsole", "servicecall", "confplace",
}  # fmt: skip
INSIDE_TYPES = {"internal", "extension"}
VOICEMAIL_TYPES = {"voicemail", "vmail"}
OUTSIDE_TYPES = {"external", "externalline", "line", "provider", "outboundrule"}


class Row(NamedTuple):
    """One line: its fields in the order in which 3CX offers them; "" if the layout has no such field."""

    historyid: str
    callid: str
    duration: str
    time_start: str
    time_answered: str
    time_end: str
    reason_terminated: str
    from_no: str
    to_no: str
    from_dn: str
    to_dn: str
    dial_no: str
    reason_changed: str
    final_number: str
    final_dn: str
    bill_code: str
    bill_rate: str
    bill_cost: str
    bill_name: str
    chain: str
    from_type: str
    to_type: str
    final_type: str
    from_dispname: str
    to_dispname: str
    final_dispname: str
    missed_queue_calls: str


FIELDS = [name.replace("_", "-") for name in Row._fields]
OLDER_FIELDS = FIELDS[: FIELDS.index("chain") + 1]
"""The fields from before parties had types and names."""

TYPES_LAST = [
    *OLDER_FIELDS, "missed-queue-calls", *(name for name in FIELDS if name.endswith("-dispname")),
    *(name for name in FIELDS if name.endswith("-type")),
]  # fmt: skip
"""Another order seen where every field is selected; it is recognized by the types at its end."""

CHAIN, DURATION = FIELDS.index("chain"), FIELDS.index("duration")
NEEDED = ("callid", "time-start", "time-answered", "reason-terminated", "from-no", "to-no")
LENGTHS = ("duration", "time-end")
"""One of them is needed, too: without both, the length of the talk is unknown."""


class UnusableError(Exception):
    """Why a record is rejected; the text names the field and what was expected."""


class Order(NamedTuple):
    """The order of the fields in a line: how many it has, and where each of FIELDS is; behind the last: nowhere."""

    many: int
    places: tuple[int, ...]

    @property
    def has_duration(self) -> bool:
        """Whether a line says how long the talk was."""
        return self.places[DURATION] < self.many

    def row(self, cells: list[str]) -> Row:
        """A line by its cells."""
        return Row._make(cells if self is _USUAL else itemgetter(*self.places)([*cells, ""]))


def _order_of(fields: Sequence[str]) -> Order:
    many = len(fields)
    return Order(many, tuple(fields.index(name) if name in fields else many for name in FIELDS))


_USUAL, _OLDER, _TYPES_LAST = map(_order_of, (FIELDS, OLDER_FIELDS, TYPES_LAST))


@dataclass(frozen=True, slots=True)
class Layout:
    """The order of the fields, None if it was not given, and the dns of queues, ring groups and the like."""

    order: Order | None
    services: frozenset[str]


def layout_of(given: str) -> Layout:
    """`historyid, callid, … service=800 service=801`; no field names: 3CX's own order. Raises InvalidFieldError."""
    fields, services = [], set()
    for word in given.replace(",", " ").split():
        name, _, dn = word.partition("=")
        if name == "service" and dn:
            services.add(dn)
        elif word in FIELDS and word not in fields:
            fields.append(word)
        else:
            raise InvalidFieldError(
                "layout", f"{word!r} is not a 3CX field, or is there twice; use service=DN for a queue"
            )
    missing = [name for name in NEEDED if fields and name not in fields]
    if fields and not any(name in fields for name in LENGTHS):
        missing.append(" or ".join(LENGTHS))
    if missing:
        raise InvalidFieldError("layout", f"{', '.join(missing)} has to be among the fields")
    return Layout(_order_of(fields) if fields else None, frozenset(services))


def row_of(raw: bytes, order: Order | None) -> Row:
    """The fields of a line."""
    if len(raw) > MANY_BYTES:
        raise UnusableError(f"the line is longer than {MANY_BYTES} bytes")
    if b"\0" in raw:
        raise UnusableError("not text: the line holds a NUL byte")
    try:
        cells = list(map(str.strip, cells_of(decoded(raw).rstrip("\r\n"))))
    except csv.Error as why:
        raise UnusableError(f"not a CSV line: {why}") from None
    order = order or _usual_order(cells)
    extra, start = len(cells) - order.many, order.places[CHAIN]
    if extra > 0 and start < order.many and cells[start].startswith("Chain"):  # its commas are not always quoted
        cells[start : start + extra + 1] = [",".join(cells[start : start + extra + 1])]
    if len(cells) != order.many:
        found = quantity(len(cells), "field")
        raise UnusableError(f"{found} where the layout has {order.many}; say theirs with --layout")
    cells[0] = cells[0].removeprefix("Call ")  # precedes the line, whatever its first field is
    return order.row(cells)


def _usual_order(cells: list[str]) -> Order:
    """The order of a line without a layout; places counted from its end are not moved by commas inside `chain`."""
    if len(cells) == _OLDER.many:
        return _OLDER
    if len(cells) < _USUAL.many or _is_type(cells[-7]):
        return _USUAL
    return _TYPES_LAST if all(_is_type(given) for given in cells[-3:-1]) else _USUAL


@lru_cache(maxsize=1024)
def _is_type(given: str) -> bool:
    """Whether it is the type of a party, not a name or number."""
    return plain_type(given) in INSIDE_TYPES | SERVICE_TYPES | VOICEMAIL_TYPES | OUTSIDE_TYPES


def plain_type(given: str) -> str:
    """The type of a party as the sets above have it, however a version writes it."""
    return given.lower().replace("_", "").replace(" ", "")

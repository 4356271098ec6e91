"""Read the members of a request one by one: each is checked, or refused by name with what was expected.

Dates are taken as people and programs write them. Errors carry the member's name (S15, D20, D21).
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pbxtally.errors import InvalidFieldError
from pbxtally.fields import FIELDS, PAGE_FIELDS, SORTS
from pbxtally.intervals import LAST_MS, Period, instants_ms, wall_ms
from pbxtally.people import Customer, parse_id

LONGEST_FILTER = 256
"""How many characters a text to look for may have."""

FARTHEST = 2**31 - 1
"""The largest offset or limit; no answer is that long."""


def find_zone(name: Any) -> ZoneInfo | None:
    """The IANA zone with that name; None if there is none."""
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*", name):
        return None
    if name.partition("/")[0] in _NO_ZONES:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def zone_of(customer: Customer | None, server: ZoneInfo) -> ZoneInfo:
    """The zone of a customer's clock: its own, else the server's (D10)."""
    return (find_zone(customer.timezone) if customer else None) or server


_NO_ZONES = {"localtime", "posixrules", "Factory", "posix", "right"}
"""Files and folders among the zones that name no place; what they hold, and whether they exist, differs from machine to
machine. Clocks in `right` count leap seconds, so days would begin half a minute off."""


_WORDS = {
    "direction": "Invalid direction - use IN, OUT or BOTH",
    "groupingInterval": "Invalid grouping interval - use MONTH, WEEK, DAY or HOUR",
    "format": "Invalid format",
    "intervalKey": "Invalid interval key - use AUTO, NUMBER or ISO",
    "csv": "Invalid csv - use EXCEL or RFC4180",
    "hours": "Invalid hours - use ALL, WORKING or OUTSIDE",
}


MANY_IDS = 10_000
_LONGEST_NUMBER = 255
LONGEST_TEXT = 256


class Reader:
    """Takes members out of a request one by one; every complaint names the member and what was expected.

    `null` counts as not given (D20). `as_text`: values come from a query string, where everything is text and arrays
    are repeated or comma-separated (D30).
    """

    def __init__(self, members: Mapping[str, Any], as_text: bool) -> None:
        self.given = {name: value for name, value in members.items() if value is not None}
        self.as_text = as_text

    def identity(self, name: str) -> str | None:
        """An id in lower case."""
        value = self.given.get(name)
        return None if value is None else read_id(name, value)

    def identities(self, name: str) -> frozenset[str] | None:
        """Several ids."""
        value = self.given.get(name)
        if value is None:
            return None
        if self.as_text:
            value = _split(value)
        if not isinstance(value, list):
            raise InvalidFieldError(name, "Invalid employees - use an array of ids")
        if len(value) > MANY_IDS:
            raise InvalidFieldError(name, "Too many employees - use at most {most}", most=MANY_IDS)
        return frozenset(read_id(name, one) for one in value)

    def zone(self, default: ZoneInfo) -> ZoneInfo:
        """The zone that is named, else the default (D10); `refuse_unknown_zone` reports a wrong name, in its turn."""
        return find_zone(self.given.get("timezone")) or default

    def refuse_unknown_zone(self) -> None:
        """Raise if no zone has the name that was given."""
        if "timezone" in self.given and find_zone(self.given["timezone"]) is None:
            raise InvalidFieldError("timezone", "Invalid timezone - use an IANA name such as Europe/Copenhagen")

    def period(self, zone: ZoneInfo, now_ms: int, lasting_ms: int | None = None) -> Period:
        """From the first instant of `from` to the end of the last written unit of `to` (D11); today by default (S4).

        `lasting_ms`: how long a period without a given end lasts; None: until the end of today.
        """
        today = (date(1970, 1, 1) + timedelta(milliseconds=wall_ms(zone, now_ms))).isoformat()
        since, _ = parse_moment(self.given.get("from", today), zone, self.as_text)
        if "to" in self.given or lasting_ms is None:
            _, until = parse_moment(self.given.get("to", today), zone, self.as_text)
        else:
            until = since + lasting_ms
        until = min(until, LAST_MS)
        if since >= until:
            raise _invalid_range()
        return Period(since, until)

    def seconds(self, name: str) -> int:
        """A number of seconds, rounded up: lengths are whole, and strictly shorter ones are dropped (D9)."""
        value = self.given.get(name, 0)
        if self.as_text and isinstance(value, str) and re.fullmatch(r"\d{1,15}(\.\d{1,15})?", value, re.ASCII):
            value = float(value)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
            raise InvalidFieldError(name, "Invalid number of seconds - use a number that is 0 or more")
        return math.ceil(min(value, _MANY_SECONDS))

    def flag(self, name: str) -> bool:
        """True or false."""
        value = self.given.get(name, False)
        if self.as_text:
            value = {"true": True, "1": True, "false": False, "0": False}.get(str(value).lower(), value)
        if not isinstance(value, bool):
            raise InvalidFieldError(name, "Invalid {name} - use true or false", name=name)
        return value

    def choice(self, name: str, choices: type[_Choice], default: _Choice) -> _Choice:
        """One of some words, in any case (D20)."""
        value = self.given.get(name)
        if value is None:
            return default
        if isinstance(value, str) and value.isascii() and value.upper() in choices.__members__:
            return choices[value.upper()]
        if name in _WORDS:
            raise InvalidFieldError(name, _WORDS[name])
        raise InvalidFieldError(name, "Invalid {name} - use {choices}", name=name, choices=", ".join(choices))

    def maybe(self, name: str, choices: type[_Choice]) -> _Choice | None:
        """The same, None if it is not given."""
        return self.choice(name, choices, next(iter(choices))) if name in self.given else None

    def whole(self, name: str, default: int, least: int, most: int) -> int:
        """A whole number."""
        value = self.given.get(name, default)
        if self.as_text and isinstance(value, str) and re.fullmatch(r"\d{1,10}", value, re.ASCII):
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            sentence = "Invalid {name} - use a whole number from {least} to {most}"
            raise InvalidFieldError(name, sentence, name=name, least=least, most=most)
        return value

    def extension(self, name: str) -> str | None:
        """An extension, by its number, or by its id in lower case."""
        value = self.given.get(name)
        if value is None:
            return None
        if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_NUMBER:
            raise InvalidFieldError(name, "Invalid extension - use its id or its number, as text")
        return parse_id(value) or value

    def text(self, name: str) -> str | None:
        """A name of something."""
        value = self.given.get(name)
        if value is not None and (not isinstance(value, str) or not 0 < len(value) <= LONGEST_TEXT):
            sentence = "Invalid {name} - use text of 1 to {most} characters"
            raise InvalidFieldError(name, sentence, name=name, most=LONGEST_TEXT)
        return value

    def fields(self, name: str) -> tuple[str, ...]:
        """The named fields in the order of the answer, whatever order they were named in (D17)."""
        value = self.given.get(name)
        if value is None:
            return PAGE_FIELDS
        if isinstance(value, str) or self.as_text:
            value = _split(value)
        if not isinstance(value, list) or not value or len(value) > MANY_IDS:
            raise InvalidFieldError(name, "Invalid fields - use an array, or a comma-separated text, of field names")
        for one in value:
            if not isinstance(one, str) or one not in _FIELD_SET:
                raise InvalidFieldError(name, "Unknown field - use {choices}", choices=", ".join(FIELDS))
        return tuple(one for one in FIELDS if one in set(value))

    def sort(self, name: str, fields: tuple[str, ...]) -> str:
        """The field to sort by (D18)."""
        value = self.given.get(name)
        if value is None:
            return "extensionNumber"
        if value not in SORTS or value not in fields:
            raise InvalidFieldError(name, f"Invalid sort - use {' or '.join(SORTS)}, and have it among the fields")
        return str(value)


def refuse_unknown(members: Iterable[str], known: Collection[str]) -> None:
    """Raise for a member that nobody reads: a typo must not silently widen an answer (D20)."""
    for name in members:
        if name not in known:
            raise InvalidFieldError(name, "Unknown member - use {choices}", choices=", ".join(known))


_Choice = TypeVar("_Choice", bound=StrEnum)
_FIELD_SET = frozenset(FIELDS)
_MANY_SECONDS = 2**53


def _invalid_range() -> InvalidFieldError:
    return InvalidFieldError("from", "Invalid date range")


def read_id(name: str, value: Any) -> str:
    """An id in lower case; InvalidFieldError if it is not one."""
    found = parse_id(value)
    if found is None:
        raise InvalidFieldError(name, "Invalid {name} - an id is 24 hexadecimal digits", name=name)
    return found


def _split(value: Any) -> list[Any]:
    texts = value if isinstance(value, list) else [value]
    return [part.strip() for text in texts for part in str(text).split(",") if part.strip()]


_MOMENT = re.compile(
    r"(?P<year>\d{4})-?(?P<month>\d\d)-?(?P<day>\d\d)"
    r"(?:(?:-?[Tt]| )(?P<hour>\d\d)(?:[:.]?(?P<minute>\d\d)(?:[:.]?(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,9}))?)?)?"
    r"(?P<offset>[Zz]|[+-]\d\d(?::?\d\d)?)?)?"
)


def parse_moment(value: Any, zone: ZoneInfo, as_text: bool = False) -> tuple[int, int]:
    """The first instant that a written moment may mean, and the instant after the last (D11, D12).

    Accepts ISO 8601, the page's own malformed sample, that of its sibling page with dots for colons, and epoch
    milliseconds. Without an offset the zone's clock counts. "2020-12-01" is the whole day, "10:30" the whole minute.
    Raises 422 `from` for anything else.
    """
    if as_text and isinstance(value, str):
        value = int(value) if re.fullmatch(r"\d{9,15}", value, re.ASCII) else _with_its_plus(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        if not 0 <= value < LAST_MS or value != int(value):
            raise _invalid_range()
        return int(value), int(value) + 1
    found = _MOMENT.fullmatch(value) if isinstance(value, str) and value.isascii() else None
    if not found or not 1970 <= int(found["year"]) <= 9999:
        raise _invalid_range()
    try:
        return _instants(found, zone)
    except (ValueError, OverflowError):
        raise _invalid_range() from None


def _with_its_plus(text: str) -> str:
    """A moment from a query string with the plus before its offset, which has become a blank there (D30)."""
    before, blank, offset = text.rpartition(" ")
    return f"{before}+{offset}" if blank and ("T" in before.upper() or " " in before) else text


def _instants(found: re.Match[str], zone: ZoneInfo) -> tuple[int, int]:
    hour = int(found["hour"] or 0)
    rest = (
        int(found["minute"] or 0),
        int(found["second"] or 0),
        int((found["fraction"] or "0")[:3].ljust(3, "0")) * 1000,
    )
    wall = datetime(int(found["year"]), int(found["month"]), int(found["day"]))
    if hour == 24 and not any(rest):
        wall += timedelta(days=1)
    else:
        wall = wall.replace(hour=hour, minute=rest[0], second=rest[1], microsecond=rest[2])
    if found["hour"] is None:
        since = instants_ms(zone, wall)[0]
        return since, (LAST_MS if wall.date() == date.max else instants_ms(zone, wall + timedelta(days=1))[0])
    unit_ms = 1 if found["fraction"] else 1000 if found["second"] else 60_000 if found["minute"] else 3_600_000
    if found["offset"] is None:
        first, last = instants_ms(zone, wall)
    else:
        first = last = round((wall - datetime(1970, 1, 1)) / timedelta(milliseconds=1)) - _offset_ms(found["offset"])
    if first < 0:
        raise ValueError("before 1970")
    return first, last + unit_ms


def _offset_ms(text: str) -> int:
    if text in "Zz":
        return 0
    hours, minutes = int(text[1:3]), int(text[3:].lstrip(":") or 0)
    if hours > 18 or minutes > 59:
        raise ValueError("no such offset")
    return (-1 if text[0] == "-" else 1) * (hours * 60 + minutes) * 60_000

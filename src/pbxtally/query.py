"""A statistics request, checked: valid by construction, with a half-open period from here on.

`MEMBERS` names every member of the request with its sentence and JSON schema; the checks below, the OpenAPI document
and the manual all read it. Errors carry the member's name and what was expected (S15, D20, D21).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from pbxtally.errors import InvalidFieldError
from pbxtally.fields import FIELDS, SORTS, CallDirection, CallHours, CsvDialect, Format
from pbxtally.hours import Calendar, Hours, UnknownPlaceError
from pbxtally.intervals import Interval, IntervalKey, Period
from pbxtally.measures import ELSEWHERE_MEASURE, MEASURES
from pbxtally.reader import LONGEST_TEXT, MANY_IDS, Reader, refuse_unknown


@dataclass(frozen=True, slots=True)
class StatsQuery:
    """What is asked. `customer` and `employees` are ids in lower case; whether the asker may is not checked here.

    `department` None: every department; `hours` None: calls of any time of day.
    """

    customer: str
    employees: frozenset[str] | None
    period: Period
    zone: ZoneInfo
    ignore_below: int
    ignore_local: bool
    direction: CallDirection
    interval: Interval
    fields: tuple[str, ...]
    sort: str
    format: Format
    interval_key: IntervalKey
    include_empty: bool
    include_unassigned: bool
    csv: CsvDialect
    department: str | None = None
    hours: Hours | None = None

    @property
    def measures(self) -> tuple[str, ...]:
        """The measures asked for, in the order of the answer (S12)."""
        return tuple(name for name in self.fields if name in MEASURES)

    @property
    def counts_elsewhere(self) -> bool:
        """Whether an answered-elsewhere offer makes a row (D28)."""
        return ELSEWHERE_MEASURE in self.fields


@dataclass(frozen=True, slots=True)
class Asker:
    """What the checks need to know about who asks, and when: the defaults of S2, S4, D10."""

    customer: str
    now_ms: int
    zone_of: Callable[[str], ZoneInfo]
    calendar_of: Callable[[str], Calendar] = lambda customer: Calendar()


def parse_query(members: Mapping[str, Any], asker: Asker, *, as_text: bool = False) -> StatsQuery:
    """Check the members of a request, in the page's order, and fill in the defaults; `as_text`: see `Reader`.

    Raises InvalidFieldError with the name of the first wrong member; unknown ones come last (D20).
    """
    read = Reader(members, as_text)
    customer = read.identity("customer") or asker.customer
    employee = read.identity("employee")
    employees = read.identities("employees")
    if employee:
        employees = (employees or frozenset()) | {employee}
    zone = read.zone(asker.zone_of(customer))
    period = read.period(zone, asker.now_ms)
    ignore_below = read.seconds("ignoreBelow")
    ignore_local = read.flag("ignoreLocal")
    direction = read.choice("direction", CallDirection, CallDirection.BOTH)
    interval = read.choice("groupingInterval", Interval, Interval.DAY)
    fields = read.fields("fields")
    sort = read.sort("sort", fields)
    form = read.choice("format", Format, Format.JSON)
    read.refuse_unknown_zone()
    interval_key = read.choice("intervalKey", IntervalKey, IntervalKey.AUTO)
    include_empty = read.flag("includeEmpty")
    include_unassigned = read.flag("includeUnassigned")
    csv = read.choice("csv", CsvDialect, CsvDialect.EXCEL)
    department = read.text("department")
    hours = hours_asked(read, period, zone, asker, customer)
    refuse_unknown(members, MEMBERS)
    return StatsQuery(
        customer=customer,
        employees=employees,
        period=period,
        zone=zone,
        ignore_below=ignore_below,
        ignore_local=ignore_local,
        direction=direction,
        interval=interval,
        fields=fields,
        sort=sort,
        format=form,
        interval_key=interval_key,
        include_empty=include_empty,
        include_unassigned=include_unassigned,
        csv=csv,
        department=department,
        hours=hours,
    )


def of_period(query: StatsQuery, period: Period, asker: Asker) -> StatsQuery:
    """The same request for another period, with the holidays in that period."""
    hours = query.hours
    if hours is not None:
        hours = asker.calendar_of(query.customer).within(period, query.zone, outside=hours.outside)
    return replace(query, period=period, hours=hours)


def hours_asked(read: Reader, period: Period, zone: ZoneInfo, asker: Asker, customer: str) -> Hours | None:
    """The hours whose calls are looked at (D32); None: any time of day."""
    asked = read.choice("hours", CallHours, CallHours.ALL)
    if asked is CallHours.ALL:
        return None
    try:
        return asker.calendar_of(customer).within(period, zone, outside=asked is CallHours.OUTSIDE)
    except UnknownPlaceError as why:
        sentence = "The holidays of {place} are not known - set the customer's holidays"
        raise InvalidFieldError("hours", sentence, place=why) from None


_ID_SCHEMA = {"type": "string", "pattern": "^[0-9a-fA-F]{24}$"}
_MOMENT_SCHEMA = {"anyOf": [{"type": "string"}, {"type": "integer", "minimum": 0}]}
_SECONDS_SCHEMA = {"type": "number", "minimum": 0}
_FIELDS_SCHEMA = {"anyOf": [{"type": "array", "minItems": 1, "items": {"enum": list(FIELDS)}}, {"type": "string"}]}


@dataclass(frozen=True, slots=True)
class Member:
    """One member of the request: its sentence for the manual and its JSON schema for OpenAPI."""

    sentence: str
    schema: dict[str, Any]


FLAG: dict[str, Any] = {"type": "boolean", "default": False}
"""True or false, false by default."""


def choices(words: type[StrEnum], default: str | None = None) -> dict[str, Any]:
    """One of some words."""
    return {"type": "string", "enum": list(words.__members__)} | ({"default": default} if default else {})


def whole(least: int, most: int, default: int | None = None) -> dict[str, Any]:
    """A whole number from `least` to `most`, both inclusive."""
    return {"type": "integer", "minimum": least, "maximum": most} | ({} if default is None else {"default": default})


MEMBERS: dict[str, Member] = {
    "customer": Member("Customer the calls belong to; your own by default.", _ID_SCHEMA),
    "employee": Member("Employee to show statistics for; all by default.", _ID_SCHEMA),
    "employees": Member(
        "Employees to show statistics for, together with `employee`; all by default, `[]` is nobody.",
        {"type": "array", "items": _ID_SCHEMA, "maxItems": MANY_IDS},
    ),
    "from": Member("First moment of the period; today 00:00:00 by default.", _MOMENT_SCHEMA),
    "to": Member("Last moment of the period, included; today 23:59:59 by default.", _MOMENT_SCHEMA),
    "ignoreBelow": Member("Leave out calls shorter than this many seconds.", _SECONDS_SCHEMA),
    "ignoreLocal": Member("Leave out calls between extensions.", FLAG),
    "direction": Member("Calls to look at.", choices(CallDirection, "BOTH")),
    "groupingInterval": Member("How calls are grouped.", choices(Interval, "DAY")),
    "fields": Member("Fields that come back; the page's fourteen by default.", _FIELDS_SCHEMA),
    "sort": Member("Field to sort by; has to be among the fields.", {"type": "string", "enum": list(SORTS)}),
    "format": Member("What the answer is written as.", choices(Format, "JSON")),
    "timezone": Member("IANA zone of days and buckets; the customer's by default.", {"type": "string"}),
    "intervalKey": Member("What intervals are called: plain numbers or ISO names.", choices(IntervalKey, "AUTO")),
    "includeEmpty": Member(
        "Include every extension somebody held in the period, and every interval, with zeros.", FLAG
    ),
    "includeUnassigned": Member("Include extensions that nobody held.", FLAG),
    "csv": Member("Kind of CSV: semicolons for spreadsheets, or commas.", choices(CsvDialect, "EXCEL")),
    "department": Member(
        "Only employees whose department has this name; all by default.",
        {"type": "string", "minLength": 1, "maxLength": LONGEST_TEXT},
    ),
    "hours": Member(
        "Calls that started inside the customer's working hours, or outside them.", choices(CallHours, "ALL")
    ),
}
"""Every member of a request, in the page's order, then ours."""

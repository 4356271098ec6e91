"""A statistics request, checked: valid by construction, its period half open from here on.

`MEMBERS` names every member of the request with its sentence and JSON schema; the checks below, the OpenAPI document
and the manual all read it. Errors carry the member's name and what was expected (S15, D20, D21).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pbxtally.errors import InvalidFieldError
from pbxtally.hours import Calendar, Hours, UnknownPlaceError
from pbxtally.intervals import LAST_MS, Interval, IntervalKey, Period, instants_ms, wall_ms
from pbxtally.measures import ELSEWHERE_MEASURE, EXTRA_MEASURES, MEASURES, PAGE_MEASURES
from pbxtally.people import ID

IDENTITY_FIELDS = ("employeeId", "employeeName", "extensionId", "extensionNumber")
PAGE_FIELDS = (*IDENTITY_FIELDS, *(measure.name for measure in PAGE_MEASURES))
FIELDS = (*PAGE_FIELDS, *(measure.name for measure in EXTRA_MEASURES))
SORTS = ("employeeName", "extensionNumber")


class CallDirection(StrEnum):
    """Which calls a request looks at (S7)."""

    IN = "IN"
    OUT = "OUT"
    BOTH = "BOTH"


class Format(StrEnum):
    """What the answer is written as (S11); PARQUET is ours (D26)."""

    JSON = "JSON"
    CSV = "CSV"
    EXCEL = "EXCEL"
    PARQUET = "PARQUET"


class CsvDialect(StrEnum):
    """EXCEL: semicolons and a byte order mark; RFC4180: commas (D26)."""

    EXCEL = "EXCEL"
    RFC4180 = "RFC4180"


class CallHours(StrEnum):
    """By when calls started: inside the customer's working hours, or outside."""

    ALL = "ALL"
    WORKING = "WORKING"
    OUTSIDE = "OUTSIDE"


@dataclass(frozen=True, slots=True)
class StatsQuery:
    """What is asked. `customer` and `employees` are ids in lower case; nothing here says that the asker may.

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
class TallyQuery:
    """What a store is asked to count: plain values, several customers at once if need be.

    `numbers` None: every extension number. `splits` cut the counts of a number in time, for numbers that changed hands:
    calls from `since_ms` until `until_ms` are counted under `slot` (1, 2, …), all others under slot 0.
    """

    customers: tuple[str, ...]
    numbers: tuple[str, ...] | None
    period: Period
    zone: ZoneInfo
    interval: Interval
    measures: tuple[str, ...]
    direction: CallDirection = CallDirection.BOTH
    ignore_below: int = 0
    ignore_local: bool = False
    elsewhere: bool = False
    splits: tuple[Split, ...] = ()
    hours: Hours | None = None


@dataclass(frozen=True, slots=True)
class Split:
    """One holder's stretch of a number; see `TallyQuery`."""

    number: str
    since_ms: int
    until_ms: int
    slot: int


class Group(NamedTuple):
    """Where the counts of a customer's number, in one slot, stand: rows [start, end) of the columns of a tally."""

    customer: str
    number: str
    slot: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Tally:
    """What a store counted: equally long columns, a row for each bucket that has calls, in time order in each group.

    `measures` holds one column of integers for each measure of `measures.needed(query.measures)`.
    """

    groups: list[Group]
    buckets: Sequence[int]
    measures: dict[str, Sequence[int]]


@dataclass(frozen=True, slots=True)
class ProfileQuery:
    """What `tally` counts, of some numbers in some slots, all together."""

    tally: TallyQuery
    slots: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Profile:
    """Counts by bucket, in time order; one column of integers for each measure of `measures.needed`."""

    buckets: Sequence[int]
    measures: dict[str, Sequence[int]]


@dataclass(frozen=True, slots=True)
class BehindQuery:
    """Which involvements stand behind a figure (D29): those that `tally` counts in some slots, buckets and a measure.

    `slots` are (number, slot); `buckets` None: all; `near`: those answered elsewhere as well, whatever the measure.
    `hours_of_week`, as `intervals.hour_of_week` counts them; None: all.
    """

    tally: TallyQuery
    slots: tuple[tuple[str, int], ...]
    buckets: tuple[int, ...] | None
    measure: str | None
    near: bool = False
    hours_of_week: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Behind:
    """The involvements behind a figure, by start: equally long columns. `call_ids` are the store's own."""

    call_ids: Sequence[int]
    numbers: Sequence[str]
    slots: Sequence[int]
    directions: Sequence[int]
    local: Sequence[int]
    starts: Sequence[int]
    outcomes: Sequence[int]
    reasons: Sequence[int]
    ring_seconds: Sequence[int]
    talk_seconds: Sequence[int]


@dataclass(frozen=True, slots=True)
class Asker:
    """What the checks need to know of who asks, and when: the defaults of S2, S4, D10."""

    customer: str
    now_ms: int
    zone_of: Callable[[str], ZoneInfo]
    calendar_of: Callable[[str], Calendar] = lambda customer: Calendar()


def parse_query(members: Mapping[str, Any], asker: Asker, *, as_text: bool = False) -> StatsQuery:
    """Check the members of a request, in the page's order, and fill in the defaults.

    `as_text`: values come from a query string, where everything is text and arrays are repeated or comma-separated
    (D30). Raises InvalidFieldError with the name of the first wrong member; unknown ones come last (D20).
    """
    read = Reader({name: value for name, value in members.items() if value is not None}, as_text)
    customer = read.identity("customer") or asker.customer
    employee = read.identity("employee")
    employees = read.identities("employees")
    if employee:
        employees = (employees or frozenset()) | {employee}
    named_zone = find_zone(read.given.get("timezone"))
    zone = named_zone or asker.zone_of(customer)
    period = read.period(zone, asker.now_ms)
    ignore_below = read.seconds("ignoreBelow")
    ignore_local = read.flag("ignoreLocal")
    direction = read.choice("direction", CallDirection, CallDirection.BOTH)
    interval = read.choice("groupingInterval", Interval, Interval.DAY)
    fields = read.fields("fields")
    sort = read.sort("sort", fields)
    form = read.choice("format", Format, Format.JSON)
    if "timezone" in read.given and named_zone is None:
        raise InvalidFieldError("timezone", "Invalid timezone - use an IANA name such as Europe/Copenhagen")
    interval_key = read.choice("intervalKey", IntervalKey, IntervalKey.AUTO)
    include_empty = read.flag("includeEmpty")
    include_unassigned = read.flag("includeUnassigned")
    csv = read.choice("csv", CsvDialect, CsvDialect.EXCEL)
    department = read.text("department")
    hours = _hours(read.choice("hours", CallHours, CallHours.ALL), period, zone, asker, customer)
    for name in members:
        if name not in MEMBERS:
            raise InvalidFieldError(name, f"Unknown member - use {', '.join(MEMBERS)}")
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


def _hours(asked: CallHours, period: Period, zone: ZoneInfo, asker: Asker, customer: str) -> Hours | None:
    if asked is CallHours.ALL:
        return None
    try:
        return asker.calendar_of(customer).within(period, zone, outside=asked is CallHours.OUTSIDE)
    except UnknownPlaceError as why:
        raise InvalidFieldError("hours", f"The holidays of {why} are not known - set the customer's holidays") from None


def find_zone(name: Any) -> ZoneInfo | None:
    """The IANA zone of that name; None if there is none."""
    if not isinstance(name, str) or name in _NO_ZONES or not re.fullmatch(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*", name):
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


_NO_ZONES = {"localtime", "posixrules", "Factory"}
"""Files among the zones that name no place; what they say differs from machine to machine."""

_WORDS = {
    "direction": "Invalid direction - use IN, OUT or BOTH",
    "groupingInterval": "Invalid grouping interval - use MONTH, WEEK, DAY or HOUR",
    "format": "Invalid format",
    "intervalKey": "Invalid interval key - use AUTO, NUMBER or ISO",
    "csv": "Invalid csv - use EXCEL or RFC4180",
    "hours": "Invalid hours - use ALL, WORKING or OUTSIDE",
}

_MANY_IDS = 10_000
_LONGEST_NUMBER = 255
_LONGEST_TEXT = 256


class Reader:
    """Takes members out of a request one by one; every complaint names the member and what was expected."""

    def __init__(self, given: Mapping[str, Any], as_text: bool) -> None:
        self.given = given
        self.as_text = as_text

    def identity(self, name: str) -> str | None:
        """An id in lower case."""
        value = self.given.get(name)
        return None if value is None else _identity(name, value)

    def identities(self, name: str) -> frozenset[str] | None:
        """Several ids."""
        value = self.given.get(name)
        if value is None:
            return None
        if self.as_text:
            value = _split(value)
        if not isinstance(value, list):
            raise InvalidFieldError(name, "Invalid employees - use an array of ids")
        if len(value) > _MANY_IDS:
            raise InvalidFieldError(name, f"Too many employees - use at most {_MANY_IDS}")
        return frozenset(_identity(name, one) for one in value)

    def period(self, zone: ZoneInfo, now_ms: int) -> Period:
        """From the first instant of `from` to the end of the last written unit of `to` (D11); today by default (S4)."""
        today = date(1970, 1, 1) + timedelta(milliseconds=wall_ms(zone, now_ms))
        since, _ = parse_moment(self.given.get("from", today.isoformat()), zone, self.as_text)
        _, until = parse_moment(self.given.get("to", today.isoformat()), zone, self.as_text)
        until = min(until, LAST_MS)
        if since >= until:
            raise _invalid_range()
        return Period(since, until)

    def seconds(self, name: str) -> int:
        """A number of seconds, rounded up: lengths are whole, and strictly shorter ones are dropped (D9)."""
        value = self.given.get(name, 0)
        if self.as_text and isinstance(value, str) and re.fullmatch(r"\d{1,15}(\.\d{1,15})?", value):
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
            raise InvalidFieldError(name, f"Invalid {name} - use true or false")
        return value

    def choice(self, name: str, choices: type[_Choice], default: _Choice) -> _Choice:
        """One of some words, in any case (D20)."""
        value = self.given.get(name)
        if value is None:
            return default
        if isinstance(value, str) and value.isascii() and value.upper() in choices.__members__:
            return choices[value.upper()]
        raise InvalidFieldError(name, _WORDS.get(name) or f"Invalid {name} - use {', '.join(choices)}")

    def maybe(self, name: str, choices: type[_Choice]) -> _Choice | None:
        """The same, where nothing is as good as any."""
        return self.choice(name, choices, next(iter(choices))) if name in self.given else None

    def whole(self, name: str, default: int, least: int, most: int) -> int:
        """A whole number."""
        value = self.given.get(name, default)
        if self.as_text and isinstance(value, str) and re.fullmatch(r"\d{1,10}", value, re.ASCII):
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise InvalidFieldError(name, f"Invalid {name} - use a whole number from {least} to {most}")
        return value

    def extension(self, name: str) -> str | None:
        """An extension, by its id, in lower case, or by its number."""
        value = self.given.get(name)
        if value is None:
            return None
        if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_NUMBER:
            raise InvalidFieldError(name, "Invalid extension - use its id or its number, as a text")
        return value.lower() if value.isascii() and ID.fullmatch(value.lower()) else value

    def text(self, name: str) -> str | None:
        """A name of something."""
        value = self.given.get(name)
        if value is not None and (not isinstance(value, str) or not 0 < len(value) <= _LONGEST_TEXT):
            raise InvalidFieldError(name, f"Invalid {name} - use a text of 1 to {_LONGEST_TEXT} characters")
        return value

    def fields(self, name: str) -> tuple[str, ...]:
        """The named fields in the order of the answer, whatever order they were named in (D17)."""
        value = self.given.get(name)
        if value is None:
            return PAGE_FIELDS
        if isinstance(value, str) or self.as_text:
            value = _split(value)
        if not isinstance(value, list) or not value or len(value) > _MANY_IDS:
            raise InvalidFieldError(name, "Invalid fields - use an array, or a comma-separated text, of field names")
        for one in value:
            if not isinstance(one, str) or one not in _FIELD_SET:
                raise InvalidFieldError(name, f"Unknown field - use {', '.join(FIELDS)}")
        return tuple(one for one in FIELDS if one in set(value))

    def sort(self, name: str, fields: tuple[str, ...]) -> str:
        """The field to sort by (D18)."""
        value = self.given.get(name)
        if value is None:
            return "extensionNumber"
        if value not in SORTS or value not in fields:
            raise InvalidFieldError(name, f"Invalid sort - use {' or '.join(SORTS)}, and have it among the fields")
        return str(value)


_Choice = TypeVar("_Choice", bound=StrEnum)
_FIELD_SET = frozenset(FIELDS)
_MANY_SECONDS = 2**53


def _invalid_range() -> InvalidFieldError:
    return InvalidFieldError("from", "Invalid date range")


def _identity(name: str, value: Any) -> str:
    if isinstance(value, str) and ID.fullmatch(value.lower()) and value.isascii():
        return value.lower()
    raise InvalidFieldError(name, f"Invalid {name} - an id is 24 hexadecimal digits")


def _split(value: Any) -> list[Any]:
    texts = value if isinstance(value, list) else [value]
    return [part.strip() for text in texts for part in str(text).split(",") if part.strip()]


_MOMENT = re.compile(
    r"(?P<year>\d{4})-?(?P<month>\d\d)-?(?P<day>\d\d)"
    r"(?:(?:-?[Tt]| )(?P<hour>\d\d)(?:[:.]?(?P<minute>\d\d)(?:[:.]?(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,9}))?)?)?"
    r"(?P<offset>[Zz]|[+-]\d\d(?::?\d\d)?)?)?"
)


def parse_moment(value: Any, zone: ZoneInfo, as_text: bool = False) -> tuple[int, int]:
    """The first instant, and the instant after the last, that a written moment may mean (D11, D12).

    ISO 8601, the page's own malformed sample, its sibling's with dots for colons, or epoch milliseconds. Without an
    offset the zone's clock counts. "2020-12-01" is the whole day, "10:30" the whole minute. Raises 422 `from` for
    anything else.
    """
    if as_text and isinstance(value, str):
        value = int(value) if re.fullmatch(r"\d{9,15}", value) else _with_its_plus(value)
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
    """A moment out of a query string, where the plus before an offset has become a blank (D30)."""
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


_ID_SCHEMA = {"type": "string", "pattern": "^[0-9a-fA-F]{24}$"}
_MOMENT_SCHEMA = {"anyOf": [{"type": "string"}, {"type": "integer", "minimum": 0}]}
_SECONDS_SCHEMA = {"type": "number", "minimum": 0}
_FIELDS_SCHEMA = {"anyOf": [{"type": "array", "minItems": 1, "items": {"enum": list(FIELDS)}}, {"type": "string"}]}


@dataclass(frozen=True, slots=True)
class Member:
    """One member of the request: its sentence for the manual and its JSON schema for OpenAPI."""

    sentence: str
    schema: dict[str, Any]


def _choices(choices: type[StrEnum], default: str) -> dict[str, Any]:
    return {"type": "string", "enum": list(choices.__members__), "default": default}


_FLAG: dict[str, Any] = {"type": "boolean", "default": False}

MEMBERS: dict[str, Member] = {
    "customer": Member("Customer the calls belong to; your own by default.", _ID_SCHEMA),
    "employee": Member("Employee to show statistics for; all by default.", _ID_SCHEMA),
    "employees": Member(
        "Employees to show statistics for, together with `employee`; all by default, `[]` is nobody.",
        {"type": "array", "items": _ID_SCHEMA, "maxItems": _MANY_IDS},
    ),
    "from": Member("First moment of the period; today 00:00:00 by default.", _MOMENT_SCHEMA),
    "to": Member("Last moment of the period, whole; today 23:59:59 by default.", _MOMENT_SCHEMA),
    "ignoreBelow": Member("Leave out calls shorter than this many seconds.", _SECONDS_SCHEMA),
    "ignoreLocal": Member("Leave out calls between extensions.", _FLAG),
    "direction": Member("Calls to look at.", _choices(CallDirection, "BOTH")),
    "groupingInterval": Member("How calls are grouped.", _choices(Interval, "DAY")),
    "fields": Member("Fields that come back; the page's fourteen by default.", _FIELDS_SCHEMA),
    "sort": Member("Field to sort by; has to be among the fields.", {"type": "string", "enum": list(SORTS)}),
    "format": Member("What the answer is written as.", _choices(Format, "JSON")),
    "timezone": Member("IANA zone of days and buckets; the customer's by default.", {"type": "string"}),
    "intervalKey": Member("What intervals are called: plain numbers or ISO names.", _choices(IntervalKey, "AUTO")),
    "includeEmpty": Member("Every extension somebody held in the period, and every interval, with zeros.", _FLAG),
    "includeUnassigned": Member("Extensions that nobody held, too.", _FLAG),
    "csv": Member("Kind of CSV: semicolons for spreadsheets, or commas.", _choices(CsvDialect, "EXCEL")),
    "department": Member(
        "Only employees whose department has this name; all by default.",
        {"type": "string", "minLength": 1, "maxLength": _LONGEST_TEXT},
    ),
    "hours": Member(
        "Calls that started inside the customer's working hours, or outside them.", _choices(CallHours, "ALL")
    ),
}
"""Every member of a request, in the page's order, then ours."""

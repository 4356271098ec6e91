"""A request in words: what was asked, from when to when by which clock, what each column means.

Periods are half open internally; people are told the last moment that still belongs to one.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from pbxtally.call_query import CallsQuery
from pbxtally.measures import MEASURES
from pbxtally.plurals import quantity
from pbxtally.query import StatsQuery
from pbxtally.renderers.rows import INTERVAL, header
from pbxtally.report import Report

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

SENTENCES = {
    "employeeId": "Id of the employee who held the extension when the calls started.",
    "employeeName": "Name of that employee.",
    "extensionId": "Id of the extension.",
    "extensionNumber": "Number of the extension.",
    INTERVAL: "The month, ISO week, day or hour in which the calls started, by the clock of the time zone.",
}
"""The meaning of the columns that are not measures."""


def first_and_last_day(query: StatsQuery | CallsQuery) -> tuple[str, str]:
    """The dates in the query's zone at the first and the last moment of the period."""
    first, last = _clock(query.zone, query.period.since_ms), _clock(query.zone, query.period.until_ms - 1)
    return f"{first:%Y-%m-%d}", f"{last:%Y-%m-%d}"


def moment(zone: ZoneInfo, at_ms: int, unit_ms: int = 0) -> str:
    """What the clock shows, with its offset: `2020-12-01 00:00:00 +01:00`.

    Milliseconds are written unless they equal `unit_ms`: 0 at the start of a whole second, 999 at its end.
    """
    shown = _clock(zone, at_ms).isoformat(" ", "seconds")
    fraction = "" if at_ms % 1000 == unit_ms else f".{at_ms % 1000:03}"
    return f"{shown[:19]}{fraction} {shown[19:25]}"


def _clock(zone: ZoneInfo, at_ms: int) -> datetime:
    return (_EPOCH + timedelta(milliseconds=at_ms)).astimezone(zone)


def request_facts(report: Report, created_ms: int) -> Iterator[tuple[str, str]]:
    """The request, a label and a value for each thing that decides what was counted."""
    query = report.query
    yield from selection_facts(query, report.customer_name)
    yield "Interval", query.interval.value
    yield "Extensions without calls", "shown with zeros" if query.include_empty else "left out"
    yield "Created", moment(query.zone, created_ms - created_ms % 1000)


def selection_facts(query: StatsQuery, customer_name: str) -> Iterator[tuple[str, str]]:
    """Which calls a request looks at."""
    yield from subject_facts(query, customer_name)
    yield "Direction", query.direction.value
    yield (
        "Short calls",
        f"those under {quantity(query.ignore_below, 'second')} left out" if query.ignore_below else "counted",
    )
    yield "Local calls", "left out" if query.ignore_local else "counted"
    yield "Employees", "all" if query.employees is None else f"{len(query.employees)} asked for by id"
    yield "Extensions that nobody held", "shown" if query.include_unassigned else "left out"


def subject_facts(query: StatsQuery | CallsQuery, customer_name: str) -> Iterator[tuple[str, str]]:
    """Whose calls any request is about, and of which period by which clock."""
    yield "Customer", customer_name
    yield "Customer id", query.customer
    yield "From", moment(query.zone, query.period.since_ms)
    yield "To", moment(query.zone, query.period.until_ms - 1, unit_ms=999)
    yield "Time zone", query.zone.key
    if query.department is not None:
        yield "Department", query.department
    if query.hours is not None:
        yield "Hours", f"{'outside' if query.hours.outside else 'inside'} the customer's working hours"


def definitions(report: Report) -> Iterator[tuple[str, str]]:
    """Every column of the answer with the sentence that defines it."""
    for name in header(report):
        yield name, SENTENCES[name] if name in SENTENCES else MEASURES[name].sentence

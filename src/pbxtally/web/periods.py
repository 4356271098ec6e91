"""The periods people ask for by name, as days of the calendar: from the first to the last, both whole.

What day it is decides the customer's own clock; weeks begin on Monday.
"""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from pbxtally.intervals import wall_ms

ONE_DAY = timedelta(days=1)
ONE_WEEK = timedelta(weeks=1)


class Preset(StrEnum):
    """What stands in an address."""

    TODAY = "TODAY"
    YESTERDAY = "YESTERDAY"
    THIS_WEEK = "THIS_WEEK"
    LAST_WEEK = "LAST_WEEK"
    THIS_MONTH = "THIS_MONTH"
    LAST_MONTH = "LAST_MONTH"


WORDS = {
    Preset.TODAY: "Today",
    Preset.YESTERDAY: "Yesterday",
    Preset.THIS_WEEK: "This week",
    Preset.LAST_WEEK: "Last week",
    Preset.THIS_MONTH: "This month",
    Preset.LAST_MONTH: "Last month",
}
"""What people read."""


def today_in(zone: ZoneInfo, now_ms: int) -> date:
    """The day that the zone's calendar shows."""
    return date(1970, 1, 1) + timedelta(milliseconds=wall_ms(zone, now_ms))


def days_of(preset: Preset, today: date) -> tuple[date, date]:
    """The first and the last day; a week or month that is not over yet is given whole."""
    monday = today - today.weekday() * ONE_DAY
    first = today.replace(day=1)
    match preset:
        case Preset.TODAY:
            return today, today
        case Preset.YESTERDAY:
            return today - ONE_DAY, today - ONE_DAY
        case Preset.THIS_WEEK:
            return monday, monday + 6 * ONE_DAY
        case Preset.LAST_WEEK:
            return monday - ONE_WEEK, monday - ONE_DAY
        case Preset.THIS_MONTH:
            return first, (first + 31 * ONE_DAY).replace(day=1) - ONE_DAY
        case Preset.LAST_MONTH:
            return (first - ONE_DAY).replace(day=1), first - ONE_DAY

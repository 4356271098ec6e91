"""The periods people ask for by name, as calendar days: from the first to the last, both whole.

The customer's own clock decides what day it is; weeks begin on Monday. Periods are written in words, not in ISO.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from pbxtally.intervals import Period, instants_ms, wall_ms
from pbxtally.web.i18n import _, day, time_of_day

FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(9999, 12, 30)
"""The days that can be asked about."""

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
    THIS_QUARTER = "THIS_QUARTER"
    LAST_QUARTER = "LAST_QUARTER"


WORDS = {
    Preset.TODAY: "Today",
    Preset.YESTERDAY: "Yesterday",
    Preset.THIS_WEEK: "This week",
    Preset.LAST_WEEK: "Last week",
    Preset.THIS_MONTH: "This month",
    Preset.LAST_MONTH: "Last month",
    Preset.THIS_QUARTER: "This quarter",
    Preset.LAST_QUARTER: "Last quarter",
}
"""What people read."""


def today_in(zone: ZoneInfo, now_ms: int) -> date:
    """The day that the zone's calendar shows."""
    return clock_in(zone, now_ms).date()


def clock_in(zone: ZoneInfo, at_ms: int) -> datetime:
    """What the zone's clock shows."""
    return datetime(1970, 1, 1) + timedelta(milliseconds=wall_ms(zone, at_ms))


def days_of(preset: Preset, today: date) -> tuple[date, date]:
    """The first and the last day; a week, month or quarter that is not over yet is given in full."""
    monday = today - today.weekday() * ONE_DAY
    quarter = today.replace(month=today.month - (today.month - 1) % 3)
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
            return _months(today, 0, 1)
        case Preset.LAST_MONTH:
            return _months(today, -1, 0)
        case Preset.THIS_QUARTER:
            return _months(quarter, 0, 3)
        case Preset.LAST_QUARTER:
            return _months(quarter, -3, 0)


def days_beside(first: date, last: date, step: int) -> tuple[date, date] | None:
    """An equally long stretch right before (`step` -1) or after (1): whole months by months, others by days.

    None: not all of it can be asked about.
    """
    try:
        found = _moved(first, last, step)
    except (ValueError, OverflowError):  # outside the calendar
        return None
    return found if found[0] >= FIRST_DAY and found[1] <= LAST_DAY else None


def _moved(first: date, last: date, step: int) -> tuple[date, date]:
    if first.day == 1 and (last + ONE_DAY).day == 1:
        count = 12 * (last.year - first.year) + last.month - first.month + 1
        return _months(first, step * count, (step + 1) * count)
    length = last - first + ONE_DAY
    return first + step * length, last + step * length


def before(zone: ZoneInfo, period: Period, now_ms: int) -> Period | None:
    """An equally long period right before; if this one is not over yet, only as much of it as has passed of this.

    None: there is none that can be asked about.
    """
    since, end = (_midnight_or_clock(zone, at) for at in (period.since_ms, period.until_ms))
    last = clock_in(zone, period.until_ms - 1).date()
    beside = days_beside(since.date(), last, -1)
    if beside is None:
        return None
    first, last_before = beside
    since_before = since - (since.date() - first)
    end_before = end - (last - last_before)
    if period.since_ms < now_ms < period.until_ms:
        end_before = min(end_before, since_before + (clock_in(zone, now_ms) - since))
    begin, (midnight, until) = instants_ms(zone, since_before)[0], instants_ms(zone, end_before)
    if end_before.time() == time():
        until = midnight  # the first, if the clock shows two
    return Period(begin, max(begin, until))


def _midnight_or_clock(zone: ZoneInfo, at_ms: int) -> datetime:
    """What the clock shows; midnight at the start of a day that begins at one o'clock."""
    clock = clock_in(zone, at_ms)
    return datetime.combine(clock, time()) if at_ms == begin_ms(zone, clock) else clock


def _months(of: date, begin: int, end: int) -> tuple[date, date]:
    """From the first of the month `begin` months after a day's to the day before that of the one `end` months after."""
    first, after = (
        date(of.year + (of.month - 1 + count) // 12, (of.month - 1 + count) % 12 + 1, 1) for count in (begin, end)
    )
    return first, after - ONE_DAY


def in_words(zone: ZoneInfo, period: Period) -> str:
    """A period in words: one day, or from one to another; with times of day only if it cuts a day."""
    first, last, end = (clock_in(zone, at) for at in (period.since_ms, period.until_ms - 1, period.until_ms))
    if not cuts_days(zone, period):
        return day(first) if first.date() == last.date() else _("{since} to {until}", since=day(first), until=day(last))
    since, until = (f"{day(one)} {time_of_day(one)}" for one in (first, end))
    return _("{since} to {until}", since=since, until=until)


def cuts_days(zone: ZoneInfo, period: Period) -> bool:
    """Whether a period begins or ends inside a day; some days of some zones begin at one o'clock."""
    return any(at != begin_ms(zone, clock_in(zone, at)) for at in (period.since_ms, period.until_ms))


def begin_ms(zone: ZoneInfo, day: date) -> int:
    """When a day begins."""
    return instants_ms(zone, datetime.combine(day, time()))[0]

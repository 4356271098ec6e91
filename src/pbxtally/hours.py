"""Working hours and holidays: whether a call started inside them, by the clock on the wall.

Hours are kept for every weekday as half-open intervals of minutes of the day. A holiday has none, whatever its weekday.
Denmark's holidays are worked out here; those of other countries come from elsewhere, in the same form.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from pbxtally.intervals import DAY_MS, Period, wall_ms

MINUTE_MS = 60_000
MINUTES_OF_DAY = 24 * 60

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

NO_HOLIDAYS = "NONE"
"""Stands in place of a country for those who keep no holidays."""

DENMARK = "DK"

PLACE = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")
"""A country, or a part of it, by ISO 3166: DK, DE-BY."""

HOLIDAY_YEARS = range(1970, 2200)
"""The years whose holidays are known."""

Stretch = tuple[int, int]
"""From a minute of the day, inclusive, to another, exclusive."""

DaysOff = Callable[[str, Iterable[int]], frozenset[date]]
"""From a place and some years to the holidays there."""


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """When people work: some stretches, in order, for each weekday from Monday on."""

    weekdays: tuple[tuple[Stretch, ...], ...]

    def written(self) -> dict[str, str]:
        """As people write it: `{"monday": "08:00-12:00, 12:30-16:00"}`; days without work are left out."""
        named = zip(WEEKDAYS, self.weekdays, strict=True)
        return {
            name: ", ".join(f"{_clock(since)}-{_clock(until)}" for since, until in day) for name, day in named if day
        }

    @classmethod
    def read(cls, written: Mapping[str, object]) -> WorkingHours:
        """Read what `written` gives; ValueError if it has another form, or stretches of a day overlap."""
        if not set(written) <= set(WEEKDAYS):
            raise ValueError("no such weekday")
        return cls(tuple(_day(written.get(name, "")) for name in WEEKDAYS))


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _day(text: object) -> tuple[Stretch, ...]:
    if not isinstance(text, str):
        raise ValueError("not a text")
    found: list[Stretch] = []
    for part in filter(None, (one.strip() for one in text.split(","))):
        times = re.fullmatch(r"(\d\d?)[:.](\d\d) ?[-–] ?(\d\d?)[:.](\d\d)", part, re.ASCII)
        if not times:
            raise ValueError("no stretch of time")
        first, second, third, fourth = map(int, times.groups())
        since, until = 60 * first + second, 60 * third + fourth
        if max(second, fourth) > 59 or not (found[-1][1] if found else 0) <= since < until <= MINUTES_OF_DAY:
            raise ValueError("no such times, or not one after the other")
        found.append((since, until))
    return tuple(found)


USUAL_HOURS = WorkingHours((((8 * 60, 16 * 60),),) * 5 + ((),) * 2)
"""The hours of customers who did not set their own."""


@dataclass(frozen=True, slots=True)
class Hours:
    """Selects calls inside the hours of each weekday, or `outside`; `days_off`: days since 1970 without hours."""

    weekdays: tuple[tuple[Stretch, ...], ...]
    days_off: frozenset[int]
    outside: bool

    def has(self, wall: int) -> bool:
        """Whether a call that started at a wall-clock moment is looked at."""
        day, of_day = divmod(wall, DAY_MS)
        stretches = () if day in self.days_off else self.weekdays[(day + 3) % 7]  # 1970 began on a Thursday
        inside = any(since * MINUTE_MS <= of_day < until * MINUTE_MS for since, until in stretches)
        return inside is not self.outside


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar of 1582, by the method in Butcher's almanac."""
    golden, (century, of_century) = year % 19, divmod(year, 100)
    leaps, of_leap = divmod(century, 4)
    moon = (19 * golden + century - leaps - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    sunday = (32 + 2 * of_leap + 2 * (of_century // 4) - moon - of_century % 4) % 7
    late = (golden + 11 * moon + 22 * sunday) // 451
    month, day = divmod(moon + sunday - 7 * late + 114, 31)
    return date(year, month, day + 1)


LAST_PRAYER_DAY = 2023
"""The last year in which Denmark's *store bededag* was a holiday."""

FROM_EASTER = {"Maundy Thursday": -3, "Good Friday": -2, "Easter": 0, "Easter Monday": 1, "Ascension": 39}
FROM_EASTER |= {"Whit Sunday": 49, "Whit Monday": 50}
PRAYER_DAY = 26
"""The fourth Friday after Easter, in days from Easter."""


def danish_holidays(year: int) -> frozenset[date]:
    """The public holidays of Denmark in a year."""
    sunday = easter(year)
    moving = [*FROM_EASTER.values(), *([PRAYER_DAY] if year <= LAST_PRAYER_DAY else [])]
    fixed = (date(year, 1, 1), date(year, 12, 25), date(year, 12, 26))
    return frozenset((*fixed, *(sunday + timedelta(days=after) for after in moving)))


def built_in(place: str, years: Iterable[int]) -> frozenset[date]:
    """The holidays that need no extra package: Denmark's, and none at all."""
    if place == NO_HOLIDAYS:
        return frozenset()
    if place == DENMARK:
        return frozenset().union(*map(danish_holidays, years))
    raise UnknownPlaceError(place)


class UnknownPlaceError(Exception):
    """Nobody here knows the holidays of that place."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """When a customer works: its hours, the place whose holidays it keeps, and how to find those."""

    hours: WorkingHours = USUAL_HOURS
    place: str = DENMARK
    days_off: DaysOff = built_in

    def within(self, period: Period, zone: ZoneInfo, *, outside: bool) -> Hours:
        """The hours of the days of a period; UnknownPlaceError if its holidays are not known."""
        first, last = (
            (datetime(1970, 1, 1) + timedelta(milliseconds=wall_ms(zone, at))).year
            for at in (period.since_ms, period.until_ms)
        )
        years = [year for year in HOLIDAY_YEARS if first <= year <= last]
        epoch = date(1970, 1, 1)
        days = frozenset((one - epoch).days for one in self.days_off(self.place, years))
        return Hours(self.hours.weekdays, days, outside)


def parse_place(text: object) -> str:
    """A country, or a part of it, or NONE, in upper case; ValueError if it is neither."""
    word = text.upper() if isinstance(text, str) else ""
    if word != NO_HOLIDAYS and not PLACE.fullmatch(word):
        raise ValueError("no place")
    return word

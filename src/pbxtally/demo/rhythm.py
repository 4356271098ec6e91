"""When people telephone: hours of the day, days of the week, months, and the days Denmark is closed."""

from __future__ import annotations

import math
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import accumulate
from random import Random
from zoneinfo import ZoneInfo

# Calls that begin in each half hour, from 7:00 on; the dip is lunch.
HALF_HOURS = (3, 8, 40, 62, 80, 92, 95, 92, 84, 76, 48, 40, 66, 80, 82, 76, 66, 54, 38, 20, 8, 5, 4, 3, 2, 2, 1, 1)
OPENS_SECOND = 7 * 3600
_HALF_HOURS_SO_FAR = list(accumulate(HALF_HOURS))

# Share of an ordinary day's calls.
WEEKDAYS = (1.14, 1.05, 1.02, 1.0, 0.83, 0.05, 0.02)  # Monday first
MONTHS = (0.95, 1.0, 1.05, 1.0, 1.02, 0.98, 0.62, 0.92, 1.1, 1.05, 1.1, 0.9)
HOLIDAY = 0.02
BETWEEN_THE_YEARS = 0.25  # 27 to 30 December


def easter_sunday(year: int) -> date:
    """Gregorian Easter, by the rule of the lunar calendar (Meeus)."""
    century, of_century = divmod(year, 100)
    golden = year % 19
    epact = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (of_century // 4) - epact - of_century % 4) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


@lru_cache(maxsize=64)
def holidays(year: int) -> frozenset[date]:
    """The days Danish offices are closed: public holidays, Constitution Day, Christmas Eve and New Year's Eve.

    Great Prayer Day, the fourth Friday after Easter, was one until 2023.
    """
    easter = easter_sunday(year)
    movable = [-3, -2, 0, 1, 39, 49, 50] + ([26] if year <= 2023 else [])
    fixed = [(1, 1), (6, 5), (12, 24), (12, 25), (12, 26), (12, 31)]
    return frozenset([easter + timedelta(days) for days in movable] + [date(year, *when) for when in fixed])


def is_working_day(day: date) -> bool:
    """Whether the office is open."""
    return day.weekday() < 5 and day not in holidays(day.year)


def volume(day: date) -> float:
    """How many calls the day has, 1.0 being an ordinary Wednesday or Thursday."""
    if day in holidays(day.year):
        return min(HOLIDAY, WEEKDAYS[day.weekday()])
    quiet = BETWEEN_THE_YEARS if day.month == 12 and day.day > 26 else 1.0
    return WEEKDAYS[day.weekday()] * MONTHS[day.month - 1] * quiet


def second_of_day(rng: Random) -> int:
    """When a call begins: a second of the day by the clock on the wall."""
    half_hour = rng.choices(range(len(HALF_HOURS)), cum_weights=_HALF_HOURS_SO_FAR)[0]
    return OPENS_SECOND + half_hour * 1800 + int(rng.random() * 1800)


def epoch_second(day: date, second: int, zone: ZoneInfo) -> int:
    """The instant at which the clock of the zone shows that second of the day."""
    wall = datetime.combine(day, time()) + timedelta(seconds=second)
    return int(wall.replace(tzinfo=zone).timestamp())


def how_many(rng: Random, mean: float) -> int:
    """A count that scatters around its mean as independent calls do (Poisson)."""
    if mean > 40:
        return max(0, round(rng.gauss(mean, math.sqrt(mean))))
    limit = math.exp(-mean)
    count, product = 0, rng.random()
    while product > limit:
        count += 1
        product *= rng.random()
    return count


def talk_seconds(rng: Random, median: float) -> int:
    """How long people talk: half of them shorter than the median, a few very long, one in thirty a wrong number."""
    if rng.random() < 0.03:
        return 1 + int(rng.random() * 7)
    return max(3, min(3600, int(rng.lognormvariate(math.log(median), 0.9))))

"""MONTH, WEEK, DAY, HOUR: where a bucket begins in a zone, where the next one does, and what it is called.

A *key* is the integer that names a bucket between the store and the report, in milliseconds:

- MONTH, WEEK, DAY: the wall-clock moment at which it begins, read as if it were UTC (2020-12-01 00:00 in Copenhagen has
  the key of 2020-12-01T00:00Z). Days follow the clock, whatever its offset (D14).
- HOUR: the UTC instant at which it begins. A bucket is one clock hour under one offset, so the doubled hour of an
  autumn day has two keys, and Lord Howe's doubled half hour is a bucket of 30 minutes.

Zones are Python's job: the store is given the pieces of constant offset inside a period and does integer arithmetic.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import zip_longest
from zoneinfo import ZoneInfo

SECOND_MS = 1000
HOUR_MS = 3600 * SECOND_MS
DAY_MS = 24 * HOUR_MS
WEEK_MS = 7 * DAY_MS
FIRST_MONDAY_MS = 4 * DAY_MS
"""1970-01-05, the first Monday of the epoch; weeks are ISO 8601."""

LAST_MS = 253402214400000
"""9999-12-31T00:00Z: the end of every period, so that a wall clock never leaves the calendar."""

_EPOCH = datetime(1970, 1, 1)


class Interval(StrEnum):
    """How a statistics request groups its calls (S8)."""

    MONTH = "MONTH"
    WEEK = "WEEK"
    DAY = "DAY"
    HOUR = "HOUR"


LONGEST_MS = {
    Interval.MONTH: 31 * DAY_MS,
    Interval.WEEK: WEEK_MS,
    Interval.DAY: DAY_MS,
    Interval.HOUR: HOUR_MS,
}
"""How long a bucket is, clock changes aside; for a month, at most."""


class IntervalKey(StrEnum):
    """How intervals are called in the answer (D13)."""

    AUTO = "AUTO"
    NUMBER = "NUMBER"
    ISO = "ISO"


@dataclass(frozen=True, slots=True)
class Period:
    """From an instant, inclusive, until an instant, exclusive; UTC milliseconds."""

    since_ms: int
    until_ms: int

    def __post_init__(self) -> None:
        """Refuse a period that ends before it begins; an empty one is harmless."""
        if self.since_ms > self.until_ms:
            raise ValueError("a period cannot end before it begins")


@dataclass(frozen=True, slots=True)
class Piece:
    """From `since_ms` on, until the next piece, the zone's clock is ahead of UTC by `offset_ms`."""

    since_ms: int
    offset_ms: int


def offset_ms(zone: ZoneInfo, at_ms: int) -> int:
    """How far the zone's clock is ahead of UTC at an instant."""
    moment = (_EPOCH + timedelta(milliseconds=at_ms)).replace(tzinfo=UTC)
    offset = moment.astimezone(zone).utcoffset()
    assert offset is not None
    return int(offset.total_seconds() * 1000)


def wall_ms(zone: ZoneInfo, at_ms: int) -> int:
    """What the zone's clock shows at an instant, read as if it were UTC."""
    return at_ms + offset_ms(zone, at_ms)


def iso_utc(at_ms: int) -> str:
    """An instant as the vendor's pages write it: `2020-12-01T08:00:00.000Z`."""
    return f"{datetime.fromtimestamp(at_ms // 1000, UTC):%Y-%m-%dT%H:%M:%S}.{at_ms % 1000:03}Z"


def instants_ms(zone: ZoneInfo, wall: datetime) -> tuple[int, int]:
    """The first and the last instant that a clock face may mean (D11).

    They differ only in a doubled hour. A time that the clock skips moves on by the gap.
    """
    if wall.year < 1970:  # clocks were once changed at any second
        return _instants_ms(zone, wall)
    past_minute = wall.second * 1000 + round(wall.microsecond / 1000)
    first, last = _minute_ms(zone, wall.replace(second=0, microsecond=0, tzinfo=None, fold=0))
    return first + past_minute, last + past_minute


@lru_cache(maxsize=65_536)
def _minute_ms(zone: ZoneInfo, minute: datetime) -> tuple[int, int]:
    """The same for a whole minute, cached: a day's records have few different ones."""
    return _instants_ms(zone, minute)


_NEVER = ("0000-00-00", "0001-01-01", "1970-01-01", "1969-12-31")
_NO_SECONDS = re.compile(r"\d{4}-\d\d-\d\d(?:[ T]\d\d(?::\d\d)?)?(?:Z|[+-]\d\d(?::?\d\d)?)?")
_SECONDS_MS = {f":{second:02}": second * SECOND_MS for second in range(60)}


def written_ms(zone: ZoneInfo, written: str) -> tuple[int, int]:
    """`instants_ms` of a time in ISO 8601, `2020-12-01 10:00:00`; with an offset after it, both are the same.

    Whole milliseconds, rounded down. Raises ValueError or OverflowError for anything else, including a time without
    seconds: no PBX leaves them out, and a call of half a minute would seem to last none or a whole one.
    """
    past_minute = _SECONDS_MS.get(written[16:])
    if past_minute is not None:
        first, last = _written_minute_ms(zone, written[:16])
        return first + past_minute, last + past_minute
    if _NO_SECONDS.fullmatch(written):
        raise ValueError("no seconds are written")
    moment = datetime.fromisoformat(written)
    past_second = moment.microsecond // 1000
    if moment.tzinfo is not None:
        first = last = int(moment.replace(microsecond=0).timestamp()) * SECOND_MS
    else:
        first, last = instants_ms(zone, moment.replace(microsecond=0))
    return first + past_second, last + past_second


def face_ms(zone: ZoneInfo, written: str, near_ms: int | None) -> int:
    """The instant of `written_ms` that was meant: the one nearer to `near_ms`, or the first if that is None.

    A time with whole seconds takes half as long; nearly every record has three of them.
    """
    past_minute = _SECONDS_MS.get(written[16:])
    first, last = written_ms(zone, written) if past_minute is None else _written_minute_ms(zone, written[:16])
    past = past_minute or 0
    if first != last and near_ms is not None and abs(first + past - near_ms) > abs(last + past - near_ms):
        first = last
    return first + past


@lru_cache(maxsize=65_536)
def _written_minute_ms(zone: ZoneInfo, minute: str) -> tuple[int, int]:
    """The same for a whole minute, cached: parsing a time costs ten times as much as looking it up."""
    return instants_ms(zone, datetime.fromisoformat(minute))


def is_never(written: str) -> bool:
    """Whether a clock time stands for none: zeros, or the moment from which computers count, in whatever zone."""
    return written[:2] in ("00", "19") and written[:10].replace("/", "-") in _NEVER


def _instants_ms(zone: ZoneInfo, wall: datetime) -> tuple[int, int]:
    found = []
    for fold in (0, 1):
        offset = wall.replace(tzinfo=zone, fold=fold).utcoffset()
        assert offset is not None
        found.append(round((wall.replace(tzinfo=None) - _EPOCH - offset) / timedelta(milliseconds=1)))
    return found[0], max(found)


@lru_cache(maxsize=512)
def offset_pieces(zone: ZoneInfo, since_ms: int, until_ms: int) -> tuple[Piece, ...]:
    """The pieces of constant offset that cover [since_ms, until_ms), in time order.

    The first piece begins an hour early, so that a clock change just before the period still ends its own hour.
    """
    at = since_ms - HOUR_MS
    pieces = [Piece(at, offset_ms(zone, at))]
    while at < until_ms:
        # Until 2086 zones have offsets that last only a few days; after that only rules that repeat every year.
        step = min(at + (DAY_MS if at < 2**42 else WEEK_MS), until_ms)
        if offset_ms(zone, step) != pieces[-1].offset_ms:
            change = _first_change(zone, at, step)
            pieces.append(Piece(change, offset_ms(zone, change)))
            step = change
        at = step
    return tuple(piece for piece in pieces if piece.since_ms < max(until_ms, since_ms + 1))


def _first_change(zone: ZoneInfo, low: int, high: int) -> int:
    """The first millisecond after `low` whose offset is not that of `low`, by bisection."""
    before = offset_ms(zone, low)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if offset_ms(zone, middle) == before else (low, middle)
    return high


def walls_ms(pieces: Sequence[Piece], moments: Sequence[int]) -> list[int]:
    """What the clock shows at each of some instants, given in time order, read as if it were UTC."""
    walls, first = [], 0
    for piece, after in zip_longest(pieces, pieces[1:]):
        last = len(moments) if after is None else bisect_left(moments, after.since_ms, first)
        walls += [at_ms + piece.offset_ms for at_ms in moments[first:last]]
        first = last
    return walls


def floor_wall(interval: Interval, wall: int) -> int:
    """The wall-clock moment at which the bucket of a wall-clock moment begins."""
    if interval is Interval.MONTH:
        day = _EPOCH + timedelta(milliseconds=wall)
        return (datetime(day.year, day.month, 1) - _EPOCH) // timedelta(milliseconds=1)
    if interval is Interval.WEEK:
        return wall - (wall - FIRST_MONDAY_MS) % WEEK_MS
    return wall - wall % (DAY_MS if interval is Interval.DAY else HOUR_MS)


HOURS_OF_WEEK = 168


def hour_of_week(wall: int) -> int:
    """Which hour of its week a wall-clock moment is in: 0 is Monday from midnight, 167 Sunday from 23:00."""
    return (wall - FIRST_MONDAY_MS) % WEEK_MS // HOUR_MS


def hours_of_week(weekday: int | None, hour: int | None) -> tuple[int, ...] | None:
    """The hours of the week on a weekday (1 is Monday, 7 Sunday), at an hour of the day, or both; None: all."""
    if weekday is None and hour is None:
        return None
    days = range(7) if weekday is None else (weekday - 1,)
    return tuple(24 * day + one for day in days for one in (range(24) if hour is None else (hour,)))


def _next_wall(interval: Interval, wall: int) -> int:
    if interval is Interval.MONTH:
        is_last = wall >= LAST_MS - 31 * DAY_MS
        return LAST_MS + DAY_MS if is_last else floor_wall(interval, wall + 31 * DAY_MS)
    return wall + LONGEST_MS[interval]


def bucket_keys(interval: Interval, zone: ZoneInfo, period: Period) -> Iterator[int]:
    """The keys of all buckets of a period, in time order, with or without calls."""
    pieces = offset_pieces(zone, period.since_ms, period.until_ms)
    last = -(2**62)
    for index, piece in enumerate(pieces):
        start = max(piece.since_ms, period.since_ms)
        end = min(pieces[index + 1].since_ms if index + 1 < len(pieces) else period.until_ms, period.until_ms)
        clock = start + piece.offset_ms
        if interval is not Interval.HOUR and index + 1 < len(pieces):
            clock = min(clock, pieces[index + 1].since_ms + pieces[index + 1].offset_ms)  # set back past midnight
        wall = floor_wall(interval, clock)
        while start < end and wall < end + piece.offset_ms:
            key = wall
            if interval is Interval.HOUR:
                key = wall - piece.offset_ms
                key = max(key, piece.since_ms) if index > 0 else key
            if key > last:
                yield key
                last = key
            wall = _next_wall(interval, wall)


def _clock(interval: Interval, zone: ZoneInfo, key: int) -> datetime:
    """What the clock shows when the bucket begins."""
    return _EPOCH + timedelta(milliseconds=wall_ms(zone, key) if interval is Interval.HOUR else key)


def start_ms(interval: Interval, zone: ZoneInfo, key: int) -> int:
    """The instant at which the bucket begins; the first, if the clock shows that moment twice."""
    return key if interval is Interval.HOUR else instants_ms(zone, _clock(interval, zone, key))[0]


def number_label(interval: Interval, zone: ZoneInfo, key: int) -> str:
    """The plain number the vendor's page shows: month 1–12, ISO week, day of month, hour 0–23."""
    clock = _clock(interval, zone, key)
    if interval is Interval.MONTH:
        return str(clock.month)
    if interval is Interval.WEEK:
        return str(clock.isocalendar().week)
    return str(clock.day if interval is Interval.DAY else clock.hour)


def iso_label(interval: Interval, zone: ZoneInfo, key: int) -> str:
    """A name that no other bucket has: `2020-12`, `2020-W49`, `2020-12-01`, `2020-12-01T08+01:00`."""
    clock = _clock(interval, zone, key)
    if interval is Interval.MONTH:
        return f"{clock:%Y-%m}"
    if interval is Interval.WEEK:
        year, week, _ = clock.isocalendar()
        return f"{year:04}-W{week:02}"
    if interval is Interval.DAY:
        return f"{clock:%Y-%m-%d}"
    minutes = offset_ms(zone, key) // 60_000
    sign = "-" if minutes < 0 else "+"
    return f"{clock:%Y-%m-%dT%H}{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


@lru_cache(maxsize=512)
def numbers_are_unique(interval: Interval, zone: ZoneInfo, period: Period) -> bool:
    """Whether no two buckets of the period share a number; the doubled hour of one day counts once (D13).

    Looks at the period only, never at calls, and stops at the first pair: at most 54 buckets.
    """
    if period.until_ms - period.since_ms > 54 * WEEK_MS:
        return False  # some number has come twice by then; no need to go through thousands of years
    seen: dict[str, int] = {}
    for key in bucket_keys(interval, zone, period):
        face = floor_wall(interval, wall_ms(zone, key)) if interval is Interval.HOUR else key
        if seen.setdefault(number_label(interval, zone, key), face) != face:
            return False
    return True


def labels_are_numbers(chosen: IntervalKey, interval: Interval, zone: ZoneInfo, period: Period) -> bool:
    """Whether the answer names its intervals by plain numbers (D13)."""
    if chosen is IntervalKey.AUTO:
        return numbers_are_unique(interval, zone, period)
    return chosen is IntervalKey.NUMBER

"""FreeSWITCH's times: microseconds or seconds since 1970, or stamps by the switch's own clock."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from pbxtally.intervals import instants_ms, is_never, written_ms
from pbxtally.records import no_time
from pbxtally.sources.freeswitch_documents import UnusableError

STAMP = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2}) (\d{1,2}):(\d\d):(\d\d)")
"""A stamp as mod_cdr_csv writes it, or as a spreadsheet that shows seconds does."""
_LATEST_S = 2**33


def times(variables: Mapping[str, str], zone: ZoneInfo) -> tuple[int, int | None, int]:
    """Start, answer (None: never) and end, in this order."""
    start = moment(variables, "start", zone)
    answer = moment(variables, "answer", zone, start or 0)
    return in_order(start, answer, moment(variables, "end", zone, answer or start or 0))


def stamped_times(start_stamp: str, answer_stamp: str, end_stamp: str, zone: ZoneInfo) -> tuple[int, int | None, int]:
    """The same of a record that has stamps only."""
    start = _stamped("start", start_stamp, zone, 0)
    answer = _stamped("answer", answer_stamp, zone, start or 0)
    return in_order(start, answer, _stamped("end", end_stamp, zone, answer or start or 0))


def in_order(start: int | None, answer: int | None, end: int | None) -> tuple[int, int | None, int]:
    """The three if they are possible."""
    if start is None or end is None:
        raise UnusableError(f"{'start' if start is None else 'end'} has no time")
    if not start <= (answer or start) <= end:
        raise UnusableError("impossible times: start, answer and end are not in this order")
    return start, answer, end


def moment(variables: Mapping[str, str], name: str, zone: ZoneInfo, after_ms: int = 0) -> int | None:
    """An instant in milliseconds, from microseconds, seconds or a stamp, whichever there is; 0 and "" mean never.

    In a doubled hour a stamp is the first instant that is not before `after_ms`.
    """
    for unit, per_ms in ((f"{name}_uepoch", 1000), (f"{name}_epoch", 0)):
        if written := variables.get(unit):
            return epoch_ms(unit, written, per_ms)
    return _stamped(name, variables.get(f"{name}_stamp", ""), zone, after_ms)


def epoch_ms(name: str, written: str, per_ms: int = 0) -> int | None:
    """Milliseconds of an epoch, in seconds or in units of which a millisecond has `per_ms`; 0 means never."""
    if not (written.isascii() and written.isdigit() and len(written) < 18):
        raise UnusableError(f"{name} is not a number")
    whole = int(written)
    ms = whole // per_ms if per_ms else whole * 1000
    if ms >= _LATEST_S * 1000:
        raise UnusableError(f"{name} is not a time")
    return ms if whole else None


def _stamped(name: str, stamp: str, zone: ZoneInfo, after_ms: int) -> int | None:
    if not stamp or is_never(stamp):
        return None
    first, last = _stamp(name, stamp, zone)
    return last if first < after_ms else first


def _stamp(name: str, written: str, zone: ZoneInfo) -> tuple[int, int]:
    try:
        if len(written) == len("2020-12-01 10:00:00"):
            return written_ms(zone, written.replace("/", "-"))
        fits = STAMP.fullmatch(written)
        seconds = int(fits[6]) if fits else 60
        if not fits or seconds > 59:
            raise ValueError
        first, last = _minute(zone, *fits.group(1, 2, 3, 4, 5))
        return first + seconds * 1000, last + seconds * 1000
    except (ValueError, OverflowError):
        raise UnusableError(no_time(f"{name}_stamp", written, "YYYY-MM-DD HH:MM:SS")) from None


@lru_cache(maxsize=65_536)
def _minute(zone: ZoneInfo, year: str, month: str, day: str, hour: str, minute: str) -> tuple[int, int]:
    """The first and the last instant at which the zone's clock shows that minute."""
    return instants_ms(zone, datetime(int(year), int(month), int(day), int(hour), int(minute)))

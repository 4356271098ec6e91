"""The PBX's clock and numbers: from what it wrote to UTC milliseconds."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from pbxtally.intervals import instants_ms


class UnusableError(Exception):
    """Why a record is rejected; the text is for the operator."""


def seconds_ms(name: str, seconds: str) -> int:
    """Milliseconds of a number of seconds with a fraction, or none at all."""
    try:
        value = float(seconds or 0)
    except ValueError:
        raise UnusableError(f"{name} is not a number") from None
    if not 0 <= value < 10**8:
        raise UnusableError(f"{name} is not a number of seconds")
    return round(value * 1000)


_SECONDS = {f":{second:02}": second * 1000 for second in range(60)}


class Clock:
    """From clock times in a zone to instants."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._minutes: dict[str, int] = {}  # those that the clock shows once

    def at(self, name: str, written: str, near_ms: int | None) -> int | None:
        """A clock time or an epoch; None if empty. In a doubled hour the instant nearest to `near_ms`."""
        if not written:
            return None
        second_ms = _SECONDS.get(written[16:])
        minute_ms = self._minutes.get(written[:16])
        if second_ms is not None and minute_ms is not None:
            return minute_ms + second_ms
        if second_ms is None:
            return self._fraction(name, written, near_ms)
        first, last = self._minute(name, written[:16])
        if near_ms is None or abs(first + second_ms - near_ms) <= abs(last + second_ms - near_ms):
            return first + second_ms
        return last + second_ms

    def _fraction(self, name: str, written: str, near_ms: int | None) -> int | None:
        """A time with fractions of a second, an offset or a T, or an epoch."""
        if written.replace(".", "").isdecimal():
            return _epoch(name, written)
        try:
            moment = datetime.fromisoformat(written)
        except ValueError:
            return _epoch(name, written)
        if moment.tzinfo is not None:
            return round(moment.timestamp() * 1000)
        whole_ms = self.at(name, f"{moment:%Y-%m-%d %H:%M:%S}", near_ms)
        return None if whole_ms is None else whole_ms + moment.microsecond // 1000

    def _minute(self, name: str, stamp: str) -> tuple[int, int]:
        try:
            first, last = instants_ms(self._zone, datetime.strptime(stamp, "%Y-%m-%d %H:%M"))
        except ValueError:
            raise UnusableError(f"{name} is no time; expected YYYY-MM-DD HH:MM:SS or epoch seconds") from None
        if first == last:
            if len(self._minutes) > 100_000:
                self._minutes.clear()
            self._minutes[stamp] = first
        return first, last


def _epoch(name: str, written: str) -> int | None:
    try:
        epoch = float(written)
    except ValueError:
        raise UnusableError(f"{name} is no time; expected YYYY-MM-DD HH:MM:SS or epoch seconds") from None
    if epoch == 0:
        return None
    if not 0 < epoch < 2**33:
        raise UnusableError(f"{name} is no time")
    return round(epoch * 1000)

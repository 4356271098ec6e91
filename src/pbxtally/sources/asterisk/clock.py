"""The PBX's clock and numbers: from what it wrote to UTC milliseconds."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

from pbxtally.intervals import face_ms, is_never
from pbxtally.records import no_time

_MAYBE_NEVER = ("answer", "end")
_SECONDS = re.compile(r"\d+(?:\.\d*)?")
_NONE = float(2**33)
"""Seconds since 1970 beyond any time that can occur here."""


class UnusableError(Exception):
    """Why a record is rejected; the text is for the operator."""


def seconds_ms(name: str, seconds: str) -> int:
    """Milliseconds of a number of seconds, which may have a fraction; "" is 0."""
    try:
        value = float(seconds or 0)
    except ValueError:
        raise UnusableError(f"{name} is not a number") from None
    if not 0 <= value < 10**8:
        raise UnusableError(f"{name} is not a number of seconds")
    return round(value * 1000)


class Clock:
    """Turns clock times in a zone into instants."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone

    def at(self, name: str, written: str, near_ms: int | None) -> int | None:
        """A clock time or an epoch; None if empty. In a doubled hour the instant nearest to `near_ms`."""
        if not written or (name in _MAYBE_NEVER and is_never(written)):
            return None
        if written[4:5] != "-" and written.replace(".", "").isdecimal():
            return _epoch(name, written)
        try:
            return face_ms(self._zone, written, near_ms)
        except (ValueError, OverflowError):
            return _epoch(name, written)


def _epoch(name: str, written: str) -> int | None:
    epoch = float(written) if _SECONDS.fullmatch(written) else _NONE
    if epoch == 0:
        return None
    if epoch >= _NONE:
        raise UnusableError(no_time(name, written, "YYYY-MM-DD HH:MM:SS or epoch seconds"))
    return round(epoch * 1000)

"""Dates and lengths as a mapping of the generic source says they are written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from pbxtally.intervals import DAY_MS, instants_ms
from pbxtally.records import no_time
from pbxtally.sources.generic_mapping import DATES

_NEVER = ("", "0", "0.000000", "0000-00-00 00:00:00")
_YEARS_2242_MS = 2**33 * 1000
_EPOCH = re.compile(r"\d+(?:[.,]\d*)?")


class UnusableError(Exception):
    """Why a record is rejected; the text names the field of the mapping."""


def number_of(written: str) -> float | None:
    """A number, with a point or a comma; None if it is none."""
    try:
        return float(written.replace(",", "."))
    except ValueError:
        return None


def seconds_of(written: str) -> float | None:
    """Seconds of `1:02:03`, `02:03` or `3`."""
    seconds = 0.0
    for part in written.split(":"):
        value = number_of(part)
        if value is None or value < 0:
            return None
        seconds = seconds * 60 + value
    return seconds if written.count(":") <= 2 else None


class Clock:
    """The PBX's clock: from what it wrote to UTC milliseconds."""

    def __init__(self, formats: Sequence[str], zone: ZoneInfo) -> None:
        self._formats = formats
        self._zone = zone
        self._minutes: dict[datetime, tuple[int, int]] = {}

    def at(self, field: str, written: str, after_ms: int | None) -> int | None:
        """A moment; None: never, also written as the beginning of 1970. In a doubled hour not before `after_ms`."""
        if written in _NEVER:
            return None
        for form in self._formats:
            found = self._read(form, written)
            if found is not None:
                first, last = found
                if last < DAY_MS:
                    return None
                return last if after_ms is not None and first < after_ms else first
        raise UnusableError(no_time(field, written, f"{' or '.join(self._formats)} (date of the mapping)"))

    def _read(self, form: str, written: str) -> tuple[int, int] | None:
        if form in DATES[1:]:
            if not _EPOCH.fullmatch(written):
                return None
            found = float(written.replace(",", ".")) * (1000 if form == "epoch-s" else 1)
            return (round(found), round(found)) if found < _YEARS_2242_MS else None
        try:
            wall = datetime.fromisoformat(written) if form == "iso" else datetime.strptime(written, form)
            if wall.tzinfo is not None:
                at_ms = round(wall.timestamp() * 1000)
                return at_ms, at_ms
            return self._instants(wall)
        except (ValueError, OverflowError):
            return None

    def _instants(self, wall: datetime) -> tuple[int, int]:
        """The first and the last instant a clock face may mean; a zone's clock changes at whole minutes."""
        minute = wall.replace(second=0, microsecond=0)
        found = self._minutes.get(minute)
        if found is None:
            if len(self._minutes) > 100_000:
                self._minutes.clear()
            found = self._minutes[minute] = instants_ms(self._zone, minute)
        within = wall.second * 1000 + wall.microsecond // 1000
        return found[0] + within, found[1] + within

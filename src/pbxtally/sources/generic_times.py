"""Read dates and lengths in the format given by a mapping of the generic source."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from pbxtally.intervals import DAY_MS, instants_ms, written_ms
from pbxtally.records import no_time
from pbxtally.sources.generic_mapping import DATES, UNITS

_NEVER = ("", "0", "0.000000", "0000-00-00 00:00:00")
_YEARS_2242_MS = 2**33 * 1000
_UTC = re.compile(r"(?:UTC|GMT)\Z")
_WITH_SECONDS = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d", re.ASCII)
_EPOCH = re.compile(r"\d+(?:[.,]\d*)?")


class UnusableError(Exception):
    """Why a record is rejected; the text names the field of the mapping."""


_FACE = re.compile(r"(?:(?:(\d+):)?(\d+)[:'])?(\d+(?:[.,]\d*)?)\"?")
_SAID = re.compile(
    r"(?:pt)?(?:(\d+) ?(?:h|t|std)[a-z]*\.? ?)?(?:(\d+) ?m(?!s)[a-z]*\.? ?)?(?:(\d+(?:[.,]\d*)?) ?s[a-z]*\.?)?",
    re.IGNORECASE,
)
"""`1:02:03`, `02:03`, `00:02'03` or `3`; `1h 2m 3s`, `2 min`, `PT2M3S`, `2 Std. 3 Sek.`, `1 time 2 min`."""

_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:,\d{3})+")


def length_of(written: str, unit: str) -> int:
    """A length in one of UNITS, in milliseconds; raises UnusableError that says what is wrong with it."""
    if "," in written and _THOUSANDS.fullmatch(written):
        raise UnusableError(f"{written[:40]!r} may be a fraction or thousands; {unit} was expected without this comma")
    try:
        value = _face(written, unit) if ":" in unit else float(written.replace(",", "."))
    except (ValueError, OverflowError):
        value = -1
    if not 0 <= value < 10**11:
        raise UnusableError(f"{written[:40]!r} is not a length in {unit}")
    return round(value * UNITS[unit] * 1000)


def _face(written: str, unit: str) -> float:
    """A clock face, or a length in words, as a number of its last unit; raises ValueError."""
    found = _FACE.fullmatch(written)
    if found is None and unit == "hh:mm:ss":
        found = _SAID.fullmatch(written)
    if found is None or found.lastindex is None or (unit == "hh:mm" and (found[1] or not found[2])):
        raise ValueError(written)
    hours, minutes, seconds = found.groups("0")
    return (int(hours) * 60 + int(minutes)) * 60 + float(seconds.replace(",", "."))


class Clock:
    """The PBX's clock: from what it wrote to UTC milliseconds."""

    def __init__(self, formats: Sequence[str], zone: ZoneInfo) -> None:
        self._formats = formats
        self._zone = zone
        self._minutes: dict[datetime, tuple[int, int]] = {}

    def at(self, field: str, written: str, after_ms: int | None) -> int | None:
        """A moment; None: never, which may be written as the start of 1970. In a doubled hour not before `after_ms`."""
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
            if form == "iso" and _WITH_SECONDS.fullmatch(written):
                return written_ms(self._zone, written)
            if "%z" in form:  # which reads Z, +0100 and +01:00
                written = _UTC.sub("Z", written)
            wall = datetime.fromisoformat(written) if form == "iso" else datetime.strptime(written, form)
            if wall.tzinfo is not None:
                at_ms = round(wall.timestamp() * 1000)
                return at_ms, at_ms
            return self._instants(wall)
        except (ValueError, OverflowError):
            return None

    def _instants(self, wall: datetime) -> tuple[int, int]:
        """The first and the last instant a clock face may mean; zones change their clocks at whole minutes."""
        minute = wall.replace(second=0, microsecond=0)
        found = self._minutes.get(minute)
        if found is None:
            if len(self._minutes) > 100_000:
                self._minutes.clear()
            found = self._minutes[minute] = instants_ms(self._zone, minute)
        within = wall.second * 1000 + wall.microsecond // 1000
        return found[0] + within, found[1] + within

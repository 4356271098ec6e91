"""Read dates and lengths in the format given by a mapping of the generic source."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from pbxtally.intervals import DAY_MS, instants_ms
from pbxtally.records import no_time
from pbxtally.sources.generic_mapping import DATES, UNITS

_NEVER = ("", "0", "0.000000", "0000-00-00 00:00:00")
_YEARS_2242_MS = 2**33 * 1000
_UTC = re.compile(r"(?:UTC|GMT)\Z")
_ISO_WITH_SECONDS = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d", re.ASCII)
_SECONDS_MS = {f"{joint}{second:02}": second * 1000 for joint in ":." for second in range(60)}
"""How a time may end after its minute."""

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
        ends_so = _ISO_WITH_SECONDS.fullmatch(written) if form == "iso" else form.endswith((":%S", ".%S"))
        past_ms = _SECONDS_MS.get(written[-3:]) if ends_so else None
        if past_ms is None:
            return _instants_ms(self._zone, form, written)
        minute = _minute_ms(self._zone, form, written[:-2] + "00")
        return (minute[0] + past_ms, minute[1] + past_ms) if minute else None


def _instants_ms(zone: ZoneInfo, form: str, written: str) -> tuple[int, int] | None:
    """The first and the last instant a date may mean, None if it has another form; clocks change at whole minutes."""
    try:
        if "%z" in form:  # which reads Z, +0100 and +01:00
            written = _UTC.sub("Z", written)
        wall = datetime.fromisoformat(written) if form == "iso" else datetime.strptime(written, form)
        if wall.tzinfo is not None:
            at_ms = round(wall.timestamp() * 1000)
            return at_ms, at_ms
        first, last = instants_ms(zone, wall.replace(second=0, microsecond=0))
    except (ValueError, OverflowError):
        return None
    within = wall.second * 1000 + wall.microsecond // 1000
    return first + within, last + within


@lru_cache(maxsize=4096)
def _minute_ms(zone: ZoneInfo, form: str, written: str) -> tuple[int, int] | None:
    """The same for a whole minute, cached: parsing a date costs ten times as much as looking it up."""
    return _instants_ms(zone, form, written)

"""Moments in the cells of a workbook: real dates with times, so that a spreadsheet sorts, filters and calculates.

A cell knows no zone. It holds what the clock of one zone shows, and its column's heading says which zone. When that
clock is set back it shows an hour twice: times in that hour are followed by their offset from UTC.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from pbxtally.fields import Format
from pbxtally.intervals import DAY_MS, iso_utc
from pbxtally.renderers.request import moment

NAMES = frozenset(("started", "answered", "ended", "followed"))
"""The columns of moments in any list."""

MOMENT_WIDTH = 31
"""In characters; fits a moment with milliseconds and offset."""

MILLISECOND = timedelta(milliseconds=1)

EPOCH_DAY = 25_569
"""1970-01-01, as spreadsheets count days."""

MOMENTS = (
    "Moments are dates with times by the clock of {zone}; in the hour that it shows twice, with the offset from UTC."
)
"""What a workbook says about its columns of moments."""


def shown_in(form: Format, zone: ZoneInfo) -> Callable[[int], str | int]:
    """How a row writes its moments: UTC in JSON, by the clock in CSV; unchanged where the file has a type for them."""
    match form:
        case Format.JSON:
            return iso_utc
        case Format.EXCEL | Format.PARQUET:
            return int
        case Format.CSV:
            return partial(moment, zone)


def is_moment(name: str) -> bool:
    """Whether a column holds moments."""
    return name in NAMES


class Moments:
    """The moments of a workbook by a zone's clock; makes the cell formats that they need."""

    def __init__(self, book: Any, zone: ZoneInfo) -> None:
        self.zone = zone
        self._book = book
        self._looks: dict[tuple[bool, str], int] = {}

    def cell(self, at_ms: int) -> tuple[int, float]:
        """A moment's format, by its index in the workbook, and the value that its cell holds."""
        wall = datetime.fromtimestamp(at_ms // 1000, self.zone)
        offset = _offset(wall)
        is_twice = wall.fold == 1 or _offset(wall.replace(fold=1)) < offset
        held = (at_ms + offset // MILLISECOND) / DAY_MS + EPOCH_DAY
        return self._look(at_ms % 1000 != 0, wall.isoformat()[19:] if is_twice else ""), held

    def _look(self, has_fraction: bool, offset: str) -> int:
        """As `moment` writes it: milliseconds if there are any, the offset if it is needed."""
        known = self._looks.get((has_fraction, offset))
        if known is None:
            behind = f' "{offset}"' if offset else ""
            shown = f"yyyy-mm-dd hh:mm:ss{'.000' if has_fraction else ''}{behind}"
            look = self._book.add_format({"num_format": shown, "align": "left"})
            known = self._looks[has_fraction, offset] = int(look._get_xf_index())
        return known


def _offset(wall: datetime) -> timedelta:
    return wall.utcoffset() or timedelta()

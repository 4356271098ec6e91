"""What the parts of a workbook may hold, checked before it is read.

The reader holds a row in memory before it is cut, and keeps a trace of everything else: one row, 20 kB when packed,
took 1.3 GB and 20 seconds. So what no sheet of Excel can hold is refused.
"""

from __future__ import annotations

from contextlib import suppress
from typing import IO
from xml.parsers import expat

COLUMNS, ROWS = 16_384, 1_048_576
"""What a sheet of Excel has."""

MOST_INSIDE = 4 * COLUMNS
"""Elements in a row or a text: the cells or runs, and what is inside them."""

MOST_TEXTS = 4 * ROWS
"""Shared strings of the cells."""

MOST_OTHERS = ROWS // 2
"""Anything else in a part: formats, widths, merged cells."""

_CHUNK = 65_536


class WorkbookError(Exception):
    """A file is not a workbook, is damaged or too large."""


def refuse_what_is_no_sheet(part: IO[bytes]) -> None:
    """Look through a part as far as it is XML; raises WorkbookError where it holds too much."""
    counted = _Counted()
    parser = expat.ParserCreate()
    parser.ordered_attributes = True  # a list is made faster than a dictionary
    parser.StartElementHandler, parser.EndElementHandler = counted.begin, counted.end
    with suppress(expat.ExpatError):  # a picture, or damaged: its reader will say so
        while some := part.read(_CHUNK):
            parser.Parse(some)


class _Counted:
    """How many elements were met; `_depth`: how deep we are inside a row or a text."""

    def __init__(self) -> None:
        self._depth = self._inside = self._rows = self._texts = self._others = 0

    def begin(self, tag: str, _: object) -> None:
        if self._depth:
            self._depth += 1
            self._inside += 1
            if self._inside > MOST_INSIDE:
                raise _too_much(f"a row of it holds more than {MOST_INSIDE:,} things; a sheet has {COLUMNS:,} columns")
            return
        name = tag.rpartition(":")[2]
        if name in ("row", "si"):
            self._depth, self._inside = 1, 0
        self._rows += name == "row"
        self._texts += name == "si"
        self._others += name not in ("row", "si")
        if self._rows > ROWS:
            raise _too_much(f"it has more than the {ROWS:,} rows of a sheet")
        if self._texts > MOST_TEXTS or self._others > MOST_OTHERS:
            raise _too_much("it holds more texts or formats than a sheet needs")

    def end(self, _: str) -> None:
        if self._depth:
            self._depth -= 1


def _too_much(why: str) -> WorkbookError:
    return WorkbookError(f"{why} - save it as CSV")

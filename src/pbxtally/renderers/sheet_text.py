"""Text and figures in the cells of a workbook.

A text is always text, never a formula or a link, and visibly cut if too long for a cell. A column whose name ends in
`Seconds` is shown as hours, minutes and seconds: a spreadsheet counts time in days, so that is what its cells hold.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Any

from pbxtally.renderers.texts import printable

CELL_UNITS = 32_767
"""What a cell can hold, in UTF-16 units; with more, a spreadsheet calls the file damaged."""

CUT = " … [cut]"

DAY_SECONDS = 86_400

TIMES = "Times are shown as hours:minutes:seconds. A spreadsheet counts them in days: times 86,400, they are seconds."
"""What a workbook says about its columns of seconds."""

_LINE_ENDS = re.compile(r"\r\n?")


def write_text(sheet: Any, row: int, column: int, text: str, look: Any, look_if_formula: Any = None) -> None:
    """Write a text; one that looks like a formula gets a format that keeps it text when the cell is edited."""
    text = cell_text(text)
    if look_if_formula is not None and looks_like_a_formula(text):
        look = look_if_formula
    if text.startswith("<r>") and text.endswith("</r>"):
        # The library takes such a text for its own XML and would copy it unescaped; in pieces it is escaped.
        sheet.write_rich_string(row, column, text[0], text[1], text[2:], look)
    else:
        sheet.write_string(row, column, text, look)


def looks_like_a_formula(text: str) -> bool:
    """Whether a spreadsheet would calculate a text if somebody typed it."""
    return text[:1] in ("=", "+", "-", "@")


def is_time(name: str) -> bool:
    """Whether a column holds seconds, by the unit in its name."""
    return name.endswith("Seconds")


def shown_figure(name: str, value: int) -> tuple[str, int | float]:
    """A figure's format, by its name in `to_excel.FORMATS`, and the value that its cell holds."""
    return ("time", value / DAY_SECONDS) if is_time(name) else ("number", value)


def clock_width(seconds: int) -> int:
    """How many characters wide a time is when shown."""
    return len(f"{seconds // 3600}:00:00")


def cell_text(text: str) -> str:
    """The text as a cell can hold it: symbols for control characters, one kind of line end, cut at the cell's limit."""
    text = _LINE_ENDS.sub("\n", printable(text))
    if len(text) * 2 <= CELL_UNITS or len(text.encode("utf-16-le")) // 2 <= CELL_UNITS:
        return text
    return text.encode("utf-16-le")[: 2 * (CELL_UNITS - len(CUT))].decode("utf-16-le", errors="ignore") + CUT


@lru_cache(maxsize=1024)
def shown_width(text: str) -> int:
    """How many characters wide a text is; wide East Asian ones count twice."""
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)

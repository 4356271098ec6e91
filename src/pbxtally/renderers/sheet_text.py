"""Text in a cell of a workbook: always text, never a formula or a link, and visibly cut where a cell ends."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Any

from pbxtally.renderers.texts import printable

CELL_UNITS = 32_767
"""What a cell holds, in UTF-16 units; more, and a spreadsheet calls the file damaged."""

CUT = " … [cut]"

_LINE_ENDS = re.compile(r"\r\n?")


def write_text(sheet: Any, row: int, column: int, text: str, look: Any, look_if_formula: Any = None) -> None:
    """Write a text; one that looks like a formula gets a format under which it stays text when the cell is edited."""
    text = cell_text(text)
    if look_if_formula is not None and text[:1] in "=+-@":
        look = look_if_formula
    if text.startswith("<r>") and text.endswith("</r>"):
        # The library takes such a text for its own XML and would copy it unread; in pieces it is escaped.
        sheet.write_rich_string(row, column, text[0], text[1], text[2:], look)
    else:
        sheet.write_string(row, column, text, look)


def cell_text(text: str) -> str:
    """The text as a cell can hold it: signs for control characters, one kind of line end, cut at the cell's limit."""
    text = _LINE_ENDS.sub("\n", printable(text))
    if len(text) * 2 <= CELL_UNITS or len(text.encode("utf-16-le")) // 2 <= CELL_UNITS:
        return text
    return text.encode("utf-16-le")[: 2 * (CELL_UNITS - len(CUT))].decode("utf-16-le", errors="ignore") + CUT


@lru_cache(maxsize=1024)
def shown_width(text: str) -> int:
    """How many characters wide a text is; those of East Asia count twice."""
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)

"""Worksheets on paper: A4 landscape, numbered."""

from __future__ import annotations

from math import ceil
from typing import Any

MOST_ON_PAPER = 190
"""Characters that fit side by side on a sheet of paper, at three fifths of their size; more would be unreadable."""


def print_on_paper(sheet: Any, width: int = 0, first: int = 0, last: int = 0) -> None:
    """A4 landscape with page numbers, one page wide; the table is `width` characters wide.

    A table that would be too small to read goes on to the right, repeating its columns from `first` to `last`.
    """
    sheet.set_paper(9)
    sheet.set_landscape()
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.7)
    sheets = max(ceil(width / MOST_ON_PAPER), 1)
    sheet.fit_to_pages(sheets, 0)
    if sheets > 1:
        sheet.repeat_columns(first, last)
        sheet.print_across()
    sheet.set_footer("&L&A&R&P / &N")

"""The rows of a worksheet, each written whole.

XlsxWriter keeps, checks and writes every cell by itself, which costs ten times as much as writing the cell's text; a
call with its legs has fifty cells. Here a row is one text, as the file has it. It goes where the library keeps the rows
of a sheet with constant memory: tests watch over the private (underscore) names that this uses.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from html import escape
from typing import Any

from xlsxwriter.utility import xl_col_to_name

from pbxtally.renderers.sheet_moments import Moments, is_moment
from pbxtally.renderers.sheet_text import cell_text, looks_like_a_formula, shown_figure

_READ_AS_CODE = re.compile("_(?=x[0-9a-fA-F]{4}_)")
"""A spreadsheet reads `_x0041_` as an A, unless its first underscore is written as such a code itself."""


class RowWriter:
    """Writes rows under the columns of a sheet, one after another."""

    def __init__(self, sheet: Any, looks: Mapping[str, Any], columns: Iterable[str], moments: Moments) -> None:
        self._sheet = sheet
        self._moments = moments
        self._columns = [(xl_col_to_name(at), name) for at, name in enumerate(columns)]
        self._look = {name: look._get_xf_index() for name, look in looks.items()}

    def write(self, at: int, row: Mapping[str, Any]) -> None:
        """Write the row with this index; a cell whose value is None or empty stays empty."""
        cells = []
        for letters, name in self._columns:
            value = row[name]
            if value is None or value == "":
                continue
            cells.append(f'<c r="{letters}{at + 1}"{self._cell(name, value)}</c>')
        self._sheet._check_dimensions(at, len(self._columns) - 1)
        self._sheet._write_single_row(at)  # the row before, if it was written cell by cell
        self._sheet.fh.write(f'<row r="{at + 1}">{"".join(cells)}</row>')

    def _cell(self, name: str, value: str | int) -> str:
        if isinstance(value, bool):
            return f' s="{self._look["truth"]}" t="b"><v>{value:d}</v>'
        if isinstance(value, int):
            look, held = self._moments.cell(value) if is_moment(name) else self._figure(name, value)
            return f' s="{look}"><v>{held:.16G}</v>'
        kind = "formula as text" if looks_like_a_formula(value) else "text"
        return f' s="{self._look[kind]}" t="inlineStr"><is>{_inline(value)}</is>'

    def _figure(self, name: str, value: int) -> tuple[int, int | float]:
        look, held = shown_figure(name, value)
        return self._look[look], held


@lru_cache(maxsize=4096)
def _inline(text: str) -> str:
    """A text as it stands in a cell; cached, since most words, names and numbers of calls have come before."""
    text = cell_text(text)
    kept = "" if text == text.strip() else ' xml:space="preserve"'
    return f"<t{kept}>{escape(_READ_AS_CODE.sub('_x005F_', text), quote=False)}</t>"

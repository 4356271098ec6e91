"""A report on a terminal: as many columns side by side as fit, the rest in tables below."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pbxtally.cli.options import terminal_safe
from pbxtally.measures import MEASURES
from pbxtally.renderers.rows import flat_rows, header
from pbxtally.report import Report

KNOWN_BY = {"employeeId": "employeeName", "extensionId": "extensionNumber"}
"""An id is left out beside the column that people know it by."""

WIDEST = 32
"""Characters of a name on one line; a longer one takes more lines."""

GAP = 2


def print_report(report: Report) -> None:
    """Print a report under its customer's name."""
    console = Console()
    console.print(Text(terminal_safe(report.customer_name), style="bold"))
    rows = [tuple("" if cell is None else terminal_safe(str(cell)) for cell in row) for row in flat_rows(report)]
    if not rows:
        console.print("no calls")
        return
    names = header(report)
    for columns in _side_by_side(names, rows, console.width):
        console.print()
        console.print(_table(names, rows, columns))


def _side_by_side(names: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> list[list[int]]:
    """The columns of each table, by index; those that say whom a row is about are in all of them."""
    widths = [_width(name, [row[place] for row in rows]) for place, name in enumerate(names)]
    about = [place for place, name in enumerate(names) if name not in MEASURES and KNOWN_BY.get(name) not in names]
    tables = [about[:]]
    for place, name in enumerate(names):
        if name in MEASURES:
            if sum(widths[one] + GAP for one in [*tables[-1], place]) - GAP > width and tables[-1] != about:
                tables.append(about[:])
            tables[-1].append(place)
    return tables


def _width(name: str, cells: Sequence[str]) -> int:
    return min(max(map(cell_len, (*_heading(name).splitlines(), *cells))), WIDEST)


def _heading(name: str) -> str:
    """`inboundAnswered` on two lines."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "\n", name)


def _table(names: Sequence[str], rows: Sequence[Sequence[str]], columns: Sequence[int]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0))
    for place in columns:
        is_figure = names[place] in MEASURES
        table.add_column(
            _heading(names[place]), justify="right" if is_figure else "left", no_wrap=is_figure, max_width=WIDEST
        )
    for row in rows:
        table.add_row(*(Text(row[place]) for place in columns))
    return table

"""The chart of a workbook, on a sheet of its own, and the sheet of figures that it is drawn from.

It shows the outcomes of the calls, interval by interval; if the period has only one interval, for the extensions with
the most calls. Readers can change it: it is a native chart of the spreadsheet.
"""

from __future__ import annotations

from collections.abc import Iterable
from heapq import nlargest
from typing import Any

from xlsxwriter import Workbook

from pbxtally.intervals import LONGEST_MS
from pbxtally.measures import MEASURES, Adds, Measure
from pbxtally.renderers.rows import IDENTITY_OF, INTERVAL, identity_fields
from pbxtally.renderers.sheet_paper import print_on_paper
from pbxtally.renderers.sheet_text import write_text
from pbxtally.report import IntervalNames, Report

FIGURES = "Chart figures"
WIDTH = 22
"""In characters, of a column of figures."""

PARTS = {
    "inboundAnswered": "#1F5F8B",
    "outboundAnswered": "#7FB9DE",
    "inboundUnanswered": "#B4552D",
    "outboundUnanswered": "#E5A77F",
}
"""The parts that the calls of both directions fall into, without overlap: stacked, answered ones in blue."""

MOST_INTERVALS = 1_000
"""More cannot be told apart in a chart, so there is none then."""

MOST_EXTENSIONS = 20
MANY_BARS = 31
"""From this many on, lines are easier to read than bars."""

_Lines = list[tuple[str, list[int]]]
"""What a chart is drawn from: labels, each with its figures."""


def add_chart(book: Workbook, formats: dict[str, Any], report: Report) -> None:
    """Add both sheets, if the report has a measure that counts calls and any row."""
    measures, intervals = _measures(report), _intervals(report)
    if not measures or not intervals or not report.rows:
        return
    by_extension = len(intervals) == 1
    lines = _of_extensions(report, measures) if by_extension else _of_intervals(report, measures, intervals)
    chart_sheet = book.add_chartsheet("Chart")
    label = "extension" if by_extension else INTERVAL
    _write_figures(book.add_worksheet(FIGURES), formats, [label, *measures], lines)
    chart_sheet.set_chart(_drawn(book, measures, len(lines), by_extension=by_extension))
    chart_sheet.set_paper(9)
    chart_sheet.set_landscape()


def _measures(report: Report) -> tuple[str, ...]:
    """The parts to stack, as far as they were asked for; without any of them, all measures that count calls."""
    counts = [name for name in report.measures if _counts_calls(name)]
    return tuple(name for name in PARTS if name in counts) or tuple(counts)


def _counts_calls(name: str) -> bool:
    measure = MEASURES[name]
    return isinstance(measure, Measure) and measure.adds is Adds.ONE


def _intervals(report: Report) -> tuple[str, ...]:
    """The names of the period's intervals in order; none if there are too many for a chart."""
    period = report.query.period
    if period.until_ms - period.since_ms > MOST_INTERVALS * LONGEST_MS[report.query.interval]:
        return ()
    return IntervalNames(report.query).all()


def _of_intervals(report: Report, measures: Iterable[str], intervals: Iterable[str]) -> _Lines:
    """A line for each interval, even without calls: the sum of all rows."""
    at = [report.measures.index(name) for name in measures]
    lines = {name: [0] * len(at) for name in intervals}
    for row in report.rows:
        for name, cell in row.cells.items():
            lines[name] = [old + cell[index] for old, index in zip(lines[name], at, strict=True)]
    return list(lines.items())


def _of_extensions(report: Report, measures: Iterable[str]) -> _Lines:
    """A line for each of the extensions with the most calls, labelled by the identity fields asked for."""
    at = [report.measures.index(name) for name in measures]
    named = [IDENTITY_OF[name] for name in ("extensionNumber", "employeeName") if name in identity_fields(report)]
    lines = [
        (
            " ".join(filter(None, (get(row) for get in named))),
            [sum(cell[index] for cell in row.cells.values()) for index in at],
        )
        for row in report.rows
    ]
    return nlargest(MOST_EXTENSIONS, lines, key=lambda one: sum(one[1]))


def _write_figures(sheet: Any, formats: dict[str, Any], heading: list[str], lines: _Lines) -> None:
    sheet.set_column(0, len(heading) - 1, WIDTH)
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    print_on_paper(sheet, WIDTH * len(heading))
    for column, name in enumerate(heading):
        sheet.write_string(0, column, name, formats["header" if column == 0 else "header of figures"])
    for row, (label, figures) in enumerate(lines, start=1):
        write_text(sheet, row, 0, label, formats["text"], formats["formula as text"])
        for column, figure in enumerate(figures, start=1):
            sheet.write_number(row, column, figure, formats["number"])


def _drawn(book: Workbook, measures: tuple[str, ...], count: int, *, by_extension: bool) -> Any:
    kind = "bar" if by_extension else "line" if count > MANY_BARS else "column"
    stacked = {"subtype": "stacked"} if kind != "line" and measures[0] in PARTS else {}
    chart = book.add_chart({"type": kind, **stacked})
    for column, name in enumerate(measures, start=1):
        colour = {"color": PARTS[name]} if name in PARTS else {}
        chart.add_series(
            {
                "name": [FIGURES, 0, column],
                "categories": [FIGURES, 1, 0, count, 0],
                "values": [FIGURES, 1, column, count, column],
                **({"line" if kind == "line" else "fill": colour} if colour else {}),
            }
        )
    chart.set_title({"name": "Calls by extension" if by_extension else "Calls by interval"})
    chart.set_legend({"position": "bottom"})
    if by_extension:
        chart.set_y_axis({"reverse": True})
    return chart

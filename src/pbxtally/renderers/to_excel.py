"""A report as a workbook (D26): sheets of rows, their totals, a chart, and a last sheet that says what was asked.

The header is the first row. Totals stand under the rows after a blank one, outside the filter's range, so that neither
filtering nor sorting moves them; their SUBTOTAL formulas follow the filter and carry the value for readers that do not
calculate. Texts are written as texts, whatever they begin with; seconds are shown as hours, minutes and seconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import chain
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO, Any

from xlsxwriter import Workbook
from xlsxwriter.utility import xl_rowcol_to_cell

from pbxtally.renderers.request import definitions, request_facts
from pbxtally.renderers.rows import by_extension, header, identity_fields
from pbxtally.renderers.sheet_chart import add_chart
from pbxtally.renderers.sheet_paper import print_on_paper
from pbxtally.renderers.sheet_text import TIMES, clock_width, shown_figure, shown_width, write_text
from pbxtally.renderers.totals import Totals, of_rows, of_sheets
from pbxtally.report import Report

FOOT_ROWS = 3
"""Under the rows: a blank row, the sheet's total, and on the last of several sheets the total of all."""

ROWS_PER_SHEET = 1_048_576 - 1 - FOOT_ROWS
"""A sheet has 1,048,576 rows; what does not fit goes on to the next."""

CHUNK_BYTES = 256 * 1024
WIDEST = 48
"""In characters; no column is made wider for one long name."""

FORMATS: dict[str, dict[str, Any]] = {
    "header": {"bold": True, "bg_color": "#E3EAF2", "bottom": 1},
    "header of figures": {"bold": True, "bg_color": "#E3EAF2", "bottom": 1, "align": "right", "indent": 2},
    "interval": {"align": "left"},
    "truth": {"num_format": '"TRUE";"TRUE";"FALSE"', "align": "left"},  # else LibreOffice shows some as 1 and 0
    "number": {"num_format": "#,##0"},
    "time": {"num_format": "[h]:mm:ss"},
    "text": {},
    "formula as text": {"quote_prefix": True},
    "total": {"num_format": "#,##0", "bold": True, "top": 1},
    "total time": {"num_format": "[h]:mm:ss", "bold": True, "top": 1},
    "title": {"bold": True, "font_size": 14},
    "label": {"bold": True, "valign": "top"},
    "sentence": {"text_wrap": True, "valign": "top", "quote_prefix": True},
}

_Formats = dict[str, Any]


def excel_chunks(report: Report, created_ms: int, rows_per_sheet: int = ROWS_PER_SHEET) -> Iterator[bytes]:
    """The workbook's bytes; it is complete, in a temporary file, before the first chunk is given."""
    with TemporaryFile() as file:
        with new_book(file, "Call statistics", created_ms) as book:
            formats = {name: book.add_format(look) for name, look in FORMATS.items()}
            _write_rows(book, formats, report, rows_per_sheet)
            add_chart(book, formats, report)
            _write_about(book, formats, report, created_ms)
        file.seek(0)
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


@contextmanager
def new_book(file: IO[bytes], title: str, created_ms: int) -> Iterator[Workbook]:
    """A workbook that is complete in `file` at the end.

    Its sheets are files of their own until then. The library does not delete that of a chart, so they have a folder.
    """
    with TemporaryDirectory(prefix="pbxtally-") as folder:
        options = {"constant_memory": True, "use_zip64": True, "tmpdir": folder}
        with Workbook(file, options) as book:
            created = datetime.fromtimestamp(created_ms // 1000, UTC).replace(tzinfo=None)
            book.set_properties({"title": title, "created": created})
            yield book


def _write_rows(book: Workbook, formats: _Formats, report: Report, rows_per_sheet: int) -> None:
    sheets = [_Sheet(book, formats, report, number=1)]
    for identity, lines in by_extension(report):
        for figures in lines:
            if sheets[-1].rows == rows_per_sheet:
                sheets.append(_Sheet(book, formats, report, number=len(sheets) + 1))
            sheets[-1].write(identity, figures)
    for sheet in sheets:
        sheet.finish("Total" if len(sheets) == 1 else "Total of this sheet")
    if len(sheets) > 1:
        sheets[-1].finish_all(sheets)
    for sheet in sheets:
        sheet.fit()


class _Sheet:
    """One sheet of rows; remembers what its totals and column widths need."""

    def __init__(self, book: Workbook, formats: _Formats, report: Report, number: int) -> None:
        self.name = "Statistics" if number == 1 else f"Statistics {number}"
        self.rows = 0
        self.totals = Totals(report.measures)
        self._first_measure = len(identity_fields(report)) + 1
        self._formats = formats
        self._sheet = book.add_worksheet(self.name)
        self._widths = [len(name) + 5 for name in header(report)]
        for column, name in enumerate(header(report)):
            look = formats["header" if column < self._first_measure else "header of figures"]
            self._sheet.write_string(0, column, name, look)

    def write(self, identity: Sequence[str | None], figures: Sequence[str | int]) -> None:
        """Add a row."""
        self.rows += 1
        for column, text in enumerate(identity):
            if text:
                self._text(column, text)
        if not figures:
            return
        interval, *values = figures
        self._interval(str(interval))
        counted = [int(value) for value in values]
        for column, name, value in zip(self._measure_columns(), self.totals.names, counted, strict=True):
            look, held = shown_figure(name, value)
            self._sheet.write_number(self.rows, column, held, self._formats[look])
        self.totals.add(counted)

    def _text(self, column: int, text: str) -> None:
        write_text(self._sheet, self.rows, column, text, self._formats["text"], self._formats["formula as text"])
        self._widths[column] = max(self._widths[column], shown_width(text[:WIDEST]) + 1)

    def _interval(self, name: str) -> None:
        """Write a plain number as a number, so that 9 sorts before 10."""
        column = self._first_measure - 1
        if name.isdecimal():
            self._sheet.write_number(self.rows, column, int(name), self._formats["interval"])
        else:
            self._text(column, name)

    def finish(self, label: str) -> None:
        """Freeze and filter the header, write the total."""
        self._sheet.freeze_panes(1, 0)
        last = len(self._widths) - 1
        self._sheet.autofilter(0, 0, self.rows, last)
        self._sheet.ignore_errors({"number_stored_as_text": f"A1:{xl_rowcol_to_cell(self.rows, last)}"})
        self._sheet.repeat_rows(0)
        first_to_last = [
            f"{xl_rowcol_to_cell(1, column)}:{xl_rowcol_to_cell(self.rows, column)}"
            for column in self._measure_columns()
        ]
        formulas = [of_rows(name, cells) for name, cells in zip(self.totals.names, first_to_last, strict=True)]
        if self.rows and formulas:
            self._total(self._total_row(), label, self.totals, formulas)

    def finish_all(self, sheets: Sequence[_Sheet]) -> None:
        """Write the total of all sheets under that of this one, the last."""
        totals = Totals(self.totals.names)
        for sheet in sheets:
            totals.add(sheet.totals.values)
        formulas = [
            of_sheets(name, [f"'{sheet.name}'!{xl_rowcol_to_cell(sheet._total_row(), column)}" for sheet in sheets])
            for name, column in zip(totals.names, self._measure_columns(), strict=True)
        ]
        if formulas:
            self._total(self._total_row() + 1, "Total of all sheets", totals, formulas)

    def fit(self) -> None:
        """Make the columns as wide as their content; on paper, extension and interval are repeated."""
        widths = [min(width, WIDEST) for width in self._widths]
        for column, width in enumerate(widths):
            self._sheet.set_column(column, column, width)
        interval = min(self._first_measure, len(widths)) - 1
        print_on_paper(self._sheet, sum(widths), max(interval - 1, 0), interval)

    def _measure_columns(self) -> range:
        return range(self._first_measure, self._first_measure + len(self.totals.names))

    def _total_row(self) -> int:
        return self.rows + 2

    def _total(self, row: int, label: str, totals: Totals, formulas: Sequence[str]) -> None:
        look = self._formats["total"]
        for column in range(1, self._first_measure):
            self._sheet.write_blank(row, column, None, look)
        self._sheet.write_string(row, 0, label, look)
        self._widths[0] = max(self._widths[0], len(label) + 2)
        cells = [xl_rowcol_to_cell(row, column) for column in self._measure_columns()]
        shown_totals = totals.shown(formulas, cells)
        for column, name, shown in zip(self._measure_columns(), totals.names, shown_totals, strict=True):
            if shown is None:
                self._sheet.write_blank(row, column, None, look)
                continue
            formula, value = shown
            kind, held = shown_figure(name, value)
            self._sheet.write_formula(
                row, column, formula, self._formats["total time"] if kind == "time" else look, held
            )
            width = clock_width(value) if kind == "time" else len(f"{value:,}")
            self._widths[column] = max(self._widths[column], width + 2)


def _write_about(book: Workbook, formats: _Formats, report: Report, created_ms: int) -> None:
    sheet = book.add_worksheet("About")
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 1, 80)
    print_on_paper(sheet)
    row = 0
    about_columns = chain(definitions(report), [("Times", TIMES)])
    for title, lines in (("Call statistics", request_facts(report, created_ms)), ("Columns", about_columns)):
        sheet.write_string(row, 0, title, formats["title"])
        for label, text in lines:
            row += 1
            sheet.write_string(row, 0, label, formats["label"])
            write_text(sheet, row, 1, text, formats["sentence"])
        row += 2

"""Tables as a workbook: a sheet for each, and a last one that says what they are (D26)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, islice
from typing import IO, Any
from zoneinfo import ZoneInfo

from xlsxwriter.utility import xl_rowcol_to_cell

from pbxtally.renderers.sheet_moments import MOMENT_WIDTH, MOMENTS, Moments, is_moment
from pbxtally.renderers.sheet_paper import print_on_paper
from pbxtally.renderers.sheet_rows import RowWriter
from pbxtally.renderers.sheet_text import TIMES, is_time, shown_width, write_text
from pbxtally.renderers.table import Table
from pbxtally.renderers.to_excel import FORMATS, ROWS_PER_SHEET, WIDEST, new_book

MEASURED_ROWS = 200
"""How many rows the widths of the columns are taken from; the others are not kept."""


def write_book(
    file: IO[bytes],
    title: str,
    tables: Iterable[Table],
    about: Mapping[str, Any],
    created_ms: int,
    zone: ZoneInfo,
    rows_per_sheet: int = ROWS_PER_SHEET,
) -> None:
    """Write it whole; rows beyond what a sheet holds go on to the next."""
    with new_book(file, title, created_ms) as book:
        looks = {name: book.add_format(look) for name, look in FORMATS.items()}
        said = [(title, {name: str(value) for name, value in about.items() if value is not None})]
        moments = Moments(book, zone)
        for table in tables:
            _write_table(book, looks, table, moments, rows_per_sheet)
            said.append((f"Columns of {table.name}", {**table.columns, **_how_to_read(table, zone)}))
        _about(book, looks, said)


def _how_to_read(table: Table, zone: ZoneInfo) -> dict[str, str]:
    """What is said about its times, if it has any."""
    moments, times = any(map(is_moment, table.columns)), any(map(is_time, table.columns))
    said = {"Moments": moments and MOMENTS.format(zone=zone.key), "Times": times and TIMES}
    return {label: text for label, text in said.items() if text}


def _write_table(book: Any, looks: dict[str, Any], table: Table, moments: Moments, rows_per_sheet: int) -> None:
    rest = iter(table.rows)
    first = list(islice(rest, MEASURED_ROWS))
    columns = [_Column(name, moments.zone, first) for name in table.columns]
    number, at = 1, 0
    sheet = _sheet(book, looks, table.name, columns)
    lines = RowWriter(sheet, looks, table.columns, moments)
    for row in chain(first, rest):
        if at == rows_per_sheet:
            _finish(sheet, at, columns)
            number, at = number + 1, 0
            sheet = _sheet(book, looks, f"{table.name} {number}", columns)
            lines = RowWriter(sheet, looks, table.columns, moments)
        at += 1
        lines.write(at, row)
    _finish(sheet, at, columns)


class _Column:
    """A column's heading, and how wide it is."""

    def __init__(self, name: str, zone: ZoneInfo, rows: Iterable[Mapping[str, Any]]) -> None:
        self.heading = f"{name} ({zone.key})" if is_moment(name) else name
        self.look = "header of figures" if is_time(name) else "header"
        widest = MOMENT_WIDTH if is_moment(name) else max((shown_width(str(row[name])) for row in rows), default=0)
        self.width = max(len(self.heading) + 5, min(widest + 1, WIDEST))


def _sheet(book: Any, looks: dict[str, Any], name: str, columns: Iterable[_Column]) -> Any:
    sheet = book.add_worksheet(name)
    for at, column in enumerate(columns):
        sheet.set_column(at, at, column.width)
        sheet.write_string(0, at, column.heading, looks[column.look])
    return sheet


def _finish(sheet: Any, rows: int, columns: Sequence[_Column]) -> None:
    """Freeze and filter the header; telephone numbers are text."""
    last = len(columns) - 1
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, rows, last)
    sheet.ignore_errors({"number_stored_as_text": f"A1:{xl_rowcol_to_cell(rows, last)}"})
    sheet.repeat_rows(0)
    print_on_paper(sheet, sum(column.width for column in columns))


def _about(book: Any, looks: dict[str, Any], said: Iterable[tuple[str, Mapping[str, str]]]) -> None:
    sheet = book.add_worksheet("About")
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 1, 80)
    print_on_paper(sheet)
    row = 0
    for heading, lines in said:
        sheet.write_string(row, 0, heading, looks["title"])
        for label, text in lines.items():
            row += 1
            sheet.write_string(row, 0, label, looks["label"])
            write_text(sheet, row, 1, text, looks["sentence"])
        row += 2

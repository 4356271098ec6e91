"""Tables as a workbook: a sheet for each, and a last one that says what they are (D26)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import IO, Any

from xlsxwriter import Workbook

from pbxtally.renderers.sheet_rows import RowWriter
from pbxtally.renderers.sheet_text import TIMES, is_time, write_text
from pbxtally.renderers.table import Table
from pbxtally.renderers.to_excel import FORMATS, ROWS_PER_SHEET

WIDTH = 18


def write_book(
    file: IO[bytes],
    title: str,
    tables: Iterable[Table],
    about: Mapping[str, Any],
    created_ms: int,
    rows_per_sheet: int = ROWS_PER_SHEET,
) -> None:
    """Write it whole; more rows than a sheet holds go on to the next."""
    with Workbook(file, {"constant_memory": True, "use_zip64": True}) as book:
        created = datetime.fromtimestamp(created_ms // 1000, UTC).replace(tzinfo=None)
        book.set_properties({"title": title, "created": created})
        looks = {name: book.add_format(look) for name, look in FORMATS.items()}
        said = [(title, {name: str(value) for name, value in about.items() if value is not None})]
        for table in tables:
            _write_table(book, looks, table, rows_per_sheet)
            times = {"Times": TIMES} if any(map(is_time, table.columns)) else {}
            said.append((f"Columns of {table.name}", {**table.columns, **times}))
        _about(book, looks, said)


def _write_table(book: Any, looks: dict[str, Any], table: Table, rows_per_sheet: int) -> None:
    number, at = 1, 0
    sheet = _sheet(book, looks, table, number)
    lines = RowWriter(sheet, looks, table.columns)
    for row in table.rows:
        if at == rows_per_sheet:
            sheet.autofilter(0, 0, at, len(table.columns) - 1)
            number, at = number + 1, 0
            sheet = _sheet(book, looks, table, number)
            lines = RowWriter(sheet, looks, table.columns)
        at += 1
        lines.write(at, row)
    sheet.autofilter(0, 0, at, len(table.columns) - 1)


def _sheet(book: Any, looks: dict[str, Any], table: Table, number: int) -> Any:
    sheet = book.add_worksheet(table.name if number == 1 else f"{table.name} {number}")
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(table.columns) - 1, WIDTH)
    for column, name in enumerate(table.columns):
        sheet.write_string(0, column, name, looks["header"])
    return sheet


def _about(book: Any, looks: dict[str, Any], said: Iterable[tuple[str, Mapping[str, str]]]) -> None:
    sheet = book.add_worksheet("About")
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 1, 80)
    row = 0
    for heading, lines in said:
        sheet.write_string(row, 0, heading, looks["title"])
        for label, text in lines.items():
            row += 1
            sheet.write_string(row, 0, label, looks["label"])
            write_text(sheet, row, 1, text, looks["sentence"])
        row += 2

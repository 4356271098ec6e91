"""Calls as a workbook: a line for each, and a last sheet that says which calls they are (D26)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import IO, Any

from xlsxwriter import Workbook

from pbxtally.renderers.sheet_text import TIMES, shown_figure, write_text
from pbxtally.renderers.to_excel import FORMATS, ROWS_PER_SHEET

WIDTH = 18


def write_book(
    file: IO[bytes],
    title: str,
    columns: Mapping[str, str],
    head: Mapping[str, Any],
    rows: Iterable[Mapping[str, Any]],
    created_ms: int,
    rows_per_sheet: int = ROWS_PER_SHEET,
) -> None:
    """Write it whole; more rows than a sheet holds go on to the next."""
    with Workbook(file, {"constant_memory": True, "use_zip64": True}) as book:
        created = datetime.fromtimestamp(created_ms // 1000, UTC).replace(tzinfo=None)
        book.set_properties({"title": title, "created": created})
        looks = {name: book.add_format(look) for name, look in FORMATS.items()}
        sheet, at = _sheet(book, looks, columns, 1), 0
        number = 1
        for row in rows:
            if at == rows_per_sheet:
                sheet.autofilter(0, 0, at, len(columns) - 1)
                number += 1
                sheet, at = _sheet(book, looks, columns, number), 0
            at += 1
            _write(sheet, looks, at, row)
        sheet.autofilter(0, 0, at, len(columns) - 1)
        _about(book, looks, title, columns, head)


def _sheet(book: Any, looks: dict[str, Any], columns: Mapping[str, str], number: int) -> Any:
    sheet = book.add_worksheet("Calls" if number == 1 else f"Calls {number}")
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(columns) - 1, WIDTH)
    for column, name in enumerate(columns):
        sheet.write_string(0, column, name, looks["header"])
    return sheet


def _write(sheet: Any, looks: dict[str, Any], at: int, row: Mapping[str, Any]) -> None:
    for column, (name, value) in enumerate(row.items()):
        if isinstance(value, bool):
            sheet.write_boolean(at, column, value)
        elif isinstance(value, int):
            look, held = shown_figure(name, value)
            sheet.write_number(at, column, held, looks[look])
        elif value:
            write_text(sheet, at, column, value, looks["text"], looks["formula as text"])


def _about(book: Any, looks: dict[str, Any], title: str, columns: Mapping[str, str], head: Mapping[str, Any]) -> None:
    sheet = book.add_worksheet("About")
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 1, 80)
    said = {name: str(value) for name, value in head.items() if value is not None}
    row = 0
    for heading, lines in ((title, said), ("Columns", {**columns, "Times": TIMES})):
        sheet.write_string(row, 0, heading, looks["title"])
        for label, text in lines.items():
            row += 1
            sheet.write_string(row, 0, label, looks["label"])
            write_text(sheet, row, 1, text, looks["sentence"])
        row += 2

"""The first visible sheet of an Excel workbook, as rows of texts, bounded whatever the file holds."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, time, timedelta
from zipfile import BadZipFile, ZipFile

from pbxtally.workbook_parts import WorkbookError, refuse_what_is_no_sheet

XLSX = b"PK\x03\x04"
"""How a workbook begins, like every ZIP archive."""

MOST_COLUMNS = 1_000
"""Columns further to the right are not read: 60,000 rows with one cell in the last column took 6 GB."""

_MOST_WHOLE = 10**15
"""A spreadsheet keeps 15 digits of a number."""

_DAMAGED = (
    BadZipFile,
    zlib.error,
    SyntaxError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    RuntimeError,
    OSError,
    EOFError,
)
"""What openpyxl raises for a damaged workbook, depending on where the damage is."""


def rows_of_workbook(file: io.BufferedIOBase, most_bytes: int) -> Iterator[list[str]]:
    """The rows of the first visible sheet; raises WorkbookError, possibly after good rows."""
    from openpyxl import load_workbook

    try:
        with ZipFile(file) as packed:
            if sum(part.file_size for part in packed.infolist()) > most_bytes:
                raise WorkbookError(f"it unpacks to more than {most_bytes >> 20} MiB - save its sheet as CSV")
            for part in packed.infolist():
                with packed.open(part) as stream:
                    refuse_what_is_no_sheet(stream)
        sheets = load_workbook(file, read_only=True, data_only=True).worksheets
        sheet = next((one for one in sheets if one.sheet_state == "visible"), sheets[0])
        is_wide = (sheet.max_column or MOST_COLUMNS + 1) > MOST_COLUMNS  # None: it does not say
        rows = sheet.iter_rows(values_only=True, max_col=MOST_COLUMNS if is_wide else None)
        for row in narrow(rows) if is_wide else rows:
            yield [_written(cell) for cell in row]
    except _DAMAGED as why:
        raise WorkbookError(str(why)) from None


def _written(cell: object) -> str:
    """A cell as text: midnight as a day alone, a duration in hours however many, a whole number without a point."""
    if isinstance(cell, datetime) and cell.time() == time.min:
        return f"{cell:%Y-%m-%d}"
    if isinstance(cell, timedelta) and cell >= timedelta(0):
        minutes, seconds = divmod(round(cell.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < _MOST_WHOLE:
        return str(int(cell))
    return "" if cell is None else str(cell)


def narrow(rows: Iterable[Sequence[object]]) -> Iterator[Sequence[object]]:
    """Rows up to the last cell that holds something; the empty rows of a gap are one object, looked at once."""
    gap: Sequence[object] | None = None
    for row in rows:
        if row is gap:
            yield ()
            continue
        width = next((place for place in range(len(row), 0, -1) if row[place - 1] is not None), 0)
        gap = row if width == 0 else gap
        yield row[:width]

"""A spreadsheet's cells as texts: CSV with any of the usual separators and alphabets, or the first sheet of an XLSX."""

from __future__ import annotations

import csv
import io
import zlib
from collections.abc import Iterable, Iterator, Sequence
from zipfile import BadZipFile, ZipFile

from pbxtally.errors import BadRequestError

SEPARATORS = ";,\t"

MANY_BYTES = 2**28
"""A workbook that unpacks to more holds no people."""

MOST_COLUMNS = 1_000
"""What stands further to the right is not read: 60,000 rows of one cell in the last column took 6 GB."""

_DAMAGED = (BadZipFile, SyntaxError, LookupError, ValueError, TypeError, AttributeError, OSError, EOFError, zlib.error)
"""What a damaged workbook makes openpyxl raise, wherever in it the damage is."""

_ZIP = b"PK\x03\x04"


def rows_in(raw: bytes) -> Iterator[Sequence[str]]:
    """The rows of a file, the heading first; raises BadRequestError if it begins as a workbook and is none."""
    return _excel(raw) if raw.startswith(_ZIP) else rows_of_text(_text(raw))


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")  # what Excel writes where it is not told otherwise


def rows_of_text(text: str) -> Iterator[Sequence[str]]:
    """The rows of a text, separated as its first line is."""
    heading = text.partition("\n")[0]
    return csv.reader(io.StringIO(text), delimiter=max(SEPARATORS, key=heading.count))


def _excel(raw: bytes) -> Iterator[Sequence[str]]:
    from openpyxl import load_workbook

    try:
        with ZipFile(io.BytesIO(raw)) as packed:
            if sum(part.file_size for part in packed.infolist()) > MANY_BYTES:
                raise ValueError(f"it unpacks to more than {MANY_BYTES} bytes")
        book = load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        is_wide = (sheet.max_column or MOST_COLUMNS + 1) > MOST_COLUMNS  # None: it does not say
        rows = sheet.iter_rows(values_only=True, max_col=MOST_COLUMNS if is_wide else None)
        for row in _narrow(rows) if is_wide else rows:
            yield ["" if cell is None else str(cell) for cell in row]
    except _DAMAGED as why:
        raise BadRequestError(f"This is not an Excel workbook: {why}") from None


def _narrow(rows: Iterable[Sequence[object]]) -> Iterator[Sequence[object]]:
    """Rows up to the last cell that holds something; the many of a gap are one and the same, and looked at once."""
    gap: Sequence[object] | None = None
    for row in rows:
        if row is gap:
            yield ()
            continue
        width = next((place for place in range(len(row), 0, -1) if row[place - 1] is not None), 0)
        gap = row if width == 0 else gap
        yield row[:width]

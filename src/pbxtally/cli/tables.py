"""A spreadsheet's cells as texts: CSV with any of the usual separators and alphabets, or the first sheet of an XLSX."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from zipfile import BadZipFile

from pbxtally.errors import BadRequestError

SEPARATORS = ";,\t"


def is_table(file: Path) -> bool:
    """Whether a file is a spreadsheet, by the end of its name."""
    return file.suffix.lower() in (".csv", ".xlsx")


def rows_of(file: Path) -> Iterator[Sequence[str]]:
    """The rows, the heading first."""
    return _excel(file) if file.suffix.lower() == ".xlsx" else _csv(file)


def _csv(file: Path) -> Iterator[Sequence[str]]:
    raw = file.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", "replace")  # what Excel writes where it is not told otherwise
    heading = text.partition("\n")[0]
    separator = max(SEPARATORS, key=heading.count)
    return csv.reader(io.StringIO(text), delimiter=separator)


def _excel(file: Path) -> Iterator[Sequence[str]]:
    from openpyxl import load_workbook

    try:
        book = load_workbook(file, read_only=True, data_only=True)
    except (BadZipFile, KeyError, ValueError, OSError) as why:
        raise BadRequestError(f"{file} is not an Excel workbook: {why}") from None
    try:
        for row in book.worksheets[0].iter_rows(values_only=True):
            yield ["" if cell is None else str(cell) for cell in row]
    finally:
        book.close()

"""A spreadsheet's cells as texts: CSV with any usual separator and encoding, or the first sheet of an XLSX."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

from pbxtally.errors import BadRequestError
from pbxtally.workbook_parts import WorkbookError
from pbxtally.workbooks import XLSX, rows_of_workbook

SEPARATORS = ";,\t"

MANY_BYTES = 2**28
"""A workbook that unpacks to more than this holds no people."""


def rows_in(raw: bytes) -> Iterator[Sequence[str]]:
    """The rows of a file, the heading first; raises BadRequestError if it begins like a workbook but is none."""
    return _excel(raw) if raw.startswith(XLSX) else rows_of_text(_text(raw))


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")  # what Excel writes unless told otherwise


def rows_of_text(text: str) -> Iterator[Sequence[str]]:
    """The rows of a text, with the separator of its first line."""
    heading = text.partition("\n")[0]
    return csv.reader(io.StringIO(text), delimiter=max(SEPARATORS, key=heading.count))


def _excel(raw: bytes) -> Iterator[Sequence[str]]:
    try:
        yield from rows_of_workbook(io.BytesIO(raw), MANY_BYTES)
    except WorkbookError as why:
        raise BadRequestError(f"This is not an Excel workbook: {why}") from None

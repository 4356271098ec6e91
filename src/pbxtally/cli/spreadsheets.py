"""Spreadsheet files as rows of cells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from pbxtally.directory.cells import rows_in
from pbxtally.errors import BadRequestError


def is_table(file: Path) -> bool:
    """Whether a file is a spreadsheet, by its suffix."""
    return file.suffix.lower() in (".csv", ".xlsx")


def rows_of(file: Path) -> Iterator[Sequence[str]]:
    """The rows, the heading first."""
    raw = file.read_bytes()
    if file.suffix.lower() == ".xlsx" and not raw.startswith(b"PK"):
        raise BadRequestError(f"{file} is not an Excel workbook: it does not begin as one")
    yield from rows_in(raw)

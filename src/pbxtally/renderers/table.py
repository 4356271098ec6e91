"""Lists as tables, a line for each item: CSV, a workbook, Parquet (D26)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from tempfile import TemporaryFile
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from pbxtally.fields import CsvDialect
from pbxtally.renderers.sheet_moments import is_moment
from pbxtally.renderers.to_csv import LINE_END, MARKS, SEPARATORS, text_cell
from pbxtally.renderers.to_parquet import parquet_chunks

CHUNK_BYTES = 128 * 1024


class Table(NamedTuple):
    """Lines under the names of their columns, each with its sentence; the lines can be read only once."""

    name: str
    columns: Mapping[str, str]
    rows: Iterable[Mapping[str, Any]]


def table_csv(table: Table, dialect: CsvDialect) -> Iterator[bytes]:
    """A line for each row under the names of the columns, in chunks."""
    separator = SEPARATORS[dialect]
    parts, size = [MARKS[dialect] + separator.join(table.columns) + LINE_END], 0
    for row in table.rows:
        parts.append(separator.join(_csv_cell(value) for value in row.values()) + LINE_END)
        size += len(parts[-1])
        if size >= CHUNK_BYTES:
            yield "".join(parts).encode()
            parts, size = [], 0
    yield "".join(parts).encode()


def _csv_cell(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int) else text_cell(value)


def table_excel(
    title: str, tables: Iterable[Table], about: Mapping[str, Any], created_ms: int, zone: ZoneInfo
) -> Iterator[bytes]:
    """A sheet for each table, one after another, and a last one that says what they are.

    Moments are UTC milliseconds in the rows, and by the zone's clock on the sheets.
    """
    # Here and not above: the library takes longer to import than a small answer takes to write.
    from pbxtally.renderers.table_sheet import write_book

    with TemporaryFile() as file:
        write_book(file, title, tables, about, created_ms, zone)
        file.seek(0)
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


def table_parquet(table: Table, no_texts: Mapping[str, type], about: Mapping[str, Any]) -> Iterator[bytes]:
    """The rows as Parquet; `no_texts` has the types of the columns that hold neither text nor moments.

    Moments are UTC milliseconds in the rows.
    """
    types = {name: datetime if is_moment(name) else no_texts.get(name, str) for name in table.columns}
    return parquet_chunks(types, (tuple(row.values()) for row in table.rows), about)

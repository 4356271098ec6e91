"""The first rows of an unknown file, as columns, from which a mapping is proposed."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

from pbxtally.records import HEADING
from pbxtally.sources.generic_dates import date_of

SAMPLE = 200
"""How many rows a proposal is made from."""

Columns = dict[str | int, list[str]]
"""The values of each column, by its name, or by its place counted from 1."""

NUMBER = re.compile(r"\+?\d{2,15}")
FACE = re.compile(r"\d+:\d{2}(:\d{2})?")


class Sample:
    """The first rows of a file, as columns with their headings and values."""

    def __init__(self, records: Sequence[bytes]) -> None:
        self.delimiter, self.encoding, self.header = "", "", True
        self.columns: Columns = {}
        lines = [raw for raw in records[:SAMPLE] if raw.strip()]
        if sheet := _sheet(lines):
            self.format, rows = "xlsx", _between_titles(sheet)
        else:
            texts = [line.removeprefix("\ufeff").rstrip("\r\n") for line in self._decoded(lines)]
            if texts and texts[0].lstrip().startswith("{"):
                self.format, self.columns = "jsonl", _paths(texts)
                return
            self.format = "csv"
            self.delimiter = max(",;\t|", key="".join(texts[:HEADING]).count)
            rows = _between_titles([cells for line in texts if (cells := _cells(line, self.delimiter))])
        names = [cell.strip() for cell in rows[0]] if rows else []
        self.header = bool(names) and not any(_is_value(cell) for cell in names)
        under = rows[1:] if self.header else rows
        for place, name in enumerate(names, start=1):  # of two with the same name the first counts
            cells = [row[place - 1].strip() if len(row) >= place else "" for row in under]
            self.columns.setdefault(name if self.header else place, cells)

    def joined(self, columns: Sequence[str | int]) -> list[str]:
        """The text of each row in one or more columns, joined with blanks."""
        return [" ".join(cells).strip() for cells in zip(*(self.columns[one] for one in columns), strict=True)]

    def _decoded(self, lines: Sequence[bytes]) -> list[str]:
        try:
            return [raw.decode() for raw in lines]
        except UnicodeDecodeError:
            self.encoding = "cp1252"
            return [raw.decode("cp1252", "replace") for raw in lines]


def _sheet(lines: Sequence[bytes]) -> list[list[str]]:
    """The rows of a workbook, which come as JSON arrays; none if any line is not such a row."""
    try:
        rows = [json.loads(raw) for raw in lines if raw.startswith(b"[")]
    except (ValueError, RecursionError):
        return []
    is_sheet = len(rows) == len(lines) and all(isinstance(cell, str) for row in rows for cell in row)
    return rows if is_sheet else []


def _between_titles(rows: list[list[str]]) -> list[list[str]]:
    """The rows from the heading to the last call: titles above, and totals below, fill few cells."""
    filled = [sum(bool(cell.strip()) for cell in row) for row in rows]
    many = max(filled[:HEADING], default=0)
    first = next((place for place, some in enumerate(filled) if 2 * some > many), 0)
    last = max((place for place, some in enumerate(filled) if 2 * some > many), default=first)
    return rows[first : last + 1]


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader((line,), delimiter=delimiter))
    except csv.Error:
        return []


def _paths(texts: Sequence[str]) -> Columns:
    """The columns of JSON objects, by their paths."""
    found: list[dict[str, str]] = []
    for one in texts:
        with suppress(ValueError, RecursionError):
            leaves = _leaves("", json.loads(one))
            found.append({path: "" if value is None else str(value) for path, value in leaves})
    paths = dict.fromkeys(path for record in found for path in record)
    return {path: [record.get(path, "") for record in found] for path in paths}


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if parts is None:
        yield path, value
        return
    for name, part in parts:
        yield from _leaves(f"{path}.{name}" if path else str(name), part)


def _is_value(cell: str) -> bool:
    return bool(NUMBER.fullmatch(cell.strip()) or FACE.fullmatch(cell.strip()) or date_of([cell.strip()]))

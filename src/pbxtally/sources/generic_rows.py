"""Split the generic source's records: rows of CSV and workbooks by place or name, JSON objects by path."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from typing import Any

from pbxtally.csv_json import cells_of, from_json
from pbxtally.errors import InvalidFieldError
from pbxtally.plurals import quantity
from pbxtally.records import HEADING, MANY_BYTES, as_text, decoded
from pbxtally.sources.generic_mapping import Column, Mapping
from pbxtally.sources.generic_times import UnusableError


class Rows:
    """Makes cells, by place or by name, from the bytes of rows."""

    def __init__(self, mapping: Mapping) -> None:
        self._mapping = mapping
        self._names: list[str] = []
        self._above: list[list[str]] = []
        self._places: dict[Column, int] = {place: place - 1 for place in _columns(mapping) if isinstance(place, int)}

    def of(self, raw: bytes) -> Row | None:
        """A row's cells; None if it is the heading, a repetition of it further down, or above it."""
        if len(raw) > MANY_BYTES:
            raise UnusableError(f"the row is longer than {MANY_BYTES} bytes")
        if self._mapping.format == "jsonl":
            return _JsonRow(_object(self._decoded(raw)))
        cells = _texts(raw) if self._mapping.format == "xlsx" else self._split(self._decoded(raw))
        if not self._mapping.header:
            return _CellRow(cells, self._places)
        if not self._names:
            self._begin([cell.strip() for cell in cells])
            return None
        while len(cells) > len(self._names) and not cells[-1].strip():
            cells.pop()
        if len(cells) != len(self._names):
            raise UnusableError(f"{quantity(len(cells), 'column')}; the heading has {len(self._names)}")
        if cells[0].strip() == self._names[0] and [cell.strip() for cell in cells] == self._names:
            return None
        return _CellRow(cells, self._places)

    @property
    def has_begun(self) -> bool:
        """Whether the heading was found, or is not needed."""
        return bool(self._names) or not self._mapping.has_heading

    @property
    def names(self) -> list[str]:
        """What the heading calls its columns, in lower case."""
        return [name.casefold() for name in self._names]

    def end(self) -> None:
        """Finish after the last row; raises InvalidFieldError if none named the columns."""
        if self._above and not self._names:
            _check_columns(self._mapping, self._above[0])

    def _begin(self, names: list[str]) -> None:
        """Take the row as the heading; a title, or `sep=;`, with few cells, may precede it."""
        while names and not names[-1]:
            names.pop()
        is_title = 2 * sum(map(bool, names)) <= len(_columns(self._mapping))
        if is_title and len(self._above) < HEADING - 1:
            self._above.append(names)
            return
        _check_columns(self._mapping, names)
        self._names = names
        named = _places(names)
        self._places.update(named)
        self._places |= {name: named[name.casefold()] for name in _columns(self._mapping) if isinstance(name, str)}

    def _decoded(self, raw: bytes) -> str:
        if b"\0" in raw:
            raise UnusableError("not text: the row holds a NUL byte")
        encoding = self._mapping.encoding
        try:
            line = raw.decode(encoding).removeprefix("\ufeff") if encoding else decoded(raw)
        except UnicodeDecodeError:
            raise UnusableError(f"encoding: the row is not {encoding}") from None
        return line.rstrip("\r\n")

    def _split(self, line: str) -> list[str]:
        try:
            return cells_of(line, self._mapping.delimiter)
        except csv.Error as why:
            raise UnusableError(f"not a CSV row, or a quote is open at its end: {why}") from None


def _texts(raw: bytes) -> list[str]:
    try:
        cells = from_json(raw)
    except (ValueError, RecursionError):
        cells = None
    if not isinstance(cells, list):
        raise UnusableError('not a row of a workbook; say format = "csv" or "jsonl" in the mapping')
    return [str(cell) for cell in cells]


def _object(line: str) -> dict[str, Any]:
    try:
        found = from_json(line)
    except (ValueError, RecursionError):
        raise UnusableError("not JSON; is the line cut off?") from None
    if not isinstance(found, dict):
        raise UnusableError("not a record: an object was expected")
    return found


def _columns(mapping: Mapping) -> set[Column]:
    """Every column that a mapping names."""
    return {column for columns in mapping.fields.values() for column in columns} | set(mapping.skip)


def _places(names: Sequence[str]) -> dict[str, int]:
    """The place of each column, by its name; of two with the same name the first."""
    return {name.casefold(): place for place, name in reversed(list(enumerate(names)))}


def _check_columns(mapping: Mapping, names: Sequence[str]) -> None:
    """Raise InvalidFieldError, for the whole file, if it lacks a column that the mapping names."""
    known = _places(names)
    wanted = {f"fields.{field}": columns for field, columns in mapping.fields.items()}
    wanted |= {f"skip.{column}": (column,) for column in mapping.skip}
    for key, columns in wanted.items():
        for column in columns:
            if column > len(names) if isinstance(column, int) else column.casefold() not in known:
                raise InvalidFieldError(f"layout.{key}", f"there is no column {column!r}; there are {', '.join(names)}")


class _CellRow:
    """A row of cells."""

    def __init__(self, cells: Sequence[str], places: dict[Column, int]) -> None:
        self._cells = cells
        self._places = places

    def cell(self, column: Column) -> str:
        """The text in a column."""
        try:
            return self._cells[self._places[column]].strip()
        except IndexError:
            raise UnusableError(f"{quantity(len(self._cells), 'column')}; column {column} is needed") from None


class _JsonRow:
    """A JSON object; a column is a path such as `caller.number` or `parties.0.number`."""

    def __init__(self, record: dict[str, Any]) -> None:
        self._record = record

    def cell(self, column: Column) -> str:
        """The text at a path; "" if there is nothing."""
        path = str(column)
        found: Any = self._record.get(path)
        if found is None and "." in path:
            found = self._record
            for step in path.split("."):
                if isinstance(found, list):
                    found = found[int(step)] if step.isdecimal() and int(step) < len(found) else None
                else:
                    found = found.get(step) if isinstance(found, dict) else None
        if isinstance(found, dict | list):
            raise UnusableError(f"{path}: a text or a number was expected")
        if isinstance(found, bool):
            return "true" if found else "false"
        return as_text(found).strip()


Row = _CellRow | _JsonRow

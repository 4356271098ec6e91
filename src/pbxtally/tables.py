"""How a table written as text becomes records: each row is one line of JSON, keyed by the names in the heading.

So a row means the same wherever it is, below whatever heading, and however it came: in an export, in a ZIP archive of
exports, or in a SQL dump. What does not fit its heading is passed on as it is, for the source to reject.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import cast
from zipfile import BadZipFile, ZipFile

from pbxtally import dumps, streams
from pbxtally.csv_json import cells_of
from pbxtally.errors import SourceError
from pbxtally.records import MANY_BYTES, decoded, has_end, json_line

IsHeading = Callable[[list[str]], bool]
"""Whether the cells of a row, in lower case, name the columns of the rows that follow."""

SEPARATORS = ",;\t"
ARCHIVE = b"PK\x03\x04"
"""How a ZIP archive begins."""

MANY_ARCHIVE_BYTES = 1 << 30
"""Nobody exports more than this into one archive; what unpacks to more is not an export."""

_DIGIT = re.compile(rb"\d")
_DAMAGED = (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError)
_NOTHING = {"NULL", "\\N"}
_NO_CELL = {one.encode() for one in _NOTHING}
_PLAIN = re.compile(rb"[ !#-\[\]-~]+\r?\n")


def rows(stream: io.BufferedIOBase, is_heading: IsHeading, wanted: dumps.TableFilter) -> Iterator[bytes]:
    """The rows of a ZIP archive, a SQL dump or a table with a heading, or JSON objects, by how the stream begins."""
    whole = peekable(stream)
    beginning = whole.peek(4096)[:4096]
    if beginning[:4] == ARCHIVE:
        yield from _archived(whole, is_heading)
    elif dumps.is_dump(beginning):
        yield from dumps.rows(whole, wanted)
    elif beginning.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"["):
        yield from streams.objects(whole)
    else:
        yield from rows_below_heading(streams.lines(whole), is_heading)


def _archived(stream: io.BufferedReader, is_heading: IsHeading) -> Iterator[bytes]:
    """The rows of the CSV files in an archive; SourceError where it is damaged, after good rows."""
    held = stream if stream.seekable() else io.BytesIO(stream.read(MANY_ARCHIVE_BYTES + 1))
    try:
        with ZipFile(held) as archive:
            if sum(part.file_size for part in archive.infolist()) > MANY_ARCHIVE_BYTES:
                raise SourceError("the archive holds more than 1 GB; unpack it and load its files")
            for part in archive.infolist():
                if part.filename.lower().endswith(".csv"):
                    with archive.open(part) as table:
                        yield from rows_below_heading(
                            streams.lines(io.BufferedReader(cast("io.RawIOBase", table))), is_heading
                        )
    except _DAMAGED as why:
        raise SourceError(f"the archive is damaged or cut off, what came before is good ({why})") from None


def peekable(stream: io.BufferedIOBase) -> io.BufferedReader:
    """The stream, buffered so that its beginning can be peeked at."""
    can_peek = isinstance(stream, io.BufferedReader | gzip.GzipFile)
    return cast("io.BufferedReader", stream if can_peek else io.BufferedReader(cast("io.RawIOBase", stream)))


def rows_below_heading(lines: Iterable[bytes], is_heading: IsHeading) -> Iterator[bytes]:
    """The rows below a heading; another heading may follow, for the rows below that."""
    names: list[str] = []
    separator = SEPARATORS[0]
    plain_row = _plain_row_below(names, separator)
    for line in lines:
        if row := plain_row(line):
            yield row
            continue
        cells = _cells(line, separator)
        fits = cells and len(cells) == len(names) and has_end(line)
        if not names or not cells or not fits or not _DIGIT.search(line):  # a call has a time
            if found := _heading(line, is_heading):
                separator, names = found
                plain_row = _plain_row_below(names, separator)
            else:
                yield line
        else:
            yield json_line(dict(zip(names, cells if _NOTHING.isdisjoint(cells) else _with_gaps(cells), strict=True)))


def _plain_row_below(names: list[str], separator: str) -> Callable[[bytes], bytes | None]:
    """What makes a JSON line of a row in which nothing is quoted, escaped or missing, in half the time."""
    same = json_line(dict.fromkeys(names, "\0")).replace(b"%", b"%%").replace(b'"\\u0000"', b'"%b"')
    cut, many = separator.encode(), len(names) if len(names) == len(set(names)) else 0

    def plain_row(line: bytes) -> bytes | None:
        if not _PLAIN.fullmatch(line) or len(line) > MANY_BYTES or not _DIGIT.search(line):
            return None
        cells = line.rstrip(b"\r\n").split(cut)
        return same % tuple(cells) if len(cells) == many and _NO_CELL.isdisjoint(cells) else None

    return plain_row


def _with_gaps(cells: list[str]) -> list[str | None]:
    return [None if cell in _NOTHING else cell for cell in cells]


def row_begins_with(row: bytes, cut: bytes) -> bool:
    """Whether a cut-off line may be the beginning of the line that gave `row`, one of `rows_below_heading`."""
    try:
        values = list(json.loads(row).values())
        beginnings = [next(csv.reader((cut.decode("utf-8-sig", "ignore"),), delimiter=one), []) for one in SEPARATORS]
    except (ValueError, AttributeError, RecursionError, csv.Error):
        return False
    return any(_begin_so(values, cells) for cells in beginnings)


def _begin_so(values: list[object], cells: list[str]) -> bool:
    """Whether the cells are the first of the values, the last cell perhaps cut short."""
    if not cells or len(cells) > len(values):
        return False
    before = _with_gaps(cells[:-1])
    there = values[len(before)]
    return before == values[: len(before)] and (there is None or str(there).startswith(cells[-1]))


def _heading(line: bytes, is_heading: IsHeading) -> tuple[str, list[str]] | None:
    """The separator and the names of a heading, if the line is one."""
    for separator in SEPARATORS:
        cells = _cells(line, separator)
        if cells and len(cells) > 1:
            names = [cell.strip().lower() for cell in cells]
            if is_heading(names):
                return separator, names
    return None


def _cells(line: bytes, separator: str) -> list[str] | None:
    """The cells of a line; None if it is not CSV."""
    if len(line) > MANY_BYTES or b"\0" in line:
        return None
    try:
        return cells_of(decoded(line).rstrip("\r\n"), separator)
    except csv.Error:
        return None

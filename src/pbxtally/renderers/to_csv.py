"""A report as CSV, in the two dialects of D26, with cells that a spreadsheet would run made harmless.

A spreadsheet runs a cell that begins with = + - @ or their full-width forms, also after blanks, a tab or a line end. It
splits cells at the separator of *its* language, whatever ours is, and may then miss our quotes; so what follows any
separator or line end is treated like the beginning of a cell. An apostrophe in front makes it text. Figures are numbers
of our own and stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pbxtally.fields import CsvDialect
from pbxtally.renderers.rows import by_extension, header
from pbxtally.renderers.texts import printable
from pbxtally.report import Report

SEPARATORS = {CsvDialect.EXCEL: ";", CsvDialect.RFC4180: ","}
MARKS = {CsvDialect.EXCEL: "\ufeff", CsvDialect.RFC4180: ""}
"""Without its byte order mark, Excel reads UTF-8 as something else."""

LINE_END = "\r\n"
CHUNK_CHARACTERS = 128 * 1024

_RUN = "=+\\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b"
_SKIPPED = r'(?:[^\S\r\n\t]|["\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff])*'
_BEFORE_DANGER = re.compile(
    rf"^(?={_SKIPPED}[{_RUN}\t\r\n])|(?<=[\r\n])(?={_SKIPPED}[{_RUN}\t])|(?<=[;,\t])(?={_SKIPPED}[{_RUN}])"
)
_QUOTED = re.compile('[;,\t"\r\n]')


def csv_chunks(report: Report) -> Iterator[bytes]:
    """The header, then the flat rows; CRLF ends every line, UTF-8."""
    dialect = report.query.csv
    parts, size = [MARKS[dialect]], 0
    for part in _parts(report, SEPARATORS[dialect]):
        parts.append(part)
        size += len(part)
        if size >= CHUNK_CHARACTERS:
            yield "".join(parts).encode()
            parts, size = [], 0
    yield "".join(parts).encode()


def _parts(report: Report, separator: str) -> Iterator[str]:
    """The header line, then the lines of one extension at a time."""
    yield separator.join(header(report)) + LINE_END
    columns = len(header(report))
    for identity, lines in by_extension(report):
        cells = [text_cell(text) for text in identity]
        if columns == 1 and cells == [""]:
            cells = ['""']  # Most readers skip an empty line; this is a row with an empty cell.
        # Figures and interval names are ours and need no check: one pattern writes a line.
        pattern = (
            separator.join([cell.replace("%", "%%") for cell in cells] + ["%s"] * (columns - len(cells))) + LINE_END
        )
        yield "".join([pattern % figures for figures in lines])


def text_cell(text: str | None) -> str:
    """A text as it stands in a line: harmless, quoted if it has to be; None is an empty cell."""
    if not text:
        return ""
    safe = harmless(printable(text))
    return '"' + safe.replace('"', '""') + '"' if _QUOTED.search(safe) else safe


def harmless(text: str) -> str:
    """The text with an apostrophe before everything that a spreadsheet would run."""
    return _BEFORE_DANGER.sub("'", text)

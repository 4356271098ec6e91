"""The shapes a record comes in: from its bytes to its words, in the order of cdr_csv's columns.

A heading (in a CSV export of a database table) and the rows of a SQL dump name their columns; otherwise the number of
columns and their contents decide.
"""

from __future__ import annotations

import csv
import re
from typing import Any, NamedTuple

from pbxtally.csv_json import cells_of, from_json
from pbxtally.plurals import quantity
from pbxtally.records import MANY_BYTES, as_text, decoded
from pbxtally.sources.asterisk.clock import UnusableError
from pbxtally.sources.asterisk.manager import row_of

COLUMNS = (
    "accountcode src dst dcontext clid channel dstchannel lastapp lastdata start answer end duration billsec "
    "disposition amaflags uniqueid userfield peeraccount linkedid sequence"
).split()
"""cdr_csv's columns; words of every shape are put in this order."""

CUSTOM_COLUMNS = (
    "clid src dst dcontext channel dstchannel lastapp lastdata start answer end duration billsec "
    "disposition amaflags accountcode uniqueid userfield sequence"
).split()

UNTOLD = "-"
"""Stands in place of an answer if the table has no column for it: it follows from duration and billsec."""

_TABLE_NAMES = {"calldate": "start"}
"""Columns that database tables name differently."""

_EVENT_COLUMNS = ({"eventtype", "uniqueid"}, {"queuename", "event", "time"}, {"queue", "verb", "time_id"})
_NAMES_OF_KINDS = (b"uniqueid", b"queuename", b"time_id")
_FROM_CUSTOM = [CUSTOM_COLUMNS.index(name) if name in CUSTOM_COLUMNS else len(CUSTOM_COLUMNS) for name in COLUMNS]
_UNIQUEID = re.compile(r"(?:.*-)?(\d{9,10})\.\d+")


class Heading(NamedTuple):
    """The first line of an export: its separator and the names of its columns."""

    separator: str
    names: list[str]


def heading_of(raw: bytes) -> Heading | None:
    """The heading in a line, if it is one."""
    beginning = raw[:4096].lower()
    if not any(name in beginning for name in _NAMES_OF_KINDS) or len(raw) > MANY_BYTES or raw[:1] == b"{":
        return None
    for separator in ",;\t":
        try:
            names = [name.strip().lower() for name in _split(line_of(raw), separator)]
        except UnusableError:  # quoted cells, but another separator between them
            continue
        if any(wanted <= set(names) for wanted in ({"channel", "disposition", "duration"}, *_EVENT_COLUMNS)):
            return Heading(separator, names)
    return None


def is_cdr_table(table: str, columns: tuple[str, ...]) -> bool:
    """Whether a database's table has CDRs, CEL or queue_log; if its columns are unknown, its name decides."""
    if not columns:
        return table in ("cdr", "cel", "queue_log", "queuelog")
    return any(wanted <= set(columns) for wanted in ({"channel", "disposition"}, *_EVENT_COLUMNS))


def words_of(raw: bytes, heading: Heading | None) -> list[str] | dict[str, Any]:
    """The record's words: by name if they have names, else in order."""
    line = line_of(raw)
    if line[:1] == "{":
        row = json_row(line)
        return row_of(row) if "Event" in row else row
    if line[:1] == "(":
        raise UnusableError("a row of a SQL dump that does not fit its columns; is the file whole, with CREATE TABLE?")
    if heading is None:
        if line.count('"') % 2:
            raise UnusableError("a quote is open at the end of the line; is the file cut off?")
        return _split(line)
    words = _split(line, heading.separator)
    if len(words) != len(heading.names):
        raise UnusableError(f"{quantity(len(words), 'column')}; the heading has {len(heading.names)}")
    return dict(zip(heading.names, (None if word == "NULL" else word for word in words), strict=True))


def counted_cells(cells: list[str]) -> list[str]:
    """A CDR's 21 words from a line without names, identified by their number; "" where there is none."""
    many = len(cells)
    if many == 21:
        return cells
    if not 16 <= many <= 21:
        raise UnusableError(f"{quantity(many, 'column')}; Asterisk writes 16 to 21")
    if _is_custom(cells):
        cells += [""] * (len(CUSTOM_COLUMNS) + 1 - many)
        return [cells[place] for place in _FROM_CUSTOM]
    has_new = many >= 19  # newcdrcolumns: the last three, after uniqueid, userfield or both
    own, new = (cells[16:-3], cells[-3:]) if has_new else (cells[16:], [""] * 3)
    if len(own) == 1 and not _UNIQUEID.fullmatch(own[0]):
        own.insert(0, "")
    return [*cells[:16], *own, *[""] * (2 - len(own)), *new]


def _is_custom(cells: list[str]) -> bool:
    """Whether it is cdr_custom's layout, which begins with cdr_csv's fifth column; before 1.8 without sequence.

    The caller there need not have a number in brackets, or anything; but it has a duration where cdr_csv has the end.
    """
    is_as_long = len(cells) in (len(CUSTOM_COLUMNS) - 1, len(CUSTOM_COLUMNS))
    return is_as_long and ("<" in cells[0] or cells[CUSTOM_COLUMNS.index("duration")].isdecimal())


_UNESCAPED = {"\\n": "\n", "\\t": "\t", "\\\\": "\\"}
_ESCAPED = re.compile(r"\\[nt\\]")


def _split(line: str, separator: str = ",") -> list[str]:
    try:
        return cells_of(line, separator)
    except csv.Error as why:
        if separator == "\t":  # as MySQL's client prints a table: nothing is quoted, but a clid begins with a quote
            return [_ESCAPED.sub(lambda found: _UNESCAPED[found[0]], word) for word in line.split("\t")]
        raise UnusableError(f"not a CSV line: {why}") from None


def line_of(raw: bytes) -> str:
    """The record as text: UTF-8, or else Latin-1."""
    if len(raw) > MANY_BYTES:
        raise UnusableError(f"the line is longer than {MANY_BYTES} bytes")
    if b"\0" in raw:
        raise UnusableError("not text: the line holds a NUL byte")
    return decoded(raw).rstrip("\r\n")


def json_row(line: str) -> dict[str, Any]:
    """The object in a line of JSON."""
    try:
        row = from_json(line)
    except (ValueError, RecursionError):
        raise UnusableError("not JSON; is the line cut off?") from None
    if not isinstance(row, dict):
        raise UnusableError("not a CDR: an object was expected")
    return row


def named_cells(row: dict[str, Any]) -> list[str]:
    """A CDR's 21 words from words with names."""
    for theirs, ours in _TABLE_NAMES.items():
        if theirs in row:
            row.setdefault(ours, row[theirs])
    if "channel" not in row or "disposition" not in row:
        raise UnusableError("not a CDR: an object with channel and disposition was expected")
    if _is_all_zero(row.get("start")):
        raise UnusableError("start is an all-zero date")
    row.setdefault("answer", UNTOLD)
    return [as_text(row.get(name)) for name in COLUMNS]


def _is_all_zero(date: object) -> bool:
    return isinstance(date, str) and date.startswith("0000-00-00")

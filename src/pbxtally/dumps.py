"""How a SQL dump becomes records: each row of a wanted table is one line of JSON, keyed by its column names.

mysqldump, phpMyAdmin, pg_dump (COPY or INSERT) and SQLite's .dump are read. Names come from the INSERT's own list or
from CREATE TABLE. One statement may hold a whole table in a single line of many megabytes; only a piece of it is in
memory at a time. What cannot be parsed is passed on as it is, for the source to reject with its reason.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator

from pbxtally.records import MANY_BYTES, decoded, json_line

TableFilter = Callable[[str, tuple[str, ...]], bool]
"""Whether rows of a table with these columns (empty: not named anywhere) are records."""

_PIECE = 262_144
_COMMENT = rb"\s*+(?:--|#)[^\n]*+(?:\n|\Z)"
_STATEMENT = (
    rb"/\*|\\(?:restrict|connect)|START\s+TRANSACTION|BEGIN(?:\s+TRANSACTION|\s+WORK)?\s*;|"
    rb"(?:SET|CREATE|DROP|INSERT|REPLACE|COPY|PRAGMA|LOCK|UNLOCK|USE|ALTER|TRUNCATE|DELETE|SELECT|DELIMITER)\s"
)
"""No heading of a table begins like this, though its first column may be called `start` or `begin`."""

_BEGINS = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:(?:" + _COMMENT + rb")++\s*+(?:\w*+\Z|" + _STATEMENT + rb")|\s*+(?:" + _STATEMENT + rb"))",
    re.I,
)
"""A lone SQL-like comment is not enough: it may also stand above a table, or be the boundary of a form."""

_BLANK = re.compile(rb"(?:\s|\xef\xbb\xbf)++")
_NAME = rb'(?:[`"]?[\w$-]+[`"]?\.)?[`"]?([\w$-]+)[`"]?'
_INSERT = re.compile(
    rb"(?:INSERT|REPLACE)\s+(?:IGNORE\s+|OR\s+\w+\s+)?INTO\s+" + _NAME + rb"\s*(?:\(([^()']*+)\)\s*)?VALUES\s*", re.I
)
_CREATE = re.compile(
    rb"CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?" + _NAME + rb"\s*\("
    rb"((?:[^;\n]++|;(?![ \t]*+\r?\n)|\n\s*+(?!CREATE\s++TABLE\b))*+);[ \t]*+\r?\n",
    re.I,
)
"""A statement without an end does not extend past the beginning of the next one."""

_COPY = re.compile(rb"COPY\s+" + _NAME + rb"\s*\(([^()]*+)\)\s+FROM\s+stdin;[ \t]*\r?\n", re.I)
_NO_COLUMN = re.compile(r"(?:PRIMARY|UNIQUE|FULLTEXT|KEY|INDEX|CONSTRAINT|FOREIGN|CHECK|SPATIAL|PERIOD)\b", re.I)
_HEX = re.compile(r"0x((?:[0-9A-Fa-f]{2})+)")
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", "0": "", "Z": "\x1a", "b": "\b"}
_COPY_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "v": "\v"}


def is_dump(beginning: bytes) -> bool:
    """Whether a stream that begins so is SQL."""
    return _BEGINS.match(beginning) is not None


def rows(stream: io.BufferedIOBase, wanted: TableFilter) -> Iterator[bytes]:
    """The rows of the wanted tables, in the order of the dump."""
    yield from _Dump(stream, wanted).rows()


class _Dump:
    def __init__(self, stream: io.BufferedIOBase, wanted: TableFilter) -> None:
        self._stream = stream
        self._wanted = wanted
        self._text = b""
        self._at = 0
        self._more()
        begins = self._text[:4096]
        escapes = b"PostgreSQL" not in begins and b"PRAGMA" not in begins and b"\\restrict" not in begins
        string = rb"'(?:[^'\\]++|\\.|'')*+'" if escapes else rb"'(?:[^']++|'')*+'"
        self._escapes = escapes
        self._row = re.compile(rb"\s*+,?\s*+\(((?:[^'()]++|" + string + rb"|\([^'()]*+\))*+)\)", re.S)
        self._value = re.compile(rb"\s*+(?:_binary\s++|[EN](?='))?(?:(" + string + rb")|([^',]*+))[^',]*+(?:,|$)", re.S)

    def rows(self) -> Iterator[bytes]:
        columns: dict[str, tuple[str, ...]] = {}
        while self._at < len(self._text) or self._more():
            if len(self._text) - self._at < MANY_BYTES:
                self._more()
            if self._skip_blank():
                continue
            if found := _CREATE.match(self._text, self._at):
                columns[_word(found[1])] = _columns_of(found[2])
                self._at = found.end()
            elif found := _INSERT.match(self._text, self._at):
                self._at = found.end()
                table = _word(found[1])
                yield from self._inserted(table, _names(found[2]) if found[2] else columns.get(table, ()))
            elif found := _COPY.match(self._text, self._at):
                self._at = found.end()
                yield from self._copied(_word(found[1]), _names(found[2]))
            else:
                self._skip_line()

    def _more(self) -> bool:
        """Read the next piece; return whether there was one."""
        piece = self._stream.read(_PIECE)
        self._text = self._text[self._at :] + piece
        self._at = 0
        return bool(piece)

    def _skip_blank(self) -> bool:
        """Skip blanks and ends of lines; return whether there were any."""
        found = _BLANK.match(self._text, self._at)
        self._at = found.end() if found else self._at
        return found is not None

    def _skip_line(self) -> None:
        while (end := self._text.find(b"\n", self._at)) < 0:
            self._at = len(self._text)
            if not self._more():
                return
        self._at = end + 1

    def _inserted(self, table: str, columns: tuple[str, ...]) -> Iterator[bytes]:
        """Rows of one INSERT, up to the semicolon after the last."""
        wanted = self._wanted(table, columns)
        while True:
            found = self._row.match(self._text, self._at)
            if found:
                self._at = found.end()
                if wanted:
                    yield self._record(found[1], columns)
                continue
            self._skip_blank()
            rest = self._text[self._at : self._at + 16]
            if rest and rest[:1] not in b",(":
                self._skip_line()
                return
            if len(self._text) - self._at > MANY_BYTES + 16:
                no_row = self._skip_row()
                if wanted:
                    yield no_row
            elif not self._more():
                if wanted and rest.strip(b", \r\n"):
                    yield self._text[self._at :].lstrip(b", \r\n")
                self._at = len(self._text)
                return

    def _skip_row(self) -> bytes:
        """Skip what is not a row, or too long to be one; return the beginning of what was skipped."""
        limit = self._at + MANY_BYTES + 1
        near = self._text.find(b"),", self._at, limit)
        beginning = self._text[self._at : limit if near < 0 else near + 1]
        while (end := self._text.find(b"),", self._at)) < 0:
            self._at = max(self._at, len(self._text) - 1)
            if not self._more():
                self._at = len(self._text)
                return beginning
        self._at = end + 1
        return beginning

    def _record(self, row: bytes, columns: tuple[str, ...]) -> bytes:
        values: list[str | None] = []
        at = 0
        while at < len(row):
            found = self._value.match(row, at)
            if found is None:
                return b"(" + row + b")"
            values.append(self._value_of(found[1], found[2]))
            at = found.end()
        return _json(columns, values) if len(values) == len(columns) else b"(" + row + b")"

    def _value_of(self, quoted: bytes | None, bare: bytes) -> str | None:
        if quoted is None:
            word = decoded(bare).strip()
            if word[:2] == "0x" and (found := _HEX.fullmatch(word)):
                return decoded(bytes.fromhex(found[1]))
            return None if word.upper() == "NULL" else word
        value = decoded(quoted[1:-1]).replace("''", "'")
        if self._escapes and "\\" in value:
            value = re.sub(r"\\(.)", lambda found: _ESCAPED.get(found[1], found[1]), value, flags=re.DOTALL)
        return value

    def _copied(self, table: str, columns: tuple[str, ...]) -> Iterator[bytes]:
        """Rows of one COPY, a line each, up to the line that is a backslash and a dot."""
        wanted = self._wanted(table, columns)
        while True:
            end = self._text.find(b"\n", self._at)
            if end < 0 and len(self._text) - self._at <= MANY_BYTES and self._more():
                continue
            line = self._text[self._at : end] if end >= 0 else self._text[self._at : self._at + MANY_BYTES + 1]
            self._skip_line()
            if line.rstrip() == b"\\." or not line:
                return
            if wanted:
                values = [_copied_value(value) for value in decoded(line.rstrip(b"\r")).split("\t")]
                yield _json(columns, values) if end >= 0 and len(values) == len(columns) else line


def _copied_value(value: str) -> str | None:
    if value == "\\N":
        return None
    if "\\" not in value:
        return value
    return re.sub(r"\\(.)", lambda found: _COPY_ESCAPED.get(found[1], found[1]), value)


def _columns_of(body: bytes) -> tuple[str, ...]:
    """The names of the columns in the body of a CREATE TABLE."""
    text, depth, parts = decoded(body), 0, list[list[str]]([[]])
    for piece in re.split(r"('(?:[^']|'')*'|[(),])", text):
        depth += (piece == "(") - (piece == ")")
        if depth < 0:
            break
        if piece == "," and not depth:
            parts.append([])
        else:
            parts[-1].append(piece)
    told = ("".join(part).strip() for part in parts)
    return tuple(_name(part.split()[0]) for part in told if part and not _NO_COLUMN.match(part))


def _names(listed: bytes) -> tuple[str, ...]:
    return tuple(_name(name) for name in decoded(listed).split(","))


def _name(written: str) -> str:
    return written.strip().strip('`"').lower()


def _word(name: bytes) -> str:
    return decoded(name).lower()


def _json(columns: tuple[str, ...], values: list[str | None]) -> bytes:
    return json_line(dict(zip(columns, values, strict=True)))

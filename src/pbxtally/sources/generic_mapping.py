"""The generic source's mapping: a TOML text that says which column is what. Checked whole, errors name the key."""

from __future__ import annotations

import codecs
import re
import tomllib
from collections.abc import Collection, Sequence
from collections.abc import Mapping as Table
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

from pbxtally.calls import Direction, Result
from pbxtally.errors import InvalidFieldError
from pbxtally.patterns import compile_pattern
from pbxtally.sources.generic_words import DIRECTIONS, LOCAL, MACHINE, RESULTS

FIELDS = {
    "start": "When the call, or this part of it, began. Needed. If date and time are in two columns, name both.",
    "answer": "When it was answered; empty or zero means never.",
    "end": "When it ended.",
    "duration": "From start to end.",
    "ring": "How long it rang.",
    "talk": "How long they talked.",
    "caller": "The caller's number, `Name <number>`, `Name (number)` or `sip:number@host`. Needed, or `other`.",
    "callee": "The called number, in the same forms. Needed, or `other`.",
    "caller_name": "The caller's name.",
    "callee_name": "The called party's name.",
    "caller_device": "The caller's phone or trunk; without such a column the direction tells.",
    "callee_device": "The phone or trunk that rang; without such a column the direction tells.",
    "own": "The phone that the row is about: the callee's for an inbound call, else the caller's. Needs `direction`. "
    "What does not match `device` is a service of the PBX.",
    "own_name": "The name of that phone's user.",
    "other_device": "With `own`: the phone at the other end of a local call. What does not match `device` is a "
    "machine of the PBX: if it answered, it was the called party's voicemail.",
    "other": "The number at the other end. Used with `own`, in place of `caller` and `callee`.",
    "other_name": "The name at the other end.",
    "dialled": "What was dialled, if not the callee.",
    "result": "How the call ended, in the words of `[results]`. Without it: answered if there is an answer or talk.",
    "direction": "Which side is an extension, in the words of `[directions]`.",
    "call": "What the rows of one call have in common; without it every row is a call.",
    "key": "What identifies a row; without it the whole row does.",
    "tenant": "The customer's word on a hosted switch; read only by `load --pbx`.",
}
"""What a column can be."""

KEYS = {
    "format": "`csv` (the default); `jsonl`: JSON objects, on lines or in an array; `xlsx`: the first visible sheet.",
    "header": "`true` (the default): the first row below any titles names the columns. `false`: numbers from 1.",
    "delimiter": "The separator of CSV cells: one character, `,` by default; `\\t` is a tab.",
    "encoding": "A character set such as `cp1252`. Without it UTF-8, or Latin-1 for a row that is not UTF-8.",
    "zone": "The zone of times that do not carry one; else `--timezone`, else the customer's.",
    "date": "`iso` (the default), `epoch-s`, `epoch-ms`, or a format such as `%d-%m-%Y %H:%M:%S`; or a list to try.",
    "device": "A regular expression for devices; its group, if it has one, is the device. What does not match is none. "
    "It may have up to three repeats (`*`, `+`, `{2,6}`), none of them of a group.",
    "machine": "A regular expression for `callee_device`: what matches is the PBX itself, such as a conference room or "
    "a parking lot, and rang nobody. It is voicemail if it has that word.",
    "fields": "A table: what each column is, see below.",
    "units": "A table: how `duration`, `ring` and `talk` are written: `s` (the default), `ms`, `min`, `d` (days), "
    "`hh:mm`, or `hh:mm:ss`, also `1:23`, `1m 23s`, `PT1M23S`.",
    "results": "A table: from the PBX's words for results to ours.",
    "directions": "A table: from the PBX's words for directions to `in`, `out` or `local`.",
    "skip": "A table: columns, each with the word, or list of words, that marks a row as no call.",
}
"""What a mapping may hold."""

LENGTHS = ("duration", "ring", "talk")
SEVERAL = ("key", "call", "start", "answer", "end", "result", "direction")
"""Fields that may be made of several columns, joined with a blank."""
UNITS = {"s": 1, "ms": 0.001, "min": 60, "d": 86_400, "hh:mm:ss": 1, "hh:mm": 60}
"""How lengths are written, and one unit of each in seconds; for clock faces, one unit of the last part."""
FORMATS = ("csv", "jsonl", "xlsx")
DATES = ("iso", "epoch-s", "epoch-ms")

RESULT_WORDS = {result.name.lower(): result for result in Result} | {"machine": MACHINE}
DIRECTION_WORDS = {"in": Direction.IN, "out": Direction.OUT, "local": LOCAL}

Column = str | int
"""A name in the heading, a path in a JSON object such as `caller.number`, or a place counted from 1."""


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping that has been checked."""

    format: str
    header: bool
    delimiter: str
    encoding: str
    zone: ZoneInfo | None
    dates: tuple[str, ...]
    device: re.Pattern[str] | None
    machine: re.Pattern[str] | None
    fields: Table[str, tuple[Column, ...]]
    units: Table[str, str]
    results: Table[str, int]
    directions: Table[str, int]
    skip: Table[Column, frozenset[str]]

    @property
    def has_heading(self) -> bool:
        """Whether the first row names the columns."""
        return self.header and self.format != "jsonl"


def mapping_of(text: str) -> Mapping:
    """Read a mapping; raises InvalidFieldError `layout…` that names the key and what would fit."""
    if not text.strip():
        _wrong("", "a mapping is needed that says which column is what: --layout @FILE; ./run map FILE proposes one")
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as why:
        _wrong("", f"neither a preset nor a mapping in TOML: {why}")
    _only("", given, KEYS)
    form = _one_of("format", given.get("format", "csv"), FORMATS)
    header = given.get("header", True)
    if not isinstance(header, bool):
        _wrong("header", "true or false was expected")
    named = header or form == "jsonl"
    fields = _fields(_table(given, "fields"), named)
    return Mapping(
        format=form,
        header=header,
        delimiter=_delimiter(given.get("delimiter", ",")),
        encoding=_encoding(given.get("encoding", "")),
        zone=_zone(given.get("zone")),
        dates=_dates(given.get("date", "iso")),
        device=_pattern("device", given.get("device"), "the device"),
        machine=_pattern("machine", given.get("machine"), "nothing"),
        fields=fields,
        units=_units(_table(given, "units"), fields),
        results={**RESULTS, **_words("results", _table(given, "results"), RESULT_WORDS)},
        directions={**DIRECTIONS, **_words("directions", _table(given, "directions"), DIRECTION_WORDS)},
        skip=_skip(_table(given, "skip"), named),
    )


def _wrong(key: str, description: str) -> NoReturn:
    raise InvalidFieldError(f"layout.{key}" if key else "layout", description)


def _only(where: str, given: Table[str, Any], known: Sequence[str] | Table[str, str]) -> None:
    for key in given:
        if key not in known:
            _wrong(where + key, f"there is no such key; known are {', '.join(known)}")


def _one_of(key: str, given: Any, known: Collection[str]) -> str:
    if given not in known:
        _wrong(key, f"{' or '.join(known)} was expected")
    assert isinstance(given, str)
    return given


def _table(given: dict[str, Any], key: str) -> dict[str, Any]:
    found = given.get(key, {})
    if not isinstance(found, dict):
        _wrong(key, f"a table was expected: [{key}]")
    return found


def _fields(given: dict[str, Any], named: bool) -> dict[str, tuple[Column, ...]]:
    _only("fields.", given, FIELDS)
    for field in needed(given):
        if field not in given:
            _wrong(f"fields.{field}", "a column is needed")
    for field in given if "other" in given else ():
        if field.startswith(("caller", "callee")):
            _wrong(f"fields.{field}", "the direction tells who called: say either own and other, or caller and callee")
    if not {"end", "duration", "talk"} & set(given):
        _wrong("fields.end", "a column is needed for one of end, duration and talk")
    if not {"result", "answer", "talk"} & set(given):
        _wrong("fields.result", "a column is needed for one of result, answer and talk")
    return {field: _columns(field, columns, named) for field, columns in given.items()}


def needed(fields: Collection[str]) -> tuple[str, ...]:
    """The fields that a mapping with these fields needs."""
    if "other" in fields:
        return ("start", "own", "other", "direction")
    return ("start", "caller", "callee", *(("direction",) if "own" in fields else ()))


def _columns(field: str, given: Any, named: bool) -> tuple[Column, ...]:
    columns = given if isinstance(given, list) else [given]
    if not columns or (len(columns) > 1 and field not in SEVERAL):
        _wrong(f"fields.{field}", "one column was expected")
    return tuple(_column(f"fields.{field}", column, named) for column in columns)


def _column(key: str, given: Any, named: bool) -> Column:
    if isinstance(given, int) and not isinstance(given, bool) and given >= 1:
        return given
    if not isinstance(given, str) or not given.strip():
        _wrong(key, "a column was expected: its name in quotes, or its place, from 1")
    if not named:
        _wrong(key, "with header = false a column is its place, a number from 1")
    return given.strip()


def _delimiter(given: Any) -> str:
    if not isinstance(given, str) or len(given) != 1 or given in '"\r\n':
        _wrong("delimiter", "one character was expected, such as ; or \\t")
    return given


def _encoding(given: Any) -> str:
    if given == "":
        return ""
    try:
        known = codecs.lookup(given).name if isinstance(given, str) else ""
        fits = bool(known) and "\n;1".encode(known) == b"\n;1"  # rows are split before they are decoded
    except (LookupError, UnicodeError):
        fits = False
    if not fits:
        _wrong("encoding", f"{given!r} is not a character set readable row by row, such as utf-8 or cp1252")
    return known


def _zone(given: Any) -> ZoneInfo | None:
    if given is None:
        return None
    try:
        return ZoneInfo(given)
    except (LookupError, ValueError, TypeError, OSError):
        _wrong("zone", f"{given!r} is not an IANA zone such as Europe/Copenhagen or UTC")


def _dates(given: Any) -> tuple[str, ...]:
    dates = tuple(given) if isinstance(given, list) else (given,)
    for one in dates or (None,):
        if not isinstance(one, str) or not (one in DATES or _is_date_format(one)):
            _wrong("date", f"{', '.join(DATES)} or a format such as %d-%m-%Y %H:%M:%S was expected, a zone in it as %z")
    return dates


def _is_date_format(given: str) -> bool:
    """Whether a day written in this format can be read back; %Z reads no zone but this machine's own."""
    if "%Z" in given:
        return False
    day = datetime(2020, 12, 31, 13, tzinfo=UTC)
    try:
        return datetime.strptime(day.strftime(given), given).date() == day.date()
    except (ValueError, re.error):
        return False


def _pattern(key: str, given: Any, group: str) -> re.Pattern[str] | None:
    return None if given is None else compile_pattern(f"layout.{key}", given, group)


def _units(given: dict[str, Any], fields: Table[str, Any]) -> dict[str, str]:
    _only("units.", given, LENGTHS)
    for field in given:
        if field not in fields:
            _wrong(f"units.{field}", f"fields.{field} names no column")
    return {field: _one_of(f"units.{field}", given.get(field, "s"), tuple(UNITS)) for field in LENGTHS}


def _words(key: str, given: dict[str, Any], known: Table[str, int]) -> dict[str, int]:
    return {
        word.strip().casefold(): known[_one_of(f'{key}."{word}"', ours, tuple(known))] for word, ours in given.items()
    }


def _skip(given: dict[str, Any], named: bool) -> dict[Column, frozenset[str]]:
    found: dict[Column, frozenset[str]] = {}
    for name, words in given.items():
        column = _column(f"skip.{name}", int(name) if name.isdecimal() and not named else name, named)
        listed = words if isinstance(words, list) else [words]
        if not all(isinstance(word, str) for word in listed):
            _wrong(f"skip.{name}", "a word in quotes, or a list of them, was expected")
        found[column] = frozenset(word.strip().casefold() for word in listed)
    return found

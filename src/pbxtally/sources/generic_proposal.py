"""A mapping proposed from the first rows of a file: by the words of its heading and the shapes of its values."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from statistics import median
from typing import Any

from pbxtally.calls import Result
from pbxtally.records import HEADING
from pbxtally.sources.generic_mapping import DIRECTION_WORDS, LENGTHS, NEEDED, RESULT_WORDS
from pbxtally.sources.generic_words import DIRECTIONS, RESULTS

SAMPLE = 200
"""Rows that a proposal is made from."""

HEADINGS: dict[str, str] = {
    "start": "start, start time, starttime, time start, starttid, starttidspunkt, startet, begyndt, calldate, "
    "call date, call time, call start, date time, datetime, timestamp, tidspunkt, dato og tid, started, start epoch, "
    "start stamp, time",
    "answer": "answer, answer time, answered at, answer stamp, answer epoch, time answered, besvaret kl, svartid",
    "end": "end, end time, endtime, ended, end stamp, end epoch, time end, hangup time, sluttid, sluttidspunkt, slut",
    "talk": "talk, talking, talk time, talk duration, talking time, billsec, billable seconds, billable, conversation, "
    "talk seconds, samtaletid, taletid, samtalelængde, samtalevarighed",
    "ring": "ring, ring time, ringing, ring duration, wait time, waitsec, ring seconds, ringetid, ventetid, kaldetid",
    "duration": "duration, call duration, total duration, length, total time, varighed, længde, total varighed",
    "caller": "caller, from, from no, source, src, src num, calling, calling number, calling party, caller number, "
    "caller id number, caller id, call from, a number, origin, fra, opkalder, kalder, a nummer, afsender, fra nummer, "
    "from number, from extension, caller extension",
    "callee": "callee, to, to no, destination, dst, dst num, called, called number, called party, callee number, "
    "destination number, call to, b number, til, modtager, kaldt, kaldt nummer, b nummer, til nummer, "
    "to number, to extension, callee extension",
    "caller_name": "caller name, caller id name, from name, from dispname, opkaldernavn, opkalders navn",
    "callee_name": "callee name, to name, called name, to dispname, modtagernavn, modtagers navn",
    "caller_device": "channel, src channel, src chan, caller device, from device, from dn",
    "callee_device": "dstchannel, dst channel, dst chan, callee device, to device, to dn",
    "dialled": "dialled, dialed, dialled number, dialed number, dial no, did, ddi, tastet, tastet nummer, hovednummer",
    "result": "result, status, disposition, call status, outcome, state, resultat, udfald, opkaldsstatus",
    "direction": "direction, call type, communication type, type, call direction, retning, opkaldstype, kaldstype",
    "call": "linkedid, linked id, call id, callid, session id, session, opkalds id, kald id, samtale id",
    "key": "uniqueid, unique id, cdr id, cdrid, record id, row id, rowid, leg id, uuid, id, post id, løbenummer",
}
"""What PBXs write above a column, in English and Danish."""

DAYS, CLOCKS = ("date", "dato", "dag", "day"), ("time", "tid", "klokken", "klokkeslæt", "clock", "kl")
"""Headings of a date and a time of day in columns of their own."""

DATE_FORMATS = (
    "%d-%m-%Y %H:%M:%S", "%d-%m-%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%m/%d/%Y %I:%M:%S %p", "%Y/%m/%d %H:%M:%S",
    "%d-%m-%Y %H.%M.%S", "%d-%m-%y %H:%M:%S", "%Y%m%d%H%M%S", "%Y%m%d %H%M%S", "%d %b %Y %H:%M:%S",
)  # fmt: skip

_NUMBER = re.compile(r"\+?\d{2,15}")
_FACE = re.compile(r"\d+:\d{2}(:\d{2})?")


class _Sample:
    """The first rows of a file, as columns with what stands above and in them."""

    def __init__(self, records: Sequence[bytes], is_workbook: bool) -> None:
        self.delimiter, self.encoding, self.header = "", "", True
        self.columns: dict[str | int, list[str]] = {}
        lines = [raw for raw in records[:SAMPLE] if raw.strip()]
        if is_workbook:
            self.format, rows = "xlsx", _below_titles([json.loads(raw) for raw in lines])
        else:
            texts = [line.removeprefix("\ufeff").rstrip("\r\n") for line in self._decoded(lines)]
            if texts and texts[0].lstrip().startswith("{"):
                self.format, self.columns = "jsonl", _paths(texts)
                return
            self.format = "csv"
            self.delimiter = max(",;\t|", key="".join(texts[:HEADING]).count)
            rows = _below_titles([cells for line in texts if (cells := _cells(line, self.delimiter))])
        names = [cell.strip() for cell in rows[0]] if rows else []
        self.header = bool(names) and not any(_is_value(cell) for cell in names)
        under = rows[1:] if self.header else rows
        self.columns = {
            name if self.header else place: [row[place - 1].strip() for row in under if len(row) >= place]
            for place, name in enumerate(names, start=1)
        }

    def _decoded(self, lines: Sequence[bytes]) -> list[str]:
        try:
            return [raw.decode() for raw in lines]
        except UnicodeDecodeError:
            self.encoding = "cp1252"
            return [raw.decode("cp1252", "replace") for raw in lines]


def _below_titles(rows: list[list[str]]) -> list[list[str]]:
    """The rows from the heading on: a title and the like, above it, fill few of its cells."""
    filled = [sum(bool(cell.strip()) for cell in row) for row in rows[:HEADING]]
    return rows[next((place for place, many in enumerate(filled) if 2 * many > max(filled)), 0) :]


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader((line,), delimiter=delimiter))
    except csv.Error:
        return []


def _paths(texts: Sequence[str]) -> dict[str | int, list[str]]:
    """The columns of JSON objects, by the paths to them."""
    found: dict[str | int, list[str]] = {}
    for one in texts:
        try:
            record = json.loads(one)
        except (ValueError, RecursionError):
            continue
        for path, value in _leaves("", record):
            found.setdefault(path, []).append("" if value is None else str(value))
    return found


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if parts is None:
        yield path, value
        return
    for name, part in parts:
        yield from _leaves(f"{path}.{name}" if path else str(name), part)


def _is_value(cell: str) -> bool:
    return bool(_NUMBER.fullmatch(cell.strip()) or _FACE.fullmatch(cell.strip()) or _date_of([cell.strip()]))


def proposal(records: Sequence[bytes], is_workbook: bool = False) -> str:
    """A mapping in TOML, with comments where somebody has to look."""
    sample = _Sample(records, is_workbook)
    fields = _by_heading(sample.columns) if sample.header else _by_shape(sample.columns)
    start = [" ".join(words) for words in zip(*(sample.columns[one] for one in fields.get("start", [])), strict=False)]
    date = _date_of(start)
    lines = ["# A proposal: look at each line, then try it with: load FILE --source generic --layout @THIS --check"]
    lines += [f'format = "{sample.format}"'] if sample.format != "csv" else []
    lines += ["header = false"] if not sample.header else []
    lines += [f"delimiter = {_quoted(sample.delimiter)}"] if sample.delimiter not in ("", ",") else []
    lines += [f'encoding = "{sample.encoding}"  # the file is not UTF-8'] if sample.encoding else []
    lines += ['# zone = "Europe/Copenhagen"  # else --timezone, else the customer\'s']
    lines += [_date_line(date, start), "", "[fields]", *_field_lines(fields, sample)]
    lines += _unit_lines(fields, sample)
    lines += _word_lines("results", _words(fields, "result", sample), RESULTS, RESULT_WORDS)
    lines += _word_lines("directions", _words(fields, "direction", sample), DIRECTIONS, DIRECTION_WORDS)
    return "\n".join(lines) + "\n"


def _plain(name: str | int) -> str:
    """A heading as `HEADINGS` has it: `callerNumber`, `Caller_Number` and `caller.number` are `caller number`."""
    parted = re.sub(r"(?<=[a-zæøå])(?=[A-ZÆØÅ])", " ", str(name))
    plain = re.sub(r"[^\w]+|_+", " ", parted).strip().casefold()
    return re.sub(r" (ms|msec|milliseconds|s|sec|secs)$", "", plain)


def _by_heading(columns: dict[str | int, list[str]]) -> dict[str, list[str | int]]:
    """Each field's column: the first heading of its list that is there."""
    plain = {_plain(name): name for name in reversed(list(columns))}
    found: dict[str, list[str | int]] = {}
    day, clock = (next((plain[word] for word in words if word in plain), None) for words in (DAYS, CLOCKS))
    if day is not None and clock is not None:
        found["start"] = [day, clock]
    elif day is not None and _date_of(columns[day]):
        found["start"] = [day]
    for field, words in HEADINGS.items():
        taken = [column for some in found.values() for column in some]
        known = [plain[word.strip()] for word in words.split(",") if word.strip() in plain]
        for column in known:
            if field not in found and column not in taken:
                found[field] = [column]
    if "key" in found and not _is_unique(columns[found["key"][0]]):
        again = found.pop("key")
        found.setdefault("call", again)
    return {field: found[field] for field in HEADINGS if field in found}


def _is_unique(values: Sequence[str]) -> bool:
    return bool(values) and len(set(values)) == len(values)


def _by_shape(columns: dict[str | int, list[str]]) -> dict[str, list[str | int]]:
    """Where no heading helps: the first dates are the start, the first two columns of numbers caller and callee."""
    found: dict[str, list[str | int]] = {}
    words = {"result": RESULTS, "direction": DIRECTIONS}
    for column, values in columns.items():
        some = [value for value in values if value]
        if not some:
            continue
        if _date_of(some):
            names: tuple[str, ...] = ("start", "answer", "end")
        elif all(_FACE.fullmatch(value) for value in some):
            names = ("duration", "talk")
        elif any(value.startswith("+") or len(value) >= 8 for value in some) and all(map(_NUMBER.fullmatch, some)):
            names = ("caller", "callee")
        else:
            names = tuple(name for name, known in words.items() if all(value.casefold() in known for value in some))
        for name in names:
            if name not in found:
                found[name] = [column]
                break
    return found


def _date_of(values: Sequence[str]) -> str:
    """The format all of some dates are in, or ""."""
    some = [value for value in values if value]
    if not some:
        return ""
    if all(re.fullmatch(r"1\d{9}(\.\d+)?", value) for value in some):
        return "epoch-s"
    if all(re.fullmatch(r"1\d{12}", value) for value in some):
        return "epoch-ms"
    if all("-" in value and _is_iso(value) for value in some):
        return "iso"
    return next((form for form in DATE_FORMATS if all(_fits(form, value) for value in some)), "")


def _is_iso(value: str) -> bool:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _fits(form: str, value: str) -> bool:
    try:
        datetime.strptime(value, form)
    except ValueError:
        return False
    return True


def _date_line(date: str, start: Sequence[str]) -> str:
    if not date:
        example = f", as {_quoted(start[0])} is written" if start else ""
        return f'# date = "%d-%m-%Y %H:%M:%S"  # say the format{example}'
    could_be_american = date.startswith("%d/") and all(_fits("%m/%d" + date[5:], value) for value in start if value)
    return f'date = "{date}"' + ("  # or is the month first? then %m/%d" if could_be_american else "")


def _field_lines(fields: dict[str, list[str | int]], sample: _Sample) -> Iterator[str]:
    for field, columns in fields.items():
        example = next((value for value in sample.columns[columns[0]] if value), "")
        said = ", ".join(_quoted(column) for column in columns)
        yield f"{field} = {f'[{said}]' if len(columns) > 1 else said}" + (
            f"  # {_one_line(example)}" if example else ""
        )
    for field in NEEDED:
        if field not in fields:
            yield f"# {field} =  # needed: which column is it?"
    if not {"end", "duration", "talk"} & set(fields):
        yield "# duration =  # needed: a column for one of end, duration and talk"
    if not {"result", "answer", "talk"} & set(fields):
        yield "# result =  # needed: a column for one of result, answer and talk"
    taken = {column for columns in fields.values() for column in columns}
    left = [_one_line(str(column)) for column in sample.columns if column not in taken]
    if left:
        yield f"# not used: {', '.join(left)}"


def _unit_lines(fields: dict[str, list[str | int]], sample: _Sample) -> Iterator[str]:
    units = {
        field: _unit(str(fields[field][0]), sample.columns[fields[field][0]]) for field in LENGTHS if field in fields
    }
    if units:
        yield "\n[units]"
        yield from (f'{field} = "{unit}"' for field, unit in units.items())


def _unit(name: str, values: Sequence[str]) -> str:
    if any(":" in value for value in values):
        return "hh:mm:ss"
    lengths = [float(value) for value in values if re.fullmatch(r"\d+(\.\d+)?", value) and float(value)]
    in_ms = re.search(r"(?i)(?<![a-z])ms$|(?-i:(?<=[a-z])M[sS]$)|msec$|milliseconds$", name) or (
        lengths and median(lengths) >= 10_000
    )
    return "ms" if in_ms else "s"


def _words(fields: dict[str, list[str | int]], field: str, sample: _Sample) -> list[str]:
    return list(dict.fromkeys(sample.columns[fields[field][0]])) if field in fields else []


def _word_lines(table: str, words: Sequence[str], known: dict[str, int], ours: dict[str, Any]) -> Iterator[str]:
    if not words:
        return
    names = {value: name for name, value in ours.items()}
    yield f"\n[{table}]"
    for word in words[:20]:
        found = known.get(word.casefold())
        if found is None:
            yield f'# {_quoted(word)} = ""  # one of {", ".join(ours)}'
        else:
            yield f'{_quoted(word)} = "{names[found if table == "directions" else Result(found)]}"'


def _quoted(value: str | int) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else str(value)


def _one_line(value: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in value[:60])

"""Asterisk: cdr_csv's `Master.csv` (16 to 21 columns), cdr_custom's 19 columns, and the JSON lines of Asterisk 22.

The shapes are told apart line by line. Times are written in the PBX's own zone, or UTC with `usegmtime`; `uniqueid`
begins with the epoch second of the channel, which settles the doubled hour and lets the intake check the zone.

What a row says is not what people think it says:
- `dst` is what was dialled; the phone that rang is in `dstchannel`.
- A row without `dstchannel` is no ringing phone: it is the rest of the dial plan, an announcement, voicemail, or (after
  Dial) a phone that could not be reached, whose name is in `lastdata`.
- `Local/…;1` and `Local/…;2` are the two ends of an internal wire.
- `disposition` wins over `billsec`: behind Answer() an unanswered row has talk seconds.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from pbxtally.calls import SERVICE, Leg, Result, Via
from pbxtally.intervals import instants_ms
from pbxtally.records import MANY_BYTES, Reading, Rejected, text

RESULTS = {
    "ANSWERED": Result.ANSWERED,
    "NO ANSWER": Result.UNANSWERED,  # rang out, given up or declined: the rows around it tell
    "BUSY": Result.BUSY,
    "FAILED": Result.FAILED,
    "CONGESTION": Result.FAILED,
}
VOICEMAIL_APPS = {"voicemail", "vm", "minivmrecord"}
DIAL_APPS = {"dial", "queue", "followme", "page"}

COLUMNS = (
    "accountcode src dst dcontext clid channel dstchannel lastapp lastdata start answer end duration billsec "
    "disposition amaflags uniqueid userfield peeraccount linkedid sequence"
).split()
"""cdr_csv's columns; `_cells` gives every shape in this order."""

CUSTOM_COLUMNS = (
    "clid src dst dcontext channel dstchannel lastapp lastdata start answer end duration billsec "
    "disposition amaflags accountcode uniqueid userfield sequence"
).split()

_ANSWERED, _DEVICE = Result.ANSWERED, Via.DEVICE  # looked up once: an enum's members are dear to look up for every row
_FROM_CUSTOM = [CUSTOM_COLUMNS.index(name) if name in CUSTOM_COLUMNS else len(CUSTOM_COLUMNS) for name in COLUMNS]
_UNIQUEID = re.compile(r"(?:.*-)?(\d{9,10})\.\d+")
_HEX = frozenset("0123456789abcdef")


class _UnusableError(Exception):
    """Why a record is rejected; the text is for the operator."""


def read(lines: Iterable[bytes], reading: Reading) -> Iterator[Leg | Rejected]:
    """Yield one leg, or the reason why not, for every line that is not blank."""
    clock = _Clock(reading.zone)
    before = b""
    for number, raw in enumerate(lines, start=1):
        if raw.isspace() or not raw:
            continue
        try:
            if raw[-1:] != b"\n":
                _check_whole(raw, before)
            yield _leg(_cells(raw), clock)
            before = raw
        except _UnusableError as why:
            yield Rejected(number, str(why), raw[:MANY_BYTES])


def _check_whole(raw: bytes, before: bytes) -> None:
    """Refuse a last line without an end that was cut off where it still looks like a row.

    A whole one has the columns of the line before it, 21 if it is alone, and no shorter sequence number at its end.
    """
    line, model = _line(raw), _line(before)
    if line[:1] == "{" or line.count('"') % 2:
        return
    columns = len(_split(model)) if model else len(COLUMNS)
    if len(_split(line)) != columns or len(line.rpartition(",")[2]) < len(model.rpartition(",")[2]):
        raise _UnusableError("the line has no end; is the file cut off?")


def _cells(raw: bytes) -> list[str]:
    """The record's 21 words, whatever shape it came in; "" where it does not say."""
    line = _line(raw)
    return _json_cells(line) if line[:1] == "{" else _csv_cells(line)


def _csv_cells(line: str) -> list[str]:
    if line.count('"') % 2:
        raise _UnusableError("a quote is open at the end of the line; is the file cut off?")
    cells = _split(line)
    many = len(cells)
    if many == 21:
        return cells
    if many == len(CUSTOM_COLUMNS) and "<" in cells[0]:
        cells.append("")
        return [cells[place] for place in _FROM_CUSTOM]
    if not 16 <= many <= 21:
        raise _UnusableError(f"{many} columns; Asterisk writes 16 to 21")
    if many == 17 and not _UNIQUEID.fullmatch(cells[16]):
        cells.insert(16, "")
    return cells + [""] * (21 - len(cells))


def _split(line: str) -> list[str]:
    try:
        return next(csv.reader((line,), strict=True))
    except csv.Error as why:
        raise _UnusableError(f"not a CSV line: {why}") from None


def _line(raw: bytes) -> str:
    if len(raw) > MANY_BYTES:
        raise _UnusableError(f"the line is longer than {MANY_BYTES} bytes")
    if b"\0" in raw:
        raise _UnusableError("not text: the line holds a NUL byte")
    try:
        line = raw.decode()
    except UnicodeDecodeError:
        line = raw.decode("latin-1")
    return line.removeprefix("\ufeff").rstrip("\r\n")


def _json_cells(line: str) -> list[str]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        raise _UnusableError("not JSON; is the line cut off?") from None
    if not isinstance(row, dict) or "channel" not in row or "disposition" not in row:
        raise _UnusableError("not a CDR: an object with channel and disposition was expected")
    words = ("" if row.get(name) is None else str(row[name]) for name in COLUMNS)
    return [word if word.isascii() else word.encode("utf-8", "replace").decode() for word in words]


def _leg(cells: list[str], clock: _Clock) -> Leg:
    (
        _, src, dst, _, clid, channel, dstchannel, app, data, start, answer, end, duration, billsec,
        disposition, _, uniqueid, _, _, linkedid, sequence,
    ) = cells  # fmt: skip
    result = RESULTS.get(disposition.upper())
    if result is None:
        raise _UnusableError(f"unknown disposition {disposition[:40]!r}; known are {', '.join(RESULTS)}")
    epoch_ms = _epoch_ms(uniqueid)
    duration_ms = int(duration) * 1000 if duration.isdecimal() and len(duration) < 9 else _part("duration", duration)
    talk_ms = int(billsec) * 1000 if billsec.isdecimal() and len(billsec) < 9 else _part("billsec", billsec)
    started_ms = clock.at("start", start, epoch_ms)
    if started_ms is None:
        raise _UnusableError("start is empty")
    ended_ms = clock.at("end", end, started_ms + duration_ms)
    if ended_ms is None:
        ended_ms = started_ms + duration_ms
    answered_ms = clock.at("answer", answer, ended_ms - talk_ms)
    if not started_ms <= (answered_ms or started_ms) <= ended_ms:
        raise _UnusableError("impossible times: start, answer and end are not in this order")
    via, result, device = _far_end(dstchannel, app.lower(), data, result)
    if not linkedid and channel.startswith("Local/"):
        via = Via.MACHINE  # without linkedid nothing ties this end to the other, which stands for both
    if result != _ANSWERED or answered_ms is None:
        answered_ms, ring_ms, talk_ms = None, duration_ms, 0
    else:
        ring_ms = answered_ms - started_ms
    if uniqueid and sequence:
        key = f"{uniqueid} {sequence}"
    else:  # uniqueid alone repeats within a call
        key = " ".join((uniqueid or channel, dstchannel, start, app, data))
    return Leg(
        key,
        linkedid or uniqueid or f"{channel} {start[:10]}",
        started_ms,
        ended_ms,
        answered_ms,
        ring_ms,
        talk_ms,
        via,
        result,
        text(src, "number"),
        text(_name(clid), "name"),
        device_of(channel),
        _wire(channel) if channel[:6] == "Local/" else "",
        "",
        "",
        device,
        _wire(dstchannel) if dstchannel[:6] == "Local/" else "",
        text(dst, "number"),
        _ring_limit_ms(app, data),
        "",
        epoch_ms,
        text(f"{disposition} {app}({data})", "words"),
    )


def _epoch_ms(uniqueid: str) -> int | None:
    """When the channel was made; its uniqueid begins so, behind the name of the system if that has one."""
    seconds = uniqueid.partition(".")[0].rpartition("-")[2]
    return int(seconds) * 1000 if seconds.isdecimal() and 9 <= len(seconds) <= 10 else None


def _name(clid: str) -> str:
    """The name in `"Name" <number>`."""
    name, bracket, _ = clid.rpartition("<")
    return name.strip().strip('"') if bracket else ""


def _far_end(dstchannel: str, app: str, data: str, result: Result) -> tuple[Via, Result, str]:
    """What the leg led to, how it ended, and the device rung."""
    if dstchannel.startswith("Local/"):
        return Via.WIRE, result, text(dstchannel[6:].split("@")[0], "number")
    if dstchannel:
        return _DEVICE, result, device_of(dstchannel)
    if app in VOICEMAIL_APPS:
        return Via.VOICEMAIL, result, ""
    if app == "dial" and result in (Result.FAILED, Result.BUSY):
        devices = {dialled_device(target) for target in data.split(",")[0].split("&")}
        result = Result.UNREACHABLE if result == Result.FAILED else result
        return _DEVICE, result, devices.pop() if len(devices) == 1 else SERVICE
    return Via.MACHINE, result, ""


def device_of(channel: str) -> str:
    """The device behind a channel name: `PJSIP/107-00000022` is 107, `DAHDI/i1/4599-3` is i1; a wire has none."""
    if channel[-9:-8] == "-":
        return _device(channel[:-9])
    name, dash, count = channel.rpartition("-")
    return _device(name if dash and _HEX.issuperset(count.removesuffix("<ZOMBIE>")) else channel)


@lru_cache(maxsize=65_536)
def _device(name: str) -> str:
    name = name.removesuffix("<ZOMBIE>").removeprefix("AsyncGoto/").removeprefix("Transfered/")
    return "" if name.startswith("Local/") or "/" not in name else text(name.split("/")[1], "number")


def dialled_device(target: str) -> str:
    """The device behind a Dial() argument: `PJSIP/105`, `PJSIP/trunk/sip:45@host`, `SIP/4599@trunk`."""
    if target.startswith("Local/"):
        return target[6:].split("@")[0]
    device = target.split("/")[1] if "/" in target else ""
    return text(device.split("@")[-1], "number")


def _wire(channel: str) -> str:
    """What both ends of a Local channel share, or ""."""
    return channel[:-2] if channel.endswith((";1", ";2")) else ""


def _ring_limit_ms(app: str, data: str) -> int | None:
    """How long Dial() was told to ring; a queue's own limit is not in the record."""
    if app != "Dial":
        return None
    seconds = data.replace("|", ",").partition(",")[2].partition(",")[0]
    return int(seconds) * 1000 if seconds.isdecimal() and len(seconds) <= 5 else None


def _part(name: str, seconds: str) -> int:
    """Milliseconds of a number of seconds with a fraction, or none at all."""
    try:
        value = float(seconds or 0)
    except ValueError:
        raise _UnusableError(f"{name} is not a number") from None
    if not 0 <= value < 10**8:
        raise _UnusableError(f"{name} is not a number of seconds")
    return round(value * 1000)


_SECONDS = {f":{second:02}": second * 1000 for second in range(60)}


class _Clock:
    """The PBX's clock: from what it wrote to UTC milliseconds."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._minutes: dict[str, int] = {}  # those that the clock shows once

    def at(self, name: str, written: str, near_ms: int | None) -> int | None:
        """A clock time or an epoch; None if empty. In a doubled hour the instant nearest to `near_ms`."""
        if not written:
            return None
        second_ms = _SECONDS.get(written[16:])
        minute_ms = self._minutes.get(written[:16])
        if second_ms is not None and minute_ms is not None:
            return minute_ms + second_ms
        if second_ms is None:
            return _epoch(name, written)
        first, last = self._minute(name, written[:16])
        if near_ms is None or abs(first + second_ms - near_ms) <= abs(last + second_ms - near_ms):
            return first + second_ms
        return last + second_ms

    def _minute(self, name: str, stamp: str) -> tuple[int, int]:
        try:
            first, last = instants_ms(self._zone, datetime.strptime(stamp, "%Y-%m-%d %H:%M"))
        except ValueError:
            raise _UnusableError(f"{name} is no time; expected YYYY-MM-DD HH:MM:SS or epoch seconds") from None
        if first == last:
            if len(self._minutes) > 100_000:
                self._minutes.clear()
            self._minutes[stamp] = first
        return first, last


def _epoch(name: str, written: str) -> int | None:
    try:
        epoch = float(written)
    except ValueError:
        raise _UnusableError(f"{name} is no time; expected YYYY-MM-DD HH:MM:SS or epoch seconds") from None
    if epoch == 0:
        return None
    if not 0 < epoch < 2**33:
        raise _UnusableError(f"{name} is no time")
    return round(epoch * 1000)

"""Asterisk: cdr_csv's `Master.csv` (16 to 21 columns), cdr_custom's 19 columns, and the JSON lines of Asterisk 22.

The shapes are told apart line by line. Times are written in the PBX's own zone, or UTC with `usegmtime`; `uniqueid` begins
with the epoch second of the channel, which settles the doubled hour and lets the intake check the zone.

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
from typing import Any
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

CSV_COLUMNS = (
    "accountcode src dst dcontext clid channel dstchannel lastapp lastdata start answer end duration billsec "
    "disposition amaflags uniqueid userfield peeraccount linkedid sequence"
).split()
CUSTOM_COLUMNS = (
    "clid src dst dcontext channel dstchannel lastapp lastdata start answer end duration billsec "
    "disposition amaflags accountcode uniqueid userfield sequence"
).split()

_UNIQUEID = re.compile(r"(?:.*-)?(\d{9,10})\.\d+")
_STAMP = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
_NAME = re.compile(r'\s*"?(.*?)"?\s*<[^>]*>\s*')
_CALL_SUFFIX = re.compile(r"-[0-9a-f]+$")


class _UnusableError(Exception):
    """Why a record is rejected; the text is for the operator."""


def read(lines: Iterable[bytes], reading: Reading) -> Iterator[Leg | Rejected]:
    """Yield one leg, or the reason why not, for every line that is not blank."""
    for number, raw in enumerate(lines, start=1):
        if raw.isspace() or not raw:
            continue
        try:
            yield _leg(_row(raw), reading.zone)
        except _UnusableError as why:
            yield Rejected(number, str(why), raw[:MANY_BYTES])


def _row(raw: bytes) -> dict[str, Any]:
    """The record's words by their Asterisk names, whatever shape it came in."""
    if len(raw) > MANY_BYTES:
        raise _UnusableError(f"the line is longer than {MANY_BYTES} bytes")
    if b"\0" in raw:
        raise _UnusableError("not text: the line holds a NUL byte")
    try:
        line = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        line = raw.decode("latin-1")
    line = line.rstrip("\r\n")
    if line.startswith("{"):
        return _json_row(line)
    if line.count('"') % 2:
        raise _UnusableError("a quote is open at the end of the line; is the file cut off?")
    try:
        cells = next(csv.reader((line,), strict=True))
    except csv.Error as why:
        raise _UnusableError(f"not a CSV line: {why}") from None
    if len(cells) == len(CUSTOM_COLUMNS) and "<" in cells[0]:
        return dict(zip(CUSTOM_COLUMNS, cells, strict=True))
    if not 16 <= len(cells) <= 21:
        raise _UnusableError(f"{len(cells)} columns; Asterisk writes 16 to 21")
    row = dict(zip(CSV_COLUMNS, cells, strict=False))
    if len(cells) == 17 and not _UNIQUEID.fullmatch(cells[16]):
        row["userfield"] = row.pop("uniqueid")
    return row


def _json_row(line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        raise _UnusableError("not JSON; is the line cut off?") from None
    if not isinstance(row, dict) or "channel" not in row or "disposition" not in row:
        raise _UnusableError("not a CDR: an object with channel and disposition was expected")
    return {str(name).lower(): value for name, value in row.items() if value is not None}


def _leg(row: dict[str, Any], zone: ZoneInfo) -> Leg:
    disposition = str(row["disposition"]).upper()
    result = RESULTS.get(disposition)
    if result is None:
        raise _UnusableError(f"unknown disposition {disposition[:40]!r}; known are {', '.join(RESULTS)}")
    uniqueid = str(row.get("uniqueid", ""))
    found = _UNIQUEID.fullmatch(uniqueid)
    epoch_ms = int(found[1]) * 1000 if found else None
    duration_ms, talk_ms = _milliseconds(row, "duration"), _milliseconds(row, "billsec")
    started_ms = _moment(row, "start", zone, epoch_ms)
    if started_ms is None:
        raise _UnusableError("start is empty")
    ended_ms = _moment(row, "end", zone, started_ms + duration_ms)
    ended_ms = started_ms + duration_ms if ended_ms is None else ended_ms
    answered_ms = _moment(row, "answer", zone, ended_ms - talk_ms)
    if not started_ms <= (answered_ms or started_ms) <= ended_ms:
        raise _UnusableError("impossible times: start, answer and end are not in this order")
    channel, dstchannel = str(row["channel"]), str(row.get("dstchannel", ""))
    app, data = str(row.get("lastapp", "")), str(row.get("lastdata", ""))
    via, result, device = _far_end(dstchannel, app.lower(), data, result)
    linked = str(row.get("linkedid", ""))
    if not linked and channel.startswith("Local/"):
        via = Via.MACHINE  # without linkedid nothing ties this end to the other, which stands for both
    answered = result == Result.ANSWERED and answered_ms is not None
    return Leg(
        key=_key(row, uniqueid, dstchannel, app, data),
        call=linked or uniqueid or channel,
        started_ms=started_ms,
        ended_ms=ended_ms,
        answered_ms=answered_ms if answered else None,
        ring_ms=(answered_ms or started_ms) - started_ms if answered else duration_ms,
        talk_ms=talk_ms if answered else 0,
        via=via,
        result=result,
        caller_number=text(str(row.get("src", "")), "number"),
        caller_name=_caller_name(row),
        caller_device=device_of(channel),
        caller_wire=_wire(channel),
        callee_device=device,
        callee_wire=_wire(dstchannel),
        dialled=text(str(row.get("dst", "")), "number"),
        ring_limit_ms=_ring_limit_ms(app, data),
        epoch_ms=epoch_ms,
        words=text(f"{disposition} {app}({data})", "words"),
    )


def _key(row: dict[str, Any], uniqueid: str, dstchannel: str, app: str, data: str) -> str:
    """What no other row has; uniqueid alone repeats within a call."""
    if uniqueid and str(row.get("sequence", "")):
        return f"{uniqueid} {row['sequence']}"
    return " ".join((uniqueid or str(row["channel"]), dstchannel, str(row["start"]), app, data))


def _caller_name(row: dict[str, Any]) -> str:
    found = _NAME.fullmatch(str(row.get("clid", "")))
    return text(found[1], "name") if found else ""


def _far_end(dstchannel: str, app: str, data: str, result: Result) -> tuple[Via, Result, str]:
    """What the leg led to, how it ended, and the device rung."""
    if dstchannel.startswith("Local/"):
        return Via.WIRE, result, dstchannel[6:].split("@")[0]
    if dstchannel:
        return Via.DEVICE, result, device_of(dstchannel)
    if app in VOICEMAIL_APPS:
        return Via.VOICEMAIL, result, ""
    if app == "dial" and result in (Result.FAILED, Result.BUSY):
        targets = data.split(",")[0].split("&")
        result = Result.UNREACHABLE if result == Result.FAILED else result
        return Via.DEVICE, result, dialled_device(targets[0]) if len(targets) == 1 else SERVICE
    return Via.MACHINE, result, ""


@lru_cache(maxsize=65_536)
def device_of(channel: str) -> str:
    """The device behind a channel name: `PJSIP/107-00000022` is 107, `DAHDI/i1/4599-3` is i1; a wire has none."""
    channel = channel.removesuffix("<ZOMBIE>").removeprefix("AsyncGoto/").removeprefix("Transfered/")
    if channel.startswith("Local/") or "/" not in channel:
        return ""
    name = channel.split("/", 1)[1]
    return text(_CALL_SUFFIX.sub("", name).split("/", 1)[0], "number")


def dialled_device(target: str) -> str:
    """The device behind a Dial() argument: `PJSIP/105`, `PJSIP/trunk/sip:45@host`, `SIP/4599@trunk`."""
    if target.startswith("Local/"):
        return target[6:].split("@")[0]
    device = target.split("/")[1] if "/" in target else ""
    return text(device.split("@")[-1], "number")


def _wire(channel: str) -> str:
    """What both ends of a Local channel share, or ""."""
    if channel.startswith("Local/") and channel.endswith((";1", ";2")):
        return channel[:-2]
    return ""


@lru_cache(maxsize=4096)
def _ring_limit_ms(app: str, data: str) -> int | None:
    """How long Dial() was told to ring; a queue's own limit is not in the record."""
    parts = data.replace("|", ",").split(",")
    if app == "Dial" and len(parts) > 1 and re.fullmatch(r"\d{1,5}", parts[1]):
        return int(parts[1]) * 1000
    return None


def _milliseconds(row: dict[str, Any], name: str) -> int:
    try:
        value = float(row.get(name) or 0)
    except (TypeError, ValueError):
        raise _UnusableError(f"{name} is not a number") from None
    if not 0 <= value < 10**8:
        raise _UnusableError(f"{name} is not a number of seconds")
    return round(value * 1000)


def _moment(row: dict[str, Any], name: str, zone: ZoneInfo, near_ms: int | None) -> int | None:
    """UTC milliseconds of a clock time or an epoch; None if empty. In a doubled hour the one nearest to `near_ms`."""
    value = row.get(name)
    if not value:
        return None
    if isinstance(value, str) and _STAMP.fullmatch(value):
        try:
            first, last = _minute(value[:16], zone)
        except ValueError:
            raise _UnusableError(f"{name} is no time: {value}") from None
        within = int(value[17:19]) * 1000
        if first == last or near_ms is None or abs(first + within - near_ms) <= abs(last + within - near_ms):
            return first + within
        return last + within
    try:
        epoch = float(value)
    except (TypeError, ValueError):
        raise _UnusableError(f"{name} is no time; expected YYYY-MM-DD HH:MM:SS or epoch seconds") from None
    if epoch == 0:
        return None
    if not 0 < epoch < 2**33:
        raise _UnusableError(f"{name} is no time")
    return round(epoch * 1000)


@lru_cache(maxsize=65_536)
def _minute(stamp: str, zone: ZoneInfo) -> tuple[int, int]:
    return instants_ms(zone, datetime.strptime(stamp, "%Y-%m-%d %H:%M"))

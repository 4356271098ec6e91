"""Yeastar: NewCdr reports of S-Series, K2 and Cloud PBX; event 30012 and the CDR list of P-Series, as JSON objects.

A report is a call as it ended; a call may give several. The PBX answers for a queue at once: `agentringtime` then says
how long its agents rang. The names of members have several spellings, some of them typos.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any
from zoneinfo import ZoneInfo

from pbxtally.calls import SERVICE, Leg, Result, Via
from pbxtally.column_aliases import aliases_of
from pbxtally.csv_json import from_json
from pbxtally.errors import InvalidFieldError
from pbxtally.intervals import face_ms
from pbxtally.records import MANY_BYTES, Reading, Rejected, no_time, text

STATUSES = {
    "ANSWERED": Result.ANSWERED,
    "ANSWERD": Result.ANSWERED,
    "NO ANSWER": Result.UNANSWERED,
    "NO ANSWERED": Result.UNANSWERED,
    "BUSY": Result.BUSY,
    "FAILED": Result.FAILED,
    "VOICEMAIL": Result.VOICEMAIL,
    "ABANDONED": Result.GAVE_UP,
}
REASONS = {"src hangup": Result.GAVE_UP, "dst hangup": Result.RANG_OUT}
"""Who ended an unanswered call, where the CDR list says so; any other word says nothing."""

TYPES = {"INTERNAL", "INBOUND", "OUTBOUND", "TRANSFER"}
P_SERIES_CDR = "30012"

MEMBERS = {
    "callid": ("callid", "call_id", "cdrid"),
    "timestart": ("timestart", "time_start", "timestamp"),
    "callfrom": ("callfrom", "call_from", "call_from_number"),
    "callto": ("callto", "call_to", "call_to_number"),
    "callduration": ("callduraction", "call_duration", "callduration", "duration"),
    "talkduration": ("talkduraction", "talk_duration", "talkduration"),
    "ringduration": ("ring_duration",),
    "srctrunkname": ("srctrunkname", "src_trunk_name", "src_trunk"),
    "dsttrunkname": ("desttrunkname", "dsttrcunkname", "dst_trunk_name", "dsttrunkname", "dst_trunk"),
    "didnumber": ("didnumber", "did_number"),
    "agentringtime": ("agentringtime", "agent_ring_time"),
    "status": ("status", "disposition"),
    "type": ("type", "call_type"),
    "reason": ("reason",),
    "sn": ("sn",),
}
"""How models spell the members, in some cases with the CDR list's name last; the first that is there counts."""

NEEDED = ("callid", "timestart", "callfrom", "callto")
NEEDED_FROM_OUTSIDE = ("callid", "timestart", "callto")
"""An outside caller may withhold the number."""

MACHINES = re.compile(r"(?:IVR|Queue|Play Prompt|Satisfaction Survey)\b")
"""What P-Series writes first before the number of a part of the PBX: `Queue Sales<6400>`."""

MAILBOXES = re.compile(r"Voicemail\b")
"""The same before a number whose voicemail took the call."""

FEATURE_CODES = ("*", "#")
"""How numbers begin that a phone dials to make the PBX do something."""

_ALIASES = aliases_of(MEMBERS)

# An enum's members are expensive to look up for every row.
_ANSWERED, _UNANSWERED, _DEVICE = Result.ANSWERED, Result.UNANSWERED, Via.DEVICE

_CALLID = re.compile(r"(\d{9,10})\.\d+")
_NAMED = re.compile(r"(.*)<(.+)>")


class _UnusableError(Exception):
    """Why a record is rejected; the text names the member and what was expected."""


def read(records: Iterable[bytes], reading: Reading) -> Iterator[Leg | Rejected]:
    """Yield one leg, or the reason why not, for every object that is not blank."""
    services = services_of(reading.layout)
    for number, raw in enumerate(records, start=1):
        if raw.isspace() or not raw:
            continue
        try:
            yield _leg(_words(raw), reading.zone, services)
        except _UnusableError as why:
            yield Rejected(number, str(why), raw[:MANY_BYTES])


def services_of(layout: str) -> frozenset[str]:
    """`service=6700 service=6300`: the numbers of queues, ring groups and menus. Raises InvalidFieldError."""
    found = set()
    for word in layout.replace(",", " ").split():
        name, _, number = word.partition("=")
        if name != "service" or not number:
            raise InvalidFieldError("layout", f"{word!r} is not known; use service=NUMBER for a queue or a ring group")
        found.add(number)
    return frozenset(found)


def _words(raw: bytes) -> dict[str, str]:
    """The report's members under the names of MEMBERS; "" where it says nothing."""
    report = _object(raw)
    if isinstance(report.get("msg"), str | dict):
        kind = str(report.get("type", ""))
        if kind != P_SERIES_CDR:
            raise _UnusableError(f"type: event {kind[:20]} is not a CDR; only {P_SERIES_CDR} is")
        inside = report["msg"] if isinstance(report["msg"], dict) else _object(report["msg"].encode("utf-8", "replace"))
        report = {**inside, "sn": report.get("sn", "")}
    event = report.get("event") or report.get("action") or "NewCdr"
    if event != "NewCdr":
        raise _UnusableError(f"event: {str(event)[:40]!r} is not a CDR; only NewCdr is")
    silent, told = _ALIASES(tuple(report))
    return silent | {ours: _word(theirs[0], report[theirs[0]]) for ours, theirs in told}


def _object(raw: bytes) -> dict[str, Any]:
    if len(raw) > MANY_BYTES:
        raise _UnusableError(f"the object is longer than {MANY_BYTES} bytes")
    try:
        record = from_json(raw.decode().removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        raise _UnusableError("not JSON; is the object cut off?") from None
    if not isinstance(record, dict):
        raise _UnusableError("not a CDR: an object was expected")
    return record


def _word(name: str, value: object) -> str:
    if isinstance(value, str):
        return text(value.strip(), "words")
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, int):
        raise _UnusableError(f"{name}: a text or a number was expected")
    return text(str(value), "words")


def _leg(words: dict[str, str], zone: ZoneInfo, services: frozenset[str]) -> Leg:
    kind = words["type"].upper()
    is_from_outside = kind == "INBOUND" or bool(words["srctrunkname"])
    needed = NEEDED_FROM_OUTSIDE if is_from_outside else NEEDED
    if not all(map(words.get, needed)):
        raise _UnusableError(f"{next(name for name in needed if not words[name])} is missing or empty")
    result = STATUSES.get(words["status"].upper())
    if result is None:
        raise _UnusableError(f"status: unknown word {words['status'][:40]!r}; known are {', '.join(STATUSES)}")
    if kind not in TYPES:
        raise _UnusableError(f"type: unknown word {words['type'][:40]!r}; known are {', '.join(sorted(TYPES))}")
    epoch_ms = _epoch_ms(words["callid"])
    started_ms = _started_ms(words["timestart"], zone, epoch_ms)
    talk_ms = _length_ms(words, "talkduration")
    length_ms = _length_ms(words, "callduration") or _length_ms(words, "ringduration") + talk_ms
    if talk_ms > length_ms:
        raise _UnusableError("impossible times: it talked longer than the whole call")
    ring_ms = length_ms - talk_ms if result == Result.VOICEMAIL else length_ms  # its talk is the message
    taken = result == _ANSWERED
    if taken:
        ring_ms = max(length_ms - talk_ms, min(_length_ms(words, "agentringtime"), length_ms))
    caller_name, caller = _party(words["callfrom"])
    callee_name, callee = _party(words["callto"])
    is_to_outside = kind == "OUTBOUND" or bool(words["dsttrunkname"])
    via = _DEVICE if is_to_outside else _led_to(words["callto"], callee, kind, services)
    if result == _UNANSWERED:
        result = REASONS.get(words["reason"].lower(), result)
    return Leg(
        key=" ".join((words["sn"], words["callid"], words["callfrom"], words["callto"], words["timestart"])).strip(),
        call=f"{words['sn']} {words['callid']}".strip(),
        started_ms=started_ms,
        ended_ms=started_ms + length_ms,
        answered_ms=started_ms + ring_ms if taken else None,
        ring_ms=ring_ms,
        talk_ms=length_ms - ring_ms if taken else 0,
        via=via,
        result=result,
        caller_number=text(caller, "number"),
        caller_name=text(caller_name, "name"),
        caller_device=_device(caller, words["srctrunkname"], services, is_outside=is_from_outside),
        callee_name=text(callee_name, "name"),
        callee_device=_device(callee, words["dsttrunkname"], services, is_outside=is_to_outside),
        dialled=text(words["didnumber"] if is_from_outside and words["didnumber"] else callee, "number"),
        epoch_ms=epoch_ms,
        words=text(f"{words['status']} {words['type']}", "words"),
    )


def _led_to(written: str, callee: str, kind: str, services: frozenset[str]) -> Via:
    """What a report inside the PBX led to."""
    if MAILBOXES.match(written):
        return Via.VOICEMAIL
    is_code = kind == "INTERNAL" and callee.startswith(FEATURE_CODES)
    return Via.MACHINE if is_code or callee in services or MACHINES.match(written) else _DEVICE


def _party(written: str) -> tuple[str, str]:
    """Name and number of `Anna<101>`, or of a number alone."""
    found = written[-1:] == ">" and _NAMED.fullmatch(written)
    return (found.group(1).strip().strip('"'), found.group(2)) if found else ("", written)


def _device(number: str, trunk: str, services: frozenset[str], *, is_outside: bool) -> str:
    """An extension's number; for somebody outside the trunk, named so that it is no extension."""
    if is_outside:
        return text(f"trunk {trunk}".strip(), "number")
    return SERVICE if number in services else text(number, "number")


def _epoch_ms(callid: str) -> int | None:
    """When the call was made, by the PBX's own clock."""
    found = _CALLID.fullmatch(callid)
    return int(found.group(1)) * 1000 if found else None


def _started_ms(written: str, zone: ZoneInfo, epoch_ms: int | None) -> int:
    """Seconds since 1970, or a clock time; in a doubled hour the instant nearest to the callid's."""
    if written.isdecimal() and len(written) <= 10:
        return int(written) * 1000
    try:
        return face_ms(zone, written.replace("/", "-"), epoch_ms)
    except (ValueError, OverflowError):
        raise _UnusableError(no_time("timestart", written, "a time such as 2020-12-01 10:00:00")) from None


def _length_ms(words: dict[str, str], name: str) -> int:
    seconds = words[name] or "0"
    if not seconds.isdecimal() or len(seconds) > 7:
        raise _UnusableError(f"{name}: whole seconds were expected")
    return int(seconds) * 1000

"""Cisco CUCM: `cdr_` flat files, by the names on their first line; of the second, the types, nothing is used.

Times are UTC seconds, 0 for never, so no zone is needed. A record is one leg; the legs of a call share manager, call id
and cluster. A cause says how a leg ended, never that it was answered. `cmr_` records are about quality, not calls.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from pbxtally.calls import SERVICE, Leg, Result, Via
from pbxtally.csv_json import cells_of
from pbxtally.intervals import DAY_MS
from pbxtally.plurals import quantity
from pbxtally.records import MANY_BYTES, Reading, Rejected, decoded, length_to_first_text, text
from pbxtally.tables import SEPARATORS

CAUSES = {
    0: Result.GAVE_UP,  # the other side ended it
    16: Result.GAVE_UP,
    127: Result.GAVE_UP,
    17: Result.BUSY,
    18: Result.RANG_OUT,
    19: Result.RANG_OUT,
    31: Result.RANG_OUT,
    20: Result.UNREACHABLE,
    27: Result.UNREACHABLE,
    21: Result.REJECTED,
    26: Result.ELSEWHERE,
}
"""Q.850 causes of an unanswered leg. Any other one is an invalid number or an error: failed."""

SPLIT = {393_216, 126}
"""Causes of an unanswered leg that was split because its caller put somebody else through to the phone it rang.

That phone rings on in a leg of its own. The second value is what releases before 5 wrote.
"""

CALL, QUALITY = "1", "2"
PHONES = re.compile(r"(?:SEP|ATA)[0-9A-F]{12}.*|(?:CSF|TCT|BOT|TAB|CIPC).*|(?:AN|VG)[0-9A-F]{10,}.*")
"""Device names that are phones; any other is a trunk or a gateway."""

MACHINES = ("CFB", "MTP", "ANN", "MOH", "CTIRP")
"""How the device names of conference bridges, announcements and the like begin."""

VOICEMAIL = re.compile(r"CISCOUM.*|UNITYVM.*|.*-VI\d+")
VOICEMAIL_PARTITION = "VOICEMAIL"
"""The names of voicemail ports and, where voicemail is behind a trunk, a part of the name of its partition."""

HUNT_PILOT = "7"
"""The `calledPartyPatternUsage` of a call to a hunt pilot."""

TRANSFERS = ("4", "34", "98")
"""Redirect reasons (transfer, blind transfer, conference): whoever redirected had the call in a leg of their own."""

NEEDED = (
    "cdrRecordType", "globalCallID_callId", "dateTimeOrigination", "dateTimeConnect", "dateTimeDisconnect",
    "callingPartyNumber", "finalCalledPartyNumber", "destDeviceName",
)  # fmt: skip
COLUMNS = (
    *NEEDED, "globalCallID_callManagerId", "globalCallID_ClusterID", "pkid", "origLegCallIdentifier",
    "destLegIdentifier", "origCause_value", "destCause_value", "origDeviceName", "originalCalledPartyNumber",
    "lastRedirectDn", "lastRedirectRedirectReason", "huntPilotDN", "calledPartyPatternUsage",
    "finalCalledPartyNumberPartition",
)  # fmt: skip
"""The columns that are read, of about 130."""

_HEADING_BEGINS = "cdrrecordtype"
_TYPES_BEGIN = "INTEGER"

_ANSWERED, _DEVICE = Result.ANSWERED, Via.DEVICE  # an enum's members are expensive to look up for every row


class _UnusableError(Exception):
    """Why a record is rejected; the text names the column and what was expected."""


class _Heading(NamedTuple):
    """How many columns there are, the places of COLUMNS, in lower case, and the first of NEEDED that is missing."""

    many: int = 0
    places: tuple[tuple[str, int], ...] = ()
    missing: str = ""


def read(lines: Iterable[bytes], reading: Reading) -> Iterator[Leg | Rejected]:
    """Yield one leg, or the reason why not, for every line that is neither blank nor part of the heading."""
    heading = _Heading()
    separator = ","
    for number, raw in enumerate(lines, start=1):
        if raw.isspace() or not raw:
            continue
        try:
            if _HEADING_BEGINS.encode() in raw[:24].lower():
                separator = max(SEPARATORS, key=decoded(raw).count)
            cells = _cells(raw, separator)
            kind = cells[0].strip()
            if kind.lower() == _HEADING_BEGINS:
                heading = _heading(cells)
            elif kind != _TYPES_BEGIN:
                yield _leg(_named(kind, cells, heading))
        except _UnusableError as why:
            yield Rejected(number, str(why), raw[:MANY_BYTES])


def heading_length(records: Sequence[bytes]) -> int:
    """How many records make up the heading, the names and types of columns; only blank ones may precede them."""
    count = length_to_first_text(records)
    begin = [one.removeprefix(b"\xef\xbb\xbf").lstrip(b'"').lower() for one in records[max(count - 1, 0) : count + 1]]
    if not begin or not begin[0].startswith(_HEADING_BEGINS.encode()):
        return 0
    return count + (len(begin) > 1 and begin[1].startswith(_TYPES_BEGIN.lower().encode()))


def _cells(raw: bytes, separator: str) -> list[str]:
    if len(raw) > MANY_BYTES:
        raise _UnusableError(f"the line is longer than {MANY_BYTES} bytes")
    if b"\0" in raw:
        raise _UnusableError("not text: the line holds a NUL byte")
    try:
        return cells_of(decoded(raw).rstrip("\r\n"), separator) or [""]
    except csv.Error as why:
        raise _UnusableError(f"not a CSV line: {why}") from None


def _heading(cells: list[str]) -> _Heading:
    """What a heading says; releases differ in capitals."""
    places = {name.strip().lower(): place for place, name in enumerate(cells)}
    if len(places) < len(cells):
        raise _UnusableError("two columns have one name; is the line of column names damaged?")
    known = tuple((name, places[name]) for name in map(str.lower, COLUMNS) if name in places)
    return _Heading(len(cells), known, next((name for name in NEEDED if name.lower() not in places), ""))


def _named(kind: str, cells: list[str], heading: _Heading) -> dict[str, str]:
    """The cells that are read, by the names of their columns."""
    if not heading.many:
        raise _UnusableError("no line of column names came before; a file begins with cdrRecordType")
    if kind == QUALITY:
        raise _UnusableError("a CMR (cdrRecordType 2) describes quality, not a call; load only the cdr_ files")
    if heading.missing:
        raise _UnusableError(f"the file has no column {heading.missing}")
    if len(cells) != heading.many:
        raise _UnusableError(f"{quantity(len(cells), 'cell')} under {heading.many} names; is the line cut off?")
    if kind != CALL:
        raise _UnusableError(f"cdrRecordType: 1 was expected, not {kind[:20]!r}")
    return {name: cells[place].strip() for name, place in heading.places}


def _leg(row: dict[str, str]) -> Leg:
    get = row.get
    started_ms, answered_ms = _moment(row, "dateTimeOrigination"), _moment(row, "dateTimeConnect")
    ended_ms = _moment(row, "dateTimeDisconnect")
    started_ms = started_ms or answered_ms
    if started_ms is None or ended_ms is None:
        raise _UnusableError(f"{'dateTimeOrigination' if started_ms is None else 'dateTimeDisconnect'} is 0 or empty")
    if not started_ms <= (answered_ms or started_ms) <= ended_ms:
        raise _UnusableError("impossible times: origination, connect and disconnect are not in this order")
    call = _call(row)
    at_callee, at_caller = _number(row, "destCause_value"), _number(row, "origCause_value")
    cause = at_callee or at_caller
    final, first = get("finalcalledpartynumber", ""), get("originalcalledpartynumber", "")
    pilot = _pilot(row, final)
    result = _ANSWERED if answered_ms is not None else CAUSES.get(cause & 0xFF, Result.FAILED)
    via, device, result = _far_end(row, final, pilot, result)
    if answered_ms is None and cause in SPLIT:
        via = Via.MACHINE
    rang_until_ms = ended_ms if answered_ms is None else answered_ms
    taken = result == _ANSWERED
    forwarder = _forwarder(row)
    nobodys = ("", device, get("huntpilotdn", ""), pilot)
    return Leg(
        key=_key(row, call, started_ms),
        call=call,
        started_ms=started_ms,
        ended_ms=ended_ms,
        answered_ms=answered_ms if taken else None,
        ring_ms=rang_until_ms - started_ms,
        talk_ms=ended_ms - rang_until_ms if taken else 0,
        via=via,
        result=result,
        caller_number=text(get("callingpartynumber", ""), "number"),
        caller_device=_device(get("origdevicename", ""), get("callingpartynumber", "")),
        callee_device=device,
        dialled=text(first or final, "number"),
        forwarded_by=text(forwarder, "number") if forwarder not in nobodys else "",
        words=text(f"cause {at_caller} / {at_callee}", "words"),
    )


def _call(row: dict[str, str]) -> str:
    """Manager, call id and cluster."""
    manager, cluster = row.get("globalcallid_callmanagerid", ""), row.get("globalcallid_clusterid", "")
    number = row["globalcallid_callid"]
    if not number:
        raise _UnusableError("globalCallID_callId is empty")
    return " ".join(filter(None, (cluster, manager, number)))


def _key(row: dict[str, str], call: str, started_ms: int) -> str:
    """The record's own id; without one, its call and day with the ids of both sides."""
    sides = row.get("origlegcallidentifier", ""), row.get("destlegidentifier", "")
    return row.get("pkid") or " ".join((call, str(started_ms // DAY_MS), *sides))


def _far_end(row: dict[str, str], final: str, pilot: str, result: Result) -> tuple[Via, str, Result]:
    """What the leg led to, the device rung, and how it ended for that device (D4: voicemail does not take a call)."""
    name = row["destdevicename"]
    if _is_voicemail(name) or VOICEMAIL_PARTITION in row.get("finalcalledpartynumberpartition", "").upper():
        meant = _mailbox_of(row)
        if meant in ("", final, row["callingpartynumber"], row.get("huntpilotdn")):
            return Via.VOICEMAIL, SERVICE, result
        return _DEVICE, text(meant, "number"), Result.VOICEMAIL
    if name.upper().startswith(MACHINES) or (not name and final == pilot):
        return Via.MACHINE, SERVICE, result
    return _DEVICE, SERVICE if pilot else _device(name, final), result


def _forwarder(row: dict[str, str]) -> str:
    """Who forwarded the call without taking it."""
    return "" if row.get("lastredirectredirectreason") in TRANSFERS else row.get("lastredirectdn", "")


def _mailbox_of(row: dict[str, str]) -> str:
    """Who sent the call to voicemail or, if that is a pattern such as `*334`, who was called."""
    last = _forwarder(row)
    return last if last.removeprefix("+").isdecimal() else row.get("originalcalledpartynumber", "")


def _pilot(row: dict[str, str], final: str) -> str:
    """The number rung if it is a hunt pilot's, else "". CUCM gives the member's number only if configured to."""
    named = row.get("huntpilotdn", "")
    if row.get("calledpartypatternusage") != HUNT_PILOT:
        return final if final == named else ""
    return final if final in (named, row.get("lastredirectdn"), row.get("originalcalledpartynumber")) else ""


def _device(name: str, number: str) -> str:
    """A phone's number, or the name of a trunk or gateway, with a word before it so that it is no extension."""
    return text(number if _is_phone(name) else f"trunk {name}".strip(), "number")


@lru_cache(maxsize=4096)
def _is_phone(name: str) -> bool:
    return bool(PHONES.fullmatch(name.upper()))


@lru_cache(maxsize=4096)
def _is_voicemail(name: str) -> bool:
    return bool(VOICEMAIL.fullmatch(name.upper()))


def _moment(row: dict[str, str], name: str) -> int | None:
    seconds = _number(row, name)
    return seconds * 1000 if seconds else None


def _number(row: dict[str, str], name: str) -> int:
    """A whole number; CUCM writes those above 2^31 as negative numbers."""
    written = row.get(name.lower(), "") or "0"
    digits = written.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal()) or len(digits) > 10:
        raise _UnusableError(f"{name}: a whole number was expected")
    return int(written)

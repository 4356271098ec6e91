"""A list of calls as bytes: the vendor's CDR objects as JSON, or a line for each call in the other formats (D26)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from pbxtally.call_summary import CallList, CallParty, CallSummary, LatestCalls
from pbxtally.fields import Format
from pbxtally.intervals import iso_utc
from pbxtally.renderers.downloads import SUFFIXES, disposition
from pbxtally.renderers.request import first_and_last_day, subject_facts
from pbxtally.renderers.sheet_moments import shown_in
from pbxtally.renderers.table import Table, table_csv, table_excel, table_parquet
from pbxtally.renderers.texts import whole

MEMBERS: dict[str, str] = {
    "_id": "Id of the call; the same whenever it is asked for. A call whose id the PBX used before has the same.",
    "started": "When its first leg began.",
    "answered": "When it was first answered, by anything; not there if it never was.",
    "ended": "When its last leg ended.",
    "answeredByCallee": "Whether the callee took it, and not voicemail or another machine.",
    "caller": "Who called.",
    "callee": "Who was called: who took it first, else whom it rang last.",
    "customer": "Whose call it is.",
    "terminatedBy": "Who ended it: A the caller, B the callee, S the system; not there if no record says.",
    "terminatedReason": "How it ended.",
    "recorded": "Only with `recording`: whether it was recorded.",
}
"""The members of a call, with their sentences."""

PARTY_MEMBERS: dict[str, str] = {
    "number": "Number; not there if no record says.",
    "name": "Who holds the extension, else the name that came with the call.",
    "type": "SIPPHONE: the customer's own extension; EXTERNAL: outside; SYSTEM: the PBX itself.",
    "extension": "Id of the own extension, if the directory has it.",
    "divertedBy": "Of the caller: the number that sent the call on.",
}
"""The members of either side of a call."""

COLUMNS: dict[str, str] = {
    "_id": MEMBERS["_id"],
    "started": "When its first leg began, by the clock of the time zone.",
    "answered": "When it was first answered, by anything.",
    "ended": MEMBERS["ended"],
    "answeredByCallee": MEMBERS["answeredByCallee"],
    "callerNumber": "Number of the caller; empty if it is not known.",
    "callerName": "Name of the caller.",
    "callerExtension": "Id of the own extension that called.",
    "calleeNumber": "Number of the callee.",
    "calleeName": "Name of the callee.",
    "calleeExtension": "Id of the own extension that was called.",
    "terminatedBy": MEMBERS["terminatedBy"],
    "terminatedReason": MEMBERS["terminatedReason"],
}
"""The columns of a line of CSV and EXCEL."""


def call_list_chunks(found: CallList, created_ms: int) -> Iterator[bytes]:
    """The calls in the requested format."""
    query = found.query
    head = {"offset": query.offset, "limit": query.limit, "total": found.total}
    shown = shown_in(query.format, query.zone)
    table = Table("Calls", COLUMNS, (_row(one, shown) for one in found.calls))
    match query.format:
        case Format.EXCEL:
            return table_excel("Calls", [table], {**_asked(found), **head}, created_ms, query.zone)
        case Format.PARQUET:
            return table_parquet(table, {"answeredByCallee": bool}, {**_asked(found), **head})
        case Format.CSV:
            return table_csv(table, query.csv)
        case Format.JSON:
            calls = [call_object(one, recording=query.recording) for one in found.calls]
            return iter([msgspec.json.encode({**head, "cdr": calls})])


def _asked(found: CallList) -> dict[str, Any]:
    """What a file says about the request; None: not narrowed."""
    query = found.query
    by_callee = {None: None, True: "only these", False: "left out"}[query.answered_by_callee]
    return {
        **dict(subject_facts(query, found.customer_name)),
        "Direction": query.direction.value,
        "Extension": query.extension,
        "Employee": query.employee,
        "With the text": query.filter or None,
        "Ended by": query.terminated_by,
        "Ended so": ", ".join(sorted(query.terminated_reasons)) or None,
        "Answered by who was called": by_callee,
        "With a note": "only these" if query.with_note else None,
    }


def call_list_disposition(found: CallList) -> str:
    """The header that makes it a download: whose calls, of which days."""
    query = found.query
    days = dict.fromkeys(first_and_last_day(query))  # most lists are of one day
    return disposition(found.customer_name, ("cdr", *days), SUFFIXES[query.format])


def latest_bytes(found: LatestCalls) -> bytes:
    """The three lists as JSON."""
    kinds = {"outbound": found.outbound, "inbound": found.inbound, "missed": found.missed}
    return msgspec.json.encode({name: [call_object(one) for one in calls] for name, calls in kinds.items()})


def call_object(one: CallSummary, *, recording: bool = False) -> dict[str, Any]:
    """A call under the names of `MEMBERS`; what is unknown is left out."""
    known: dict[str, Any] = {
        "_id": one.id,
        "started": iso_utc(one.started_ms),
        "answered": None if one.answered_ms is None else iso_utc(one.answered_ms),
        "ended": iso_utc(one.ended_ms),
        "answeredByCallee": one.answered_by_callee,
        "caller": _party(one.caller),
        "callee": _party(one.callee),
        "customer": one.customer,
        "terminatedBy": one.terminated_by,
        "terminatedReason": one.terminated_reason,
        "recorded": False if recording else None,
    }
    return {name: value for name, value in known.items() if value is not None}


def _party(one: CallParty) -> dict[str, str]:
    known = {
        "number": whole(one.number),
        "name": whole(one.name),
        "type": one.type,
        "extension": one.extension,
        "divertedBy": whole(one.diverted_by),
    }
    return {name: value for name, value in known.items() if value}


def _row(one: CallSummary, shown: Callable[[int], str | int]) -> dict[str, Any]:
    return {
        "_id": one.id,
        "started": shown(one.started_ms),
        "answered": None if one.answered_ms is None else shown(one.answered_ms),
        "ended": shown(one.ended_ms),
        "answeredByCallee": one.answered_by_callee,
        "callerNumber": whole(one.caller.number),
        "callerName": whole(one.caller.name),
        "callerExtension": one.caller.extension,
        "calleeNumber": whole(one.callee.number),
        "calleeName": whole(one.callee.name),
        "calleeExtension": one.callee.extension,
        "terminatedBy": one.terminated_by,
        "terminatedReason": one.terminated_reason,
    }

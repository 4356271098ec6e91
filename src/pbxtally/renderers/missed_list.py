"""Missed calls as bytes: JSON, or a line for each call in the other formats (D26)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from pbxtally.fields import Format
from pbxtally.intervals import iso_utc
from pbxtally.missed import RETURNED, RULE, SEQUELS
from pbxtally.missed_list import MissedCall, MissedList
from pbxtally.renderers.downloads import SUFFIXES, disposition
from pbxtally.renderers.request import first_and_last_day, selection_facts
from pbxtally.renderers.sheet_moments import shown_in
from pbxtally.renderers.table import Table, table_csv, table_excel, table_parquet
from pbxtally.renderers.texts import whole
from pbxtally.report import Holder

MEMBERS: dict[str, str] = {
    "started": "When the call started.",
    "call": "Id of the call, as the PBX wrote it.",
    "callerNumber": "Number of the caller; empty if it is not known.",
    "callerName": "Name of the caller.",
    "missedBy": "Who missed it: every extension that it was for and that the request looks at, by number.",
    "sequel": "What came after, in a word.",
    "sequelSentence": "The same in a sentence.",
    "returned": "Whether the two sides have talked since.",
    "followed": "When the first talk after it began, or else the first try.",
    "followedBy": "Who at the customer talked then; nobody if there was only a try.",
}
"""The members of a call, with their sentences."""

HOLDER_MEMBERS: dict[str, str] = {
    "extensionNumber": "Number of the extension.",
    "extensionId": "Id of the extension, if the directory has it.",
    "employeeName": "Who held the extension then.",
    "employeeId": "Id of that employee.",
}
"""The members of `followedBy`, and of each of `missedBy`."""

COLUMNS: dict[str, str] = {
    "started": "When the call started, by the clock of the time zone.",
    "call": MEMBERS["call"],
    "callerNumber": MEMBERS["callerNumber"],
    "callerName": MEMBERS["callerName"],
    "missedByNumbers": "Extensions that missed it, with commas between.",
    "missedByNames": "Who held them, in the same order.",
    "missedByIds": "Ids of those employees, in the same order.",
    "sequel": MEMBERS["sequel"],
    "sequelSentence": MEMBERS["sequelSentence"],
    "returned": MEMBERS["returned"],
    "followed": "When the first talk after it began, or else the first try, by the same clock.",
    "followedByNumber": "Extension that talked then; nothing if there was only a try.",
    "followedByName": "Who held it then.",
    "followedById": "Id of that employee.",
}
"""The columns of a line of CSV, EXCEL and PARQUET."""


def missed_chunks(found: MissedList, created_ms: int) -> Iterator[bytes]:
    """The calls in the requested format, in chunks (D27)."""
    stats = found.query.stats
    shown = shown_in(stats.format, stats.zone)
    table = Table("Calls", COLUMNS, (_row(one, shown) for one in found.calls))
    about = {**dict(selection_facts(stats, found.customer_name)), **_head(found), "Missed and returned": RULE}
    match stats.format:
        case Format.EXCEL:
            return table_excel("Missed calls", [table], about, created_ms, stats.zone)
        case Format.PARQUET:
            return table_parquet(table, {"returned": bool}, about)
        case Format.CSV:
            return table_csv(table, stats.csv)
        case Format.JSON:
            calls = [missed_object(one) for one in found.calls]
            return iter([msgspec.json.encode({**_head(found), "calls": calls})])


def missed_disposition(found: MissedList) -> str:
    """The header that makes it a download: whose missed calls, returned or not, of which days."""
    query = found.query
    which = {None: "", True: "returned", False: "not-returned"}[query.returned]
    words = ("missed", which, *first_and_last_day(query.stats))
    return disposition(found.customer_name, words, SUFFIXES[query.stats.format])


def _head(found: MissedList) -> dict[str, Any]:
    query = found.query
    counts = {"missed": found.missed, "returned": found.returned, "total": found.total}
    return {**counts, "offset": query.offset, "limit": query.limit}


def missed_object(one: MissedCall) -> dict[str, Any]:
    """A call under the names of `MEMBERS`."""
    return {
        "started": iso_utc(one.started_ms),
        "call": whole(one.call),
        "callerNumber": whole(one.number),
        "callerName": whole(one.name),
        "missedBy": [_holder(each) for each in one.missed_by],
        "sequel": one.sequel,
        "sequelSentence": SEQUELS[one.sequel],
        "returned": one.sequel in RETURNED,
        "followed": None if one.followed_ms is None else iso_utc(one.followed_ms),
        "followedBy": None if one.follower is None else _holder(one.follower),
    }


def _holder(one: Holder) -> dict[str, str | None]:
    return {
        "extensionNumber": whole(one.extension_number),
        "extensionId": one.extension_id,
        "employeeName": None if one.employee_name is None else whole(one.employee_name),
        "employeeId": one.employee_id,
    }


def _row(one: MissedCall, shown: Callable[[int], str | int]) -> dict[str, Any]:
    """The same call under the names of `COLUMNS`."""
    said = missed_object(one)
    by, after = said["missedBy"], said["followedBy"] or {}
    return {
        "started": shown(one.started_ms),
        **{name: said[name] for name in ("call", "callerNumber", "callerName")},
        "missedByNumbers": _joined(each["extensionNumber"] for each in by),
        "missedByNames": _joined(each["employeeName"] for each in by),
        "missedByIds": _joined(each["employeeId"] for each in by),
        **{name: said[name] for name in ("sequel", "sequelSentence", "returned")},
        "followed": None if one.followed_ms is None else shown(one.followed_ms),
        "followedByNumber": after.get("extensionNumber"),
        "followedByName": after.get("employeeName"),
        "followedById": after.get("employeeId"),
    }


def _joined(texts: Iterable[str | None]) -> str:
    return ", ".join(one or "" for one in texts)

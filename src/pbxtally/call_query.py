"""Which calls a list is to hold (`/pbx/cdr`), checked; a member that is not named narrows nothing.

`CALL_MEMBERS` names every member with its sentence and JSON schema; the checks, the OpenAPI document and the manual all
read it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from pbxtally.errors import InvalidFieldError
from pbxtally.fields import CallDirection, CsvDialect, Format
from pbxtally.hours import Hours
from pbxtally.intervals import DAY_MS, Period
from pbxtally.query import FLAG, MEMBERS, Asker, Member, choices, hours_asked, whole
from pbxtally.reader import FARTHEST, LONGEST_FILTER, Reader, refuse_unknown

DEFAULT_LIMIT = 100
MOST_CALLS = 10_000
"""How many calls one answer holds."""


class TerminatedBy(StrEnum):
    """Who ended a call: A called, B was called, S is the system."""

    A = "A"
    B = "B"
    S = "S"


class TerminatedReason(StrEnum):
    """How a call ended, in the vendor's words; FAILED can be asked for, but no call is listed with it."""

    CANCEL = "CANCEL"
    HANGUP = "HANGUP"
    BUSY = "BUSY"
    UNREACHABLE = "UNREACHABLE"
    ERROR = "ERROR"
    BLOCKED = "BLOCKED"
    NOT_FOUND = "NOT_FOUND"
    FAILED = "FAILED"


FAILURES = frozenset(
    {TerminatedReason.UNREACHABLE, TerminatedReason.ERROR, TerminatedReason.BLOCKED, TerminatedReason.NOT_FOUND}
)
"""What FAILED stands for in a request."""


CALL_MEMBERS: dict[str, Member] = {
    "offset": Member("Calls to skip.", whole(0, FARTHEST, 0)),
    "limit": Member("Most calls to give.", whole(1, MOST_CALLS, DEFAULT_LIMIT)),
    "filter": Member(
        "Only calls with this text in the number or name of the caller or the callee, in any case.",
        {"type": "string", "maxLength": LONGEST_FILTER},
    ),
    "customer": MEMBERS["customer"],
    "employee": Member(
        "Only calls that this employee made or received; ignored if `extension` is given.", MEMBERS["employee"].schema
    ),
    "extension": Member("Only calls that this extension made or received, by id or by number.", {"type": "string"}),
    "terminatedBy": Member(
        "Only calls ended by the caller (A), the callee (B), the system (S).", choices(TerminatedBy)
    ),
    "terminatedReason": Member(
        f"Only calls that ended like this; FAILED stands for {', '.join(sorted(FAILURES))}.", choices(TerminatedReason)
    ),
    "from": Member("First moment of the period; today 00:00:00 by default.", MEMBERS["from"].schema),
    "to": Member("Last moment of the period, included; 24 hours after `from` by default.", MEMBERS["to"].schema),
    "direction": Member(
        "Only calls that the extension made, or received; needs `extension`, unless the asker is PERSONAL.",
        MEMBERS["direction"].schema,
    ),
    "recording": Member("Say of each call whether it was recorded; none is here.", FLAG),
    "answeredByCallee": Member(
        "Only calls that the callee itself answered, or only the others; both by default.", {"type": "boolean"}
    ),
    "withNote": Member("Only calls with a note; none has one here.", FLAG),
    "format": MEMBERS["format"],
    "timezone": Member("IANA zone of `from`, `to` and CSV; the customer's by default.", {"type": "string"}),
    "csv": MEMBERS["csv"],
    "department": Member(
        "Only calls made or received by employees whose department has this name.", MEMBERS["department"].schema
    ),
    "hours": MEMBERS["hours"],
}
"""Every member of a request for calls, in the vendor's order, then ours."""


@dataclass(frozen=True, slots=True)
class CallsQuery:
    """What is asked; None and "": not narrowed. Whether the asker may see it is not checked here."""

    customer: str
    offset: int
    limit: int
    filter: str
    employee: str | None
    extension: str | None
    terminated_by: TerminatedBy | None
    terminated_reasons: frozenset[TerminatedReason]
    period: Period
    zone: ZoneInfo
    direction: CallDirection
    recording: bool
    answered_by_callee: bool | None
    with_note: bool
    format: Format
    csv: CsvDialect
    department: str | None
    hours: Hours | None

    @property
    def looks_inside(self) -> bool:
        """Whether calls have to be looked at to know which are asked for."""
        return bool(self.filter) or self.asks_how_ended

    @property
    def asks_how_ended(self) -> bool:
        """Whether calls are selected by how they ended."""
        return bool(self.terminated_by or self.terminated_reasons or self.answered_by_callee is not None)


def parse_calls(
    members: Mapping[str, Any], asker: Asker, *, is_personal: bool = False, as_text: bool = False
) -> CallsQuery:
    """Check the members of a request, unknown ones last (D20).

    `is_personal`: the asker sees only their own calls, so a direction has a meaning even without an extension.
    """
    read = Reader(members, as_text)
    offset = read.whole("offset", 0, 0, FARTHEST)
    limit = read.whole("limit", DEFAULT_LIMIT, 1, MOST_CALLS)
    text = _filter(read)
    customer = read.identity("customer") or asker.customer
    employee, extension = read.identity("employee"), read.extension("extension")
    terminated_by = read.maybe("terminatedBy", TerminatedBy)
    reason = read.maybe("terminatedReason", TerminatedReason)
    zone = read.zone(asker.zone_of(customer))
    period = read.period(zone, asker.now_ms, lasting_ms=DAY_MS)
    direction = read.choice("direction", CallDirection, CallDirection.BOTH)
    if direction is not CallDirection.BOTH and extension is None and not is_personal:
        raise InvalidFieldError("direction", "A direction needs an extension - name the extension, too")
    recording = read.flag("recording")
    by_callee = read.flag("answeredByCallee") if "answeredByCallee" in read.given else None
    with_note = read.flag("withNote")
    form = read.choice("format", Format, Format.JSON)
    read.refuse_unknown_zone()
    query = CallsQuery(
        customer=customer,
        offset=offset,
        limit=limit,
        filter=text,
        employee=None if extension else employee,
        extension=extension,
        terminated_by=terminated_by,
        terminated_reasons=FAILURES if reason is TerminatedReason.FAILED else frozenset({reason} if reason else ()),
        period=period,
        zone=zone,
        direction=direction,
        recording=recording,
        answered_by_callee=by_callee,
        with_note=with_note,
        format=form,
        csv=read.choice("csv", CsvDialect, CsvDialect.EXCEL),
        department=read.text("department"),
        hours=hours_asked(read, period, zone, asker, customer),
    )
    refuse_unknown(members, CALL_MEMBERS)
    return query


def _filter(read: Reader) -> str:
    text = read.given.get("filter", "")
    if not isinstance(text, str) or len(text) > LONGEST_FILTER:
        raise InvalidFieldError("filter", f"Invalid filter - use text of at most {LONGEST_FILTER} characters")
    return text.casefold()

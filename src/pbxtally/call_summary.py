"""A call as a whole, independent of any extension: who called, who was called, when, and how it ended.

It is made from all legs of the call and from what the call was counted as, so that a list of calls never contradicts
the statistics. The party called is whoever took the call; if nobody did, the one it rang last.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b
from math import inf

from pbxtally.call_query import CallsQuery, TerminatedBy, TerminatedReason
from pbxtally.calls import SERVICE, Direction, Involvement, Leg, Outcome, Reason, Result, Via
from pbxtally.figure import Party, other_party
from pbxtally.holders import AssignmentIndex
from pbxtally.numbering import Numberings
from pbxtally.people import ID, Assignment

ENDS: dict[Reason, tuple[TerminatedReason, TerminatedBy | None]] = {
    Reason.ANSWERED: (TerminatedReason.HANGUP, None),
    Reason.RANG_OUT: (TerminatedReason.CANCEL, TerminatedBy.S),
    Reason.CALLER_GAVE_UP: (TerminatedReason.CANCEL, TerminatedBy.A),
    Reason.BUSY: (TerminatedReason.BUSY, TerminatedBy.B),
    Reason.REJECTED: (TerminatedReason.CANCEL, TerminatedBy.B),
    Reason.UNREACHABLE: (TerminatedReason.UNREACHABLE, TerminatedBy.S),
    Reason.FAILED: (TerminatedReason.ERROR, TerminatedBy.S),
    Reason.VOICEMAIL: (TerminatedReason.HANGUP, None),
    Reason.ANSWERED_ELSEWHERE: (TerminatedReason.HANGUP, None),
    Reason.FORWARDED: (TerminatedReason.CANCEL, None),
}
"""From the reason that a call is counted with: how it ended, and who ended it; None where no record says."""

_AS_FORWARDED = {
    Outcome.ANSWERED: Reason.ANSWERED,
    Outcome.BUSY: Reason.BUSY,
    Outcome.FAILED: Reason.FAILED,
}
"""The reason for a forwarded call: it ended as its forwarded leg did."""

_OF_RESULT = {
    Result.ANSWERED: Reason.ANSWERED,
    Result.BUSY: Reason.BUSY,
    Result.UNREACHABLE: Reason.UNREACHABLE,
    Result.FAILED: Reason.FAILED,
    Result.VOICEMAIL: Reason.VOICEMAIL,
}
"""The reason for a call that is counted for nobody: an announcement, a menu, one's own voicemail."""

SAID = re.compile(f"({'|'.join(one for one in TerminatedReason if one is not TerminatedReason.FAILED)}) by ([ABS])")
"""How a record says both itself, in the vendor's words."""


class PartyType(StrEnum):
    """What somebody called with."""

    SIPPHONE = "SIPPHONE"
    EXTERNAL = "EXTERNAL"
    SYSTEM = "SYSTEM"


@dataclass(frozen=True, slots=True)
class CallParty:
    """Who called or was called; "" where no record says. `extension`: the id of the customer's own, if it is known."""

    number: str
    name: str
    type: PartyType
    extension: str | None = None
    diverted_by: str = ""


@dataclass(frozen=True, slots=True)
class CallSummary:
    """A call with all its legs taken together."""

    id: str
    started_ms: int
    answered_ms: int | None
    ended_ms: int
    answered_by_callee: bool
    caller: CallParty
    callee: CallParty
    customer: str
    terminated_by: TerminatedBy | None
    terminated_reason: TerminatedReason

    def has(self, text: str) -> bool:
        """Whether a number or a name of either side contains a text; `text` is casefolded."""
        said = (self.caller.number, self.caller.name, self.callee.number, self.callee.name)
        return any(text in one.casefold() for one in said)


@dataclass(frozen=True, slots=True)
class CallList:
    """The calls of a page, and how many there are in all."""

    query: CallsQuery
    customer_name: str
    total: int
    calls: list[CallSummary]


@dataclass(frozen=True, slots=True)
class LatestCalls:
    """The latest calls of an extension, the newest first within each kind."""

    outbound: list[CallSummary]
    inbound: list[CallSummary]
    missed: list[CallSummary]


class Extensions:
    """Which extension had a number, and whose it was, at any moment; `numberings`: what devices they are."""

    def __init__(self, assignments: Iterable[Assignment], names: dict[str, str], numberings: Numberings) -> None:
        self.numberings = numberings
        self._names = names
        self._who = AssignmentIndex(assignments)

    def party(self, number: str, name: str, at_ms: int, diverted_by: str = "") -> CallParty:
        """The side of a customer's own extension; its holder's name takes precedence over what the phone says."""
        held = self._who.at(number, at_ms)
        if held is None:
            return CallParty(number, name, PartyType.SIPPHONE, None, diverted_by)
        held_by = self._names.get(held.employee or "", "")
        return CallParty(number, held_by or name, PartyType.SIPPHONE, held.extension, diverted_by)

    def has(self, number: str, at_ms: int) -> bool:
        """Whether the directory had the number then."""
        return self._who.at(number, at_ms) is not None


def summarize_call(
    customer: str,
    call_id: int,
    started_ms: int,
    legs: Sequence[Leg],
    parts: Iterable[Involvement],
    extensions: Extensions,
) -> CallSummary:
    """The call with these legs, in time order, and with what it was counted as; `started_ms` is the store's start."""
    counted = sorted(one for one in parts if one.outcome != Outcome.ELSEWHERE)  # of phones rung at once, the first
    numberings = extensions.numberings
    out = _maker(counted, legs[0], numberings)
    rung = _rung([one for one in counted if one.direction == Direction.IN], legs, numberings)
    decides = out or rung
    reason, by = _end(decides, legs)
    answered = [leg.answered_ms for leg in legs if leg.answered_ms is not None]
    return CallSummary(
        id=_id(customer, call_id, legs[0].call),
        started_ms=started_ms,
        answered_ms=min(answered, default=None),
        ended_ms=max(leg.ended_ms for leg in legs),
        answered_by_callee=decides is not None and decides.outcome == Outcome.ANSWERED,
        caller=_caller(out, rung, legs, extensions),
        callee=_callee(out, rung, legs, extensions),
        customer=customer,
        terminated_by=by,
        terminated_reason=reason,
    )


def _id(customer: str, call_id: int, call: str) -> str:
    """The PBX's own id if it has our form, else a 96-bit hash of the call's: always the same."""
    if ID.fullmatch(call):
        return call
    return blake2b(f"{customer}/{call_id}".encode(), digest_size=12).hexdigest()


def _maker(counted: list[Involvement], first: Leg, numberings: Numberings) -> Involvement | None:
    """The involvement of the extension that made the call; None if it was made by somebody else."""
    outs = [one for one in counted if one.direction == Direction.OUT]
    came_from_outside = any(one.direction == Direction.IN and not one.local for one in counted)
    fallback = None if came_from_outside else next(iter(outs), None)
    began = (one for one in outs if numberings.is_extension(one.extension, first.caller_device, first.caller_number))
    return next(began, fallback)


def _rung(ins: list[Involvement], legs: Sequence[Leg], numberings: Numberings) -> Involvement | None:
    """The involvement of whoever took the call first, else of whoever it rang last."""

    def to(one: Involvement) -> list[Leg]:
        return _legs_to(one.extension, legs, numberings)

    def taken_at(one: Involvement) -> float:
        return min((leg.answered_ms for leg in to(one) if leg.answered_ms is not None), default=inf)

    def rung_at(one: Involvement) -> int:
        return max((leg.started_ms for leg in to(one)), default=0)

    took = [one for one in ins if one.outcome == Outcome.ANSWERED]
    return min(took, key=taken_at) if took else max(ins, key=rung_at, default=None)


def _legs_to(extension: str, legs: Sequence[Leg], numberings: Numberings) -> list[Leg]:
    return [leg for leg in legs if numberings.is_extension(extension, leg.callee_device, leg.callee_number)]


def _caller(
    out: Involvement | None, rung: Involvement | None, legs: Sequence[Leg], extensions: Extensions
) -> CallParty:
    numberings, first = extensions.numberings, legs[0]
    diverted_by = numberings.name_of(next((leg.forwarded_by for leg in legs if leg.forwarded_by), ""))
    if out:
        return extensions.party(out.extension, first.caller_name, out.started_ms, diverted_by)
    if rung:
        return _outside(other_party(rung, list(legs), numberings), first.caller_device, diverted_by)
    said = (numberings.name_of(first.caller_device), first.caller_number)
    own = next((one for one in said if extensions.has(one, first.started_ms)), None)
    if own:
        return extensions.party(own, first.caller_name, first.started_ms)
    return _outside(Party(first.caller_number, first.caller_name), first.caller_device)


def _callee(
    out: Involvement | None, rung: Involvement | None, legs: Sequence[Leg], extensions: Extensions
) -> CallParty:
    numberings = extensions.numberings
    if rung and (out is None or out.local):
        to_it = _legs_to(rung.extension, legs, numberings)
        name = next((leg.callee_name for leg in to_it if leg.callee_name), "")
        return extensions.party(rung.extension, name, rung.started_ms)
    last = legs[-1]
    if out:
        return _outside(other_party(out, list(legs), numberings), last.callee_device)
    number = last.dialled or last.callee_number or numberings.name_of(last.callee_device)
    device = SERVICE if last.via in (Via.MACHINE, Via.VOICEMAIL) else last.callee_device
    return _outside(Party(number, last.callee_name), device)


def _outside(party: Party, device: str, diverted_by: str = "") -> CallParty:
    kind = PartyType.SYSTEM if device == SERVICE else PartyType.EXTERNAL
    return CallParty(party.number, party.name, kind, None, diverted_by)


def _end(decides: Involvement | None, legs: Sequence[Leg]) -> tuple[TerminatedReason, TerminatedBy | None]:
    """How the call ended and by whom: as its last record says itself, else by the reason it is counted with."""
    last = max(legs, key=lambda leg: leg.ended_ms)
    said = SAID.fullmatch(last.words)
    if said:
        return TerminatedReason(said[1]), TerminatedBy(said[2])
    if decides is None:
        return ENDS[_OF_RESULT.get(Result(last.result), Reason.CALLER_GAVE_UP)]
    return end_of(Reason(decides.reason), Outcome(decides.outcome))


def end_of(reason: Reason, outcome: Outcome) -> tuple[TerminatedReason, TerminatedBy | None]:
    """How a call ended and who ended it, None where that cannot be known, from the reason it is counted with."""
    return ENDS[_AS_FORWARDED.get(outcome, reason) if reason is Reason.FORWARDED else reason]

"""What a leg is, what an involvement is, and how the legs of a call become involvements.

A PBX writes one CDR row for each leg of a call: a ring group of three phones writes three, and often one more for
itself. People count something else: *who* was in the call, and how it went for them. That is the involvement (call,
extension, direction), and `involvements` is the one place where legs become involvements. Rules are cited as D1–D9
(see `docs/compatibility.md`); `docs/how-we-count.md` draws them.

Everything here is pure: the same legs in any order give the same involvements, and a leg given twice counts once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import IntEnum
from typing import NamedTuple

from pbxtally.legs import CLOSE_MS, SERVICE, WHOLE_SECOND_MS, Leg, Result, Via, by_time
from pbxtally.numbering import DEFAULT_EXTENSION_PATTERN, Numbering
from pbxtally.shared_ids import calls_with_one_id
from pbxtally.wires import joined

__all__ = [
    "DEFAULT_EXTENSION_PATTERN",
    "SERVICE",
    "Direction",
    "Involvement",
    "Leg",
    "Numbering",
    "Outcome",
    "Reason",
    "Result",
    "Via",
    "involvements",
]


class Direction(IntEnum):
    """As the extension sees it: OUT, it made the call; IN, the call was for it (D2)."""

    OUT = 1
    IN = 2


class Outcome(IntEnum):
    """What the involvement is counted as."""

    ANSWERED = 1
    UNANSWERED = 2
    BUSY = 3
    FAILED = 4
    ELSEWHERE = 5


class Reason(IntEnum):
    """Why it is counted so; the sentences stand in `measures.py`."""

    ANSWERED = 1
    FORWARDED = 2
    RANG_OUT = 3
    CALLER_GAVE_UP = 4
    BUSY = 5
    REJECTED = 6
    UNREACHABLE = 7
    FAILED = 8
    VOICEMAIL = 9
    ANSWERED_ELSEWHERE = 10


class Involvement(NamedTuple):
    """One extension's part in one call: the counting unit (D1). Whole seconds, rounded down (D6)."""

    extension: str
    direction: int  # Direction
    local: bool
    started_ms: int  # of the call
    outcome: int  # Outcome
    reason: int  # Reason
    ring_seconds: int
    talk_seconds: int

    @property
    def length_seconds(self) -> int:
        """What `ignoreBelow` looks at: talk if answered, ring if not (D9)."""
        return self.talk_seconds if self.outcome == Outcome.ANSWERED else self.ring_seconds


class _Offer(NamedTuple):
    """A leg with its two ends known: the unit the rules below work on."""

    leg: Leg
    caller: str  # extension, or "" for anybody else
    callee: str
    outside_caller: bool
    outside_callee: bool
    forwarder: str  # the extension that sent the call on to this leg, or ""
    result: int


_STILL_RINGING = {Result.RANG_OUT, Result.GAVE_UP, Result.UNANSWERED}

_OUTCOMES: dict[int, tuple[Outcome, Reason]] = {
    Result.ANSWERED: (Outcome.ANSWERED, Reason.ANSWERED),
    Result.RANG_OUT: (Outcome.UNANSWERED, Reason.RANG_OUT),
    Result.GAVE_UP: (Outcome.UNANSWERED, Reason.CALLER_GAVE_UP),
    Result.BUSY: (Outcome.BUSY, Reason.BUSY),
    Result.REJECTED: (Outcome.UNANSWERED, Reason.REJECTED),
    Result.UNREACHABLE: (Outcome.FAILED, Reason.UNREACHABLE),
    Result.FAILED: (Outcome.FAILED, Reason.FAILED),
    Result.ELSEWHERE: (Outcome.ELSEWHERE, Reason.ANSWERED_ELSEWHERE),
    Result.VOICEMAIL: (Outcome.UNANSWERED, Reason.VOICEMAIL),
}


# Looking a member up in its enum costs ten times as much as comparing it, and the rules below run for every leg.
_IN, _OUT = Direction.IN, Direction.OUT
_DEVICE, _VOICEMAIL = Via.DEVICE, Via.VOICEMAIL
_ANSWERED, _UNANSWERED = Result.ANSWERED, Result.UNANSWERED
_TAKEN, _ELSEWHERE = Outcome.ANSWERED, Outcome.ELSEWHERE


def involvements(legs: Iterable[Leg], numbering: Numbering) -> list[Involvement]:
    """Turn all legs of one call into what it was for each extension, sorted by extension and direction.

    Where they are of several calls with one id, each of these is counted.
    """
    rows = list(legs)
    if len(rows) == 1 and _is_plain(rows[0]):
        return _of_one(rows[0], numbering)
    found = [one for call in calls_with_one_id(rows) for one in _of_call(call, numbering)]
    return sorted(found) if len(found) > 1 else found


def _of_call(rows: list[Leg], numbering: Numbering) -> list[Involvement]:
    if len(rows) == 1 and _is_plain(rows[0]):
        return _of_one(rows[0], numbering)
    offers = _settle([_offer(leg, numbering) for leg in joined(rows, numbering)], rows)
    if not offers:
        return []
    talks = [offer for offer in offers if offer.result == _ANSWERED]
    started_ms = rows[0].started_ms
    mailbox = [leg.started_ms for leg in rows if leg.via == _VOICEMAIL]
    incoming: dict[str, list[_Offer]] = {}
    outgoing: dict[str, list[_Offer]] = {}
    for offer in offers:
        if offer.callee:
            incoming.setdefault(offer.callee, []).append(offer)
        if offer.forwarder and offer.forwarder != offer.callee and not _talked(offer.forwarder, talks):
            incoming.setdefault(offer.forwarder, []).append(_as_forwarder(offer))
        if offer.caller and _was_put_through(offer, talks):
            if offer.result == _ANSWERED:
                incoming[offer.caller].append(offer)
        elif offer.caller:
            outgoing.setdefault(offer.caller, []).append(offer)
    found = [_incoming(extension, started_ms, part, mailbox) for extension, part in incoming.items()]
    found += [_outgoing(extension, started_ms, part, rows, numbering) for extension, part in outgoing.items()]
    return found


def _is_plain(leg: Leg) -> bool:
    """Whether a leg that is alone led to a device directly; nothing is at the other ends of its wires."""
    is_ring = leg.caller_wire and leg.caller_wire == leg.callee_wire
    return leg.via == _DEVICE and not (is_ring or leg.forwarded_by)


def _of_one(leg: Leg, numbering: Numbering) -> list[Involvement]:
    """What the rules below give for a call of one plain leg, as most calls are, in a quarter of the time."""
    caller = numbering.of_party(leg.caller_device, leg.caller_number)
    callee = numbering.of_party(leg.callee_device, leg.callee_number)
    result = _why_unanswered(leg, [leg]) if leg.result == _UNANSWERED else leg.result
    started_ms, ring_ms = leg.started_ms, leg.ring_ms
    ring_seconds = ring_ms // 1000 if ring_ms > 0 else 0
    talk_seconds = leg.talk_ms // 1000 if result == _ANSWERED else 0
    found = []
    if callee:
        outcome, reason = _OUTCOMES[result]
        local = bool(caller) or leg.caller_device == SERVICE
        found.append(Involvement(callee, _IN, local, started_ms, outcome, reason, ring_seconds, talk_seconds))
    if caller:
        outcome, reason = _OUTCOMES[_of_who_called(leg, result, [leg])]
        local = bool(callee) or leg.callee_device == SERVICE
        found.append(Involvement(caller, _OUT, local, started_ms, outcome, reason, ring_seconds, talk_seconds))
    return sorted(found) if len(found) > 1 else found


def _offer(leg: Leg, numbering: Numbering) -> _Offer:
    caller = numbering.of_party(leg.caller_device, leg.caller_number)
    callee = numbering.of_party(leg.callee_device, leg.callee_number)
    return _Offer(
        leg,
        caller,
        callee,
        not caller and leg.caller_device != SERVICE,
        not callee and leg.callee_device != SERVICE,
        numbering.of_party(leg.forwarded_by, leg.forwarded_by) if leg.forwarded_by else "",
        leg.result,
    )


def _settle(offers: list[_Offer], rows: list[Leg]) -> list[_Offer]:
    """Decide what one leg alone cannot tell: taken elsewhere, when a person answered, why the ringing stopped."""
    if len(rows) == 1 and offers and offers[0].result != _UNANSWERED:
        return offers
    winners = [offer for offer in offers if offer.result == _ANSWERED]
    settled = []
    for offer in offers:
        if offer.result in _STILL_RINGING and any(_lost_to(offer, winner) for winner in winners):
            settled.append(_ended(offer, Result.ELSEWHERE))
        elif offer.result == _UNANSWERED:
            settled.append(_ended(offer, _why_unanswered(offer.leg, rows)))
        elif offer.result == _ANSWERED and not offer.leg.talk_ms and any(_picked_up(offer, by) for by in winners):
            settled.append(_ended(offer, Result.ELSEWHERE))
        elif offer.result == _ANSWERED and len(offers) > 1:
            settled.append(_seen_by_others(offer, offers))
        else:
            settled.append(offer)
    return settled


def _ended(offer: _Offer, result: int) -> _Offer:
    return _Offer._make((*offer[:-1], result))  # in half the time of `_replace`


def _lost_to(offer: _Offer, winner: _Offer) -> bool:
    """Whether the offer was still ringing when somebody else took the call (D5).

    Where the PBX had answered before, the winner's answer time is worthless, and overlap in time has to do instead.
    """
    ring, taken = offer.leg, winner.leg
    if winner.callee and winner.callee in (offer.callee, offer.caller):
        return False  # a retry, or a call made meanwhile by whoever took this one
    if winner.caller and winner.caller == offer.caller and ring.started_ms > taken.started_ms + WHOLE_SECOND_MS:
        return False  # somebody who is talking calls a colleague on a second line
    answered_ms = taken.started_ms if taken.answered_ms is None else taken.answered_ms
    if ring.ended_ms + _grace_ms(offer, winner, answered_ms) < answered_ms:
        return False
    if answered_ms == taken.started_ms and offer.result == Result.RANG_OUT:
        return False  # its own record says that the PBX stopped ringing it, and nothing says it was taken before
    if answered_ms > taken.started_ms:
        return ring.started_ms <= answered_ms and (
            ring.ended_ms > taken.started_ms or ring.started_ms == taken.started_ms
        )
    together = ring.started_ms == taken.started_ms
    return together or (ring.ended_ms > taken.started_ms and ring.started_ms < taken.ended_ms)


def _grace_ms(offer: _Offer, winner: _Offer, answered_ms: int) -> int:
    """How long before the answer is written down the ringing may have stopped because of it.

    A whole second where phones began to ring together and this one was meant to ring on: an answer that is worked out
    from two lengths in whole seconds, the call's less the talk's, may be that late.
    """
    leg = offer.leg
    was_to_go_on = leg.ring_limit_ms is not None and leg.ring_ms + WHOLE_SECOND_MS < leg.ring_limit_ms
    is_together = abs(leg.started_ms - winner.leg.started_ms) <= WHOLE_SECOND_MS
    is_whole = leg.ended_ms % WHOLE_SECOND_MS == answered_ms % WHOLE_SECOND_MS == 0
    return WHOLE_SECOND_MS if was_to_go_on and is_together and is_whole else CLOSE_MS


def _picked_up(offer: _Offer, by: _Offer) -> bool:
    """Whether a call recorded as answered here, with no talk, was answered by a colleague at that moment (D5)."""
    taken_ms = by.leg.started_ms if by.leg.answered_ms is None else by.leg.answered_ms
    is_other = bool(offer.callee and by.callee) and by.callee != offer.callee and by.caller == offer.caller
    return is_other and by.leg.talk_ms > 0 and abs(taken_ms - offer.leg.ended_ms) <= WHOLE_SECOND_MS


def _seen_by_others(winner: _Offer, offers: list[_Offer]) -> _Offer:
    """The answered offer; if the PBX had answered before, its answer moved to when the other phones stopped ringing.

    After a queue or an announcement the recorded talk includes the ringing; the losers' ends show when that was over.
    """
    leg = winner.leg
    if leg.answered_ms != leg.started_ms:
        return winner
    ends = [o.leg.ended_ms for o in offers if o.result in _STILL_RINGING and _lost_to(o, winner)]
    answered_ms = max((end for end in ends if end <= leg.ended_ms), default=leg.started_ms)
    passed = max(answered_ms - leg.started_ms, 0)
    moved = leg._replace(answered_ms=leg.started_ms + passed, ring_ms=passed, talk_ms=max(leg.talk_ms - passed, 0))
    return winner._replace(leg=moved)


def _why_unanswered(leg: Leg, rows: list[Leg]) -> Result:
    """Why the ringing stopped, judged by what came after it.

    It rang as long as the PBX meant it to: rang out. The PBX went on with the same caller before that: the phone
    refused. Nothing came after: the caller gave up. Many records have whole seconds only, hence the second of grace.
    """
    if leg.ring_limit_ms is not None and leg.ring_ms + WHOLE_SECOND_MS >= leg.ring_limit_ms:
        return Result.RANG_OUT
    went_on = any(
        row.started_ms >= leg.ended_ms
        if row.via in (Via.MACHINE, _VOICEMAIL)
        else row.ended_ms > leg.ended_ms + WHOLE_SECOND_MS
        for row in rows
    )
    if not went_on:
        return Result.GAVE_UP
    return Result.RANG_OUT if leg.ring_limit_ms is None else Result.REJECTED


def _talked(extension: str, talks: list[_Offer]) -> bool:
    """Whether the extension took this call itself: sending it on is then a transfer, not a forward."""
    return any(offer.callee == extension for offer in talks)


def _was_put_through(offer: _Offer, talks: list[_Offer]) -> bool:
    """Whether the caller of this leg was put through to it, and so made no call (D5a).

    The caller had been called, and that talk was over when this leg began. Calling a colleague during the talk is a
    call of its own.
    """
    return any(
        taken.callee == offer.caller
        and taken.leg.started_ms < offer.leg.started_ms
        and taken.leg.ended_ms <= offer.leg.started_ms + WHOLE_SECOND_MS
        for taken in talks
    )


def _as_forwarder(offer: _Offer) -> _Offer:
    """The leg as seen by the extension that sent the call on (D5a): now a colleague's, or gone outside."""
    if offer.callee:
        return offer._replace(result=Result.ELSEWHERE)
    return offer


def _incoming(extension: str, started_ms: int, offers: list[_Offer], mailbox: list[int]) -> Involvement:
    answered = [offer for offer in offers if offer.result == _ANSWERED]
    last = answered[0] if answered else offers[-1]
    outcome, reason = _OUTCOMES[last.result]
    first_ring_ms = offers[0].leg.started_ms
    if last.forwarder == extension and outcome != _ELSEWHERE:
        reason = Reason.FORWARDED
    elif outcome != _TAKEN and mailbox and outcome != _ELSEWHERE and any(at >= first_ring_ms for at in mailbox):
        reason = Reason.VOICEMAIL
    rang_until_ms = _rang_until(last) if answered or len(offers) == 1 else max(map(_rang_until, offers))
    local = True not in [offer.outside_caller for offer in offers]
    ring_seconds = max(rang_until_ms - first_ring_ms, 0) // 1000
    talk_seconds = _talk_seconds(answered)
    return Involvement(extension, _IN, local, started_ms, outcome, reason, ring_seconds, talk_seconds)


def _outgoing(
    extension: str, started_ms: int, offers: list[_Offer], rows: list[Leg], numbering: Numbering
) -> Involvement:
    answered = [offer for offer in offers if offer.result == _ANSWERED]
    last = answered[0] if answered else max(offers, key=lambda offer: (offer.leg.ended_ms, *by_time(offer.leg)))
    outcome, reason = _OUTCOMES[_of_who_called(last.leg, last.result, rows)]
    since_ms, until_ms = offers[0].leg.started_ms, _rang_until(last)
    if len(rows) > 1:
        own = [row for row in rows if numbering.of_party(row.caller_device, row.caller_number) == extension]
        since_ms = min((row.started_ms for row in own), default=since_ms)
        if not answered:  # waiting in a queue continues while none of its phones rings (D9)
            until_ms = max((row.ended_ms for row in own if row.via == Via.MACHINE), default=until_ms)
            until_ms = max(until_ms, _rang_until(last))
    local = True not in [offer.outside_callee for offer in answered or offers]
    ring_seconds = max(until_ms - since_ms, 0) // 1000
    talk_seconds = _talk_seconds(answered)
    return Involvement(extension, _OUT, local, started_ms, outcome, reason, ring_seconds, talk_seconds)


def _of_who_called(leg: Leg, result: int, rows: list[Leg]) -> int:
    """How a call ended for its caller: one taken elsewhere is answered, if the leg's own record says so (D4).

    Otherwise whoever took it had been called by somebody else, and this caller got no answer.
    """
    if result != Result.ELSEWHERE:
        return result
    if leg.result == Result.ELSEWHERE:
        return _ANSWERED
    return _why_unanswered(leg, rows) if leg.result == _UNANSWERED else leg.result


def _rang_until(offer: _Offer) -> int:
    """When the ringing was over, as counted by the PBX; its whole-second times may be a different number apart."""
    return offer.leg.started_ms + offer.leg.ring_ms


def _talk_seconds(answered: Sequence[_Offer]) -> int:
    """The union of the talk stretches in whole seconds (D6): twin legs count once, a call that comes back adds."""
    if len(answered) < 2:
        return answered[0].leg.talk_ms // 1000 if answered else 0
    total = 0
    until = 0
    for start, end in sorted(
        (offer.leg.answered_ms or 0, (offer.leg.answered_ms or 0) + offer.leg.talk_ms) for offer in answered
    ):
        total += max(end - max(start, until), 0)
        until = max(until, end)
    return total // 1000

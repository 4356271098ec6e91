"""The internal wires of a PBX: what is at the other end of each, and who forwarded a call through it."""

from __future__ import annotations

from pbxtally.legs import SERVICE, WHOLE_SECOND_MS, Leg, Result, Via
from pbxtally.numbering import Numbering

MANY_WIRES = 100
"""No call passes through more of them in a row, nor has more that were answered."""

_ANSWERED, _DEVICE, _WIRE, _VOICEMAIL = (
    Result.ANSWERED,
    Via.DEVICE,
    Via.WIRE,
    Via.VOICEMAIL,
)  # looking them up for every leg is expensive


def joined(legs: list[Leg], numbering: Numbering) -> list[Leg]:
    """Legs that led to phones and trunks, with every internal wire replaced by what is at its other end.

    A wire whose other end left no leg stands for the extension it was called by, if it is one. If a wire called by an
    extension led only to other people, that extension forwarded the call (D5a). A leg that led to a device is replaced
    by the legs that were made for it, if any: they know better whom it rang. If it was answered but none of them was,
    it was taken by somebody who has no other leg, and it stays.
    """
    into = {leg.callee_wire: leg for leg in legs if leg.via in (_WIRE, _DEVICE) and leg.callee_wire}
    if not into and not [leg for leg in legs if leg.via != _DEVICE]:
        return legs
    behind: dict[str, set[str]] = {}
    for leg in legs:
        if leg.caller_wire and leg.via == _DEVICE:
            behind.setdefault(leg.caller_wire, set()).add(numbering.of_device(leg.callee_device))
    led_on = {leg.caller_wire for leg in legs if leg.caller_wire}
    taken = {leg.caller_wire for leg in legs if leg.caller_wire and leg.result == _ANSWERED}
    found = []
    for leg in _taken_out(legs, led_on, numbering):
        if leg.callee_wire not in led_on:
            if leg.via == _DEVICE or (leg.via == _WIRE and numbering.of_device(leg.callee_device)):
                found += _while_it_was_there(into.get(leg.caller_wire), _through_wires(leg, into, behind, numbering))
        elif leg.via == _DEVICE and leg.result == _ANSWERED and leg.callee_wire not in taken:
            rung = behind.get(leg.callee_wire, set())
            found.append(_through_wires(_taken_by_another(leg, rung, numbering), into, behind, numbering))
    return found + _not_delivered([leg for leg in legs if leg.via == _VOICEMAIL], found, numbering)


def _not_delivered(mailboxes: list[Leg], rung: list[Leg], numbering: Numbering) -> list[Leg]:
    """Voicemail of an extension that was dialled but not rung: the call was for it all the same (D2)."""
    known = {numbering.of_device(device) for leg in rung for device in (leg.callee_device, leg.forwarded_by)}
    found = []
    for leg in mailboxes:
        number = leg.callee_device if leg.callee_device in numbering.directory else ""  # it was dialled (D2a)
        if number and number not in known and number != numbering.of_party(leg.caller_device, leg.caller_number):
            known.add(number)
            result = leg.result if leg.result == Result.BUSY else Result.VOICEMAIL
            found.append(leg._replace(via=_DEVICE, result=result, answered_ms=None, ring_ms=0, talk_ms=0))
    return found


def _while_it_was_there(near: Leg | None, leg: Leg) -> list[Leg]:
    """An answered leg, split in two if the leg it was made for ended earlier: its caller put it through and left.

    A caller who left while it rang made no call (D5a), and the leg stays whole.
    """
    if (
        near is None
        or near.via != _DEVICE
        or leg.answered_ms is None
        or leg.ended_ms <= near.ended_ms + WHOLE_SECOND_MS
    ):
        return [leg]
    ended_ms = near.ended_ms
    if ended_ms <= leg.answered_ms:
        return [leg if near.result == _ANSWERED else leg._replace(caller_device=SERVICE, caller_number="")]
    talked = leg._replace(ended_ms=ended_ms, talk_ms=ended_ms - leg.answered_ms)
    rest = leg._replace(key=f"{leg.key} on", started_ms=ended_ms, answered_ms=ended_ms, ring_ms=0)
    return [talked, rest._replace(talk_ms=leg.ended_ms - ended_ms, caller_device=SERVICE, caller_number="")]


def _taken_by_another(leg: Leg, rung: set[str], numbering: Numbering) -> Leg:
    """An answered leg whose own legs all rang in vain; if it names one of those phones, who took it is unknown."""
    number = numbering.of_device(leg.callee_device)
    return leg._replace(callee_device=SERVICE) if number and number in rung else leg


def _taken_out(legs: list[Leg], led_on: set[str], numbering: Numbering) -> list[Leg]:
    """The legs, without answered wires that the PBX optimized away and that have no leg behind them.

    Such a wire's caller has a leg with another device, answered at once, that begins when the wire's leg ends: the
    extension that the wire was called by forwarded the call to that device.
    """
    ends = [leg for leg in legs if leg.via == _WIRE and leg.result == _ANSWERED and leg.callee_wire not in led_on]
    if not ends or len(ends) > MANY_WIRES:
        return legs
    gone, left = set(), []
    for leg in legs:
        wire = next((end for end in ends if _went_on(end, leg)), None) if leg.via == _DEVICE else None
        number = numbering.of_device(wire.callee_device) if wire else ""
        if wire and number and number != numbering.of_device(leg.callee_device):
            gone.add(wire)
            leg = leg._replace(forwarded_by=wire.callee_device)
        left.append(leg)
    return [leg for leg in left if leg not in gone]


def _went_outside_for(called: str, leg: Leg, numbering: Numbering) -> bool:
    """Whether a leg to the outside, behind a wire, was made for the extension `called`."""
    is_outside = leg.callee_device != SERVICE and not numbering.of_party(leg.callee_device, leg.callee_number)
    return is_outside and called in numbering.directory


def _went_on(wire: Leg, leg: Leg) -> bool:
    return (
        leg.result == _ANSWERED
        and leg.answered_ms == leg.started_ms
        and leg.caller_device == wire.caller_device
        and abs(leg.started_ms - wire.ended_ms) < WHOLE_SECOND_MS
    )


def _who_sent_on(near: Leg, leg: Leg, rung: set[str], numbering: Numbering) -> str:
    """The extension that was called at the near end and sent the call on, by its device or number; "" if none did."""
    number = numbering.of_device(near.callee_device) if near.via == _WIRE else ""
    if number:
        return near.callee_device if number not in rung else ""
    if near.via == _WIRE:
        return near.callee_number if _went_outside_for(near.callee_number, leg, numbering) else ""
    came = not numbering.of_party(near.caller_device, near.caller_number)  # what a colleague dials may be outside
    return near.dialled if came and near.dialled not in rung and _went_outside_for(near.dialled, leg, numbering) else ""


def _through_wires(leg: Leg, into: dict[str, Leg], behind: dict[str, set[str]], numbering: Numbering) -> Leg:
    """The leg as made by whoever is at the near end of the wires it came through."""
    seen: set[str] = set()
    while leg.caller_wire in into and leg.caller_wire not in seen and len(seen) < MANY_WIRES:
        seen.add(leg.caller_wire)
        near = into[leg.caller_wire]
        leg = leg._replace(
            forwarded_by=_who_sent_on(near, leg, behind.get(leg.caller_wire, set()), numbering) or leg.forwarded_by,
            caller_wire=near.caller_wire,
            caller_device=near.caller_device,
            caller_number=near.caller_number,
        )
    return leg

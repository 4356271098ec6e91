"""How the channels of a call become legs: who rang whom, who was in a bridge, and for how long.

Once all channels that the events mention have ended, their legs stand for the call, and of its CDRs only voicemail
counts; until then the CDRs stand for it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from itertools import accumulate
from typing import NamedTuple

from pbxtally.channels import RINGS, Channel, Event, channels_of
from pbxtally.legs import CLOSE_MS, SERVICE, Leg, Result, Via

MANY_EVENTS, MANY_PAIRS = 1_000, 1_000_000
"""No channel has more events, and no call more dials times channels; anything with more shares an id by mistake."""


_MAYBE_NO_CHANNEL = (Result.UNREACHABLE, Result.BUSY)
"""How the CDR of a Dial ends that made no channel."""


class _Dial(NamedTuple):
    """A ringing that a channel began, and when it was over."""

    channel: str
    event: Leg
    ended_ms: int


class _Call(NamedTuple):
    """All channels of a call by their ids, and how one led to another."""

    channels: Mapping[str, Channel]
    dial_of: Mapping[str, _Dial | None]  # for each channel that the PBX rang
    called_end: Mapping[str, str]  # from a wire to the end of it that the PBX rang
    forwarder: Mapping[str, str]  # from a channel to the device that forwarded its call to it

    def caller_of(self, name: str) -> Channel | None:
        """The channel at the other end of this one."""
        channel, dial = self.channels[name], self.dial_of[name]
        return self.channels.get(channel.met or (dial.channel if dial else channel.first.call))

    def origin_of(self, name: str) -> Channel | None:
        """The caller behind all wires."""
        caller = self.caller_of(name)
        seen: set[str] = set()
        while caller and caller.first.caller_wire in self.called_end.keys() - seen:
            seen.add(caller.first.caller_wire)
            caller = self.caller_of(self.called_end[caller.first.caller_wire])
        return caller


def folded(legs: Iterable[Leg]) -> list[Leg]:
    """The legs of a call, in time order, made from its events where these cover all of it."""
    rows = list(legs)
    events = {leg for leg in rows if leg.via == Via.EVENT}
    if not events:
        return rows
    records = [leg for leg in rows if leg.via != Via.EVENT]
    if all(event.dialled != Event.START for event in events):  # the end of a call that was up for more than a day
        return records
    channels = channels_of(events)
    if channels is None or any(one.hangup is None or len(one.events) > MANY_EVENTS for one in channels.values()):
        return records
    if _lack_a_phone(events, records):
        return records
    forwards = [event for event in events if event.dialled == Event.FORWARD]
    dials = [
        _Dial(name, event, channel.dial_ended_ms(event))
        for name, channel in channels.items()
        for event in channel.of(*RINGS)
    ]
    if (len(dials) + len(forwards)) * len(channels) > MANY_PAIRS:
        return records
    called = {name: channel for name, channel in channels.items() if channel.called}
    call = _Call(
        channels,
        {name: None if channel.met else _dial_of(name, channel, dials) for name, channel in called.items()},
        {channel.first.caller_wire: name for name, channel in called.items() if channel.first.caller_wire},
        dict(filter(None, (_sent_on(event, called) for event in forwards))),
    )
    made = _without_channel(dials, {dial.event for dial in call.dial_of.values() if dial}, channels)
    for name, channel in channels.items():
        made += [_mailbox(event) for event in channel.of(Event.VOICEMAIL)]
        made += _rung(name, call) if channel.called else [_stay(channel)]
    made += [leg for leg in records if leg.via == Via.VOICEMAIL]
    return sorted(made, key=lambda leg: (leg.started_ms, leg.ended_ms, leg.key))


def _lack_a_phone(events: set[Leg], records: Iterable[Leg]) -> bool:
    """Whether a CDR names a phone of which there is no event, so that the events are not the whole call.

    Before version 12 it may name a queue's member instead; these events tell of bridges at one channel only.
    """
    known = {"", SERVICE, *(event.caller_device for event in events)}
    named = {leg.caller_device for leg in records}
    named |= {leg.callee_device for leg in records if leg.via == Via.DEVICE and leg.result not in _MAYBE_NO_CHANNEL}
    return not named <= known and not any(event.forwarded_by for event in events)


def _sent_on(forward: Leg, channels: Mapping[str, Channel]) -> tuple[str, str] | None:
    """The wire that a call was forwarded to, begun just before, and the phone that did it, which ended at that time."""
    at_ms = forward.started_ms
    wires, phones = [], []
    for name, channel in channels.items():
        if channel.first.caller_wire:
            if _device(channel.first) == forward.callee_number and 0 <= at_ms - channel.started_ms <= 2 * CLOSE_MS:
                wires.append((channel.started_ms, name))
        elif channel.hangup and channel.hangup.result == Result.UNANSWERED and not channel.of(Event.BRIDGE_IN):
            phones.append((abs(channel.ended_ms - at_ms), channel.started_ms, _device(channel.first)))
    nearest = min(phones, default=None)
    if not wires or nearest is None or nearest[0] > 2 * CLOSE_MS:
        return None
    return max(wires)[1], nearest[2]


def _stay(channel: Channel) -> Leg:
    """The caller's own channel in the PBX, from its start to its end."""
    return _made(channel.first, "stay", channel.started_ms, channel.ended_ms, Via.MACHINE, Result.ANSWERED)


def _mailbox(event: Leg) -> Leg:
    return _made(event, "voicemail", event.started_ms, event.started_ms, Via.VOICEMAIL, Result.ANSWERED)


def _without_channel(dials: list[_Dial], rang: set[Leg], channels: Mapping[str, Channel]) -> list[Leg]:
    """Dials for which no channel was made: the device could not be rung.

    If the caller was in a bridge all the same, somebody took the call of whom this customer has no events.
    """
    alone = [dial for dial in dials if dial.event.dialled == Event.DIAL and dial.event not in rang]
    bridged = {name: channels[name].bridged(channels[name].ended_ms) for name in {dial.channel for dial in alone}}
    phones = [channel for channel in channels.values() if channel.called] if alone else []
    taken = sorted(talk for phone in phones for talk in phone.bridged(phone.ended_ms))
    made = []
    for each in alone:
        leg = _made(each.event, "dial", each.event.started_ms, each.ended_ms, Via.DEVICE, Result.UNREACHABLE)
        leg = leg._replace(callee_device=each.event.callee_device, dialled=each.event.callee_number)
        since_ms, until_ms = each.event.started_ms, each.ended_ms
        during = [(start, min(end, until_ms)) for start, end in bridged[each.channel] if since_ms <= start < until_ms]
        talks = _not_taken(during, taken)
        made.append(_talked(leg._replace(result=Result.ANSWERED), talks) if talks else leg)
    return made


def _not_taken(talks: list[tuple[int, int]], taken: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Those talks of a caller that none of the phones had a part in; both are in time order."""
    until_ms = list(accumulate((end for _, end in taken), max)) if talks else []
    places = [bisect_left(taken, (end,)) for _, end in talks]  # before each, what began in time
    return [talk for talk, place in zip(talks, places, strict=True) if not place or until_ms[place - 1] <= talk[0]]


def _dial_of(name: str, channel: Channel, dials: list[_Dial]) -> _Dial | None:
    """The dial that a channel was made for: of those open when it began, rather one that names its device.

    Next come dials that name no device, then others; of several the last. The target of a forward is often dialled in
    the same second in which the forwarding phone began.
    """
    device, wire = _device(channel.first), channel.first.caller_wire
    could = [
        dial
        for dial in dials
        if dial.event.started_ms <= channel.started_ms <= dial.ended_ms
        and dial.channel != name
        and (not wire or dial.event.caller_wire != wire)  # a dial by the other end of a wire is what the wire led to
    ]
    return max(
        could,
        key=lambda dial: (*_names(dial.event, device), dial.event.started_ms, dial.event.key),
        default=None,
    )


def _names(dial: Leg, device: str) -> tuple[bool, bool]:
    return dial.callee_device == device, dial.callee_device in ("", SERVICE)


def _rung(name: str, call: _Call) -> list[Leg]:
    """The leg of a channel that the PBX rang; two if the call changed hands, as in `_taken`."""
    channel, made_for, caller = call.channels[name], call.dial_of[name], call.caller_of(name)
    dial = made_for.event if made_for else None
    bridges = channel.of(Event.BRIDGE_IN)
    own_dials = [event.started_ms for event in channel.of(*RINGS) if bridges]
    ended_ms = min([channel.ended_ms, *own_dials])
    talks = channel.bridged(ended_ms)
    first = channel.first
    via = Via.WIRE if first.caller_wire else Via.DEVICE
    result = Result.ANSWERED if talks else _why_unanswered(channel, dial, call.origin_of(name))
    leg = _made(dial or (caller or channel).first, "rung", channel.started_ms, ended_ms, via, result)._replace(
        key=first.key,
        callee_device=call.forwarder.get(name) or _device(first),
        callee_wire=first.caller_wire,
        callee_number=first.caller_number,
        callee_name=first.caller_name,
        dialled=dial.callee_number if dial else first.callee_number,
        ring_limit_ms=dial.ring_limit_ms if dial else None,
        words=channel.hangup.words if channel.hangup else "",
    )
    if caller is None:
        leg = leg._replace(caller_device="", caller_number="", caller_name="", caller_wire="")
    elif caller is channel:
        leg = _of_nobody(leg)
    if not talks:
        return [leg]
    if _device(bridges[0]) == _device(first):
        return _taken(leg, talks, caller)
    answered_ms = talks[0][0]
    lost = leg._replace(
        key=f"{leg.key} lost", ended_ms=answered_ms, ring_ms=answered_ms - leg.started_ms, result=Result.ELSEWHERE
    )
    there = leg._replace(callee_device=_device(bridges[0]), callee_number=bridges[0].caller_number)
    return [_talked(there, talks), lost]


def _taken(leg: Leg, talks: list[tuple[int, int]], caller: Channel | None) -> list[Leg]:
    """The phone's talk with the caller and, if the caller put it through and left, its talk after that."""
    left_ms = caller.ended_ms if caller and not caller.first.caller_wire else talks[-1][1]
    if not talks[0][0] < left_ms < talks[-1][1] - CLOSE_MS:
        return [_talked(leg, talks)]
    before = [(start, min(end, left_ms)) for start, end in talks if start < left_ms]
    after = [(max(start, left_ms), end) for start, end in talks if end > left_ms]
    stayed = _of_nobody(leg)._replace(key=f"{leg.key} stayed", started_ms=after[0][0])
    return [_talked(leg._replace(ended_ms=left_ms), before), _talked(stayed, after)]


def _talked(leg: Leg, talks: list[tuple[int, int]]) -> Leg:
    answered_ms = talks[0][0]
    return leg._replace(
        answered_ms=answered_ms,
        ring_ms=answered_ms - leg.started_ms,
        talk_ms=sum(end - start for start, end in talks),
    )


def _of_nobody(leg: Leg) -> Leg:
    """The leg as made by the PBX itself."""
    return leg._replace(caller_device=SERVICE, caller_number="", caller_name="", caller_wire="")


def _why_unanswered(channel: Channel, dial: Leg | None, origin: Channel | None) -> int:
    """The hang-up cause says why; after a normal clearing, who ended the call does."""
    if channel.of(Event.PICKED):
        return Result.ELSEWHERE
    cause = channel.hangup.result if channel.hangup else Result.UNANSWERED
    if cause != Result.UNANSWERED:
        return cause
    limit_ms = dial.ring_limit_ms if dial else None
    if limit_ms is not None and channel.ended_ms - channel.started_ms + CLOSE_MS >= limit_ms:
        return Result.RANG_OUT
    left = origin.hangup if origin else None
    if left and left.callee_device != SERVICE and left.started_ms <= channel.ended_ms + CLOSE_MS:
        return Result.GAVE_UP
    return Result.RANG_OUT


def _device(event: Leg) -> str:
    """The device at a channel; for a wire, the number it was called by."""
    return event.caller_wire[6:].split("@")[0] if event.caller_wire else event.caller_device


def _made(event: Leg, kind: str, started_ms: int, ended_ms: int, via: Via, result: int) -> Leg:
    """A leg whose caller is the party at an event's channel."""
    return Leg(
        key=f"{event.key} {kind}",
        call=event.call,
        started_ms=started_ms,
        ended_ms=ended_ms,
        answered_ms=None,
        ring_ms=ended_ms - started_ms,
        talk_ms=0,
        via=via,
        result=result,
        caller_number=event.caller_number,
        caller_name=event.caller_name,
        caller_device=event.caller_device,
        caller_wire=event.caller_wire,
        words=event.words,
    )

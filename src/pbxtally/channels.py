"""How events of channels become legs: who rang whom, who was in a bridge with somebody and how long.

A PBX that tells what each channel did (Asterisk's CEL) knows more than its CDRs: when a person answered behind an
announcement, who picked a call up, why a phone stopped ringing. Each event is kept as a leg of its own, `Via.EVENT`, so
that events may come in any order, in any pieces and twice; they are folded when their call is derived.

An event is written in a leg's fields so:
- `started_ms`, `ended_ms`: when; `dialled`: what happened, in the words of `Event`; `callee_wire`: the channel's own id
- `caller_number`, `caller_name`, `caller_device`, `caller_wire`: the party at the channel
- `callee_name`: CALLED if the PBX rang this channel; `result`: what the cause of a hang-up means
- `forwarded_by`: the other channel of a bridge that is told at one of its two: its device, or the end of a wire
- `callee_device`, `callee_number`, `ring_limit_ms`: of a dial, the one device it is for (SERVICE if there are more),
  the number that was dialled, and how long to ring

An attended transfer and a pickup take a channel out of one call into another. In the one it has no end, in the other it
is in a bridge without having entered it (`_with_its_move`).

Once all channels that events tell of have ended, their legs stand for the call, and of its CDRs only voicemail counts;
until then the CDRs do.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from pbxtally.legs import CLOSE_MS, SERVICE, Leg, Result, Via


class Event(StrEnum):
    """What happened to a channel."""

    START = "start"
    DIAL = "dial"  # it began to ring devices
    QUEUE = "queue"  # it began to wait in something that rings devices as it likes
    DIALLED = "dialled"  # the ringing is over
    BRIDGE_IN = "bridge in"
    BRIDGE_OUT = "bridge out"
    VOICEMAIL = "voicemail"
    PICKED = "picked up"  # somebody took the call that rang here at another phone
    FORWARD = "forward"  # one of the phones that it rang sent the call on, to `callee_number`
    HANGUP = "hangup"
    GONE = "gone"  # the call has no channel any more
    OTHER = "other"


_RINGS = (Event.DIAL, Event.QUEUE)

CALLED, NOBODY = "called", "?"
"""Marks an event of a channel that the PBX rang; stands for the other channel of a bridge where the record has none."""

MANY_EVENTS, MANY_PAIRS = 1_000, 1_000_000
"""No channel has more events, no call more channels for so many dials; what has shares an id by mistake."""


@dataclass(slots=True)
class _Channel:
    """One channel and its events in time order."""

    events: list[Leg]
    met: str = ""  # the channel it was in a bridge with when it came from another call
    called: bool = field(init=False)
    hangup: Leg | None = field(init=False)

    def __post_init__(self) -> None:
        self.events.sort(key=_by_time)
        self.called = bool(self.met) or any(event.callee_name == CALLED for event in self.events)
        self.hangup = next((event for event in self.events if event.dialled == Event.HANGUP), None)

    @property
    def first(self) -> Leg:
        return self.events[0]

    @property
    def started_ms(self) -> int:
        return self.events[0].started_ms

    @property
    def ended_ms(self) -> int:
        return self.hangup.started_ms if self.hangup else self.events[-1].started_ms

    def of(self, *kinds: Event) -> list[Leg]:
        """Its events of some kinds."""
        return [event for event in self.events if event.dialled in kinds]

    def dial_ended_ms(self, dial: Leg) -> int:
        """When a ringing that it began was over: nothing but their order tells which end is whose."""
        dials = self.of(*_RINGS)
        place = dials.index(dial)
        ends = [event.started_ms for event in self.of(Event.DIALLED)][place : place + 1]
        ends += [later.started_ms for later in dials[place + 1 : place + 2]]
        return min((end for end in ends if end >= dial.started_ms), default=self.ended_ms)

    def bridged(self, until_ms: int) -> list[tuple[int, int]]:
        """Its stretches in a bridge, up to a moment. At one moment it may leave a bridge and enter another."""
        stretches: list[tuple[int, int]] = []
        since_ms = bridges = 0
        for event in self.of(Event.BRIDGE_IN, Event.BRIDGE_OUT, Event.HANGUP):
            was_in = bridges > 0
            if event.dialled == Event.BRIDGE_IN:
                since_ms = since_ms if was_in else event.started_ms
                bridges += 1
            else:
                bridges = 0 if event.dialled == Event.HANGUP else max(bridges - 1, 0)
            if was_in and not bridges:
                stretches.append((since_ms, min(event.started_ms, until_ms)))
        return [(start, end) for start, end in stretches if start <= end]


class _Dial(NamedTuple):
    """A ringing that a channel began, and when it was over."""

    channel: str
    event: Leg
    ended_ms: int


class _Call(NamedTuple):
    """All channels of a call by their ids, and how one led to another."""

    channels: Mapping[str, _Channel]
    dial_of: Mapping[str, _Dial | None]  # of each channel that the PBX rang
    called_end: Mapping[str, str]  # from a wire to its end that the PBX rang
    forwarder: Mapping[str, str]  # from a channel to the device that sent its own call on to it

    def caller_of(self, name: str) -> _Channel | None:
        """The channel at whose other end this one was."""
        channel, dial = self.channels[name], self.dial_of[name]
        return self.channels.get(channel.met or (dial.channel if dial else channel.first.call))

    def origin_of(self, name: str) -> _Channel | None:
        """The caller behind all wires."""
        caller = self.caller_of(name)
        seen: set[str] = set()
        while caller and caller.first.caller_wire in self.called_end.keys() - seen:
            seen.add(caller.first.caller_wire)
            caller = self.caller_of(self.called_end[caller.first.caller_wire])
        return caller


def folded(legs: Iterable[Leg]) -> list[Leg]:
    """The legs of a call, its events made into legs, in time order, where they tell all of it."""
    rows = list(legs)
    events = {leg for leg in rows if leg.via == Via.EVENT}
    if not events:
        return rows
    records = [leg for leg in rows if leg.via != Via.EVENT]
    at_peers = _at_peers(events)
    channels = _channels(events | (at_peers or set()))
    forwards = [event for event in events if event.dialled == Event.FORWARD]
    if at_peers is None or any(
        channel.hangup is None or len(channel.events) > MANY_EVENTS for channel in channels.values()
    ):
        return records
    dials = [
        _Dial(name, event, channel.dial_ended_ms(event))
        for name, channel in channels.items()
        for event in channel.of(*_RINGS)
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
    made = _unreached(dials, {dial.event for dial in call.dial_of.values() if dial})
    for name, channel in channels.items():
        made += [_mailbox(event) for event in channel.of(Event.VOICEMAIL)]
        made += _rung(name, call) if channel.called else [_stay(channel)]
    made += [leg for leg in records if leg.via == Via.VOICEMAIL]
    return sorted(made, key=lambda leg: (leg.started_ms, leg.ended_ms, leg.key))


def _by_time(event: Leg) -> tuple[int, str]:
    return event.started_ms, event.key


def _at_peers(events: Iterable[Leg]) -> set[Leg] | None:
    """Bridges that are told at one channel, as events of the other; None where one is with a channel nobody knows."""
    began: dict[str, list[Leg]] = {}
    told = [event for event in events if event.forwarded_by]
    for event in sorted(events, key=_by_time) if told else ():
        if event.dialled == Event.START:
            end = f"{event.caller_wire};{1 if event.callee_name == CALLED else 2}"
            began.setdefault(end if event.caller_wire else event.caller_device, []).append(event)
    found = set()
    for event in told:
        others = began.get(event.forwarded_by, [])
        place = bisect_right(others, event.started_ms, key=lambda one: one.started_ms)
        if not place:
            return None
        found.add(_at(others[place - 1], event.started_ms, Event(event.dialled)))
    return found


def _channels(events: Iterable[Leg]) -> dict[str, _Channel]:
    own: dict[str, list[Leg]] = {}
    for event in sorted(events, key=_by_time):
        own.setdefault(event.callee_wire, []).append(event)
    entered = sorted((event for event in events if event.dialled == Event.BRIDGE_IN), key=_by_time)
    gone_ms = max((event.started_ms for event in events if event.dialled == Event.GONE), default=None)
    return {name: _with_its_move(own[name], entered, gone_ms) for name in sorted(own)}


def _with_its_move(events: list[Leg], entered: Sequence[Leg], gone_ms: int | None) -> _Channel:
    """A channel, and what only another call tells of it: how it came, and how it ended."""
    last, other = events[-1], _met(events, entered)
    if other is not None and events[0].dialled == Event.BRIDGE_OUT:
        events = [_at(events[0], other.started_ms, Event.BRIDGE_IN), *events]
    if gone_ms is not None and all(event.dialled != Event.HANGUP for event in events):
        events = [*events, _at(last, max(gone_ms, last.started_ms), Event.HANGUP)]
    return _Channel(events, other.callee_wire if other else "")


def _met(events: list[Leg], entered: Sequence[Leg]) -> Leg | None:
    """How a channel that came in a bridge, or from its own call into one, got to know the one it was there with.

    Whoever entered a bridge last before it left one met it there. A parked call enters one as somebody fetches it.
    """
    first = events[0]
    place = bisect_right(entered, first.started_ms, key=lambda event: event.started_ms)
    if first.dialled == Event.BRIDGE_OUT:
        return entered[place - 1] if place else None
    if first.dialled != Event.BRIDGE_IN or first.caller_wire or first.callee_wire == first.call:
        return None
    if any(event.dialled == Event.START or event.callee_name == CALLED for event in events):
        return None
    others = [event for event in entered[max(place - 3, 0) : place + 2] if event.callee_wire != first.callee_wire]
    return min(others, key=lambda event: abs(event.started_ms - first.started_ms), default=None)


def _at(event: Leg, at_ms: int, kind: Event) -> Leg:
    return event._replace(
        key=f"{event.key} {kind}", started_ms=at_ms, ended_ms=at_ms, dialled=kind, result=Result.UNANSWERED
    )


def _sent_on(forward: Leg, channels: Mapping[str, _Channel]) -> tuple[str, str] | None:
    """The wire that a call was sent on to, and the phone that did it: it began just before, and that one ended then."""
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


def _stay(channel: _Channel) -> Leg:
    """What the caller's channel was in the PBX, from its start to its end."""
    return _made(channel.first, "stay", channel.started_ms, channel.ended_ms, Via.MACHINE, Result.ANSWERED)


def _mailbox(event: Leg) -> Leg:
    return _made(event, "voicemail", event.started_ms, event.started_ms, Via.VOICEMAIL, Result.ANSWERED)


def _unreached(dials: list[_Dial], rang: set[Leg]) -> list[Leg]:
    """Dials for which no channel was made: the device could not be rung."""
    return [
        _made(each.event, "dial", each.event.started_ms, each.ended_ms, Via.DEVICE, Result.UNREACHABLE)._replace(
            callee_device=each.event.callee_device, dialled=each.event.callee_number
        )
        for each in dials
        if each.event.dialled == Event.DIAL and each.event not in rang
    ]


def _dial_of(name: str, channel: _Channel, dials: list[_Dial]) -> _Dial | None:
    """The dial that a channel was made for: of those open when it began one that names it, rather than none or another.

    Of several the last. What a phone's call is sent on to is dialled in the second, often, in which that phone began.
    """
    device, wire = _device(channel.first), channel.first.caller_wire
    could = [
        dial
        for dial in dials
        if dial.event.started_ms <= channel.started_ms <= dial.ended_ms
        and dial.channel != name
        and (not wire or dial.event.caller_wire != wire)  # what the other end of a wire rings, the wire led to
    ]
    return max(
        could,
        key=lambda dial: (*_names(dial.event, device), dial.event.started_ms, dial.event.key),
        default=None,
    )


def _names(dial: Leg, device: str) -> tuple[bool, bool]:
    return dial.callee_device == device, dial.callee_device in ("", SERVICE)


def _rung(name: str, call: _Call) -> list[Leg]:
    """The leg of a channel that the PBX rang; two, if it changed hands: see `_taken`."""
    channel, made_for, caller = call.channels[name], call.dial_of[name], call.caller_of(name)
    dial = made_for.event if made_for else None
    bridges = channel.of(Event.BRIDGE_IN)
    own_dials = [event.started_ms for event in channel.of(*_RINGS) if bridges]
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
    if caller is None or caller is channel:
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


def _taken(leg: Leg, talks: list[tuple[int, int]], caller: _Channel | None) -> list[Leg]:
    """What the phone talked with the caller, and, if that one put it through and left, what it talked after that."""
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


def _why_unanswered(channel: _Channel, dial: Leg | None, origin: _Channel | None) -> int:
    """The cause says; a plain end is told by who ended it."""
    if channel.of(Event.PICKED):
        return Result.ELSEWHERE
    cause = channel.hangup.result if channel.hangup else Result.UNANSWERED
    if cause != Result.UNANSWERED:
        return cause
    limit_ms = dial.ring_limit_ms if dial else None
    if limit_ms is not None and channel.ended_ms - channel.started_ms + CLOSE_MS >= limit_ms:
        return Result.RANG_OUT
    if origin and origin.ended_ms <= channel.ended_ms + CLOSE_MS:
        return Result.GAVE_UP
    return Result.RANG_OUT


def _device(event: Leg) -> str:
    """The device at a channel; of a wire the number it was called by."""
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

"""How events of channels become legs: who rang whom, who was in a bridge with somebody and how long.

A PBX that tells what each channel did (Asterisk's CEL) knows more than its CDRs: when a person answered behind an
announcement, who picked a call up, why a phone stopped ringing. Each event is kept as a leg of its own, `Via.EVENT`, so
that events may come in any order, in any pieces and twice; they are folded when their call is derived.

An event is written in a leg's fields so:
- `started_ms`, `ended_ms`: when; `dialled`: what happened, in the words of `Event`; `callee_wire`: the channel's own id
- `caller_number`, `caller_name`, `caller_device`, `caller_wire`: the party at the channel
- `callee_name`: CALLED if the PBX rang this channel; `result`: what the cause of a hang-up means
- `callee_device`, `callee_number`, `ring_limit_ms`: of a dial, the one device it is for (SERVICE if there are more),
  the number that was dialled, and how long to ring

Once all channels that events tell of have ended, their legs stand for the call, and of its CDRs only voicemail counts;
until then the CDRs do.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from pbxtally.legs import SERVICE, Leg, Result, Via


class Event(StrEnum):
    """What happened to a channel."""

    START = "start"
    DIAL = "dial"  # it began to ring devices
    QUEUE = "queue"  # it began to wait in something that rings devices as it likes
    DIALLED = "dialled"  # the ringing is over
    BRIDGE_IN = "bridge in"
    BRIDGE_OUT = "bridge out"
    VOICEMAIL = "voicemail"
    HANGUP = "hangup"
    OTHER = "other"


_RINGS = (Event.DIAL, Event.QUEUE)

CALLED = "called"
"""Marks an event of a channel that the PBX rang."""

MANY_EVENTS, MANY_PAIRS = 1_000, 1_000_000
"""No channel has more events, no call more channels for so many dials; what has shares an id by mistake."""

CLOSE_MS = 500
"""What happens within half a second happened because of each other."""


@dataclass(slots=True)
class _Channel:
    """One channel and its events in time order."""

    events: list[Leg]
    called: bool = field(init=False)
    hangup: Leg | None = field(init=False)

    def __post_init__(self) -> None:
        self.events.sort(key=lambda event: (event.started_ms, event.key))
        self.called = any(event.callee_name == CALLED for event in self.events)
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
        """Its stretches in a bridge, up to a moment."""
        stretches: list[tuple[int, int]] = []
        since: int | None = None
        for event in self.of(Event.BRIDGE_IN, Event.BRIDGE_OUT, Event.HANGUP):
            if event.dialled == Event.BRIDGE_IN:
                since = event.started_ms if since is None else since
            elif since is not None:
                stretches.append((since, min(event.started_ms, until_ms)))
                since = None
        return [(start, end) for start, end in stretches if start <= end]


class _Dial(NamedTuple):
    """A ringing that a channel began, and when it was over."""

    channel: str
    event: Leg
    ended_ms: int


def folded(legs: Iterable[Leg]) -> list[Leg]:
    """The legs of a call, its events made into legs, in time order, where they tell all of it."""
    rows = list(legs)
    events = {leg for leg in rows if leg.via == Via.EVENT}
    if not events:
        return rows
    records = [leg for leg in rows if leg.via != Via.EVENT]
    channels: dict[str, _Channel] = {}
    for event in events:
        channels.setdefault(event.callee_wire, _Channel([])).events.append(event)
    channels = {name: _Channel(channel.events) for name, channel in sorted(channels.items())}
    if any(channel.hangup is None or len(channel.events) > MANY_EVENTS for channel in channels.values()):
        return records
    dials = [
        _Dial(name, event, channel.dial_ended_ms(event))
        for name, channel in channels.items()
        for event in channel.of(*_RINGS)
    ]
    if len(dials) * len(channels) > MANY_PAIRS:
        return records
    dial_of = {name: _dial_of(name, channel, dials) for name, channel in channels.items() if channel.called}
    made = _unreached(dials, {dial.event for dial in dial_of.values() if dial})
    for name, channel in channels.items():
        made += [_mailbox(event) for event in channel.of(Event.VOICEMAIL)]
        made += _rung(channel, dial_of[name], channels) if channel.called else [_stay(channel)]
    made += [leg for leg in records if leg.via == Via.VOICEMAIL]
    return sorted(made, key=lambda leg: (leg.started_ms, leg.ended_ms, leg.key))


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
    """The dial that a channel was made for: of those open when it began one that names its device, and the last."""
    device = _device(channel.first)
    could = [
        dial for dial in dials if dial.event.started_ms <= channel.started_ms <= dial.ended_ms and dial.channel != name
    ]
    return max(
        could,
        key=lambda dial: (dial.event.callee_device == device, dial.event.started_ms, dial.event.key),
        default=None,
    )


def _rung(channel: _Channel, made_for: _Dial | None, channels: dict[str, _Channel]) -> list[Leg]:
    """The leg of a channel that the PBX rang; two, if somebody picked the call up at another phone."""
    dial = made_for.event if made_for else None
    caller = channels.get(made_for.channel if made_for else channel.first.call)
    bridges = channel.of(Event.BRIDGE_IN)
    own_dials = [event.started_ms for event in channel.of(*_RINGS) if bridges]
    ended_ms = min([channel.ended_ms, *own_dials])
    talks = channel.bridged(ended_ms)
    first = channel.first
    device = _device(first)
    via = Via.WIRE if first.caller_wire else Via.DEVICE
    result = Result.ANSWERED if talks else _why_unanswered(channel, dial, caller)
    leg = _made(dial or (caller or channel).first, "rung", channel.started_ms, ended_ms, via, result)._replace(
        key=first.key,
        callee_device=device,
        callee_wire=first.caller_wire,
        callee_number=first.caller_number,
        callee_name=first.caller_name,
        dialled=dial.callee_number if dial else first.callee_number,
        ring_limit_ms=dial.ring_limit_ms if dial else None,
        words=channel.hangup.words if channel.hangup else "",
    )
    if caller is None or caller is channel:
        leg = leg._replace(caller_device=SERVICE, caller_number="", caller_name="", caller_wire="")
    if not talks:
        return [leg]
    answered_ms = talks[0][0]
    taken = leg._replace(
        answered_ms=answered_ms,
        ring_ms=answered_ms - channel.started_ms,
        talk_ms=sum(end - start for start, end in talks),
    )
    if _device(bridges[0]) == device:
        return [taken]
    lost = leg._replace(
        key=f"{leg.key} lost", ended_ms=answered_ms, ring_ms=answered_ms - leg.started_ms, result=Result.ELSEWHERE
    )
    return [taken._replace(callee_device=_device(bridges[0]), callee_number=bridges[0].caller_number), lost]


def _why_unanswered(channel: _Channel, dial: Leg | None, caller: _Channel | None) -> int:
    """The cause says; a plain end is told by who ended it."""
    cause = channel.hangup.result if channel.hangup else Result.UNANSWERED
    if cause != Result.UNANSWERED:
        return cause
    limit_ms = dial.ring_limit_ms if dial else None
    if limit_ms is not None and channel.ended_ms - channel.started_ms + CLOSE_MS >= limit_ms:
        return Result.RANG_OUT
    if caller and caller.ended_ms <= channel.ended_ms + CLOSE_MS:
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

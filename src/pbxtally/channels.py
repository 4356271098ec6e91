"""What a PBX reports about its channels: how an event is stored as a leg, and which events belong to one channel.

A PBX that reports what each channel did (Asterisk's CEL) says more than its CDRs: when a person answered after an
announcement, who picked a call up, why a phone stopped ringing. Each event is kept as a leg of its own, `Via.EVENT`, so
that events may come in any order, in any pieces and twice; they are folded when their call is derived
(`channel_legs.py`).

An event is stored in a leg's fields like this:
- `started_ms`, `ended_ms`: when; `dialled`: what happened, in the words of `Event`; `callee_wire`: the channel's own id
- `caller_number`, `caller_name`, `caller_device`, `caller_wire`: the party at the channel
- `callee_name`: CALLED if the PBX rang this channel; `result`: what the cause of a hang-up means
- `forwarded_by`: where a bridge is reported at one of its two channels only, the other: its device, or its wire's end
- `callee_device`, `callee_number`, `ring_limit_ms`: for a dial, the one device it is for (SERVICE if there are more),
  the number that was dialled, and how long to ring; for a hang-up, `callee_device` is SERVICE if the PBX did it

An attended transfer and a pickup move a channel from one call to another. In the first call it has no end; in the
second it is in a bridge that it never entered (`_with_its_move`).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from pbxtally.legs import Leg, Result


class Event(StrEnum):
    """What happened to a channel."""

    START = "start"
    DIAL = "dial"  # it began to ring devices
    QUEUE = "queue"  # it began to wait in something that rings devices as it likes
    DIALLED = "dialled"  # the ringing is over
    BRIDGE_IN = "bridge in"
    BRIDGE_OUT = "bridge out"
    VOICEMAIL = "voicemail"
    PICKED = "picked up"  # somebody took the call that rang here, at another phone
    FORWARD = "forward"  # one of the phones that it rang forwarded the call to `callee_number`
    HANGUP = "hangup"
    GONE = "gone"  # the call has no channel any more
    OTHER = "other"


RINGS = (Event.DIAL, Event.QUEUE)

CALLED, NOBODY = "called", "?"
"""CALLED marks an event of a channel that the PBX rang; NOBODY is a bridge's other channel if the record has none."""


@dataclass(slots=True)
class Channel:
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
        """Its first event."""
        return self.events[0]

    @property
    def started_ms(self) -> int:
        """When it began."""
        return self.events[0].started_ms

    @property
    def ended_ms(self) -> int:
        """When it was hung up; while it goes on, the time of its last event."""
        return self.hangup.started_ms if self.hangup else self.events[-1].started_ms

    def of(self, *kinds: Event) -> list[Leg]:
        """Its events of some kinds."""
        return [event for event in self.events if event.dialled in kinds]

    def dial_ended_ms(self, dial: Leg) -> int:
        """When a ringing that it began was over; only their order tells which end belongs to which dial."""
        dials = self.of(*RINGS)
        place = dials.index(dial)
        ends = [event.started_ms for event in self.of(Event.DIALLED)][place : place + 1]
        ends += [later.started_ms for later in dials[place + 1 : place + 2]]
        return min((end for end in ends if end >= dial.started_ms), default=self.ended_ms)

    def bridged(self, until_ms: int) -> list[tuple[int, int]]:
        """Its stretches in a bridge, up to a moment. It may leave one bridge and enter another at the same moment."""
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


def _by_time(event: Leg) -> tuple[int, str]:
    return event.started_ms, event.key


def _at_peers(events: Iterable[Leg]) -> set[Leg] | None:
    """Bridges reported at one channel only, as events of the other; None if one is with an unknown channel."""
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


def channels_of(events: set[Leg]) -> dict[str, Channel] | None:
    """The channels of a call by their ids; None if a bridge with an unknown channel is reported."""
    told_at_others = _at_peers(events)
    if told_at_others is None:
        return None
    events = events | told_at_others
    own: dict[str, list[Leg]] = {}
    for event in sorted(events, key=_by_time):
        own.setdefault(event.callee_wire, []).append(event)
    entered = sorted((event for event in events if event.dialled == Event.BRIDGE_IN), key=_by_time)
    gone_ms = max((event.started_ms for event in events if event.dialled == Event.GONE), default=None)
    return {name: _with_its_move(own[name], entered, gone_ms) for name in sorted(own)}


def _with_its_move(events: list[Leg], entered: Sequence[Leg], gone_ms: int | None) -> Channel:
    """A channel with what its own events lack after a move between calls: how it came, and how it ended."""
    last, other = events[-1], _met(events, entered)
    if other is not None and events[0].dialled == Event.BRIDGE_OUT:
        events = [_at(events[0], other.started_ms, Event.BRIDGE_IN), *events]
    if gone_ms is not None and all(event.dialled != Event.HANGUP for event in events):
        events = [*events, _at(last, max(gone_ms, last.started_ms), Event.HANGUP)]
    return Channel(events, other.callee_wire if other else "")


def _met(events: list[Leg], entered: Sequence[Leg]) -> Leg | None:
    """The bridge entry of the channel met by one that came from another call, in a bridge or straight into one.

    It met whoever last entered a bridge before it left one. A parked call enters a bridge when somebody retrieves it.
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
        key=f"{event.key} {kind}",
        started_ms=at_ms,
        ended_ms=at_ms,
        dialled=kind,
        callee_device="",
        result=Result.UNANSWERED,
    )

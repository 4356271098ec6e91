"""The calls that `how-we-count.md` draws: their legs, and how they look on paper.

Only the legs are written down here. What they come to is worked out by the program each time `generate.py` runs, and a
test compares, so that the page cannot say one thing and the program do another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from pbxtally.calls import Direction, Leg, Numbering, Reason, Result, Via, involvements
from pbxtally.measures import MEASURES, Adds, needed

OUTSIDE, MOBILE = "+4599000001", "+4599000002"
NUMBERING = Numbering(trunks=frozenset({"trunk"}))

WRITTEN = {
    Result.ANSWERED: "ANSWERED",
    Result.UNANSWERED: "NO ANSWER",
    Result.BUSY: "BUSY",
    Result.UNREACHABLE: "FAILED",
    Result.FAILED: "CONGESTION",
}
"""What Asterisk writes for each result."""


class Drawn(NamedTuple):
    """One leg; times are seconds from the start of the call. `limit`: how long the PBX meant to ring."""

    caller: str
    callee: str
    starts: int
    answered: int | None
    ends: int
    result: Result
    limit: int | None = None
    wire_to: str = ""  # the number an internal channel (`wire …`) was called by


A, N, B = Result.ANSWERED, Result.UNANSWERED, Result.BUSY

CALLS: dict[str, tuple[Drawn, ...]] = {
    "direct": (Drawn(OUTSIDE, "101", 0, 5, 45, A, 20),),
    "missed": (Drawn(OUTSIDE, "101", 0, None, 12, N, 20),),
    "placed": (Drawn("101", OUTSIDE, 0, 8, 40, A),),
    "refused by the network": (Drawn("101", OUTSIDE, 0, None, 2, Result.FAILED),),
    "local": (Drawn("101", "102", 0, 5, 35, A, 20),),
    "group": (
        Drawn(OUTSIDE, "102", 0, None, 4, N, 20),
        Drawn(OUTSIDE, "103", 0, None, 0, B, 20),
        Drawn(OUTSIDE, "107", 0, 4, 30, A, 20),
    ),
    "hunt": (
        Drawn(OUTSIDE, "102", 0, None, 10, N, 10),
        Drawn(OUTSIDE, "103", 10, None, 10, B, 10),
        Drawn(OUTSIDE, "101", 10, 14, 40, A, 10),
    ),
    "queue": (
        Drawn(OUTSIDE, "102", 0, None, 10, N),
        Drawn(OUTSIDE, "102", 15, None, 21, N),
        Drawn(OUTSIDE, "107", 15, 15, 45, A),
    ),
    "queue given up": (
        Drawn(OUTSIDE, "102", 0, None, 10, N),
        Drawn(OUTSIDE, "102", 15, None, 25, N),
        Drawn(OUTSIDE, "machine", 25, 25, 28, A),
    ),
    "voicemail": (
        Drawn(OUTSIDE, "102", 0, None, 20, N, 20),
        Drawn(OUTSIDE, "voicemail", 20, 20, 45, A),
    ),
    "declined": (
        Drawn("101", "102", 0, None, 3, N, 20),
        Drawn("101", "machine", 3, None, 3, N),
    ),
    "unreachable": (Drawn(OUTSIDE, "105", 0, None, 0, Result.UNREACHABLE),),
    "blind transfer": (
        Drawn(OUTSIDE, "101", 0, 3, 20, A, 20),
        Drawn(OUTSIDE, "104", 20, 25, 50, A, 20),
    ),
    "forwarded to a colleague": (
        Drawn(OUTSIDE, "wire 1", 0, 5, 35, A, 20, wire_to="102"),
        Drawn("wire 1", "103", 0, 5, 35, A, 20),
    ),
    "forwarded outside": (
        Drawn(OUTSIDE, "wire 1", 0, 6, 40, A, 20, wire_to="102"),
        Drawn("wire 1", MOBILE, 0, 6, 40, A, 20),
    ),
}


def legs(call: Iterable[Drawn]) -> list[Leg]:
    """The legs as a source would hand them over."""
    return [_leg(str(place), one) for place, one in enumerate(call)]


def _leg(key: str, one: Drawn) -> Leg:
    answered = one.answered
    ring = (one.ends if answered is None else answered) - one.starts
    return Leg(
        key=key,
        call="call",
        started_ms=one.starts * 1000,
        ended_ms=one.ends * 1000,
        answered_ms=None if answered is None else answered * 1000,
        ring_ms=ring * 1000,
        talk_ms=0 if answered is None else (one.ends - answered) * 1000,
        via=_via(one.callee),
        result=one.result,
        caller_number=one.caller if one.caller.startswith("+") else "",
        caller_device=_device(one.caller),
        caller_wire=one.caller if one.caller.startswith("wire") else "",
        callee_device=one.wire_to or _device(one.callee),
        callee_wire=one.callee if one.callee.startswith("wire") else "",
        ring_limit_ms=None if one.limit is None else one.limit * 1000,
    )


def _via(callee: str) -> Via:
    return {"machine": Via.MACHINE, "voicemail": Via.VOICEMAIL, "wire": Via.WIRE}.get(callee.split(" ")[0], Via.DEVICE)


def _device(party: str) -> str:
    if party.startswith("+"):
        return "trunk"
    return party if party.isdecimal() else ""


# ── on paper ──

WIDTH = 45
RINGS, TALKS, AT_ONCE = "░", "█", "│"


def drawing(call: tuple[Drawn, ...]) -> str:
    """The legs as bars over one time line, each with what the PBX writes at its end."""
    span = max(max(one.ends for one in call), 1)
    named = max(len(_name(one)) for one in call)
    lines = [f"{_name(one):{named}}  {_bar(one, span):{WIDTH + 1}} {WRITTEN[one.result]}".rstrip() for one in call]
    moments = {moment for one in call for moment in (one.starts, one.answered, one.ends) if moment is not None}
    return "\n".join([*lines, f"{'seconds':{named}}  {_scale(sorted(moments), span)}"])


def _name(one: Drawn) -> str:
    callee = f"{one.callee} ({one.wire_to})" if one.wire_to else one.callee
    return f"{_party(one.caller)} → {_party(callee)}"


def _party(name: str) -> str:
    return {OUTSIDE: "outside", MOBILE: "mobile", "machine": "PBX"}.get(name, name)


def _place(second: int, span: int) -> int:
    return round(second * WIDTH / span)


def _bar(one: Drawn, span: int) -> str:
    answered = one.ends if one.answered is None else one.answered
    starts, turns, ends = (_place(moment, span) for moment in (one.starts, answered, one.ends))
    bar = RINGS * (turns - starts) + TALKS * (ends - turns)
    return " " * starts + (bar or AT_ONCE)


def _scale(moments: list[int], span: int) -> str:
    line = ""
    for moment in moments:
        place = _place(moment, span)
        if not line or place > len(line):
            line = line.ljust(place) + str(moment)
    return line


def outcome_rows(call: tuple[Drawn, ...]) -> Iterator[tuple[str, ...]]:
    """What the program makes of the legs: a row for each involvement, and the counters that it raises by one."""
    for one in involvements(legs(call), NUMBERING):
        raised = [
            measure.name
            for measure in needed(tuple(MEASURES))
            if measure.adds is Adds.ONE and measure.counts(one) and not measure.only_local  # the column `side` says so
        ]
        yield (
            one.extension,
            Direction(one.direction).name,
            "local" if one.local else "outside",
            Reason(one.reason).name.lower(),
            f"{one.ring_seconds} s",
            f"{one.talk_seconds} s",
            ", ".join(raised),
        )


OUTCOME_HEADING = ("extension", "direction", "side", "reason", "rang", "talked", "counted in")

"""The legs of opened calls: members of a call in JSON, lines of their own in the other formats."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from hashlib import blake2b
from typing import IO, Any

import msgspec

from pbxtally.calls import Leg, Result, Via
from pbxtally.figure import FigureCall
from pbxtally.intervals import iso_utc
from pbxtally.renderers.texts import whole

LEG_MEMBERS: dict[str, str] = {
    "started": "When the leg began.",
    "answered": "When it was answered; nothing if it never was.",
    "ended": "When it ended.",
    "via": "What it led to.",
    "result": "How it ended.",
    "callerNumber": "Number of the caller.",
    "callerName": "Name of the caller.",
    "callerDevice": "Device that called; * is the PBX itself.",
    "calleeNumber": "Number that was called.",
    "calleeName": "Name of the callee.",
    "calleeDevice": "Device that it led to; * is the PBX itself.",
    "dialled": "What was dialled.",
    "forwardedBy": "Number that sent the call on.",
    "key": "Key by which the record is recognised if it comes again.",
    "words": "What the PBX wrote.",
}
"""The members of a leg, with their sentences."""

LEG_COLUMNS: dict[str, str] = {
    "call": "Id of the call; the line of the call has the same.",
    **LEG_MEMBERS,
    "started": "When the leg began, by the clock of the time zone.",
    "answered": "When it was answered, by the same clock; nothing if it never was.",
    "ended": "When it ended, by the same clock.",
}
"""The columns of a line."""


def leg_object(leg: Leg, shown: Callable[[int], str | int] = iso_utc) -> dict[str, Any]:
    """A leg as the source read it, under the names of `LEG_MEMBERS`; `shown` writes its times."""
    return {
        "started": shown(leg.started_ms),
        "answered": None if leg.answered_ms is None else shown(leg.answered_ms),
        "ended": shown(leg.ended_ms),
        "via": Via(leg.via).name.lower(),
        "result": Result(leg.result).name.lower(),
        "callerNumber": whole(leg.caller_number),
        "callerName": whole(leg.caller_name),
        "callerDevice": whole(leg.caller_device),
        "calleeNumber": whole(leg.callee_number),
        "calleeName": whole(leg.callee_name),
        "calleeDevice": whole(leg.callee_device),
        "dialled": whole(leg.dialled),
        "forwardedBy": whole(leg.forwarded_by),
        "key": whole(leg.key),
        "words": whole(leg.words),
    }


class LegLines:
    """The legs of calls as lines, each leg once, though a call is listed for each person it was counted for."""

    def __init__(self, shown: Callable[[int], str | int]) -> None:
        self._shown = shown
        self._written_keys: set[bytes] = set()

    def of(self, one: FigureCall) -> Iterator[dict[str, Any]]:
        """The lines of a call under the names of `LEG_COLUMNS`; none if they were given before."""
        mark = blake2b(
            repr((one.call, [(leg.key, leg.started_ms) for leg in one.legs[:1]])).encode(), digest_size=12
        ).digest()
        if mark not in self._written_keys:
            self._written_keys.add(mark)
            for leg in one.legs:
                yield {"call": whole(one.call), **leg_object(leg, self._shown)}


def spooled(calls: Iterable[FigureCall], file: IO[bytes]) -> Iterator[FigureCall]:
    """The calls, while the lines of their legs are written to a file for later: the calls are read first."""
    lines = LegLines(int)
    for one in calls:
        file.writelines(msgspec.json.encode(line) + b"\n" for line in lines.of(one))
        yield one


def read_spooled(file: IO[bytes]) -> Iterator[dict[str, Any]]:
    """The lines written to the file, from the first."""
    file.seek(0)
    yield from map(msgspec.json.decode, file)

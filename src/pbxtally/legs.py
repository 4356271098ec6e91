"""What a leg is: one ringing of one device, or one step of a call through the PBX, in the words all sources share."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple


class Via(IntEnum):
    """What a leg led to."""

    DEVICE = 1  # a phone or a trunk
    WIRE = 2  # an internal channel of the PBX with two ends; what it leads to is a leg of its own
    MACHINE = 3  # the PBX itself: announcement, menu, queue, conference room, the rest of a dial plan
    VOICEMAIL = 4
    EVENT = 5  # nothing yet: an event of a channel, from which `channel_legs.py` makes legs
    DIALOG = 6  # nothing yet: a step of a SIP dialog, from which `dialogs.py` makes legs
    QUEUE = 7  # nothing by itself: what a queue says of a phone it rang; `queues.py` writes it into that phone's legs


class Result(IntEnum):
    """How a leg ended, in the words every source translates into."""

    ANSWERED = 1
    RANG_OUT = 2  # it rang until the PBX gave up
    GAVE_UP = 3  # it rang until the caller gave up
    UNANSWERED = 4  # it rang, and the record does not say why it stopped
    BUSY = 5
    REJECTED = 6
    UNREACHABLE = 7  # it could not be rung: phone offline
    FAILED = 8  # invalid number or error
    ELSEWHERE = 9  # it rang until somebody else took the call
    VOICEMAIL = 10  # it rang until voicemail took the call


SERVICE = "*"
"""The device of a party that is the PBX itself: a group, queue or service of the same customer (D3)."""

CLOSE_MS = 500
"""Events within half a second of each other are taken as cause and effect."""

WHOLE_SECOND_MS = 1000
"""Many records have whole seconds only: events that they put a second apart may have been simultaneous."""


class Leg(NamedTuple):
    """One CDR row, normalised. Times are UTC milliseconds; "" means that the record does not say.

    A NamedTuple because millions of them are made, compared, turned into columns and sent between processes.
    """

    key: str  # unique within its source, at least for a day (`shared_ids.py`)
    call: str  # what the legs of one call share, likewise
    started_ms: int
    ended_ms: int
    answered_ms: (
        int | None
    )  # None: never; equal to started_ms: the PBX had answered before, nobody knows when a person did
    ring_ms: int
    talk_ms: int
    via: int  # Via
    result: int  # Result
    caller_number: str = ""
    caller_name: str = ""
    caller_device: str = ""
    caller_wire: str = ""  # the wire this leg came through
    callee_number: str = ""
    callee_name: str = ""
    callee_device: str = ""
    callee_wire: str = ""  # the wire this leg led into; of a DEVICE leg: the `caller_wire` of the legs it led to
    dialled: str = ""
    ring_limit_ms: int | None = None  # how long the PBX meant to ring
    forwarded_by: str = ""  # the number that sent the call on
    epoch_ms: int | None = None  # when the call's channel was made, by the PBX's own UTC clock inside its key
    words: str = ""  # what the PBX wrote, for people


def by_time(leg: Leg) -> tuple[int, int, str]:
    """What legs are sorted by."""
    return leg.started_ms, leg.ended_ms, leg.key

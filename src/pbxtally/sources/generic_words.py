"""What PBXs call things, in English and Danish: results and directions. A mapping may add to them, or say otherwise."""

from __future__ import annotations

from pbxtally.calls import Direction, Result

MACHINE = 0
"""In the place of a result: the PBX itself took the call, and rang nobody."""

LOCAL = 0
"""In the place of a direction: both sides are extensions."""

RESULTS: dict[str, int] = {
    "answered": Result.ANSWERED,
    "answer": Result.ANSWERED,
    "completed": Result.ANSWERED,
    "connected": Result.ANSWERED,
    "besvaret": Result.ANSWERED,
    "no answer": Result.UNANSWERED,
    "noanswer": Result.UNANSWERED,
    "no_answer": Result.UNANSWERED,
    "not answered": Result.UNANSWERED,
    "unanswered": Result.UNANSWERED,
    "missed": Result.UNANSWERED,
    "ubesvaret": Result.UNANSWERED,
    "ikke besvaret": Result.UNANSWERED,
    "mistet": Result.UNANSWERED,
    "cancelled": Result.GAVE_UP,
    "canceled": Result.GAVE_UP,
    "cancel": Result.GAVE_UP,
    "abandoned": Result.GAVE_UP,
    "annulleret": Result.GAVE_UP,
    "opgivet": Result.GAVE_UP,
    "busy": Result.BUSY,
    "optaget": Result.BUSY,
    "rejected": Result.REJECTED,
    "declined": Result.REJECTED,
    "afvist": Result.REJECTED,
    "unreachable": Result.UNREACHABLE,
    "failed": Result.FAILED,
    "congestion": Result.FAILED,
    "error": Result.FAILED,
    "fejl": Result.FAILED,
    "fejlet": Result.FAILED,
    "mislykket": Result.FAILED,
    "answered elsewhere": Result.ELSEWHERE,
    "besvaret andetsteds": Result.ELSEWHERE,
    "voicemail": Result.VOICEMAIL,
    "telefonsvarer": Result.VOICEMAIL,
}

DIRECTIONS: dict[str, int] = {
    "in": Direction.IN,
    "inbound": Direction.IN,
    "incoming": Direction.IN,
    "ind": Direction.IN,
    "indgående": Direction.IN,
    "out": Direction.OUT,
    "outbound": Direction.OUT,
    "outgoing": Direction.OUT,
    "ud": Direction.OUT,
    "udgående": Direction.OUT,
    "local": LOCAL,
    "internal": LOCAL,
    "intern": LOCAL,
    "lokal": LOCAL,
}

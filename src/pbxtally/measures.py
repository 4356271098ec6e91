"""The measures, one line each: the meaning of every number.

The stores write their SQL from these lines, the manual and the tooltips print their sentences, the tests' slow counting
reads them. An involvement is counted by a measure if its direction, outcome, reason and side match; it adds one, its
talk seconds or its ring seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pbxtally.calls import Direction, Involvement, Outcome, Reason

_TAKEN = frozenset({Outcome.ANSWERED})
_NOT_TAKEN = frozenset({Outcome.UNANSWERED, Outcome.BUSY, Outcome.FAILED})
_COUNTED = _TAKEN | _NOT_TAKEN


class Adds(StrEnum):
    """What an involvement adds to a measure."""

    ONE = "one"
    TALK_SECONDS = "talk_seconds"
    RING_SECONDS = "ring_seconds"


@dataclass(frozen=True, slots=True)
class Measure:
    """A number in an answer; `direction` and `reason` None: any. `longest` keeps the largest value, not the sum."""

    name: str
    sentence: str
    direction: Direction | None
    outcomes: frozenset[Outcome] = _COUNTED
    reason: Reason | None = None
    only_local: bool = False
    adds: Adds = Adds.ONE
    longest: bool = False

    def counts(self, involvement: Involvement) -> bool:
        """Whether this involvement belongs to the measure."""
        return (
            involvement.outcome in self.outcomes
            and self.direction in (None, involvement.direction)
            and self.reason in (None, involvement.reason)
            and (involvement.local or not self.only_local)
        )

    def amount(self, involvement: Involvement) -> int:
        """What one involvement that belongs to the measure adds."""
        return 1 if self.adds is Adds.ONE else int(getattr(involvement, self.adds.value))


@dataclass(frozen=True, slots=True)
class Average:
    """A quotient of two others: `over` divided by `under`, rounded half up to a whole number; 0 if `under` is 0."""

    name: str
    sentence: str
    over: str
    under: str

    @staticmethod
    def of(over: int, under: int) -> int:
        """Divide and round half up."""
        return (2 * over + under) // (2 * under) if under else 0


IN, OUT = Direction.IN, Direction.OUT

PAGE_MEASURES: tuple[Measure, ...] = (
    Measure("outboundCalls", "Calls the extension made.", OUT),
    Measure("outboundSeconds", "Talk seconds of the calls it made.", OUT, adds=Adds.TALK_SECONDS),
    Measure("outboundAnswered", "Calls it made that the far end answered.", OUT, _TAKEN),
    Measure(
        "outboundUnanswered", "Calls it made that nobody answered, including busy and failed ones.", OUT, _NOT_TAKEN
    ),
    Measure(
        "outboundFailed",
        "Calls it made that could not be delivered: invalid number, unreachable, blocked or an error.",
        OUT,
        frozenset({Outcome.FAILED}),
    ),
    Measure("inboundCalls", "Calls for the extension, except those a colleague took while it was ringing.", IN),
    Measure("inboundSeconds", "Talk seconds of the calls for it.", IN, adds=Adds.TALK_SECONDS),
    Measure("inboundAnswered", "Calls for it that a person answered on its own device.", IN, _TAKEN),
    Measure(
        "inboundUnanswered",
        "Calls for it that nobody answered on its own device, including busy and failed ones.",
        IN,
        _NOT_TAKEN,
    ),
    Measure("inboundBusy", "Calls for it that were not answered because it was busy.", IN, frozenset({Outcome.BUSY})),
)
"""The ten measures of the page, in the order of its response (S12, S13)."""

EXTRA_MEASURES: tuple[Measure | Average, ...] = (
    Measure(
        "inboundAnsweredElsewhere",
        "Calls still ringing at the extension when a colleague took them (D5).",
        IN,
        frozenset({Outcome.ELSEWHERE}),
    ),
    Measure(
        "inboundVoicemail",
        "Unanswered calls for it whose caller then reached voicemail.",
        IN,
        _NOT_TAKEN,
        Reason.VOICEMAIL,
    ),
    Measure(
        "inboundAbandoned",
        "Unanswered calls for it whose caller gave up while it was ringing.",
        IN,
        _NOT_TAKEN,
        Reason.CALLER_GAVE_UP,
    ),
    Measure("outboundBusy", "Calls it made where the far end was busy.", OUT, frozenset({Outcome.BUSY})),
    Measure(
        "outboundCancelled",
        "Calls it made and gave up before anybody answered.",
        OUT,
        _NOT_TAKEN,
        Reason.CALLER_GAVE_UP,
    ),
    Measure("totalCalls", "Its calls, made and received.", None),
    Measure("totalSeconds", "Talk seconds of its calls, made and received.", None, adds=Adds.TALK_SECONDS),
    Measure("totalAnswered", "Its calls, made and received, that were answered.", None, _TAKEN),
    Measure(
        "totalNoAnswer",
        "Its calls, made and received, that nobody answered, except busy and failed ones.",
        None,
        frozenset({Outcome.UNANSWERED}),
    ),
    Measure("totalBusy", "Its calls, made and received, that were busy.", None, frozenset({Outcome.BUSY})),
    Measure("totalFailed", "Its calls, made and received, that failed.", None, frozenset({Outcome.FAILED})),
    Measure("localCalls", "Its calls, made or received, without an outside party.", None, only_local=True),
    Measure("inboundRingSeconds", "Seconds its phones rang for calls to it.", IN, adds=Adds.RING_SECONDS),
    Measure("outboundRingSeconds", "Seconds from dialling to answer, or to the end.", OUT, adds=Adds.RING_SECONDS),
    Measure(
        "inboundLongestSeconds", "Longest talk in a call for it.", IN, _TAKEN, adds=Adds.TALK_SECONDS, longest=True
    ),
    Measure(
        "outboundLongestSeconds", "Longest talk in a call it made.", OUT, _TAKEN, adds=Adds.TALK_SECONDS, longest=True
    ),
    Average("inboundAverageSeconds", "Talk seconds per answered call for it.", "inboundSeconds", "inboundAnswered"),
    Average("outboundAverageSeconds", "Talk seconds per answered call it made.", "outboundSeconds", "outboundAnswered"),
)
"""Ours, given only when named (D28)."""

MEASURES: dict[str, Measure | Average] = {measure.name: measure for measure in (*PAGE_MEASURES, *EXTRA_MEASURES)}

ELSEWHERE_MEASURE = "inboundAnsweredElsewhere"
"""The only measure that makes a row for an answered-elsewhere offer (D28)."""

REASONS: dict[Reason, str] = {
    Reason.ANSWERED: "A person took the call.",
    Reason.FORWARDED: "The extension forwarded the call to an outside number; its outcome there counts.",
    Reason.RANG_OUT: "It rang until the PBX stopped ringing.",
    Reason.CALLER_GAVE_UP: "The caller gave up while it was ringing.",
    Reason.BUSY: "The line was busy or set to do not disturb.",
    Reason.REJECTED: "The call was declined.",
    Reason.UNREACHABLE: "The phone could not be reached.",
    Reason.FAILED: "The call ended with an error, or the number does not exist.",
    Reason.VOICEMAIL: "Nobody took the call in time, and the caller reached voicemail.",
    Reason.ANSWERED_ELSEWHERE: "Someone else took the call while it still rang here, or it was forwarded to them.",
}
"""Why a call is counted as it is, each in a sentence for people."""

REASON_WORDS: dict[Reason, str] = {one: one.name.lower().replace("_", " ").capitalize() for one in Reason}
"""What people call a reason."""


def needed(names: tuple[str, ...]) -> tuple[Measure, ...]:
    """The measures a store must count to give all the named ones, each once; an average needs its two parts."""
    wanted: dict[str, Measure] = {}
    for name in names:
        measure = MEASURES[name]
        for part in (measure.over, measure.under) if isinstance(measure, Average) else (name,):
            found = MEASURES[part]
            assert isinstance(found, Measure)
            wanted[part] = found
    return tuple(wanted.values())


def drill_down_measure(name: str) -> Measure:
    """The measure whose calls are behind a figure: its own or, for an average, the one it divides by."""
    measure = MEASURES[name]
    found = MEASURES[measure.under] if isinstance(measure, Average) else measure
    assert isinstance(found, Measure)
    return found

"""How what a SIP proxy writes about a dialog becomes legs: who was rung, when it was answered, when it ended.

A proxy writes a row when an INVITE is answered or fails, and another when the BYE passes, and a row may be missing.
Each is kept as a leg of its own, `Via.DIALOG`, so that rows may come in any order and twice; they are folded when their
call is derived.

A step is stored in a leg's fields like this:
- `dialled`: what happened, in the words of `Step`; `callee_wire`: the dialog, "" where the row does not say which
- `ended_ms`: when; `started_ms`: the same, or when a whole call began; `epoch_ms`: when the call began, by the proxy's
  own UTC clock, where the row says
- `callee_number`: the number that was dialled; it owns the call if the device that took it is nobody's, such as a phone
  that registers under made-up letters; `result`: how it ended; for an end, ANSWERED unless the BYE timed out
- the caller's and the callee's devices, numbers and names as in a leg; a device outside begins with OUTSIDE, a phone
  whose voicemail was called with MAILBOX
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from enum import StrEnum

from pbxtally.legs import Leg, Result, Via, by_time

OUTSIDE = "trunk "
MAILBOX = "voicemail "

LONGEST_RING_MS = 12 * 3_600_000
"""A row that says it rang for longer is wrong about when the call began."""


class Step(StrEnum):
    """What a row says."""

    ANSWERED = "answered"  # the INVITE was; a later one in the same dialog only changes it (hold), or fails to
    FAILED = "failed"
    ENDED = "ended"
    WHOLE = "whole"  # all of a call in one row, including its ringing
    OTHER = "other"


# looking a member up in its enum takes ten times as long as comparing it
_DIALOG, _DEVICE, _VOICEMAIL = Via.DIALOG, Via.DEVICE, Via.VOICEMAIL
_ANSWERED, _FAILED, _ENDED, _WHOLE = Step.ANSWERED, Step.FAILED, Step.ENDED, Step.WHOLE


def folded(legs: Iterable[Leg]) -> list[Leg]:
    """The legs of a call, made from its steps, in time order.

    An answered call whose end is in no row is answered and has no talk. A row for a whole call stands for it only if
    nothing else does; otherwise it only tells when the call began and ended.
    """
    rows = list(legs)
    steps = sorted({leg for leg in rows if leg.via == _DIALOG}, key=lambda step: (step.ended_ms, step.key))
    answers: dict[str, Leg] = {}
    for step in steps:
        if step.dialled == _ANSWERED:
            answers.setdefault(step.callee_wire, step)
    first = {step.key for step in answers.values()}
    tried = [step for step in steps if step.key in first or (step.dialled == _FAILED and _is_new(step, answers))]
    known = _known_ends(steps)
    made = [leg for leg in rows if leg.via != _DIALOG]
    since_ms, rang_since_ms = _began_ms(steps), dict[str, int]()
    for step in tried:
        if step.dialled == _ANSWERED:
            ended_ms = next((end for ends in known if (end := _end_ms(step, ends)) is not None), step.ended_ms)
            made.append(_made(step, since_ms, ended_ms, step.ended_ms))
            continue
        rang_ms = rang_since_ms.setdefault(step.callee_wire or step.key, since_ms)
        made.append(_made(step, rang_ms, step.ended_ms))  # one refusal may be in two tables, under two phones
        since_ms = step.ended_ms  # the proxy went on to the next
    if not tried:
        made += [_whole(step) for step in steps if step.dialled == _WHOLE]
    return sorted(made, key=by_time)


def _is_new(failed: Leg, answers: dict[str, Leg]) -> bool:
    """Whether the request that failed was to begin a talk, not to change one (re-INVITE)."""
    answer = answers.get(failed.callee_wire) if failed.callee_wire else None
    return answer is None or failed.ended_ms < answer.ended_ms


def _began_ms(steps: list[Leg]) -> int:
    """When the call began, by the most reliable clock, but not after the first request that was answered.

    Ends are ignored: one that seems to come before everything else is from a clock that was set back.
    """
    steps = [step for step in steps if step.dialled != _ENDED]
    told = [step.epoch_ms for step in steps if step.epoch_ms and step.ended_ms - step.epoch_ms <= LONGEST_RING_MS]
    told = told or [step.started_ms for step in steps]
    return min(told + [step.ended_ms for step in steps if step.dialled != _WHOLE], default=0)


def _known_ends(steps: list[Leg]) -> list[dict[str, list[int]]]:
    """From each dialog to its ends; those of a BYE that did not time out come first, then those of whole calls."""
    byes = [step for step in steps if step.dialled == _ENDED]
    prompt = [step for step in byes if step.result == Result.ANSWERED]
    wholes = [step for step in steps if step.dialled == _WHOLE]
    return [_by_dialog(some) for some in (prompt, wholes, byes) if some]


def _by_dialog(ends: list[Leg]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for step in ends:
        found.setdefault(step.callee_wire, []).append(step.ended_ms)
    return found


def _end_ms(answer: Leg, ends: dict[str, list[int]]) -> int | None:
    """When an answered dialog ended: the first end after the answer, of that dialog or of an unnamed one."""
    could = [ends.get(answer.callee_wire, []), ends.get("", [])] if answer.callee_wire else ends.values()
    later = (of_dialog[bisect_left(of_dialog, answer.ended_ms) :][:1] for of_dialog in could)
    return min((end for first in later for end in first), default=None)


def _whole(step: Leg) -> Leg:
    """A whole call from one row; when it was answered is unknown."""
    return _made(step, step.started_ms, step.ended_ms, step.started_ms if step.result == Result.ANSWERED else None)


def _made(step: Leg, started_ms: int, ended_ms: int, answered_ms: int | None = None) -> Leg:
    """A leg that rang from one moment until it was answered, or ended."""
    rang_until_ms = ended_ms if answered_ms is None else answered_ms
    is_mailbox = step.callee_device.startswith(MAILBOX)
    return step._replace(
        started_ms=started_ms,
        ended_ms=ended_ms,
        answered_ms=answered_ms,
        ring_ms=rang_until_ms - started_ms,
        talk_ms=ended_ms - rang_until_ms,
        via=_VOICEMAIL if is_mailbox else _DEVICE,
        callee_device=step.callee_device.removeprefix(MAILBOX),
        callee_wire="",
        dialled=step.callee_number,
        callee_number="" if step.callee_device.startswith(OUTSIDE) else step.callee_number,
    )

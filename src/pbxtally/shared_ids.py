"""Legs that share the id of a call, as those of each call: an id may come again later, or be shared by mistake."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import pairwise

from pbxtally.folding import folded, folded_apart
from pbxtally.legs import Leg, Result, Via, by_time

_DEVICE, _EVENT, _ANSWERED = Via.DEVICE, Via.EVENT, Result.ANSWERED  # looking them up takes ten times as long

APART_MS = 26 * 3_600_000
"""How far apart two legs of a call may start, and two versions of a leg: as far as two wrong zones can be apart.

An id or key that comes again later than that is another call's, or another leg's: some PBXs begin to count anew.
"""

MANY_LEGS, MANY_TALKS, LONGEST_MS = 20_000, 100, 7 * 24 * 3_600_000
"""A queue that rings for hours makes thousands of legs in one call, but few of them are answered. Anything with more,
or that goes on for a week, is not a call but rows that share an id by mistake: each leg is counted by itself, in linear
time."""


def calls_with_one_id(legs: Iterable[Leg]) -> list[list[Leg]]:
    """The legs of each call, each leg once, all in time order; a call that has only begun has no legs."""
    return [call for part in parts_of_id(legs) for call in _folded(part)]


def parts_of_id(legs: Iterable[Leg]) -> list[list[Leg]]:
    """Legs with one id, each once and in time order, split wherever none starts for longer than `APART_MS`."""
    rows = sorted(legs, key=by_time)
    if len({leg.key for leg in rows}) < len(rows):
        rows = [*dict.fromkeys(rows)]
    if not rows or rows[-1].started_ms - rows[0].started_ms <= APART_MS:
        return [rows]
    splits = [at for at, (one, next) in enumerate(pairwise(rows), 1) if next.started_ms - one.started_ms > APART_MS]
    return [rows[since:until] for since, until in pairwise([0, *splits, len(rows)])]


def are_by_mistake(rows: Sequence[Leg]) -> bool:
    """Whether the legs of one part are not a call; then neither are these and more."""
    if rows and rows[-1].started_ms - rows[0].started_ms >= LONGEST_MS:
        return True
    return len(rows) > MANY_TALKS and (
        len(rows) > MANY_LEGS or [leg.result for leg in rows if leg.via == _DEVICE].count(_ANSWERED) > MANY_TALKS
    )


def nearest(calls: Sequence[list[Leg]], started_ms: int) -> list[Leg]:
    """Of calls with one id, the earliest first, the one that starts at that moment, or close to it; else none."""
    after = bisect_left(calls, started_ms, key=lambda call: call[0].started_ms)
    close = calls[max(after - 1, 0) : after + 1]
    found = min(close, key=lambda call: abs(call[0].started_ms - started_ms))
    return found if abs(found[0].started_ms - started_ms) <= APART_MS // 2 else []


def _folded(part: list[Leg]) -> list[list[Leg]]:
    by_mistake = are_by_mistake(part)
    rows = part
    if max([leg.via for leg in part], default=0) >= _EVENT:
        rows = sorted(folded_apart(part) if by_mistake else folded(part), key=by_time)
        by_mistake = by_mistake or are_by_mistake(rows)
    return [[leg] for leg in rows] if by_mistake else [rows]

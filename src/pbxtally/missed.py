"""Missed calls, and whether anybody got back to the caller: the rule, in one place.

A call is *missed* if it came from outside, was for one of the extensions looked at, and nobody took it: neither this
extension nor anybody else in the same call. A call answered elsewhere is never missed (D5). It is *returned* once the
two sides have talked: somebody at the customer called the number later and was answered, or the caller called again
later and was answered; no matter who, and at any time until now.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from pbxtally.calls import Direction
from pbxtally.tally import TallyQuery

SAME_DIGITS = 8
"""Numbers are the same if so many last digits agree: with or without a country code, a zero, an outside-line prefix."""

FEWEST_DIGITS = 3
"""Nobody can call a number with fewer digits."""


class Sequel(StrEnum):
    """What came after a missed call."""

    CALLED_BACK = "CALLED_BACK"
    CALLED_AGAIN = "CALLED_AGAIN"
    TRIED = "TRIED"
    OPEN = "OPEN"
    WITHHELD = "WITHHELD"


SEQUELS: dict[Sequel, str] = {
    Sequel.CALLED_BACK: "Someone called the number later and was answered.",
    Sequel.CALLED_AGAIN: "The caller called again later and was answered.",
    Sequel.TRIED: "Someone called the number later, but nobody answered.",
    Sequel.OPEN: "Nobody has called the number since.",
    Sequel.WITHHELD: "The caller's number is unknown, so nobody can call back.",
}
"""Each in a sentence."""

RETURNED = frozenset({Sequel.CALLED_BACK, Sequel.CALLED_AGAIN})
"""The sequels of returned calls; with any other a call is not returned yet."""

RULE = (
    "An outside call that nobody took, whoever it rang for. It counts as returned once someone calls the number later"
    " and is answered, or the caller calls again later and is answered."
)
"""The rule in a sentence."""


_NO_DIGITS = re.compile(r"[^0-9]+")


def same_number(number: str) -> str:
    """The digits that all ways to write one number share; "" if it is not a number."""
    end = number[-SAME_DIGITS:]
    if len(end) == SAME_DIGITS and end.isdecimal() and end.isascii():  # as of nearly every number
        return end
    digits = _NO_DIGITS.sub("", number)
    return digits[-SAME_DIGITS:] if len(digits) >= FEWEST_DIGITS else ""


@dataclass(frozen=True, slots=True)
class MissedQuery:
    """Which missed calls are asked for: those `tally` looks at, for some numbers in some slots.

    What happened after them is looked for up to `until_ms`.
    """

    tally: TallyQuery
    slots: tuple[tuple[str, int], ...]
    until_ms: int


@dataclass(frozen=True, slots=True)
class Missed:
    """A row for each extension that missed a call, by start: equally long columns.

    `calls` are the PBX's ids; `callers` and `names` are the caller's number and name, as the PBX wrote them. `talked`,
    `directions` and `talkers`: when the first talk afterwards started, its direction, the extension that talked.
    `tried`: when the first call to the number that nobody answered started. None and "": there was none.
    """

    call_ids: Sequence[int]
    numbers: Sequence[str]
    talkers: Sequence[str]
    slots: Sequence[int]
    starts: Sequence[int]
    calls: Sequence[str]
    callers: Sequence[str]
    names: Sequence[str]
    tried: Sequence[int | None]
    talked: Sequence[int | None]
    directions: Sequence[int | None]


class Contact(NamedTuple):
    """An outside call that somebody made, or that somebody took.

    `called_back` is the extension that made it and was answered, `took` the one that took it; None: nobody.
    """

    at_ms: int
    made: bool
    called_back: int | None
    took: int | None
    caller: str
    callee: str


class Talk(NamedTuple):
    """When somebody outside was talked to, which side had called, and the extension that talked."""

    at_ms: int
    direction: Direction
    extension: int


class Aftermath:
    """What came after a moment, number by number (each as `same_number` has it)."""

    def __init__(self, contacts: Iterable[Contact], sought: Collection[str]) -> None:
        """Sort the contacts whose number is sought."""
        self._talks: dict[str, list[Talk]] = {one: [] for one in sought}
        self._tries: dict[str, list[int]] = {one: [] for one in sought}
        for one in contacts:
            if one.took is not None and (number := same_number(one.caller)) in self._talks:
                self._talks[number].append(Talk(one.at_ms, Direction.IN, one.took))
            if one.made and (number := same_number(one.callee)) in self._talks:
                if one.called_back is None:
                    self._tries[number].append(one.at_ms)
                else:
                    self._talks[number].append(Talk(one.at_ms, Direction.OUT, one.called_back))
        for number in sought:
            self._talks[number].sort()
            self._tries[number].sort()

    def first_talk(self, number: str, at_ms: int) -> Talk | None:
        """The first talk with a number after a moment."""
        talks = self._talks.get(number, [])
        found = bisect_left(talks, (at_ms + 1,))
        return talks[found] if found < len(talks) else None

    def first_try(self, number: str, at_ms: int) -> int | None:
        """When the number was first called after a moment without an answer."""
        tries = self._tries.get(number, [])
        found = bisect_left(tries, at_ms + 1)
        return tries[found] if found < len(tries) else None


def sequel_of(caller: str, tried_ms: int | None, talked: int | None) -> Sequel:
    """What came of a missed call, judged by its caller, the first try and the first talk's direction after it."""
    if not same_number(caller):
        return Sequel.WITHHELD
    if talked is not None:
        return Sequel.CALLED_BACK if talked == Direction.OUT else Sequel.CALLED_AGAIN
    return Sequel.OPEN if tried_ms is None else Sequel.TRIED

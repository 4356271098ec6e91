"""Missed calls, and whether anybody got back to the caller: the rule, in one place.

A call is *missed* if it came from outside, was for an extension of those that are looked at, and nobody took it: not
this extension, and in the same call nobody else either. What was answered elsewhere is never missed (D5). It is
*returned* once the two sides have talked: somebody of the customer called the number later and was answered, or the
caller called again later and was answered. Whoever it was, and whenever until now.
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
"""Numbers whose last digits agree are one: with or without a country's code, a nought, a prefix for an outside line."""

FEWEST_DIGITS = 3
"""What has fewer is no number that anybody can call."""


class Sequel(StrEnum):
    """What came after a missed call."""

    CALLED_BACK = "CALLED_BACK"
    CALLED_AGAIN = "CALLED_AGAIN"
    TRIED = "TRIED"
    OPEN = "OPEN"
    WITHHELD = "WITHHELD"


SEQUELS: dict[Sequel, str] = {
    Sequel.CALLED_BACK: "Somebody called the number later, and was answered.",
    Sequel.CALLED_AGAIN: "The caller called again later, and was answered.",
    Sequel.TRIED: "Somebody called the number later, but nobody answered.",
    Sequel.OPEN: "Nobody has called the number since.",
    Sequel.WITHHELD: "The caller's number is not known, so nobody can call back.",
}
"""The same in a sentence."""

RETURNED = frozenset({Sequel.CALLED_BACK, Sequel.CALLED_AGAIN})
"""Sequels of calls that are returned; all others are not yet."""

RULE = (
    "A call from outside that nobody took, whoever it rang for. It is returned once somebody called the number later"
    " and was answered, or the caller called again later and was answered."
)
"""The rule in a sentence."""


_NO_DIGITS = re.compile(r"[^0-9]+")


def same_number(number: str) -> str:
    """What two ways to write one number share; "" if it is none."""
    end = number[-SAME_DIGITS:]
    if len(end) == SAME_DIGITS and end.isdecimal() and end.isascii():  # as of nearly every number
        return end
    digits = _NO_DIGITS.sub("", number)
    return digits[-SAME_DIGITS:] if len(digits) >= FEWEST_DIGITS else ""


@dataclass(frozen=True, slots=True)
class MissedQuery:
    """Which missed calls are asked for: those `tally` looks at, of some numbers in some slots.

    What happened after them is looked for until `until_ms`.
    """

    tally: TallyQuery
    slots: tuple[tuple[str, int], ...]
    until_ms: int


@dataclass(frozen=True, slots=True)
class Missed:
    """A row for each extension that missed a call, by start: equally long columns.

    `calls` are the PBX's ids, `callers` and `names` the caller's, as the PBX wrote them. Of the first talk afterwards:
    when it started, its direction, the extension that talked; of the first call to the number that nobody answered,
    when it started. None and "": there was none.
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
    """A call with the outside that somebody made, or that somebody took.

    `called_back` is the extension that made it and was answered, `took` the one that took it; None: there is none.
    """

    at_ms: int
    made: bool
    called_back: int | None
    took: int | None
    caller: str
    callee: str


class Talk(NamedTuple):
    """When somebody outside was talked to, who of the two had called, and the extension that talked."""

    at_ms: int
    direction: Direction
    extension: int


class Aftermath:
    """What came after a moment, number by number (each as `same_number` has it)."""

    def __init__(self, contacts: Iterable[Contact], sought: Collection[str]) -> None:
        """Put contacts in order, those with a number that is sought."""
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
        """When the number was called first after a moment, and nobody answered."""
        tries = self._tries.get(number, [])
        found = bisect_left(tries, at_ms + 1)
        return tries[found] if found < len(tries) else None


def sequel_of(caller: str, tried_ms: int | None, talked: int | None) -> Sequel:
    """What came of a missed call, from its caller, the first try and the direction of the first talk after it."""
    if not same_number(caller):
        return Sequel.WITHHELD
    if talked is not None:
        return Sequel.CALLED_BACK if talked == Direction.OUT else Sequel.CALLED_AGAIN
    return Sequel.OPEN if tried_ms is None else Sequel.TRIED

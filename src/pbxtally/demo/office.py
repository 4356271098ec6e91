"""A day at the demo company: who is at the desk, who is talking, and what happens when a phone rings."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from functools import lru_cache
from random import Random
from typing import NamedTuple

from pbxtally.demo.asterisk_rows import Switch
from pbxtally.demo.rhythm import is_working_day
from pbxtally.demo.staff import HABITS, SHARED_NUMBERS, STAFF, Person

SEED = "Bøgelund Maskiner"
RING_LIMIT = 25
"""Seconds after which a call for one phone goes on to voicemail."""


class RingOutcome(Enum):
    """What became of a ringing phone."""

    ANSWERED = "a person took it"
    RANG_OUT = "it rang as long as the PBX lets it"
    GAVE_UP = "the caller hung up"
    DECLINED = "pressed away"
    BUSY = "talking already"
    OFFLINE = "not registered"


class Ring(NamedTuple):
    """A fate, and after how many seconds of ringing it came."""

    outcome: RingOutcome
    seconds: int


@dataclass(slots=True)
class Traits:
    """How one person's telephoning differs from the department's habit, all year long."""

    busyness: float
    talkative: float
    quick: float  # share of ringing phones that are taken when at the desk
    has_mailbox: bool


@lru_cache(maxsize=256)
def traits(number: str) -> Traits:
    """The same for an extension in every year."""
    rng = Random(f"{SEED} {number}")
    return Traits(rng.uniform(0.55, 1.5), rng.uniform(0.6, 1.6), rng.uniform(0.84, 0.98), rng.random() < 0.7)


@lru_cache(maxsize=256)
def median_talk(number: str) -> float:
    """The median of this person's talks, in seconds."""
    department = next(who.department for who in STAFF if who.number == number)
    return HABITS[department].talk_seconds * traits(number).talkative


@lru_cache(maxsize=1024)
def holiday_weeks(number: str, year: int) -> frozenset[int]:
    """The ISO weeks somebody is away: three in a row in summer, one in autumn or winter."""
    rng = Random(f"{SEED} {number} {year}")
    first = rng.choice((26, 27, 28, 28, 28, 29, 30, 31))
    return frozenset((first, first + 1, first + 2, rng.choice((7, 8, 41, 42, 42))))


@dataclass(slots=True)
class Office:
    """The state of the day; calls are made in order of start, and nobody talks twice at once."""

    day: date
    rng: Random
    switch: Switch
    opens: int
    closes: int
    present: set[str] = field(default_factory=set)
    offline: set[str] = field(default_factory=set)
    _talking_until: dict[str, int] = field(default_factory=dict)

    def fill(self) -> None:
        """Decide who is in today. The offline have pulled a plug or lost their wireless network."""
        year, week, _ = self.day.isocalendar()
        for who in STAFF:
            here = self.rng.random() < (HABITS[who.department].presence if is_working_day(self.day) else 0.04)
            if here and week not in holiday_weeks(who.number, year):
                self.present.add(who.number)
            if self.rng.random() < 0.006:
                self.offline.add(who.number)

    def free_from(self, number: str) -> int:
        """When the person has put down the receiver."""
        return self._talking_until.get(number, 0)

    def engage(self, number: str, until: int) -> None:
        """The person talks until then."""
        self._talking_until[number] = max(until, self.free_from(number))

    def is_open(self, at: int) -> bool:
        """Whether somebody is meant to answer."""
        return self.opens <= at < self.closes

    def can_ring(self, number: str, at: int) -> bool:
        """Whether the phone is there and not in use."""
        return number not in self.offline and self.free_from(number) <= at

    def ring(self, number: str, at: int, limit: int = RING_LIMIT) -> Ring:
        """What happens when this phone is rung."""
        rng = self.rng
        if number in self.offline:
            return Ring(RingOutcome.OFFLINE, 0)
        if self.free_from(number) > at:
            return Ring(RingOutcome.BUSY, int(rng.random() * 2))
        patience = 6 + int(rng.expovariate(1 / 90))
        takes = traits(number).quick if number in self.present and self.is_open(at) else 0.06
        if rng.random() < takes:
            taken = 2 + int(rng.triangular(0, min(limit - 4, 17), 4))
            return Ring(RingOutcome.ANSWERED, taken) if taken <= patience else Ring(RingOutcome.GAVE_UP, patience)
        if number in self.present and rng.random() < 0.12:
            return Ring(RingOutcome.DECLINED, min(2 + int(rng.random() * 6), limit - 3))
        return Ring(RingOutcome.RANG_OUT, limit) if patience >= limit - 1 else Ring(RingOutcome.GAVE_UP, patience)


def display_name(who: Person) -> str:
    """The name the PBX shows for an extension."""
    return SHARED_NUMBERS.get(who.number, who.name)

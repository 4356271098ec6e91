"""The legs of calls that are shown, read from the store some calls at a time, and whose they are.

Events are made into legs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from pbxtally.holders import KnowsPeople
from pbxtally.legs import Leg
from pbxtally.numbering import ExtensionSetting, Numberings
from pbxtally.shared_ids import calls_with_one_id, nearest

AT_ONCE = 2_000
"""How many calls' legs are read at a time."""


class KnowsLegs(Protocol):
    """A store that can give the legs of its calls."""

    def legs_by_call(
        self, customer: str, call_ids: Sequence[int], since_ms: int, until_ms: int
    ) -> list[tuple[int, Leg]]:
        """All legs of some calls that started from one moment to another, both inclusive, by call and time."""
        ...


class KnowsParties(KnowsPeople, Protocol):
    """A directory that also knows how a customer's sources name its extensions."""

    def numbers(self, customer_id: str) -> frozenset[str]:
        """Every number that the directory knows or once knew."""
        ...

    def source_settings(self, customer_id: str) -> Mapping[str, ExtensionSetting]:
        """What is remembered of a customer's sources, by name."""
        ...


def numberings_of(people: KnowsParties, customer: str) -> Numberings:
    """How a customer's sources name its extensions (D2a)."""
    return Numberings(people.numbers(customer), people.source_settings(customer).values())


def legs_of_calls(
    store: KnowsLegs, customer: str, calls: Sequence[tuple[int, int]]
) -> dict[tuple[int, int], list[Leg]]:
    """The legs of each of some calls, given by id and start, the earliest first, the latest last.

    A call that has only begun has none; nor has one that was withdrawn in the meantime, which may be absent.
    """
    of_ids: dict[int, list[Leg]] = {}
    for call_id, leg in store.legs_by_call(customer, [one for one, _ in calls], calls[0][1], calls[-1][1]):
        of_ids.setdefault(call_id, []).append(leg)
    of_calls = {call_id: [one for one in calls_with_one_id(legs) if one] for call_id, legs in of_ids.items()}
    return {call: nearest(its, call[1]) for call in calls if (its := of_calls.get(call[0]))}

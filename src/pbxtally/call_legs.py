"""The legs of calls that are shown, read from the store some calls at a time; events are made into legs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from pbxtally.folding import folded
from pbxtally.legs import Leg

AT_ONCE = 2_000
"""How many calls' legs are read at a time."""


class KnowsLegs(Protocol):
    """A store that can give the legs of its calls."""

    def legs_by_call(
        self, customer: str, call_ids: Sequence[int], since_ms: int, until_ms: int
    ) -> list[tuple[int, Leg]]:
        """All legs of some calls that started from one moment to another, both inclusive, in time order."""
        ...


def legs_of_calls(
    store: KnowsLegs, customer: str, call_ids: Sequence[int], since_ms: int, until_ms: int
) -> dict[int, list[Leg]]:
    """The legs of each of some calls that started from one moment to another, both inclusive.

    A call that has only begun has none; nor has one that was withdrawn in the meantime, which may be absent.
    """
    found: dict[int, list[Leg]] = {}
    for call_id, leg in store.legs_by_call(customer, call_ids, since_ms, until_ms):
        found.setdefault(call_id, []).append(leg)
    return {call_id: folded(legs) for call_id, legs in found.items()}

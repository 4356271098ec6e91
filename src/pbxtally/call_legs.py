"""The legs of calls that are shown, read from the store some calls at a time, and whose they are.

Events are made into legs.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeVar

from pbxtally.holders import KnowsPeople
from pbxtally.legs import Leg
from pbxtally.numbering import ExtensionSetting, Numberings
from pbxtally.shared_ids import calls_with_one_id, nearest

AT_ONCE = 2_000
"""How many calls' legs are read at a time."""

Call = tuple[int, int]
"""A call as the store's id and its start."""

_Of = TypeVar("_Of")
"""A call, or something of one."""


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


def legs_of_calls(store: KnowsLegs, customer: str, calls: Sequence[Call]) -> dict[Call, list[Leg]]:
    """The legs of each of some calls, given by id and start, the earliest first, the latest last.

    A call that has only begun has none; nor has one that was withdrawn in the meantime, which may be absent.
    """
    of_ids: dict[int, list[Leg]] = {}
    for call_id, leg in store.legs_by_call(customer, [one for one, _ in calls], calls[0][1], calls[-1][1]):
        of_ids.setdefault(call_id, []).append(leg)
    of_calls = {call_id: [one for one in calls_with_one_id(legs) if one] for call_id, legs in of_ids.items()}
    return {call: nearest(its, call[1]) for call in calls if (its := of_calls.get(call[0]))}


def page_of_calls(
    store: KnowsLegs, customer: str, found: Sequence[_Of], call_of: Callable[[_Of], Call], first: int, until: int | None
) -> list[_Of]:
    """A page of what was found of calls, sorted by start and call; those of one moment are in order of the PBX's ids.

    The store's ids depend on which source came first. Only calls of the page's own moments are looked at.
    """

    def start_of(one: _Of) -> int:
        return call_of(one)[1]

    page = found[first:until]
    if not page:
        return []
    since = bisect_left(found, start_of(page[0]), key=start_of)
    part = found[since : bisect_right(found, start_of(page[-1]), key=start_of)]
    ids = _ids_of_simultaneous(store, customer, list(dict.fromkeys(map(call_of, part))))
    in_order = sorted(part, key=lambda one: (start_of(one), ids.get(call_of(one), _NO_ID)))
    return in_order[first - since :][: len(page)]


_NO_ID = ("", "")


def _ids_of_simultaneous(store: KnowsLegs, customer: str, calls: Sequence[Call]) -> dict[Call, tuple[str, str]]:
    """What the PBX calls each of the calls that start when another one does, and its first leg."""
    many = Counter(start for _, start in calls)
    several = [call for call in calls if many[call[1]] > 1]
    ids = {}
    for at in range(0, len(several), AT_ONCE):
        legs_of = legs_of_calls(store, customer, several[at : at + AT_ONCE])
        ids.update({call: (legs[0].call, legs[0].key) for call, legs in legs_of.items() if legs})
    return ids

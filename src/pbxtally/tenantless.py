"""Records of a hosted switch that lack the word naming their customer: find out from the rest of their call.

Such a record belongs to the one customer whom all other records of its call name, whether kept or among the rejected.
If they name several, or one has a word that is not in the map yet, it stays rejected: it may be anybody's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from pbxtally.hosting import Switch, place_of
from pbxtally.intervals import DAY_MS
from pbxtally.records import Rejection

_SOMEBODY = ""
"""Stands for the unknown customer named by a word that is not in the map."""


class KnowsCalls(Protocol):
    """A store that knows whose calls it keeps."""

    def rejections(self, customer: str | None = None, since_ms: int = 0) -> Sequence[Rejection]:
        """The records rejected since then, the oldest first; only of one customer or place if it is named."""
        ...

    def customers_of_calls(
        self, source: str, calls: Sequence[str], since_ms: int, until_ms: int
    ) -> Sequence[tuple[str, str]]:
        """Each of these calls of a source, paired with each customer who has legs of it that start in that time."""
        ...


@dataclass(frozen=True, slots=True)
class TenantlessRecords:
    """A switch's records without a word; `named`: for each of their calls, the customers whom other records name.

    `customers`: those on the switch.
    """

    switch: Switch
    customers: Collection[str]
    named: Mapping[str, set[str]]

    def customer_of(self, heading: Sequence[bytes], raw: bytes) -> str | None:
        """Whose a record without a word is; None if that is unknown."""
        found = self.named.get(_call_of(self.switch, heading, raw), set())
        one = next(iter(found)) if len(found) == 1 else _SOMEBODY
        return one if one in self.customers else None

    def why_not(self, heading: Sequence[bytes], raw: bytes) -> str:
        """Why it is unknown whose it is."""
        found = self.named.get(_call_of(self.switch, heading, raw), set())
        rest = "the rest of its call names none either" if not found else "its call is not one customer's alone"
        return f"{self.switch.unmapped('')}, and {rest}"


def find_tenantless(store: KnowsCalls, switch: Switch) -> TenantlessRecords:
    """Find, for the calls of a switch's records without a word, whom their kept and rejected records name."""
    named: dict[str, set[str]] = defaultdict(set)
    starts: dict[str, int] = {}
    for one in store.rejections(place_of(switch.pbx.name)):
        heading, rest = switch.split(switch.records(one.raw))
        word_of = switch.word_reader(heading)
        for raw in rest:
            leg = switch.leg_of(heading, raw)
            if leg is not None and (word := word_of(raw)):
                named[leg.call].add(switch.customer_of(word) or _SOMEBODY)
            elif leg is not None:
                starts[leg.call] = leg.started_ms
    if starts:
        since_ms, until_ms = min(starts.values()) - DAY_MS, max(starts.values()) + DAY_MS
        for call, customer in store.customers_of_calls(switch.pbx.source, list(starts), since_ms, until_ms):
            named[call].add(customer)
    return TenantlessRecords(switch, {one for one in map(switch.customer_of, switch.tenants) if one}, named)


def _call_of(switch: Switch, heading: Sequence[bytes], raw: bytes) -> str:
    leg = switch.leg_of(heading, raw)
    return leg.call if leg is not None else ""

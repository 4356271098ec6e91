"""How hosted switches deliver: what became of their records, for all customers of a switch together."""

from __future__ import annotations

from dataclasses import dataclass

from pbxtally.hosting import place_of
from pbxtally.people import Pbx
from pbxtally.records import SourceKept
from pbxtally.web.house import House


@dataclass(frozen=True, slots=True)
class SwitchState:
    """A switch, how many customers it has, what came in its format for them, and how much is nobody's yet."""

    pbx: Pbx
    customers: int
    came: SourceKept
    nobodys: int


def switch_states(house: House) -> list[SwitchState]:
    """Every switch, by name."""
    return [_state(house, one) for one in house.people.pbxs()]


def _state(house: House, pbx: Pbx) -> SwitchState:
    customers, place = set(house.people.tenants(pbx.name).values()), place_of(pbx.name)
    nobodys = _of_format(house, pbx, {place}).rejected
    return SwitchState(pbx, len(customers), _of_format(house, pbx, {*customers, place}), nobodys)


def _of_format(house: House, pbx: Pbx, whose: set[str]) -> SourceKept:
    nothing = SourceKept(pbx.source, 0, 0, 0, 0, None)
    return next((one for one in house.store.sources_kept(whose) if one.source == pbx.source), nothing)

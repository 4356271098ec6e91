"""How hosted switches deliver: what became of their records, for all customers of a switch together."""

from __future__ import annotations

from dataclasses import dataclass

from pbxtally.hosting import place_of
from pbxtally.people import Pbx
from pbxtally.records import SourceKept
from pbxtally.web.backend import Backend


@dataclass(frozen=True, slots=True)
class SwitchState:
    """A switch, how many customers it has, what came in its format for them, and how much is nobody's yet."""

    pbx: Pbx
    customers: int
    came: SourceKept
    unassigned: int


def switch_states(backend: Backend) -> list[SwitchState]:
    """Every switch, by name."""
    return [_state(backend, one) for one in backend.people.pbxs()]


def _state(backend: Backend, pbx: Pbx) -> SwitchState:
    customers, place = set(backend.people.tenants(pbx.name).values()), place_of(pbx.name)
    unassigned = _of_format(backend, pbx, {place}).rejected
    return SwitchState(pbx, len(customers), _of_format(backend, pbx, {*customers, place}), unassigned)


def _of_format(backend: Backend, pbx: Pbx, whose: set[str]) -> SourceKept:
    nothing = SourceKept(pbx.source, 0, 0, 0, 0, None)
    return next((one for one in backend.store.sources_kept(whose) if one.source == pbx.source), nothing)

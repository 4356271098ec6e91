"""Who may see or change whose things: the one rule, as a table (S14, D22, D25).

A customer stands in a *relation* to an employee; the employee's level says which relations an action is allowed in.
Whatever the table does not name is denied.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from pbxtally.errors import AccessDeniedError
from pbxtally.people import AccessLevel, Customer, Employee


class Relation(StrEnum):
    """How the customer asked about stands to the employee who asks."""

    OWN = "own customer"
    BELOW = "customer below, at any depth"
    FOREIGN = "any other customer"


class Action(StrEnum):
    """What somebody may want to do."""

    READ_STATISTICS = "read statistics"


_NOBODY: frozenset[Relation] = frozenset()
_OWN = frozenset({Relation.OWN})
_OWN_AND_BELOW = frozenset({Relation.OWN, Relation.BELOW})
_ALL = frozenset(Relation)

RULES: dict[Action, dict[AccessLevel, frozenset[Relation]]] = {
    Action.READ_STATISTICS: {
        AccessLevel.NO_LOGIN: _NOBODY,
        AccessLevel.PERSONAL: _NOBODY,
        AccessLevel.VIEWER: _OWN,
        AccessLevel.MANAGER: _OWN,
        AccessLevel.OWNER: _OWN,
        AccessLevel.RESELLER: _OWN_AND_BELOW,
        AccessLevel.RESELLER_ADMIN: _ALL,
        AccessLevel.ADMIN: _ALL,
    },
}


def relation(employee: Employee, customer: str, parents: Mapping[str, str | None]) -> Relation:
    """How `customer` stands to `employee`; `parents` maps every customer to its reseller."""
    if customer == employee.customer:
        return Relation.OWN
    seen: set[str] = set()
    above = parents.get(customer)
    while above is not None and above not in seen:
        if above == employee.customer:
            return Relation.BELOW
        seen.add(above)
        above = parents.get(above)
    return Relation.FOREIGN


def require(
    action: Action, employee: Employee, customer: Customer | None, parents: Mapping[str, str | None]
) -> Customer:
    """Give the customer back if the employee may, else raise; one that does not exist answers the same (D22)."""
    allowed = RULES[action][employee.access_level]
    if customer is None or relation(employee, customer.id, parents) not in allowed:
        raise AccessDeniedError
    return customer

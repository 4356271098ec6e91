"""What the form of a page of figures offers to choose from: a customer's departments and employees, in order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from fastapi import Request

from pbxtally.access import Action, require
from pbxtally.fields import CallHours
from pbxtally.people import Customer, Employee, EmployeeState
from pbxtally.query import StatsQuery
from pbxtally.web.house import House, house_of

HOURS_WORDS = {
    CallHours.ALL: "Any time",
    CallHours.WORKING: "Inside working hours",
    CallHours.OUTSIDE: "Outside working hours",
}


@dataclass(frozen=True, slots=True)
class Offered:
    """Names of departments, and ids and names of employees; those who left only if asked for."""

    departments: list[str]
    employees: list[tuple[str, str]]


def offered(request: Request, query: StatsQuery) -> Offered:
    """What may be chosen for the query's customer; raises AccessDeniedError as the statistics do."""
    house = house_of(request)
    found = house.people.customer(query.customer)
    customer = require(Action.READ_STATISTICS, request.state.asker, found, house.people.parents())
    asked = query.employees or frozenset()
    there = [
        one for one in house.people.employees(customer.id) if one.state is not EmployeeState.DELETED or one.id in asked
    ]
    departments = {one.department for one in there if one.department} | ({query.department} - {None})
    return Offered(
        [name for name in in_order(house, customer, departments) if name],
        [(one.id, one.name) for one in people_in_order(house, customer, there)],
    )


def in_order(house: House, customer: Customer, names: Iterable[str | None]) -> list[str]:
    """Names as the customer's language sorts them (D18)."""
    known = [name for name in names if name]
    keys = house.store.sort_keys(known, customer.language or house.language)
    return [name for _, name in sorted(zip(keys, known, strict=True))]


def people_in_order(house: House, customer: Customer, people: list[Employee]) -> list[Employee]:
    """Employees by their names, then their ids."""
    keys = house.store.sort_keys([one.name for one in people], customer.language or house.language)
    order = sorted(range(len(people)), key=lambda at: (keys[at], people[at].id))
    return [people[at] for at in order]

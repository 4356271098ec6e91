"""What the form of a page of figures offers to choose from: a customer's departments and employees, in order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from fastapi import Request

from pbxtally.access import Action, require
from pbxtally.fields import CallHours
from pbxtally.people import Customer, Employee, EmployeeState
from pbxtally.query import StatsQuery
from pbxtally.web.backend import Backend, backend_of

HOURS_WORDS = {
    CallHours.ALL: "Any time",
    CallHours.WORKING: "Inside working hours",
    CallHours.OUTSIDE: "Outside working hours",
}


@dataclass(frozen=True, slots=True)
class FilterChoices:
    """Names of departments, and ids and names of employees; those who left only if asked for."""

    departments: list[str]
    employees: list[tuple[str, str]]


def filter_choices(request: Request, query: StatsQuery) -> FilterChoices:
    """What may be chosen for the query's customer; raises AccessDeniedError as the statistics do."""
    backend = backend_of(request)
    found = backend.people.customer(query.customer)
    customer = require(Action.READ_STATISTICS, request.state.asker, found, backend.people.parents())
    asked = query.employees or frozenset()
    there = [
        one
        for one in backend.people.employees(customer.id)
        if one.state is not EmployeeState.DELETED or one.id in asked
    ]
    departments = {one.department for one in there if one.department} | ({query.department} - {None})
    return FilterChoices(
        [name for name in in_order(backend, customer, departments) if name],
        [(one.id, one.name) for one in people_in_order(backend, customer, there)],
    )


def in_order(backend: Backend, customer: Customer, names: Iterable[str | None]) -> list[str]:
    """Names as the customer's language sorts them (D18)."""
    known = [name for name in names if name]
    keys = backend.store.sort_keys(known, customer.language or backend.language)
    return [name for _, name in sorted(zip(keys, known, strict=True))]


def people_in_order(backend: Backend, customer: Customer, people: list[Employee]) -> list[Employee]:
    """Employees by their names, then their ids."""
    keys = backend.store.sort_keys([one.name for one in people], customer.language or backend.language)
    order = sorted(range(len(people)), key=lambda at: (keys[at], people[at].id))
    return [people[at] for at in order]

"""What the form of a page of figures offers to choose from: a customer's departments and employees, in order."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from fastapi import Request

from pbxtally.access import Action, require
from pbxtally.fields import CallHours
from pbxtally.people import Customer, EmployeeState
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
    departments = {name for name in (query.department, *(one.department for one in there)) if name}
    key_of = _sort_keys(backend, customer, {*departments, *(one.name for one in there)})
    return FilterChoices(
        sorted(departments, key=lambda name: (key_of[name], name)),
        [(one.id, one.name) for one in sorted(there, key=lambda one: (key_of[one.name], one.id))],
    )


def in_order(backend: Backend, customer: Customer, names: Iterable[str]) -> list[str]:
    """Names as the customer's language sorts them (D18), without the empty one."""
    known = {name for name in names if name}
    key_of = _sort_keys(backend, customer, known)
    return sorted(known, key=lambda name: (key_of[name], name))


def _sort_keys(backend: Backend, customer: Customer, names: Collection[str]) -> dict[str, str]:
    """What each name sorts by in the customer's language; the store is asked once."""
    return dict(zip(names, backend.store.sort_keys(list(names), customer.language or backend.language), strict=True))

"""The directory as the document that `import_people` takes; importing it again changes nothing."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from pbxtally.directory.api_objects import Json, customer_members, employee_members, stretch_members
from pbxtally.directory.members import SECTIONS
from pbxtally.directory.request_context import KnowsDirectory
from pbxtally.people import Assignment


def exported(people: KnowsDirectory, customers: Collection[str] | None = None) -> dict[str, list[Any]]:
    """Customers with their employees and extensions; None: all. Their resellers must be known where it is imported."""
    wanted = [one for one in people.customers() if customers is None or one.id in customers]
    return {
        "customers": [_importable("customers", customer_members(one, with_notes=True)) for one in wanted],
        "employees": [
            _importable("employees", employee_members(one)) for of in wanted for one in people.employees(of.id)
        ],
        "extensions": [one for of in wanted for one in _extensions(people, of.id)],
    }


def _extensions(people: KnowsDirectory, customer: str) -> list[Json]:
    held: dict[str, list[Assignment]] = {}
    for one in people.assignments(customer):
        held.setdefault(one.extension, []).append(one)
    return [
        {
            "_id": one.id,
            "customer": customer,
            "number": one.number,
            **({"name": one.name} if one.name else {}),
            "assignments": [stretch_members(part) for part in held[one.id]],
        }
        for one in people.extensions(customer)
        if one.id in held
    ]


def _importable(section: str, shown: Json) -> Json:
    return {name: value for name, value in shown.items() if name in SECTIONS[section]}

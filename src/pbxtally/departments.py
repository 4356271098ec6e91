"""Departments: the word that employees have for where they work, changed for everybody who has it at once.

A department is nothing beside its employees, those who left included, and the saved views that name it: all of them
get the new word in one transaction, so nobody is left behind under the old one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from pbxtally import audit
from pbxtally.access import Action
from pbxtally.directory.asking import Asking
from pbxtally.directory.members import EMPLOYEE, Item
from pbxtally.errors import InvalidFieldError, RefusedFieldError, UnknownError
from pbxtally.people import Customer, EmployeeState
from pbxtally.saved_views import renamed

TOGETHER = "together"
"""The member that says that two departments are meant to become one."""

TROUBLES = {
    TOGETHER: "There is a department of this name already",
    "name": "Give it another name",
    "department": "Somebody in it has a higher level than you: whoever has that level can rename it",
}
"""What may be wrong, by the member's name."""


def departments_of(asking: Asking, named: str | None) -> tuple[Customer, Mapping[str, int]]:
    """A customer, the own one unless named, and how many work in each of its departments, by name; 0: all have left."""
    customer, _ = asking.customer(Action.CREATE_EMPLOYEE, named)
    people = [one for one in asking.people.employees(customer.id) if one.department]
    many = Counter({one.department or "": 0 for one in people})
    many.update(one.department or "" for one in people if one.state is not EmployeeState.DELETED)
    names = list(many)
    keys = asking.sort_keys(names, customer.language or asking.language)
    return customer, {name: many[name] for _, name in sorted(zip(keys, names, strict=True))}


def rename_department(asking: Asking, named: str | None, before: str, now: str, *, together: bool) -> None:
    """Give a department of a customer another name; that of another one only if they are to be `together`."""
    customer, _ = asking.customer(Action.CREATE_EMPLOYEE, named)
    now = Item("", {"department": now}, EMPLOYEE).read(EMPLOYEE)["department"]
    if now == before:
        raise InvalidFieldError("name", TROUBLES["name"])
    with asking.people.change() as change:
        everybody = change.employees(customer.id)
        people = [one for one in everybody if one.department == before]
        if not people:
            raise UnknownError("department")
        if any(one.access_level > asking.employee.access_level for one in people):
            raise RefusedFieldError("department", TROUBLES["department"])
        if not together and any(one.department == now for one in everybody):
            raise InvalidFieldError(TOGETHER, TROUBLES[TOGETHER])
        change.keep_employees([replace(one, department=now) for one in people])
        own = {one.id for one in everybody}
        views = change.views_about(customer.id)
        change.move_views([renamed(one, customer.id, one.employee in own, before, now) for one in views])
        detail = f"department {before} is now {now}: {len(people)} employees"
        actor = asking.actor or asking.employee.id
        audit.record(change, actor, customer.id, audit.Action.CHANGED, None, asking.address, asking.now_ms, detail)

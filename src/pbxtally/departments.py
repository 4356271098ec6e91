"""Departments: the word that says where employees work, changed for all of them at once.

A department exists only in its employees, those who left included, and in the saved views that name it: all of them
get the new word in one transaction, so nobody is left behind under the old one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from pbxtally import audit
from pbxtally.access import Action, require_level
from pbxtally.directory import ImportedBy, KeepsPeople
from pbxtally.directory.api_objects import Json
from pbxtally.directory.members import RENAMING, Item
from pbxtally.directory.parameters import DEPARTMENTS, read_list_request
from pbxtally.directory.request_context import RequestContext, given_id
from pbxtally.errors import InvalidFieldError, RefusedFieldError, UnknownError
from pbxtally.people import AccessLevel, Customer, EmployeeState
from pbxtally.plurals import quantity
from pbxtally.saved_views import renamed

TOGETHER = "together"
"""The member that confirms that two departments are to become one."""

TROUBLES = {
    TOGETHER: "A department with this name already exists",
    "name": "Give it another name",
    "department": "Someone in this department has a higher access level than you: only that level can rename it",
}
"""What may be wrong, by the member's name."""


@dataclass(frozen=True, slots=True)
class Renaming:
    """A department's old and new name; the new one may be another department's only if `together` merges them."""

    before: str
    now: str
    together: bool | None = None

    @classmethod
    def read(cls, members: Mapping[str, Any]) -> Self:
        """Check the members of a request for it."""
        item = Item("", dict(members), ("customer", *RENAMING))
        item.refuse_unknown_members()
        return cls(**item.read(RENAMING, required=("department", "name")))


def departments_of(context: RequestContext, named: str | None) -> tuple[Customer, Mapping[str, int]]:
    """A customer, by default one's own, and how many work in each of its departments, sorted; 0: all have left."""
    customer, _ = context.customer(Action.CREATE_EMPLOYEE, named)
    people = [one for one in context.people.employees(customer.id) if one.department]
    many = Counter({one.department or "": 0 for one in people})
    many.update(one.department or "" for one in people if one.state is not EmployeeState.DELETED)
    names = list(many)
    keys = context.sort_keys(names, customer.language or context.language)
    return customer, {name: many[name] for _, name in sorted(zip(keys, names, strict=True))}


def list_departments(context: RequestContext, given: Mapping[str, Sequence[str]]) -> Json:
    """The same, in the API's form."""
    require_level(Action.CREATE_EMPLOYEE, context.employee)
    query = read_list_request(DEPARTMENTS, given)
    _, many = departments_of(context, query.id("customer"))
    total, some = query.page([name for name in many if query.fits(name)])
    return query.answer(total, [{"name": name, "employees": many[name]} for name in some])


def change_department(context: RequestContext, members: Mapping[str, Any]) -> None:
    """Rename a department of a customer, by default one's own."""
    require_level(Action.CREATE_EMPLOYEE, context.employee)
    renaming = Renaming.read(members)
    customer, _ = context.customer(Action.CREATE_EMPLOYEE, given_id(members, "customer"))
    by = ImportedBy("", context.actor or context.employee.id, context.address)
    rename_department(context.people, customer.id, renaming, context.now_ms, by, context.employee.access_level)


def rename_department(
    people: KeepsPeople,
    customer_id: str,
    renaming: Renaming,
    now_ms: int,
    by: ImportedBy,
    level: AccessLevel = AccessLevel.ADMIN,
) -> int:
    """Rename it for everybody in it, and return how many they are; refused if one of them ranks above `level`."""
    before, now = renaming.before, renaming.now
    if now == before:
        raise InvalidFieldError("name", TROUBLES["name"])
    with people.change() as change:
        everybody = change.employees(customer_id)
        concerned = [one for one in everybody if one.department == before]
        if not concerned:
            raise UnknownError("department")
        if any(one.access_level > level for one in concerned):
            raise RefusedFieldError("department", TROUBLES["department"])
        if not renaming.together and any(one.department == now for one in everybody):
            raise InvalidFieldError(TOGETHER, TROUBLES[TOGETHER])
        change.keep_employees([replace(one, department=now) for one in concerned])
        own = {one.id for one in everybody}
        views = change.views_about(customer_id)
        change.move_views([renamed(one, customer_id, one.employee in own, before, now) for one in views])
        whose = quantity(len(concerned), "employee")
        detail = f"department {before} is now {now}: {whose}{by.detail and f', {by.detail}'}"
        audit.record(change, by.actor, customer_id, audit.Action.CHANGED, None, by.address, now_ms, detail)
    return len(concerned)

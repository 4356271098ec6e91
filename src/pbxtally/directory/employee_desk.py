"""Employees: list, read, create, change, delete. Nobody grants a level above their own, nor touches who has one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from pbxtally import audit
from pbxtally.access import Action, Answer, allowed, require_level, require_rank
from pbxtally.directory.asking import (
    Asking,
    Done,
    given_id,
    path_id,
    refuse_to_set,
    refuse_unknown_members,
    sorted_by_name,
)
from pbxtally.directory.draft import PeopleChange
from pbxtally.directory.extension_desk import held_from_now, let_go
from pbxtally.directory.members import EMPLOYEE, Item
from pbxtally.directory.parameters import EMPLOYEES, flag, refuse_unknown, wanted
from pbxtally.directory.shown import Json, employee_members, without_unchanged
from pbxtally.errors import AccessDeniedError, InvalidFieldError, RefusedFieldError, UnknownError
from pbxtally.intervals import wall_ms
from pbxtally.people import Employee, EmployeeState, new_id

PASSWORD = "password"  # noqa: S105 - a member's name
"""What can be set and is never shown: the desk gets what is kept of it."""

WAYS_IN = {"emailAddress", "noEmail", PASSWORD}
"""What decides who comes in as an employee."""

ONES_OWN = ("title", "language", PASSWORD)
"""What PERSONAL and VIEWER may change of themselves."""

DELETION = ("deleteExtensions", "deleteMvnoAccounts", "deleteDate")
"""The parameters of a deletion."""


def list_employees(asking: Asking, given: Mapping[str, Sequence[str]]) -> Json:
    """The employees of a customer, the own one unless named; PERSONAL sees the own row."""
    require_level(Action.LIST_EMPLOYEES, asking.employee)
    want = wanted(EMPLOYEES, given)
    customer, answer = asking.customer(Action.LIST_EMPLOYEES, want.id("customer"))
    found = [
        one
        for one in asking.people.employees(customer.id)
        if (answer is Answer.ALLOW or one.id == asking.employee.id)
        and ("includeDeleted" in want.flags or one.state is not EmployeeState.DELETED)
        and want.fits(one.name, one.email_address, one.title, one.department)
    ]
    total, some = want.page(sorted_by_name(asking, found, lambda one: one.name, customer.language))
    return want.answer(total, [employee_members(one, full="full" in want.flags) for one in some])


def read_employee(asking: Asking, employee_id: str) -> Json:
    """One employee in full, even a deleted one."""
    return employee_members(find_employee(asking, Action.READ_EMPLOYEE, employee_id)[0])


def find_employee(asking: Asking, action: Action, employee_id: str, word: str = "id") -> tuple[Employee, Answer]:
    """An employee, and how far an action is allowed on it."""
    require_level(action, asking.employee)
    found = asking.people.employee(path_id(employee_id))
    is_self = found is not None and found.id == asking.employee.id
    customer = found.customer if found else None
    answer = allowed(action, asking.employee, customer, asking.people.parents(), is_self=is_self, word=word)
    assert found is not None
    return found, answer


def create_employee(asking: Asking, members: Mapping[str, Any], password_hash: str | None = None) -> Done:
    """Make an employee of a customer, one's own unless named."""
    require_level(Action.CREATE_EMPLOYEE, asking.employee)
    refuse_unknown_members("employees", members, (PASSWORD,))
    refuse_to_set(("_id",), members)
    values = {name: value for name, value in members.items() if value is not None and name != PASSWORD}
    with asking.people.change() as change:
        customer, _ = asking.customer(Action.CREATE_EMPLOYEE, given_id(values, "customer"))
        values = {**values, "customer": customer.id}
        _check(asking, values)
        done = asking.keep(change, "employees", customer.id, {"_id": new_id(), **values}, is_new=True)
        if password_hash:
            _set_password(asking, change, customer.id, done.id, password_hash, may=bool(values.get("noEmail")))
        return done


def change_employee(
    asking: Asking, employee_id: str, members: Mapping[str, Any], password_hash: str | None = None
) -> Done:
    """Change what is given; PERSONAL and VIEWER may change little, and only of themselves."""
    with asking.people.change() as change:
        old, answer = find_employee(asking, Action.CHANGE_EMPLOYEE, employee_id)
        require_rank(asking.employee, old.access_level)
        shown = employee_members(old)
        refuse_unknown_members("employees", members, (*shown, PASSWORD))
        changes = without_unchanged(members, shown)
        refuse_to_set(("_id", "customer"), changes)
        if answer is Answer.OWN_ROWS and any(name not in ONES_OWN for name in changes):
            raise AccessDeniedError
        _check(asking, changes, old)
        changes.pop(PASSWORD, None)
        done = asking.keep(change, "employees", old.customer, {"_id": old.id, **changes}, is_new=False)
        if password_hash:
            may = old.id == asking.employee.id or changes.get("noEmail", old.no_email)
            _set_password(asking, change, old.customer, old.id, password_hash, may=may)
        return done


def _set_password(
    asking: Asking, change: PeopleChange, customer: str, employee_id: str, password_hash: str, *, may: bool
) -> None:
    """Set a password: one's own, or that of somebody who gets no e-mail and so no link."""
    if not may:
        raise RefusedFieldError(
            PASSWORD, "Only with noEmail, or of oneself - all others get a link by POST /auth/reset"
        )
    change.keep_password(employee_id, password_hash, asking.now_ms)
    asking.write_down(change, customer, audit.Action.PASSWORD_SET, employee_id)


def _check(asking: Asking, members: Mapping[str, Any], old: Employee | None = None) -> None:
    """Refuse what only the API refuses; `old`: the employee being changed."""
    values = Item("", dict(members), EMPLOYEE).read(EMPLOYEE)
    if values.get("state") is EmployeeState.DELETED:
        raise InvalidFieldError("state", "To delete an employee use DELETE; here use ENABLED or DISABLED")
    require_rank(asking.employee, values.get("access_level", asking.employee.access_level))
    for one_reseller in values.get("organization_resellers", ()):
        allowed(
            Action.CHANGE_CUSTOMER, asking.employee, one_reseller, asking.people.parents(), word="organizationResellers"
        )
    if old and (members.keys() & WAYS_IN or values.get("access_level", old.access_level) > old.access_level):
        require_resellers(asking, old)


def require_resellers(asking: Asking, employee: Employee) -> None:
    """Raise unless whoever asks may change every reseller the employee may count as, or is that employee.

    Deciding who signs in as the employee, or how much they see, would give those resellers away.
    """
    parents = asking.people.parents()
    for one in employee.organization_resellers if employee.id != asking.employee.id else ():
        try:
            allowed(Action.CHANGE_CUSTOMER, asking.employee, one, parents)
        except UnknownError:
            raise AccessDeniedError from None


def delete_employee(asking: Asking, employee_id: str, given: Mapping[str, Sequence[str]]) -> Json:
    """Delete an employee now: no more sign-in, extensions left without holder or deleted; the past stays."""
    with asking.people.change() as change:
        old, _ = find_employee(asking, Action.DELETE_EMPLOYEE, employee_id, word="employee")
        one = {name: values[-1] for name, values in given.items()}
        with_extensions = flag("deleteExtensions", one.get("deleteExtensions"))
        flag("deleteMvnoAccounts", one.get("deleteMvnoAccounts"))
        day = _today(asking, one.get("deleteDate"))
        refuse_unknown(given, DELETION)
        require_rank(asking.employee, old.access_level)
        change.keep_employees([replace(old, state=EmployeeState.DELETED)])
        for extension in held_from_now(asking, old):
            let_go(asking, change, extension, leaving=None if with_extensions else old.id)
        asking.write_down(change, old.customer, audit.Action.DELETED, old.id, ["employee"])
    return {"success": True, **({"deleteDate": day} if day else {})}


def _today(asking: Asking, day: str | None) -> str | None:
    """The day to delete on, which can only be today."""
    now = datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=wall_ms(asking.zone, asking.now_ms))
    if day and day != f"{now:%Y-%m-%d}":
        raise InvalidFieldError("deleteDate", "Employees are deleted immediately - leave it out, or use today")
    return day

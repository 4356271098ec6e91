"""Employees: list, read, create, change, delete. Nobody grants a level above their own, nor touches who has one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from pbxtally import audit
from pbxtally.access import Action, Decision, allowed, require_level, require_rank
from pbxtally.directory.api_objects import Json, employee_members, without_unchanged
from pbxtally.directory.draft import PeopleChange
from pbxtally.directory.extension_requests import held_from_now, release_extension
from pbxtally.directory.members import EMPLOYEE, Item
from pbxtally.directory.parameters import EMPLOYEES, flag, read_list_request, refuse_unknown
from pbxtally.directory.request_context import (
    Done,
    RequestContext,
    given_id,
    path_id,
    refuse_to_set,
    refuse_unknown_members,
    sorted_by_name,
)
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


def list_employees(context: RequestContext, given: Mapping[str, Sequence[str]]) -> Json:
    """The employees of a customer, the own one unless named; PERSONAL sees the own row."""
    require_level(Action.LIST_EMPLOYEES, context.employee)
    query = read_list_request(EMPLOYEES, given)
    customer, decision = context.customer(Action.LIST_EMPLOYEES, query.id("customer"))
    found = [
        one
        for one in context.people.employees(customer.id)
        if (decision is Decision.ALLOW or one.id == context.employee.id)
        and ("includeDeleted" in query.flags or one.state is not EmployeeState.DELETED)
        and query.fits(one.name, one.email_address, one.title, one.department)
    ]
    total, some = query.page(sorted_by_name(context, found, lambda one: one.name, customer.language))
    return query.answer(total, [employee_members(one, full="full" in query.flags) for one in some])


def read_employee(context: RequestContext, employee_id: str) -> Json:
    """One employee in full, even a deleted one."""
    return employee_members(find_employee(context, Action.READ_EMPLOYEE, employee_id)[0])


def find_employee(
    context: RequestContext, action: Action, employee_id: str, word: str = "id"
) -> tuple[Employee, Decision]:
    """An employee, and how far an action is allowed on it."""
    require_level(action, context.employee)
    found = context.people.employee(path_id(employee_id))
    is_self = found is not None and found.id == context.employee.id
    customer = found.customer if found else None
    decision = allowed(action, context.employee, customer, context.people.parents(), is_self=is_self, word=word)
    assert found is not None
    return found, decision


def create_employee(context: RequestContext, members: Mapping[str, Any], password_hash: str | None = None) -> Done:
    """Make an employee of a customer, one's own unless named."""
    require_level(Action.CREATE_EMPLOYEE, context.employee)
    refuse_unknown_members("employees", members, (PASSWORD,))
    refuse_to_set(("_id",), members)
    values = {name: value for name, value in members.items() if value is not None and name != PASSWORD}
    with context.people.change() as change:
        customer, _ = context.customer(Action.CREATE_EMPLOYEE, given_id(values, "customer"))
        values = {**values, "customer": customer.id}
        _check(context, values)
        done = context.keep(change, "employees", customer.id, {"_id": new_id(), **values}, is_new=True)
        if password_hash:
            _set_password(context, change, customer.id, done.id, password_hash, may=bool(values.get("noEmail")))
        return done


def change_employee(
    context: RequestContext, employee_id: str, members: Mapping[str, Any], password_hash: str | None = None
) -> Done:
    """Change what is given; PERSONAL and VIEWER may change little, and only of themselves."""
    with context.people.change() as change:
        old, decision = find_employee(context, Action.CHANGE_EMPLOYEE, employee_id)
        require_rank(context.employee, old.access_level)
        shown = employee_members(old)
        refuse_unknown_members("employees", members, (*shown, PASSWORD))
        changes = without_unchanged(members, shown)
        refuse_to_set(("_id", "customer"), changes)
        if decision is Decision.OWN_ROWS and any(name not in ONES_OWN for name in changes):
            raise AccessDeniedError
        _check(context, changes, old)
        changes.pop(PASSWORD, None)
        done = context.keep(change, "employees", old.customer, {"_id": old.id, **changes}, is_new=False)
        if password_hash:
            may = old.id == context.employee.id or changes.get("noEmail", old.no_email)
            _set_password(context, change, old.customer, old.id, password_hash, may=may)
        return done


def _set_password(
    context: RequestContext, change: PeopleChange, customer: str, employee_id: str, password_hash: str, *, may: bool
) -> None:
    """Set a password: one's own, or that of somebody who gets no e-mail and so no link."""
    if not may:
        raise RefusedFieldError(
            PASSWORD, "Only with noEmail, or of oneself - all others get a link by POST /auth/reset"
        )
    change.keep_password(employee_id, password_hash, context.now_ms)
    context.write_down(change, customer, audit.Action.PASSWORD_SET, employee_id)


def _check(context: RequestContext, members: Mapping[str, Any], old: Employee | None = None) -> None:
    """Refuse what only the API refuses; `old`: the employee being changed."""
    values = Item("", dict(members), EMPLOYEE).read(EMPLOYEE)
    if values.get("state") is EmployeeState.DELETED:
        raise InvalidFieldError("state", "To delete an employee use DELETE; here use ENABLED or DISABLED")
    require_rank(context.employee, values.get("access_level", context.employee.access_level))
    for one_reseller in values.get("organization_resellers", ()):
        allowed(
            Action.CHANGE_CUSTOMER,
            context.employee,
            one_reseller,
            context.people.parents(),
            word="organizationResellers",
        )
    if old and (members.keys() & WAYS_IN or values.get("access_level", old.access_level) > old.access_level):
        require_resellers(context, old)


def require_resellers(context: RequestContext, employee: Employee) -> None:
    """Raise unless whoever asks may change every reseller the employee may count as, or is that employee.

    Deciding who signs in as the employee, or how much they see, would give those resellers away.
    """
    parents = context.people.parents()
    for one in employee.organization_resellers if employee.id != context.employee.id else ():
        try:
            allowed(Action.CHANGE_CUSTOMER, context.employee, one, parents)
        except UnknownError:
            raise AccessDeniedError from None


def delete_employee(context: RequestContext, employee_id: str, given: Mapping[str, Sequence[str]]) -> Json:
    """Delete an employee now: no more sign-in, extensions left without holder or deleted; the past stays."""
    with context.people.change() as change:
        old, _ = find_employee(context, Action.DELETE_EMPLOYEE, employee_id, word="employee")
        one = {name: values[-1] for name, values in given.items()}
        with_extensions = flag("deleteExtensions", one.get("deleteExtensions"))
        flag("deleteMvnoAccounts", one.get("deleteMvnoAccounts"))
        day = _today(context, one.get("deleteDate"))
        refuse_unknown(given, DELETION)
        require_rank(context.employee, old.access_level)
        change.keep_employees([replace(old, state=EmployeeState.DELETED)])
        for extension, holder in held_from_now(context, old):
            is_deleted = with_extensions and holder in (None, old.id)
            release_extension(context, change, extension, leaving=None if is_deleted else old.id)
        context.write_down(change, old.customer, audit.Action.DELETED, old.id, ["employee"])
    return {"success": True, **({"deleteDate": day} if day else {})}


def _today(context: RequestContext, day: str | None) -> str | None:
    """The day to delete on, which can only be today."""
    now = datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=wall_ms(context.zone, context.now_ms))
    if day and day != f"{now:%Y-%m-%d}":
        raise InvalidFieldError("deleteDate", "Employees are deleted immediately - leave it out, or use today")
    return day

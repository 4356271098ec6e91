"""Customers: list, read, create, change. A customer's reseller may do what its OWNER may, and more."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pbxtally.access import Action, allowed, require, require_level, stands_below
from pbxtally.directory.asking import (
    Asking,
    Done,
    given_id,
    path_id,
    refuse_to_set,
    refuse_unknown_members,
    sorted_by_name,
)
from pbxtally.directory.parameters import CUSTOMERS, RESELLERS, Wanted, wanted
from pbxtally.directory.shown import ITS_RESELLERS, Json, customer_members, customer_name, without_unchanged
from pbxtally.errors import AccessDeniedError, InvalidFieldError
from pbxtally.people import AccessLevel, Customer, CustomerState, Employee, EmployeeState, new_id

Parents = Mapping[str, str | None]


def list_customers(asking: Asking, given: Mapping[str, Sequence[str]]) -> Json:
    """The customers of a reseller, one's own unless named; those below its resellers, too, if asked for."""
    require_level(Action.LIST_CUSTOMERS, asking.employee)
    want = wanted(CUSTOMERS, given)
    is_under = _under(asking, want, asking.people.parents())
    named = want.ids.get("customerIds")
    found = [
        one
        for one in asking.people.customers()
        if is_under(one)
        and (named is None or one.id in named)
        and ("resellers" not in want.flags or one.is_reseller)
        and ("includeDeleted" in want.flags or one.state is not CustomerState.DELETED)
        and want.fits(one.name, one.email_address, one.phone_number)
    ]
    total, some = want.page(_by_name(asking, found))
    return want.answer(total, [_shown(asking, one, full="full" in want.flags) for one in some])


def _shown(asking: Asking, one: Customer, *, full: bool = True) -> Json:
    with_notes = sees_all(asking.employee) or is_above(asking.employee, one.id)
    return customer_members(one, with_notes=with_notes, full=full)


def sees_all(employee: Employee) -> bool:
    """Whether this employee sees every customer, whoever's it is."""
    return employee.access_level >= AccessLevel.RESELLER_ADMIN


def is_above(employee: Employee, customer: str) -> bool:
    """Whether an employee who may change the customer may also set what only its reseller may.

    Nobody but ADMIN is above their own customer: what its reseller notes about it is not for its own people.
    """
    is_own = customer == employee.customer
    return employee.access_level is AccessLevel.ADMIN or (employee.access_level >= AccessLevel.RESELLER and not is_own)


def _under(asking: Asking, want: Wanted, parents: Parents) -> Callable[[Customer], bool]:
    """Whether a customer belongs in the list."""
    named = want.id("parentReseller")
    reseller = named or asking.employee.customer
    allowed(Action.LIST_CUSTOMERS, asking.employee, reseller, parents, word="parentReseller")
    if "all" in want.flags:
        if not sees_all(asking.employee):
            raise AccessDeniedError
        if named is None:
            return lambda one: True
    if "includeSubresellers" in want.flags:
        return lambda one: stands_below(one.id, reseller, parents)
    return lambda one: one.parent_reseller == reseller


def list_resellers(asking: Asking, given: Mapping[str, Sequence[str]]) -> Json:
    """One's own customer and the resellers below it, in the light form; all resellers for those who may see all."""
    require_level(Action.LIST_CUSTOMERS, asking.employee)
    want = wanted(RESELLERS, given)
    parents, employee = asking.people.parents(), asking.employee
    found = [
        one
        for one in asking.people.customers()
        if one.is_reseller
        and one.state is not CustomerState.DELETED
        and (sees_all(employee) or one.id == employee.customer or stands_below(one.id, employee.customer, parents))
        and want.fits(one.name)
    ]
    total, some = want.page(_by_name(asking, found))
    return want.answer(total, [customer_name(one) for one in some])


def _by_name(asking: Asking, found: list[Customer]) -> list[Customer]:
    return sorted_by_name(asking, found, lambda one: one.name, None)


def read_customer(asking: Asking, customer_id: str) -> Json:
    """One customer, whole."""
    return _shown(asking, _the(asking, Action.READ_CUSTOMER, customer_id))


def read_customer_name(asking: Asking, customer_id: str) -> Json:
    """One customer's name, reseller and features."""
    return customer_name(_the(asking, Action.READ_CUSTOMER_NAME, customer_id))


def read_overview(asking: Asking, customer_id: str) -> Json:
    """How many employees, extensions and customers of its own a customer has now, without deleted ones."""
    found = _the(asking, Action.READ_CUSTOMER, customer_id)
    people, now_ms = asking.people, asking.now_ms
    held = {one.extension for one in people.assignments(found.id) if one.is_at(now_ms)}
    return {
        "_id": found.id,
        "name": found.name,
        "employees": sum(one.state is not EmployeeState.DELETED for one in people.employees(found.id)),
        "extensions": len(held),
        "customers": sum(
            one.parent_reseller == found.id and one.state is not CustomerState.DELETED for one in people.customers()
        ),
    }


def _the(asking: Asking, action: Action, customer_id: str) -> Customer:
    require_level(action, asking.employee)
    found = asking.people.customer(path_id(customer_id))
    return require(action, asking.employee, found, asking.people.parents())


def create_customer(asking: Asking, members: Mapping[str, Any]) -> Done:
    """Make a customer under a reseller, one's own customer unless named; ADMIN may make one without."""
    require_level(Action.CREATE_CUSTOMER, asking.employee)
    refuse_unknown_members("customers", members)
    refuse_to_set(("_id",), members)
    values = {name: value for name, value in members.items() if value is not None}
    if "parentReseller" not in members and asking.employee.access_level < AccessLevel.ADMIN:
        values["parentReseller"] = asking.employee.customer
    with asking.people.change() as change:
        _check_parent(asking, values.get("parentReseller"), values)
        _check_state(values)
        customer = new_id()
        return asking.keep(change, "customers", None, {"_id": customer, **values}, is_new=True)


def change_customer(asking: Asking, customer_id: str, members: Mapping[str, Any]) -> Done:
    """Change what is given; state, reseller and notes only its reseller may change."""
    with asking.people.change() as change:
        old = _the(asking, Action.CHANGE_CUSTOMER, customer_id)
        shown = _shown(asking, old)
        refuse_unknown_members("customers", members, shown)
        changes = without_unchanged(members, shown)
        refuse_to_set(("_id", "features"), changes)
        if any(name in changes for name in ITS_RESELLERS) and not is_above(asking.employee, old.id):
            raise AccessDeniedError
        if "parentReseller" in changes:
            _check_parent(asking, changes["parentReseller"], changes)
        _check_state(changes)
        return asking.keep(change, "customers", old.id, {"_id": old.id, **changes}, is_new=False)


def _check_parent(asking: Asking, parent: str | None, members: Mapping[str, Any]) -> None:
    """A customer may be put under one's own or a reseller below it; only ADMIN may put it under none."""
    if parent is None:
        if asking.employee.access_level < AccessLevel.ADMIN:
            raise AccessDeniedError
        return
    found = asking.people.customer(given_id(members, "parentReseller") or "")
    parents = asking.people.parents()
    above = require(Action.CREATE_CUSTOMER, asking.employee, found, parents, word="parentReseller")
    if not above.is_reseller:
        raise InvalidFieldError("parentReseller", "This customer is not a reseller - set its isReseller first")


def _check_state(members: Mapping[str, Any]) -> None:
    if str(members.get("state")).upper() == CustomerState.DELETED:
        raise InvalidFieldError("state", "A customer cannot be deleted here - use ACTIVE or BLOCKED")

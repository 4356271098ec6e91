"""Customers: list, read, create, change. A customer's reseller may do what its OWNER may, and more."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pbxtally.access import Action, allowed, require, require_level, stands_below
from pbxtally.directory.api_objects import ITS_RESELLERS, Json, customer_members, customer_name, without_unchanged
from pbxtally.directory.parameters import CUSTOMERS, RESELLERS, ListRequest, read_list_request
from pbxtally.directory.request_context import (
    Done,
    RequestContext,
    given_id,
    path_id,
    refuse_to_set,
    refuse_unknown_members,
    sorted_by_name,
)
from pbxtally.errors import AccessDeniedError, InvalidFieldError
from pbxtally.people import AccessLevel, Customer, CustomerState, Employee, EmployeeState, new_id

Parents = Mapping[str, str | None]


def list_customers(context: RequestContext, given: Mapping[str, Sequence[str]]) -> Json:
    """The customers of a reseller, one's own unless named; those below its resellers, too, if asked for."""
    require_level(Action.LIST_CUSTOMERS, context.employee)
    query = read_list_request(CUSTOMERS, given)
    is_under = _under(context, query, context.people.parents())
    named = query.ids.get("customerIds")
    found = [
        one
        for one in context.people.customers()
        if is_under(one)
        and (named is None or one.id in named)
        and ("resellers" not in query.flags or one.is_reseller)
        and ("includeDeleted" in query.flags or one.state is not CustomerState.DELETED)
        and query.fits(one.name, one.email_address, one.phone_number)
    ]
    total, some = query.page(_by_name(context, found))
    return query.answer(total, [_visible_members(context, one, full="full" in query.flags) for one in some])


def _visible_members(context: RequestContext, one: Customer, *, full: bool = True) -> Json:
    with_notes = sees_all(context.employee) or is_above(context.employee, one.id)
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


def _under(context: RequestContext, query: ListRequest, parents: Parents) -> Callable[[Customer], bool]:
    """Whether a customer belongs in the list."""
    named = query.id("parentReseller")
    reseller = named or context.employee.customer
    allowed(Action.LIST_CUSTOMERS, context.employee, reseller, parents, word="parentReseller")
    if "all" in query.flags:
        if not sees_all(context.employee):
            raise AccessDeniedError
        if named is None:
            return lambda one: True
    if "includeSubresellers" in query.flags:
        return lambda one: stands_below(one.id, reseller, parents)
    return lambda one: one.parent_reseller == reseller


def list_resellers(context: RequestContext, given: Mapping[str, Sequence[str]]) -> Json:
    """One's own customer and the resellers below it, in the light form; all resellers for those who may see all."""
    require_level(Action.LIST_CUSTOMERS, context.employee)
    query = read_list_request(RESELLERS, given)
    parents, employee = context.people.parents(), context.employee
    found = [
        one
        for one in context.people.customers()
        if one.is_reseller
        and one.state is not CustomerState.DELETED
        and (sees_all(employee) or one.id == employee.customer or stands_below(one.id, employee.customer, parents))
        and query.fits(one.name)
    ]
    total, some = query.page(_by_name(context, found))
    return query.answer(total, [customer_name(one) for one in some])


def _by_name(context: RequestContext, found: list[Customer]) -> list[Customer]:
    return sorted_by_name(context, found, lambda one: one.name, None)


def read_customer(context: RequestContext, customer_id: str) -> Json:
    """One customer, whole."""
    return _visible_members(context, _find(context, Action.READ_CUSTOMER, customer_id))


def read_customer_name(context: RequestContext, customer_id: str) -> Json:
    """One customer's name, reseller and features."""
    return customer_name(_find(context, Action.READ_CUSTOMER_NAME, customer_id))


def read_overview(context: RequestContext, customer_id: str) -> Json:
    """How many employees, extensions and customers of its own a customer has now, without deleted ones."""
    found = _find(context, Action.READ_CUSTOMER, customer_id)
    people, now_ms = context.people, context.now_ms
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


def _find(context: RequestContext, action: Action, customer_id: str) -> Customer:
    require_level(action, context.employee)
    found = context.people.customer(path_id(customer_id))
    return require(action, context.employee, found, context.people.parents())


def create_customer(context: RequestContext, members: Mapping[str, Any]) -> Done:
    """Make a customer under a reseller, one's own customer unless named; ADMIN may make one without."""
    require_level(Action.CREATE_CUSTOMER, context.employee)
    refuse_unknown_members("customers", members)
    refuse_to_set(("_id",), members)
    values = {name: value for name, value in members.items() if value is not None}
    if "parentReseller" not in members and context.employee.access_level < AccessLevel.ADMIN:
        values["parentReseller"] = context.employee.customer
    with context.people.change() as change:
        _check_parent(context, values.get("parentReseller"), values)
        _check_state(values)
        customer = new_id()
        return context.keep(change, "customers", None, {"_id": customer, **values}, is_new=True)


def change_customer(context: RequestContext, customer_id: str, members: Mapping[str, Any]) -> Done:
    """Change what is given; state, reseller and notes only its reseller may change."""
    with context.people.change() as change:
        old = _find(context, Action.CHANGE_CUSTOMER, customer_id)
        shown = _visible_members(context, old)
        refuse_unknown_members("customers", members, shown)
        changes = without_unchanged(members, shown)
        refuse_to_set(("_id", "features"), changes)
        if any(name in changes for name in ITS_RESELLERS) and not is_above(context.employee, old.id):
            raise AccessDeniedError
        if "parentReseller" in changes:
            _check_parent(context, changes["parentReseller"], changes)
        _check_state(changes)
        return context.keep(change, "customers", old.id, {"_id": old.id, **changes}, is_new=False)


def _check_parent(context: RequestContext, parent: str | None, members: Mapping[str, Any]) -> None:
    """A customer may be put under one's own or a reseller below it; only ADMIN may put it under none."""
    if parent is None:
        if context.employee.access_level < AccessLevel.ADMIN:
            raise AccessDeniedError
        return
    found = context.people.customer(given_id(members, "parentReseller") or "")
    parents = context.people.parents()
    above = require(Action.CREATE_CUSTOMER, context.employee, found, parents, word="parentReseller")
    if not above.is_reseller:
        raise InvalidFieldError("parentReseller", "This customer is not a reseller - set its isReseller first")


def _check_state(members: Mapping[str, Any]) -> None:
    if str(members.get("state")).upper() == CustomerState.DELETED:
        raise InvalidFieldError("state", "A customer cannot be deleted here - use ACTIVE or BLOCKED")

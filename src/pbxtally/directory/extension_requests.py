"""Extensions: list, read, create, change, delete, and those that occur in calls but nobody has entered.

Who held an extension stays in its assignments: another holder closes one and opens the next, deleting closes the last.
An extension whose last assignment is over is no longer shown; statistics of its past stay with whoever held it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from pbxtally import audit
from pbxtally.access import Action, Decision, allowed, require_level
from pbxtally.directory.api_objects import (
    PUBLIC_OF_EXTENSION,
    Json,
    extension_members,
    without_unchanged,
)
from pbxtally.directory.draft import PeopleChange
from pbxtally.directory.parameters import EXTENSIONS, UNKNOWN, ListRequest, read_list_request
from pbxtally.directory.request_context import (
    Done,
    RequestContext,
    given_id,
    path_id,
    refuse_to_set,
    refuse_unknown_members,
)
from pbxtally.errors import InvalidFieldError, UnknownError
from pbxtally.intervals import iso_utc
from pbxtally.people import Assignment, Customer, Employee, Extension, natural_key, new_id
from pbxtally.records import NumberWithCalls


@dataclass(frozen=True, slots=True)
class _Extensions:
    """The extensions of one customer that are in use, and who holds them now."""

    found: dict[str, Extension]
    held: dict[str, list[Assignment]]
    now: dict[str, Assignment | None]
    names: dict[str, str]

    @classmethod
    def of(cls, context: RequestContext, customer: str) -> _Extensions:
        held: dict[str, list[Assignment]] = {}
        for one in context.people.assignments(customer):
            held.setdefault(one.extension, []).append(one)
        in_use = {key: parts for key, parts in held.items() if parts[-1].until_ms > context.now_ms}
        now = {key: next((one for one in parts if one.is_at(context.now_ms)), None)
               for key, parts in in_use.items()}  # fmt: skip
        found = {one.id: one for one in context.people.extensions(customer) if one.id in in_use}
        return cls(found, held, now, {one.id: one.name for one in context.people.employees(customer)})

    def holder(self, one: Extension) -> str | None:
        now = self.now[one.id]
        return now.employee if now else None

    def shown(self, one: Extension, *, full: bool) -> Json:
        return extension_members(one, self.held[one.id], self.now[one.id], self.names, full=full)

    def name(self, one: Extension) -> str:
        return one.name or self.names.get(self.holder(one) or "", "")


def list_extensions(context: RequestContext, given: Mapping[str, Sequence[str]]) -> Json:
    """The extensions of a customer, one's own unless named; PERSONAL sees little of other people's."""
    require_level(Action.LIST_EXTENSIONS, context.employee)
    query = read_list_request(EXTENSIONS, given)
    customer, decision = context.customer(Action.LIST_EXTENSIONS, query.id("customer"))
    in_part = decision is Decision.OWN_ROWS
    all_of = _Extensions.of(context, customer.id)
    found = [one for one in all_of.found.values() if _is_wanted(context, query, one, all_of, in_part=in_part)]
    total, some = query.page(_sorted(context, query, found, all_of, customer, in_part=in_part))
    full = "full" in query.flags
    return query.answer(
        total,
        [_visible_members(context, all_of.shown(one, full=full), all_of.holder(one), in_part=in_part) for one in some],
    )


def _is_wanted(
    context: RequestContext, query: ListRequest, one: Extension, all_of: _Extensions, *, in_part: bool
) -> bool:
    """Whether it fits; those who see others' only in part cannot ask by who holds them."""
    holder, asked = all_of.holder(one), query.id("employee")
    if asked and (holder != asked or (in_part and asked != context.employee.id)):
        return False
    return query.fits(all_of.name(one), one.number)


def _sorted(
    context: RequestContext,
    query: ListRequest,
    found: list[Extension],
    all_of: _Extensions,
    customer: Customer,
    *,
    in_part: bool,
) -> list[Extension]:
    """In the order asked for; by name for those who see others' only in part and ask for the holders' order."""
    if query.sort == "number":
        return sorted(found, key=lambda one: (natural_key(one.number), one.id))
    name_of: Callable[[Extension], str] = all_of.name
    if query.sort == "employee" and not in_part:
        name_of = lambda one: all_of.names.get(all_of.holder(one) or "", "")  # noqa: E731
    keys = context.sort_keys([name_of(one) for one in found], customer.language or context.language)
    order = sorted(zip(keys, found, strict=True), key=lambda pair: (pair[0], natural_key(pair[1].number), pair[1].id))
    return [one for _, one in order]


def _visible_members(context: RequestContext, shown: Json, holder: str | None, *, in_part: bool) -> Json:
    if not in_part or holder == context.employee.id:
        return shown
    return {name: shown[name] for name in PUBLIC_OF_EXTENSION if name in shown}


def read_extension(context: RequestContext, extension_id: str) -> Json:
    """One extension with all its assignments; of a colleague's, PERSONAL sees only name and number."""
    found, all_of, decision = _find(context, Action.READ_EXTENSION, extension_id)
    in_part = decision is Decision.OWN_ROWS
    return _visible_members(context, all_of.shown(found, full=True), all_of.holder(found), in_part=in_part)


def _find(context: RequestContext, action: Action, extension_id: str) -> tuple[Extension, _Extensions, Decision]:
    require_level(action, context.employee)
    found = context.people.extension(path_id(extension_id))
    all_of = _Extensions.of(context, found.customer if found else "")
    if found is None or found.id not in all_of.found:
        allowed(action, context.employee, None, {})
        raise UnknownError
    is_self = all_of.holder(found) == context.employee.id
    decision = allowed(action, context.employee, found.customer, context.people.parents(), is_self=is_self)
    return found, all_of, decision


def create_extension(context: RequestContext, members: Mapping[str, Any]) -> Done:
    """Make an extension; it needs a number, and a name unless an employee holds it."""
    require_level(Action.CREATE_EXTENSION, context.employee)
    refuse_unknown_members("extensions", members, ("type",))
    refuse_to_set(("_id",), members)
    values = {name: value for name, value in members.items() if value is not None}
    with context.people.change() as change:
        customer, _ = context.customer(Action.CREATE_EXTENSION, given_id(values, "customer"))
        _check_type(values)
        if "number" not in values and "assignments" not in values:
            raise InvalidFieldError("number", "Missing number - enter the number as the PBX writes it")
        if "name" not in values and "employee" not in values:
            raise InvalidFieldError("name", "Missing name - enter a name or choose an employee")
        values = {"_id": new_id(), **values, "customer": customer.id}
        return context.keep(change, "extensions", customer.id, values, is_new=True)


def create_from_calls(context: RequestContext, customer_id: str | None, number: str, name: str) -> Done:
    """Make an extension of a number; with a name, also an employee of that name, as if they had always held it."""
    require_level(Action.CREATE_EXTENSION, context.employee)
    with context.people.change() as change:
        customer, _ = context.customer(Action.CREATE_EXTENSION, customer_id)
        members = {"_id": new_id(), "customer": customer.id, "number": number}
        if not name:
            return context.keep(change, "extensions", customer.id, {**members, "name": number}, is_new=True)
        context.customer(Action.CREATE_EMPLOYEE, customer.id)
        person = {"_id": new_id(), "customer": customer.id, "name": name}
        holder = context.keep(change, "employees", customer.id, person, is_new=True)
        return context.keep(change, "extensions", customer.id, {**members, "employee": holder.id}, is_new=True)


def change_extension(context: RequestContext, extension_id: str, members: Mapping[str, Any]) -> Done:
    """Change what is given; another `employee` or `number` begins now, and the past stays."""
    with context.people.change() as change:
        old, all_of, _ = _find(context, Action.CHANGE_EXTENSION, extension_id)
        shown = all_of.shown(old, full=True)
        refuse_unknown_members("extensions", members, shown)
        changes = without_unchanged(members, shown)
        refuse_to_set(("_id", "customer"), changes)
        _check_type(changes)
        return context.keep(change, "extensions", old.customer, {"_id": old.id, **changes}, is_new=False)


def _check_type(values: dict[str, Any]) -> None:
    if values.pop("type", "EXTENSION") != "EXTENSION":
        raise InvalidFieldError("type", "Invalid type - use EXTENSION")


def delete_extension(context: RequestContext, extension_id: str) -> Json:
    """Delete an extension now; its number is free, and its past stays with whoever held it."""
    with context.people.change() as change:
        old, _, _ = _find(context, Action.DELETE_EXTENSION, extension_id)
        release_extension(context, change, old, leaving=None)
    return {"success": True}


def held_from_now(context: RequestContext, employee: Employee) -> list[tuple[Extension, str | None]]:
    """The extensions that an employee holds, or will hold, each with its present holder."""
    all_of = _Extensions.of(context, employee.customer)
    return [
        (one, all_of.holder(one))
        for one in all_of.found.values()
        if any(part.employee == employee.id and part.until_ms > context.now_ms for part in all_of.held[one.id])
    ]


def release_extension(context: RequestContext, change: PeopleChange, one: Extension, *, leaving: str | None) -> None:
    """From now on `leaving` no longer holds the extension; None: it is deleted."""
    held = [part for part in change.assignments(one.customer) if part.extension == one.id]
    parts = [left for part in held for left in _released(part, leaving, context.now_ms)]
    change.keep_extensions([one], {one.id: parts})
    action = audit.Action.CHANGED if leaving else audit.Action.DELETED
    context.write_down(change, one.customer, action, one.id, ["extension", *(("employee",) if leaving else ())])


def _released(part: Assignment, leaving: str | None, now_ms: int) -> Iterator[Assignment]:
    """What is left of an assignment."""
    if leaving not in (None, part.employee):
        yield part
        return
    if part.since_ms < now_ms:
        yield replace(part, until_ms=min(part.until_ms, now_ms))
    if leaving and part.until_ms > now_ms:
        yield replace(part, since_ms=max(part.since_ms, now_ms), employee=None)


class KnowsNumbersWithCalls(Protocol):
    """A store of calls that can say which extensions it has calls of."""

    def numbers_with_calls(self, customer: str) -> list[NumberWithCalls]:
        """The extension numbers that a customer has calls of, each with how many, from when until when."""
        ...


class KnowsNumbers(Protocol):
    """A directory that knows its numbers."""

    def numbers(self, customer_id: str) -> frozenset[str]:
        """Every number that the directory knows or knew."""
        ...


def unknown_extensions(store: KnowsNumbersWithCalls, people: KnowsNumbers, customer: str) -> list[NumberWithCalls]:
    """Numbers with calls that the customer's directory never knew, in natural order: 2 before 10."""
    known = people.numbers(customer)
    found = [one for one in store.numbers_with_calls(customer) if one.number not in known]
    return sorted(found, key=lambda one: natural_key(one.number))


def list_unknown(
    context: RequestContext, store: KnowsNumbersWithCalls, people: KnowsNumbers, given: Mapping[str, Sequence[str]]
) -> Json:
    """The numbers a customer has calls of and nobody has entered, to make extensions of."""
    require_level(Action.LIST_UNKNOWN, context.employee)
    query = read_list_request(UNKNOWN, given)
    customer, _ = context.customer(Action.LIST_UNKNOWN, query.id("customer"))
    found = [one for one in unknown_extensions(store, people, customer.id) if query.fits(one.number)]
    total, some = query.page(found)
    rows = [
        {"number": one.number, "calls": one.calls, "first": iso_utc(one.first_ms), "last": iso_utc(one.last_ms)}
        for one in some
    ]
    return query.answer(total, rows)

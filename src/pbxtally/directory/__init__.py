"""Keep the people: import customers, employees and extensions from one JSON document, all or nothing.

Members have the vendor's names. What an object does not name stays as it was; `null` empties a member that may be
empty. An object is found by its `_id`; without one, a customer by its name, an employee who was not deleted by e-mail
address (or by name, where there is no address to compare), an extension by its customer and the number it has now; if
none is found, it is new. Who held an extension in the past stays: another `employee` or `number` begins now. The word
of an error is the place of the mistake, such as `extensions[3].number`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Protocol
from zoneinfo import ZoneInfo

from pbxtally import audit
from pbxtally.access import stands_below
from pbxtally.directory.draft import ClaimedIds, People, PeopleChange
from pbxtally.directory.extensions import ExtensionReader
from pbxtally.directory.members import CUSTOMER, EMPLOYEE, SECTIONS, USERNAME_CHARACTERS, Item, ids_in, sections
from pbxtally.people import Customer, CustomerState, Employee, EmployeeState

__all__ = [
    "Counted",
    "ImportedBy",
    "KeepsPeople",
    "PeopleChange",
    "PeopleReceipt",
    "SavedObject",
    "import_people",
    "save_object",
]

_DEFAULT_ZONE = ZoneInfo("Europe/Copenhagen")


class KeepsPeople(Protocol):
    """A store that keeps people."""

    def change(self) -> AbstractContextManager[PeopleChange]:
        """Begin a transaction; an exception inside undoes all of it."""
        ...


@dataclass(frozen=True, slots=True)
class Counted:
    """What became of the objects of one kind."""

    created: int
    updated: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class PeopleReceipt:
    """What an import did.

    `changed_numbers`: for each customer, the numbers that entered or left its directory. The store has noted them; the
    calls that carry them have to be derived again (D2a), which `intake.derive_changed_numbers` does.
    """

    customers: Counted
    employees: Counted
    extensions: Counted
    changed_numbers: dict[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class SavedObject:
    """What became of one object."""

    id: str
    is_changed: bool


class ImportedBy(NamedTuple):
    """Who imports, for the audit: in words, and, if they are signed in, who and from which address."""

    detail: str
    actor: str | None = None
    address: str | None = None


def import_people(
    store: KeepsPeople,
    document: object,
    now_ms: int,
    zone: ZoneInfo = _DEFAULT_ZONE,
    *,
    keep: bool = True,
    by: ImportedBy | None = None,
    allow: Callable[[People, People], None] = lambda before, people: None,
) -> PeopleReceipt:
    """Bring a document's people into the store; `zone` is the server's, for customers without one of their own.

    Raises InvalidFieldError for the first mistake; nothing is changed then. Without `keep` nothing is changed either;
    the receipt says what would be. `by`: add an audit line for each object that changed. `allow` is given the people
    as they were and will be, and raises if the change is not allowed.
    """
    customers, employees, extensions = sections(document)
    with store.change() as change:
        before, people, claimed = _merged(change, (customers, employees, extensions), now_ms, zone)
        allow(before, people)
        if keep:
            people.keep_what_changed(before, change)
            if by:
                _write_down(change, before, people, now_ms, by)
    return PeopleReceipt(
        _counted(claimed.ids(customers), before.customers, people.customers),
        _counted(claimed.ids(employees), before.employees, people.employees),
        _counted(claimed.ids(extensions), before.extensions_with_holders(), people.extensions_with_holders()),
        people.changed_numbers(before),
    )


def _write_down(change: PeopleChange, before: People, people: People, now_ms: int, by: ImportedBy) -> None:
    for one in people.customers.values():
        _write_one(change, one.id, one.id, before.customers.get(one.id), one, now_ms, "customer", by)
    for person in people.employees.values():
        old = before.employees.get(person.id)
        _write_one(change, person.customer, person.id, old, person, now_ms, "employee", by)
    was = before.extensions_with_holders()
    for found, extension in people.extensions_with_holders().items():
        _write_one(change, extension[0].customer, found, was.get(found), extension, now_ms, "extension", by)


def _write_one(
    change: PeopleChange, customer: str, subject: str, old: object, new: object, now_ms: int, kind: str, by: ImportedBy
) -> None:
    if old != new:
        action = audit.Action.CHANGED if old else audit.Action.CREATED
        audit.record(change, by.actor, customer, action, subject, by.address, now_ms, f"{kind}, {by.detail}")


def save_object(
    change: PeopleChange, kind: str, members: Mapping[str, Any], now_ms: int, zone: ZoneInfo = _DEFAULT_ZONE
) -> SavedObject:
    """Make or change one object of a section by its `_id`, inside a transaction; an error's word is the member."""
    item = Item("", dict(members), SECTIONS[kind])
    customers, employees, extensions = ([item] if name == kind else [] for name in SECTIONS)
    before, people, claimed = _merged(change, (customers, employees, extensions), now_ms, zone)
    people.keep_what_changed(before, change)
    return SavedObject(claimed.ids([item])[0], before != people)


def _merged(
    change: PeopleChange, items: tuple[list[Item], list[Item], list[Item]], now_ms: int, zone: ZoneInfo
) -> tuple[People, People, ClaimedIds]:
    """The people as they are, as they will be, and which object of the document is which."""
    customers, employees, extensions = items
    people = People.of(change, [*employees, *extensions])
    before = people.copy()
    claimed = ClaimedIds()
    _read_customers(customers, people, claimed)
    _read_employees(employees, people, claimed)
    _refuse_taken_addresses(employees, claimed.ids(employees), before, people, change)
    ExtensionReader(people, claimed, now_ms, zone).read(extensions)
    return before, people, claimed


def _read_customers(items: list[Item], people: People, claimed: ClaimedIds) -> None:
    customers, before = people.customers, _parents(people.customers)
    may_be_parents = customers.keys() | ids_in(items, "_id")
    for item in items:
        item.refuse_unknown_members()
        given = item.id("_id")
        values = item.read(CUSTOMER, required=() if given in customers else ("name",))
        fitting = () if given else [one.id for one in customers.values() if one.name == values["name"]]
        found = claimed.claim(item, given, fitting)
        if values.get("parent_reseller") not in {None, *may_be_parents}:
            raise item.wrong("parentReseller", "Unknown customer - include it in the same document, with this _id")
        old = customers.get(found)
        customers[found] = replace(old, **values) if old else Customer(found, **values)
    parents = _parents(customers)
    for item, found in zip(items, claimed.ids(items), strict=True):
        if "parentReseller" in item.members and stands_below(found, found, parents):
            raise item.wrong("parentReseller", "A reseller cannot be above itself")
        if parents[found] != before.get(found) and _under_no_reseller(customers[found], customers):
            raise item.wrong("parentReseller", "This customer is not a reseller - set its isReseller first")
        if "isReseller" in item.members and not customers[found].is_reseller and _has_customers(found, customers):
            raise item.wrong("isReseller", "It has customers - move them to another reseller first")


def _parents(customers: Mapping[str, Customer]) -> dict[str, str | None]:
    return {one.id: one.parent_reseller for one in customers.values()}


def _under_no_reseller(one: Customer, customers: Mapping[str, Customer]) -> bool:
    """Whether a customer stands under one that is no reseller; where a deleted one stood is only its past."""
    above = one.parent_reseller
    return above is not None and one.state is not CustomerState.DELETED and not customers[above].is_reseller


def _has_customers(reseller: str, customers: Mapping[str, Customer]) -> bool:
    there = (one for one in customers.values() if one.state is not CustomerState.DELETED)
    return any(one.parent_reseller == reseller for one in there)


def _read_employees(items: list[Item], people: People, claimed: ClaimedIds) -> None:
    employees = people.employees
    for item in items:
        item.refuse_unknown_members()
        given = item.id("_id")
        customer = people.customer_of(item, employees.get(given or ""))
        values = item.read(EMPLOYEE, required=() if given in employees else ("name",))
        fitting = () if given else _same_employee(customer, values, employees.values())
        found = claimed.claim(item, given, fitting)
        old = employees.get(found)
        employees[found] = replace(old, **values) if old else Employee(found, customer, **values)
        _check_ways_in(item, employees[found])
        if not set(values.get("organization_resellers", ())) <= people.customers.keys():
            raise item.wrong(
                "organizationResellers", "Unknown customer - include it in the same document, with this _id"
            )


def _check_ways_in(item: Item, one: Employee) -> None:
    if one.no_email and len(one.email_address or "") < USERNAME_CHARACTERS:
        least = f"with noEmail, use a user name of at least {USERNAME_CHARACTERS} characters"
        raise item.wrong("emailAddress", f"Invalid emailAddress - {least}")
    if one.sms_validation and one.sms_number is None:
        raise item.wrong("smsNumber", "Missing smsNumber - needed for smsValidation")


def _refuse_taken_addresses(
    items: list[Item], ids: Sequence[str], before: People, people: People, change: PeopleChange
) -> None:
    """Refuse a new address that somebody, of any customer, signs in with: neither could then. Old duplicates stay."""
    after = {one.id: address for one in people.employees.values() if (address := _signs_in_with(one))}
    new = {one: after[one] for one in ids if one in after and after[one] != _signs_in_with(before.employees.get(one))}
    others = {one: address for one, address in change.addresses(new.values()).items() if one not in people.employees}
    taken = {address for one, address in (others | after).items() if one not in new}
    for item, one in zip(items, ids, strict=True):
        if one in new:
            if new[one] in taken:
                raise item.wrong("emailAddress", "Another employee already signs in with this address")
            taken.add(new[one])


def _signs_in_with(one: Employee | None) -> str | None:
    """An employee's address or user name, in lower case since case does not matter; None: none, or deleted."""
    if one is None or one.state is EmployeeState.DELETED or one.email_address is None:
        return None
    return one.email_address.lower()


def _same_employee(customer: str, values: Mapping[str, Any], employees: Iterable[Employee]) -> list[str]:
    """Who is meant by e-mail address or, among those without one, by name; nobody deleted, unless `state` says so."""
    left = EmployeeState.DELETED
    colleagues = [
        one for one in employees if one.customer == customer and (one.state is not left or values.get("state") is left)
    ]
    address = values.get("email_address")
    if address:
        same = [one.id for one in colleagues if (one.email_address or "").casefold() == address.casefold()]
        if same:
            return same
        colleagues = [one for one in colleagues if one.email_address is None]
    return [one.id for one in colleagues if one.name == values["name"]]


def _counted(ids: Sequence[str], before: Mapping[str, object], after: Mapping[str, object]) -> Counted:
    known = [one for one in ids if one in before]
    unchanged = sum(before[one] == after[one] for one in known)
    return Counted(len(ids) - len(known), len(known) - unchanged, unchanged)

"""The directory as it will be: read from the store, changed by an import, and kept if all went well."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from pbxtally.audit import KeepsAudit
from pbxtally.directory.members import AN_ID, Item, ids_in
from pbxtally.people import Assignment, Customer, Employee, Extension, SavedView, new_id


class PeopleChange(KeepsAudit, Protocol):
    """One transaction on the people, with audit: what it reads, nobody else is changing."""

    def customers(self) -> list[Customer]:
        """All customers."""
        ...

    def customers_of(self, ids: Collection[str]) -> set[str]:
        """The customers that the employees and extensions of these ids belong to."""
        ...

    def employees(self, customer_id: str) -> list[Employee]:
        """All employees of a customer."""
        ...

    def addresses(self, wanted: Collection[str]) -> dict[str, str]:
        """The id, with the address, of everybody of any customer who has one of these addresses and was not deleted.

        The addresses are in lower case.
        """
        ...

    def extensions(self, customer_id: str) -> list[Extension]:
        """All extensions of a customer."""
        ...

    def assignments(self, customer_id: str) -> list[Assignment]:
        """Who held which number when, in time order."""
        ...

    def keep_customers(self, customers: Iterable[Customer]) -> None:
        """Keep customers as they are given, new or known."""
        ...

    def keep_employees(self, employees: Iterable[Employee]) -> None:
        """Keep employees as they are given, new or known.

        Nothing of a deleted employee can open anything later; a link to set a password lapses if it would open more
        than when it was made, or was sent to another address.
        """
        ...

    def keep_password(self, employee_id: str, password_hash: str, now_ms: int) -> None:
        """Keep a new password; links to set one and all sessions of the employee end."""
        ...

    def keep_extensions(self, extensions: Iterable[Extension], held: Mapping[str, Sequence[Assignment]]) -> None:
        """Keep extensions, new or known, each with all its assignments in place of those it had."""
        ...

    def views_about(self, customer_id: str) -> list[SavedView]:
        """The saved views of a customer's employees, and those of others that name the customer."""
        ...

    def move_views(self, views: Iterable[SavedView]) -> None:
        """Keep the changed addresses of existing views."""
        ...

    def note_numbers(self, changed: Mapping[str, Iterable[str]]) -> None:
        """Note numbers that entered or left customers' directories: calls that carry them have to be derived again."""
        ...


@dataclass(frozen=True, slots=True)
class People:
    """All customers, and the people of those the document is about, by id; `held` by extension."""

    customers: dict[str, Customer]
    employees: dict[str, Employee]
    extensions: dict[str, Extension]
    held: dict[str, list[Assignment]]

    @classmethod
    def of(cls, change: PeopleChange, items: list[Item]) -> People:
        """The people as they are."""
        customers = {one.id: one for one in change.customers()}
        concerned = change.customers_of(ids_in(items, "_id")) | (ids_in(items, "customer") & customers.keys())
        held: dict[str, list[Assignment]] = {}
        for customer in concerned:
            for one in change.assignments(customer):
                held.setdefault(one.extension, []).append(one)
        employees = {one.id: one for customer in concerned for one in change.employees(customer)}
        extensions = {one.id: one for customer in concerned for one in change.extensions(customer)}
        for one_without in extensions.keys() - held.keys():
            held[one_without] = []  # deleted before anybody had held it
        return cls(customers, employees, extensions, held)

    def copy(self) -> People:
        """The same people, to compare with later."""
        return People(self.customers.copy(), self.employees.copy(), self.extensions.copy(), self.held.copy())

    def extensions_with_holders(self) -> dict[str, tuple[Extension, list[Assignment]]]:
        """Every extension with all its assignments."""
        return {one.id: (one, self.held.get(one.id, [])) for one in self.extensions.values()}

    def customer_of(self, item: Item, old: Employee | Extension | None) -> str:
        """The customer of an employee or extension; it cannot move to another."""
        given = item.id("customer")
        if given is None:
            if old is None:
                raise item.wrong("customer", f"Missing customer - use {AN_ID}")
            return old.customer
        if given not in self.customers:
            raise item.wrong("customer", "Unknown customer - include it in the same document, with this _id")
        if old is not None and old.customer != given:
            raise item.wrong(
                "customer", "It belongs to another customer and cannot be moved - use another _id for a new one"
            )
        return given

    def numbers(self) -> dict[str, set[str]]:
        """Every number each customer's directory knows or knew (D2a)."""
        found: dict[str, set[str]] = {}
        for one, held in self.extensions_with_holders().values():
            found.setdefault(one.customer, set()).update([one.number, *(part.number for part in held)])
        return found

    def keep_what_changed(self, before: People, change: PeopleChange) -> None:
        """Give what differs from `before` to the store."""
        extensions, old = self.extensions_with_holders(), before.extensions_with_holders()
        change.keep_customers([one for one in self.customers.values() if before.customers.get(one.id) != one])
        change.keep_employees([one for one in self.employees.values() if before.employees.get(one.id) != one])
        changed = [one for one in self.extensions.values() if old.get(one.id) != extensions[one.id]]
        change.keep_extensions(changed, self.held)
        change.note_numbers(self.changed_numbers(before))

    def changed_numbers(self, before: People) -> dict[str, frozenset[str]]:
        """For each customer, the numbers that entered or left its directory (D2a)."""
        old = before.numbers()
        changed = {customer: frozenset(old.get(customer, set()) ^ new) for customer, new in self.numbers().items()}
        return {customer: numbers for customer, numbers in changed.items() if numbers}


class ClaimedIds:
    """Which object of the document has which id; none may be named twice."""

    def __init__(self) -> None:
        self._ids: dict[str, str] = {}
        self._places: dict[tuple[str, str], str] = {}

    def claim(self, item: Item, given: str | None, fitting: Sequence[str]) -> str:
        """The id of an object: the one it gives, else the only one that fits what it says, else a new one."""
        if given is None and len(fitting) > 1:
            raise item.wrong("_id", f"Missing _id - several match: {', '.join(fitting)}")
        found = given or (fitting[0] if fitting else new_id())
        kind = item.place.partition("[")[0]
        other = self._places.setdefault((kind, found), item.place)
        if other != item.place:
            raise item.wrong("_id", f"Same as {other} - list each once, or give both an _id")
        self._ids[item.place] = found
        return found

    def ids(self, items: Iterable[Item]) -> list[str]:
        """The ids of objects that were claimed."""
        return [self._ids[item.place] for item in items]

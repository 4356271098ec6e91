"""What the desk needs to know of who asks, and of the store; the frame of every change through the API."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from pbxtally import audit
from pbxtally.access import Action, Decision, allowed
from pbxtally.directory import save_object
from pbxtally.directory.draft import PeopleChange
from pbxtally.directory.members import SECTIONS
from pbxtally.errors import InvalidFieldError
from pbxtally.people import Assignment, Customer, Employee, Extension, parse_id
from pbxtally.reader import read_id


class KnowsDirectory(Protocol):
    """A store of people."""

    def change(self) -> AbstractContextManager[PeopleChange]:
        """Begin a transaction; an exception inside undoes all of it."""
        ...

    def parents(self) -> dict[str, str | None]:
        """Every customer's reseller."""
        ...

    def customer(self, customer_id: str) -> Customer | None:
        """The customer of that id."""
        ...

    def customers(self) -> list[Customer]:
        """All customers."""
        ...

    def employee(self, employee_id: str) -> Employee | None:
        """The employee of that id."""
        ...

    def employees(self, customer_id: str) -> list[Employee]:
        """All employees of a customer."""
        ...

    def extension(self, extension_id: str) -> Extension | None:
        """The extension of that id."""
        ...

    def extensions(self, customer_id: str) -> list[Extension]:
        """All extensions of a customer."""
        ...

    def assignments(self, customer_id: str) -> list[Assignment]:
        """Who held which number when, in time order."""
        ...


SortKeys = Callable[[list[str], str], list[str]]


@dataclass(frozen=True, slots=True)
class RequestContext:
    """Who asks, when and from where; `zone` and `language` are the server's, `sort_keys` the store's ICU order.

    `actor` is whoever acts as the employee, if somebody else does; the audit names the actor.
    """

    people: KnowsDirectory
    employee: Employee
    now_ms: int
    address: str | None
    zone: ZoneInfo
    language: str
    sort_keys: SortKeys
    actor: str | None = None

    def customer(self, action: Action, named: str | None) -> tuple[Customer, Decision]:
        """The customer an action is about, one's own unless named, and how far it is allowed there."""
        found = self.people.customer(named or self.employee.customer)
        customer = found.id if found else None
        decision = allowed(action, self.employee, customer, self.people.parents(), word="customer")
        assert found is not None
        return found, decision

    def write_down(
        self, change: PeopleChange, customer: str, action: audit.Action, subject: str, members: Iterable[str] = ()
    ) -> None:
        """Add a line to the audit of the customer it happened to; it names members, never their values."""
        detail = ", ".join(members) or None
        audit.record(
            change, self.actor or self.employee.id, customer, action, subject, self.address, self.now_ms, detail
        )

    def keep(
        self, change: PeopleChange, kind: str, customer: str | None, members: Mapping[str, Any], is_new: bool
    ) -> Done:
        """Make or change an object, and write it down in the audit of its customer (None: its own)."""
        kept = save_object(change, kind, members, self.now_ms, self.zone)
        if is_new or kept.is_changed:
            action = audit.Action.CREATED if is_new else audit.Action.CHANGED
            named = [name for name in members if name not in ("_id", "customer")]
            self.write_down(change, customer or kept.id, action, kept.id, [kind.removesuffix("s"), *named])
        return Done(kept.id)


@dataclass(frozen=True, slots=True)
class Done:
    """A change that was made: the id of its object."""

    id: str


def path_id(text: str) -> str:
    """An id in a path, in lower case; anything else is like an id that does not exist."""
    return parse_id(text) or ""


def given_id(members: Mapping[str, Any], name: str) -> str | None:
    """The id under a name in a body; 422 if it is not an id."""
    value = members.get(name)
    return None if value is None else read_id(name, value)


def refuse_unknown_members(kind: str, members: Mapping[str, Any], shown: Iterable[str] = ()) -> None:
    """Raise for a member that can neither be set nor was shown (D20)."""
    known = {*SECTIONS[kind], *shown}
    for name in members:
        if name not in known:
            raise InvalidFieldError(name, f"Unknown member - use {', '.join(SECTIONS[kind])}")


def refuse_to_set(names: Iterable[str], members: Mapping[str, Any]) -> None:
    """Raise for members that cannot be changed."""
    for name in names:
        if name in members:
            raise InvalidFieldError(name, f"{name} cannot be changed here - leave it out, or send it unchanged")


def sorted_by_name(
    context: RequestContext, found: list[Any], name_of: Callable[[Any], str], language: str | None
) -> list[Any]:
    """Things in the order of their names in a language (D18), then of their ids."""
    keys = context.sort_keys([name_of(one) for one in found], language or context.language)
    order = sorted(range(len(found)), key=lambda index: (keys[index], found[index].id))
    return [found[index] for index in order]

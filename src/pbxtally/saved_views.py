"""Views saved under a name: each employee's own, to be opened again or passed on as a link.

What is kept is the address of a page of figures. A period given by name in it moves on with the calendar.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from dataclasses import replace
from typing import Protocol
from urllib.parse import parse_qsl, urlencode

from pbxtally.errors import InvalidFieldError
from pbxtally.people import Employee, SavedView, new_id

MOST_VIEWS = 200
"""How many an employee may have."""

LONGEST_NAME = 100
LONGEST_ADDRESS = 4_000
"""Enough for some hundred employees chosen one by one."""


class KeepsViews(Protocol):
    """A store of views."""

    def saved_views(self, employee_id: str) -> list[SavedView]:
        """An employee's views, the oldest first."""
        ...

    def keep_view(self, view: SavedView, most: int) -> bool:
        """Keep a view, replacing any of the employee's with that name; False if there are `most` others already."""
        ...

    def delete_view(self, employee_id: str, view_id: str) -> None:
        """Forget a view of the employee."""
        ...


def keep_view(
    store: KeepsViews,
    employee: Employee,
    name: str,
    address: str,
    pages: Collection[str],
    drop: Collection[str],
    now_ms: int,
) -> None:
    """Keep one of our `pages` under a name, without the members to `drop`; the same name again replaces it."""
    name = unicodedata.normalize("NFC", name).strip()
    if not 0 < len(name) <= LONGEST_NAME or any(unicodedata.category(sign) in ("Cc", "Cs") for sign in name):
        sentence = "Invalid {name} - use text of 1 to {most} characters"
        raise InvalidFieldError("name", sentence, name="name", most=LONGEST_NAME)
    view = SavedView(new_id(), employee.id, name, checked_address(address, pages, drop), now_ms)
    if not store.keep_view(view, MOST_VIEWS):
        raise InvalidFieldError("name", "There are {count} views already - delete one first", count=MOST_VIEWS)


def checked_address(address: str, pages: Collection[str], drop: Collection[str]) -> str:
    """An address of one of our pages, rebuilt so that it leads nowhere else."""
    path, _, query = address.partition("?")
    members = [one for one in parse_qsl(query, keep_blank_values=True) if one[0] not in drop]
    written = f"{path}?{urlencode(members)}" if members else path
    if path not in pages:
        raise InvalidFieldError("address", "Only a page of figures can be saved")
    if max(len(address), len(written)) > LONGEST_ADDRESS:
        raise InvalidFieldError("address", "Too much was chosen to be saved - choose a department instead of employees")
    return written


DEPARTMENT_PAGE = "department"
"""The page whose address has the department as `name`; all others have it as `department`."""

OF_SEVERAL = "customers"
"""The page on which a department means those of all customers with that name."""


def renamed(view: SavedView, customer: str, is_own: bool, before: str, now: str) -> SavedView:
    """A view after a customer's department was renamed; `is_own`: a view that names no customer is about this one."""
    path, _, query = view.address.partition("?")
    members = parse_qsl(query, keep_blank_values=True)
    about = next((value.lower() for name, value in members if name == "customer"), customer if is_own else "")
    if about != customer or path == OF_SEVERAL:
        return view
    word = "name" if path == DEPARTMENT_PAGE else "department"
    changed = [(name, now if (name, value) == (word, before) else value) for name, value in members]
    return view if changed == members else replace(view, address=f"{path}?{urlencode(changed)}")

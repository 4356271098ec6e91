"""What surrounds every page for somebody signed in: where they can go, who they are, how they sign out.

A page's template extends `shell.html`, with its own part in the block `content`, and is given `shell_of`. A new page
is one line in `PLACES`; it is shown to the levels that may do what it is for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from fastapi import Request

from pbxtally.access import RULES, Action
from pbxtally.login import Session
from pbxtally.web.backend import backend_of
from pbxtally.web.i18n import use_language
from pbxtally.web.pages import FIGURE_PAGES
from pbxtally.web.token import Place
from pbxtally.web.view import address, kept_members


class NavigationItem(NamedTuple):
    """A page in the navigation: its word, its address relative to other pages, and the action it requires.

    `is_view`: it shows figures, for the period and calls that were chosen on the page before.
    """

    word: str
    address: str
    action: Action
    is_view: bool = True


ADMINISTRATION = "Administration"

PLACES = (
    NavigationItem("Overview", ".", Action.READ_STATISTICS),
    NavigationItem("Employees", "employees", Action.READ_STATISTICS),
    NavigationItem("Missed calls", "missed", Action.READ_STATISTICS),
    NavigationItem("Calls", "calls", Action.READ_STATISTICS),
    NavigationItem("Customers", "customers", Action.LIST_CUSTOMERS),
    NavigationItem("Saved views", "views", Action.READ_STATISTICS, is_view=False),
    NavigationItem(ADMINISTRATION, "administration", Action.CREATE_EMPLOYEE, is_view=False),
)
"""In the order of the navigation."""


class Link(NamedTuple):
    """Where one can go from here; `here`: "page" is where one is, "true" what the page belongs to."""

    word: str
    address: str
    here: str


@dataclass(frozen=True, slots=True)
class Shell:
    """What `shell.html` shows; without a cookie there is nothing to sign out of."""

    links: tuple[Link, ...]
    employee: str
    acting: bool
    can_sign_out: bool

    @property
    def administration(self) -> str:
        """The address of the administration, for those who may use it; else ""."""
        return next((one.address for one in self.links if one.word == ADMINISTRATION), "")


def mark(address: str, here: str, at: str | None) -> str:
    """How a link to a page is marked on the page `here`, which may belong to the one at `at`."""
    return "page" if address == here else "true" if address == at else ""


def shell_of(request: Request, session: Session, place: Place, at: str | None = None) -> Shell:
    """The shell of a page that belongs to the one at `at`; a customer, language or token in its address is kept.

    Choices are kept between pages of figures. From here on the page speaks the employee's language.
    """
    here = request.url.path.lstrip("/") or "."
    chose = request.url.path in FIGURE_PAGES  # elsewhere days and departments are something else
    own = backend_of(request).people.customer(session.employee.customer)
    use_language(session.employee.language, own.language if own else None)
    return Shell(
        links=tuple(
            Link(
                one.word,
                address(one.address, kept_members(request, choices=chose and one.is_view)),
                mark(one.address, here, at),
            )
            for one in PLACES
            if RULES[one.action][session.employee.access_level]
        ),
        employee=session.employee.name,
        acting=session.made_by is not None,
        can_sign_out=place is Place.COOKIE,
    )

"""What the administration pages have in common: who asks about which customer, and what surrounds their forms.

The customer, the language and a token in an address are kept in every link of the page. A change redirects back to
a page, with a word from `DONE` in its address.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from pbxtally.access import RULES, Action, Decision, allowed
from pbxtally.directory.request_context import RequestContext
from pbxtally.errors import PbxTallyError
from pbxtally.login import Session
from pbxtally.people import Customer
from pbxtally.reader import zone_of
from pbxtally.web.administration.forms import typed_in
from pbxtally.web.backend import Backend, backend_of
from pbxtally.web.csrf import require_same_origin
from pbxtally.web.directory_requests import context_of
from pbxtally.web.i18n import use_language
from pbxtally.web.pages import FORM_POLICY, page
from pbxtally.web.periods import clock_in
from pbxtally.web.shell import Link, NavigationItem, mark, shell_of
from pbxtally.web.token import Place, session_in
from pbxtally.web.view import address, kept_members

PLACE = "administration"
"""The address that the navigation leads to."""

PLACES = (
    NavigationItem("Employees", PLACE, Action.CREATE_EMPLOYEE),
    NavigationItem("Extensions", "admin-extensions", Action.CREATE_EXTENSION),
    NavigationItem("Import people", "admin-table", Action.CREATE_EMPLOYEE),
    NavigationItem("Customers", "admin-customers", Action.LIST_CUSTOMERS),
    NavigationItem("Deliveries", "admin-deliveries", Action.READ_INTAKE),
    NavigationItem("Wallboards", "admin-wallboards", Action.SHARE_WALLBOARD),
    NavigationItem("Hosted switches", "admin-switches", Action.KEEP_SWITCHES),
    NavigationItem("Audit log", "admin-audit", Action.READ_AUDIT),
    NavigationItem("Settings", "admin-settings", Action.CHANGE_CUSTOMER),
)
"""The administration pages, in the order of their navigation."""

BELONGS = {
    "admin-employee-new": PLACE,
    "admin-employee": PLACE,
    "admin-departments": PLACE,
    "admin-extension-new": "admin-extensions",
    "admin-extension": "admin-extensions",
    "admin-customer-new": "admin-customers",
}
"""Pages that belong to one of these, and to which."""

DONE = {
    "made": "Created.",
    "kept": "Changes saved.",
    "deleted": "Deleted. Past calls stay in the statistics.",
    "password": "Password changed.",
    "sent": "An e-mail with a password reset link is on its way.",
    "authenticator": "Authenticator app removed. If one is required, the next sign-in asks for a new one.",
    "sessions": "All sessions ended.",
    "token": "Token revoked.",
    "key": "Key revoked.",
    "mapped": "Word mapped. Retry the records that waited for it.",
    "renamed": "Department renamed, for everyone in it and in saved views.",
    "adopted": "Extension added. Its calls were counted again.",
}
"""What a page says after a change."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Who asks, and what the address named besides the page."""

    request: Request
    context: RequestContext
    session: Session
    place: Place

    @property
    def backend(self) -> Backend:
        """The house the request came to."""
        return backend_of(self.request)

    @property
    def named(self) -> str | None:
        """The customer that the address names."""
        return self.request.query_params.get("customer") or None

    @property
    def is_in_person(self) -> bool:
        """Whether somebody signed in as themselves, by password or provider."""
        return self.session.kind == "SESSION" and not self.session.made_by

    def hidden(self) -> list[tuple[str, str]]:
        """What is kept in every address."""
        return kept_members(self.request)

    def address(self, path: str, **members: object) -> str:
        """The address of a page; what is None or empty is left out."""
        given = {**dict(self.hidden()), **members}
        return address(path, [(name, str(value)) for name, value in given.items() if value not in (None, "")])

    def may(self, action: Action, customer: Customer, *, is_self: bool = False) -> bool:
        """Whether whoever asks may do this to everything of a customer or, with `is_self`, to their own."""
        people = self.backend.people
        try:
            decision = allowed(action, self.context.employee, customer.id, people.parents(), is_self=is_self)
        except PbxTallyError:
            return False
        return decision is Decision.ALLOW

    def zone_of(self, customer: Customer) -> ZoneInfo:
        """The zone that a customer's times are shown in."""
        return zone_of(customer, self.backend.timezone)

    def clock(self, customer: Customer, at_ms: int) -> datetime:
        """A moment as the customer's clock showed it."""
        return clock_in(self.zone_of(customer), at_ms)


def frame_of(request: Request) -> Frame:
    """Who asks; raises one of the 401 errors. From here on the page speaks their language."""
    session, place = session_in(request)
    own = backend_of(request).people.customer(session.employee.customer)
    use_language(session.employee.language, own.language if own else None)
    return Frame(request, context_of(request), session, place)


def sent(request: Request, body: bytes) -> tuple[Frame, dict[str, str]]:
    """Who sent a form, and what was typed into it; only a page of ours may send one."""
    frame = frame_of(request)
    require_same_origin(request)
    return frame, typed_in(body)


def show(
    frame: Frame, template: str, customer: Customer, why: PbxTallyError | None = None, **values: object
) -> Response:
    """An administration page about a customer; `why`: what was wrong with what was sent."""
    here = frame.request.url.path.lstrip("/")
    level = frame.session.employee.access_level
    shell = shell_of(frame.request, frame.session, frame.place, at=PLACE)
    links = [
        Link(one.word, frame.address(one.address), mark(one.address, here, BELONGS.get(here)))
        for one in PLACES
        if RULES[one.action][level]
    ]
    return page(
        template,
        why.code if why else 200,
        FORM_POLICY,
        shell=shell,
        frame=frame,
        stops=links if len(links) > 1 else [],
        customer=customer,
        done=DONE.get(frame.request.query_params.get("done", "")),
        why=why,
        **values,
    )


def go(frame: Frame, path: str, done: str, **members: object) -> Response:
    """Redirect to a page, which says what was done."""
    return RedirectResponse(frame.address(path, **members, done=done), 303)


def sentences() -> Iterable[str]:
    """Every sentence in here that a page may say."""
    yield from (one.word for one in PLACES)
    yield from DONE.values()

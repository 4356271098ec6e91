"""`/admin-audit`: who did what to whom, when and from where; by person, kind of action and days."""

from __future__ import annotations

from typing import NamedTuple

from fastapi import Request, Response

from pbxtally.access import Action, require_level
from pbxtally.audit import Action as Deed
from pbxtally.audit import AuditFilter, AuditLine
from pbxtally.directory.request_context import path_id
from pbxtally.errors import InvalidFieldError
from pbxtally.people import Customer
from pbxtally.reader import parse_moment
from pbxtally.web.administration.frame import Frame, frame_of, show
from pbxtally.web.administration.paging import PAGE_LINES, offset_in, part_of

PATH = "/admin-audit"

FILTERS = ("person", "action", "from", "to")

WORDS = {
    Deed.LOGGED_IN: "Signed in",
    Deed.LOGIN_FAILED: "Entered a wrong code",
    Deed.LOGGED_OUT: "Signed out",
    Deed.IMPERSONATED: "Signed in as another employee",
    Deed.COUNTED_AS: "Acted for a reseller",
    Deed.PASSWORD_SET: "Set a password",
    Deed.RESET_ASKED: "Requested a password reset link",
    Deed.AUTHENTICATOR_SET: "Set up an authenticator app",
    Deed.AUTHENTICATOR_RESET: "Removed an authenticator app",
    Deed.TOKEN_MADE: "Created a token",
    Deed.TOKEN_DELETED: "Revoked a token",
    Deed.TOKENS_CLEARED: "Ended sessions",
    Deed.SECURITY_SET: "Changed sign-in requirements",
    Deed.CREATED: "Created",
    Deed.CHANGED: "Changed",
    Deed.DELETED: "Deleted",
    Deed.EXPORTED: "Downloaded",
}
"""Every action, in few words."""


class Shown(NamedTuple):
    """A line as the page shows it; people who are neither the customer's nor the reader's colleagues have no name."""

    at_ms: int
    actor: str
    deed: str
    subject: str
    detail: str
    address: str


def lines(request: Request) -> Response:
    """The page."""
    frame = frame_of(request)
    require_level(Action.READ_AUDIT, frame.context.employee)
    customer, _answer = frame.context.customer(Action.READ_AUDIT, frame.named)
    given = {name: request.query_params[name] for name in FILTERS if request.query_params.get(name)}
    offset = offset_in(frame)
    total, found = frame.backend.people.audit(customer.id, offset, PAGE_LINES, _filter(frame, customer, given))
    names = frame.backend.people.employee_names(customer.id)
    return show(
        frame,
        "admin_audit.html",
        customer,
        lines=[_shown(one, {**_colleagues(frame), **names}) for one in found],
        part=part_of(frame, "admin-audit", offset, total, given),
        given={name: given.get(name, "") for name in FILTERS},
        people=sorted(names.items(), key=lambda one: one[1].casefold()),
        deeds=[(one.value, word) for one, word in WORDS.items()],
        clock=lambda at_ms: frame.clock(customer, at_ms),
    )


def _colleagues(frame: Frame) -> dict[str, str]:
    """The names of the reader's colleagues, who may have done something at another customer."""
    own = frame.backend.people.customer(frame.context.employee.customer)
    return frame.backend.people.employee_names(own.id) if own and frame.may(Action.READ_EMPLOYEE, own) else {}


def _filter(frame: Frame, customer: Customer, given: dict[str, str]) -> AuditFilter:
    deed = given.get("action")
    if deed is not None and deed not in Deed.__members__:
        raise InvalidFieldError(
            "action", "Invalid {name} - use {choices}", name="action", choices=", ".join(Deed.__members__)
        )
    zone = frame.zone_of(customer)
    return AuditFilter(
        path_id(given["person"]) if "person" in given else None,
        Deed[deed] if deed else None,
        parse_moment(given["from"], zone)[0] if "from" in given else None,
        parse_moment(given["to"], zone)[1] if "to" in given else None,
    )


def _shown(one: AuditLine, names: dict[str, str]) -> Shown:
    return Shown(
        one.at_ms,
        names.get(one.actor or "", one.actor or ""),
        WORDS[one.action],
        names.get(one.subject or "", "" if one.subject in (None, one.customer) else str(one.subject)),
        one.detail or "",
        one.address or "",
    )

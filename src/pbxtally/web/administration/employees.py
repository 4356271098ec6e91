"""`/administration`: a customer's employees, to find and change; `/admin-employee-new`: a new one."""

from __future__ import annotations

from typing import Any, NamedTuple

from fastapi import Request, Response

from pbxtally.access import Action, require_level
from pbxtally.directory import employee_requests as directory
from pbxtally.directory.request_context import path_id
from pbxtally.intake import derive_changed_numbers
from pbxtally.people import AccessLevel, Customer, EmployeeState, natural_key
from pbxtally.web.administration.forms import Body, Choices, Field, Mistake, form_of, members_of
from pbxtally.web.administration.frame import Frame, frame_of, go, sent, show
from pbxtally.web.administration.once import once
from pbxtally.web.administration.paging import asked, part_of
from pbxtally.web.employees import password_hash_of
from pbxtally.web.i18n import LANGUAGES, _

PATH = "/administration"
NEW = "/admin-employee-new"

LISTED = ("customer", "filter", "offset", "includeDeleted")
"""The parameters of the desk's list that the page takes."""

LEVELS = {
    AccessLevel.NO_LOGIN: "No sign-in",
    AccessLevel.PERSONAL: "Personal: own calls only",
    AccessLevel.VIEWER: "Viewer: all calls",
    AccessLevel.MANAGER: "Manager: manages employees and extensions",
    AccessLevel.OWNER: "Owner: manages employees, reads the audit log",
    AccessLevel.RESELLER: "Reseller: manages its customers",
    AccessLevel.RESELLER_ADMIN: "Reseller administrator: sees all customers",
    AccessLevel.ADMIN: "Administrator: full access",
}
"""Every access level, for people."""

STATES = {
    EmployeeState.ENABLED: "active",
    EmployeeState.DISABLED: "sign-in disabled",
    EmployeeState.DELETED: "deleted",
}

NAME = Field("name", "Name", must=True)
DETAILS = (
    Field("title", "Title"),
    Field("department", "Department", "list"),
    Field("emailAddress", "E-mail address", "email", hint="Used to sign in and to receive password reset links."),
    Field("accessLevel", "Access level", "choice", must=True),
    Field("language", "Language", "choice"),
)
NEW_FIELDS = (NAME, *DETAILS)
FIELDS = (
    NAME,
    *DETAILS,
    Field("state", "State", "choice", must=True),
    Field("noEmail", "This is a user name: no e-mail is sent to it", "tick"),
    Field("smsValidation", "Require an SMS code to sign in", "tick"),
    Field("smsNumber", "Mobile number for codes", "tel", hint="With + and the country code."),
    Field(
        "ipRestriction",
        "Can sign in only from",
        hint="IP addresses or networks, separated by commas. Leave empty for any.",
    ),
)
"""What the forms ask about a new employee, and about an existing one."""


class Line(NamedTuple):
    """An employee as the list shows them; `address`: where to change them, if allowed."""

    name: str
    numbers: str
    department: str
    email: str
    level: str
    state: str
    address: str


def employees(request: Request) -> Response:
    """The list."""
    frame = frame_of(request)
    given = asked(frame, *LISTED)
    found = directory.list_employees(frame.context, given)
    customer = customer_of(frame)
    wanted: dict[str, str] = {name: given[name][0] for name in ("filter", "includeDeleted") if name in given}
    return show(
        frame,
        "admin_employees.html",
        customer,
        lines=_lines(frame, customer, found["employees"]),
        part=part_of(frame, "administration", found["offset"], found["total"], wanted),
        filter=wanted.get("filter", ""),
        with_deleted="includeDeleted" in wanted,
        may_make=frame.may(Action.CREATE_EMPLOYEE, customer),
    )


def customer_of(frame: Frame) -> Customer:
    """The customer the address names, else one's own; access was checked before."""
    found = frame.backend.people.customer(path_id(frame.named or frame.context.employee.customer))
    assert found is not None
    return found


def _lines(frame: Frame, customer: Customer, shown: list[dict[str, Any]]) -> list[Line]:
    now_ms, numbers = frame.context.now_ms, dict[str, list[str]]()
    for part in frame.backend.people.assignments(customer.id):
        if part.employee and part.is_at(now_ms):
            numbers.setdefault(part.employee, []).append(part.number)
    may_change, own = frame.may(Action.CHANGE_EMPLOYEE, customer), frame.context.employee
    return [
        Line(
            one["name"],
            ", ".join(sorted(numbers.get(one["_id"], []), key=natural_key)),
            one.get("department", ""),
            one.get("emailAddress", ""),
            _(LEVELS[AccessLevel[one["accessLevel"]]]).partition(":")[0],
            _(STATES[EmployeeState(one["state"])]),
            frame.address("admin-employee", id=one["_id"])
            if one["_id"] == own.id or (may_change and AccessLevel[one["accessLevel"]] <= own.access_level)
            else "",
        )
        for one in shown
    ]


def new_form(request: Request) -> Response:
    """The form for a new one."""
    return _new(frame_of(request))


def _new(frame: Frame, typed: dict[str, str] | None = None, why: Any = None) -> Response:
    require_level(Action.CREATE_EMPLOYEE, frame.context.employee)
    customer, _answer = frame.context.customer(Action.CREATE_EMPLOYEE, frame.named)
    return show(
        frame,
        "admin_new.html",
        customer,
        why,
        heading="New employee",
        whose=customer.name,
        form=form_of(NEW_FIELDS, {"accessLevel": "NO_LOGIN"}, choices_of(frame, customer), typed, why),
        back=frame.address("administration"),
    )


@once
def make(request: Request, body: Body) -> Response:
    """Make an employee, and go on to them."""
    frame, typed = sent(request, body)
    members = {**members_of(NEW_FIELDS, {**typed, "was": ""}), "customer": frame.named}
    try:
        done = directory.create_employee(frame.context, members, password_hash_of(request, members))
    except Mistake as why:
        return _new(frame, typed, why)
    derive_changed_numbers(frame.backend.store, frame.backend.people)
    return go(frame, "admin-employee", "made", id=done.id)


def choices_of(frame: Frame, customer: Customer, state: EmployeeState = EmployeeState.ENABLED) -> dict[str, Choices]:
    """What can be chosen for an employee in a state: no level above one's own, and existing departments."""
    levels = [one for one in AccessLevel if one <= frame.context.employee.access_level]
    states = (EmployeeState.ENABLED, EmployeeState.DISABLED, state)
    departments = {one.department for one in frame.backend.people.employees(customer.id) if one.department}
    return {
        "accessLevel": [(one.name, _(LEVELS[one])) for one in levels],
        "language": languages(_("Same as the customer")),
        "department": [(one, one) for one in sorted(departments)],
        "state": [(one.value, _(STATES[one])) for one in EmployeeState if one in states],
    }


def languages(without: str) -> Choices:
    """The languages of pages, and the words for what applies `without` a choice."""
    return [("", without), *LANGUAGES.items()]

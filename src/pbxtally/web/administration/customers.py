"""`/admin-customers`: a reseller's customers; `/admin-settings`: one's settings, one's own unless named.

Whoever may see all customers gets all of them if the address names no reseller. Customers under none, which is where
ADMIN creates them, are in no reseller's list.
"""

from __future__ import annotations

from typing import Any, NamedTuple
from zoneinfo import available_timezones

from fastapi import Request, Response

from pbxtally.access import Action, require_level
from pbxtally.directory import customer_requests as directory
from pbxtally.directory.api_objects import ITS_RESELLERS, customer_members
from pbxtally.errors import PbxTallyError
from pbxtally.people import AccessLevel, Customer, CustomerState, Security
from pbxtally.web import auth_tokens
from pbxtally.web.administration import hours
from pbxtally.web.administration.employees import languages
from pbxtally.web.administration.forms import Body, Choices, Field, Form, Mistake, form_of, members_of
from pbxtally.web.administration.frame import Frame, frame_of, go, sent, show
from pbxtally.web.administration.once import once
from pbxtally.web.administration.paging import asked, part_of
from pbxtally.web.i18n import _

LIST = "/admin-customers"
NEW = "/admin-customer-new"
PATH = "/admin-settings"
SECURITY = "/admin-security"
HOURS = "/admin-hours"

LISTED = ("filter", "offset", "includeSubresellers", "includeDeleted")

STATES = {
    CustomerState.ACTIVE: "active",
    CustomerState.BLOCKED: "blocked: nobody can sign in, intake keys are refused",
    CustomerState.DELETED: "deleted",
}

SECURITIES = {
    Security.NONE: "Password only",
    Security.SMS: "Password and SMS code",
    Security.AUTHENTICATOR: "Password and authenticator app code",
}

FIELDS = (
    Field("name", "Name", must=True),
    Field("timezone", "Time zone", "list", hint="For example Europe/Copenhagen. Leave empty to use the server's."),
    Field("language", "Language", "choice", hint="For its pages and the order of names."),
    Field("phoneNumber", "Phone number", "tel"),
    Field("emailAddress", "E-mail address", "email"),
    Field("website", "Website"),
    Field("state", "State", "choice", must=True),
    Field("parentReseller", "Reseller", "choice"),
    Field("isReseller", "Is a reseller", "tick"),
    Field("notes", "Notes", "long", hint="Visible only to its reseller."),
)
SECURITY_FIELDS = (Field("authenticationSecurity", "Minimum required to sign in", "choice", must=True),)


class Line(NamedTuple):
    """A customer as the list shows it; `calls`: where its calls are."""

    name: str
    state: str
    is_reseller: bool
    settings: str
    people: str
    calls: str


def customers(request: Request) -> Response:
    """The list."""
    frame = frame_of(request)
    given = asked(frame, *LISTED)
    of_all = frame.named is None and directory.sees_all(frame.context.employee)
    whose = {"parentReseller": [frame.named]} if frame.named else {"all": ["true"]} if of_all else {}
    found = directory.list_customers(frame.context, {**given, **whose})
    own = frame.backend.people.customer(frame.named or frame.context.employee.customer)
    assert own is not None
    wanted: dict[str, str] = {
        name: given[name][0] for name in ("filter", "includeSubresellers", "includeDeleted") if name in given
    }
    return show(
        frame,
        "admin_customers.html",
        own,
        lines=[_line(frame, one) for one in found["customers"]],
        part=part_of(frame, "admin-customers", found["offset"], found["total"], wanted),
        filter=wanted.get("filter", ""),
        with_below="includeSubresellers" in wanted,
        of_all=of_all,
        may_make=frame.may(Action.CREATE_CUSTOMER, own),
    )


def _line(frame: Frame, one: dict[str, Any]) -> Line:
    return Line(
        one["name"],
        _(STATES[CustomerState(one["state"])].partition(":")[0]),
        one["isReseller"],
        frame.address("admin-settings", customer=one["_id"]),
        frame.address("administration", customer=one["_id"]),
        frame.address(".", customer=one["_id"]),
    )


def new_form(request: Request) -> Response:
    """The form for a new one."""
    return _new(frame_of(request))


def _new(frame: Frame, typed: dict[str, str] | None = None, why: PbxTallyError | None = None) -> Response:
    require_level(Action.CREATE_CUSTOMER, frame.context.employee)
    customer, _answer = frame.context.customer(Action.CREATE_CUSTOMER, frame.named)
    under_nobody = frame.named is None and frame.context.employee.access_level is AccessLevel.ADMIN
    fields = [one for one in FIELDS if one.name not in ("state", "parentReseller")]
    return show(
        frame,
        "admin_new.html",
        customer,
        why,
        heading="New customer",
        whose="" if under_nobody else customer.name,
        form=form_of(fields, {}, _choices(frame), typed, why),
        back=frame.address("admin-customers"),
    )


@once
def make(request: Request, body: Body) -> Response:
    """Make a customer below the one that the address names, ADMIN else under nobody, and go on to its settings."""
    frame, typed = sent(request, body)
    members = members_of(FIELDS, {**typed, "was": ""})
    reseller = {"parentReseller": frame.named} if frame.named else {}
    try:
        done = directory.create_customer(frame.context, {**members, **reseller})
    except Mistake as why:
        return _new(frame, typed, why)
    return go(frame, "admin-settings", "made", customer=done.id)


def settings(request: Request) -> Response:
    """The customer's settings."""
    return _page(frame_of(request))


def _page(
    frame: Frame, part: str = "", typed: dict[str, str] | None = None, why: PbxTallyError | None = None
) -> Response:
    require_level(Action.CHANGE_CUSTOMER, frame.context.employee)
    customer, _answer = frame.context.customer(Action.CHANGE_CUSTOMER, frame.named)
    is_above = directory.is_above(frame.context.employee, customer.id)
    fields = [one for one in FIELDS if is_above or one.name not in ITS_RESELLERS]
    shown = customer_members(customer, with_notes=is_above)

    def form(name: str, its: Any, values: Any, choices: Any) -> Form:
        return form_of(its, values, choices, *((typed, why) if part == name else ()))

    return show(
        frame,
        "admin_settings.html",
        customer,
        why,
        form=form("settings", fields, shown, _choices(frame, customer)),
        security=form(
            "security",
            SECURITY_FIELDS,
            {"authenticationSecurity": customer.authentication_security.value},
            {"authenticationSecurity": _securities(frame)},
        ),
        hours=form("hours", hours.FIELDS, hours.shown(customer), {}),
        zone=frame.zone_of(customer).key,
    )


def _choices(frame: Frame, customer: Customer | None = None) -> dict[str, Choices]:
    """What can be chosen for a customer; zones are only proposals. Its reseller only by people above it."""
    found: dict[str | None, str] = {}
    states = [CustomerState.ACTIVE, CustomerState.BLOCKED, *([customer.state] if customer else [])]
    if customer and directory.is_above(frame.context.employee, customer.id):
        reseller = frame.backend.people.customer(customer.parent_reseller or "")
        found = {customer.parent_reseller: reseller.name if reseller else _("Nobody")}
        listed = directory.list_resellers(frame.context, {"limit": ["500"]})["resellers"]
        found |= {one["_id"]: one["name"] for one in listed if one["_id"] != customer.id}
    return {
        "timezone": [(one, one) for one in sorted(available_timezones()) if "/" in one and not one.startswith("Etc/")],
        "language": languages(_("Same as the server")),
        "state": [(one.value, _(STATES[one])) for one in CustomerState if one in states],
        "parentReseller": [(one or "", word) for one, word in found.items()],
    }


def _securities(frame: Frame) -> Choices:
    there = [one for one in Security if one is not Security.SMS or frame.backend.sms is not None]
    return [(one.value, _(SECURITIES[one])) for one in there]


def change(request: Request, body: Body) -> Response:
    """Change what was changed in the form."""
    frame, typed = sent(request, body)
    members = members_of(FIELDS, typed)
    try:
        directory.change_customer(frame.context, frame.named or frame.context.employee.customer, members)
    except Mistake as why:
        return _page(frame, "settings", typed, why)
    return go(frame, "admin-settings", "kept")


def set_hours(request: Request, body: Body) -> Response:
    """Set working hours and holidays."""
    frame, typed = sent(request, body)
    require_level(Action.CHANGE_CUSTOMER, frame.context.employee)
    customer, _answer = frame.context.customer(Action.CHANGE_CUSTOMER, frame.named)
    try:
        members = hours.members(customer, typed, frame.backend.days_off)
        directory.change_customer(frame.context, customer.id, members)
    except Mistake as why:
        return _page(frame, "hours", typed, why)
    return go(frame, "admin-settings", "kept")


def set_security(request: Request, body: Body) -> Response:
    """Set what everybody needs besides a password."""
    frame, typed = sent(request, body)
    members = {"authenticationSecurity": typed.get("authenticationSecurity")}
    try:
        auth_tokens.security_set(request, frame.session, frame.named or frame.context.employee.customer, members)
    except Mistake as why:
        return _page(frame, "security", typed, why)
    return go(frame, "admin-settings", "kept")

"""`/admin-employee`: one employee, oneself unless named: who they are, what they hold, and how they sign in.

Everybody who signs in has this page about themselves; it does not ask for what they may not change.
"""

from __future__ import annotations

from typing import Any

from fastapi import BackgroundTasks, Request, Response

from pbxtally import login
from pbxtally.access import Action, Decision, allowed, require_rank
from pbxtally.directory import employee_requests as directory
from pbxtally.directory.api_objects import employee_members
from pbxtally.directory.request_context import path_id
from pbxtally.errors import InvalidFieldError, PbxTallyError
from pbxtally.intake import derive_changed_numbers
from pbxtally.people import AccessLevel, Employee, natural_key
from pbxtally.web import auth_tokens
from pbxtally.web.administration.employees import FIELDS, choices_of
from pbxtally.web.administration.forms import Body, Field, Mistake, form_of, members_of
from pbxtally.web.administration.frame import Frame, frame_of, go, sent, show
from pbxtally.web.administration.once import once
from pbxtally.web.auth import send_link
from pbxtally.web.employees import password_hash_of

PATH = "/admin-employee"
PASSWORD = "/admin-password"  # noqa: S105 - a path
LINK = "/admin-link"
AUTHENTICATOR = "/admin-authenticator"
SESSIONS = "/admin-sessions"
TOKEN = "/admin-token"  # noqa: S105 - a path
TOKEN_END = "/admin-token-end"  # noqa: S105 - a path
DELETE = "/admin-employee-delete"

TOKEN_FIELDS = (
    Field("expires", "Expires", "date", hint="Leave empty to keep it valid until revoked."),
    Field("ipRange", "Can be used from", hint="IP addresses or networks, separated by commas. Leave empty for any."),
)
BY_SMS = ("smsValidation", "smsNumber")
"""What is asked for only if codes can be sent."""

PASSWORD_FIELDS = (Field("password", "New password", "password", must=True),)


def one(request: Request) -> Response:
    """The page."""
    return _page(frame_of(request))


def _named(frame: Frame) -> str:
    return frame.request.query_params.get("id") or frame.context.employee.id


def _page(
    frame: Frame,
    part: str = "",
    typed: dict[str, str] | None = None,
    why: PbxTallyError | None = None,
    **more: Any,
) -> Response:
    """The page; `part` is the form that was sent, with what was `typed` and `why` it was refused."""
    employee, decision = directory.find_employee(frame.context, Action.CHANGE_EMPLOYEE, _named(frame))
    require_rank(frame.context.employee, employee.access_level)
    customer = frame.backend.people.customer(employee.customer)
    assert customer is not None
    fields = [one for one in FIELDS if decision is Decision.ALLOW or one.name in directory.ONES_OWN]
    if frame.backend.sms is None and not employee.sms_validation:
        fields = [one for one in fields if one.name not in BY_SMS]
    is_self = employee.id == frame.context.employee.id

    def form(name: str, its: Any, shown: Any, choices: Any = None) -> Any:
        return form_of(its, shown, choices, *((typed, why) if part == name else ()))

    return show(
        frame,
        "admin_employee.html",
        customer,
        why,
        employee=employee,
        is_self=is_self,
        form=form("employee", fields, employee_members(employee), choices_of(frame, customer, employee.state)),
        password=form("password", PASSWORD_FIELDS, {})
        if frame.is_in_person and (is_self or (employee.no_email and decision is Decision.ALLOW))
        else None,
        token=form("token", TOKEN_FIELDS, {})
        if is_self and frame.is_in_person and employee.access_level is not AccessLevel.ADMIN
        else None,
        tokens=frame.backend.people.machine_tokens(employee.id) if _may(frame, Action.KEEP_TOKENS, employee) else [],
        clock=lambda at_ms: frame.clock(customer, at_ms),
        held=_held(frame, employee),
        may_reset=_may(frame, Action.RESET_PASSWORD, employee) and login.may_sign_in(frame.backend.people, employee),
        gets_letters=_gets_letters(frame, employee),
        has_app=login.has_authenticator(frame.backend.people, employee),
        may_take_app=_may(frame, Action.RESET_AUTHENTICATOR, employee),
        may_delete=_may(frame, Action.DELETE_EMPLOYEE, employee) and not is_self,
        **{"made_token": "", "made_link": "", **more},
    )


def _may(frame: Frame, action: Action, employee: Employee) -> bool:
    is_self = employee.id == frame.context.employee.id
    parents = frame.backend.people.parents()
    try:
        allowed(action, frame.context.employee, employee.customer, parents, is_self=is_self)
    except PbxTallyError:
        return False
    return True


def _held(frame: Frame, employee: Employee) -> list[tuple[str, int, str]]:
    """The extensions they hold: number, since when, and where to look at it."""
    now_ms = frame.context.now_ms
    found = [
        (part.number, part.since_ms, frame.address("admin-extension", id=part.extension))
        for part in frame.backend.people.assignments(employee.customer)
        if part.employee == employee.id and part.is_at(now_ms)
    ]
    return sorted(found, key=lambda part: natural_key(part[0]))


def _gets_letters(frame: Frame, employee: Employee) -> bool:
    return frame.backend.mail is not None and login.has_mailbox(employee)


def change(request: Request, body: Body) -> Response:
    """Change what was changed in the form."""
    frame, typed = sent(request, body)
    members = members_of(FIELDS, typed)
    return _changed(frame, "employee", typed, members, "kept")


def _changed(frame: Frame, part: str, typed: dict[str, str], members: dict[str, Any], done: str) -> Response:
    try:
        directory.change_employee(frame.context, _named(frame), members, password_hash_of(frame.request, members))
    except Mistake as why:
        return _page(frame, part, typed, why)
    derive_changed_numbers(frame.backend.store, frame.backend.people)
    return _back(frame, done)


def _back(frame: Frame, done: str) -> Response:
    return go(frame, "admin-employee", done, id=frame.request.query_params.get("id"))


def set_password(request: Request, body: Body) -> Response:
    """Set a password; every session of the employee ends, so whoever sets their own signs in again."""
    frame, typed = sent(request, body)
    directory.find_employee(frame.context, Action.CHANGE_EMPLOYEE, _named(frame))
    return _changed(frame, "password", typed, {"password": typed.get("password", "")}, "password")


@once
def make_link(request: Request, body: Body, later: BackgroundTasks) -> Response:
    """Send a password reset link; if the employee gets no e-mail, show it this once to whoever asked for it."""
    frame, _ = sent(request, body)
    employee, _ = directory.find_employee(frame.context, Action.RESET_PASSWORD, _named(frame))
    require_rank(frame.context.employee, employee.access_level)
    if _gets_letters(frame, employee):
        try:
            send_link(request, employee.email_address or "", later)
        except PbxTallyError as why:
            return _page(frame, "link", None, why)
        response = _back(frame, "sent")
        response.background = later
        return response
    directory.require_resellers(frame.context, employee)
    try:
        backend, context = frame.backend, frame.context
        key = login.make_link_for(backend.people, employee.id, frame.session.actor, context.address, context.now_ms)
    except InvalidFieldError as why:
        return _page(frame, "link", None, why)
    return _page(frame, made_link=login.link_address(backend.address, key))


def take_authenticator(request: Request, body: Body) -> Response:
    """Take the authenticator app away."""
    frame, _ = sent(request, body)
    auth_tokens.authenticator_taken(request, frame.session, _named(frame))
    return _back(frame, "authenticator")


def end_sessions(request: Request, body: Body) -> Response:
    """Sign the employee out everywhere."""
    frame, typed = sent(request, body)
    auth_tokens.sessions_ended(request, frame.session, _named(frame), machines_too="all" in typed)
    return _back(frame, "sessions")


@once
def make_token(request: Request, body: Body) -> Response:
    """Make a machine token of one's own, and show it this once."""
    frame, typed = sent(request, body)
    members = {name: value for name, value in members_of(TOKEN_FIELDS, {**typed, "was": ""}).items() if value}
    try:
        token = auth_tokens.token_made(request, frame.session, _named(frame), members)
    except InvalidFieldError as why:
        return _page(frame, "token", typed, why)
    return _page(frame, made_token=token)


@once
def end_token(request: Request, body: Body) -> Response:
    """End a machine token."""
    frame, typed = sent(request, body)
    auth_tokens.token_deleted(request, frame.session, _named(frame), typed.get("token", ""))
    return _back(frame, "token")


@once
def delete(request: Request, body: Body) -> Response:
    """Delete the employee, and their extensions if that is ticked."""
    frame, typed = sent(request, body)
    given = {"deleteExtensions": ["true" if "deleteExtensions" in typed else "false"]}
    directory.delete_employee(frame.context, path_id(_named(frame)), given)
    return go(frame, "administration", "deleted")

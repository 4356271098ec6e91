"""`/employee/ID/token` and what else ends or renews an employee's ways in; `/customer/ID/security` and `/audit`."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

from fastapi import Depends, Request, Response

from pbxtally import audit, login
from pbxtally.access import Action, allowed, require, require_level, require_rank
from pbxtally.audit import AuditLine
from pbxtally.directory.parameters import Listing, flag, read_list_request, refuse_unknown
from pbxtally.directory.request_context import path_id
from pbxtally.errors import AccessDeniedError, InvalidFieldError, RefusedFieldError
from pbxtally.intervals import iso_utc
from pbxtally.people import AccessLevel, Customer, Employee, KnownToken, Security
from pbxtally.reader import parse_moment
from pbxtally.web.backend import Backend, backend_of
from pbxtally.web.body import read_body
from pbxtally.web.directory_requests import context_and_members, json_answer, parameters
from pbxtally.web.token import address_of, changing, session_in

TOKENS = "/employee/{employee_id}/token"
TOKEN = "/employee/{employee_id}/token/{token}"  # noqa: S105 - a path
CLEAR = "/employee/{employee_id}/clearTokens"
AUTHENTICATOR = "/employee/{employee_id}/authenticatorkey/reset"
SECURITY = "/customer/{customer_id}/security"
AUDIT = "/customer/{customer_id}/audit"

TOKEN_MEMBERS = ("expires", "ipRange")
TOKEN_LIST = Listing("tokens", 100, 500)
AUDIT_LIST = Listing("lines", 100, 1000)


def make(request: Request, employee_id: str, body: Annotated[bytes, Depends(read_body)]) -> Response:
    """Make a machine token of one's own; it is shown this once."""
    members = context_and_members(request, body)[1]
    return json_answer({"success": True, "token": token_made(request, session_in(request)[0], employee_id, members)})


def token_made(request: Request, session: login.Session, employee_id: str, members: dict[str, Any]) -> str:
    """Make a machine token of one's own; only somebody signed in as themselves may."""
    backend = backend_of(request)
    employee = _employee(backend, session, Action.KEEP_TOKENS, employee_id)
    if employee.access_level is AccessLevel.ADMIN:
        raise RefusedFieldError("id", "Tokens are not allowed for administrators")
    if employee.id != session.employee.id:
        raise RefusedFieldError("id", "A token is shown once, to its employee - sign in as that employee to create it")
    if session.made_by or session.kind is not login.Kind.SESSION:
        raise AccessDeniedError
    refuse_unknown(members, TOKEN_MEMBERS)
    expires_ms, ip_range = _expires(members, backend), _range(members)
    token = login.make_token(backend.people, employee.id, backend.now_ms(), expires_ms, ip_range)
    _write_down(request, session, employee, audit.Action.TOKEN_MADE, f"{token[:11]}")
    return token


def list_all(request: Request, employee_id: str) -> Response:
    """The machine tokens of an employee, without their secrets."""
    session, backend = session_in(request)[0], backend_of(request)
    query = read_list_request(TOKEN_LIST, parameters(request))
    employee = _employee(backend, session, Action.KEEP_TOKENS, employee_id)
    total, some = query.page(backend.people.machine_tokens(employee.id))
    return json_answer(query.answer(total, [_shown(one) for one in some]))


def _shown(token: KnownToken) -> dict[str, Any]:
    shown = {"token": token.prefix, "created": iso_utc(token.created_ms)}
    if token.expires_ms is not None:
        shown["expires"] = iso_utc(token.expires_ms)
    return {**shown, **({"ipRange": token.ip_range} if token.ip_range else {})}


def delete(request: Request, employee_id: str, token: str) -> Response:
    """End a machine token, given whole or by its beginning as the list shows it."""
    session = changing(request)
    refuse_unknown(parameters(request), ())
    token_deleted(request, session, employee_id, token)
    return json_answer({"success": True})


def token_deleted(request: Request, session: login.Session, employee_id: str, token: str) -> None:
    """End a machine token of an employee."""
    backend = backend_of(request)
    employee = _employee(backend, session, Action.KEEP_TOKENS, employee_id)
    prefix = login.delete_token(backend.people, employee.id, token, backend.now_ms())
    _write_down(request, session, employee, audit.Action.TOKEN_DELETED, prefix)


def clear(request: Request, employee_id: str) -> Response:
    """End every session of an employee; with `all` their machine tokens, too."""
    session, given = changing(request), parameters(request)
    machines_too = flag("all", given.get("all", [""])[0])
    refuse_unknown(given, ("all",))
    sessions_ended(request, session, employee_id, machines_too=machines_too)
    return json_answer({"success": True})


def sessions_ended(request: Request, session: login.Session, employee_id: str, *, machines_too: bool) -> None:
    """End an employee's sessions, or all their tokens."""
    backend = backend_of(request)
    employee = _employee(backend, session, Action.END_SESSIONS, employee_id, word="employee")
    login.end_sessions(backend.people, employee.id, backend.now_ms(), machines_too=machines_too)
    _write_down(request, session, employee, audit.Action.TOKENS_CLEARED, "all" if machines_too else "sessions")


def reset_authenticator(request: Request, employee_id: str, body: Annotated[bytes, Depends(read_body)]) -> Response:
    """Take an employee's authenticator app away."""
    members = context_and_members(request, body)[1]
    refuse_unknown(members, ())
    authenticator_taken(request, session_in(request)[0], employee_id)
    return json_answer({"success": True})


def authenticator_taken(request: Request, session: login.Session, employee_id: str) -> None:
    """Take an employee's authenticator app away."""
    backend = backend_of(request)
    employee = _employee(backend, session, Action.RESET_AUTHENTICATOR, employee_id)
    backend.people.forget_authenticator(employee.id)
    _write_down(request, session, employee, audit.Action.AUTHENTICATOR_RESET)


def get_security(request: Request, customer_id: str) -> Response:
    """What employees of a customer need besides their password, at least."""
    session, backend = session_in(request)[0], backend_of(request)
    refuse_unknown(parameters(request), ())
    customer = _customer(backend, session, Action.READ_SECURITY, customer_id)
    return json_answer({"authenticationSecurity": customer.authentication_security.value})


def set_security(request: Request, customer_id: str, body: Annotated[bytes, Depends(read_body)]) -> Response:
    """Set it; those who have no app yet set one up at the next login."""
    members = context_and_members(request, body)[1]
    security_set(request, session_in(request)[0], customer_id, members)
    return json_answer({"success": True})


def security_set(request: Request, session: login.Session, customer_id: str, members: dict[str, Any]) -> None:
    """Set what employees of a customer need besides their password."""
    backend = backend_of(request)
    customer = _customer(backend, session, Action.CHANGE_SECURITY, customer_id)
    refuse_unknown(members, ("authenticationSecurity",))
    security, now_ms = _security(members, backend), backend.now_ms()
    with backend.people.change() as change:
        change.keep_customers([replace(customer, authentication_security=security)])
        action, address = audit.Action.SECURITY_SET, address_of(request)
        audit.record(change, session.actor, customer.id, action, customer.id, address, now_ms, security.value)


def read_audit(request: Request, customer_id: str) -> Response:
    """Who did what at a customer, the newest first."""
    session, backend = session_in(request)[0], backend_of(request)
    require_level(Action.READ_AUDIT, session.employee)
    query = read_list_request(AUDIT_LIST, parameters(request))
    customer = _customer(backend, session, Action.READ_AUDIT, customer_id)
    total, lines = backend.people.audit(customer.id, query.offset, query.limit)
    names = backend.people.employee_names(customer.id)
    return json_answer(query.answer(total, [_line(one, names) for one in lines]))


def _line(line: AuditLine, names: dict[str, str]) -> dict[str, Any]:
    """A line; only the customer's own employees have names, others stay ids."""
    return {
        "date": iso_utc(line.at_ms),
        "action": line.action.value,
        "actor": line.actor,
        "actorName": names.get(line.actor or ""),
        "subject": line.subject,
        "subjectName": names.get(line.subject or ""),
        "detail": line.detail,
        "address": line.address,
    }


def _employee(backend: Backend, session: login.Session, action: Action, employee_id: str, word: str = "id") -> Employee:
    """An employee one may do this to, of no higher level than one's own."""
    me = session.employee
    require_level(action, me)
    found = backend.people.employee(path_id(employee_id))
    is_self = found is not None and found.id == me.id
    allowed(action, me, found.customer if found else None, backend.people.parents(), is_self=is_self, word=word)
    assert found is not None
    require_rank(me, found.access_level)
    return found


def _customer(backend: Backend, session: login.Session, action: Action, customer_id: str) -> Customer:
    require_level(action, session.employee)
    found = backend.people.customer(path_id(customer_id))
    return require(action, session.employee, found, backend.people.parents())


def _write_down(
    request: Request, session: login.Session, employee: Employee, action: audit.Action, detail: str | None = None
) -> None:
    backend = backend_of(request)
    now_ms, address = backend.now_ms(), address_of(request)
    audit.record(backend.people, session.actor, employee.customer, action, employee.id, address, now_ms, detail)


def _expires(members: dict[str, Any], backend: Backend) -> int | None:
    value = members.get("expires")
    if value is None:
        return None
    try:
        expires_ms = parse_moment(value, backend.timezone)[0]
    except InvalidFieldError:
        expires_ms = 0
    if expires_ms <= backend.now_ms():
        raise InvalidFieldError("expires", "Invalid expires - use a date-time in the future")
    return expires_ms


def _range(members: dict[str, Any]) -> str | None:
    value = members.get("ipRange")
    if value is not None and (not isinstance(value, str) or len(value) > 1024 or not login.is_range(value)):
        raise InvalidFieldError("ipRange", "Invalid ipRange - use IP addresses or networks, separated by commas")
    return value


def _security(members: dict[str, Any], backend: Backend) -> Security:
    value = members.get("authenticationSecurity")
    word = value.upper() if isinstance(value, str) else ""
    if word not in Security.__members__:
        raise InvalidFieldError("authenticationSecurity", f"Use {' or '.join(Security)}")
    if word == Security.SMS and backend.sms is None:
        raise InvalidFieldError("authenticationSecurity", "This server does not send SMS codes - use AUTHENTICATOR")
    return Security[word]

"""`/auth/…`: sign in and out, look a token up, act as somebody else, ask for a new password.

Only POST takes a password: addresses end up in logs and histories.
"""

from __future__ import annotations

from typing import Annotated, Any

import structlog
from fastapi import BackgroundTasks, Depends, Request, Response

from pbxtally import audit, login
from pbxtally.directory.api_objects import FEATURES
from pbxtally.directory.parameters import flag, refuse_unknown
from pbxtally.directory.request_context import given_id
from pbxtally.errors import InvalidFieldError, PbxTallyError, RefusedFieldError
from pbxtally.people import Employee
from pbxtally.web.backend import Backend, SendsMail, backend_of
from pbxtally.web.body import read_body, read_object
from pbxtally.web.cookies import clear_token, set_token
from pbxtally.web.directory_requests import context_and_members, json_answer, parameters
from pbxtally.web.problems import without_tokens
from pbxtally.web.token import address_of, changing, find_token, session_in

log = structlog.get_logger("pbxtally.web")

LOGIN = "/auth/login"
LOGOUT = "/auth/logout"
VALIDATE = "/auth/validateToken"
ORGANIZATION = "/auth/organizationreseller"
IMPERSONATE = "/auth/impersonate/{employee_id}"
RESET = "/auth/reset"

LOGIN_MEMBERS = ("username", "password", "smsKey", "authenticatorToken", "cookie", "persist")
RESET_MEMBERS = ("username", "method")

MAIL_SUBJECT = "Reset your password"
MAIL_TEXT = """\
Hello {name},

Someone, probably you, asked to reset your password at {address}

Set a new password here within an hour:

{link}

It was not you? Then do nothing: your password stays as it is.
"""


def log_in(request: Request, body: Annotated[bytes, Depends(read_body)]) -> Response:
    """A session's token; also in a cookie, if the body says so."""
    members = _members(request, body, LOGIN_MEMBERS)
    given = login.Credentials(_text(members, "username"), _text(members, "password"), *_codes(members))
    cookie, persist = _flag(members, "cookie"), _flag(members, "persist")
    backend = backend_of(request)
    if given.sms_key is not None and backend.sms is None:
        raise InvalidFieldError("smsKey", "This server does not send SMS codes - use authenticatorToken")
    session = login.sign_in(
        backend.people, given, address_of(request), backend.now_ms(), persist=persist, sms=backend.sms
    )
    request.state.employee = session.employee.id
    response = json_answer(shown(backend, session))
    if cookie:
        set_token(request, response, session.token, persist=persist)
    return response


def shown(backend: Backend, session: login.NewSession) -> dict[str, Any]:
    """A session as the vendor shows it."""
    return {
        "token": session.token,
        "expiresInMinutes": session.minutes,
        **_who(session.employee),
        **_more(backend, session.employee),
    }


def _who(employee: Employee) -> dict[str, Any]:
    return {"employee": employee.id, "customer": employee.customer, "accessLevel": employee.access_level.name}


def _more(backend: Backend, employee: Employee) -> dict[str, Any]:
    customer = backend.people.customer(employee.customer)
    assert customer is not None
    return {
        "name": employee.name,
        "language": employee.language or customer.language or backend.language,
        "customerName": customer.name,
        "customerFeatures": FEATURES,
    }


def log_out(request: Request) -> Response:
    """End every session of whoever asks; one that acts as somebody else ends only itself."""
    session, backend = changing(request), backend_of(request)
    _only(request, ())
    end(backend, session, address_of(request))
    response = json_answer({"success": True})
    clear_token(response)
    return response


def end(backend: Backend, session: login.Session, address: str | None) -> None:
    """Sign out."""
    employee, now_ms = session.employee, backend.now_ms()
    if session.made_by:
        backend.people.revoke_token(session.token_hash, now_ms)
    else:
        login.end_sessions(backend.people, employee.id, now_ms)
    action = audit.Action.LOGGED_OUT
    audit.record(backend.people, session.actor, employee.customer, action, employee.id, address, now_ms)


def validate(request: Request) -> Response:
    """Whose a token is; with `simple` only whether it is valid, by the status."""
    given = _only(request, ("ip", "simple", "extend"))
    simple, extend = flag("simple", given.get("simple")), flag("extend", given.get("extend"))
    backend, found = backend_of(request), find_token(request)
    address = given.get("ip") or address_of(request)
    try:
        employee = login.employee_of_token(backend.people, found.token if found else None, backend.now_ms(), address)
    except PbxTallyError as why:
        if simple:
            raise RefusedFieldError("token", why.description) from None
        raise
    request.state.employee = employee.id
    if simple:
        return json_answer({"success": True})
    return json_answer({"success": True, **_who(employee), **(_more(backend, employee) if extend else {})})


def impersonate(request: Request, employee_id: str) -> Response:
    """A session as somebody else; with `ip` only from that address."""
    session, backend = changing(request), backend_of(request)
    ip_range = _only(request, ("ip",)).get("ip") or None
    if ip_range is not None and not login.is_range(ip_range):
        raise InvalidFieldError("ip", "Invalid ip - use IP addresses or networks, separated by commas")
    address = address_of(request)
    return json_answer(
        shown(backend, login.impersonate(backend.people, session, employee_id, ip_range, address, backend.now_ms()))
    )


def count_as(request: Request, body: Annotated[bytes, Depends(read_body)]) -> Response:
    """Count as one of another reseller's in this session, or of one's own customer's again."""
    members = context_and_members(request, body)[1]
    session, backend = session_in(request)[0], backend_of(request)
    refuse_unknown(members, ("resellerId",))
    reseller = given_id(members, "resellerId")
    if reseller is None:
        raise InvalidFieldError("resellerId", "Missing resellerId - use an id of 24 hexadecimal digits")
    counted = login.count_as(backend.people, session, reseller, address_of(request), backend.now_ms())
    return json_answer({"success": True, **_who(counted)})


def reset(request: Request, body: Annotated[bytes, Depends(read_body)], later: BackgroundTasks) -> Response:
    """Send a password reset link, if there is anybody to send it to; the answer is always the same."""
    members = _members(request, body, RESET_MEMBERS)
    username, method = _text(members, "username"), str(members.get("method") or "EMAIL").upper()
    if method != "EMAIL":
        raise InvalidFieldError("method", "Invalid method - use EMAIL")
    send_link(request, username, later)
    response = json_answer({"success": True, "method": method})
    response.background = later
    return response


def send_link(request: Request, username: str, later: BackgroundTasks) -> None:
    """Look for the person and send a link after answering, so that the time taken does not tell if there is anybody."""
    backend, address = backend_of(request), address_of(request)
    if backend.mail is None:
        raise InvalidFieldError("method", "This server does not send e-mail - its operator can create a link")
    login.ask_for_link(backend.people, username, address, backend.now_ms())
    later.add_task(_deliver, backend, backend.mail, username, address)


def _deliver(backend: Backend, mail: SendsMail, username: str, address: str | None) -> None:
    """Send the mail; a failure is only logged, since the answer is already out."""
    found = login.link_for(backend.people, username, address, backend.now_ms())
    if found is None:
        return
    employee, key = found
    text = MAIL_TEXT.format(name=employee.name, address=backend.address, link=login.link_address(backend.address, key))
    try:
        mail.send(employee.email_address or "", MAIL_SUBJECT, text)
    except Exception as why:
        log.error("mail", employee=employee.id, why=f"{type(why).__name__}: {without_tokens(str(why))}")


def _members(request: Request, body: bytes, known: tuple[str, ...]) -> dict[str, Any]:
    members = read_object(body)
    for name in members:
        if name not in known:
            raise InvalidFieldError(name, f"Unknown member - use {', '.join(known)}")
    for name in request.query_params:
        raise InvalidFieldError(name, "Not allowed here - put it in the body")
    return members


def _text(members: dict[str, Any], name: str) -> str:
    value = members.get(name)
    if not isinstance(value, str) or not 1 <= len(value) <= login.MOST_CHARACTERS:
        raise InvalidFieldError(name, f"Invalid {name} - use text of 1 to {login.MOST_CHARACTERS} characters")
    return value


def _codes(members: dict[str, Any]) -> tuple[str | None, str | None]:
    return _code(members, "authenticatorToken"), _code(members, "smsKey")


def _code(members: dict[str, Any], name: str) -> str | None:
    value = members.get(name)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**6:
        return f"{value:06}"
    if value is not None and (not isinstance(value, str) or len(value) > login.MOST_CHARACTERS):
        raise InvalidFieldError(name, f"Invalid {name} - use the six digits of the code")
    return value or None


def _flag(members: dict[str, Any], name: str) -> bool:
    value = members.get(name)
    if value not in (None, True, False):  # also takes 1 and 0
        raise InvalidFieldError(name, f"Invalid {name} - use true or false")
    return bool(value)


def _only(request: Request, known: tuple[str, ...]) -> dict[str, str]:
    given = parameters(request)
    refuse_unknown(given, known)
    return {name: values[0] for name, values in given.items()}

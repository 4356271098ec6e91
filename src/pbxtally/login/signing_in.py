"""Signing in: name and password, then a code if an authenticator app is set up, then a session.

An unknown name and a wrong password take the same time and get the same answer, and so does a name that two people
share: whoever keeps the people has to make their names differ.
"""

from __future__ import annotations

from dataclasses import dataclass

from pbxtally import audit
from pbxtally.access import Action, require_level
from pbxtally.errors import AccessDeniedError, CredentialsInvalidError, RefusedFieldError, WrongAddressError
from pbxtally.login import codes, passwords, sms_codes, throttle
from pbxtally.login.addresses import may_come_from
from pbxtally.login.sms_codes import SendsSms
from pbxtally.login.store_protocols import KeepsLogins
from pbxtally.login.tokens import (
    SLIDING_MS,
    Kind,
    Session,
    counting_as,
    may_impersonate,
    may_sign_in,
    pending_session,
    start_session,
    start_step,
)
from pbxtally.people import Employee, EmployeeState

PERSISTS = -1
"""Stands in place of the minutes of a session that does not expire."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What somebody signs in with; `code`: the authenticator app's, or a recovery code; `sms_key`: came by SMS."""

    username: str
    password: str
    code: str | None = None
    sms_key: str | None = None


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session just opened: its token, shown this once, whose it is, and how long it lasts unused."""

    token: str
    employee: Employee
    minutes: int


def sign_in(
    store: KeepsLogins,
    given: Credentials,
    address: str | None,
    now_ms: int,
    *,
    persist: bool = False,
    sms: SendsSms | None = None,
) -> NewSession:
    """A session for somebody who gives everything at once; the error's word says what is missing. Sends SMS codes."""
    employee, attempt = _check(store, given, address, now_ms)
    if codes.needs_authenticator(store, employee):
        throttle.undo_attempt(store, attempt, now_ms)
        raise RefusedFieldError("authenticatorToken", "An authenticator app is required - set it up on the page /login")
    if codes.has_authenticator(store, employee):
        if given.code is None:
            throttle.undo_attempt(store, attempt, now_ms)
            raise RefusedFieldError("authenticatorToken", "Send the code your authenticator app shows now")
        _check_code(store, employee, given.code, address, now_ms)
    elif sms_codes.needs_sms(store, employee):
        if given.sms_key is None:
            throttle.undo_attempt(store, attempt, now_ms)
            end = sms_codes.send_code(store, sms, employee, now_ms)
            raise RefusedFieldError("smsKey", f"A code was sent by SMS to the number ending in {end} - send it, too")
        _check_code(store, employee, given.sms_key, address, now_ms)
    throttle.succeeded(store, attempt, now_ms)
    return _open(store, employee, address, now_ms, persist)


def begin(
    store: KeepsLogins,
    given: Credentials,
    address: str | None,
    now_ms: int,
    *,
    persist: bool = False,
    sms: SendsSms | None = None,
) -> NewSession | str:
    """Sign in by name and password; if a code is still needed, the token of the step in between."""
    employee, attempt = _check(store, given, address, now_ms)
    if _needs_code(store, employee):
        throttle.undo_attempt(store, attempt, now_ms)
        return _start_step(store, employee, sms, now_ms)
    throttle.succeeded(store, attempt, now_ms)
    return _open(store, employee, address, now_ms, persist)


def begin_single_sign_on(
    store: KeepsLogins, email: str, address: str | None, now_ms: int, sms: SendsSms | None = None
) -> NewSession | str:
    """Sign in somebody a provider vouches for, by a verified e-mail address; that replaces the password only.

    The address has to be that of exactly one enabled employee of all customers: else, whoever gave it to a second one
    could come in as the first.
    """
    found = [store.employee(one) for one in store.employees_called(email.strip())]
    enabled = [one for one in found if one is not None and one.state is EmployeeState.ENABLED]
    if len(enabled) != 1 or not may_sign_in(store, enabled[0]):
        raise CredentialsInvalidError(
            "The provider's e-mail address does not belong to exactly one employee who can sign in"
        )
    employee = enabled[0]
    _check_place(employee, address)
    if _needs_code(store, employee):
        return _start_step(store, employee, sms, now_ms)
    return _open(store, employee, address, now_ms, False, "single sign-on")


def _needs_code(store: KeepsLogins, employee: Employee) -> bool:
    has_app = codes.needs_authenticator(store, employee) or codes.has_authenticator(store, employee)
    return has_app or sms_codes.needs_sms(store, employee)


def _start_step(store: KeepsLogins, employee: Employee, sms: SendsSms | None, now_ms: int) -> str:
    """The step between password and code; if the code comes by SMS, it is sent."""
    if sms_codes.needs_sms(store, employee):
        sms_codes.send_code(store, sms, employee, now_ms)
    return start_step(store, employee, now_ms)


def finish(
    store: KeepsLogins, step: Session, code: str, address: str | None, now_ms: int, *, persist: bool = False
) -> NewSession | str:
    """Sign in with the code that was still missing; if an app has to be set up next, the token of that step."""
    attempt = throttle.begin(store, step.employee.email_address or step.employee.id, address, now_ms)
    _check_code(store, step.employee, code, address, now_ms)
    throttle.succeeded(store, attempt, now_ms)
    if codes.needs_authenticator(store, step.employee):
        store.revoke_token(step.token_hash, now_ms)
        return start_step(store, step.employee, now_ms, Kind.ENROL)
    return _enter(store, step, address, now_ms, persist)


def enrols(store: KeepsLogins, step: Session) -> bool:
    """Whether the step is to set an app up; a code by SMS, if one is needed, comes first."""
    is_known = step.kind is Kind.ENROL or not sms_codes.needs_sms(store, step.employee)
    return is_known and codes.needs_authenticator(store, step.employee)


def enrolling(store: KeepsLogins, token: str, address: str | None, now_ms: int) -> Session:
    """Who has to set an app up on the way in."""
    step = pending_session(store, token, now_ms, address, (Kind.STEP, Kind.ENROL))
    if not enrols(store, step):
        raise CredentialsInvalidError("Sign in with the requested code first")
    return step


def finish_enrolment(
    store: KeepsLogins, step: Session, code: str, address: str | None, now_ms: int
) -> tuple[NewSession | None, list[str]]:
    """Take the first code of a new app; gives its recovery codes, and a session if it was a step on the way in."""
    attempt = throttle.begin(store, step.employee.email_address or step.employee.id, address, now_ms)
    recovery_codes = codes.confirm(store, step.employee, code, now_ms)
    if recovery_codes is None:
        raise RefusedFieldError("authenticatorToken", "This is not the code the app shows now - try the next one")
    throttle.succeeded(store, attempt, now_ms)
    employee = step.employee
    audit.record(store, employee.id, employee.customer, audit.Action.AUTHENTICATOR_SET, employee.id, address, now_ms)
    session = None if step.kind is Kind.SESSION else _enter(store, step, address, now_ms, persist=False)
    return session, recovery_codes


def impersonate(
    store: KeepsLogins, session: Session, employee_id: str, ip_range: str | None, address: str | None, now_ms: int
) -> NewSession:
    """A session as somebody else; both customers can see it in their audit."""
    maker = session.employee
    require_level(Action.IMPERSONATE, maker)
    if session.made_by:
        raise AccessDeniedError
    employee = may_impersonate(store, maker, store.employee(employee_id.lower()))
    if not may_sign_in(store, employee):
        raise RefusedFieldError("id", f"{employee.name} cannot sign in")
    for customer in dict.fromkeys((employee.customer, maker.customer)):
        audit.record(store, maker.id, customer, audit.Action.IMPERSONATED, employee.id, address, now_ms)
    token = start_session(store, employee, now_ms, ip_range=ip_range, made_by=maker.id, counts_as=session.counts_as)
    return NewSession(token, employee, SLIDING_MS // 60_000)


def count_as(store: KeepsLogins, session: Session, reseller: str, address: str | None, now_ms: int) -> Employee:
    """From now on the session's employee counts as one of that reseller's, or of their own customer's again."""
    employee = store.employee(session.employee.id)
    if employee is None or session.made_by or session.kind is not Kind.SESSION:
        raise AccessDeniedError
    if not employee.organization_resellers:
        raise RefusedFieldError(
            "account", "This account cannot act for another reseller - it has no organizationResellers"
        )
    wanted = None if reseller == employee.customer else reseller
    try:
        counted = counting_as(store, employee, wanted)
    except CredentialsInvalidError:
        raise RefusedFieldError("resellerId", "This reseller is not among your organizationResellers") from None
    store.count_as(session.token_hash, wanted)
    for customer in dict.fromkeys((employee.customer, counted.customer)):
        action = audit.Action.COUNTED_AS
        audit.record(store, employee.id, customer, action, employee.id, address, now_ms, f"reseller {counted.customer}")
    return counted


def _check(
    store: KeepsLogins, given: Credentials, address: str | None, now_ms: int
) -> tuple[Employee, throttle.Attempt]:
    """Whoever gave the right password, from an address they may come from."""
    attempt = throttle.begin(store, given.username, address, now_ms)
    employee = _called(store, given.username)
    kept = store.password(employee.id if employee else "")
    if not passwords.is_right(given.password, kept) or employee is None:
        raise CredentialsInvalidError("Wrong user name or password")
    _check_place(employee, address)
    return employee, attempt


def _check_place(employee: Employee, address: str | None) -> None:
    if not may_come_from(employee.ip_restriction, address):
        raise WrongAddressError("You may not sign in from this address")


def _called(store: KeepsLogins, username: str) -> Employee | None:
    """The one employee who may sign in under a name; None: nobody, or several."""
    found = [store.employee(one) for one in store.employees_called(username.strip())]
    able = [one for one in found if one is not None and may_sign_in(store, one)]
    return able[0] if len(able) == 1 else None


def _check_code(store: KeepsLogins, employee: Employee, code: str, address: str | None, now_ms: int) -> None:
    by_sms = sms_codes.needs_sms(store, employee)
    if not (sms_codes if by_sms else codes).is_good(store, employee, code, now_ms):
        audit.record(
            store, None, employee.customer, audit.Action.LOGIN_FAILED, employee.id, address, now_ms, "wrong code"
        )
        word = "smsKey" if by_sms else "authenticatorToken"
        raise RefusedFieldError(word, "The code is wrong, expired or already used")


def _enter(store: KeepsLogins, step: Session, address: str | None, now_ms: int, persist: bool) -> NewSession:
    store.revoke_token(step.token_hash, now_ms)
    return _open(store, step.employee, address, now_ms, persist)


def _open(
    store: KeepsLogins, employee: Employee, address: str | None, now_ms: int, persist: bool, detail: str | None = None
) -> NewSession:
    token = start_session(store, employee, now_ms, persist=persist)
    who, action = employee.id, audit.Action.LOGGED_IN
    audit.record(store, who, employee.customer, action, who, address, now_ms, detail)
    return NewSession(token, employee, PERSISTS if persist else SLIDING_MS // 60_000)

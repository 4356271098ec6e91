"""New passwords: by a link that is sent or printed, works once, and tells nobody whether a name exists."""

from __future__ import annotations

import secrets

from pbxtally import audit
from pbxtally.errors import InvalidFieldError
from pbxtally.login import passwords, throttle
from pbxtally.login.store_protocols import KeepsLogins
from pbxtally.login.tokens import end_sessions, fingerprint, may_sign_in, require_may_sign_in
from pbxtally.people import Employee

KEY_PREFIX = "pbxr_"
MAILED_MS = 60 * 60_000
PRINTED_MS = 24 * 60 * 60_000


def make_link(store: KeepsLogins, employee_id: str, now_ms: int, by: str | None = None) -> str:
    """The key of a link for an employee, for an operator to hand over; good for a day. `by`: who makes it."""
    employee = require_may_sign_in(store, employee_id)
    return _make(store, employee, None, now_ms, PRINTED_MS, by)


def make_link_for(store: KeepsLogins, employee_id: str, actor: str, address: str | None, now_ms: int) -> str:
    """The same, made by somebody who is signed in."""
    return _make(store, require_may_sign_in(store, employee_id), address, now_ms, PRINTED_MS, actor=actor)


def ask_for_link(store: KeepsLogins, username: str, address: str | None, now_ms: int) -> None:
    """Count a request for a link; the same for every name.

    TooManyAttemptsError if one was requested for the same name within half an hour, whether anybody has it or not.
    """
    throttle.begin_reset(store, username, address, now_ms)


def link_for(store: KeepsLogins, username: str, address: str | None, now_ms: int) -> tuple[Employee, str] | None:
    """Whom to send which key, good for an hour; None: nobody can get one. How long it takes gives away which."""
    found = [store.employee(one) for one in store.employees_called(username.strip())]
    able = [one for one in found if one is not None and may_sign_in(store, one) and has_mailbox(one)]
    if len(able) != 1:
        return None
    return able[0], _make(store, able[0], address, now_ms, MAILED_MS)


def has_mailbox(one: Employee) -> bool:
    """Whether mail reaches an employee."""
    return not one.no_email and "@" in (one.email_address or "")


def link_address(address: str, key: str) -> str:
    """The page where a key sets a password; `address` is what people type to come here."""
    return f"{address.rstrip('/')}/new-password?key={key}"


def use_link(store: KeepsLogins, key: str, password: str, address: str | None, now_ms: int) -> Employee:
    """Set a new password by a link's key, which works once; every session of the employee ends."""
    employee_id = store.link(fingerprint(key), now_ms)
    employee = store.employee(employee_id) if employee_id else None
    if employee is None or not may_sign_in(store, employee):
        raise InvalidFieldError("key", "This link has expired or was already used - ask for a new one")
    passwords.check_password(password)
    if not store.use_link(fingerprint(key), now_ms):
        raise InvalidFieldError("key", "This link has expired or was already used - ask for a new one")
    set_password(store, employee.id, password, now_ms)
    audit.record(store, None, employee.customer, audit.Action.PASSWORD_SET, employee.id, address, now_ms, "by a link")
    return employee


def set_password(store: KeepsLogins, employee_id: str, password: object, now_ms: int) -> None:
    """Set a password, if it may be chosen, and end every session."""
    store.keep_password(employee_id, passwords.hashed(passwords.check_password(password)), now_ms)
    end_sessions(store, employee_id, now_ms)


def _make(
    store: KeepsLogins,
    employee: Employee,
    address: str | None,
    now_ms: int,
    good_ms: int,
    by: str | None = None,
    actor: str | None = None,
) -> str:
    key = KEY_PREFIX + secrets.token_hex(32)
    store.keep_link(fingerprint(key), employee.id, now_ms, now_ms + good_ms)
    audit.record(store, actor, employee.customer, audit.Action.RESET_ASKED, employee.id, address, now_ms, by)
    return key

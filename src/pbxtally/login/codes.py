"""Codes of an authenticator app (TOTP, RFC 6238: six digits, every 30 seconds), and recovery codes for a lost phone.

A code is good for its own half minute and the ones before and after, for clocks that differ, and only once.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from hmac import compare_digest

import pyotp

from pbxtally.errors import InvalidFieldError
from pbxtally.login.store_protocols import KeepsAuthenticators
from pbxtally.login.tokens import fingerprint
from pbxtally.people import Employee, Security

ISSUER = "pbxtally"
STEP_SECONDS = 30
RECOVERY_CODES = 10
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""No characters that look alike; ten of them are 49 bits."""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What a person needs to set an app up: a URI for the QR code, and the same secret to type."""

    uri: str
    secret: str


def has_authenticator(store: KeepsAuthenticators, employee: Employee) -> bool:
    """Whether an employee is asked for codes of an app."""
    known = store.authenticator(employee.id)
    return known is not None and known.confirmed_ms is not None


def needs_authenticator(store: KeepsAuthenticators, employee: Employee) -> bool:
    """Whether the customer wants codes from everybody, and this employee has no app yet."""
    customer = store.customer(employee.customer)
    wanted = customer is not None and customer.authentication_security is Security.AUTHENTICATOR
    return wanted and not has_authenticator(store, employee)


def enrol(store: KeepsAuthenticators, employee: Employee) -> Enrolment:
    """What to set an app up with; the same each time until its first code has come."""
    known = store.authenticator(employee.id)
    if known is not None and known.confirmed_ms is not None:
        raise InvalidFieldError("authenticatorToken", "An authenticator app is already set up")
    secret = known.secret if known else pyotp.random_base32()
    if known is None:
        store.keep_authenticator(employee.id, secret)
    name = employee.email_address or employee.name
    return Enrolment(pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=ISSUER), secret)


def confirm(store: KeepsAuthenticators, employee: Employee, code: str, now_ms: int) -> list[str] | None:
    """Take the app's first code, and give out the recovery codes, this once; None if the code is wrong."""
    known = store.authenticator(employee.id)
    if known is None or known.confirmed_ms is not None or not _is_now(store, employee.id, known.secret, code, now_ms):
        return None
    codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
    store.confirm_authenticator(employee.id, [fingerprint(_plain(one)) for one in codes], now_ms)
    return codes


def is_good(store: KeepsAuthenticators, employee: Employee, code: str, now_ms: int) -> bool:
    """Whether a code is right; it is used up. A recovery code stands in for one of the app's."""
    known = store.authenticator(employee.id)
    if known is None or known.confirmed_ms is None:
        return False
    if _is_now(store, employee.id, known.secret, code, now_ms):
        return True
    return store.use_recovery_code(employee.id, fingerprint(_plain(code)), now_ms)


def _is_now(store: KeepsAuthenticators, employee_id: str, secret: str, code: str, now_ms: int) -> bool:
    digits = "".join(code.split())
    if len(digits) != 6 or not (digits.isascii() and digits.isdigit()):
        return False
    now, app = now_ms // 1000 // STEP_SECONDS, pyotp.TOTP(secret)
    fitting = [step for step in (now - 1, now, now + 1) if compare_digest(app.at(step * STEP_SECONDS), digits)]
    return bool(fitting) and store.use_step(employee_id, fitting[0])


def _recovery_code() -> str:
    signs = "".join(secrets.choice(_ALPHABET) for _ in range(10))
    return f"{signs[:5]}-{signs[5:]}"


def _plain(code: str) -> str:
    """A recovery code as it is kept, however it is typed."""
    return code.replace("-", "").replace(" ", "").lower()

"""Codes by SMS: six digits to an employee's number, good for five minutes, three tries, and once.

Those with an authenticator app are asked for its code instead, which nobody can intercept on the way.
"""

from __future__ import annotations

import secrets
from typing import Protocol

import structlog

from pbxtally.errors import BusyError, RefusedFieldError
from pbxtally.login import passwords, throttle
from pbxtally.login.codes import has_authenticator
from pbxtally.login.store_protocols import KeepsAuthenticators, KeepsLogins
from pbxtally.people import Employee, Security

log = structlog.get_logger("pbxtally.login")

CODE_MINUTES = 5
TRIES = 3
TEXT = "Your pbxtally code is {code}. It is valid for {minutes} minutes. Do not share it."


class SendsSms(Protocol):
    """Whatever brings a text to a telephone."""

    def send(self, to: str, text: str) -> None:
        """Send it; raises OSError if that fails."""
        ...


def needs_sms(store: KeepsAuthenticators, employee: Employee) -> bool:
    """Whether an employee has to give a code that was sent by SMS."""
    customer = store.customer(employee.customer)
    everybody = customer is not None and customer.authentication_security is Security.SMS
    return (employee.sms_validation or everybody) and not has_authenticator(store, employee)


def send_code(store: KeepsLogins, sms: SendsSms | None, employee: Employee, now_ms: int) -> str:
    """Send a new code, in place of the one before; gives the last two digits of the number it went to."""
    if sms is None:
        raise RefusedFieldError("smsKey", "An SMS code is required, but this server has no SMS gateway")
    if employee.sms_number is None:
        raise RefusedFieldError("smsNumber", "An SMS code is required, but there is no number to send it to")
    throttle.begin_sms(store, employee.id, now_ms)
    code = f"{secrets.randbelow(10**6):06}"
    store.keep_sms_code(employee.id, passwords.hashed(code), now_ms + CODE_MINUTES * 60_000)
    try:
        sms.send(employee.sms_number, TEXT.format(code=code, minutes=CODE_MINUTES))
    except OSError as why:
        log.error("sms", employee=employee.id, why=f"{type(why).__name__}: {why}")
        raise BusyError("The SMS code could not be sent - try again later") from None
    return employee.sms_number[-2:]


def is_good(store: KeepsLogins, employee: Employee, code: str, now_ms: int) -> bool:
    """Whether a code is right; it is used up then, and after three wrong tries."""
    kept = store.try_sms_code(employee.id, TRIES, now_ms)
    if kept is None or not passwords.is_right("".join(code.split()), kept):
        return False
    throttle.sms_arrived(store, employee.id, now_ms)
    return store.use_sms_code(employee.id, kept)

"""What signing in needs of a store; times are UTC milliseconds, and hashes are SHA-256, except a password's."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from pbxtally.audit import AuditLine
from pbxtally.people import Customer, Employee, KnownToken


class KnowsTokens(Protocol):
    """A store that keeps people, and tokens by their hash."""

    def customer(self, customer_id: str) -> Customer | None:
        """The customer of that id."""
        ...

    def parents(self) -> Mapping[str, str | None]:
        """Every customer's reseller."""
        ...

    def employee(self, employee_id: str) -> Employee | None:
        """The employee of that id."""
        ...

    def token(self, token_hash: str) -> KnownToken | None:
        """The token of that hash."""
        ...

    def keep_token(self, token: KnownToken) -> None:
        """Keep a new token."""
        ...

    def count_as(self, token_hash: str, reseller: str | None) -> None:
        """In this session the employee counts as one of that reseller's; None: of their own customer's."""
        ...

    def move_end(self, token_hash: str, expires_ms: int) -> None:
        """The token is valid until then."""
        ...

    def revoke_token(self, token_hash: str, now_ms: int) -> None:
        """From now on the token opens nothing."""
        ...

    def revoke_tokens(self, employee_id: str, kinds: Collection[str], now_ms: int) -> int:
        """Revoke all of an employee's tokens of these kinds; says how many there were."""
        ...

    def machine_tokens(self, employee_id: str) -> Sequence[KnownToken]:
        """The machine tokens of an employee that were not revoked."""
        ...

    def board_tokens(self, customer_id: str) -> Sequence[KnownToken]:
        """The tokens of screens, made for a customer's wallboard and not revoked."""
        ...


class CountsAttempts(Protocol):
    """A transaction on the counters of failed attempts."""

    def failures(self, who: str) -> tuple[int, int]:
        """How many there were, and when the last was; (0, 0): none."""
        ...

    def keep(self, who: str, failures: int, last_ms: int) -> None:
        """Keep a counter."""
        ...

    def forget_outside(self, since_ms: int, until_ms: int) -> None:
        """Forget the counters that were last touched outside that period."""
        ...


class KeepsAttempts(Protocol):
    """A store that counts failed attempts."""

    def attempts(self) -> AbstractContextManager[CountsAttempts]:
        """Begin a transaction that no other can interleave with."""
        ...


class KnownAuthenticator(Protocol):
    """What is known of an authenticator app."""

    @property
    def secret(self) -> str:
        """What its codes are made from, in base 32."""
        ...

    @property
    def confirmed_ms(self) -> int | None:
        """When its first code came; None: none yet."""
        ...


class KeepsAuthenticators(Protocol):
    """A store that keeps authenticator apps and recovery codes."""

    def customer(self, customer_id: str) -> Customer | None:
        """The customer of that id."""
        ...

    def authenticator(self, employee_id: str) -> KnownAuthenticator | None:
        """An employee's app, even if it is not confirmed yet."""
        ...

    def keep_authenticator(self, employee_id: str, secret: str) -> None:
        """Keep a new app, not confirmed yet."""
        ...

    def confirm_authenticator(self, employee_id: str, code_hashes: Collection[str], now_ms: int) -> None:
        """From now on the app's codes are asked for."""
        ...

    def use_step(self, employee_id: str, step: int) -> bool:
        """Use up the codes up to this step of the clock; False if this one was used already."""
        ...

    def use_recovery_code(self, employee_id: str, code_hash: str, now_ms: int) -> bool:
        """Use a recovery code up; False if there is none."""
        ...


class KeepsSmsCodes(Protocol):
    """A store that keeps codes sent by SMS, one for each employee."""

    def keep_sms_code(self, employee_id: str, code_hash: str, expires_ms: int) -> None:
        """Keep a new code in place of the one before."""
        ...

    def try_sms_code(self, employee_id: str, most: int, now_ms: int) -> str | None:
        """Count a try, and give the hash to compare with; None if there is no code, or no try left."""
        ...

    def use_sms_code(self, employee_id: str, code_hash: str) -> bool:
        """Use a code up; False if somebody else did first."""
        ...


class KeepsLogins(KnowsTokens, KeepsAttempts, KeepsAuthenticators, KeepsSmsCodes, Protocol):
    """A store with everything that signing in needs."""

    def employees_called(self, username: str) -> list[str]:
        """The ids of employees with that e-mail address or user name, in any case."""
        ...

    def password(self, employee_id: str) -> str | None:
        """The hash of an employee's password."""
        ...

    def keep_password(self, employee_id: str, password_hash: str, now_ms: int) -> None:
        """Keep a new password; unused links to set one lapse."""
        ...

    def keep_link(self, link_hash: str, employee_id: str, now_ms: int, expires_ms: int) -> None:
        """Keep a new link to set a password."""
        ...

    def link(self, link_hash: str, now_ms: int) -> str | None:
        """Whose link that is; None if it is unknown, used or expired."""
        ...

    def use_link(self, link_hash: str, now_ms: int) -> bool:
        """Use a link up; False if somebody else did first."""
        ...

    def forget_authenticator(self, employee_id: str) -> None:
        """Remove the app and its recovery codes."""
        ...

    def keep_audit(self, line: AuditLine) -> None:
        """Add a line to the audit."""
        ...

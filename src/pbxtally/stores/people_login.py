"""What signing in keeps: tokens, passwords, authenticators, links, failed attempts; and the audit.

Of every credential only a hash is kept, except the secret of an authenticator app, which is needed to check its codes.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Connection, Engine, Row, Select, and_, delete, func, insert, or_, select, update
from sqlalchemy.exc import DataError

from pbxtally.audit import EVERYTHING, Action, AuditFilter, AuditLine
from pbxtally.intervals import DAY_MS
from pbxtally.people import KnownToken
from pbxtally.stores.people_database import writing
from pbxtally.stores.people_tables import (
    ATTEMPT,
    AUDIT,
    AUTHENTICATOR,
    EMPLOYEE,
    PASSWORD,
    RECOVERY_CODE,
    RESET_LINK,
    SMS_CODE,
    TOKEN,
)
from pbxtally.stores.read_cache import ReadCache, cached_read

_Query: TypeAlias = "Select[*tuple[Any, ...]]"
_Row: TypeAlias = "Row[*tuple[Any, ...]]"

SESSIONS = "SESSION", "STEP", "ENROL"
"""The kinds of tokens that are given for a password."""

ENDED_MS = 30 * DAY_MS
"""How long it is remembered that a session has ended."""


@dataclass(frozen=True, slots=True)
class Authenticator:
    """An app that shows codes; `confirmed_ms` is None until its first code came. Codes up to `last_step` are spent."""

    secret: str
    confirmed_ms: int | None
    last_step: int


class LoginRows:
    """The part of the people's store that signing in needs."""

    _engine: Engine
    cache: ReadCache

    # ── tokens ──

    @cached_read
    def token(self, token_hash: str) -> KnownToken | None:
        """The token with that SHA-256, even if it has expired or is revoked."""
        rows = self._rows(select(TOKEN).where(TOKEN.c.hash == token_hash))
        return KnownToken(*rows[0]) if rows else None

    def keep_token(self, token: KnownToken) -> None:
        """Keep a new token by its SHA-256, and delete its employee's sessions that ended long ago."""
        their_sessions = (TOKEN.c.employee == token.employee) & TOKEN.c.kind.in_(SESSIONS)
        ended_ms = func.coalesce(TOKEN.c.revoked_ms, TOKEN.c.expires_ms)
        with writing(self._engine) as connection:
            connection.execute(delete(TOKEN).where(their_sessions & (ended_ms < token.created_ms - ENDED_MS)))
            connection.execute(insert(TOKEN), asdict(token))

    def move_end(self, token_hash: str, expires_ms: int) -> None:
        """Let the token expire at that time."""
        with writing(self._engine) as connection:
            connection.execute(update(TOKEN).where(TOKEN.c.hash == token_hash).values(expires_ms=expires_ms))

    def count_as(self, token_hash: str, reseller: str | None) -> None:
        """Let the session's user count as belonging to that reseller; None: to their own customer."""
        with writing(self._engine) as connection:
            connection.execute(update(TOKEN).where(TOKEN.c.hash == token_hash).values(counts_as=reseller))

    def revoke_token(self, token_hash: str, now_ms: int) -> None:
        """Revoke the token from now on, unless it was revoked before."""
        is_it = (TOKEN.c.hash == token_hash) & TOKEN.c.revoked_ms.is_(None)
        with writing(self._engine) as connection:
            connection.execute(update(TOKEN).where(is_it).values(revoked_ms=now_ms))

    def revoke_tokens(self, employee_id: str, kinds: Collection[str], now_ms: int) -> int:
        """End an employee's tokens of these kinds, and those they made to act as others; return how many."""
        with writing(self._engine) as connection:
            return end_tokens(connection, employee_id, kinds, now_ms)

    def machine_tokens(self, employee_id: str) -> list[KnownToken]:
        """The machine tokens of an employee that were not revoked, in the order they were made."""
        theirs = (TOKEN.c.employee == employee_id) & (TOKEN.c.kind == "MACHINE") & TOKEN.c.revoked_ms.is_(None)
        return [
            KnownToken(*row)
            for row in self._rows(select(TOKEN).where(theirs).order_by(TOKEN.c.created_ms, TOKEN.c.hash))
        ]

    def board_tokens(self, customer_id: str) -> list[KnownToken]:
        """The unrevoked tokens of screens that open a customer's wallboard, in the order they were made."""
        whose = func.coalesce(TOKEN.c.board_of, EMPLOYEE.c.customer)
        theirs = (whose == customer_id) & (TOKEN.c.kind == "BOARD") & TOKEN.c.revoked_ms.is_(None)
        joined = select(TOKEN).join(EMPLOYEE, EMPLOYEE.c.id == TOKEN.c.employee).where(theirs)
        return [KnownToken(*row) for row in self._rows(joined.order_by(TOKEN.c.created_ms, TOKEN.c.hash))]

    # ── passwords and links ──

    def employees_called(self, username: str) -> list[str]:
        """The ids of employees with this e-mail address or user name, in upper or lower case and any Unicode form."""
        name = unicodedata.normalize("NFC", username.encode("utf-8", "replace").decode())
        same = func.lower(EMPLOYEE.c.email_address) == func.lower(name)
        return [row[0] for row in self._rows(select(EMPLOYEE.c.id).where(same))]

    def password(self, employee_id: str) -> str | None:
        """The hash of an employee's password."""
        rows = self._rows(select(PASSWORD.c.hash).where(PASSWORD.c.employee == employee_id))
        return rows[0][0] if rows else None

    def keep_password(self, employee_id: str, password_hash: str, now_ms: int) -> None:
        """Keep a new password in place of the old one; open links to set one become invalid."""
        with writing(self._engine) as connection:
            put_password(connection, employee_id, password_hash, now_ms)

    def keep_link(self, link_hash: str, employee_id: str, now_ms: int, expires_ms: int) -> None:
        """Keep a new link to set a password by its SHA-256."""
        values = {"hash": link_hash, "employee": employee_id, "made_ms": now_ms, "expires_ms": expires_ms}
        with writing(self._engine) as connection:
            connection.execute(insert(RESET_LINK), values)

    def link(self, link_hash: str, now_ms: int) -> str | None:
        """The employee whose link that is; None if it is unknown, used or expired."""
        links = RESET_LINK.c
        good = (links.hash == link_hash) & links.used_ms.is_(None) & (links.expires_ms > now_ms)
        rows = self._rows(select(links.employee).where(good))
        return rows[0][0] if rows else None

    def use_link(self, link_hash: str, now_ms: int) -> bool:
        """Use a link up; False if somebody else did first."""
        unused = (RESET_LINK.c.hash == link_hash) & RESET_LINK.c.used_ms.is_(None)
        with writing(self._engine) as connection:
            return connection.execute(update(RESET_LINK).where(unused).values(used_ms=now_ms)).rowcount == 1

    # ── authenticators ──

    def authenticator(self, employee_id: str) -> Authenticator | None:
        """The authenticator app of an employee, even if it is not confirmed yet."""
        wanted = select(AUTHENTICATOR.c.secret, AUTHENTICATOR.c.confirmed_ms, AUTHENTICATOR.c.last_step)
        rows = self._rows(wanted.where(AUTHENTICATOR.c.employee == employee_id))
        return Authenticator(*rows[0]) if rows else None

    def keep_authenticator(self, employee_id: str, secret: str) -> None:
        """Keep the secret of a new app, not confirmed yet, in place of any other."""
        with writing(self._engine) as connection:
            _forget_authenticator(connection, employee_id)
            connection.execute(insert(AUTHENTICATOR), {"employee": employee_id, "secret": secret, "last_step": 0})

    def confirm_authenticator(self, employee_id: str, code_hashes: Collection[str], now_ms: int) -> None:
        """Ask for the app's codes from now on; `code_hashes` are those of its recovery codes."""
        with writing(self._engine) as connection:
            theirs = AUTHENTICATOR.c.employee == employee_id
            connection.execute(update(AUTHENTICATOR).where(theirs).values(confirmed_ms=now_ms))
            connection.execute(insert(RECOVERY_CODE), [{"employee": employee_id, "hash": one} for one in code_hashes])

    def forget_authenticator(self, employee_id: str) -> None:
        """Forget the app and its recovery codes."""
        with writing(self._engine) as connection:
            _forget_authenticator(connection, employee_id)

    def use_step(self, employee_id: str, step: int) -> bool:
        """Use up the codes up to this time step; False if this one was used already."""
        unused = (AUTHENTICATOR.c.employee == employee_id) & (AUTHENTICATOR.c.last_step < step)
        with writing(self._engine) as connection:
            return connection.execute(update(AUTHENTICATOR).where(unused).values(last_step=step)).rowcount == 1

    def use_recovery_code(self, employee_id: str, code_hash: str, now_ms: int) -> bool:
        """Use a recovery code up; False if there is none, or it was used already."""
        codes = RECOVERY_CODE.c
        unused = (codes.employee == employee_id) & (codes.hash == code_hash) & codes.used_ms.is_(None)
        with writing(self._engine) as connection:
            return connection.execute(update(RECOVERY_CODE).where(unused).values(used_ms=now_ms)).rowcount == 1

    # ── attempts and the audit ──

    @contextmanager
    def attempts(self) -> Iterator[AttemptChange]:
        """Read and change the counters of failed attempts in one exclusive transaction."""
        with writing(self._engine) as connection:
            yield AttemptChange(connection)

    def keep_audit(self, line: AuditLine) -> None:
        """Add a line to the audit."""
        with writing(self._engine) as connection:
            add_audit(connection, line)

    def audit(
        self, customer_id: str, offset: int, limit: int, filter_by: AuditFilter = EVERYTHING
    ) -> tuple[int, list[AuditLine]]:
        """How many such lines a customer has, and the asked page of them, newest first."""
        lines = AUDIT.c
        fitting = and_(lines.customer == customer_id, *_fitting(filter_by))
        columns = (lines.at_ms, lines.customer, lines.actor, lines.action, lines.subject, lines.detail, lines.address)
        total = self._rows(select(func.count()).select_from(AUDIT).where(fitting))[0][0]
        rows = self._rows(select(*columns).where(fitting).order_by(lines.id.desc()).offset(offset).limit(limit))
        return total, [AuditLine(row[0], row[1], row[2], Action(row[3]), *row[4:]) for row in rows]

    def _rows(self, statement: _Query) -> Sequence[_Row]:
        try:
            with self._engine.connect() as connection:
                return connection.execute(statement).all()
        except DataError:  # PostgreSQL keeps no text with a NUL, so nothing can have that name
            return []


class AttemptChange:
    """A transaction on the counters of failed attempts."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def failures(self, who: str) -> tuple[int, int]:
        """How many failures there were, and when the last one was; (0, 0) if there were none."""
        row = self._connection.execute(
            select(ATTEMPT.c.failures, ATTEMPT.c.last_ms).where(ATTEMPT.c.who == who)
        ).first()
        return (row[0], row[1]) if row else (0, 0)

    def keep(self, who: str, failures: int, last_ms: int) -> None:
        """Keep a counter; one of 0 is deleted."""
        self._connection.execute(delete(ATTEMPT).where(ATTEMPT.c.who == who))
        if failures > 0:
            self._connection.execute(insert(ATTEMPT), {"who": who, "failures": failures, "last_ms": last_ms})

    def forget_outside(self, since_ms: int, until_ms: int) -> None:
        """Forget the counters whose last failure was before or after that time."""
        self._connection.execute(delete(ATTEMPT).where(~ATTEMPT.c.last_ms.between(since_ms, until_ms)))


def _fitting(filter_by: AuditFilter) -> Iterator[ColumnElement[bool]]:
    """The conditions for the lines that are asked for."""
    lines = AUDIT.c
    if filter_by.person is not None:
        yield or_(lines.actor == filter_by.person, lines.subject == filter_by.person)
    if filter_by.action is not None:
        yield lines.action == filter_by.action.value
    if filter_by.since_ms is not None:
        yield lines.at_ms >= filter_by.since_ms
    if filter_by.until_ms is not None:
        yield lines.at_ms < filter_by.until_ms


def add_audit(connection: Connection, line: AuditLine) -> None:
    """Add a line within a transaction."""
    connection.execute(insert(AUDIT), {**asdict(line), "action": line.action.value})


def put_password(connection: Connection, employee_id: str, password_hash: str, now_ms: int) -> None:
    """Replace the password within a transaction; open links to set one become invalid."""
    connection.execute(delete(PASSWORD).where(PASSWORD.c.employee == employee_id))
    connection.execute(insert(PASSWORD), {"employee": employee_id, "hash": password_hash, "set_ms": now_ms})
    links = (RESET_LINK.c.employee == employee_id) & RESET_LINK.c.used_ms.is_(None)
    connection.execute(update(RESET_LINK).where(links).values(used_ms=now_ms))


def end_tokens(connection: Connection, employee_id: str, kinds: Collection[str], now_ms: int) -> int:
    """End tokens within a transaction; return how many."""
    theirs = ((TOKEN.c.employee == employee_id) | (TOKEN.c.made_by == employee_id)) & TOKEN.c.kind.in_(kinds)
    ended = update(TOKEN).where(theirs & TOKEN.c.revoked_ms.is_(None)).values(revoked_ms=now_ms)
    return connection.execute(ended).rowcount


def forget_links(connection: Connection, employees: Collection[str]) -> None:
    """Delete employees' links to set a password, within a transaction."""
    connection.execute(delete(RESET_LINK).where(RESET_LINK.c.employee.in_(employees)))


def forget_ways_in(connection: Connection, employees: Collection[str]) -> None:
    """Delete, within a transaction, all credentials of employees, and the tokens they made to act as others."""
    forget_links(connection, employees)
    for table in (PASSWORD, AUTHENTICATOR, RECOVERY_CODE, SMS_CODE):
        connection.execute(delete(table).where(table.c.employee.in_(employees)))
    connection.execute(delete(TOKEN).where(TOKEN.c.employee.in_(employees) | TOKEN.c.made_by.in_(employees)))


def _forget_authenticator(connection: Connection, employee_id: str) -> None:
    for table in (AUTHENTICATOR, RECOVERY_CODE):
        connection.execute(delete(table).where(table.c.employee == employee_id))

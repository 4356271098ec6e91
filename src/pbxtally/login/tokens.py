"""Tokens: who is asking (D24)?

A token is `pbxt_`, 256 random bits and a checksum, all hex digits: it can be recognised where it was pasted by mistake,
and a torn one is refused without a look into the store. It is shown once and kept as its SHA-256, by which it is found
again. A machine token is valid until it expires or is revoked; a session slides: it expires a quarter of an hour after
its last use. A step stands between the password and a code, and opens nothing else.
"""

from __future__ import annotations

import hashlib
import secrets
import zlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum

from pbxtally.access import Action, allowed, require_rank
from pbxtally.errors import (
    BusyError,
    CredentialsInvalidError,
    ExpiredError,
    InvalidFieldError,
    NotFoundError,
    PbxTallyError,
    UnknownError,
    WrongAddressError,
)
from pbxtally.login.addresses import may_come_from
from pbxtally.login.store_protocols import KnowsTokens
from pbxtally.people import AccessLevel, Employee, EmployeeState, KnownToken

PREFIX = "pbxt_"
BOARD_PREFIX = "pbxw_"
_CHECKSUM_DIGITS = 8
_SHOWN = len(PREFIX) + 6
"""How much of a token may be shown later, so that its owner can tell it from others."""

SLIDING_MS = 15 * 60_000
STEP_MS = 10 * 60_000
_MOVED_MS = 60_000
"""The end of a session is moved at most once a minute, so that not every request writes to the disk."""


class Kind(StrEnum):
    """What a token is for."""

    MACHINE = "MACHINE"
    SESSION = "SESSION"
    STEP = "STEP"
    ENROL = "ENROL"
    BOARD = "BOARD"


@dataclass(frozen=True, slots=True)
class Session:
    """Who asks, by which token; `made_by`: who really acts, if somebody else does."""

    employee: Employee
    token_hash: str
    kind: Kind
    made_by: str | None = None
    counts_as: str | None = None

    @property
    def actor(self) -> str:
        """The id of who really acts."""
        return self.made_by or self.employee.id


def make_token(
    store: KnowsTokens, employee_id: str, now_ms: int, expires_ms: int | None = None, ip_range: str | None = None
) -> str:
    """Make an employee's machine token and give it out, this once; one for NO_LOGIN opens nothing (D25)."""
    employee = store.employee(employee_id.lower())
    if employee is None:
        raise NotFoundError(f"No employee has the id {employee_id}")
    if not is_active(store, employee):
        raise InvalidFieldError("employee", f"{employee.name} is {employee.state}, or the customer is not active")
    return _make(store, employee.id, now_ms, expires_ms, ip_range=ip_range)


def make_board_token(
    store: KnowsTokens, employee: Employee, board_of: str, now_ms: int, counts_as: str | None = None
) -> str:
    """A token for a screen on the wall: it opens the wallboard of a customer as the employee sees it, nothing else."""
    return _make(store, employee.id, now_ms, kind=Kind.BOARD, counts_as=counts_as, board_of=board_of)


def board_session(store: KnowsTokens, token: str, now_ms: int, address: str | None) -> tuple[Session, str]:
    """As whom a screen looks, and at whose wallboard; it ends when its employee may no longer sign in."""
    session, known = _look_up(store, token, now_ms, address, (Kind.BOARD,))
    return session, known.board_of or session.employee.customer


def delete_board_token(store: KnowsTokens, boards: Sequence[KnownToken], prefix: str, now_ms: int) -> KnownToken:
    """Revoke the one of these tokens that begins with `prefix`."""
    found = [one for one in boards if one.prefix == prefix]
    if len(found) != 1:
        raise UnknownError("token")
    store.revoke_token(found[0].hash, now_ms)
    return found[0]


def require_may_sign_in(store: KnowsTokens, employee_id: str) -> Employee:
    """The employee of that id; raises if there is none, or they cannot sign in."""
    employee = store.employee(employee_id.lower())
    if employee is None:
        raise NotFoundError(f"No employee has the id {employee_id}")
    if not may_sign_in(store, employee):
        state = f"{employee.state}, {employee.access_level.name}"
        raise InvalidFieldError("employee", f"{employee.name} ({state}) cannot sign in, so a token would be useless")
    return employee


def start_session(
    store: KnowsTokens,
    employee: Employee,
    now_ms: int,
    *,
    persist: bool = False,
    ip_range: str | None = None,
    made_by: str | None = None,
    counts_as: str | None = None,
) -> str:
    """A session's token; it slides, or with `persist` is valid until its employee signs out."""
    return _make(
        store,
        employee.id,
        now_ms,
        None if persist else now_ms + SLIDING_MS,
        Kind.SESSION,
        ip_range=ip_range,
        slides_ms=None if persist else SLIDING_MS,
        made_by=made_by,
        counts_as=counts_as,
    )


def start_step(store: KnowsTokens, employee: Employee, now_ms: int, kind: Kind = Kind.STEP) -> str:
    """The token of somebody who gave the right password but not yet a code, or (`ENROL`) a new app's first code."""
    return _make(store, employee.id, now_ms, now_ms + STEP_MS, kind)


def _make(
    store: KnowsTokens,
    employee_id: str,
    now_ms: int,
    expires_ms: int | None = None,
    kind: Kind = Kind.MACHINE,
    *,
    ip_range: str | None = None,
    slides_ms: int | None = None,
    made_by: str | None = None,
    counts_as: str | None = None,
    board_of: str | None = None,
) -> str:
    body = (BOARD_PREFIX if kind is Kind.BOARD else PREFIX) + secrets.token_hex(32)
    token = body + _checksum(body)
    store.keep_token(
        KnownToken(
            hash=fingerprint(token),
            employee=employee_id,
            prefix=token[:_SHOWN],
            created_ms=now_ms,
            expires_ms=expires_ms,
            ip_range=ip_range,
            kind=kind.value,
            slides_ms=slides_ms,
            made_by=made_by,
            counts_as=counts_as,
            board_of=board_of,
        )
    )
    return token


def employee_of_token(store: KnowsTokens, token: str | None, now_ms: int, address: str | None) -> Employee:
    """The employee a token belongs to; `address` is where the request comes from, None if that is unknown."""
    return session_of(store, token, now_ms, address).employee


def session_of(
    store: KnowsTokens, token: str | None, now_ms: int, address: str | None, *, moves: bool = True
) -> Session:
    """Who asks by a machine token or a session; a session is extended by it, unless `moves` is False.

    An unknown token, a revoked one and one of somebody who cannot sign in look the same.
    """
    session, known = _look_up(store, token, now_ms, address, (Kind.MACHINE, Kind.SESSION))
    if moves and known.slides_ms and known.expires_ms and known.expires_ms - now_ms < known.slides_ms - _MOVED_MS:
        with suppress(BusyError):  # then the next request moves it
            store.move_end(known.hash, now_ms + known.slides_ms)
    return session


def pending_session(
    store: KnowsTokens, token: str | None, now_ms: int, address: str | None, kinds: tuple[Kind, ...] = (Kind.STEP,)
) -> Session:
    """Who gave the right password and still has to give a code; `ENROL`: the first of an app that they set up now."""
    return _look_up(store, token, now_ms, address, kinds)[0]


def _look_up(
    store: KnowsTokens, token: str | None, now_ms: int, address: str | None, kinds: tuple[Kind, ...]
) -> tuple[Session, KnownToken]:
    known = store.token(fingerprint(token)) if token and _is_whole(token) else None
    employee = store.employee(known.employee) if known and known.revoked_ms is None and known.kind in kinds else None
    can = is_active if known is not None and known.kind == Kind.MACHINE else may_sign_in
    if known is None or employee is None or not can(store, employee):
        raise CredentialsInvalidError("Not signed in - send a valid token")
    if known.expires_ms is not None and known.expires_ms <= now_ms:
        raise ExpiredError("The token has expired - create a new one")
    maker = _maker(store, known, employee) if known.made_by else employee
    if not all(may_come_from(one, address) for one in (known.ip_range, maker.ip_restriction)):
        raise WrongAddressError("The token may not be used from this address")
    seen = employee if known.made_by else counting_as(store, employee, known.counts_as)
    return Session(seen, known.hash, Kind(known.kind), known.made_by, known.counts_as), known


def counting_as(store: KnowsTokens, employee: Employee, reseller: str | None) -> Employee:
    """The employee as one of a reseller's they may count as; None: of their own customer's."""
    if reseller is None:
        return employee
    customer = store.customer(reseller)
    if customer is None or not customer.is_active or reseller not in employee.organization_resellers:
        raise CredentialsInvalidError("Not signed in - send a valid token")
    return replace(employee, customer=reseller)


def _maker(store: KnowsTokens, known: KnownToken, employee: Employee) -> Employee:
    """Who acts as the employee, if they still may."""
    maker = store.employee(known.made_by or "")
    try:
        if maker is None or not may_sign_in(store, maker):
            raise UnknownError
        may_impersonate(store, counting_as(store, maker, known.counts_as), employee)
    except PbxTallyError:
        raise CredentialsInvalidError("Not signed in - send a valid token") from None
    return maker


def may_impersonate(store: KnowsTokens, maker: Employee, employee: Employee | None) -> Employee:
    """The employee, if `maker` may act as them; nobody acts as somebody of a higher level than their own."""
    allowed(Action.IMPERSONATE, maker, employee.customer if employee else None, store.parents())
    assert employee is not None
    require_rank(maker, employee.access_level)
    return employee


def end_sessions(store: KnowsTokens, employee_id: str, now_ms: int, *, machines_too: bool = False) -> None:
    """End every session of an employee, and those in which the employee acts as somebody else."""
    kinds = list(Kind) if machines_too else [Kind.SESSION, Kind.STEP, Kind.ENROL]
    store.revoke_tokens(employee_id, kinds, now_ms)


def delete_token(store: KnowsTokens, employee_id: str, named: str, now_ms: int) -> str:
    """Revoke the machine token given whole or by its beginning, as lists show it; gives its beginning."""
    theirs = store.machine_tokens(employee_id)
    found = [one for one in theirs if named == one.prefix or fingerprint(named) == one.hash]
    if len(found) != 1:
        raise UnknownError("token")
    store.revoke_token(found[0].hash, now_ms)
    return found[0].prefix


def fingerprint(token: str) -> str:
    """What a store keeps in place of the token: its SHA-256. A token is random, so nothing slower is needed."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def may_sign_in(store: KnowsTokens, employee: Employee) -> bool:
    """Whether an employee may sign in with a password: active, and of a level that can."""
    return is_active(store, employee) and employee.access_level > AccessLevel.NO_LOGIN


def is_active(store: KnowsTokens, employee: Employee) -> bool:
    """Whether an employee is enabled and their customer is active."""
    customer = store.customer(employee.customer)
    return customer is not None and customer.is_active and employee.state is EmployeeState.ENABLED


def _checksum(body: str) -> str:
    return f"{zlib.crc32(body.encode()):0{_CHECKSUM_DIGITS}x}"


def _is_whole(token: str) -> bool:
    body = token[:-_CHECKSUM_DIGITS]
    return token.isascii() and body.startswith((PREFIX, BOARD_PREFIX)) and _checksum(body) == token[-_CHECKSUM_DIGITS:]

"""Tokens: who is asking (D24)?

A machine token is `pbxt_`, 256 random bits and a checksum, all hex digits: it can be recognised where it was pasted by
mistake, and a torn one is refused without a look into the store. It opens exactly what its employee may see, is shown
once and kept as its SHA-256, by which it is found again.
"""

from __future__ import annotations

import hashlib
import secrets
import zlib
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Protocol

from pbxtally.errors import CredentialsInvalidError, ExpiredError, InvalidFieldError, NotFoundError, WrongAddressError
from pbxtally.people import AccessLevel, Employee, EmployeeState

PREFIX = "pbxt_"
_CHECKSUM_DIGITS = 8
_SHOWN = len(PREFIX) + 6
"""How much of a token may be shown later, so that its owner can tell it from others."""


class KnownToken(Protocol):
    """What is known of a token that was made here; times are UTC milliseconds."""

    @property
    def employee(self) -> str:
        """Whose it is."""
        ...

    @property
    def expires_ms(self) -> int | None:
        """From when on it is over; None: never."""
        ...

    @property
    def revoked_ms(self) -> int | None:
        """When it was revoked; None: it was not."""
        ...

    @property
    def ip_range(self) -> str | None:
        """Addresses and networks it may be used from, separated by commas; None: from anywhere."""
        ...


class KnowsTokens(Protocol):
    """A store that keeps tokens by their hash."""

    def employee(self, employee_id: str) -> Employee | None:
        """The employee of that id."""
        ...

    def token(self, token_hash: str) -> KnownToken | None:
        """The token of that hash."""
        ...

    def keep_token(self, token_hash: str, employee_id: str, prefix: str, created_ms: int) -> None:
        """Keep a new token."""
        ...


def make_token(store: KnowsTokens, employee_id: str, now_ms: int) -> str:
    """Make a machine token of an employee and give it out, this once; it holds until it is revoked."""
    employee = store.employee(employee_id.lower())
    if employee is None:
        raise NotFoundError(f"No employee has the id {employee_id}")
    if not _may_sign_in(employee):
        state = f"{employee.state}, {employee.access_level.name}"
        raise InvalidFieldError("employee", f"{employee.name} ({state}) cannot sign in, so a token would open nothing")
    body = PREFIX + secrets.token_hex(32)
    token = body + _checksum(body)
    store.keep_token(fingerprint(token), employee.id, token[:_SHOWN], now_ms)
    return token


def who_is(store: KnowsTokens, token: str | None, now_ms: int, address: str | None) -> Employee:
    """The employee a token belongs to; `address` is where the request comes from, None if that is unknown.

    An unknown token, a revoked one and one of somebody who cannot sign in look the same.
    """
    known = store.token(fingerprint(token)) if token and _is_whole(token) else None
    employee = store.employee(known.employee) if known and known.revoked_ms is None else None
    if known is None or employee is None or not _may_sign_in(employee):
        raise CredentialsInvalidError("Not signed in - send a valid token")
    if known.expires_ms is not None and known.expires_ms <= now_ms:
        raise ExpiredError("The token has expired - make a new one")
    if known.ip_range is not None and not _is_within(known.ip_range, address):
        raise WrongAddressError("The token may not be used from this address")
    return employee


def fingerprint(token: str) -> str:
    """What a store keeps in place of the token: its SHA-256. A token is random, so nothing slower is needed."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _checksum(body: str) -> str:
    return f"{zlib.crc32(body.encode()):0{_CHECKSUM_DIGITS}x}"


def _is_whole(token: str) -> bool:
    body = token[:-_CHECKSUM_DIGITS]
    return token.isascii() and body.startswith(PREFIX) and _checksum(body) == token[-_CHECKSUM_DIGITS:]


def _may_sign_in(employee: Employee) -> bool:
    return employee.state is EmployeeState.ENABLED and employee.access_level > AccessLevel.NO_LOGIN


def _is_within(ip_range: str, address: str | None) -> bool:
    try:
        here = _plain(ip_address(address or ""))
        return any(here in ip_network(one.strip(), strict=False) for one in ip_range.split(",") if one.strip())
    except ValueError:
        return False


def _plain(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """An IPv4 address as itself, also where a socket for both kinds writes it as `::ffff:192.0.2.1`."""
    return getattr(address, "ipv4_mapped", None) or address

"""Intake keys: who delivers CDRs? A key is bound to one customer's source, and opens nothing else.

It looks like a token but begins with `pbxi_`, is shown once, and is kept as its SHA-256. The key alone says whose calls
a delivery holds, never a record; only a key of the operator's, made for a hosted switch, leaves that to the switch's
map.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Protocol

from pbxtally.errors import CredentialsInvalidError, InvalidFieldError, NotFoundError, WrongAddressError
from pbxtally.login.addresses import is_range, may_come_from
from pbxtally.login.tokens import fingerprint
from pbxtally.people import Customer, IntakeKey, Pbx

PREFIX = "pbxi_"
_SHOWN = len(PREFIX) + 6


class KeepsIntakeKeys(Protocol):
    """A store that keeps intake keys by their hash."""

    def customer(self, customer_id: str) -> Customer | None:
        """The customer of that id."""
        ...

    def keep_intake_key(self, key: IntakeKey) -> None:
        """Keep a new key."""
        ...

    def intake_key(self, key_hash: str) -> IntakeKey | None:
        """The key of that hash."""
        ...

    def intake_keys(self, customer_id: str) -> list[IntakeKey]:
        """A customer's keys, revoked ones included, the oldest first."""
        ...

    def intake_keys_of_pbx(self, pbx: str) -> list[IntakeKey]:
        """The keys of a hosted switch, revoked ones included, the oldest first."""
        ...

    def revoke_intake_key(self, key_hash: str, now_ms: int) -> None:
        """From now on the key opens nothing."""
        ...


def make_intake_key(
    store: KeepsIntakeKeys, customer_id: str, source: str, now_ms: int, ip_range: str | None = None
) -> str:
    """Make a key and give it out, this once; raises InvalidFieldError."""
    customer = store.customer(customer_id.lower())
    if customer is None:
        raise InvalidFieldError("customer", f"no customer has the id {customer_id}")
    return _make(store, customer.id, None, source, now_ms, ip_range)


def make_pbx_key(store: KeepsIntakeKeys, pbx: Pbx, now_ms: int, ip_range: str | None = None) -> str:
    """Make a key of a hosted switch and give it out, this once; raises InvalidFieldError."""
    return _make(store, None, pbx.name, pbx.source, now_ms, ip_range)


def _make(
    store: KeepsIntakeKeys, customer: str | None, pbx: str | None, source: str, now_ms: int, ip_range: str | None
) -> str:
    if ip_range is not None and not is_range(ip_range):
        raise InvalidFieldError("ip", f"{ip_range!r} is not a list of IP addresses or networks")
    key = PREFIX + secrets.token_hex(32)
    store.keep_intake_key(
        IntakeKey(fingerprint(key), key[:_SHOWN], customer, source, now_ms, ip_range=ip_range, pbx=pbx)
    )
    return key


def sender_of(store: KeepsIntakeKeys, key: str | None, source: str, address: str | None) -> IntakeKey:
    """The key a delivery came with; raises CredentialsInvalidError or WrongAddressError.

    An unknown key, a revoked one, one for another source and one of a customer that is not active look the same.
    """
    known = store.intake_key(fingerprint(key)) if key and key.startswith(PREFIX) else None
    is_good = known is not None and known.revoked_ms is None and known.source == source
    if known is None or not is_good or not _may_deliver(store, known):
        raise CredentialsInvalidError("Unknown key - send an intake key made for this source")
    if not may_come_from(known.ip_range, address):
        raise WrongAddressError("The intake key may not be used from this address")
    return known


def _may_deliver(store: KeepsIntakeKeys, key: IntakeKey) -> bool:
    """Whether the key's customer is active; a switch is the operator's, and delivers for all."""
    if key.customer is None:
        return key.pbx is not None
    customer = store.customer(key.customer)
    return customer is not None and customer.is_active


def revoke_intake_key(store: KeepsIntakeKeys, keys: Sequence[IntakeKey], named: str, now_ms: int) -> str:
    """Revoke the one of these keys that is given whole or by its beginning, as lists show it; gives its beginning.

    Raises NotFoundError.
    """
    theirs = [one for one in keys if one.revoked_ms is None]
    found = [one for one in theirs if named == one.prefix or fingerprint(named) == one.hash]
    if len(found) != 1:
        raise NotFoundError(f"No key in use begins with {named[:_SHOWN]}")
    store.revoke_intake_key(found[0].hash, now_ms)
    return found[0].prefix

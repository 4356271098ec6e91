"""Whoever guesses has to wait, longer each time: per account, and per neighbourhood of addresses.

An attempt counts as failed when it begins, so that a hundred at once gain no more than a hundred one after another; on
success it is taken back. A name nobody has is counted like any other, by its SHA-256, since what was typed there may
have been a password. Nobody is locked out for good: the wait has a limit, and an hour after the last attempt all is
forgotten; so is what was counted while the clock was ahead.
"""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass

from pbxtally.errors import TooManyAttemptsError
from pbxtally.login.addresses import neighbourhood
from pbxtally.login.store_protocols import KeepsAttempts

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS


@dataclass(frozen=True, slots=True)
class Limit:
    """How many may fail at once, how long the first wait is, and the longest; each wait is twice the one before."""

    free: int
    first_ms: int
    longest_ms: int

    def wait_ms(self, failures: int) -> int:
        """How long to wait after that many."""
        if failures < self.free:
            return 0
        return min(self.first_ms << min(failures - self.free, 32), self.longest_ms)


ACCOUNT = Limit(5, 30_000, 15 * 60_000)
"""12 guesses in the first hour, four in every other."""

NEIGHBOURHOOD = Limit(30, 1_000, 5 * 60_000)
"""Enough for an office full of people who mistype on a Monday morning."""

RESET = Limit(1, 30 * 60_000, 30 * 60_000)
"""The vendor's: one link in half an hour."""


SMS = Limit(3, 60_000, 15 * 60_000)
"""Messages cost money: three codes without a wait, until one comes back."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt that has begun, counted as failed so far."""

    account: str
    neighbourhood: str


def begin(store: KeepsAttempts, username: str, address: str | None, now_ms: int) -> Attempt:
    """Count an attempt to sign in; TooManyAttemptsError if it comes too early, and then it does not count."""
    attempt = Attempt(f"account {_hash(username)}", f"around {neighbourhood(address)}")
    _count(store, {attempt.account: ACCOUNT, attempt.neighbourhood: NEIGHBOURHOOD}, now_ms)
    return attempt


def begin_reset(store: KeepsAttempts, username: str, address: str | None, now_ms: int) -> None:
    """Count a request for a link; TooManyAttemptsError if it comes too early."""
    limits = {f"reset {_hash(username)}": RESET, f"around {neighbourhood(address)}": NEIGHBOURHOOD}
    _count(store, limits, now_ms)


def begin_sms(store: KeepsAttempts, employee_id: str, now_ms: int) -> None:
    """Count a code that is to be sent; TooManyAttemptsError if it comes too early."""
    _count(store, {f"sms {employee_id}": SMS}, now_ms)


def sms_arrived(store: KeepsAttempts, employee_id: str, now_ms: int) -> None:
    """A code came back: reset the counter."""
    with store.attempts() as change:
        change.keep(f"sms {employee_id}", 0, now_ms)


def undo_attempt(store: KeepsAttempts, attempt: Attempt, now_ms: int) -> None:
    """The attempt was no guess, but nobody got in yet either: earlier failures stay counted."""
    with store.attempts() as change:
        for who in (attempt.account, attempt.neighbourhood):
            failures, _ = change.failures(who)
            change.keep(who, failures - 1, now_ms)


def succeeded(store: KeepsAttempts, attempt: Attempt, now_ms: int) -> None:
    """The account's owner is here: reset its counter. The neighbourhood's only loses this attempt."""
    with store.attempts() as change:
        failures, _ = change.failures(attempt.neighbourhood)
        change.keep(attempt.account, 0, now_ms)
        change.keep(attempt.neighbourhood, failures - 1, now_ms)


def _count(store: KeepsAttempts, limits: dict[str, Limit], now_ms: int) -> None:
    with store.attempts() as change:
        change.forget_outside(now_ms - HOUR_MS, now_ms + MINUTE_MS)
        found = {who: change.failures(who) for who in limits}
        wait_ms = max(
            min(last_ms, now_ms) + limits[who].wait_ms(failures) - now_ms for who, (failures, last_ms) in found.items()
        )
        if wait_ms > 0:
            raise TooManyAttemptsError(-(-wait_ms // 1000))
        for who, (failures, _) in found.items():
            change.keep(who, failures + 1, now_ms)


def _hash(username: str) -> str:
    """The same for every way to write a name that the store takes for one."""
    name = unicodedata.normalize("NFC", username.strip()).casefold()
    return hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()

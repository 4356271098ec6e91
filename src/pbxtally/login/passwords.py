"""Passwords: which may be chosen, and how they are kept and compared.

The vendor's rule: eight characters with an upper-case letter, a lower-case letter and a digit. Beyond it, none of the
30,000 commonest, in any case. What is kept is argon2id at OWASP's minimum (19 MiB, two passes), about 25 ms each; two
at a time in a process, so that a storm of logins takes 38 MiB and leaves a processor for the rest.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from pbxtally.errors import InvalidFieldError

LEAST_CHARACTERS = 8
MOST_CHARACTERS = 256
AT_ONCE = 2

LACKING = "The password needs "
"""What stands before the list of what a password lacks; between those stands a comma."""

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_turn = BoundedSemaphore(AT_ONCE)


def check_password(password: object) -> str:
    """The password if it may be chosen; else InvalidFieldError says what it lacks."""
    if not isinstance(password, str):
        raise InvalidFieldError("password", "Invalid password - use text")
    lacks = [what for what, there in wanted(password).items() if not there]
    if lacks:
        raise InvalidFieldError("password", LACKING + ", ".join(lacks))
    if password.casefold() in _common():
        raise InvalidFieldError("password", "This password is one of the 30,000 most often guessed - choose another")
    return password


def wanted(password: str) -> dict[str, bool]:
    """What a password has to have, and whether it has."""
    return {
        f"{LEAST_CHARACTERS} to {MOST_CHARACTERS} characters": LEAST_CHARACTERS <= len(password) <= MOST_CHARACTERS,
        "an upper-case letter": any(sign.isupper() for sign in password),
        "a lower-case letter": any(sign.islower() for sign in password),
        "a digit": any(sign.isdecimal() for sign in password),
    }


@cache
def _common() -> frozenset[str]:
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # here, because the file is large and rarely needed

    return frozenset(FREQUENCY_LISTS["passwords"])


def hashed(password: str) -> str:
    """What is kept of a password."""
    with _turn:
        return _hasher.hash(_composed(password))


def is_right(password: str, kept: str | None) -> bool:
    """Whether a password is the kept one; if none is kept, saying no takes as long."""
    with _turn:
        try:
            _hasher.verify(kept or _nobodys(), _composed(password))
        except (VerificationError, InvalidHashError):
            return False
    return bool(kept)


@cache
def _nobodys() -> str:
    """A hash to compare with if there is none; whether it fits does not matter."""
    return _hasher.hash("")


def _composed(password: str) -> bytes:
    """Composed (NFC), since one keyboard sends é as one character, another as two."""
    return unicodedata.normalize("NFC", password).encode("utf-8", "replace")

"""Resellers have customers, customers have employees, employees hold extensions for a time.

Ids are 24 lower-case hex digits. Times are UTC milliseconds; every stretch of time is half open.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from functools import lru_cache

from pbxtally.hours import DENMARK, USUAL_HOURS, Calendar, DaysOff, WorkingHours

ID = re.compile(r"[0-9a-f]{24}")

LANGUAGE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z]{2,4})?")
"""A language code, perhaps with a country: da, en-GB."""

SINCE_EVER = 0
"""The beginning of an assignment without one: nothing is counted before 1970."""

FOR_EVER = 2**53
"""The end of an assignment without one; the largest integer that every store and JSON reader keeps exactly."""


class AccessLevel(IntEnum):
    """How far somebody sees, from nothing to everything; the order is the vendor's."""

    NO_LOGIN = 0
    PERSONAL = 1
    VIEWER = 2
    MANAGER = 3
    OWNER = 4
    RESELLER = 5
    RESELLER_ADMIN = 6
    ADMIN = 7


class EmployeeState(StrEnum):
    """Disabled and deleted employees keep their history (D15) but cannot sign in (D24)."""

    ENABLED = "ENABLED"
    DISABLED = "DISABLED"
    DELETED = "DELETED"


class CustomerState(StrEnum):
    """A blocked customer has no service at all: none of its people can sign in; a deleted one keeps its history."""

    ACTIVE = "ACTIVE"
    BLOCKED = "BLOCKED"
    DELETED = "DELETED"


class Security(StrEnum):
    """What a customer's employees need at least besides their password."""

    NONE = "NONE"
    SMS = "SMS"
    AUTHENTICATOR = "AUTHENTICATOR"


@dataclass(frozen=True, slots=True)
class Customer:
    """A company with extensions; a reseller is a customer with customers.

    `timezone` and `language` are None where the server's settings apply, `working_hours` and `holidays` where the
    defaults of `hours.py` do. `notes` are its reseller's.
    """

    id: str
    name: str
    parent_reseller: str | None = None
    is_reseller: bool = False
    timezone: str | None = None
    language: str | None = None
    authentication_security: Security = Security.NONE
    state: CustomerState = CustomerState.ACTIVE
    phone_number: str | None = None
    email_address: str | None = None
    website: str | None = None
    notes: str | None = None
    working_hours: WorkingHours | None = None
    holidays: str | None = None

    @property
    def is_active(self) -> bool:
        """Whether its people may sign in and its calls may come: it is neither blocked nor deleted."""
        return self.state is CustomerState.ACTIVE


def calendar(customer: Customer, days_off: DaysOff) -> Calendar:
    """When a customer works."""
    return Calendar(customer.working_hours or USUAL_HOURS, customer.holidays or DENMARK, days_off)


@dataclass(frozen=True, slots=True)
class Employee:
    """A person of one customer, who may hold extensions and may sign in.

    `ip_restriction`: addresses and networks to sign in from, separated by commas; None: from anywhere. With `no_email`
    the e-mail address is only a user name, to which no mail is sent. With `sms_validation` a code goes to `sms_number`.
    `organization_resellers`: the resellers they may count as belonging to, besides their own customer.
    """

    id: str
    customer: str
    name: str
    access_level: AccessLevel = AccessLevel.NO_LOGIN
    state: EmployeeState = EmployeeState.ENABLED
    email_address: str | None = None
    department: str | None = None
    ip_restriction: str | None = None
    title: str | None = None
    language: str | None = None
    no_email: bool = False
    sms_validation: bool = False
    sms_number: str | None = None
    organization_resellers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Extension:
    """An extension as it is now; its assignments say who held which number when."""

    id: str
    customer: str
    number: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Assignment:
    """`number` was `extension`'s, and `employee`'s (None: nobody's), from `since_ms` until `until_ms`."""

    extension: str
    number: str
    employee: str | None
    since_ms: int = SINCE_EVER
    until_ms: int = FOR_EVER

    def is_at(self, at_ms: int) -> bool:
        """Whether a moment lies in this assignment."""
        return self.since_ms <= at_ms < self.until_ms

    def overlaps(self, since_ms: int, until_ms: int) -> bool:
        """Whether any moment of [since_ms, until_ms) lies in this assignment."""
        return self.since_ms < until_ms and since_ms < self.until_ms


@dataclass(frozen=True, slots=True)
class SourceSetting:
    """What is remembered about a customer's source: the PBX's zone, its trunks, how extensions and its records look."""

    timezone: str | None = None
    trunks: tuple[str, ...] = ()
    extensions: str | None = None
    layout: str | None = None


@dataclass(frozen=True, slots=True)
class Pbx:
    """A hosted switch: one PBX of the operator's that many customers are on.

    `word`: which word of its records names the customer; a map says which customer that is. `setting`: how its records
    are read; in its extension pattern `{tenant}` stands for the word. Without a zone its clock is the server's.
    """

    name: str
    source: str
    word: str
    created_ms: int
    setting: SourceSetting = SourceSetting()


@dataclass(frozen=True, slots=True)
class IntakeKey:
    """What a PBX delivers with: bound to one customer's source, or to a hosted switch; shown by its beginning.

    It is kept as a SHA-256. Either `customer` or `pbx` is given. `ip_range`: addresses and networks it may be used
    from, separated by commas; None: from anywhere.
    """

    hash: str
    prefix: str
    customer: str | None
    source: str
    created_ms: int
    revoked_ms: int | None = None
    ip_range: str | None = None
    pbx: str | None = None


@dataclass(frozen=True, slots=True)
class KnownToken:
    """What is known of a token that was made here: its SHA-256, never the token; `prefix` is its beginning.

    `ip_range`: addresses and networks it may be used from, separated by commas; None: from anywhere. `kind`: a
    `tokens.Kind`. `slides_ms`: how long after each use it expires; None: its end stays. `made_by`: who acts as its
    employee; None: the employee. `counts_as`: the reseller whom the user counts as belonging to; None: their own
    customer. `board_of`: whose wallboard it opens; None: that of its employee's customer, or none.
    """

    hash: str
    employee: str
    prefix: str
    created_ms: int
    expires_ms: int | None = None
    revoked_ms: int | None = None
    ip_range: str | None = None
    kind: str = "MACHINE"
    slides_ms: int | None = None
    made_by: str | None = None
    counts_as: str | None = None
    board_of: str | None = None


@dataclass(frozen=True, slots=True)
class SavedView:
    """A page as an employee set it up, under a name of their choice; `address` is relative, and holds no token."""

    id: str
    employee: str
    name: str
    address: str
    created_ms: int


def parse_id(value: object) -> str | None:
    """An id in lower case, however it was written; None if it is not an id."""
    text = value.lower() if isinstance(value, str) and value.isascii() else ""
    return text if ID.fullmatch(text) else None


def new_id() -> str:
    """A new id: 96 random bits as 24 hex digits."""
    return secrets.token_hex(12)


@lru_cache(maxsize=65_536)
def natural_key(number: str) -> tuple[tuple[int, int, str], ...]:
    """A sort key under which 9 < 10 < 100 and text comes after digits (D18); cached, since answers repeat numbers."""
    parts = re.findall(r"\d+|\D+", number)
    return tuple((0, int(part), part) if part.isdecimal() else (1, 0, part) for part in parts)

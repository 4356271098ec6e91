"""Who may see or change whose things: the one rule, as a table (S14, D22, D25).

What is asked about belongs to a customer, and may be the asking employee's own: that is its *relation*. The
employee's level decides in which relations an action is allowed. Whatever the table does not name is denied: with 404
where the employee may not even see the thing, so that it seems not to exist, else with 403.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from pbxtally.errors import AccessDeniedError, UnknownError
from pbxtally.people import AccessLevel, Customer, Employee


class Relation(StrEnum):
    """How what is asked about relates to the employee who asks; what is a colleague's is OWN."""

    SELF = "oneself"
    OWN = "own customer"
    BELOW = "customer below, at any depth"
    FOREIGN = "any other customer"


class Decision(StrEnum):
    """What becomes of an action."""

    ALLOW = "yes"
    OWN_ROWS = "own rows"
    DENIED = "403"
    NOT_FOUND = "404"


class Action(StrEnum):
    """What somebody may want to do."""

    READ_STATISTICS = "read statistics"
    READ_CALLS = "list calls"
    READ_LATEST_CALLS = "read the latest calls of an extension"
    LIST_CUSTOMERS = "list customers"
    READ_CUSTOMER = "read a customer"
    READ_CUSTOMER_NAME = "read a customer's name"
    CREATE_CUSTOMER = "create a customer under"
    CHANGE_CUSTOMER = "change a customer"
    LIST_EMPLOYEES = "list employees"
    READ_EMPLOYEE = "read an employee"
    CREATE_EMPLOYEE = "create an employee"
    CHANGE_EMPLOYEE = "change an employee"
    DELETE_EMPLOYEE = "delete an employee"
    LIST_EXTENSIONS = "list extensions"
    READ_EXTENSION = "read an extension"
    CREATE_EXTENSION = "create an extension"
    CHANGE_EXTENSION = "change an extension"
    DELETE_EXTENSION = "delete an extension"
    LIST_UNKNOWN = "list unknown extensions"
    USE_SESSION = "use the own session"
    IMPERSONATE = "impersonate"
    KEEP_TOKENS = "make, list and delete machine tokens"
    END_SESSIONS = "end sessions"
    RESET_AUTHENTICATOR = "reset an authenticator"
    RESET_PASSWORD = "create a password reset link"  # noqa: S105 - what is done, no password
    READ_SECURITY = "read what signing in needs"
    CHANGE_SECURITY = "change what signing in needs"
    READ_AUDIT = "read the audit"
    READ_INTAKE = "read how deliveries fare"
    SHARE_WALLBOARD = "create and revoke wallboard links"
    KEEP_SWITCHES = "map the words of hosted switches"
    CHANGE_INTAKE = "create and revoke intake keys, retry rejected records"


PUBLIC = "public"
"""What a route declares if anybody may call it, signed in or not."""

INTAKE_KEY = "intake key"
"""What a route declares if a PBX delivers to it, with a key that says whose the calls are."""

METRICS_TOKEN = "metrics token"  # noqa: S105 - a word, no password
"""What a route declares if only the operator's monitoring calls it, with the token from the settings."""

Rule = Mapping[AccessLevel, Mapping[Relation, Decision]]

_NOBODY: dict[Relation, Decision] = {}
_SELF = {Relation.SELF: Decision.ALLOW}
_SELF_IN_PART = {Relation.SELF: Decision.OWN_ROWS}
_COLLEAGUES_IN_PART = {Relation.SELF: Decision.ALLOW, Relation.OWN: Decision.OWN_ROWS}
_OWN = {Relation.OWN: Decision.ALLOW}
_OWN_ROWS = {Relation.OWN: Decision.OWN_ROWS}
_BELOW = {Relation.BELOW: Decision.ALLOW}
_OWN_AND_BELOW = _OWN | _BELOW
_ALL = _OWN_AND_BELOW | {Relation.FOREIGN: Decision.ALLOW}


def _levels(*rules: dict[Relation, Decision], with_self: bool = False) -> Rule:
    """One rule for each level, from NO_LOGIN up to ADMIN; `with_self`: a rule that names OWN also allows SELF."""
    both = [_SELF | one if with_self and Relation.OWN in one else one for one in rules]
    return dict(zip(AccessLevel, both, strict=True))


_READERS = (_OWN, _OWN, _OWN, _OWN_AND_BELOW, _ALL, _ALL)
"""From VIEWER up."""

_KEEPERS = (_OWN, _OWN, _OWN_AND_BELOW, _OWN_AND_BELOW, _ALL)
"""From MANAGER up; RESELLER_ADMIN is like ADMIN for reading only (D25)."""

_KEEPERS_READ = (_OWN, _OWN, _OWN_AND_BELOW, _ALL, _ALL)
"""From MANAGER up, for reading."""

_NOBODY_UP_TO_OWNER = (_NOBODY, _NOBODY, _NOBODY, _NOBODY, _NOBODY)
"""NO_LOGIN up to OWNER, for actions that need customers below one's own."""

RULES: dict[Action, Rule] = {
    Action.READ_STATISTICS: _levels(_NOBODY, _NOBODY, *_READERS),
    Action.READ_CALLS: _levels(_NOBODY, _OWN_ROWS, *_READERS),
    Action.READ_LATEST_CALLS: _levels(_NOBODY, _SELF_IN_PART, _SELF_IN_PART, *_KEEPERS_READ, with_self=True),
    Action.LIST_CUSTOMERS: _levels(*_NOBODY_UP_TO_OWNER, _OWN_AND_BELOW, _ALL, _ALL),
    Action.READ_CUSTOMER: _levels(_NOBODY, _NOBODY, *_READERS),
    Action.READ_CUSTOMER_NAME: _levels(_NOBODY, _OWN, *_READERS),
    Action.CREATE_CUSTOMER: _levels(*_NOBODY_UP_TO_OWNER, _OWN_AND_BELOW, _OWN_AND_BELOW, _ALL),
    Action.CHANGE_CUSTOMER: _levels(_NOBODY, _NOBODY, _NOBODY, *_KEEPERS),
    Action.LIST_EMPLOYEES: _levels(_NOBODY, _OWN_ROWS, *_READERS),
    Action.READ_EMPLOYEE: _levels(_NOBODY, _SELF, *_READERS, with_self=True),
    Action.CREATE_EMPLOYEE: _levels(_NOBODY, _NOBODY, _NOBODY, *_KEEPERS),
    Action.CHANGE_EMPLOYEE: _levels(_NOBODY, _SELF_IN_PART, _SELF_IN_PART, *_KEEPERS, with_self=True),
    Action.DELETE_EMPLOYEE: _levels(_NOBODY, _NOBODY, _NOBODY, *_KEEPERS),
    Action.LIST_EXTENSIONS: _levels(_NOBODY, _OWN_ROWS, *_READERS),
    Action.READ_EXTENSION: _levels(_NOBODY, _COLLEAGUES_IN_PART, *_READERS, with_self=True),
    Action.CREATE_EXTENSION: _levels(_NOBODY, _NOBODY, _NOBODY, *_KEEPERS),
    Action.CHANGE_EXTENSION: _levels(_NOBODY, _NOBODY, _NOBODY, *_KEEPERS, with_self=True),
    Action.DELETE_EXTENSION: _levels(_NOBODY, _NOBODY, _NOBODY, *_KEEPERS, with_self=True),
    Action.LIST_UNKNOWN: _levels(_NOBODY, _NOBODY, *_READERS),
    Action.USE_SESSION: _levels(_NOBODY, *[_SELF] * 7),
    Action.IMPERSONATE: _levels(*_NOBODY_UP_TO_OWNER, _BELOW, _ALL, _ALL, with_self=True),
    Action.KEEP_TOKENS: _levels(_NOBODY, _SELF, _SELF, *_KEEPERS, with_self=True),
    Action.END_SESSIONS: _levels(_NOBODY, _SELF, _SELF, *_KEEPERS, with_self=True),
    Action.RESET_AUTHENTICATOR: _levels(_NOBODY, _NOBODY, _NOBODY, *_KEEPERS, with_self=True),
    Action.RESET_PASSWORD: _levels(_NOBODY, _NOBODY, _NOBODY, *_KEEPERS, with_self=True),
    Action.READ_SECURITY: _levels(_NOBODY, _NOBODY, *_READERS),
    Action.CHANGE_SECURITY: _levels(_NOBODY, _NOBODY, _NOBODY, *_KEEPERS),
    Action.READ_INTAKE: _levels(_NOBODY, _NOBODY, _NOBODY, *_KEEPERS_READ),
    Action.CHANGE_INTAKE: _levels(_NOBODY, _NOBODY, _NOBODY, _NOBODY, _OWN, _OWN_AND_BELOW, _OWN_AND_BELOW, _ALL),
    Action.SHARE_WALLBOARD: _levels(_NOBODY, _NOBODY, _NOBODY, *_KEEPERS),
    Action.KEEP_SWITCHES: _levels(*_NOBODY_UP_TO_OWNER, _NOBODY, _NOBODY, _ALL),
    Action.READ_AUDIT: _levels(_NOBODY, _NOBODY, _NOBODY, _NOBODY, _OWN, _OWN_AND_BELOW, _ALL, _ALL),
}
"""Who may do what to whose things; no entry is a refusal, and `decision_of` says which."""

_SEEN_BY = {
    **dict.fromkeys(
        (Action.LIST_CUSTOMERS, Action.READ_CUSTOMER, Action.CREATE_CUSTOMER, Action.CHANGE_CUSTOMER),
        Action.READ_CUSTOMER_NAME,
    ),
    **dict.fromkeys(
        (Action.READ_EXTENSION, Action.CHANGE_EXTENSION, Action.DELETE_EXTENSION, Action.READ_LATEST_CALLS),
        Action.READ_EXTENSION,
    ),
    **dict.fromkeys(
        (
            Action.READ_EMPLOYEE,
            Action.CHANGE_EMPLOYEE,
            Action.DELETE_EMPLOYEE,
            Action.IMPERSONATE,
            Action.KEEP_TOKENS,
            Action.END_SESSIONS,
            Action.RESET_AUTHENTICATOR,
            Action.RESET_PASSWORD,
        ),
        Action.READ_EMPLOYEE,
    ),
}
"""For an action, the one that decides whether somebody sees what they may not touch; by default READ_CUSTOMER_NAME."""


ALWAYS_DENIED = (Action.READ_STATISTICS, Action.READ_CALLS)
"""Actions that answer 403 for a customer that may not be seen, and for one that does not exist (D22)."""


def decision_of(action: Action, level: AccessLevel, relation: Relation) -> Decision:
    """The table's answer, or 403 or 404 where it has none.

    Somebody who may do it to nobody at all gets 403; so does everybody for the actions of ALWAYS_DENIED (D22).
    """
    rule = RULES[action][level]
    if relation in rule:
        return rule[relation]
    if not rule or action in ALWAYS_DENIED:
        return Decision.DENIED
    seen = RULES[_SEEN_BY.get(action, Action.READ_CUSTOMER_NAME)][level]
    return Decision.DENIED if relation in seen else Decision.NOT_FOUND


def relation(
    employee: Employee, customer: str, parents: Mapping[str, str | None], *, is_self: bool = False
) -> Relation:
    """How a thing of `customer` relates to `employee`; `parents` maps every customer to its reseller.

    What is their own stays so while they count as one of another reseller's.
    """
    if is_self:
        return Relation.SELF
    if customer == employee.customer:
        return Relation.OWN
    return Relation.BELOW if stands_below(customer, employee.customer, parents) else Relation.FOREIGN


def stands_below(customer: str, reseller: str, parents: Mapping[str, str | None]) -> bool:
    """Whether `reseller` is above `customer`, at any distance; it ends even if the chain of resellers is a cycle."""
    seen: set[str] = set()
    above = parents.get(customer)
    while above is not None and above not in seen:
        if above == reseller:
            return True
        seen.add(above)
        above = parents.get(above)
    return False


def require_level(action: Action, employee: Employee) -> None:
    """Raise if the employee's level may do this to nobody at all."""
    if not RULES[action][employee.access_level]:
        raise AccessDeniedError


def allowed(
    action: Action,
    employee: Employee,
    customer: str | None,
    parents: Mapping[str, str | None],
    *,
    is_self: bool = False,
    word: str = "id",
) -> Decision:
    """Return ALLOW or OWN_ROWS, or raise: 403, or 404 with the word of what was named.

    `customer` owns the thing; None if there is no such thing, which is answered like one that may not be seen.
    """
    if customer is None or customer not in parents:
        decision = decision_of(action, employee.access_level, Relation.FOREIGN)
        if decision not in (Decision.DENIED, Decision.NOT_FOUND):
            decision = Decision.DENIED if action in ALWAYS_DENIED else Decision.NOT_FOUND
    else:
        decision = decision_of(action, employee.access_level, relation(employee, customer, parents, is_self=is_self))
    if decision is Decision.DENIED:
        raise AccessDeniedError
    if decision is Decision.NOT_FOUND:
        raise UnknownError(word)
    return decision


def require(
    action: Action, employee: Employee, customer: Customer | None, parents: Mapping[str, str | None], word: str = "id"
) -> Customer:
    """Return the customer if the employee may, else raise; for a customer that does not exist as well (D22)."""
    allowed(action, employee, customer.id if customer else None, parents, word=word)
    assert customer is not None
    return customer


def require_rank(employee: Employee, level: AccessLevel) -> None:
    """Raise if `level` is above the employee's own: they may neither grant it nor touch anybody who has it."""
    if level > employee.access_level:
        raise AccessDeniedError

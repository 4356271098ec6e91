"""Who did what to whom, when and from where: lines that are only ever added.

Every line belongs to the customer it happened to, and the customer's OWNER may read it. A line names people and things
by their ids. In its free text every token is cut short, and of a longer run of digits, which may be an outside number,
only the last four are left.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

DETAIL_CHARACTERS = 256


class Action(StrEnum):
    """What is written down when it is done."""

    LOGGED_IN = "LOGGED_IN"
    LOGIN_FAILED = "LOGIN_FAILED"
    LOGGED_OUT = "LOGGED_OUT"
    IMPERSONATED = "IMPERSONATED"
    COUNTED_AS = "COUNTED_AS"
    PASSWORD_SET = "PASSWORD_SET"  # noqa: S105 - a word, no password
    RESET_ASKED = "RESET_ASKED"
    AUTHENTICATOR_SET = "AUTHENTICATOR_SET"
    AUTHENTICATOR_RESET = "AUTHENTICATOR_RESET"
    TOKEN_MADE = "TOKEN_MADE"  # noqa: S105
    TOKEN_DELETED = "TOKEN_DELETED"  # noqa: S105
    TOKENS_CLEARED = "TOKENS_CLEARED"
    SECURITY_SET = "SECURITY_SET"
    CREATED = "CREATED"
    CHANGED = "CHANGED"
    DELETED = "DELETED"
    EXPORTED = "EXPORTED"


SENTENCES: dict[Action, str] = {
    Action.LOGGED_IN: "Signed in; the detail says so if it was not with a password.",
    Action.LOGIN_FAILED: "Somebody had the right password of the subject, and a wrong code.",
    Action.LOGGED_OUT: "Ended all sessions of the subject by signing out.",
    Action.IMPERSONATED: "Signed in as the subject, without the subject's password.",
    Action.COUNTED_AS: "Counts from now on as one of the reseller that the detail names.",
    Action.PASSWORD_SET: "Set a new password of the subject.",
    Action.RESET_ASKED: "A link to set a new password was made for the subject.",
    Action.AUTHENTICATOR_SET: "Set up an authenticator app for the subject.",
    Action.AUTHENTICATOR_RESET: "Took the authenticator app of the subject away; the next login asks for a new one.",
    Action.TOKEN_MADE: "Made a machine token of the subject.",
    Action.TOKEN_DELETED: "Deleted a machine token of the subject.",
    Action.TOKENS_CLEARED: "Ended the sessions of the subject, or all its tokens.",
    Action.SECURITY_SET: "Changed what employees need beside their password.",
    Action.CREATED: "Made the subject.",
    Action.CHANGED: "Changed the subject; the detail names the members.",
    Action.DELETED: "Deleted the subject.",
    Action.EXPORTED: "Downloaded data; the detail says which.",
}
"""Every action, in words for people."""


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One line; `actor` and `subject` are ids, `actor` None where nobody was signed in: a failed login, a command."""

    at_ms: int
    customer: str
    actor: str | None
    action: Action
    subject: str | None
    detail: str | None
    address: str | None


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which lines are asked for: by `person`, as actor or subject, by action, by time, half open."""

    person: str | None = None
    action: Action | None = None
    since_ms: int | None = None
    until_ms: int | None = None


EVERYTHING = AuditFilter()


class KeepsAudit(Protocol):
    """A store, or a change of one, that lines can be added to."""

    def keep_audit(self, line: AuditLine) -> None:
        """Add a line."""
        ...


class ReadsAudit(Protocol):
    """A store whose lines can be read."""

    def audit(
        self, customer_id: str, offset: int, limit: int, filter_by: AuditFilter = EVERYTHING
    ) -> tuple[int, list[AuditLine]]:
        """How many such lines a customer has, and the asked page of them, newest first."""
        ...


def record(
    store: KeepsAudit,
    actor: str | None,
    customer: str,
    action: Action,
    subject: str | None,
    address: str | None,
    now_ms: int,
    detail: str | None = None,
) -> None:
    """Write down that `actor` did something to `subject`, which belongs to `customer`."""
    text = without_secrets(detail)[:DETAIL_CHARACTERS] if detail else None
    store.keep_audit(AuditLine(now_ms, customer, actor, action, subject, text, address))


def without_secrets(text: str) -> str:
    """The text with tokens cut short and longer runs of digits masked; ids and dates stay."""
    return _PARTS.sub(_shown, text)


CREDENTIAL = r"(?P<token>pbx[a-z]_[0-9a-fA-F]{0,6})\w*"
"""A token or a key of ours in a text; the group is as much of it as may be shown."""

_PARTS = re.compile(rf"(?P<id>\b[0-9a-f]{{24}}\b)|{CREDENTIAL}|(?P<number>\+?\d(?:[ ()/.]?\d){{5,}})")


def _shown(found: re.Match[str]) -> str:
    if found["id"]:
        return found["id"]
    if found["token"]:
        return f"{found['token']}…"
    return "…" + "".join(sign for sign in found["number"] if sign.isdigit())[-4:]

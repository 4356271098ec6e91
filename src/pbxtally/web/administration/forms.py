"""Forms: what a desk's members are called on a page, what was typed, and what was wrong, beside its field.

A form carries what it showed, in the field `was`: only what somebody changed is sent to the desk, so that two people
who change different members of one object do not undo each other's work. The desks' errors are shown as they are,
without the members' names that programs need.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import parse_qs

from fastapi import Depends

from pbxtally.directory.members import CUSTOMER, EMPLOYEE, EXTENSION, USERNAME_CHARACTERS
from pbxtally.errors import BadRequestError, InvalidFieldError, PbxTallyError, RefusedFieldError
from pbxtally.web.body import read_body

Body = Annotated[bytes, Depends(read_body)]

Choices = Sequence[tuple[str, str]]
"""Values with their words."""

NUMBER_TAKEN = "Another extension has this number"
"""In place of an import's error about overlapping assignments."""

MOST_FIELDS = 50


@dataclass(frozen=True, slots=True)
class Field:
    """A member as a form asks for it.

    `kind`: text, email, tel, tick, choice, long or list (a text with proposals). `must`: it cannot be empty; any other
    that is left empty is null.
    """

    name: str
    word: str
    kind: str = "text"
    must: bool = False
    hint: str = ""

    def member(self, typed: Mapping[str, str]) -> Any:
        """What the desk is given for what was typed."""
        if self.kind == "tick":
            return self.name in typed
        text = typed.get(self.name, "").replace("\r\n", "\n").strip()
        return text if text or self.must else None


@dataclass(frozen=True, slots=True)
class Filled:
    """A field with its content, its choices, and what is wrong with it."""

    field: Field
    value: Any
    choices: Choices = ()
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """A whole form; `trouble` is what is wrong with no particular field."""

    fields: Sequence[Filled]
    was: str = ""
    trouble: str = ""


def typed_in(body: bytes) -> dict[str, str]:
    """The fields of a form."""
    try:
        fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        raise BadRequestError("The form could not be read") from None
    return {name: values[0] for name, values in fields.items()}


def form_of(
    fields: Sequence[Field],
    shown: Mapping[str, Any],
    choices: Mapping[str, Choices] | None = None,
    typed: Mapping[str, str] | None = None,
    why: PbxTallyError | None = None,
) -> Form:
    """The form of an object as the desk shows it; after a mistake, with what was `typed` and `why` it is wrong."""
    values = shown if typed is None else {one.name: one.member(typed) for one in fields}
    named = why.word if why and why.word in {one.name for one in fields} else ""
    filled = [
        Filled(
            one,
            values.get(one.name),
            (choices or {}).get(one.name, ()),
            plain(why) if why and one.name == named else "",
        )
        for one in fields
    ]
    was = json.dumps({one.name: _plain_value(one, shown) for one in fields}) if typed is None else typed.get("was", "")
    return Form(filled, was, plain(why) if why and not named else "")


def _plain_value(one: Field, shown: Mapping[str, Any]) -> Any:
    return bool(shown.get(one.name)) if one.kind == "tick" else shown.get(one.name)


def members_of(fields: Sequence[Field], typed: Mapping[str, str]) -> dict[str, Any]:
    """The members that somebody changed in a form."""
    try:
        was = json.loads(typed.get("was") or "{}")
    except (ValueError, RecursionError):
        was = {}
    was = was if isinstance(was, dict) else {}
    given = {one.name: one.member(typed) for one in fields if one.name in typed or one.name in was}
    return {name: value for name, value in given.items() if name not in was or was[name] != value}


Mistake = (InvalidFieldError, RefusedFieldError)
"""What a person can correct in the form."""


def plain(why: PbxTallyError) -> str:
    """What was wrong, for people: without the member's name, which the field beside it has."""
    before, dash, rest = why.description.partition(" - ")
    if before.endswith("at the same time"):
        return NUMBER_TAKEN
    name = why.word.rpartition(" ")[2]
    text = rest if dash and before in (f"Invalid {name}", f"Missing {name}") else why.description
    return text[:1].upper() + text[1:]


def sentences_of(fields: Iterable[Field]) -> Iterable[str]:
    """The words and hints of fields, for translators."""
    for one in fields:
        yield one.word
        if one.hint:
            yield one.hint


def complaints(fields: Iterable[Field]) -> Iterable[str]:
    """What may be wrong with forms, as `plain` says it."""
    expected = {name: one.expected for table in (CUSTOMER, EMPLOYEE, EXTENSION) for name, one in table.items()}
    yield from (f"Use {expected[one.name]}" for one in fields if one.kind in TYPED and one.name in expected)
    yield from COMPLAINTS


TYPED = ("text", "email", "tel", "list", "long")
"""Kinds of fields that can hold anything."""

COMPLAINTS = (
    "Another employee already signs in with this address",
    f"With noEmail, use a user name of at least {USERNAME_CHARACTERS} characters",
    "Needed for smsValidation",
    "This server does not send SMS codes - leave it out, or set it to false",
    "A reseller cannot be above itself",
    "This customer is not a reseller - set its isReseller first",
    "Enter the number as the PBX writes it",
    "Enter a name or choose an employee",
    NUMBER_TAKEN,
    "Use a date-time in the future",
    "Use IP addresses or networks, separated by commas",
    "This password is one of the 30,000 most often guessed - choose another",
    "Tokens are not allowed for administrators",
)
"""What else the desks refuse, in words for people."""

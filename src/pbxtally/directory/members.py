"""An imported document, taken apart: which members its objects may have, and what may stand in them.

Whatever does not fit raises an InvalidFieldError whose word is the place, such as `extensions[3].number`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any
from zoneinfo import ZoneInfo

from pbxtally.errors import BadRequestError, InvalidFieldError
from pbxtally.hours import WorkingHours, parse_place
from pbxtally.people import LANGUAGE, AccessLevel, CustomerState, EmployeeState, parse_id
from pbxtally.reader import find_zone, parse_moment


@dataclass(frozen=True, slots=True)
class _Member:
    """A member that needs no other: where it is kept, how it is read (ValueError if it is wrong), what fits."""

    attribute: str
    read: Callable[[Any], Any]
    expected: str
    may_be_null: bool = False


def _text(value: Any, most: int = 256, also: str = "") -> str:
    """A name: composed characters, no surrounding blanks, nothing unprintable except what is `also` allowed."""
    if not isinstance(value, str):
        raise ValueError
    text = unicodedata.normalize("NFC", value).strip()
    if not 1 <= len(text) <= most:
        raise ValueError
    if any(unicodedata.category(sign) in ("Cc", "Cs") for sign in text if sign not in also):
        raise ValueError
    return text


def _number(value: Any) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= 64 or not value.isprintable() or " " in value:
        raise ValueError
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError
    return value


def _id(value: Any) -> str:
    found = parse_id(value)
    if found is None:
        raise ValueError
    return found


def _zone_name(value: Any) -> str:
    if find_zone(value) is None:
        raise ValueError
    return str(value)


def _language(value: Any) -> str:
    if not isinstance(value, str) or not LANGUAGE.fullmatch(value):
        raise ValueError
    return value


def _level(value: Any) -> AccessLevel:
    word = value.upper() if isinstance(value, str) else ""
    if word == "MANAGE":
        return AccessLevel.MANAGER
    if word not in AccessLevel.__members__:
        raise ValueError
    return AccessLevel[word]


def _state(value: Any) -> EmployeeState:
    return EmployeeState(value.upper() if isinstance(value, str) else value)


def _customer_state(value: Any) -> CustomerState:
    return CustomerState(value.upper() if isinstance(value, str) else value)


def _phone_number(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"\+?[0-9][0-9 ]{1,30}", value):
        raise ValueError
    return value


def _sms_number(value: Any) -> str:
    """A number as every gateway accepts it: E.164, without the blanks that people write."""
    digits = value.replace(" ", "") if isinstance(value, str) else ""
    if not re.fullmatch(r"\+[1-9][0-9]{6,14}", digits):
        raise ValueError
    return digits


def _ids(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > 100:
        raise ValueError
    return tuple(dict.fromkeys(map(_id, value)))


def _devices(value: Any) -> tuple[str, ...]:
    """Names of devices, exactly as a PBX writes them and as `load` takes them."""
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise ValueError
    "".join(value).encode()  # half a surrogate pair raises a ValueError as well
    return tuple(value)


def _words(value: Any) -> str:
    """A text of any length, lines included."""
    if not isinstance(value, str) or not value:
        raise ValueError
    return value


def _working_hours(value: Any) -> WorkingHours:
    if not isinstance(value, dict):
        raise ValueError
    return WorkingHours.read(value)


def _notes(value: Any) -> str:
    return _text(value, 4096, "\n\t")


def _addresses(value: Any) -> str:
    """Addresses and networks, separated by commas."""
    parts = [one.strip() for one in _text(value).split(",")]
    for one in parts:
        ip_network(one, strict=False)
    return ",".join(parts)


AN_ID = "an id of 24 hexadecimal digits"
A_TEXT = "text of 1 to 256 characters"
A_NUMBER = "text of 1 to 64 characters without spaces"
A_LANGUAGE = "a language code such as da"
A_ZONE = "an IANA name such as Europe/Copenhagen"

USERNAME_CHARACTERS = 8
"""The fewest characters of a user name that is no e-mail address."""

CUSTOMER = {
    "name": _Member("name", _text, A_TEXT),
    "parentReseller": _Member("parent_reseller", _id, AN_ID, may_be_null=True),
    "isReseller": _Member("is_reseller", _flag, "true or false"),
    "timezone": _Member("timezone", _zone_name, A_ZONE, may_be_null=True),
    "language": _Member("language", _language, A_LANGUAGE, may_be_null=True),
    "state": _Member("state", _customer_state, f"one of {', '.join(CustomerState.__members__)}"),
    "phoneNumber": _Member("phone_number", _phone_number, "digits, with or without a leading +", may_be_null=True),
    "emailAddress": _Member("email_address", _text, A_TEXT, may_be_null=True),
    "website": _Member("website", _text, A_TEXT, may_be_null=True),
    "workingHours": _Member(
        "working_hours", _working_hours, 'an object such as {"monday": "08:00-12:00, 12:30-16:00"}', may_be_null=True
    ),
    "holidays": _Member("holidays", parse_place, "a country such as DK, a region such as DE-BY, or NONE", True),
    "notes": _Member("notes", _notes, "text of 1 to 4096 characters", may_be_null=True),
}
EMPLOYEE = {
    "name": _Member("name", _text, A_TEXT),
    "accessLevel": _Member("access_level", _level, f"one of {', '.join(AccessLevel.__members__)}"),
    "state": _Member("state", _state, f"one of {', '.join(EmployeeState.__members__)}"),
    "emailAddress": _Member("email_address", _text, A_TEXT, may_be_null=True),
    "noEmail": _Member("no_email", _flag, "true or false"),
    "smsValidation": _Member("sms_validation", _flag, "true or false"),
    "smsNumber": _Member("sms_number", _sms_number, "a number with + and the country code", may_be_null=True),
    "organizationResellers": _Member("organization_resellers", _ids, "an array of ids of customers"),
    "title": _Member("title", _text, A_TEXT, may_be_null=True),
    "department": _Member("department", _text, A_TEXT, may_be_null=True),
    "language": _Member("language", _language, A_LANGUAGE, may_be_null=True),
    "ipRestriction": _Member(
        "ip_restriction", _addresses, "IP addresses or networks, separated by commas", may_be_null=True
    ),
}
RENAMING = {
    "department": _Member("before", _text, A_TEXT),
    "name": _Member("now", _text, A_TEXT),
    "together": _Member("together", _flag, "true or false", may_be_null=True),
}
"""What is said about a department to rename."""
EXTENSION = {
    "number": _Member("number", _number, A_NUMBER),
    "name": _Member("name", _text, A_TEXT, may_be_null=True),
}
SECTIONS = {
    "customers": ("_id", *CUSTOMER),
    "employees": ("_id", "customer", *EMPLOYEE),
    "extensions": ("_id", "customer", *EXTENSION, "employee", "assignments"),
}
STRETCH = {"number": _Member("number", _number, A_NUMBER, may_be_null=True)}
STRETCH_MEMBERS = ("employee", *STRETCH, "since", "until")
SOURCE = {
    "timezone": _Member("timezone", _zone_name, A_ZONE, may_be_null=True),
    "trunks": _Member("trunks", _devices, "an array of the names of devices"),
    "extensions": _Member("extensions", _words, "a regular expression for names of devices", may_be_null=True),
    "layout": _Member("layout", _words, "text: what the records do not say about their layout", may_be_null=True),
}
"""What is remembered about a customer's source."""
SOURCE_MEMBERS = ("customer", "source", *SOURCE)
SWITCH = {
    "source": _Member("source", _text, "a source that `./run sources` lists"),
    "word": _Member("word", _text, "which word of its records names the customer, such as domain"),
    **SOURCE,
    "extensions": _Member("extensions", _words, "a regular expression; {tenant} stands for the word", may_be_null=True),
}
"""What is said about a hosted switch. The desk of switches knows which of it fits together."""
SWITCH_MEMBERS = ("name", *SWITCH, "words")


class Item:
    """One object of the document and its place; nothing is checked until its turn comes."""

    def __init__(self, place: str, value: object, known: Collection[str]) -> None:
        self.place = place
        self.members: dict[str, Any] = value if isinstance(value, dict) else {}
        self._is_object = isinstance(value, dict)
        self._known = known

    def refuse_unknown_members(self) -> None:
        """Refuse what is no object, or has a member we do not know."""
        if not self._is_object:
            raise InvalidFieldError(self.place, f"Invalid {self.place} - use an object")
        for name in self.members:
            if name not in self._known:
                raise self.wrong(name, f"Unknown member - use {', '.join(self._known)}")

    def wrong(self, name: str, description: str) -> InvalidFieldError:
        """The error about a member."""
        return InvalidFieldError(self.inside(name), description)

    def inside(self, name: str) -> str:
        """The place of a member; a single object has no place of its own."""
        return f"{self.place}.{name}" if self.place else name

    def read(self, table: Mapping[str, _Member], required: Sequence[str] = ()) -> dict[str, Any]:
        """The values of the members that are given, by attribute."""
        for name in required:
            if name not in self.members:
                raise self.wrong(name, f"Missing {name} - use {table[name].expected}")
        return {member.attribute: self._value(name, member) for name, member in table.items() if name in self.members}

    def _value(self, name: str, member: _Member) -> Any:
        value = self.members[name]
        if value is None and member.may_be_null:
            return None
        try:
            return member.read(value)
        except ValueError:
            raise self.wrong(name, f"Invalid {name} - use {member.expected}") from None

    def id(self, name: str) -> str | None:
        """The id under a name; None: not given, or null."""
        found: str | None = self.read({name: _Member(name, _id, AN_ID, may_be_null=True)}).get(name)
        return found

    def moment(self, name: str, zone: ZoneInfo, default: int) -> int:
        """The instant under a name; a day means its first instant. The default if it is not given, or null."""
        value = self.members.get(name)
        if value is None:
            return default
        try:
            return parse_moment(value, zone)[0]
        except InvalidFieldError:
            raise self.wrong(name, f"Invalid {name} - use an ISO 8601 date-time or epoch milliseconds") from None


def sections(document: object) -> Iterator[list[Item]]:
    """The objects of each section, in the order of `SECTIONS`, with nothing in them checked yet."""
    if not isinstance(document, dict):
        raise BadRequestError(f"Not a JSON object - use {{{', '.join(SECTIONS)}}}, each an array of objects")
    for name in document:
        if name not in SECTIONS:
            raise InvalidFieldError(str(name), f"Unknown member - use {', '.join(SECTIONS)}")
    for name, members in SECTIONS.items():
        values = document.get(name)
        if values is not None and not isinstance(values, list):
            raise InvalidFieldError(name, f"Invalid {name} - use an array of objects")
        yield [Item(f"{name}[{index}]", value, members) for index, value in enumerate(values or [])]


def ids_in(items: Iterable[Item], name: str) -> set[str]:
    """The well-formed ids under a name; the others are refused when their turn comes."""
    found = (parse_id(item.members.get(name)) for item in items)
    return {one for one in found if one is not None}


def items_of(document: Mapping[str, Any], section: str, known: Collection[str]) -> list[Item]:
    """The objects in a section of a document, each with its place; raises InvalidFieldError if it is no array."""
    values = document.get(section) or []
    if not isinstance(values, list):
        raise InvalidFieldError(section, f"Invalid {section} - use an array of objects")
    return [Item(f"{section}[{index}]", value, known) for index, value in enumerate(values)]


def customers_in(document: Mapping[str, Any]) -> set[str]:
    """The well-formed ids of the customers in a document."""
    named = document.get("customers")
    return ids_in([Item("", one, CUSTOMER) for one in named] if isinstance(named, list) else [], "_id")

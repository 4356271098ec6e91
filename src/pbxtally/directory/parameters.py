"""The query parameters of a list: from where, how many, which; a wrong or unknown one is an error with its name."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from pbxtally.errors import InvalidFieldError
from pbxtally.reader import FARTHEST, LONGEST_FILTER, read_id

_Shown = TypeVar("_Shown")
_FLAGS = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True, slots=True)
class Listing:
    """One kind of list: its plural name, how many come by default and at most, its sorts (the default first).

    `flags` and `ids` are the parameters it takes beside offset, limit and filter.
    """

    name: str
    default: int
    most: int
    sorts: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()

    @property
    def parameters(self) -> tuple[str, ...]:
        """Every parameter by name."""
        return ("offset", "limit", "filter", *(("sort",) if self.sorts else ()), *self.flags, *self.ids)


CUSTOMERS = Listing(
    "customers",
    100,
    500,
    flags=("includeDeleted", "full", "all", "includeSubresellers", "resellers"),
    ids=("parentReseller", "customerIds"),
)
RESELLERS = Listing("resellers", 100, 500)
EMPLOYEES = Listing("employees", 100, 500, flags=("includeDeleted", "full", "includeMvnoAccounts"), ids=("customer",))
DEPARTMENTS = Listing("departments", 100, 500, ids=("customer",))
EXTENSIONS = Listing(
    "extensions",
    50,
    1000,
    sorts=("name", "number", "employee"),
    flags=("full", "expandGoto", "includePhones"),
    ids=("customer", "employee"),
)
UNKNOWN = Listing("extensions", 50, 1000, ids=("customer",))

MANY = frozenset({"customerIds"})
"""Parameters that may be repeated."""

SENTENCES = {
    "offset": "How many to leave out at the beginning.",
    "limit": "How many to give.",
    "filter": "Only those that have this text in a name, a number or an e-mail address.",
    "sort": "What to sort by.",
    "full": "Whole objects.",
    "includeDeleted": "Deleted ones, too.",
    "all": "Those of all resellers; only for who may see them.",
    "includeSubresellers": "Those below resellers below, too.",
    "resellers": "Only resellers.",
    "parentReseller": "Those of this reseller; your own customer by default.",
    "customerIds": "Only these; may be repeated.",
    "customer": "Of which customer; your own by default.",
    "employee": "Only those that this employee holds.",
    "includeMvnoAccounts": "Taken for the vendor's clients; there are none here to include.",
    "expandGoto": "Taken for the vendor's clients; there are none here to expand.",
    "includePhones": "Taken for the vendor's clients; there are none here to include.",
}
"""Every parameter, for people."""


@dataclass(frozen=True, slots=True)
class ListRequest:
    """A request for a list, checked."""

    listing: Listing
    offset: int
    limit: int
    filter: str
    sort: str
    flags: frozenset[str]
    ids: Mapping[str, tuple[str, ...]]

    def id(self, name: str) -> str | None:
        """The id under a name, if one was given."""
        return next(iter(self.ids.get(name, ())), None)

    def fits(self, *texts: str | None) -> bool:
        """Whether the filter occurs in one of the texts, in any case."""
        return any(self.filter in (text or "").casefold() for text in texts)

    def page(self, found: Sequence[_Shown]) -> tuple[int, Sequence[_Shown]]:
        """How many there are in all, and those of the page."""
        return len(found), found[self.offset : self.offset + self.limit]

    def answer(self, total: int, shown: Sequence[Any]) -> dict[str, Any]:
        """The list as the API has it."""
        return {"offset": self.offset, "limit": self.limit, "total": total, self.listing.name: list(shown)}


def read_list_request(listing: Listing, given: Mapping[str, Sequence[str]]) -> ListRequest:
    """Read the parameters; raises 422 with the name of the first wrong one, unknown ones last (D20)."""
    one = {name: values[-1] for name, values in given.items() if name not in MANY}
    asked = ListRequest(
        listing,
        _number("offset", one, 0, 0, FARTHEST),
        _number("limit", one, listing.default, 1, listing.most),
        _filter(one.get("filter", "")),
        _choice("sort", one.get("sort"), listing.sorts),
        frozenset(name for name in listing.flags if flag(name, one.get(name))),
        {name: tuple(read_id(name, value) for value in given[name] if value) for name in listing.ids if name in given},
    )
    refuse_unknown(given, listing.parameters)
    return asked


def refuse_unknown(given: Collection[str], known: Sequence[str]) -> None:
    """Raise for a parameter that is unknown here: a typo must not silently widen an answer."""
    for name in given:
        if name not in known:
            raise InvalidFieldError(name, "Unknown parameter - use {choices}", choices=", ".join(known) or "none")


def flag(name: str, text: str | None) -> bool:
    """A boolean query parameter."""
    if not text:
        return False
    if text.lower() not in _FLAGS:
        raise InvalidFieldError(name, "Invalid {name} - use true or false", name=name)
    return _FLAGS[text.lower()]


def _number(name: str, given: Mapping[str, str], default: int, least: int, most: int) -> int:
    text = given.get(name) or str(default)
    if not text.isascii() or not text.isdecimal() or len(text) > 10 or not least <= int(text) <= most:
        sentence = "Invalid {name} - use a whole number from {least} to {most}"
        raise InvalidFieldError(name, sentence, name=name, least=least, most=most)
    return int(text)


def _filter(text: str) -> str:
    if len(text) > LONGEST_FILTER:
        raise InvalidFieldError("filter", "Invalid filter - use at most {most} characters", most=LONGEST_FILTER)
    return text.casefold()


def _choice(name: str, value: str | None, known: tuple[str, ...]) -> str:
    if not value or not known:
        return known[0] if known else ""
    if value not in known:
        raise InvalidFieldError(name, "Invalid {name} - use {choices}", name=name, choices=", ".join(known))
    return value

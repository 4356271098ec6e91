"""Which column a table is sorted by, as the address says, and where its headings lead to sort by another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pbxtally.errors import InvalidFieldError
from pbxtally.fields import SORTS
from pbxtally.measures import MEASURES
from pbxtally.web.table import Sort
from pbxtally.web.view import View


@dataclass(frozen=True, slots=True)
class Order:
    """The column that the rows are sorted by, and whether its largest figure comes first."""

    by: str
    is_descending: bool


def read_order(view: View, usual: str = "extensionNumber", words: Sequence[str] = SORTS) -> Order:
    """What `sort` says: one of the columns in `words` or a measure; with a minus in front, largest first."""
    given = str(view.given.get("sort", usual))
    by = given.removeprefix("-")
    if by not in words and by not in MEASURES:
        raise InvalidFieldError("sort", "Invalid sort - use {choices} or a measure", choices=", ".join(words))
    return Order(by, given != by)


def sorts_of(view: View, names: Sequence[str], order: Order, words: Sequence[str] = SORTS) -> Mapping[str, Sort]:
    """Where the headings lead: figures largest first, words in ascending order; a second click reverses it."""
    found = {}
    for name in (*words, *names):
        is_descending = name not in words if order.by != name else not order.is_descending
        now = "" if order.by != name else "descending" if order.is_descending else "ascending"
        found[name] = Sort(view.to(sort=f"-{name}" if is_descending else name, page=None), now)
    return found

"""A list of missed calls: which are asked for, checked, and what is said about each.

The request is that of the statistics, with the members below; `missed.py` has the rule for what is missed and returned.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pbxtally.figure import FIGURE_MEMBERS
from pbxtally.missed import RETURNED, Sequel
from pbxtally.query import MEMBERS, Asker, Member, StatsQuery, parse_query
from pbxtally.reader import FARTHEST, Reader, refuse_unknown
from pbxtally.report import Holder

LIST_MEMBERS: dict[str, Member] = {
    "returned": Member(
        "Only calls that are returned, or only those that are not yet; both by default.", {"type": "boolean"}
    ),
    "offset": FIGURE_MEMBERS["offset"],
    "limit": FIGURE_MEMBERS["limit"],
}
"""What a request for missed calls may hold besides the members of statistics."""

ALL_MEMBERS = {**MEMBERS, **LIST_MEMBERS}


@dataclass(frozen=True, slots=True)
class MissedListQuery:
    """Which missed calls are listed, of those that `stats` looks at; None: all."""

    stats: StatsQuery
    returned: bool | None
    offset: int = 0
    limit: int | None = None

    @property
    def sequels(self) -> frozenset[Sequel]:
        """The sequels that the calls asked for may have."""
        if self.returned is None:
            return frozenset(Sequel)
        return RETURNED if self.returned else frozenset(Sequel) - RETURNED


def parse_missed(members: Mapping[str, Any], asker: Asker, *, as_text: bool = False) -> MissedListQuery:
    """Check the members of a request; those of statistics first, then ours, unknown ones last (D20)."""
    stats = parse_query({name: value for name, value in members.items() if name in MEMBERS}, asker, as_text=as_text)
    read = Reader(members, as_text)
    returned = read.flag("returned") if "returned" in read.given else None
    offset = read.whole("offset", 0, 0, FARTHEST)
    limit = read.whole("limit", 1, 1, FARTHEST) if "limit" in read.given else None
    refuse_unknown(members, ALL_MEMBERS)
    return MissedListQuery(stats, returned, offset, limit)


@dataclass(frozen=True, slots=True)
class MissedCall:
    """A call that was missed by some extensions; `call` is the PBX's id.

    `followed_ms`: when the first talk after it came, or else the first try; `follower`: who at the customer talked.
    """

    call: str
    started_ms: int
    number: str
    name: str
    missed_by: tuple[Holder, ...]
    sequel: Sequel
    followed_ms: int | None
    follower: Holder | None


@dataclass(frozen=True, slots=True)
class MissedList:
    """How many calls were `missed`, how many of those are `returned`, and how many are asked for (`total`).

    `calls` are those of the asked page, the newest first; an iterator that makes each one, to be used once.
    """

    query: MissedListQuery
    customer_name: str
    missed: int
    returned: int
    total: int
    calls: Iterator[MissedCall]

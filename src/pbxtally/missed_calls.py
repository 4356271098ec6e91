"""List missed calls, whom they were for, and what came of each; the rule is in `missed.py`.

They are found for the same extensions and holders as the statistics. What came afterwards includes whatever anybody at
the customer did until now.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import replace
from functools import cache
from itertools import chain, groupby
from operator import itemgetter
from typing import Protocol

from pbxtally.access import Action, require
from pbxtally.fields import CallDirection
from pbxtally.holders import KnowsPeople, PeriodHolders, holders_in_period
from pbxtally.missed import RETURNED, Missed, MissedQuery, Sequel, sequel_of
from pbxtally.missed_list import MissedCall, MissedList, MissedListQuery
from pbxtally.people import Employee, natural_key
from pbxtally.query import StatsQuery
from pbxtally.report import Holder
from pbxtally.tally import Tally, TallyQuery


class KnowsMissed(Protocol):
    """A store that can find missed calls, and what came after them."""

    def missed(self, query: MissedQuery) -> Missed:
        """The calls of outside callers that nobody took, and who talked to whom afterwards."""
        ...

    def tally(self, query: TallyQuery) -> Tally:
        """Count the calls a query describes."""
        ...


class MissedCalls:
    """The missed calls of a request, by start; a call becomes an object only when it is looked at."""

    def __init__(self, query: StatsQuery, customer_name: str, found: Missed, holders: PeriodHolders) -> None:
        self.query = query
        self.customer_name = customer_name
        self._found = found
        self._holder_of = cache(holders.holder_of)  # the same few are looked up again and again
        self._held = holders
        self._rows = [(self._sequel(rows[0]), rows) for rows in _by_call(found)]

    def counts(self) -> dict[Sequel, int]:
        """How many calls have each sequel."""
        counts = dict.fromkeys(Sequel, 0)
        for sequel, _ in self._rows:
            counts[sequel] += 1
        return counts

    def by_employee(self, sequels: Collection[Sequel]) -> dict[str, int]:
        """How many calls with these sequels each employee missed, by id."""
        holders = map(self._holder_of, self._found.numbers, self._found.slots)
        held_by = [None if one is None else one.employee_id for one in holders]
        called = ({held_by[row] for row in rows} for sequel, rows in self._rows if sequel in sequels)
        counts = Counter(chain.from_iterable(called))
        return {employee: count for employee, count in counts.items() if employee is not None}

    def calls(self, sequels: Collection[Sequel], first: int = 0, limit: int | None = None) -> Iterator[MissedCall]:
        """The calls with these sequels, the newest first."""
        asked = [rows for sequel, rows in reversed(self._rows) if sequel in sequels]
        yield from map(self._call, asked[first : None if limit is None else first + limit])

    def listed(self, query: MissedListQuery) -> MissedList:
        """The calls that a request asks for, and how many there are."""
        counts = self.counts()
        returned, total = (sum(counts[one] for one in some) for some in (RETURNED, query.sequels))
        calls = self.calls(query.sequels, query.offset, query.limit)
        return MissedList(query, self.customer_name, sum(counts.values()), returned, total, calls)

    def _sequel(self, row: int) -> Sequel:
        return sequel_of(self._found.callers[row], self._found.tried[row], self._found.directions[row])

    def _call(self, rows: list[int]) -> MissedCall:
        found, at = self._found, rows[0]
        talked_ms, talker = found.talked[at], found.talkers[at]
        follower = None if talked_ms is None else self._held.holder_at(talker, talked_ms)
        return MissedCall(
            found.calls[at],
            found.starts[at],
            found.callers[at],
            found.names[at],
            self._holders(rows),
            self._sequel(at),
            found.tried[at] if talked_ms is None else talked_ms,
            follower,
        )

    def _holders(self, rows: list[int]) -> tuple[Holder, ...]:
        found = [self._holder_of(self._found.numbers[row], self._found.slots[row]) for row in rows]
        held = dict.fromkeys(one for one in found if one is not None)
        return tuple(sorted(held, key=lambda one: natural_key(one.extension_number)))


def _by_call(found: Missed) -> Iterator[list[int]]:
    """The rows of each call."""
    for _, rows in groupby(enumerate(zip(found.call_ids, found.starts, strict=True)), key=itemgetter(1)):
        yield [row for row, _ in rows]


def missed_calls(
    store: KnowsMissed, people: KnowsPeople, asker: Employee, query: StatsQuery, now_ms: int
) -> MissedCalls:
    """Find them; raises AccessDeniedError as the statistics do. A request for outgoing calls only finds none."""
    customer = require(Action.READ_STATISTICS, asker, people.customer(query.customer), people.parents())
    holders = holders_in_period(people, customer.id, query)
    tally = replace(
        holders.tally, numbers=None, measures=(), direction=CallDirection.BOTH, ignore_local=False, elsewhere=False
    )
    slots = () if query.direction is CallDirection.OUT else _slots(store, holders, tally)
    found = store.missed(MissedQuery(tally, slots, now_ms))
    return MissedCalls(query, customer.name, found, holders)


def _slots(store: KnowsMissed, holders: PeriodHolders, tally: TallyQuery) -> tuple[tuple[str, int], ...]:
    """The numbers to look at, each with its slots; where all count, those with unanswered calls, known or not."""
    if holders.tally.numbers is not None:
        return holders.slots()
    unanswered = replace(tally, interval=None, measures=("inboundUnanswered",), direction=CallDirection.IN)
    return tuple((group.number, group.slot) for group in store.tally(unanswered).groups)

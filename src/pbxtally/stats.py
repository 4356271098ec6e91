"""Answer a statistics request: may they ask, what was counted, whose calls were these.

Access is settled once, before anything is counted. The store counts by extension number; who held a number when is
looked up (`holders.py`), so that a number that changed hands never merges two people (D15).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Protocol

from pbxtally.access import Action, require
from pbxtally.holders import KnowsPeople, holders_in_period
from pbxtally.people import Customer, Employee
from pbxtally.query import StatsQuery
from pbxtally.report import Report, assemble
from pbxtally.tally import Group, Tally, TallyQuery


class CanTally(Protocol):
    """A store that can count."""

    def tally(self, query: TallyQuery) -> Tally:
        """Count the calls a query describes."""
        ...

    def sort_keys(self, names: list[str], language: str) -> list[str]:
        """Texts that sort as the names do in a language, in ICU's order."""
        ...


AT_ONCE = 100
"""How many customers are counted in one statement at most."""


def ask(store: CanTally, people: KnowsPeople, asker: Employee, query: StatsQuery, language: str) -> Report:
    """Answer one request; raises AccessDeniedError. `language` sorts names where the customer has none of its own."""
    [report] = ask_each(store, people, asker, [query], language)
    return report


def ask_each(
    store: CanTally, people: KnowsPeople, asker: Employee, queries: Sequence[StatsQuery], language: str
) -> Iterator[Report]:
    """Answer requests about several customers, in their order, each as `ask` does.

    Requests that differ in the customer only are counted together, some at a time, unless its numbers changed hands.
    """
    parents = people.parents()
    asked = [
        _Asked(query, require(Action.READ_STATISTICS, asker, people.customer(query.customer), parents), people)
        for query in queries
    ]
    for start in range(0, len(asked), AT_ONCE):
        some = asked[start : start + AT_ONCE]
        tallies = _counted(store, some)
        for one in some:
            yield one.report(tallies[one], store, language)


class _Asked:
    """A request that was allowed, and what a store is asked to count for it."""

    def __init__(self, query: StatsQuery, customer: Customer, people: KnowsPeople) -> None:
        self.query = query
        self.customer = customer
        self._holders = holders_in_period(people, customer.id, query)
        self.tally = self._holders.tally

    def report(self, tally: Tally, store: CanTally, language: str) -> Report:
        """What was counted, labelled with the names of whose it is."""
        query, holders, language = self.query, self._holders, self.customer.language or language
        empty = holders.holders() if query.include_empty else ()
        return assemble(
            query, self.customer.name, tally, holders.holder_of, empty, lambda names: store.sort_keys(names, language)
        )


def _counted(store: CanTally, asked: list[_Asked]) -> dict[_Asked, Tally]:
    """What was counted for each; several together count all numbers, and reports leave out those not asked for."""
    alike: dict[TallyQuery, list[_Asked]] = {}
    for one in asked:
        what = one.tally if one.tally.splits else replace(one.tally, customers=(), numbers=None)
        alike.setdefault(what, []).append(one)
    found = {}
    for what, some in alike.items():
        if len(some) == 1:
            found[some[0]] = store.tally(some[0].tally)
            continue
        tally = store.tally(replace(what, customers=tuple(one.customer.id for one in some)))
        groups: dict[str, list[Group]] = {one.customer.id: [] for one in some}
        for group in tally.groups:
            groups[group.customer].append(group)
        found |= {one: replace(tally, groups=groups[one.customer.id]) for one in some}
    return found

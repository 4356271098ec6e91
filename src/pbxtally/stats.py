"""Answer a statistics request: may they ask, what was counted, whose calls were they.

Access is settled once, before anything is counted. The store counts by extension number; who held a number when is
looked up (`holders.py`), so that a number that changed hands never merges two people (D15).
"""

from __future__ import annotations

from typing import Protocol

from pbxtally.access import Action, require
from pbxtally.holders import KnowsPeople, held
from pbxtally.people import Employee
from pbxtally.query import StatsQuery
from pbxtally.report import Report, assemble
from pbxtally.tally import Tally, TallyQuery


class CanTally(Protocol):
    """A store that can count."""

    def tally(self, query: TallyQuery) -> Tally:
        """Count the calls a query describes."""
        ...

    def sort_keys(self, names: list[str], language: str) -> list[str]:
        """Texts that sort as the names do in a language, in ICU order."""
        ...


def ask(store: CanTally, people: KnowsPeople, asker: Employee, query: StatsQuery, language: str) -> Report:
    """Answer one request; raises AccessDeniedError. `language` sorts names where the customer has none of its own."""
    customer = require(Action.READ_STATISTICS, asker, people.customer(query.customer), people.parents())
    holders = held(people, customer.id, query)
    tally = store.tally(
        TallyQuery(
            customers=(customer.id,),
            numbers=holders.numbers,
            period=query.period,
            zone=query.zone,
            interval=query.interval,
            measures=query.measures,
            direction=query.direction,
            ignore_below=query.ignore_below,
            ignore_local=query.ignore_local,
            elsewhere=query.counts_elsewhere,
            splits=holders.splits,
            hours=query.hours,
        )
    )
    sort_language = customer.language or language
    empty = holders.holders() if query.include_empty else ()
    return assemble(
        query, customer.name, tally, holders.holder_of, empty, lambda names: store.sort_keys(names, sort_language)
    )

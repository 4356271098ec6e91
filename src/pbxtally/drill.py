"""Open a figure: the calls behind it, exactly as many as it says, or adding up to its seconds (D29).

A figure is opened the way it was counted: the same access, the same holders, the same buckets and names, the same
conditions. Legs are read only for the calls that are shown, some at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import NamedTuple, Protocol

from pbxtally.access import Action, require
from pbxtally.call_legs import AT_ONCE, Call, KnowsLegs, KnowsParties, legs_of_calls, numberings_of, page_of_calls
from pbxtally.calls import Direction, Involvement, Leg, Outcome, Reason
from pbxtally.fields import CallDirection
from pbxtally.figure import (
    FigureCall,
    FigureCalls,
    FigureQuery,
    Party,
    Rule,
    counts_elsewhere,
    left_out_by,
    other_party,
)
from pbxtally.holders import PeriodHolders, holders_in_period
from pbxtally.intervals import hours_of_week
from pbxtally.measures import MEASURES, Average
from pbxtally.numbering import Numberings
from pbxtally.people import Employee, natural_key
from pbxtally.report import Holder, IntervalNames
from pbxtally.tally import DrillDown, DrillDownQuery, Tally, TallyQuery


class CanDrillDown(KnowsLegs, Protocol):
    """A store that can count, and list what it counted."""

    def tally(self, query: TallyQuery) -> Tally:
        """Count the calls a query describes."""
        ...

    def drill_down(self, query: DrillDownQuery) -> DrillDown:
        """The involvements behind a figure."""
        ...


class _Found(NamedTuple):
    """An involvement behind a figure, with the store's id of its call and whose it was."""

    call_id: int
    one: Involvement
    holder: Holder
    left_out: Rule | None

    @property
    def call(self) -> Call:
        """Its call."""
        return self.call_id, self.one.started_ms


def open_figure(store: CanDrillDown, people: KnowsParties, asker: Employee, query: FigureQuery) -> FigureCalls:
    """The calls behind a figure; raises AccessDeniedError as the statistics do."""
    customer = require(Action.READ_STATISTICS, asker, people.customer(query.stats.customer), people.parents())
    found = _found(store, holders_in_period(people, customer.id, query.stats), query)
    counted = [each for each in found if each.left_out is None]
    until = None if query.limit is None else query.offset + query.limit
    page = page_of_calls(store, customer.id, found, attrgetter("call"), query.offset, until)
    return FigureCalls(
        query,
        customer.name,
        _figure(query.measure, [each.one for each in counted]),
        len(counted),
        len(found) - len(counted),
        _with_legs(store, customer.id, page, query.measure, numberings_of(people, customer.id)),
    )


def _found(store: CanDrillDown, holders_of: PeriodHolders, query: FigureQuery) -> list[_Found]:
    """Every involvement behind the figure and, with `near`, those that a rule left out, by start and number."""
    stats = query.stats
    tally = replace(holders_of.tally, measures=(), elsewhere=query.near or counts_elsewhere(query))
    if query.near:
        tally = replace(tally, direction=CallDirection.BOTH, ignore_below=0, ignore_local=False, hours=None)
    counted = store.tally(tally)
    names = IntervalNames(stats)
    holders: dict[tuple[str, int], Holder] = {}
    buckets: set[int] = set()
    for group in counted.groups:
        holder = holders_of.holder_of(group.number, group.slot)
        if holder is not None and query.has_row(holder):
            holders[group.number, group.slot] = holder
            buckets.update(counted.buckets[group.start : group.end])
    wanted = (
        None if query.interval is None else tuple(sorted(key for key in buckets if names.of(key) == query.interval))
    )
    behind = store.drill_down(
        DrillDownQuery(
            tally, tuple(holders), wanted, query.measure, query.near, hours_of_week(query.weekday, query.hour)
        )
    )
    return [
        _Found(call_id, one, holders[one.extension, slot], left_out_by(one, query))
        for call_id, slot, one in _involvements(behind)
    ]


def _involvements(behind: DrillDown) -> Iterator[tuple[int, int, Involvement]]:
    """By start and call; those of one call by number, whichever of the numbers the store met first."""
    places = {number: place for place, number in enumerate(sorted({*behind.numbers}, key=natural_key))}
    order = (behind.starts, behind.call_ids, map(places.__getitem__, behind.numbers), behind.directions)
    others = (behind.slots, behind.numbers, behind.local, behind.outcomes, behind.reasons)
    rows = zip(*order, *others, behind.ring_seconds, behind.talk_seconds, strict=True)
    for _, of_call in groupby(rows, itemgetter(0, 1)):
        for start, call_id, _, direction, slot, number, local, *rest in sorted(of_call):
            yield call_id, slot, Involvement(number, Direction(direction), bool(local), start, *rest)


def _figure(measure: str | None, counted: list[Involvement]) -> int | None:
    """The number that the answer shows for these calls."""
    if measure is None:
        return None
    asked = MEASURES[measure]
    if isinstance(asked, Average):
        return Average.of(sum(one.talk_seconds for one in counted), len(counted))
    amounts = [asked.amount(one) for one in counted]
    return max(amounts, default=0) if asked.longest else sum(amounts)


def _with_legs(
    store: CanDrillDown, customer: str, page: list[_Found], measure: str | None, numberings: Numberings
) -> Iterator[FigureCall]:
    for start in range(0, len(page), AT_ONCE):
        part = page[start : start + AT_ONCE]
        legs = legs_of_calls(store, customer, [each.call for each in part])
        for each in part:
            yield _figure_call(each, legs.get(each.call, []), measure, numberings)


def _figure_call(found: _Found, legs: list[Leg], measure: str | None, numberings: Numberings) -> FigureCall:
    one, asked = found.one, None if measure is None else MEASURES[measure]
    counts = 1 if asked is None else one.talk_seconds if isinstance(asked, Average) else asked.amount(one)
    own = Party(one.extension, found.holder.employee_name or "")
    other = other_party(one, legs, numberings)
    caller, callee = (own, other) if one.direction == Direction.OUT else (other, own)
    left_out = found.left_out
    named = one._replace(outcome=Outcome(one.outcome), reason=Reason(one.reason))
    return FigureCall(
        legs[0].call if legs else "", named, found.holder, caller, callee, 0 if left_out else counts, left_out, legs
    )

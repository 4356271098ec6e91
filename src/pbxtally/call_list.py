"""List calls, each once: those a customer had, those an extension made or received, an extension's latest.

Calls of an extension are those counted for it, with the same holders at the same times; a call answered elsewhere is
not one of them (D5). Legs are read only for the calls that are shown, and for those that have to be looked at to know
whether they are asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from zoneinfo import ZoneInfo

from pbxtally.access import Action, Decision, allowed, require_level
from pbxtally.call_legs import AT_ONCE, Call, KnowsLegs, KnowsParties, legs_of_calls, numberings_of, page_of_calls
from pbxtally.call_narrowing import Candidate, KnowsEnds, candidates, fits
from pbxtally.call_query import CallsQuery
from pbxtally.call_summary import CallList, CallSummary, Extensions, LatestCalls, summarize_call
from pbxtally.calls import Direction, Involvement, Outcome
from pbxtally.fields import CallDirection
from pbxtally.holders import unassigned_times
from pbxtally.intervals import LAST_MS, Interval, Period, wall_ms
from pbxtally.people import FOR_EVER, SINCE_EVER, Assignment, Employee, Extension
from pbxtally.tally import DrillDown, DrillDownQuery, Split, TallyQuery

LATEST = 10
"""How many calls of each kind are among the latest."""

Found = Sequence[Call]
"""Calls sorted by start."""


class KnowsCalls(KnowsEnds, KnowsLegs, Protocol):
    """A store that knows which calls there were, and their legs."""

    def calls_started(self, customer: str, period: Period) -> list[tuple[int, int, int]]:
        """A customer's calls that started in a period, by start: id, start, and whether it surely is a call."""
        ...

    def drill_down(self, query: DrillDownQuery) -> DrillDown:
        """The involvements that a query asks for."""
        ...

    def involved(
        self, customer: str, call_ids: Sequence[int], since_ms: int, until_ms: int
    ) -> list[tuple[int, Involvement]]:
        """The involvements of some calls."""
        ...


class KnowsExtensions(KnowsParties, Protocol):
    """A directory that can also find an extension by its id."""

    def extension(self, extension_id: str) -> Extension | None:
        """The extension of that id."""
        ...


def list_calls(store: KnowsCalls, people: KnowsParties, asker: Employee, query: CallsQuery) -> CallList:
    """The calls that are asked for; raises AccessDeniedError. Those who may see only their own get no others."""
    customer = people.customer(query.customer)
    decision = allowed(Action.READ_CALLS, asker, customer.id if customer else None, people.parents())
    assert customer is not None
    assignments = people.assignments(customer.id)
    own = asker.id if decision is Decision.OWN_ROWS else None
    stretches = _asked(query, assignments, own, people.departments(customer.id))
    names = people.employee_names(customer.id)
    numberings = numberings_of(people, customer.id)
    reads = _Reads(store, customer.id, Extensions(assignments, names, numberings))
    if query.with_note:
        found: Found = []
    elif stretches is None:
        found = _there(reads, store.calls_started(customer.id, query.period))
    else:
        behind = _of_stretches(store, customer.id, stretches, query.period, query.zone, query.direction)
        found = list(dict.fromkeys(zip(behind.call_ids, behind.starts, strict=True)))
    if query.hours is not None:
        found = [one for one in found if query.hours.has(wall_ms(query.zone, one[1]))]
    end = query.offset + query.limit
    if not query.looks_inside:
        return CallList(query, customer.name, len(found), list(reads.page(found, query.offset, end)))
    asked = list(_asked_for(reads, query, list(candidates(store, query, found, assignments, names, numberings))))
    return CallList(query, customer.name, len(asked), list(reads.page(asked, query.offset, end)))


def _there(reads: _Reads, started: Sequence[tuple[int, int, int]]) -> Found:
    """The calls without those that have only begun, or of which only an end or a note is known: no page shows them."""
    unsure = [(call_id, start) for call_id, start, is_sure in started if not is_sure]
    none = {*unsure} - {call for call, _ in reads.pairs(unsure)}
    return [(call_id, start) for call_id, start, _ in started if (call_id, start) not in none]


def _asked_for(reads: _Reads, query: CallsQuery, some: Sequence[Candidate]) -> Iterator[tuple[int, int]]:
    """The candidates that are asked for; only those that are not sure are looked at."""
    unsure = [(one.call_id, one.started_ms) for one in some if not one.is_sure]
    fitting = {call for call, one in reads.pairs(unsure) if fits(one, query)}
    for call_id, started_ms, is_sure in some:
        if is_sure or (call_id, started_ms) in fitting:
            yield call_id, started_ms


def _asked(
    query: CallsQuery, assignments: list[Assignment], own: str | None, departments: Mapping[str, str | None]
) -> list[Assignment] | None:
    """Whose calls are asked for: numbers, each for a time; None: everybody's."""
    if query.extension is None and query.employee is None and query.department is None and own is None:
        return None
    asked = [
        one
        for one in assignments
        if (query.extension is None or query.extension in (one.extension, one.number))
        and (query.employee is None or one.employee == query.employee)
        and (query.department is None or departments.get(one.employee or "") == query.department)
        and (own is None or one.employee == own)
    ]
    is_of_somebody = own is not None or query.department is not None
    if query.extension and not is_of_somebody and all(one.extension != query.extension for one in asked):
        return [Assignment("", query.extension, None, SINCE_EVER, FOR_EVER)]  # a number, whosever it is
    return asked if is_of_somebody else [*asked, *unassigned_times(assignments, query.extension)]


def _of_stretches(
    store: KnowsCalls,
    customer: str,
    stretches: list[Assignment],
    period: Period,
    zone: ZoneInfo,
    direction: CallDirection = CallDirection.BOTH,
) -> DrillDown:
    """What is counted for some numbers, each within its time."""
    splits = tuple(Split(one.number, one.since_ms, one.until_ms, slot) for slot, one in enumerate(stretches, start=1))
    tally = TallyQuery((customer,), None, period, zone, Interval.DAY, (), direction, splits=splits)
    slots = tuple((one.number, one.slot) for one in splits)
    return store.drill_down(DrillDownQuery(tally, slots, None, None))


@dataclass(frozen=True, slots=True)
class _Reads:
    """Reads calls of a customer from the store, some at a time."""

    store: KnowsCalls
    customer: str
    extensions: Extensions

    def page(self, found: Found, first: int, until: int | None) -> Iterator[CallSummary]:
        """A page of the calls found, which are sorted by start."""
        calls = page_of_calls(self.store, self.customer, found, lambda call: call, first, until)
        return (one for _, one in self.pairs(calls))

    def pairs(self, found: Found) -> Iterator[tuple[Call, CallSummary]]:
        """The calls in the order given, which is by start, each with the store's id and start before it."""
        for start in range(0, len(found), AT_ONCE):
            part = found[start : start + AT_ONCE]
            legs = legs_of_calls(self.store, self.customer, part)
            parts: dict[tuple[int, int], list[Involvement]] = {}
            ids = [call_id for call_id, _ in part]
            for call_id, one in self.store.involved(self.customer, ids, part[0][1], part[-1][1]):
                parts.setdefault((call_id, one.started_ms), []).append(one)
            for call in part:
                if of_call := legs.get(call):
                    parts_of_it = parts.get(call, [])
                    yield call, summarize_call(self.customer, *call, of_call, parts_of_it, self.extensions)


def latest_calls(
    store: KnowsCalls, people: KnowsExtensions, asker: Employee, extension_id: str, now_ms: int
) -> LatestCalls:
    """The latest calls of an extension; those who may see only their own get those from while they held it.

    While somebody counts as another reseller's, the extensions they hold are not theirs here, as in `list_calls`.
    """
    require_level(Action.READ_LATEST_CALLS, asker)
    extension = people.extension(extension_id)
    held = [] if extension is None else people.assignments(extension.customer)
    stretches = [one for one in held if one.extension == extension_id]
    is_there = extension is not None and extension.customer == asker.customer
    is_self = is_there and any(one.employee == asker.id and one.is_at(now_ms) for one in stretches)
    decision = allowed(
        Action.READ_LATEST_CALLS,
        asker,
        extension.customer if extension else None,
        people.parents(),
        is_self=is_self,
        word="extension",
    )
    assert extension is not None
    if decision is Decision.OWN_ROWS:
        stretches = [one for one in stretches if one.employee == asker.id]
    customer = extension.customer
    behind = _of_stretches(store, customer, stretches, Period(0, LAST_MS), ZoneInfo("UTC"))
    extensions = Extensions(held, people.employee_names(customer), numberings_of(people, customer))
    reads = _Reads(store, customer, extensions)
    kinds: dict[tuple[bool, bool], list[tuple[int, int]]] = {}
    columns = (behind.call_ids, behind.starts, behind.directions, behind.outcomes)
    for call_id, start, direction, outcome in zip(*columns, strict=True):
        is_out = direction == Direction.OUT
        kinds.setdefault((is_out, is_out or outcome == Outcome.ANSWERED), []).append((call_id, start))

    def newest(is_out: bool, is_answered: bool) -> list[CallSummary]:
        found = kinds.get((is_out, is_answered), [])
        return list(reads.page(found, max(len(found) - LATEST, 0), None))[::-1]

    return LatestCalls(newest(True, True), newest(False, True), newest(False, False))

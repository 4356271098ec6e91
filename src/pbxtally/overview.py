"""A period at a glance: calls by interval, by hour of the week, and by employee.

The store counts by the hour; every longer interval and every hour of the week consists of whole hours of the zone's
clock, so one statement gives both. Numbers nobody held are left out, as in a statistics request.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain
from typing import Protocol, TypeVar

from pbxtally.access import Action, require
from pbxtally.holders import KnowsPeople, PeriodHolders, holders_in_period
from pbxtally.intervals import (
    DAY_MS,
    HOURS_OF_WEEK,
    LONGEST_MS,
    Interval,
    bucket_keys,
    floor_wall,
    hour_of_week,
    offset_pieces,
    walls_ms,
)
from pbxtally.measures import needed
from pbxtally.people import Employee, natural_key
from pbxtally.query import StatsQuery
from pbxtally.tally import Profile, ProfileQuery, Tally, TallyQuery

MANY_BUCKETS = 1000

Place = TypeVar("Place", bound=Hashable)


class CanProfile(Protocol):
    """A store that can count the calls of some numbers, separately or all together."""

    def tally(self, query: TallyQuery) -> Tally:
        """Count the calls a query describes."""
        ...

    def profile(self, query: ProfileQuery) -> Profile:
        """Count the calls of some numbers together."""
        ...


@dataclass(frozen=True, slots=True)
class Overview:
    """Counts for everybody together, in the order of `measures`.

    `buckets` are the intervals of the period, in time order, with the keys of `intervals.py`: all of them or, if there
    are more than a thousand, those with calls. `week` are the hours of the week, from Monday at midnight on.
    """

    query: StatsQuery
    measures: tuple[str, ...]
    total: tuple[int, ...]
    buckets: dict[int, tuple[int, ...]]
    week: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class EmployeeCounts:
    """An employee with the sums of all their extensions, in the order of the measures asked for."""

    id: str
    name: str
    counts: tuple[int, ...]


def overview(
    store: CanProfile, people: KnowsPeople, asker: Employee, query: StatsQuery, measures: Sequence[str]
) -> Overview:
    """Count measures that add up; raises AccessDeniedError as the statistics do."""
    found = _profile(store, people, asker, query, measures, Interval.HOUR)
    columns = tuple(found.measures.values())
    walls = walls_ms(offset_pieces(query.zone, query.period.since_ms, query.period.until_ms), found.buckets)
    floor = cache(lambda day: floor_wall(query.interval, day))  # a year has many hours and few days
    keys = found.buckets if query.interval is Interval.HOUR else [floor(wall - wall % DAY_MS) for wall in walls]
    many = (query.period.until_ms - query.period.since_ms) // LONGEST_MS[query.interval] > MANY_BUCKETS
    buckets = _added(() if many else bucket_keys(query.interval, query.zone, query.period), keys, columns)
    week = _added(range(HOURS_OF_WEEK), [hour_of_week(wall) for wall in walls], columns)
    return Overview(query, tuple(measures), tuple(map(sum, columns)), buckets, tuple(week.values()))


def total(
    store: CanProfile, people: KnowsPeople, asker: Employee, query: StatsQuery, measures: Sequence[str]
) -> tuple[int, ...]:
    """`overview(…).total` alone; raises as it does."""
    return tuple(map(sum, _profile(store, people, asker, query, measures, None).measures.values()))


def by_employee(
    store: CanProfile, people: KnowsPeople, asker: Employee, query: StatsQuery, measures: Sequence[str]
) -> list[EmployeeCounts]:
    """Everybody who held an extension in the period, with or without calls, by extension; raises as `overview` does."""
    holders = _held(people, asker, query)
    found = store.tally(_tally(holders, measures, None))
    ids = [getattr(holders.holder_of(group.number, group.slot), "employee_id", None) for group in found.groups]
    everybody = sorted(holders.holders(), key=lambda one: natural_key(one.extension_number))
    names = {one.employee_id: one.employee_name or "" for one in everybody if one.employee_id is not None}
    counts = _added(names, ids, tuple(found.measures.values()))
    return [EmployeeCounts(one, name, counts[one]) for one, name in names.items()]


def _profile(
    store: CanProfile,
    people: KnowsPeople,
    asker: Employee,
    query: StatsQuery,
    measures: Sequence[str],
    interval: Interval | None,
) -> Profile:
    holders = _held(people, asker, query)
    return store.profile(ProfileQuery(_tally(holders, measures, interval), holders.slots()))


def _held(people: KnowsPeople, asker: Employee, query: StatsQuery) -> PeriodHolders:
    customer = require(Action.READ_STATISTICS, asker, people.customer(query.customer), people.parents())
    return holders_in_period(people, customer.id, query)


def _tally(holders: PeriodHolders, measures: Sequence[str], interval: Interval | None) -> TallyQuery:
    """The query's calls, in other intervals and by other measures; without those answered elsewhere."""
    parts = needed(tuple(measures))
    assert [one.name for one in parts] == list(measures) and not any(one.longest for one in parts)
    return replace(holders.tally, numbers=None, interval=interval, measures=tuple(measures), elsewhere=False)


def _added(
    expected: Iterable[Place], places: Sequence[Place], columns: Sequence[Sequence[int]]
) -> dict[Place, tuple[int, ...]]:
    """The sums of columns by place; the expected places come first, even those with nothing in them."""
    start = dict.fromkeys(chain(expected, places), 0)
    added = []
    for column in columns:
        sums = start.copy()
        for place, count in zip(places, column, strict=True):
            sums[place] += count
        added.append(sums.values())
    return dict(zip(start, zip(*added, strict=True), strict=True))

"""What happened in a period at a glance: calls by interval, and by hour of the week, of everybody together.

The store counts by the hour; every longer interval and every hour of the week is made of whole hours, by the clock of
the zone, so one statement gives both. Numbers nobody held are left out, as in a statistics request.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pbxtally.access import Action, require
from pbxtally.holders import Held, KnowsPeople, held
from pbxtally.intervals import HOURS_OF_WEEK, LONGEST_MS, Interval, bucket_key, bucket_keys, hour_of_week, offset_pieces
from pbxtally.measures import needed
from pbxtally.people import Employee
from pbxtally.query import StatsQuery
from pbxtally.tally import Profile, ProfileQuery, TallyQuery

MANY_BUCKETS = 1000


class CanProfile(Protocol):
    """A store that can count the calls of some numbers together."""

    def profile(self, query: ProfileQuery) -> Profile:
        """Count the calls of some numbers together."""
        ...


@dataclass(frozen=True, slots=True)
class Overview:
    """Counts of everybody together, in the order of `measures`.

    `buckets` are the intervals of the period, in time order, with the keys of `intervals.py`: all of them, and of more
    than a thousand those with calls. `week` are the hours of the week, from Monday at midnight on.
    """

    query: StatsQuery
    measures: tuple[str, ...]
    total: tuple[int, ...]
    buckets: dict[int, tuple[int, ...]]
    week: tuple[tuple[int, ...], ...]


def overview(
    store: CanProfile, people: KnowsPeople, asker: Employee, query: StatsQuery, measures: Sequence[str]
) -> Overview:
    """Count measures that add up; raises AccessDeniedError as the statistics do."""
    found = _profile(store, people, asker, query, measures, Interval.HOUR)
    zeros = (0,) * len(measures)
    many = (query.period.until_ms - query.period.since_ms) // LONGEST_MS[query.interval] > MANY_BUCKETS
    buckets = {} if many else dict.fromkeys(bucket_keys(query.interval, query.zone, query.period), zeros)
    week = [zeros] * HOURS_OF_WEEK
    pieces = offset_pieces(query.zone, query.period.since_ms, query.period.until_ms)
    for hour, *counts in zip(found.buckets, *found.measures.values(), strict=True):
        bucket, of_week = bucket_key(query.interval, pieces, hour), hour_of_week(pieces, hour)
        buckets[bucket] = _plus(buckets.get(bucket, zeros), counts)
        week[of_week] = _plus(week[of_week], counts)
    return Overview(query, tuple(measures), tuple(map(sum, zip(*week, strict=True))), buckets, tuple(week))


def total(
    store: CanProfile, people: KnowsPeople, asker: Employee, query: StatsQuery, measures: Sequence[str]
) -> tuple[int, ...]:
    """`overview(…).total` alone; raises as it does."""
    found = _profile(store, people, asker, query, measures, Interval.WEEK)
    return tuple(map(sum, found.measures.values()))


def _profile(
    store: CanProfile,
    people: KnowsPeople,
    asker: Employee,
    query: StatsQuery,
    measures: Sequence[str],
    interval: Interval,
) -> Profile:
    customer = require(Action.READ_STATISTICS, asker, people.customer(query.customer), people.parents())
    parts = needed(tuple(measures))
    assert [one.name for one in parts] == list(measures) and not any(one.longest for one in parts)
    holders = held(people, customer.id, query)
    tally = _tally(query, customer.id, tuple(measures), interval, holders)
    return store.profile(ProfileQuery(tally, holders.slots()))


def _tally(
    query: StatsQuery, customer: str, measures: tuple[str, ...], interval: Interval, holders: Held
) -> TallyQuery:
    return TallyQuery(
        customers=(customer,),
        numbers=None,
        period=query.period,
        zone=query.zone,
        interval=interval,
        measures=measures,
        direction=query.direction,
        ignore_below=query.ignore_below,
        ignore_local=query.ignore_local,
        splits=holders.splits,
        hours=query.hours,
    )


def _plus(left: Sequence[int], right: Sequence[int]) -> tuple[int, ...]:
    return tuple(map(int.__add__, left, right))

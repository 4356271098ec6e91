"""What a store is asked to count and what it returns: plain values and columns, neither request nor answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple
from zoneinfo import ZoneInfo

from pbxtally.fields import CallDirection
from pbxtally.hours import Hours
from pbxtally.intervals import Interval, Period


@dataclass(frozen=True, slots=True)
class TallyQuery:
    """What a store is asked to count: plain values, for several customers at once if need be.

    `numbers` None: every extension number. `interval` None: the whole period is one bucket, whose key is 0. `splits`
    cut the counts of a number in time, for numbers that changed hands: calls from `since_ms` until `until_ms` are
    counted under `slot` (1, 2, …), all others under slot 0.
    """

    customers: tuple[str, ...]
    numbers: tuple[str, ...] | None
    period: Period
    zone: ZoneInfo
    interval: Interval | None
    measures: tuple[str, ...]
    direction: CallDirection = CallDirection.BOTH
    ignore_below: int = 0
    ignore_local: bool = False
    elsewhere: bool = False
    splits: tuple[Split, ...] = ()
    hours: Hours | None = None


@dataclass(frozen=True, slots=True)
class Split:
    """The time for which one holder had a number; see `TallyQuery`."""

    number: str
    since_ms: int
    until_ms: int
    slot: int


class Group(NamedTuple):
    """Where the counts of a customer's number in one slot are: rows [start, end) of the columns of a tally."""

    customer: str
    number: str
    slot: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Tally:
    """What a store counted: equally long columns, a row for each bucket that has calls, in time order in each group.

    `measures` holds one column of integers for each measure of `measures.needed(query.measures)`.
    """

    groups: list[Group]
    buckets: Sequence[int]
    measures: dict[str, Sequence[int]]


@dataclass(frozen=True, slots=True)
class ProfileQuery:
    """What `tally` counts, for some numbers in some slots, all together."""

    tally: TallyQuery
    slots: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Profile:
    """Counts by bucket, in time order; one column of integers for each measure of `measures.needed`."""

    buckets: Sequence[int]
    measures: dict[str, Sequence[int]]


@dataclass(frozen=True, slots=True)
class DrillDownQuery:
    """Which involvements are behind a figure (D29): those that `tally` counts in some slots, buckets and a measure.

    `slots` are (number, slot); `buckets` None: all; `near`: also those answered elsewhere, whatever the measure.
    `hours_of_week` are as `intervals.hour_of_week` counts them; None: all.
    """

    tally: TallyQuery
    slots: tuple[tuple[str, int], ...]
    buckets: tuple[int, ...] | None
    measure: str | None
    near: bool = False
    hours_of_week: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class DrillDown:
    """The involvements behind a figure, by start and call: equally long columns. `call_ids` are the store's own."""

    call_ids: Sequence[int]
    numbers: Sequence[str]
    slots: Sequence[int]
    directions: Sequence[int]
    local: Sequence[int]
    starts: Sequence[int]
    outcomes: Sequence[int]
    reasons: Sequence[int]
    ring_seconds: Sequence[int]
    talk_seconds: Sequence[int]

"""The answer: a row for each employee's extension, a cell of measures for each interval.

`assemble` labels what a store counted: numbers become extensions and employees as they were held (D15), buckets get
their names (D13). It is arithmetic on lists; who may see it was settled before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from pbxtally.errors import InvalidFieldError
from pbxtally.intervals import bucket_keys, iso_label, labels_are_numbers, number_label, numbers_are_unique
from pbxtally.measures import MEASURES, Average, Measure, needed
from pbxtally.people import natural
from pbxtally.query import StatsQuery, Tally

Cell = tuple[int, ...]
"""The measures of one interval, in the order of `Report.measures`."""


@dataclass(slots=True)
class Row:
    """One employee's extension; `cells` maps interval names to measures, in time order."""

    employee_id: str | None
    employee_name: str | None
    extension_id: str | None
    extension_number: str
    cells: dict[str, Cell] = field(default_factory=dict)


@dataclass(slots=True)
class Report:
    """Everything a renderer needs: the request, whose it is, and the rows in their order."""

    query: StatsQuery
    customer_name: str
    rows: list[Row]

    @property
    def measures(self) -> tuple[str, ...]:
        """The measures of every cell, in order."""
        return self.query.measures


@dataclass(frozen=True, slots=True)
class Holder:
    """Who a number's calls belong to, for one stretch of time; ids None: nobody, or unknown to the directory."""

    employee_id: str | None
    employee_name: str | None
    extension_id: str | None
    extension_number: str


HolderOf = Callable[[str, int], Holder | None]
"""From an extension number and a slot to its holder; None: leave the row out."""

MANY_INTERVALS = 1_000_000
"""More intervals than this are not written out with zeros: `includeEmpty` would fill the memory."""

SortKeys = Callable[[list[str]], list[str]]
"""From names to texts that sort as the names do in the reader's language."""


def assemble(
    query: StatsQuery,
    customer_name: str,
    tally: Tally,
    holder_of: HolderOf,
    empty: Iterable[Holder],
    sort_keys: SortKeys,
) -> Report:
    """Turn counts into the answer; `empty` are the holders that get a row of zeros if nothing was counted for them."""
    parts = needed(query.measures)
    sums = _by_holder(tally, parts, holder_of)
    for holder in empty:
        sums.setdefault(holder, {})
    name = _Names(query)
    finish = _finisher(query.measures, parts)
    intervals = name.all() if query.include_empty else ()
    zeros = finish([0] * len(parts))
    rows = []
    for holder in _in_order(query.sort, list(sums), sort_keys):
        cells = {label: finish(values) for label, values in name.label(sums[holder], parts).items()}
        if intervals:
            cells = {label: cells.get(label, zeros) for label in intervals}
        rows.append(Row(holder.employee_id, holder.employee_name, holder.extension_id, holder.extension_number, cells))
    return Report(query, customer_name, rows)


_Counts = dict[int, list[int]]
"""From bucket key to one integer for each counted part."""


def _by_holder(tally: Tally, parts: tuple[Measure, ...], holder_of: HolderOf) -> dict[Holder, _Counts]:
    """Counts of numbers become counts of holders; one holder may have had several numbers."""
    sums: dict[Holder, _Counts] = {}
    place: dict[tuple[str, int], _Counts | None] = {}
    rows = zip(*(tally.measures[part.name] for part in parts), strict=True) if parts else ((),) * len(tally.numbers)
    for number, slot, bucket, values in zip(tally.numbers, tally.slots, tally.buckets, rows, strict=True):
        key = (number, slot)
        if key not in place:
            holder = holder_of(number, slot)
            place[key] = None if holder is None else sums.setdefault(holder, {})
        counts = place[key]
        if counts is not None:
            counts[bucket] = _together(counts[bucket], values, parts) if bucket in counts else list(values)
    return sums


def _together(left: Sequence[int], right: Sequence[int], parts: tuple[Measure, ...]) -> list[int]:
    return [max(a, b) if part.longest else a + b for a, b, part in zip(left, right, parts, strict=True)]


def _finisher(names: tuple[str, ...], parts: tuple[Measure, ...]) -> Callable[[Sequence[int]], Cell]:
    """From counted parts to the measures asked for: averages are made last, from sums."""
    at = {part.name: index for index, part in enumerate(parts)}
    if tuple(at) == names:
        return tuple
    averages = {name: measure for name in names if isinstance(measure := MEASURES[name], Average)}

    def finish(values: Sequence[int]) -> Cell:
        return tuple(
            Average.of(values[at[averages[name].over]], values[at[averages[name].under]])
            if name in averages
            else values[at[name]]
            for name in names
        )

    return finish


class _Names:
    """What the buckets of one answer are called (D13)."""

    def __init__(self, query: StatsQuery) -> None:
        self._query = query
        numbers = labels_are_numbers(query.interval_key, query.interval, query.zone, query.period)
        self._name = number_label if numbers else iso_label
        self._shared = numbers and not numbers_are_unique(query.interval, query.zone, query.period)
        self._known: dict[int, str] = {}

    def all(self) -> tuple[str, ...]:
        """The names of all buckets of the period, each once."""
        query = self._query
        names: dict[str, None] = {}
        for key in bucket_keys(query.interval, query.zone, query.period):
            names[self._of(key)] = None
            if len(names) > MANY_INTERVALS:
                raise InvalidFieldError("includeEmpty", f"The period has more than {MANY_INTERVALS} intervals")
        return tuple(sorted(names, key=int)) if self._shared else tuple(names)

    def label(self, counts: _Counts, parts: tuple[Measure, ...]) -> dict[str, list[int]]:
        """Counts by name, in time order; where numbers are shared, in the order of the numbers, and added up."""
        cells: dict[str, list[int]] = {}
        for key in sorted(counts):
            name = self._of(key)
            cells[name] = _together(cells[name], counts[key], parts) if name in cells else counts[key]
        return {name: cells[name] for name in sorted(cells, key=int)} if self._shared else cells

    def _of(self, key: int) -> str:
        name = self._known.get(key)
        if name is None:
            name = self._known[key] = self._name(self._query.interval, self._query.zone, key)
        return name


def _in_order(sort: str, holders: list[Holder], sort_keys: SortKeys) -> list[Holder]:
    """By name as the reader's language sorts, or by number as people count; then the other; then the id (D18)."""
    names = dict(zip(holders, sort_keys([holder.employee_name or "" for holder in holders]), strict=True))

    def key(holder: Holder) -> tuple[object, ...]:
        by_name = (holder.employee_name is None, names[holder])
        by_number = natural(holder.extension_number)
        first = (by_name, by_number) if sort == "employeeName" else (by_number, by_name)
        return (*first, holder.employee_id or "", holder.extension_id or "")

    return sorted(holders, key=key)

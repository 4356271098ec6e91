"""The answer: a row for each employee's extension, a cell of measures for each interval.

`assemble` labels what a store counted: numbers become the extensions and employees that had them (D15), buckets get
their names (D13). It is arithmetic on lists; who may see it was settled before.
"""

from __future__ import annotations

from collections.abc import Callable, ItemsView, Iterable, Iterator, Mapping, Sequence, ValuesView
from dataclasses import dataclass, field
from functools import partial

from pbxtally.errors import InvalidFieldError
from pbxtally.intervals import (
    LONGEST_MS,
    Interval,
    bucket_keys,
    iso_label,
    labels_are_numbers,
    number_label,
    numbers_are_unique,
    start_ms,
)
from pbxtally.measures import MEASURES, Average, Measure, needed
from pbxtally.people import natural_key
from pbxtally.query import StatsQuery
from pbxtally.tally import Group, Tally

Cell = tuple[int, ...]
"""The measures of one interval, in the order of `Report.measures`."""


@dataclass(slots=True)
class Row:
    """One employee's extension; `cells` maps interval names to measures, in time order."""

    employee_id: str | None
    employee_name: str | None
    extension_id: str | None
    extension_number: str
    cells: Mapping[str, Cell] = field(default_factory=dict)


class LazyCells(Mapping[str, Cell]):
    """Cells made from columns each time they are looked at: a year of hours is never all in memory as objects."""

    def __init__(self, make: Callable[[], dict[str, Cell]]) -> None:
        self._make = make

    def __getitem__(self, name: str) -> Cell:
        return self._make()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._make())

    def __len__(self) -> int:
        return len(self._make())

    def items(self) -> ItemsView[str, Cell]:
        """Names and measures, made once for an entire iteration."""
        return self._make().items()

    def values(self) -> ValuesView[Cell]:
        """Measures, made once for an entire iteration."""
        return self._make().values()


@dataclass(slots=True)
class Report:
    """Everything a renderer needs: the request, whose it is, and the rows in their order."""

    query: StatsQuery
    customer_name: str
    rows: list[Row]
    start_of: Callable[[str], int | None] = lambda _: None
    """From the name of an interval in a row to the moment it begins; None: it adds up several."""

    @property
    def measures(self) -> tuple[str, ...]:
        """The measures of every cell, in order."""
        return self.query.measures


@dataclass(frozen=True, slots=True)
class Holder:
    """Whom a number's calls belong to, for some time; ids None: nobody, or unknown to the directory."""

    employee_id: str | None
    employee_name: str | None
    extension_id: str | None
    extension_number: str


HolderOf = Callable[[str, int], Holder | None]
"""From an extension number and a slot to its holder; None: leave the row out."""

MANY_INTERVALS = 100_000
"""More intervals than this are not filled with zeros: `includeEmpty` would fill the memory."""

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
    groups: dict[Holder, list[Group]] = {holder: [] for holder in empty}
    for group in tally.groups:
        holder = holder_of(group.number, group.slot)
        if holder is not None:
            groups.setdefault(holder, []).append(group)
    cells_of = _Cells(query, tally)
    rows = []
    for one in _in_order(query.sort, list(groups), sort_keys):
        cells = LazyCells(partial(cells_of.make, groups[one]))
        rows.append(Row(one.employee_id, one.employee_name, one.extension_id, one.extension_number, cells))
    return Report(query, customer_name, rows, cells_of.names.start_of)


_Counts = dict[int, Sequence[int]]
"""From bucket key to one integer for each counted part."""


class _Cells:
    """Makes the cells of a row: the counts of its groups, under the names of their buckets (D13)."""

    def __init__(self, query: StatsQuery, tally: Tally) -> None:
        self._parts = needed(query.measures)
        self._columns = [tally.measures[part.name] for part in self._parts]
        self._buckets = tally.buckets
        self.names = IntervalNames(query)
        self._finish = _finisher(query.measures, self._parts)
        self._intervals = self.names.all() if query.include_empty else ()

    def make(self, groups: list[Group]) -> dict[str, Cell]:
        """Cells in time order; with `includeEmpty` a cell for every interval of the period."""
        counts = self._counts(groups[0]) if len(groups) == 1 else self._merged(groups)
        named = self.names.label(counts, self._parts)
        cells = {name: self._finish(values) for name, values in named.items()}
        if not self._intervals:
            return cells
        zeros = self._finish((0,) * len(self._parts))
        return {name: cells.get(name, zeros) for name in self._intervals}

    def _counts(self, group: Group) -> _Counts:
        buckets = self._buckets[group.start : group.end]
        if not self._columns:
            return dict.fromkeys(buckets, ())
        rows = zip(*(column[group.start : group.end] for column in self._columns), strict=True)
        return dict(zip(buckets, rows, strict=True))

    def _merged(self, groups: list[Group]) -> _Counts:
        """The counts of several groups: a holder may have had several numbers, or one number more than once."""
        merged: _Counts = {}
        for group in groups:
            for bucket, values in self._counts(group).items():
                merged[bucket] = _together(merged[bucket], values, self._parts) if bucket in merged else values
        return dict(sorted(merged.items()))


def _together(left: Sequence[int], right: Sequence[int], parts: tuple[Measure, ...]) -> list[int]:
    return [max(a, b) if part.longest else a + b for a, b, part in zip(left, right, parts, strict=True)]


def _finisher(names: tuple[str, ...], parts: tuple[Measure, ...]) -> Callable[[Sequence[int]], Cell]:
    """A function from counted parts to the measures asked for: averages are made last, from sums."""
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


class IntervalNames:
    """What the buckets of one answer are called (D13)."""

    def __init__(self, query: StatsQuery) -> None:
        self._query = query
        numbers = labels_are_numbers(query.interval_key, query.interval, query.zone, query.period)
        self._name = number_label if numbers else iso_label
        self._shared = numbers and not numbers_are_unique(query.interval, query.zone, query.period)
        self._adds_up = self._shared or (numbers and query.interval is Interval.HOUR)  # an autumn day has two 2s
        self._known: dict[int, str] = {}
        self._keys: dict[str, int] = {}
        self._in_order = self.all() if self._adds_up and not self._shared else ()  # at most those of a day

    def all(self) -> tuple[str, ...]:
        """The names of all buckets of the period, each once."""
        query = self._query
        if query.period.until_ms - query.period.since_ms > MANY_INTERVALS * LONGEST_MS[query.interval]:
            raise InvalidFieldError("includeEmpty", f"The period has more than {MANY_INTERVALS} intervals")
        names = dict.fromkeys(self.of(key) for key in bucket_keys(query.interval, query.zone, query.period))
        return tuple(sorted(names, key=int)) if self._shared else tuple(names)

    def label(self, counts: _Counts, parts: tuple[Measure, ...]) -> dict[str, Sequence[int]]:
        """Counts by name, always in the order of the names; buckets that share a name are added up (D13)."""
        if not self._adds_up:
            known = self._known
            return {known.get(key) or self.of(key): values for key, values in counts.items()}
        cells: dict[str, Sequence[int]] = {}
        for key, values in counts.items():
            name = self.of(key)
            cells[name] = _together(cells[name], values, parts) if name in cells else values
        in_order = sorted(cells, key=int) if self._shared else [name for name in self._in_order if name in cells]
        return {name: cells[name] for name in in_order}

    def of(self, key: int) -> str:
        """What a bucket is called."""
        name = self._known.get(key)
        if name is None:
            name = self._known[key] = self._name(self._query.interval, self._query.zone, key)
            self._keys.setdefault(name, key)
        return name

    def start_of(self, name: str) -> int | None:
        """When the interval of a name that was given begins; of a doubled hour the first. None: it adds up several."""
        return None if self._shared else start_ms(self._query.interval, self._query.zone, self._keys[name])


def _in_order(sort: str, holders: list[Holder], sort_keys: SortKeys) -> list[Holder]:
    """Sort by name in the reader's language, or by number as people count; then by the other; then by id (D18)."""
    numbers = {holder: natural_key(holder.extension_number) for holder in holders}
    if sort == "extensionNumber" and len(set(numbers.values())) == len(holders):
        return sorted(holders, key=numbers.__getitem__)  # no numbers are equal, so names do not matter
    names = dict(zip(holders, sort_keys([holder.employee_name or "" for holder in holders]), strict=True))

    def key(holder: Holder) -> tuple[object, ...]:
        by_name = (holder.employee_name is None, names[holder])
        first = (by_name, numbers[holder]) if sort == "employeeName" else (numbers[holder], by_name)
        return (*first, holder.employee_id or "", holder.extension_id or "")

    return sorted(holders, key=key)

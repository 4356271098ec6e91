"""The table of figures by employee and extension, as pages show it: every figure leads to the calls behind it.

A row is for the whole period: additive measures are summed over the intervals of the answer, the longest is the longest
of all, and averages are made last, from sums.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from pbxtally.calls import Direction
from pbxtally.fields import IDENTITY_FIELDS
from pbxtally.measures import MEASURES, PAGE_MEASURES, Adds, Average, Measure, needed
from pbxtally.renderers.charts import Svg
from pbxtally.report import Cell, Row
from pbxtally.web.i18n import number
from pbxtally.web.view import KEPT, Members, address

OUTBOUND, INBOUND, BOTH = "Outbound", "Inbound", "Both"
GROUPS = {Direction.OUT: OUTBOUND, Direction.IN: INBOUND}

TIMES = {
    "Seconds": "Talk time",
    "RingSeconds": "Ring time",
    "LongestSeconds": "Longest talk",
    "AverageSeconds": "Average talk",
}
"""Words for measures of seconds, by what follows the direction in their names."""

PAGE_NAMES = tuple(one.name for one in PAGE_MEASURES)


@dataclass(frozen=True, slots=True)
class Column:
    """A measure as shown: its heading under a group, its title when alone, and what it counts."""

    name: str
    heading: str
    title: str
    sentence: str
    group: str
    is_time: bool

    def show(self, value: int) -> str:
        """A figure as people read it, in the page's language."""
        return clock(value) if self.is_time else number(value)


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure, where its calls are, and whether it begins a new group of columns; without calls it leads nowhere."""

    text: str
    address: str
    begins: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the table: an extension and its employee, or whatever else its figures belong to."""

    number: str
    name: str
    address: str
    figures: list[Figure]
    spark: Svg | None = None


class Sort(NamedTuple):
    """Where a heading leads to sort by it, and how rows are sorted by it now, if they are."""

    address: str
    now: str


@dataclass(frozen=True, slots=True)
class Table:
    """What `table.html` shows: some lines, how many there are in all, and the figures of all of them together.

    `sorts` are the headings that sort, by their column; `how` leads to how we count.
    """

    columns: list[Column]
    groups: list[tuple[str, int]]
    lines: list[Line]
    count: int
    totals: list[Figure]
    how: str
    sorts: Mapping[str, Sort] = field(default_factory=dict)
    has_sparks: bool = False


def _column(measure: Measure | Average) -> Column:
    group = _group(measure)
    word = re.sub(r"^(outbound|inbound|total)", "", measure.name)
    heading = TIMES.get(word, _words(word))
    side = measure.name.removesuffix(word)
    title = _words(f"{side} {heading.lower()}" if side else heading)
    is_time = isinstance(measure, Average) or measure.adds is not Adds.ONE
    return Column(measure.name, heading, title, measure.sentence, group, is_time)


def _words(name: str) -> str:
    """A camel-case name as words."""
    words = re.sub(r"(?<!^)([A-Z])", lambda found: f" {found[1].lower()}", name)
    return words[0].upper() + words[1:]


def _group(measure: Measure | Average) -> str:
    if isinstance(measure, Average):
        return INBOUND if measure.name.startswith("inbound") else OUTBOUND
    return BOTH if measure.direction is None else GROUPS[measure.direction]


COLUMNS = {
    one.name: one
    for group in (OUTBOUND, INBOUND, BOTH)
    for one in map(_column, MEASURES.values())
    if one.group == group
}
"""All measures, those of a direction together."""


def columns_of(names: Iterable[str]) -> list[Column]:
    """The columns of some measures, in their order."""
    wanted = set(names)
    return [one for name, one in COLUMNS.items() if name in wanted]


def fields_for(names: Iterable[str], more: Iterable[str] = ()) -> tuple[str, ...]:
    """The fields to ask the endpoint for, so that some measures can be shown over several intervals."""
    return (*IDENTITY_FIELDS, *(one.name for one in needed((*names, *more))))


def values_of(cells: Iterable[Cell], measures: Sequence[str]) -> dict[str, int]:
    """The counted measures of some cells together, such as all intervals of a row."""
    return dict(zip(measures, _together(measures, cells), strict=True))


def cells_of(rows: Iterable[Row]) -> Iterator[Cell]:
    """All cells of some rows."""
    return (cell for row in rows for cell in row.cells.values())


def merged(values: Iterable[Mapping[str, int]], measures: Sequence[str]) -> dict[str, int]:
    """Several such figures together."""
    return dict(zip(measures, _together(measures, (tuple(one.values()) for one in values)), strict=True))


def _together(measures: Sequence[str], cells: Iterable[Sequence[int]]) -> list[int]:
    columns = list(zip(*cells, strict=True)) or [(0,)] * len(measures)
    return [_one(name, column) for name, column in zip(measures, columns, strict=True)]


def _one(name: str, column: Sequence[int]) -> int:
    """A counted measure of several parts together."""
    measure = MEASURES[name]
    assert isinstance(measure, Measure)
    return max(column) if measure.longest else sum(column)


def figure_of(name: str, values: Mapping[str, int]) -> int:
    """A measure, computed from the counted ones."""
    measure = MEASURES[name]
    return Average.of(values[measure.over], values[measure.under]) if isinstance(measure, Average) else values[name]


def figures_of(columns: Sequence[Column], values: Mapping[str, int], link_prefix: str) -> list[Figure]:
    """The figures of a line; `link_prefix`: the address of its calls, up to the measure's name."""
    found, group = [], ""
    for one in columns:
        value = figure_of(one.name, values)
        found.append(Figure(one.show(value), link_prefix + one.name if value else "", one.group != group))
        group = one.group
    return found


def groups_of(columns: Sequence[Column]) -> list[tuple[str, int]]:
    """The groups of adjacent columns, and how many columns each has."""
    names = dict.fromkeys(one.group for one in columns)
    return [(name, sum(one.group == name for one in columns)) for name in names]


def how_we_count_address(given: Members) -> str:
    """The address of how we count."""
    return address("how-we-count", [one for one in given if one[0] in KEPT])


def link_prefix_of(given: Members) -> str:
    """The address of the calls that the members select, up to the measure's name."""
    return address("calls", [*given, ("measure", "")])


def row_links(given: Members) -> Callable[[Row], str]:
    """The same for each row of an answer; the common part is written once, and ids need no escaping."""
    some = address("calls", [one for one in given if one[0] != "extension"])
    named = address("calls", [one for one in given if one[0] not in ("extension", "employee", "employees")])

    def link_prefix(row: Row) -> str:
        whose = {"employee": row.employee_id, "extension": row.extension_id}
        base = some if row.employee_id is None else named
        more = [f"{name}={value}" for name, value in whose.items() if value is not None]
        return f"{base}{'&' if '?' in base else '?'}{'&'.join([*more, 'measure='])}"

    return link_prefix


def clock(seconds: int) -> str:
    """Seconds as hours, minutes and seconds: 3:05:09."""
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"

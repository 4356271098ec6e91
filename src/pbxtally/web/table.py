"""The table of figures by employee and extension, as pages show it: every figure leads to the calls behind it."""

from __future__ import annotations

from dataclasses import dataclass

from pbxtally.calls import Direction
from pbxtally.measures import PAGE_MEASURES, Adds, Measure
from pbxtally.report import Report, Row
from pbxtally.web.view import Members, address

GROUPS = {Direction.OUT: "Outbound", Direction.IN: "Inbound"}


@dataclass(frozen=True, slots=True)
class Column:
    """A measure as it is shown: the heading under its group, and what it counts."""

    heading: str
    sentence: str
    group: str
    is_time: bool
    begins: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One employee's extension; `figures` and the `links` to their calls in the order of the columns."""

    number: str
    name: str
    figures: tuple[str, ...]
    links: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """What `table.html` shows: some lines, how many there are in all, and the sums of all of them."""

    columns: tuple[Column, ...]
    groups: tuple[tuple[str, int], ...]
    lines: list[Line]
    count: int
    totals: tuple[str, ...]
    total_links: tuple[str, ...]


def _column(measure: Measure, begins: bool) -> Column:
    assert measure.direction is not None
    group = GROUPS[measure.direction]
    word = measure.name.removeprefix(group.lower())
    is_time = measure.adds is not Adds.ONE
    return Column("Talk time" if is_time else word, measure.sentence, group, is_time, begins)


COLUMNS = tuple(
    _column(one, begins=index == 0 or one.direction is not PAGE_MEASURES[index - 1].direction)
    for index, one in enumerate(PAGE_MEASURES)
)


def table_of(report: Report, given: Members, first: int = 0, limit: int | None = None) -> Table:
    """The report's rows from `first` on; `given` are the members that lead to the same calls."""
    sums = [_sums(row) for row in report.rows]
    shown = slice(first, None if limit is None else first + limit)
    lines = [
        Line(row.extension_number, row.employee_name or "", _shown(figures), _links(of_row(given, row)))
        for row, figures in zip(report.rows[shown], sums[shown], strict=True)
    ]
    return Table(
        columns=COLUMNS,
        groups=tuple((name, sum(one.group == name for one in COLUMNS)) for name in GROUPS.values()),
        lines=lines,
        count=len(sums),
        totals=_shown([sum(column) for column in zip(*sums, strict=True)]),
        total_links=_links(given),
    )


def _sums(row: Row) -> list[int]:
    """A row over all its intervals."""
    return [sum(column) for column in zip(*row.cells.values(), strict=True)]


def of_row(given: Members, row: Row) -> Members:
    """Of the calls that the members lead to, those of one row of the answer."""
    named = {"employee": row.employee_id, "extension": row.extension_id}
    others = [one for one in given if one[0] != "extension" and not (row.employee_id and one[0].startswith("employee"))]
    return [*others, *((name, value) for name, value in named.items() if value is not None)]


def _links(given: Members) -> tuple[str, ...]:
    """From each column to the calls behind its figure."""
    return tuple(address("calls", [*given, ("measure", one.name)]) for one in PAGE_MEASURES)


def _shown(figures: list[int]) -> tuple[str, ...]:
    pairs = zip(COLUMNS, figures, strict=False)
    return tuple(clock(figure) if column.is_time else str(figure) for column, figure in pairs)


def clock(seconds: int) -> str:
    """Seconds as hours, minutes and seconds: 3:05:09."""
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"

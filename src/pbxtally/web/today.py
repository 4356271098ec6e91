"""`/`: today's table of a customer, the asking employee's own unless named, from the same report as the endpoint's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from fastapi import Request, Response

from pbxtally.calls import Direction
from pbxtally.intervals import wall_ms
from pbxtally.measures import PAGE_MEASURES, Adds, Measure
from pbxtally.query import parse_query
from pbxtally.renderers.request import first_and_last_day
from pbxtally.report import Report, Row
from pbxtally.stats import ask
from pbxtally.web.house import house_of
from pbxtally.web.pages import FORM_POLICY, page
from pbxtally.web.shell import shell_of
from pbxtally.web.token import session_in

Members = list[tuple[str, str]]
"""Members of a request, as they stand in an address."""

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


def today(request: Request) -> Response:
    """The page; who may not read statistics gets one that says so."""
    house = house_of(request)
    session, place = session_in(request)
    employee = session.employee
    asker = house.asker(employee)
    query = parse_query({"customer": request.query_params.get("customer")}, asker)
    report = ask(house.store, house.people, employee, query, house.language)
    sums = [_sums(row) for row in report.rows]
    day = first_and_last_day(query)[0]
    kept = [one for one in request.query_params.multi_items() if one[0] != "language"]
    given = [*request.query_params.multi_items(), ("from", day), ("to", day)]
    return page(
        "today.html",
        policy=FORM_POLICY,
        shell=shell_of(request, session, place),
        customer=report.customer_name,
        now=datetime(1970, 1, 1) + timedelta(milliseconds=wall_ms(query.zone, asker.now_ms)),
        zone=query.zone.key,
        columns=COLUMNS,
        groups=[(name, sum(one.group == name for one in COLUMNS)) for name in GROUPS.values()],
        lines=_lines(report, sums, given),
        kept=f"?{urlencode(kept)}" if kept else "",
        totals=_shown([sum(column) for column in zip(*sums, strict=True)]),
        total_links=_links(given),
    )


def _sums(row: Row) -> list[int]:
    """A row over all its intervals; today is one."""
    return [sum(column) for column in zip(*row.cells.values(), strict=True)]


def _lines(report: Report, sums: list[list[int]], given: Members) -> list[Line]:
    return [
        Line(row.extension_number, row.employee_name or "", _shown(figures), _links([*given, *_row_members(row)]))
        for row, figures in zip(report.rows, sums, strict=True)
    ]


def _row_members(row: Row) -> Members:
    """What says which row of the answer is meant."""
    named = (("employee", row.employee_id), ("extension", row.extension_id))
    return [(name, value) for name, value in named if value is not None]


def _links(given: Members) -> tuple[str, ...]:
    """From each column to the calls behind its figure."""
    return tuple(f"calls?{urlencode([*given, ('measure', one.name)])}" for one in PAGE_MEASURES)


def _shown(figures: list[int]) -> tuple[str, ...]:
    pairs = zip(COLUMNS, figures, strict=False)
    return tuple(clock(figure) if column.is_time else str(figure) for column, figure in pairs)


def clock(seconds: int) -> str:
    """Seconds as hours, minutes and seconds: 3:05:09."""
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"

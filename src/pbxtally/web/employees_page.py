"""`/employees`: the table of call statistics for any period, with a row for every extension that somebody holds.

The address also chooses which measures are shown and which column sorts the rows. A small line in each row shows how
its calls are spread over the period.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from fastapi import Request, Response

from pbxtally.fields import IDENTITY_FIELDS, SORTS
from pbxtally.intervals import DAY_MS, Interval, IntervalKey, Period, bucket_keys
from pbxtally.measures import MEASURES
from pbxtally.query import StatsQuery
from pbxtally.reader import Reader
from pbxtally.renderers.charts import Svg, spark
from pbxtally.report import Cell, Row
from pbxtally.stats import ask
from pbxtally.web.backend import backend_of
from pbxtally.web.i18n import _
from pbxtally.web.pages import FORM_POLICY, page
from pbxtally.web.paging import paged
from pbxtally.web.shell import shell_of
from pbxtally.web.sorting import Order, read_order, sorts_of
from pbxtally.web.table import (
    COLUMNS,
    Line,
    Table,
    columns_of,
    fields_for,
    figure_of,
    figures_of,
    groups_of,
    how_we_count_address,
    link_prefix_of,
    merged,
    row_links,
    values_of,
)
from pbxtally.web.token import session_in
from pbxtally.web.view import View, read_view

PATH = "/employees"

PAGE_ROWS = 500
"""Extensions on one page."""

OWN = ("fields", "sort", "page")

WHOLE = {"includeEmpty": "true", "groupingInterval": "MONTH"}
"""What its downloads ask for, unless the address says otherwise: rows of zeros too, in the fewest intervals."""

CALLS = ("outboundCalls", "inboundCalls")
"""The measures whose sum the small lines show."""


def employees(request: Request) -> Response:
    """The page; who may not read statistics gets one that says so."""
    backend = backend_of(request)
    session, place = session_in(request)
    view = read_view(request, backend.asker(session.employee), own=OWN, always=WHOLE)
    names = read_columns(view)
    order = read_order(view)
    query = counted_by(view.query, names, order)
    report = ask(backend.store, backend.people, session.employee, query, backend.language)
    paging = paged(view, len(report.rows), PAGE_ROWS)
    first = paging.skipped
    return page(
        "employees.html",
        policy=FORM_POLICY,
        shell=shell_of(request, session, place),
        customer=report.customer_name,
        view=view,
        table=table_of_page(report.rows, query, view, names, order, first, PAGE_ROWS),
        measures=COLUMNS.values(),
        first=first + 1,
        last=min(first + PAGE_ROWS, len(report.rows)),
        paging=paging,
        files=files_of(view, names, order),
    )


def read_columns(view: View) -> tuple[str, ...]:
    """The measures that `fields` names; without it, the page's own."""
    return tuple(name for name in Reader(view.given, as_text=True).fields("fields") if name in MEASURES)


def counted_by(query: StatsQuery, names: tuple[str, ...], order: Order) -> StatsQuery:
    """What has to be counted for the table: a row for everybody, in intervals that suit a small line."""
    interval = interval_of(query.period)
    return replace(
        query,
        fields=fields_for(names, (*CALLS, *({order.by} & MEASURES.keys()))),
        sort=order.by if order.by in SORTS else "extensionNumber",
        interval=interval or Interval.MONTH,
        interval_key=IntervalKey.ISO if interval else IntervalKey.NUMBER,  # for a century only twelve sums
        include_empty=True,
    )


def interval_of(period: Period) -> Interval | None:
    """The interval that a period has one or two dozen of; None: it is too long for a small line."""
    days = (period.until_ms - period.since_ms) / DAY_MS
    longest = {Interval.HOUR: 2, Interval.DAY: 45, Interval.WEEK: 200, Interval.MONTH: 1100}
    return next((interval for interval, most in longest.items() if days <= most), None)


def table_of_page(
    rows: list[Row],
    query: StatsQuery,
    view: View,
    names: tuple[str, ...],
    order: Order,
    first: int,
    limit: int | None,
) -> Table:
    """The rows in order, showing those from `first` on, and the figures of all of them together."""
    columns = columns_of(names)
    cells = [list(row.cells.values()) for row in rows]  # they are made anew at each access
    values = [values_of(one, query.measures) for one in cells]
    found = _in_order(list(zip(rows, values, cells, strict=True)), order)
    has_sparks = interval_of(query.period) is not None
    given, person, begun = view.calls, view.person(""), begun_by(query, view.now_ms)
    row_link = row_links(given)
    lines = [
        Line(
            row.extension_number,
            row.employee_name or "",
            person + row.employee_id if row.employee_id else "",
            figures_of(columns, one, row_link(row)),
            spark_of([its_cells], query, begun) if has_sparks else None,
        )
        for row, one, its_cells in found[first : None if limit is None else first + limit]
    ]
    total = figures_of(columns, merged(values, query.measures), link_prefix_of(given))
    sorts = sorts_of(view, names, order)
    return Table(columns, groups_of(columns), lines, len(rows), total, how_we_count_address(given), sorts, has_sparks)


Counted = tuple[Row, dict[str, int], list[Cell]]
"""A row, its figures over the whole period, and those of each interval."""


def _in_order(found: list[Counted], order: Order) -> list[Counted]:
    """By a measure, equal ones as the endpoint sorts them; the other orders are the endpoint's."""
    if order.by in SORTS:
        return found[::-1] if order.is_descending else found
    return sorted(found, key=lambda one: figure_of(order.by, one[1]), reverse=order.is_descending)


def begun_by(query: StatsQuery, now_ms: int) -> int:
    """How many of the intervals have begun: a line must not drop to zero in those still to come."""
    since_ms, until_ms = query.period.since_ms, query.period.until_ms
    passed = Period(since_ms, max(min(until_ms, now_ms + 1), since_ms))
    return sum(1 for _key in bucket_keys(query.interval, query.zone, passed))


def spark_of(rows: Iterable[Sequence[Cell]], query: StatsQuery, begun: int) -> Svg:
    """A small line: the calls of some rows together, for each interval that has begun."""
    return line_of(calls_over(rows, query)[:begun])


def calls_over(rows: Iterable[Sequence[Cell]], query: StatsQuery) -> list[int]:
    """The calls of some rows together, interval by interval."""
    one, other = (query.measures.index(name) for name in CALLS)
    calls = [[cell[one] + cell[other] for cell in cells] for cells in rows]
    return calls[0] if len(calls) == 1 else [sum(column) for column in zip(*calls, strict=True)]


def line_of(values: Sequence[int]) -> Svg:
    """A small line of such calls."""
    return spark(values, _("Calls over the period: {figures}", figures=", ".join(map(str, values))))


def files_of(view: View, names: tuple[str, ...], order: Order) -> dict[str, str]:
    """The downloads of what is shown."""
    more = [("fields", ",".join((*IDENTITY_FIELDS, *names)))] if "fields" in view.given else []
    more += [("sort", order.by)] if order.by in SORTS else []
    return {suffix: view.download(suffix, "pbx/cdrstats", *more) for suffix in ("xlsx", "csv", "json", "parquet")}

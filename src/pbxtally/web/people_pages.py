"""`/person`, `/department` and `/departments`: the figures of one employee, of one department, of all departments.

All are made of the same report as the endpoint's answer; each figure opens its calls.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import chain

from fastapi import Request, Response

from pbxtally.errors import InvalidFieldError, UnknownError
from pbxtally.intervals import IntervalKey
from pbxtally.login import Session
from pbxtally.measures import MEASURES
from pbxtally.query import Asker
from pbxtally.report import Report, Row
from pbxtally.stats import ask
from pbxtally.web.backend import Backend, backend_of
from pbxtally.web.employees_page import (
    begun_by,
    counted_by,
    interval_of,
    spark_of,
    table_of_page,
)
from pbxtally.web.filter_choices import in_order
from pbxtally.web.pages import FORM_POLICY, page
from pbxtally.web.shell import shell_of
from pbxtally.web.sorting import read_order
from pbxtally.web.spread import MANY_BARS, Drawn, count_of, drawn_by, spread
from pbxtally.web.table import (
    PAGE_NAMES,
    Line,
    Table,
    cells_of,
    columns_of,
    fields_for,
    figures_of,
    groups_of,
    how_we_count_address,
    link_prefix_of,
    merged,
    values_of,
)
from pbxtally.web.token import session_in
from pbxtally.web.view import View, read_view

PLACE = "employees"
"""The page of the navigation that these belong to."""

PERSON = "/person"
DEPARTMENT = "/department"
DEPARTMENTS = "/departments"


def person(request: Request) -> Response:
    """An employee of the customer; any other is answered like one that does not exist."""
    backend = backend_of(request)
    session, place = session_in(request)
    view = _about(request, backend.asker(session.employee), "id", "employee")
    report = _asked(backend, session, view)
    found = backend.people.employee(str(view.given["id"]).lower())
    if found is None or found.customer != view.query.customer:
        raise UnknownError("id")
    return page(
        "person.html",
        policy=FORM_POLICY,
        shell=shell_of(request, session, place, at=PLACE),
        customer=report.customer_name,
        view=view,
        person=found,
        numbers=[row.extension_number for row in report.rows],
        department=view.of_department(found.department) if found.department else "",
        drawn=_drawn(report, view),
        sheet=_sheet(report, view),
    )


def department(request: Request) -> Response:
    """The employees of a department, and their figures together."""
    backend = backend_of(request)
    session, place = session_in(request)
    view = _about(request, backend.asker(session.employee), "name", "department", own=("sort", "page"))
    report = _asked(backend, session, view)
    order = read_order(view)
    counted = counted_by(view.query, PAGE_NAMES, order)
    rows = ask(backend.store, backend.people, session.employee, counted, backend.language).rows
    return page(
        "department.html",
        policy=FORM_POLICY,
        shell=shell_of(request, session, place, at=PLACE),
        customer=report.customer_name,
        view=view,
        is_known=view.query.department in backend.people.departments(view.query.customer).values(),
        table=table_of_page(rows, counted, view, PAGE_NAMES, order, 0, None),
        drawn=_drawn(report, view),
        sheet=_sheet(report, view),
    )


def _about(request: Request, asker: Asker, own_name: str, member: str, own: tuple[str, ...] = ()) -> View:
    """The view of a page about one employee or department; its form chooses the intervals to draw."""
    view = read_view(request, asker, means={own_name: member}, own=own)
    if own_name not in view.given:
        raise InvalidFieldError(own_name, f"Missing {own_name} - the page shows one {member}")
    return replace(view, query=replace(view.query, interval=drawn_by(view)))


def _asked(backend: Backend, session: Session, view: View) -> Report:
    """All measures, by the intervals to draw."""
    query = replace(
        view.query,
        fields=fields_for(MEASURES),
        interval_key=IntervalKey.ISO,
        include_empty=count_of(view.query.period, view.query.interval) <= MANY_BARS,
    )
    return ask(backend.store, backend.people, session.employee, query, backend.language)


def _drawn(report: Report, view: View) -> list[Drawn]:
    return spread(report.rows, report.measures, report.query.interval, view)


def _sheet(report: Report, view: View) -> Table:
    """Every measure with its sentence."""
    columns = columns_of(MEASURES)
    figures = figures_of(columns, values_of(cells_of(report.rows), report.measures), link_prefix_of(view.calls))
    return Table(columns, groups_of(columns), [], len(report.rows), figures, how_we_count_address(view.calls))


def departments(request: Request) -> Response:
    """A row for each department of the customer, in order of name, and last one for people in none."""
    backend = backend_of(request)
    session, place = session_in(request)
    view = read_view(request, backend.asker(session.employee))
    query = counted_by(view.query, PAGE_NAMES, read_order(view))
    report = ask(backend.store, backend.people, session.employee, query, backend.language)
    of = backend.people.departments(query.customer)
    rows: dict[str, list[Row]] = {}
    for row in report.rows:
        rows.setdefault(of.get(row.employee_id or "") or "", []).append(row)
    customer = backend.people.customer(query.customer)
    assert customer is not None
    names = [*in_order(backend, customer, rows), *([""] if "" in rows else [])]
    return page(
        "departments.html",
        policy=FORM_POLICY,
        shell=shell_of(request, session, place, at=PLACE),
        customer=report.customer_name,
        view=view,
        table=_by_department(report, view, [(name, rows[name]) for name in names]),
    )


def _by_department(report: Report, view: View, found: Iterable[tuple[str, list[Row]]]) -> Table:
    columns, measures = columns_of(PAGE_NAMES), report.measures
    has_sparks = interval_of(report.query.period) is not None
    begun, lines, values = begun_by(report.query, view.now_ms), [], []
    for name, rows in found:
        cells = [list(row.cells.values()) for row in rows]
        together = values_of(chain(*cells), measures)
        given = [*(one for one in view.calls if one[0] != "department"), ("department", name)]
        figures = figures_of(columns, together, link_prefix_of(given))
        if not name:
            figures = [replace(one, address="") for one in figures]
        department_link = view.of_department(name) if name else ""
        lines.append(
            Line("", name, department_link, figures, spark_of(cells, report.query, begun) if has_sparks else None)
        )
        values.append(together)
    total = figures_of(columns, merged(values, measures), link_prefix_of(view.calls))
    return Table(
        columns, groups_of(columns), lines, len(lines), total, how_we_count_address(view.calls), has_sparks=has_sparks
    )

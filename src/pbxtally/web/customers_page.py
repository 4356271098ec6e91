"""`/customers`: a reseller's customers, each with its figures in a period, by its own clock and hours.

Only customers whose statistics one may read are shown. All are counted, because any column may sort them, and some
dozens are shown on a page. A figure leads to its calls. A figure of all together leads to the customers it is made of,
the largest first: their calls cannot be listed, having no clock in common.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import NamedTuple

from fastapi import Request, Response

from pbxtally.access import Action, Decision, allowed, decision_of, relation, require_level, stands_below
from pbxtally.people import Customer, CustomerState, Employee
from pbxtally.query import Asker, parse_query
from pbxtally.stats import ask_each
from pbxtally.web.backend import Backend, backend_of
from pbxtally.web.employees_page import begun_by, calls_over, counted_by, interval_of, line_of, read_columns
from pbxtally.web.pages import FORM_POLICY, page
from pbxtally.web.paging import paged
from pbxtally.web.periods import days_of, today_in
from pbxtally.web.shell import shell_of
from pbxtally.web.sorting import Order, read_order, sorts_of
from pbxtally.web.table import (
    COLUMNS,
    Column,
    Figure,
    Line,
    Table,
    columns_of,
    figure_of,
    figures_of,
    groups_of,
    how_we_count_address,
    link_prefix_of,
    merged,
    values_of,
)
from pbxtally.web.token import session_in
from pbxtally.web.view import Members, View, read_view

PATH = "/customers"

OWN = ("fields", "sort", "page")

PAGE_CUSTOMERS = 50

NAME = "name"
"""The word in `sort` for the customers' names."""


class Counted(NamedTuple):
    """A customer, its figures over the whole period, and its calls interval by interval."""

    customer: Customer
    values: dict[str, int]
    calls: list[int]


def customers(request: Request) -> Response:
    """The page; a `customer` in the address is the reseller whose customers to show."""
    backend = backend_of(request)
    session, place = session_in(request)
    employee = session.employee
    require_level(Action.LIST_CUSTOMERS, employee)
    asker = backend.asker(employee)
    view = read_view(request, asker, own=OWN)
    names, order = read_columns(view), read_order(view, NAME, (NAME,))
    found = _in_order(backend, _counted(backend, employee, asker, view, names, order), order)
    paging = paged(view, len(found), PAGE_CUSTOMERS)
    first = paging.skipped
    shown = found[first : first + PAGE_CUSTOMERS]
    columns = columns_of(names)
    return page(
        "customers.html",
        policy=FORM_POLICY,
        shell=shell_of(request, session, place),
        view=view,
        table=Table(
            columns,
            groups_of(columns),
            [_line(one, asker, view, columns) for one in shown],
            len(found),
            _totals(found, view, columns),
            how_we_count_address(view.calls),
            sorts_of(view, names, order, (NAME,)),
            has_sparks=interval_of(view.query.period) is not None,
        ),
        measures=COLUMNS.values(),
        first=first + 1,
        last=first + len(shown),
        paging=paging,
    )


def _customers(backend: Backend, employee: Employee, view: View) -> list[Customer]:
    """A reseller and its customers, at any depth; if none is named, all that the employee may read."""
    parents = backend.people.parents()
    top = view.query.customer if "customer" in view.given else None
    if top is not None:
        allowed(Action.LIST_CUSTOMERS, employee, top, parents, word="customer")
    level = employee.access_level
    return [
        one
        for one in backend.people.customers()
        if one.state is not CustomerState.DELETED
        and (top is None or one.id == top or stands_below(one.id, top, parents))
        and decision_of(Action.READ_STATISTICS, level, relation(employee, one.id, parents)) is Decision.ALLOW
    ]


def _counted(
    backend: Backend, employee: Employee, asker: Asker, view: View, names: tuple[str, ...], order: Order
) -> list[Counted]:
    found = _customers(backend, employee, view)
    queries = [
        counted_by(parse_query({**view.members, "customer": one.id}, asker, as_text=True), names, order)
        for one in found
    ]
    counted = []
    reports = ask_each(backend.store, backend.people, employee, queries, backend.language)
    for one, report in zip(found, reports, strict=True):
        cells = [list(row.cells.values()) for row in report.rows]
        calls = calls_over(cells, report.query)[: begun_by(report.query, asker.now_ms)]
        counted.append(Counted(one, values_of(chain(*cells), report.measures), calls))
    return counted


def _in_order(backend: Backend, found: list[Counted], order: Order) -> list[Counted]:
    """By name, or by a measure, equal ones by name."""
    keys = backend.store.sort_keys([one.customer.name for one in found], backend.language)
    named = [one for _, one in sorted(zip(keys, found, strict=True), key=lambda each: (each[0], each[1].customer.id))]
    if order.by == NAME:
        return named[::-1] if order.is_descending else named
    return sorted(named, key=lambda one: figure_of(order.by, one.values), reverse=order.is_descending)


def _line(one: Counted, asker: Asker, view: View, columns: list[Column]) -> Line:
    given: Members = [("customer", one.customer.id), *(kept for kept in view.calls if kept[0] != "customer")]
    figures = figures_of(columns, one.values, link_prefix_of(given))
    has_sparks = interval_of(view.query.period) is not None
    spark = line_of(one.calls) if has_sparks else None
    return Line("", one.customer.name, _employees_of(one.customer, asker, view), figures, spark)


def _employees_of(customer: Customer, asker: Asker, view: View) -> str:
    """The customer's table of the same calls; of the same days even if its calendar shows another day by now."""
    zone = view.query.zone if "timezone" in view.given else asker.zone_of(customer.id)
    if view.preset and days_of(view.preset, today_in(zone, asker.now_ms)) != view.days:
        return view.on_days(*view.days, "employees", customer=customer.id)
    return view.to("employees", customer=customer.id)


def _totals(found: list[Counted], view: View, columns: list[Column]) -> list[Figure]:
    """The figures of all; each leads to the customers it is made of, unless these are already shown."""
    if not found:
        return []
    together = figures_of(columns, merged((one.values for one in found), list(found[0].values)), PATH)
    return [replace(one, address=_parts(view, columns, at) if one.address else "") for at, one in enumerate(together)]


def _parts(view: View, columns: list[Column], at: int) -> str:
    """The address of the customers that a column's figure is made of; "" if it is the only column."""
    name = columns[at].name
    return view.to(fields=name, sort=f"-{name}", page=None) if len(columns) > 1 else ""

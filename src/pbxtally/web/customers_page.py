"""`/customers`: a reseller's customers, each with its figures in a period, by its own clock and hours.

Who may not read a customer's statistics does not see it here. Figures are asked of one customer after another, just as
its own pages ask; so a page of the list has some dozens.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import chain

from fastapi import Request, Response

from pbxtally.access import Action, Answer, allowed, answer_of, relation, require_level, stands_below
from pbxtally.people import Customer, CustomerState, Employee
from pbxtally.query import Asker, parse_query
from pbxtally.reader import Reader
from pbxtally.stats import ask
from pbxtally.web.employees_page import Order, counted_by, interval_of, spark_of
from pbxtally.web.house import House, house_of
from pbxtally.web.pages import FORM_POLICY, page
from pbxtally.web.shell import shell_of
from pbxtally.web.table import (
    PAGE_NAMES,
    Line,
    Table,
    columns_of,
    figures_of,
    groups_of,
    how,
    leads_to,
    merged,
    values_of,
)
from pbxtally.web.token import session_in
from pbxtally.web.view import NO_PEOPLE, Members, View, read_view

PATH = "/customers"

PAGE_CUSTOMERS = 50


def customers(request: Request) -> Response:
    """The page; a `customer` in the address is the reseller whose customers are meant."""
    house = house_of(request)
    session, place = session_in(request)
    employee = session.employee
    require_level(Action.LIST_CUSTOMERS, employee)
    asker = house.asker(employee)
    view = read_view(request, asker, own=("page",))
    found = _in_order(house, _customers(house, employee, view))
    pages = max(-(-len(found) // PAGE_CUSTOMERS), 1)
    number = Reader(view.given, as_text=True).whole("page", 1, 1, pages)
    first = (number - 1) * PAGE_CUSTOMERS
    shown = found[first : first + PAGE_CUSTOMERS]
    return page(
        "customers.html",
        policy=FORM_POLICY,
        shell=shell_of(request, session, place),
        view=view,
        table=_table(house, employee, asker, view, shown),
        first=first + 1,
        last=first + len(shown),
        listed=len(found),
        before=view.to(page=str(number - 1)) if number > 1 else "",
        after=view.to(page=str(number + 1)) if number < pages else "",
    )


def _customers(house: House, employee: Employee, view: View) -> list[Customer]:
    """A reseller and those below it, at any depth; without one named, all that the employee may read."""
    parents = house.people.parents()
    top = view.query.customer if "customer" in view.given else None
    if top is not None:
        allowed(Action.LIST_CUSTOMERS, employee, top, parents, word="customer")
    level = employee.access_level
    return [
        one
        for one in house.people.customers()
        if one.state is not CustomerState.DELETED
        and (top is None or one.id == top or stands_below(one.id, top, parents))
        and answer_of(Action.READ_STATISTICS, level, relation(employee, one.id, parents)) is Answer.ALLOW
    ]


def _in_order(house: House, found: list[Customer]) -> list[Customer]:
    keys = house.store.sort_keys([one.name for one in found], house.language)
    order = sorted(range(len(found)), key=lambda at: (keys[at], found[at].id))
    return [found[at] for at in order]


def _table(house: House, employee: Employee, asker: Asker, view: View, shown: list[Customer]) -> Table:
    columns = columns_of(PAGE_NAMES)
    has_sparks = interval_of(view.query.period) is not None
    lines, sums, measures = [], [], view.query.measures
    for one in shown:
        asked = parse_query({**view.members, "customer": one.id}, asker, as_text=True)
        query = counted_by(asked, PAGE_NAMES, Order("extensionNumber", falls=False))
        report = ask(house.store, house.people, employee, query, house.language)
        measures = report.measures
        cells = [list(row.cells.values()) for row in report.rows]
        values = values_of(chain(*cells), measures)
        given: Members = [("customer", one.id), *(kept for kept in view.calls if kept[0] != "customer")]
        figures = figures_of(columns, values, leads_to(given))
        leads = view.to("employees", customer=one.id, **NO_PEOPLE)
        lines.append(Line("", one.name, leads, figures, spark_of(cells, query) if has_sparks else None))
        sums.append(values)
    total = [replace(one, address="") for one in figures_of(columns, merged(sums, measures), "")] if sums else []
    return Table(columns, groups_of(columns), lines, len(lines), total, how(view.calls), has_sparks=has_sparks)

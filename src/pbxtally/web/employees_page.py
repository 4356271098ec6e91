"""`/employees`: the table of call statistics for any period, with a row for every extension that somebody holds."""

from __future__ import annotations

from dataclasses import replace

from fastapi import Request, Response

from pbxtally.query import SORTS, Reader
from pbxtally.stats import ask
from pbxtally.web.house import house_of
from pbxtally.web.pages import FORM_POLICY, page
from pbxtally.web.shell import shell_of
from pbxtally.web.table import table_of
from pbxtally.web.token import session_in
from pbxtally.web.view import read_view

PATH = "/employees"

PAGE_ROWS = 500
"""Extensions on one page."""

WHOLE = {"includeEmpty": "true", "groupingInterval": "MONTH"}
"""How the table is asked for, and its downloads: with rows of zeros, in as few intervals as there are."""

SORT_WORDS = {"employeeName": "Employee", "extensionNumber": "Extension"}


def employees(request: Request) -> Response:
    """The page; who may not read statistics gets one that says so."""
    house = house_of(request)
    session, place = session_in(request)
    view = read_view(request, house.asker(session.employee), own=("sort", "page"), always=WHOLE)
    reader = Reader(view.given, as_text=True)
    query = replace(view.query, sort=reader.sort("sort", view.query.fields))
    report = ask(house.store, house.people, session.employee, query, house.language)
    pages = max(-(-len(report.rows) // PAGE_ROWS), 1)
    number = reader.whole("page", 1, 1, pages)
    first = (number - 1) * PAGE_ROWS
    return page(
        "employees.html",
        policy=FORM_POLICY,
        shell=shell_of(request, session, place),
        customer=report.customer_name,
        view=view,
        sorts=[(SORT_WORDS[one], view.to(sort=one, page=None), one == query.sort) for one in SORTS],
        table=table_of(report, view.calls, first, PAGE_ROWS),
        first=first + 1,
        last=min(first + PAGE_ROWS, len(report.rows)),
        before=view.to(page=str(number - 1)) if number > 1 else "",
        after=view.to(page=str(number + 1)) if number < pages else "",
        files={
            suffix: view.download(suffix, "pbx/cdrstats", ("sort", query.sort)) for suffix in ("xlsx", "csv", "json")
        },
    )

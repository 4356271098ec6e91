"""`/`: today's table of a customer, the asking employee's own unless named, from the same report as the endpoint's."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlencode

from fastapi import Request, Response

from pbxtally.intervals import wall_ms
from pbxtally.query import parse_query
from pbxtally.renderers.request import first_and_last_day
from pbxtally.stats import ask
from pbxtally.web.house import house_of
from pbxtally.web.pages import FORM_POLICY, page
from pbxtally.web.shell import shell_of
from pbxtally.web.table import table_of
from pbxtally.web.token import session_in


def today(request: Request) -> Response:
    """The page; who may not read statistics gets one that says so."""
    house = house_of(request)
    session, place = session_in(request)
    employee = session.employee
    asker = house.asker(employee)
    query = parse_query({"customer": request.query_params.get("customer")}, asker)
    report = ask(house.store, house.people, employee, query, house.language)
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
        table=table_of(report, given),
        kept=f"?{urlencode(kept)}" if kept else "",
    )

"""`/employees`: the table of call statistics for any period, with a row for every extension that somebody holds.

Everything chosen stands in the address, so a link shows the same view again. A period by its name moves on with the
calendar; the downloads and the calls behind the figures are always of the days that are shown.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from fastapi import Request, Response

from pbxtally.errors import InvalidFieldError
from pbxtally.query import SORTS, Asker, CallDirection, Reader, parse_query
from pbxtally.renderers.request import first_and_last_day, moment
from pbxtally.stats import ask
from pbxtally.web.cdrstats import address_members
from pbxtally.web.house import house_of
from pbxtally.web.pages import FORM_POLICY, page
from pbxtally.web.periods import WORDS, Preset, days_of, today_in
from pbxtally.web.shell import shell_of
from pbxtally.web.table import Members, table_of
from pbxtally.web.token import NAME as TOKEN
from pbxtally.web.token import session_in

PATH = "/employees"

PAGE_ROWS = 500
"""Extensions on one page."""

MEMBERS = ("customer", "period", "from", "to", "direction", "ignoreBelow", "ignoreLocal", "sort", "page", "language")
"""What may stand in the address."""

WHOLE = {"includeEmpty": "true", "groupingInterval": "MONTH"}
"""How the table is asked for, and its downloads: with rows of zeros, in as few intervals as there are."""

CHOSEN = ("customer", "from", "to", "direction", "ignoreBelow", "ignoreLocal")
"""What decides which calls are counted."""

SORT_WORDS = {"employeeName": "Employee", "extensionNumber": "Extension"}

DIRECTION_WORDS = {CallDirection.BOTH: "Both", CallDirection.IN: "Inbound", CallDirection.OUT: "Outbound"}


def employees(request: Request) -> Response:
    """The page; who may not read statistics gets one that says so."""
    house = house_of(request)
    session, place = session_in(request)
    asker = house.asker(session.employee)
    given = _given(request)
    preset, members = _with_days(given, asker)
    query = parse_query({**members, **WHOLE}, asker, as_text=True)
    report = ask(house.store, house.people, session.employee, query, house.language)
    pages = max(-(-len(report.rows) // PAGE_ROWS), 1)
    number = _page_number(given, pages)
    first = (number - 1) * PAGE_ROWS
    kept = [(name, request.query_params[name]) for name in ("language", TOKEN) if name in request.query_params]
    behind: Members = [*((name, members[name]) for name in CHOSEN if name in members), *kept]
    return page(
        "employees.html",
        policy=FORM_POLICY,
        shell=shell_of(request, session, place),
        customer=report.customer_name,
        since=moment(query.zone, query.period.since_ms),
        until=moment(query.zone, query.period.until_ms - 1, unit_ms=999),
        zone=query.zone.key,
        days=first_and_last_day(query),
        query=query,
        preset=preset,
        presets=WORDS,
        directions=DIRECTION_WORDS,
        sorts=[(SORT_WORDS[one], _address(given, kept, sort=one, page=None), one == query.sort) for one in SORTS],
        hidden=[*((name, given[name]) for name in ("customer", "sort") if name in given), *kept],
        table=table_of(report, behind, first, PAGE_ROWS),
        first=first + 1,
        last=min(first + PAGE_ROWS, len(report.rows)),
        before=_address(given, kept, page=str(number - 1)) if number > 1 else "",
        after=_address(given, kept, page=str(number + 1)) if number < pages else "",
        download=_download(members, kept),
    )


def _given(request: Request) -> dict[str, Any]:
    """The members of the address; what a form leaves empty is not given."""
    given = {name: value for name, value in address_members(request).items() if value != ""}
    for name in given:
        if name not in MEMBERS:
            raise InvalidFieldError(name, f"Unknown member - use {', '.join(MEMBERS)}")
    return given


def _with_days(given: dict[str, Any], asker: Asker) -> tuple[Preset | None, dict[str, Any]]:
    """The period's name, and the members of the endpoint, in which its days stand; a name goes before `from` and `to`.

    Without any it is today.
    """
    reader = Reader(given, as_text=True)
    preset = reader.maybe("period", Preset)
    if preset is None and "from" not in given and "to" not in given:
        preset = Preset.TODAY
    members = {name: value for name, value in given.items() if name not in ("period", "page", "language")}
    if preset:
        zone = asker.zone_of(reader.identity("customer") or asker.customer)
        first, last = days_of(preset, today_in(zone, asker.now_ms))
        members |= {"from": first.isoformat(), "to": last.isoformat()}
    return preset, members


def _page_number(given: dict[str, Any], pages: int) -> int:
    return Reader(given, as_text=True).whole("page", 1, 1, pages)


def _address(given: dict[str, Any], kept: Members, **changed: str | None) -> str:
    """The same view with something changed."""
    members = {name: value for name, value in {**given, **dict(kept), **changed}.items() if value is not None}
    return f"employees?{urlencode(members)}"


def _download(members: dict[str, Any], kept: Members) -> str:
    """What has to stand behind the endpoint's path to be given what the page shows."""
    token = [one for one in kept if one[0] == TOKEN]
    return f"?{urlencode([*members.items(), *WHOLE.items(), *token])}"

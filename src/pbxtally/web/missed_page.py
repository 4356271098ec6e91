"""`/missed`: the calls from outside that nobody took, and whether anybody got back to the caller."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from fastapi import Request, Response

from pbxtally.missed import RETURNED, RULE, SEQUELS, Sequel
from pbxtally.missed_calls import missed_calls
from pbxtally.missed_list import MissedCall, parse_missed
from pbxtally.report import Holder
from pbxtally.web.backend import backend_of
from pbxtally.web.i18n import short_date, short_day, time_of_day
from pbxtally.web.pages import FORM_POLICY, page
from pbxtally.web.paging import paged
from pbxtally.web.periods import clock_in
from pbxtally.web.shell import shell_of
from pbxtally.web.token import session_in
from pbxtally.web.view import KEPT, Members, View, address, pairs, read_view

PATH = "/missed"

PAGE_CALLS = 500
"""Calls on one page."""

CHOICES = {"": "All", "false": "Not returned yet", "true": "Returned"}
"""Values of `returned` in the address, and their words."""


@dataclass(frozen=True, slots=True)
class Line:
    """A missed call as it is shown, and what came after it."""

    when: str
    address: str
    number: str
    name: str
    missed_by: tuple[Holder, ...]
    sequel: str
    is_returned: bool
    followed: str
    followed_address: str
    follower: Holder | None


def missed_page(request: Request) -> Response:
    """The page; who may not read statistics gets one that says so."""
    backend = backend_of(request)
    session, place = session_in(request)
    asker = backend.asker(session.employee)
    view = read_view(request, asker, own=("returned", "page"))
    which = pairs(view.given, ["returned"])
    query = parse_missed({**view.members, **dict(which)}, asker, as_text=True)
    shell = shell_of(request, session, place)
    all_missed = missed_calls(backend.store, backend.people, session.employee, query.stats, asker.now_ms)
    paging = paged(view, all_missed.listed(query).total, PAGE_CALLS)
    found = all_missed.listed(replace(query, offset=paging.skipped, limit=PAGE_CALLS))
    lines = lines_of(view, found.calls)
    return page(
        "missed.html",
        policy=FORM_POLICY,
        shell=shell,
        customer=found.customer_name,
        view=view,
        rule=RULE,
        choices_of=CHOICES,
        chosen="" if query.returned is None else str(query.returned).lower(),
        total=found.missed,
        returned=found.returned,
        lines=lines,
        listed=found.total,
        first=paging.skipped + 1,
        last=paging.skipped + len(lines),
        paging=paging,
        files={suffix: view.download(suffix, "pbx/cdrstats/missed", *which) for suffix in ("xlsx", "csv", "json")},
    )


def lines_of(view: View, calls: Iterable[MissedCall]) -> list[Line]:
    """Missed calls as they are shown."""
    return [_line(view, one) for one in calls]


def _line(view: View, one: MissedCall) -> Line:
    missed_by = one.missed_by[0]
    return Line(
        when=_when(view, one.started_ms),
        address=_one_call(view, one.started_ms, "inboundUnanswered", missed_by),
        number=one.number,
        name="" if one.name == one.number else one.name,
        missed_by=one.missed_by,
        sequel=SEQUELS[one.sequel],
        is_returned=one.sequel in RETURNED,
        followed="" if one.followed_ms is None else _when(view, one.followed_ms),
        followed_address="" if one.followed_ms is None else _followed(view, one, one.followed_ms),
        follower=one.follower,
    )


def _followed(view: View, one: MissedCall, at_ms: int) -> str:
    """The call that came after it."""
    measure = {Sequel.CALLED_BACK: "outboundAnswered", Sequel.CALLED_AGAIN: "inboundAnswered"}.get(one.sequel)
    return _one_call(view, at_ms, measure or "outboundUnanswered", one.follower)


def _one_call(view: View, at_ms: int, measure: str, of: Holder | None) -> str:
    """The address of one call, whatever the view leaves out."""
    members: Members = [("from", str(at_ms)), ("to", str(at_ms)), ("measure", measure), *pairs(view.given, KEPT)]
    if of is not None:
        members.append(("extension", of.extension_id or of.extension_number))
    if of is None or of.employee_id is None:
        members.append(("includeUnassigned", "true"))
    return address("calls", members)


def _when(view: View, at_ms: int) -> str:
    """A short moment, with its year unless the period ends in that year."""
    clock = clock_in(view.query.zone, at_ms)
    day = short_day(clock) if clock.year == view.days[1].year else short_date(clock)
    return f"{day} {time_of_day(clock)}"

"""`/calls`: the calls behind anything clicked, with the reason in plain words and the legs to unfold (D29).

The members are those of `/pbx/cdrstats/calls`, in the address: a link shows the same again. Long lists are split into
pages on the server.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from fastapi import Request, Response

from pbxtally.calls import Direction, Outcome, Reason
from pbxtally.drill import open_figure
from pbxtally.figure import ALL_MEMBERS, RULES, FigureCall, FigureCalls, FigureQuery, Lines, Party, parse_figure
from pbxtally.measures import MEASURES, REASONS, Adds, Average
from pbxtally.renderers.figure_legs import leg_object
from pbxtally.web.backend import Backend, backend_of
from pbxtally.web.i18n import _, number, weekdays
from pbxtally.web.pages import FORM_POLICY, page
from pbxtally.web.periods import clock_in
from pbxtally.web.shell import shell_of
from pbxtally.web.spread import words_of
from pbxtally.web.table import COLUMNS, clock
from pbxtally.web.token import session_in
from pbxtally.web.view import CHOICES, INTERVAL_WORDS, View, pairs, read_view

PATH = "/calls"

OWN = tuple(name for name in ALL_MEMBERS if name not in ("customer", *CHOICES))
"""The endpoint's members that not every page of figures knows."""

NARROWING = ("extension", "onlyUnassigned", "interval", "weekday", "hour")
"""Members that select a part of a view's calls, as a click on a figure does."""

PAGE_CALLS = 500
"""Calls on one page."""


@dataclass(frozen=True, slots=True)
class Line:
    """A call as it is shown."""

    when: str
    caller: Party
    callee: Party
    number: str
    name: str
    side: str
    outcome: str
    reason: str
    rang: str
    talked: str
    left_out: tuple[str, str] | None
    legs: list[dict[str, str]]


def calls(request: Request) -> Response:
    """The page; who may not read statistics gets one that says so."""
    backend = backend_of(request)
    session, place = session_in(request)
    employee = session.employee
    asker = backend.asker(employee)
    view = read_view(request, asker, own=OWN)
    query = parse_figure({**view.members, **view.own_members}, asker, as_text=True)
    query = replace(query, limit=min(query.limit or PAGE_CALLS, PAGE_CALLS))
    figure_calls = open_figure(backend.store, backend.people, employee, query)
    lines = [_line(one, query.stats.zone) for one in figure_calls.calls]
    listed = figure_calls.total + figure_calls.left_out
    return page(
        "calls.html",
        policy=FORM_POLICY,
        shell=shell_of(request, session, place),
        customer=figure_calls.customer_name,
        heading=COLUMNS[query.measure].title if query.measure else "Calls",
        figure=_figure(figure_calls),
        sentence=MEASURES[query.measure].sentence if query.measure else "All calls matching the filters.",
        view=view,
        part=_part_of(backend, query),
        measure=query.measure,
        measures=COLUMNS.values(),
        total=figure_calls.total,
        left_out=figure_calls.left_out,
        near=query.near,
        lines=lines,
        first=query.offset + 1,
        last=query.offset + len(lines),
        listed=listed,
        links=_links(view, query, listed),
    )


def _part_of(backend: Backend, query: FigureQuery) -> str:
    """Which part of the calls is shown: an extension's, an interval's, those of a weekday or of an hour."""
    extension = _("Extension {number}", number=_number_of(backend, query)) if query.extension else ""
    day = "" if query.weekday is None else weekdays()[query.weekday - 1]
    hour = "" if query.hour is None else f"{query.hour:02}–{query.hour + 1:02}"
    moment = " ".join(one for one in (_interval(query), day, hour) if one)
    return ", ".join(one for one in (extension, moment) if one)


def _number_of(backend: Backend, query: FigureQuery) -> str:
    """The number of the requested extension, as its row shows it."""
    numbers = {
        one.extension: one.number
        for one in backend.people.assignments(query.stats.customer)
        if one.since_ms < query.stats.period.until_ms
    }
    return numbers.get(query.extension or "", query.extension or "")


def _interval(query: FigureQuery) -> str:
    """The figure's interval in words; a plain number with its kind."""
    if query.interval is None:
        return ""
    interval = query.stats.interval
    if query.interval.isdecimal():
        return f"{_(INTERVAL_WORDS[interval])} {query.interval}"
    return words_of(interval, query.interval, query.stats.zone)


def _figure(figure_calls: FigureCalls) -> str:
    """The figure as people read it: seconds as hours, minutes and seconds."""
    name = figure_calls.query.measure
    if name is None or figure_calls.figure is None:
        return number(figure_calls.total)
    measure = MEASURES[name]
    counts = not isinstance(measure, Average) and measure.adds is Adds.ONE
    return number(figure_calls.figure) if counts else clock(figure_calls.figure)


def _line(one: FigureCall, zone: ZoneInfo) -> Line:
    involvement = one.involvement
    side = "outbound" if involvement.direction == Direction.OUT else "inbound"
    return Line(
        when=_when(involvement.started_ms, zone),
        caller=_named(one.caller),
        callee=_named(one.callee),
        number=one.holder.extension_number,
        name=one.holder.employee_name or "",
        side=f"{side}, local" if involvement.local else side,
        outcome=Outcome(involvement.outcome).name.lower(),
        reason=REASONS[Reason(involvement.reason)],
        rang=clock(involvement.ring_seconds),
        talked=clock(involvement.talk_seconds),
        left_out=RULES[one.left_out] if one.left_out else None,
        legs=[dict(_leg(leg_object(leg), zone, leg.started_ms, leg.ended_ms)) for leg in one.legs],
    )


def _named(party: Party) -> Party:
    """The party, without a name that only repeats the number."""
    return Party(party.number, "" if party.name == party.number else party.name)


def _when(at_ms: int, zone: ZoneInfo) -> str:
    return f"{clock_in(zone, at_ms):%Y-%m-%d %H:%M:%S}"


def _leg(row: dict[str, str | None], zone: ZoneInfo, start_ms: int, end_ms: int) -> Iterator[tuple[str, str]]:
    """What is shown of a leg: its times by the zone's clock, who called whom, how it ended, the PBX's words."""
    yield "when", f"{_when(start_ms, zone)} – {_when(end_ms, zone)[-8:]}"
    yield "from", row["callerNumber"] or row["callerDevice"] or "?"
    number, device = row["dialled"] or row["calleeNumber"], row["calleeDevice"]
    yield (
        "to",
        f"{number} ({device})" if number and device and number != device else number or device or row["via"] or "?",
    )
    yield "result", str(row["result"]).replace("_", " ")
    yield "words", row["words"] or ""


def _links(view: View, query: FigureQuery, listed: int) -> dict[str, str]:
    """The page's links: the pages before and after, the same with and without what was left out, its downloads."""
    limit = query.limit or PAGE_CALLS
    links = {"before": "", "after": "", "near": view.to(near=None if query.near else "true", offset=None)}
    links["all"] = view.to(**dict.fromkeys((*NARROWING, "offset")))
    own = pairs(view.own_members, (name for name in OWN if name not in ("offset", "limit", "format", "lines")))
    for name in ("xlsx", "csv", "json"):
        links[name] = view.download(name, "pbx/cdrstats/calls", *own)
    links["legs"] = view.download("csv", "pbx/cdrstats/calls", *own, ("lines", Lines.LEGS))
    if query.offset:
        before = min(query.offset - limit, max(listed - 1, 0) // limit * limit)  # from beyond the end the last page
        links["before"] = view.to(offset=str(before) if before > 0 else None)
    if query.offset + limit < listed:
        links["after"] = view.to(offset=str(query.offset + limit))
    return links

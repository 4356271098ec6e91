"""`/`: a period at a glance, beside the one before: how many calls, when, who is owed one, who had many and who few.

Every number leads to exactly the calls behind it. `overview.py`, `missed.py` and `measures.py` say what is counted;
here it is put side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import NamedTuple

from fastapi import Request, Response

from pbxtally.intervals import DAY_MS, LONGEST_MS, Interval, Period
from pbxtally.missed import RETURNED, RULE, Sequel
from pbxtally.missed_calls import MissedCalls, missed_calls
from pbxtally.overview import EmployeeCounts, by_employee, overview, total
from pbxtally.query import of_period
from pbxtally.renderers.charts import bars_on_any_screen, heat_on_any_screen
from pbxtally.web.backend import backend_of
from pbxtally.web.i18n import _, in_percent, number, percent, weekdays, whole_percent
from pbxtally.web.missed_page import lines_of
from pbxtally.web.overview_charts import OUTCOMES, busiest, by_interval
from pbxtally.web.pages import FORM_POLICY, page
from pbxtally.web.periods import ONE_DAY, before, begin_ms, in_words, today_in
from pbxtally.web.shell import shell_of
from pbxtally.web.table import clock
from pbxtally.web.token import session_in
from pbxtally.web.view import View, address, read_view

PATH = "/"

MEASURES = ("totalCalls", "totalSeconds", "inboundCalls", "inboundAnswered", "inboundUnanswered")
"""What is counted for each employee and, added up, for everybody; by interval and hour, outcomes are counted."""

TILES = {
    "totalCalls": "Calls",
    "inboundAnswered": "Received calls answered",
    "inboundUnanswered": "Received calls unanswered",
    "totalSeconds": "Talk time",
}
"""The measures shown large, and their words."""

NOT_RETURNED = frozenset(Sequel) - RETURNED

SHOWN = 10
"""Missed calls on the overview."""

LONGEST_LOOK, LAST_DAYS = 93, 7
"""In a period of more days than this only its last days' missed calls are looked at: nobody waits a year."""

FEW = 5
"""Employees in each of its lists."""

MANY_TIMES = 10
"""So many times as much, and nobody thinks in percent any more."""

INTERVALS = (Interval.HOUR, Interval.DAY, Interval.WEEK, Interval.MONTH)

MOST_BARS = 400
"""More would be too thin to see: a longer interval is drawn then."""

FITTING = ((2, Interval.HOUR), (62, Interval.DAY), (371, Interval.WEEK))
"""Up to how many days the bars show which interval, if none is chosen."""


class Linked(NamedTuple):
    """A figure and where its calls are."""

    figure: str
    address: str


@dataclass(frozen=True, slots=True)
class Tile:
    """One large figure; `change` says how it differs from the figure `before`, "" if there is no period before.

    `parts` are the two figures that it is a share of, the smaller one first.
    """

    word: str
    figure: str
    address: str
    parts: tuple[Linked, ...] = ()
    change: str = ""
    before: str = ""
    before_address: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """An employee with the sums of all their extensions, and how many callers wait for them."""

    id: str
    name: str
    calls: int
    seconds: int
    unanswered: int
    waiting: int


def overview_page(request: Request) -> Response:
    """The page; who may not read statistics gets one that says so."""
    backend = backend_of(request)
    session, place = session_in(request)
    employee, asker = session.employee, backend.asker(session.employee)
    view = _with_interval(read_view(request, asker))
    shell = shell_of(request, session, place)
    recent = _recent(view, asker.now_ms)
    earlier = before(view.query.zone, view.query.period, asker.now_ms)
    with ThreadPoolExecutor(1) as beside:  # while the store counts, the other core need not be idle
        later = beside.submit(missed_calls, backend.store, backend.people, employee, recent.query, asker.now_ms)
        found = overview(backend.store, backend.people, employee, view.query, tuple(OUTCOMES))
        counted = by_employee(backend.store, backend.people, employee, view.query, MEASURES)
        former = earlier and of_period(view.query, earlier, asker)
        then = former and total(backend.store, backend.people, employee, former, MEASURES)
    missed = later.result()
    people = _people(counted, missed)
    waiting = sum(count for sequel, count in missed.counts().items() if sequel in NOT_RETURNED)
    chart, map_of_week = by_interval(view, found), busiest(view, found)
    return page(
        "overview.html",
        policy=FORM_POLICY,
        shell=shell,
        customer=missed.customer_name,
        view=view,
        sources=backend.store.sources_of(view.query.customer),
        intervals=INTERVALS,
        compared=earlier and in_words(view.query.zone, earlier),
        tiles=_tiles(view, _added(one.counts for one in counted), _named(then) if then else None, earlier),
        chart=chart,
        bars=bars_on_any_screen(chart),
        week=map_of_week,
        heat=heat_on_any_screen(map_of_week, weekdays("short")),
        rule=RULE,
        waiting=waiting,
        returned=sum(missed.counts().values()) - waiting,
        missed_links={one: recent.to("missed", returned=one) for one in ("true", "false")},
        recent_words=recent.words if recent is not view else "",
        lines=lines_of(view, missed.calls(NOT_RETURNED, limit=SHOWN)),
        missing=sorted((one for one in people if one.unanswered), key=attrgetter("unanswered"), reverse=True)[:FEW],
        busy=sorted((one for one in people if one.calls), key=attrgetter("calls"), reverse=True)[:FEW],
        quiet=sorted(people, key=attrgetter("calls"))[:FEW] if len(people) > FEW else [],
        behind=lambda one, measure: _behind_person(view, one, measure),
        waiting_for=lambda one: recent.to("missed", returned="false", employee=one.id, employees=None),
        clock=clock,
    )


def _with_interval(view: View) -> View:
    """The view with bars for the chosen interval, else for one that fits; never more bars than can be seen."""
    length_ms = view.query.period.until_ms - view.query.period.since_ms
    days = round(length_ms / DAY_MS)  # one of them may have 23 or 25 hours
    fitting = next((one for most, one in FITTING if days <= most), INTERVALS[-1])
    wanted = view.query.interval if "groupingInterval" in view.given else fitting
    longer = INTERVALS[INTERVALS.index(wanted) :]
    chosen = next((one for one in longer if length_ms <= MOST_BARS * LONGEST_MS[one]), longer[-1])
    return replace(view, query=replace(view.query, interval=chosen))


def _recent(view: View, now_ms: int) -> View:
    """The view, or for a long period its last days; if the period is not over yet, those until today."""
    first, last = view.days
    if (last - first).days < LONGEST_LOOK:
        return view
    zone, period, given = view.query.zone, view.query.period, dict(view.given)
    today = today_in(zone, now_ms)
    if first <= today < last:
        last, given["to"] = today, today.isoformat()
        period = replace(period, until_ms=begin_ms(zone, today + ONE_DAY))
    recent = last - (LAST_DAYS - 1) * ONE_DAY
    if first < recent:
        first, given["from"] = recent, recent.isoformat()
        period = replace(period, since_ms=begin_ms(zone, recent))
    return replace(view, given=given, days=(first, last), query=replace(view.query, period=period))


def _tiles(view: View, now: Mapping[str, int], was: Mapping[str, int] | None, earlier: Period | None) -> list[Tile]:
    def tile(measure: str, show: Callable[[int], str] = number) -> Tile:
        one = Tile(_(TILES[measure]), show(now[measure]), view.behind(("measure", measure)))
        if was is None or earlier is None:
            return one
        led = _behind_before(view, earlier, measure)
        return replace(one, change=_change(now[measure], was[measure]), before=show(was[measure]), before_address=led)

    answered = replace(
        tile("inboundAnswered"),
        figure=_share(now),
        parts=tuple(
            Linked(number(now[one]), view.behind(("measure", one))) for one in ("inboundAnswered", "inboundCalls")
        ),
    )
    if was is not None:
        answered = replace(answered, change=_points(now, was), before=_share(was))
    return [
        tile("totalCalls"),
        answered,
        tile("inboundUnanswered"),
        tile("totalSeconds", clock),
    ]


def _share(counts: Mapping[str, int]) -> str:
    """How many of the calls received were answered."""
    return percent(counts["inboundAnswered"], counts["inboundCalls"])


def _behind_person(view: View, one: Person, measure: str) -> str:
    """The calls behind a figure of one employee alone, whoever else the view shows (D16)."""
    given = [member for member in view.calls if member[0] not in ("employee", "employees")]
    return address("calls", [*given, ("employee", one.id), ("measure", measure)])


def _behind_before(view: View, period: Period, measure: str) -> str:
    """The calls behind a figure of another period, which may end in the middle of a second."""
    fixed = [one for one in view.calls if one[0] not in ("from", "to")]
    moments = [("from", str(period.since_ms)), ("to", str(max(period.until_ms - 1, period.since_ms)))]
    return address("calls", [*moments, *fixed, ("measure", measure)])


def _change(now: int, was: int) -> str:
    """The difference in percent, or as a multiple; a fall is never shown as 100 while anything is left."""
    if not was:
        return "" if now else "±0"
    if now >= MANY_TIMES * was:
        return f"× {number((2 * now + was) // (2 * was))}"
    change = (200 * (now - was) + was) // (2 * was)
    return _signed(max(change, -99) if now else change, in_percent)


def _points(now: Mapping[str, int], was: Mapping[str, int]) -> str:
    """The difference of two shares in percentage points, as both are shown."""
    if not now["inboundCalls"] or not was["inboundCalls"]:
        return ""
    shares = [whole_percent(one["inboundAnswered"], one["inboundCalls"]) for one in (now, was)]
    points = shares[0] - shares[1]
    count = _signed(points)
    return _("{count} point", count=count) if abs(points) == 1 else _("{count} points", count=count)


def _signed(value: int, show: Callable[[int], str] = number) -> str:
    return f"{'+' if value > 0 else '−' if value < 0 else '±'}{show(abs(value))}"


def _added(counts: Iterable[Sequence[int]]) -> dict[str, int]:
    return _named([sum(column) for column in zip(*counts, strict=True)] or [0] * len(MEASURES))


def _named(counts: Sequence[int]) -> dict[str, int]:
    return dict(zip(MEASURES, counts, strict=True))


def _people(counted: Iterable[EmployeeCounts], missed: MissedCalls) -> list[Person]:
    waiting = missed.by_employee(NOT_RETURNED)
    people = []
    for one in counted:
        counts = _named(one.counts)
        calls, seconds, unanswered = (counts[name] for name in ("totalCalls", "totalSeconds", "inboundUnanswered"))
        people.append(Person(one.id, one.name, calls, seconds, unanswered, waiting.get(one.id, 0)))
    return people

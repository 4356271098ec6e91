"""A view: what the address of a page of figures says, checked, and links to the same view with something changed.

All choices are in the address, so a link shows the same again. A named period moves on with the calendar; the downloads
and the calls behind the figures are always those of the days shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from fastapi import Request

from pbxtally.errors import InvalidFieldError
from pbxtally.fields import CallDirection, CallHours
from pbxtally.intervals import Interval
from pbxtally.query import Asker, StatsQuery, parse_query
from pbxtally.reader import Reader
from pbxtally.renderers.request import first_and_last_day
from pbxtally.web.cdrstats import address_members
from pbxtally.web.filter_choices import HOURS_WORDS, FilterChoices, filter_choices
from pbxtally.web.i18n import NAME as LANGUAGE
from pbxtally.web.i18n import _, number
from pbxtally.web.periods import Preset, clock_in, cuts_days, days_beside, days_of, in_words, today_in
from pbxtally.web.token import NAME as TOKEN

Members = list[tuple[str, str]]
"""Members of a request, as in an address."""

KEPT = ("customer", LANGUAGE, TOKEN)
"""What stays in the address on every link from one page to another."""

DAYS = ("period", "from", "to")

FILTERS = ("direction", "ignoreBelow", "ignoreLocal", "employee", "employees", "department", "hours", "timezone")
"""What decides, besides the days, which calls a page looks at."""

CHOICES = (*DAYS, "groupingInterval", *FILTERS)
"""What the form on every page of figures asks for; it is kept on links between them."""

NO_PEOPLE: dict[str, None] = {"employee": None, "employees": None, "department": None}
"""What is dropped on links to a page of one employee or department."""

PASSING = ("page", "offset", "interval")
"""What a new choice in the form drops: an interval belongs to the period it was opened in."""

CHOSEN_ON = ("returned",)
"""What the form of one page only asks for."""

DIRECTION_WORDS: dict[CallDirection, str] = {
    CallDirection.BOTH: "Both",
    CallDirection.IN: "Inbound",
    CallDirection.OUT: "Outbound",
}

INTERVAL_WORDS: dict[Interval, str] = {
    Interval.HOUR: "Hour",
    Interval.DAY: "Day",
    Interval.WEEK: "Week",
    Interval.MONTH: "Month",
}


@dataclass(frozen=True)
class View:
    """What a page is asked to show.

    `given` is its address without what a form left empty, the token included; `own` are the names of members that only
    this page knows; `members` is what the endpoint is asked, with fixed days, and `always` what the page adds to that.
    `means` are the endpoint's members that the page is about, under names of its own.
    """

    path: str
    given: Mapping[str, Any]
    own: tuple[str, ...]
    always: Mapping[str, str]
    means: Mapping[str, str]
    members: Mapping[str, Any]
    preset: Preset | None
    days: tuple[date, date]
    query: StatsQuery
    now_ms: int
    find_filter_choices: Callable[[], FilterChoices]

    @property
    def filter_choices(self) -> FilterChoices:
        """What its form offers to choose from."""
        return self.find_filter_choices()

    @property
    def hours(self) -> CallHours:
        """Which times of day the calls are of."""
        hours = self.query.hours
        return CallHours.ALL if hours is None else CallHours.OUTSIDE if hours.outside else CallHours.WORKING

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the days was chosen."""
        return any(name in self.given for name in FILTERS)

    @property
    def narrowed(self) -> list[str]:
        """What was chosen besides the days, in words: on paper there is no form to show it."""
        query = self.query
        asked = () if self.means else query.employees or ()
        people = [name for id, name in self.filter_choices.employees if id in asked] if asked else []
        short = _("Calls under {count} seconds left out", count=number(query.ignore_below))
        said = {
            _(DIRECTION_WORDS[query.direction]): query.direction is not CallDirection.BOTH,
            short if query.ignore_below != 1 else _("Calls under 1 second left out"): query.ignore_below,
            _("Local calls left out"): query.ignore_local,
            _(HOURS_WORDS[self.hours]): query.hours,
            query.department or "": query.department and not self.means,
        }
        return [words for words, is_chosen in said.items() if is_chosen] + people

    @property
    def words(self) -> str:
        """The period in words, in the page's language."""
        return in_words(self.query.zone, self.query.period)

    @cached_property
    def cuts_days(self) -> bool:
        """Whether its period begins or ends inside a day."""
        return cuts_days(self.query.zone, self.query.period)

    @cached_property
    def ends(self) -> tuple[str, str]:
        """From when to when, as in its form: days, or moments to the second if they cut days."""
        zone, period = self.query.zone, self.query.period
        first, last = clock_in(zone, period.since_ms), clock_in(zone, period.until_ms - 1)
        form = "%Y-%m-%dT%H:%M:%S" if self.cuts_days else "%Y-%m-%d"
        return f"{first:{form}}", f"{last:{form}}"

    @property
    def hidden(self) -> Members:
        """The hidden fields of its form; a new choice begins on the first page."""
        own = (name for name in self.own if name not in (*PASSING, *CHOSEN_ON))
        return pairs(self.given, [*KEPT, "timezone", *own])

    @property
    def own_members(self) -> dict[str, Any]:
        """The address's members that only this page knows."""
        return {name: self.given[name] for name in self.own if name in self.given}

    @property
    def saved(self) -> str:
        """The part of its address that is kept when it is saved."""
        return address(self.path, self.carried(TOKEN, LANGUAGE, "page", "offset"))

    @property
    def save(self) -> str:
        """Where the form to save it is sent to."""
        return address("view-save", pairs(self.given, KEPT))

    def carried(self, *without: str) -> Members:
        """The whole address without some members, for a form that asks for those."""
        return pairs(self.given, [name for name in self.given if name not in without])

    def to(self, path: str | None = None, **changed: str | None) -> str:
        """The same view with something changed (None: removed); on another page, without what is only this one's."""
        names = [name for name in self.given if path is None or name in (*KEPT, *CHOICES)]
        members = {name: self.given[name] for name in names} | changed
        return address(self.path if path is None else path, pairs(members, members))

    def person(self, employee: str) -> str:
        """An employee's page, for the same calls."""
        return self.to("person", id=employee, **NO_PEOPLE)

    def of_department(self, name: str) -> str:
        """A department's page, for the same calls."""
        return self.to("department", name=name, **NO_PEOPLE)

    def on_days(self, first: date, last: date, path: str | None = None, **changed: str | None) -> str:
        """The same view of other days."""
        return self._between(first.isoformat(), last.isoformat(), path, **changed)

    def _between(self, since: str, until: str, path: str | None = None, **changed: str | None) -> str:
        """The same view of another period, on its first page; an interval belongs to the period it was opened in."""
        period: dict[str, str | None] = {"period": None, "from": since, "to": until}
        return self.to(path, **changed, **period, page=None, offset=None, interval=None)

    def beside(self, step: int) -> str:
        """The same view of an equally long period right before (-1) or after (1); "": that cannot be asked about.

        One that cuts days begins and ends at the same times of day.
        """
        days = days_beside(*self.days, step)
        return self._between(*(f"{day}{end[10:]}" for day, end in zip(days, self.ends, strict=True))) if days else ""

    @property
    def calls(self) -> Members:
        """The members that select the calls the view looks at, on the days shown."""
        return [*self.fixed, *pairs(self.given, KEPT)]

    @cached_property
    def _all_calls(self) -> str:
        """Their address; hundreds of links on a page begin like this."""
        return address("calls", self.calls)

    def behind(self, *more: tuple[str, str]) -> str:
        """The address of the calls behind a figure of the view; `more` says which."""
        return f"{self._all_calls}&{urlencode(more)}" if more else self._all_calls

    def download(self, suffix: str, path: str = "pbx/cdrstats", *more: tuple[str, str]) -> str:
        """The address of what the page shows as a file, from the endpoint at that path."""
        kept = [one for one in pairs(self.given, ["groupingInterval", *KEPT]) if one[0] != LANGUAGE]
        always = [one for one in self.always.items() if one[0] not in self.given]
        return address(f"{path}.{suffix}", [*self.fixed, *kept, *always, *more])

    @property
    def fixed(self) -> Members:
        """The days and filters as of today, for what must not move on with the calendar."""
        days = {"from": self.days[0].isoformat(), "to": self.days[1].isoformat()}
        given = {**days, **self.given} if self.preset is None else {**self.given, **days}
        about = [(name, str(self.given[own])) for own, name in self.means.items() if own in self.given]
        return [*pairs(given, ["from", "to", *FILTERS]), *about]


def read_view(
    request: Request,
    asker: Asker,
    *,
    own: tuple[str, ...] = (),
    always: Mapping[str, str] | None = None,
    means: Mapping[str, str] | None = None,
    preset: Preset | None = Preset.TODAY,
) -> View:
    """Check what the address of a page says; raises what the endpoint does, and 422 for members nobody knows (D20).

    `own` are members that the page reads itself, `means` those of them that stand for one of the endpoint's: whom the
    page is about, so nobody else can be chosen. `always` is asked of the endpoint unless the address says otherwise;
    `preset` is the period if it names none.
    """
    given = {name: value for name, value in address_members(request).items() if value not in ("", [""])}
    means = means or {}
    _refuse_unknown(given, [name for name in CHOICES if not (means and name in NO_PEOPLE)], (*means, *own))
    reader = Reader(given, as_text=True)
    named = reader.maybe("period", Preset)
    if named is None and "from" not in given and "to" not in given:
        named = preset
    members = {name: given[name] for name in ("customer", *CHOICES) if name in given and name != "period"}
    if named:
        zone = reader.zone(asker.zone_of(reader.identity("customer") or asker.customer))
        first, last = days_of(named, today_in(zone, asker.now_ms))
        members |= {"from": first.isoformat(), "to": last.isoformat()}
    members |= {name: given[own_name] for own_name, name in means.items() if own_name in given}
    query = parse_query({**(always or {}), **members}, asker, as_text=True)
    first, last = (date.fromisoformat(one) for one in first_and_last_day(query))
    if TOKEN in request.query_params:
        given[TOKEN] = request.query_params[TOKEN]
    path = request.url.path.lstrip("/") or "."
    return View(
        path,
        given,
        (*means, *own),
        always or {},
        means,
        members,
        named,
        (first, last),
        query,
        asker.now_ms,
        lambda: filter_choices(request, query),
    )


def _refuse_unknown(given: Iterable[str], choices: Iterable[str], own: Iterable[str]) -> None:
    known = dict.fromkeys(("customer", *choices, *own, LANGUAGE))
    for name in given:
        if name not in known:
            raise InvalidFieldError(name, "Unknown member - use {choices}", choices=", ".join(known))


def kept_members(request: Request, *, choices: bool = False) -> Members:
    """What links from one page to another keep; with `choices` also what was chosen, for pages of figures."""
    names = (*KEPT, *CHOICES) if choices else KEPT
    return [(name, value) for name, value in request.query_params.multi_items() if name in names and value]


def address(path: str, members: Members) -> str:
    """A path followed by members."""
    return f"{path}?{urlencode(members)}" if members else path


def pairs(members: Mapping[str, Any], names: Iterable[str]) -> Members:
    """Some members of an address, those that hold several values repeated."""
    return list(_each(members, names))


def _each(members: Mapping[str, Any], names: Iterable[str]) -> Iterator[tuple[str, str]]:
    for name in names:
        value = members.get(name)
        if value is not None:
            yield from ((name, one) for one in (value if isinstance(value, list) else [value]))

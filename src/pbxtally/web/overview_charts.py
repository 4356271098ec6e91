"""The overview's two drawings: what became of the calls of each interval, and the busiest hours of the week."""

from __future__ import annotations

from pbxtally.intervals import Interval, iso_label
from pbxtally.overview import Overview
from pbxtally.renderers.charts import Chart, Look, Mark, Series
from pbxtally.web.i18n import _, number, weekdays
from pbxtally.web.spread import LINK_HINT, labels_of, names_of, words_of
from pbxtally.web.view import View

OUTCOMES = {
    "totalAnswered": ("Answered", Look.ANSWERED),
    "totalNoAnswer": ("No answer", Look.UNANSWERED),
    "totalBusy": ("Busy", Look.BUSY),
    "totalFailed": ("Failed", Look.FAILED),
}
"""The measures that make up a bar, from the bottom up, with their word and colour."""

TITLES = {
    Interval.HOUR: "Calls by hour",
    Interval.DAY: "Calls by day",
    Interval.WEEK: "Calls by week",
    Interval.MONTH: "Calls by month",
}

BY_OUTCOME = "Calls made and received, by outcome."

BUSIEST = "Calls made and received, by the hour they started ({zone} time)."


def by_interval(view: View, found: Overview) -> Chart:
    """A bar for each interval."""
    query = found.query
    names = {key: iso_label(query.interval, query.zone, key) for key in found.buckets}
    series = []
    for measure, (word, look) in OUTCOMES.items():
        at = found.measures.index(measure)
        marks = []
        for key, counts in found.buckets.items():
            said = f"{words_of(query.interval, names[key], query.zone)}, {_(word)}: {number(counts[at])}"
            bar_link = _bar(view, query.interval, names[key], measure) if counts[at] else ""
            marks.append(Mark(counts[at], said, bar_link))
        series.append(Series(_(word), marks, look))
    labels = labels_of(query.interval, list(names.values()))
    rows = names_of(query.interval, list(names.values()), query.zone)
    return Chart(_(TITLES[query.interval]), _(BY_OUTCOME), labels, series, number, link_hint=_(LINK_HINT), names=rows)


def _bar(view: View, interval: Interval, name: str, measure: str) -> str:
    named = (("groupingInterval", interval.value), ("intervalKey", "ISO"), ("interval", name), ("measure", measure))
    return view.behind(*named)


def _hour(hour: int) -> str:
    return f"{hour:02}–{hour + 1:02}"


def busiest(view: View, found: Overview) -> Chart:
    """A cell for each hour of the week."""
    rows = []
    for day, name in enumerate(weekdays()):
        marks = []
        for hour in range(24):
            count = sum(found.week[24 * day + hour])  # the outcomes add up to all calls
            members = (("weekday", str(day + 1)), ("hour", str(hour)), ("measure", "totalCalls"))
            marks.append(Mark(count, f"{name} {_hour(hour)}: {number(count)}", view.behind(*members) if count else ""))
        rows.append(Series(name, marks))
    sentence = _(BUSIEST, zone=found.query.zone.key)
    return Chart(_("Busiest hours"), sentence, [f"{hour:02}" for hour in range(24)], rows, number)

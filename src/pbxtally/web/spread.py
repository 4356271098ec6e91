"""How calls are spread over a period, drawn: answered and unanswered ones for each direction, by interval.

Every bar leads to exactly its calls. Intervals have ISO names here, which are unique in any period.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from pbxtally.fields import CallDirection
from pbxtally.intervals import LONGEST_MS, Interval, Period, instants_ms
from pbxtally.renderers.charts import Chart, Look, Mark, Series, Svg, bars_on_any_screen
from pbxtally.report import Row
from pbxtally.web.employees_page import interval_of
from pbxtally.web.i18n import _, day, number, short_day, short_month
from pbxtally.web.view import View

MANY_BARS = 800
"""No more intervals than this are drawn: longer ones are taken instead."""

DRAWN = {
    CallDirection.IN: ("Inbound calls", ("inboundAnswered", "inboundUnanswered")),
    CallDirection.OUT: ("Outbound calls", ("outboundAnswered", "outboundUnanswered")),
}
MEASURES_DRAWN = tuple(name for _title, names in DRAWN.values() for name in names)
LOOKS = ((Look.ANSWERED, "Answered"), (Look.UNANSWERED, "Unanswered"))
SENTENCE = "Each bar shows the calls of one interval."
LINK_HINT = "Select part of a bar to see its calls."


@dataclass(frozen=True, slots=True)
class Drawn:
    """A chart, its drawing, and its name in the page."""

    chart: Chart
    drawing: Svg
    name: str


def drawn_by(view: View) -> Interval:
    """The intervals to draw: those of the address, unless there would be too many."""
    period, asked = view.query.period, view.query.interval
    if "groupingInterval" in view.given and count_of(period, asked) <= MANY_BARS:
        return asked
    return interval_of(period) or Interval.MONTH


def count_of(period: Period, interval: Interval) -> int:
    """Roughly how many intervals a period has."""
    return (period.until_ms - period.since_ms) // LONGEST_MS[interval]


def spread(rows: Iterable[Row], measures: tuple[str, ...], interval: Interval, view: View) -> list[Drawn]:
    """The charts of some rows together, for the directions asked for; none if there are too many intervals."""
    places = {name: measures.index(name) for name in MEASURES_DRAWN}
    sums: dict[str, dict[str, int]] = {}
    for row in rows:
        for name, cell in row.cells.items():
            kept = sums.setdefault(name, dict.fromkeys(MEASURES_DRAWN, 0))
            for measure, place in places.items():
                kept[measure] += cell[place]
    if len(sums) > MANY_BARS:
        return []
    sums = dict(sorted(sums.items(), key=lambda one: one[0][:13]))  # for many months a row has only those with calls
    asked = view.query.direction
    return [
        _drawn(title, names, sums, interval, view)
        for direction, (title, names) in DRAWN.items()
        if asked in (CallDirection.BOTH, direction)
    ]


def _drawn(
    title: str, names: tuple[str, ...], sums: Mapping[str, Mapping[str, int]], interval: Interval, view: View
) -> Drawn:
    series = [
        Series(_(word), [_mark(view, interval, at, name, _(word), one[name]) for at, one in sums.items()], look)
        for name, (look, word) in zip(names, LOOKS, strict=True)
    ]
    labels = labels_of(interval, list(sums))
    rows = names_of(interval, list(sums), view.query.zone)
    chart = Chart(_(title), _(SENTENCE), labels, series, number, link_hint=_(LINK_HINT), names=rows)
    return Drawn(chart, bars_on_any_screen(chart), names[0])


def _mark(view: View, interval: Interval, at: str, measure: str, word: str, value: int) -> Mark:
    which = {"groupingInterval": interval.value, "intervalKey": "ISO", "interval": at, "measure": measure}
    text = f"{words_of(interval, at, view.query.zone)}: {number(value)} {word.lower()}"
    return Mark(value, text, view.behind(*which.items()) if value else "")


def labels_of(interval: Interval, names: Sequence[str]) -> list[str]:
    """The labels under the bars: short, with day or year if two would look the same."""
    labels = [_label_of(interval, at) for at in names]
    if len(set(labels)) == len({at[:13] for at in names}):  # both halves of a doubled hour look the same
        return labels
    is_hour = interval is Interval.HOUR
    return [
        f"{short_day(date.fromisoformat(at[:10]))} {label}" if is_hour else f"{label} {at[:4]}"
        for at, label in zip(names, labels, strict=True)
    ]


def names_of(interval: Interval, names: Sequence[str], zone: ZoneInfo) -> list[str]:
    """The names of the same intervals as rows of a table: no two look the same."""
    labels = labels_of(interval, names)
    return [label + _which(interval, at, zone) for at, label in zip(names, labels, strict=True)]


def _which(interval: Interval, at: str, zone: ZoneInfo) -> str:
    """For an hour that the clock shows twice, which of the two it is; "" for any other interval."""
    if interval is not Interval.HOUR:
        return ""
    first, last = instants_ms(zone, datetime.fromisoformat(f"{at[:13]}:59"))
    return "" if first == last else f" (UTC{at[13:]})"


def _label_of(interval: Interval, at: str) -> str:
    match interval:
        case Interval.HOUR:
            return at[11:13]
        case Interval.DAY:
            return short_day(date.fromisoformat(at))
        case Interval.WEEK:
            return _("W{week}", week=int(at[6:]))
        case Interval.MONTH:
            return short_month(date.fromisoformat(f"{at}-01"))


def words_of(interval: Interval, at: str, zone: ZoneInfo) -> str:
    """An interval in words; for an hour that the zone's clock shows twice, with which of the two it is."""
    match interval:
        case Interval.HOUR:
            return f"{day(date.fromisoformat(at[:10]))} {at[11:13]}:00{_which(interval, at, zone)}"
        case Interval.DAY:
            return day(date.fromisoformat(at))
        case Interval.WEEK:
            return _("Week {week} of {year}", week=int(at[6:]), year=at[:4])
        case Interval.MONTH:
            return short_month(date.fromisoformat(f"{at}-01"))

"""Charts as SVG: bars, a heat map, a sparkline. No script or style inside: for pages and paper.

Every mark carries its figure in words and links to its calls. Colours are presentation attributes, fit for white paper;
a style sheet's classes, if there is one, override them. Texts come ready made, in the reader's language.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from html import escape
from itertools import count
from math import ceil


class Svg(str):
    """A drawing as text, ready for a page: foreign text in it is escaped."""

    def __html__(self) -> str:
        """The text itself, so that templates do not escape it."""
        return self


class Look(StrEnum):
    """The looks of a series, by names that the style sheet knows."""

    ANSWERED = "answered"
    UNANSWERED = "unanswered"
    BUSY = "busy"
    FAILED = "failed"
    PLAIN = "plain"


COLOURS = {
    Look.ANSWERED: "#2b6ca3",
    Look.UNANSWERED: "#c8541b",
    Look.BUSY: "#a67c00",
    Look.FAILED: "#75808b",
    Look.PLAIN: "#2b6ca3",
}
"""Distinct to colour-blind people, too, with a contrast of at least 3 to 1 against paper."""

HEAT = ("#f2f5f7", "#d6e6f2", "#a9cbe4", "#6fa6cf", "#3576a8", "#1f5f8b")
"""From nothing to the most."""

INK, QUIET, RULE, PAPER = "#1d2329", "#59636e", "#dfe3e6", "#ffffff"


@dataclass(frozen=True, slots=True)
class Mark:
    """One figure; `text` says it in words, `address` leads to its calls."""

    value: int
    text: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """Figures that belong together, one for each label of the chart."""

    name: str
    marks: Sequence[Mark]
    look: Look = Look.PLAIN


@dataclass(frozen=True, slots=True)
class Chart:
    """What is drawn, and what the table beside it shows: a row of marks for each series, a column for each label.

    `show` writes a figure for people. `link_hint` says where a mark leads, except on paper. `names` are the names of
    the table's rows, if they differ from the labels.
    """

    title: str
    sentence: str
    labels: Sequence[str]
    series: Sequence[Series]
    show: Callable[[int], str] = str
    link_hint: str = ""
    names: Sequence[str] = ()


WIDTH, HEIGHT = 960, 260
TOP, RIGHT, BOTTOM = 34, 12, 26

PHONE = 320
"""The width of a drawing that fits a phone."""

FEW = 92
"""No more bars than this can be told apart there: a quarter by day, a year by week."""

LETTERS = 12
"""Their height."""

LETTER = 7
"""Roughly the width of a letter; only a browser knows better."""


def bars_on_any_screen(chart: Chart) -> Svg:
    """The bars, and few of them once more as they fit a phone; the style sheet shows one of the two."""
    return Svg(bars(chart) + bars(chart, PHONE)) if len(chart.labels) <= FEW else bars(chart)


def heat_on_any_screen(chart: Chart, short: Sequence[str]) -> Svg:
    """The map, and once more upright as it fits a phone, with short names of the rows as labels."""
    rows = [Series(label, [one.marks[at] for one in chart.series]) for at, label in enumerate(chart.labels)]
    return Svg(heat_map(chart) + heat_map(replace(chart, labels=short, series=rows)))


def bars(chart: Chart, width: int = WIDTH) -> Svg:
    """A bar for each label, its series on top of each other."""
    sums = [sum(one.marks[at].value for one in chart.series) for at in range(len(chart.labels))]
    frame = _Frame.around(chart, max(sums, default=0), width)
    wide = max(min(frame.step * 0.72, 56), 1)
    drawn = []
    for at in range(len(chart.labels)):
        floor = 0
        for one in chart.series:
            mark = one.marks[at]
            if mark.value:
                low, high = frame.y(floor), frame.y(floor + mark.value)
                gap = 1 if floor and low - high > 2 else 0
                shape = _rect(frame.x(at) - wide / 2, high, wide, low - high - gap, one.look, COLOURS[one.look])
                drawn.append(_linked(mark, shape))
                floor += mark.value
    return _svg(chart, width, HEIGHT, [*frame.lines(), *_legend(chart.series, width), *drawn])


CELL, ROW, SCALE = 36, 26, 26

SMALLER = {5: 10, 6: 9}
"""From the length of a figure too long for its cell to the smaller size it is written in."""


def heat_map(chart: Chart) -> Svg:
    """A cell for each figure: series are the rows, labels the columns; the most is the darkest."""
    most = max((mark.value for one in chart.series for mark in one.marks), default=0)
    left = _left([one.name for one in chart.series])
    every = _every(chart.labels, CELL)
    drawn = [
        _text(left + CELL * (at + 0.5), 14, one, "middle") for at, one in enumerate(chart.labels) if not at % every
    ]
    for at, one in enumerate(chart.series):
        top = 22 + at * ROW
        drawn.append(_text(left - 8, top + ROW / 2 + 4, one.name, "end"))
        drawn += [
            _linked(mark, _cell(left + place * CELL, top, mark.value, most, chart.show))
            for place, mark in enumerate(one.marks)
        ]
    width = left + CELL * len(chart.labels) + 1
    under = 22 + ROW * len(chart.series) + 8
    if most:
        drawn += _scale(width, under, chart.show(most))
    return _svg(chart, round(width), round(under + SCALE), drawn)


def heat_of(value: int, most: int) -> int:
    """How dark a cell is: 0 for nothing, then five equal steps up to the most."""
    return -(-5 * value // most) if most else 0


def _cell(x: float, y: float, value: int, most: int, show: Callable[[int], str]) -> str:
    heat, shown = heat_of(value, most), show(value)
    cell = _rect(x, y, CELL - 2, ROW - 2, f"heat-{heat}", HEAT[heat])
    if not value or len(shown) > 6:
        return cell
    ink, size = PAPER if heat > 3 else INK, SMALLER.get(len(shown), LETTERS)
    return cell + _text(x + CELL / 2 - 1, y + ROW / 2 + 3, shown, "middle", f"on-{heat}", ink, size)


def _scale(width: float, y: float, most: str) -> Iterator[str]:
    """The key to the colours, under the map."""
    first = width - 6 * 18 - len(most) * LETTER - 8
    yield _text(first - 6, y + 11, "0", "end")
    for heat in range(6):
        yield _rect(first + 18 * heat, y, 17, 14, f"heat-{heat}", HEAT[heat])
    yield _text(width - 2, y + 11, most, "end")


SPARK_WIDTH, SPARK_HEIGHT = 96, 24


def spark(values: Sequence[int], text: str) -> Svg:
    """A small line without axes for a table row; `text` says what it shows."""
    most = max(values, default=0) or 1
    step = (SPARK_WIDTH - 6) / max(len(values) - 1, 1)
    points = [(3 + at * step, SPARK_HEIGHT - 3 - (SPARK_HEIGHT - 6) * one / most) for at, one in enumerate(values)]
    drawn = [_polyline(points)] if len(points) > 1 else []
    if points:
        x, y = points[-1]
        drawn.append(f'<circle class="{Look.PLAIN}" cx="{_n(x)}" cy="{_n(y)}" r="2.5" fill="{COLOURS[Look.PLAIN]}"/>')
    return Svg(
        f'<svg xmlns="http://www.w3.org/2000/svg" class="spark" role="img" width="{SPARK_WIDTH}"'
        f' height="{SPARK_HEIGHT}" viewBox="0 0 {SPARK_WIDTH} {SPARK_HEIGHT}"><title>{escape(text)}</title>'
        f"{''.join(drawn)}</svg>"
    )


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where labels and figures stand in a drawing with two axes."""

    chart: Chart
    width: int
    left: float
    top: float
    step: float
    ticks: Sequence[int]

    @classmethod
    def around(cls, chart: Chart, most: int, width: int) -> _Frame:
        ticks = ticks_of(most)
        left = _left([chart.show(one) for one in ticks])
        top = TOP + max((y for _, y, _ in _names(chart.series, width)), default=0)
        return cls(chart, width, left, top, (width - left - RIGHT) / max(len(chart.labels), 1), ticks)

    def x(self, at: int) -> float:
        return self.left + self.step * (at + 0.5)

    def y(self, value: int) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - self.top - BOTTOM) * value / self.ticks[-1]

    def lines(self) -> Iterator[str]:
        """The grid lines with their figures, and as many labels as there is room for."""
        for one in self.ticks:
            y = _n(self.y(one))
            yield f'<path class="rule" d="M{_n(self.left)} {y}H{self.width - RIGHT}" stroke="{RULE}"/>'
            yield _text(self.left - 8, self.y(one) + 4, self.chart.show(one), "end")
        every = _every(self.chart.labels, self.step)
        for at, label in enumerate(self.chart.labels):
            if not at % every:
                yield _text(min(self.x(at), self.width - len(label) * LETTER / 2), HEIGHT - 8, label, "middle")


def ticks_of(most: int) -> list[int]:
    """Round figures from 0 to the most or above; two to six of them."""
    wanted = max(most, 1)
    round_ones = (one * 10**power for power in count() for one in (1, 2, 5))
    step = next(one for one in round_ones if one * 5 >= wanted)
    return list(range(0, wanted + step, step))


def _every(labels: Sequence[str], room: float) -> int:
    """Of how many labels only one fits."""
    needed = max(map(len, labels), default=0) * LETTER + 8
    return ceil(needed / room)


def _left(texts: Iterable[str]) -> float:
    return max(map(len, texts), default=0) * LETTER + 16


def _legend(series: Sequence[Series], width: int) -> Iterator[str]:
    for x, y, one in _names(series, width):
        yield _rect(x, y + 4, 12, 12, one.look, COLOURS[one.look])
        yield _text(x + 18, y + 14, one.name, "start")


def _names(series: Sequence[Series], width: int) -> Iterator[tuple[float, float, Series]]:
    """Where the names of the series stand, if there are several: side by side, in as many lines as they need."""
    x = y = 0.0
    for one in series if len(series) > 1 else ():
        wide = 20 + len(one.name) * LETTER
        if x and x + wide > width:
            x, y = 0.0, y + 20
        yield x + 2, y, one
        x += wide + 20


def _linked(mark: Mark, shape: str) -> str:
    """A shape that says its figure, and links to its calls if it has any."""
    title = f"<title>{escape(mark.text)}</title>"
    has_link = mark.value and mark.address
    return f'<a href="{escape(mark.address)}">{title}{shape}</a>' if has_link else f"<g>{title}{shape}</g>"


def _rect(x: float, y: float, width: float, height: float, kind: str, fill: str) -> str:
    place = (
        f'x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(max(height, 1))}"'  # one of thousands is seen, too
    )
    return f'<rect class="{kind}" {place} rx="1.5" fill="{fill}"/>'


def _polyline(points: Iterable[tuple[float, float]]) -> str:
    spots = " ".join(f"{_n(x)},{_n(y)}" for x, y in points)
    pen = f'stroke="{COLOURS[Look.PLAIN]}" stroke-width="1.5" stroke-linejoin="round" stroke-linecap="round"'
    return f'<polyline class="{Look.PLAIN} stroke" points="{spots}" fill="none" {pen}/>'


def _text(x: float, y: float, text: str, anchor: str, kind: str = "word", ink: str = QUIET, size: int = LETTERS) -> str:
    how = f'fill="{ink}" text-anchor="{anchor}"' + (f' font-size="{size}"' if size != LETTERS else "")
    return f'<text class="{kind}" x="{_n(x)}" y="{_n(y)}" {how}>{escape(text)}</text>'


def _n(value: float) -> str:
    """A coordinate, written as short as possible."""
    return f"{value:.1f}".removesuffix(".0")


def _svg(chart: Chart, width: int, height: int, drawn: Iterable[str]) -> Svg:
    return Svg(
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" role="group" viewBox="0 0 {width} {height}"'
        f' width="{width}" height="{height}" font-family="system-ui, sans-serif" font-size="{LETTERS}">'
        f"<title>{escape(chart.title)}</title><desc>{escape(chart.sentence)}</desc>{''.join(drawn)}</svg>"
    )

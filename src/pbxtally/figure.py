"""A figure of an answer, to be opened: which one it is, and the calls behind it (D29).

The request is that of the statistics, with the members below: the interval as the answer named it, the measure, the
row. A member that is not named narrows nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from pbxtally.calls import Direction, Involvement, Leg, Outcome
from pbxtally.errors import InvalidFieldError
from pbxtally.fields import CallDirection
from pbxtally.intervals import Interval, labels_are_numbers, wall_ms
from pbxtally.measures import MEASURES, drill_down_measure
from pbxtally.numbering import Numberings
from pbxtally.query import FLAG, MEMBERS, Asker, Member, StatsQuery, choices, parse_query, whole
from pbxtally.reader import FARTHEST, Reader, refuse_unknown
from pbxtally.report import Holder


class Lines(StrEnum):
    """What a line of a file is."""

    CALLS = "CALLS"
    LEGS = "LEGS"


FIGURE_MEMBERS: dict[str, Member] = {
    "interval": Member(
        "Interval of the figure, as the answer names it under the same `intervalKey`; all by default.",
        {"anyOf": [{"type": "string"}, {"type": "integer", "minimum": 0}]},
    ),
    "measure": Member(
        "Measure of the figure; every call that the request looks at by default.",
        {"type": "string", "enum": list(MEASURES)},
    ),
    "weekday": Member(
        "Only calls that started on this day of the week, by the clock of the time zone: 1 is Monday, 7 Sunday.",
        whole(1, 7),
    ),
    "hour": Member(
        "Only calls that started in this hour of the day, by that clock.",
        whole(0, 23),
    ),
    "extension": Member(
        "Extension of the row, by id or by number as the row shows it; all by default.", {"type": "string"}
    ),
    "onlyUnassigned": Member(
        "Only the rows whose employee is `null`: calls of extensions while nobody held them.",
        FLAG,
    ),
    "near": Member("Also show calls that a rule left out of the figure, each with its rule.", FLAG),
    "offset": Member("Calls to skip.", whole(0, FARTHEST, 0)),
    "limit": Member("Most calls to give; all by default.", whole(1, FARTHEST)),
    "lines": Member(
        "What a line of CSV or PARQUET is: a call, or a leg of one. JSON and EXCEL have both.",
        choices(Lines, "CALLS"),
    ),
}
"""What a request for the calls behind a figure may hold besides the members of statistics."""

ALL_MEMBERS = {**MEMBERS, **FIGURE_MEMBERS}

INTERVAL_NAMES = {
    Interval.MONTH: (r"[1-9]|1[0-2]", r"\d{4}-\d\d"),
    Interval.WEEK: (r"[1-9]|[1-4]\d|5[0-3]", r"\d{4}-W\d\d"),
    Interval.DAY: (r"[1-9]|[12]\d|3[01]", r"\d{4}-\d\d-\d\d"),
    Interval.HOUR: (r"\d|1\d|2[0-3]", r"\d{4}-\d\d-\d\dT\d\d[+-]\d\d:\d\d"),
}
"""Patterns for the names of intervals: the number, and the ISO name (D13)."""

EXAMPLES = {
    Interval.MONTH: ("12", "2020-12"),
    Interval.WEEK: ("49", "2020-W49"),
    Interval.DAY: ("1", "2020-12-01"),
    Interval.HOUR: ("8", "2020-12-01T08+01:00"),
}


@dataclass(frozen=True, slots=True)
class FigureQuery:
    """Which figure is opened: a row, an interval, hours of the week and a measure of what `stats` asks; None: all."""

    stats: StatsQuery
    interval: str | None
    weekday: int | None
    hour: int | None
    measure: str | None
    extension: str | None
    only_unassigned: bool
    near: bool
    offset: int
    limit: int | None
    lines: Lines

    def has_row(self, holder: Holder) -> bool:
        """Whether a row of the answer is asked for."""
        if self.only_unassigned and holder.employee_id is not None:
            return False
        return self.extension is None or self.extension in (holder.extension_id, holder.extension_number)


def parse_figure(members: Mapping[str, Any], asker: Asker, *, as_text: bool = False) -> FigureQuery:
    """Check the members of a request; those of statistics first, then ours, unknown ones last (D20)."""
    stats = parse_query({name: value for name, value in members.items() if name in MEMBERS}, asker, as_text=as_text)
    read = Reader(members, as_text)
    interval = _interval(read.given.get("interval"), stats, as_text)
    weekday = read.whole("weekday", 1, 1, 7) if "weekday" in read.given else None
    hour = read.whole("hour", 0, 0, 23) if "hour" in read.given else None
    measure = read.given.get("measure")
    if measure is not None and (not isinstance(measure, str) or measure not in MEASURES):
        raise InvalidFieldError("measure", "Unknown measure - use {choices}", choices=", ".join(MEASURES))
    extension = read.extension("extension")
    only_unassigned, near = read.flag("onlyUnassigned"), read.flag("near")
    offset = read.whole("offset", 0, 0, FARTHEST)
    limit = read.whole("limit", 1, 1, FARTHEST) if "limit" in read.given else None
    lines = read.choice("lines", Lines, Lines.CALLS)
    refuse_unknown(members, ALL_MEMBERS)
    if only_unassigned:
        stats = replace(stats, include_unassigned=True)
    return FigureQuery(stats, interval, weekday, hour, measure, extension, only_unassigned, near, offset, limit, lines)


def _interval(value: Any, stats: StatsQuery, as_text: bool) -> str | None:
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    numbers = labels_are_numbers(stats.interval_key, stats.interval, stats.zone, stats.period)
    if as_text and isinstance(value, str) and not numbers:
        value = value.replace(" ", "+")  # a plus in an address that was not encoded as %2B (D30)
    if not isinstance(value, str) or not re.fullmatch(INTERVAL_NAMES[stats.interval][not numbers], value, re.ASCII):
        example = EXAMPLES[stats.interval][not numbers]
        sentence = "Invalid interval - use a name as the answer has it, such as {example}"
        raise InvalidFieldError("interval", sentence, example=example)
    return value


class Rule(StrEnum):
    """What may have left a call out of a figure."""

    ELSEWHERE = "answeredElsewhere"
    DIRECTION = "direction"
    LOCAL = "local"
    SHORT = "tooShort"
    HOURS = "hours"


RULES: dict[Rule, tuple[str, str]] = {
    Rule.ELSEWHERE: (
        "D5",
        "It was still ringing here when someone else took it, so it is not a call of this extension.",
    ),
    Rule.DIRECTION: ("D19", "It went in the other direction than requested."),
    Rule.LOCAL: ("D3", "It had no outside party, and the request leaves out local calls."),
    Rule.SHORT: ("D9", "It was shorter than the requested minimum."),
    Rule.HOURS: ("D32", "It started outside the requested time of day or week."),
}
"""The number of each rule and its sentence for people."""


def left_out_by(one: Involvement, query: FigureQuery) -> Rule | None:
    """The first rule that keeps an involvement out of a figure; None if it is part of it."""
    stats = query.stats
    if one.outcome == Outcome.ELSEWHERE and not counts_elsewhere(query):
        return Rule.ELSEWHERE
    if stats.direction is not CallDirection.BOTH and one.direction != Direction[stats.direction.value]:
        return Rule.DIRECTION
    if stats.ignore_local and one.local:
        return Rule.LOCAL
    if one.length_seconds < stats.ignore_below:
        return Rule.SHORT
    is_inside = stats.hours is None or stats.hours.has(wall_ms(stats.zone, one.started_ms))
    return None if is_inside else Rule.HOURS


def counts_elsewhere(query: FigureQuery) -> bool:
    """Whether answered-elsewhere offers are behind the figure: its measure counts them or, without one, the request."""
    if query.measure is None:
        return query.stats.counts_elsewhere
    return Outcome.ELSEWHERE in drill_down_measure(query.measure).outcomes


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody in a call; "" where the record does not say."""

    number: str
    name: str


def other_party(one: Involvement, legs: list[Leg], numberings: Numberings) -> Party:
    """Who called, or who was called, as this extension's legs say; the answered leg says it best.

    A colleague who called is the extension, whatever number the phone presented. An outside caller who withholds the
    number has none: the trunk's name is not theirs.
    """
    out = one.direction == Direction.OUT

    def is_own(leg: Leg, out: bool) -> bool:
        party = (leg.caller_device, leg.caller_number) if out else (leg.callee_device, leg.callee_number)
        return numberings.is_extension(one.extension, *party)

    for leg in sorted(legs, key=lambda leg: (not is_own(leg, out), leg.answered_ms is None)):
        if out:
            number = leg.dialled or leg.callee_number or numberings.name_of(leg.callee_device)
        elif one.local:
            device = _calling_device(leg, legs)
            number = numberings.of_device(device) or leg.caller_number or numberings.name_of(device)
        else:
            number = leg.caller_number
        if number and number != one.extension:
            return Party(number, leg.callee_name if out else leg.caller_name)
    called_itself = any(is_own(leg, True) and is_own(leg, False) for leg in legs)
    return Party(one.extension if called_itself else "", "")


def _calling_device(leg: Leg, legs: list[Leg]) -> str:
    """The device that called, also through internal wires."""
    into = {one.callee_wire: one for one in legs if one.callee_wire}
    while not leg.caller_device and leg.caller_wire in into:
        leg = into.pop(leg.caller_wire)  # once each: they may lead in a circle
    return leg.caller_device


@dataclass(frozen=True, slots=True)
class FigureCall:
    """A call behind a figure: what it was for the extension, who was in it, and the legs the PBX wrote."""

    call: str
    involvement: Involvement
    holder: Holder
    caller: Party
    callee: Party
    counts: int
    left_out: Rule | None
    legs: list[Leg]


@dataclass(frozen=True, slots=True)
class FigureCalls:
    """A figure with the calls behind it: `total` of them, and those `left_out` if they were asked for.

    `calls` are those of the asked page, by start; an iterator that reads them from the store, to be used once.
    """

    query: FigureQuery
    customer_name: str
    figure: int | None
    total: int
    left_out: int
    calls: Iterator[FigureCall]

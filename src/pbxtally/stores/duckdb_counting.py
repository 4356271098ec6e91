"""Counting in the embedded store: the customers and numbers of a question as integers, and its one statement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pbxtally.intervals import offset_pieces
from pbxtally.measures import needed
from pbxtally.missed import Missed, MissedQuery
from pbxtally.stores import arrow
from pbxtally.stores.duckdb_file import DuckFile
from pbxtally.stores.duckdb_missed import missed
from pbxtally.stores.sql import calls_sql, profile_sql, tally_sql
from pbxtally.tally import DrillDown, DrillDownQuery, Group, Profile, ProfileQuery, Tally, TallyQuery


def tally(file: DuckFile, query: TallyQuery) -> Tally:
    """Count the calls a query describes."""
    names = file.names
    customers = [names.customers[one] for one in query.customers if one in names.customers]
    since_ms = max(query.period.since_ms, file.span[0])
    until_ms = min(query.period.until_ms, file.span[1])
    if not customers or since_ms >= until_ms:
        return Tally([], [], {measure.name: [] for measure in needed(query.measures)})
    pieces = offset_pieces(query.zone, since_ms, until_ms)
    numbers = None if query.numbers is None else names.some_of(customers, query.numbers)
    found = _asked(file, tally_sql(query, pieces, customers, numbers, _splits(file, query, customers)))
    groups = [
        Group(names.customer_of[customer], names.number_of[number], slot, start, end)
        for customer, number, slot, start, end in arrow.runs(*found[:3])
    ]
    columns = zip(needed(query.measures), found[4:], strict=True)
    return Tally(groups, found[3], {measure.name: column for measure, column in columns})


def profile(file: DuckFile, query: ProfileQuery) -> Profile:
    """Count the calls of some numbers together."""
    asked = query.tally
    parts = [measure.name for measure in needed(asked.measures)]
    customers, slots, since_ms, until_ms = _asked_of(file, asked, query.slots)
    if not any(slots.values()) or since_ms >= until_ms:
        return Profile([], {name: [] for name in parts})
    pieces = offset_pieces(asked.zone, since_ms, until_ms)
    sql = profile_sql(asked, pieces, customers, slots, _splits(file, asked, customers))
    buckets, *columns = _asked(file, sql)
    return Profile(buckets, dict(zip(parts, columns, strict=True)))


def missed_calls(file: DuckFile, query: MissedQuery) -> Missed:
    """The calls of outside callers that nobody took, and who talked to whom afterwards."""
    asked = query.tally
    customers, slots, since_ms, until_ms = _asked_of(file, asked, query.slots)
    if not any(slots.values()) or since_ms >= until_ms:
        return Missed([], [], [], [], [], [], [], [], [], [], [])
    pieces = offset_pieces(asked.zone, since_ms, until_ms)
    splits = _splits(file, asked, customers)
    with file.question() as cursor:
        return missed(cursor, file.names, query, pieces, customers[0], slots, splits)


def drill_down(file: DuckFile, query: DrillDownQuery) -> DrillDown:
    """The involvements behind a figure (D29)."""
    asked = query.tally
    customers, slots, since_ms, until_ms = _asked_of(file, asked, query.slots)
    if not any(slots.values()) or since_ms >= until_ms:
        return DrillDown([], [], [], [], [], [], [], [], [], [])
    pieces = offset_pieces(asked.zone, since_ms, until_ms)
    sql = calls_sql(query, pieces, customers, slots, _splits(file, asked, customers))
    call_ids, extensions, *rest = _asked(file, sql)
    number_of = file.names.number_of
    return DrillDown(call_ids, [number_of[one] for one in extensions], *rest)


def _asked_of(
    file: DuckFile, query: TallyQuery, asked: Sequence[tuple[str, int]]
) -> tuple[list[int], dict[int, list[int]], int, int]:
    """The customers, the numbers by slot, and the time in which there is something to look at."""
    names = file.names
    customers = [names.customers[one] for one in query.customers if one in names.customers]
    slots: dict[int, list[int]] = {}
    for number, slot in asked:
        slots.setdefault(slot, []).extend(names.numbers_of(customers, [number]))
    since_ms = max(query.period.since_ms, file.span[0])
    return customers, slots, since_ms, min(query.period.until_ms, file.span[1])


def _splits(file: DuckFile, query: TallyQuery, customers: list[int]) -> list[tuple[int, int, int, int]]:
    return [
        (number, one.since_ms, one.until_ms, one.slot)
        for one in query.splits
        for number in file.names.numbers_of(customers, [one.number])
    ]


def _asked(file: DuckFile, sql: str) -> list[Any]:
    with file.question() as cursor:
        return arrow.views(cursor, sql)

"""Missed calls from the tables: first those that nobody took, then every later talk and try with their callers.

The rule is in `missed.py`; `tests/test_missed.py` counts the same with loops and compares. The statements contain only
names and integers of our own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import duckdb

from pbxtally.calls import Direction, Outcome, Via
from pbxtally.intervals import Piece
from pbxtally.measures import MEASURES, Measure
from pbxtally.missed import FEWEST_DIGITS, SAME_DIGITS, Aftermath, Contact, Missed, MissedQuery, same_number
from pbxtally.shared_ids import APART_MS
from pbxtally.stores import arrow
from pbxtally.stores.duckdb_names import Names
from pbxtally.stores.sql import belongs_sql, in_slots_sql, join_sql, where_sql

ANSWERED = f"outcome = {int(Outcome.ANSWERED)}"
OUT = f"direction = {int(Direction.OUT)} AND NOT is_local"
IN = f"direction = {int(Direction.IN)} AND NOT is_local"
DIALLED = f"CASE WHEN via < {int(Via.EVENT)} AND dialled <> '' THEN dialled ELSE callee_number END"
"""The number that was dialled; what is not a leg yet uses that column for a word of its own."""


def missed(
    cursor: duckdb.DuckDBPyConnection,
    names: Names,
    query: MissedQuery,
    pieces: Sequence[Piece],
    customer: int,
    slots: Mapping[int, Iterable[int]],
    splits: Iterable[tuple[int, int, int, int]],
) -> Missed:
    """The calls of a customer that were missed in some slots, and what came after each."""
    call_ids, extensions, in_slots, starts, calls, callers, caller_names = arrow.views(
        cursor, _untaken_sql(query, pieces, customer, slots, splits)
    )
    digits = [same_number(one) for one in callers]
    sought = set(digits) - {""}
    with arrow.table(cursor, "sought", {"digits": "VARCHAR"}, [list(sought)]):
        contacts = arrow.views(cursor, _contacts_sql(query, customer))
    after = Aftermath(map(Contact._make, zip(*contacts, strict=True)), sought)
    talks = list(map(after.first_talk, digits, starts))
    return Missed(
        call_ids,
        [names.number_of[one] for one in extensions],
        ["" if one is None else names.number_of[one.extension] for one in talks],
        in_slots,
        starts,
        calls,
        callers,
        caller_names,
        list(map(after.first_try, digits, starts)),
        [None if one is None else one.at_ms for one in talks],
        [None if one is None else one.direction for one in talks],
    )


def _untaken_sql(
    query: MissedQuery,
    pieces: Sequence[Piece],
    customer: int,
    slots: Mapping[int, Iterable[int]],
    splits: Iterable[tuple[int, int, int, int]],
) -> str:
    """A statement for call, extension, slot, start, the PBX's id of the call, caller's number and name, by start."""
    join, slot = join_sql(splits)
    unanswered = MEASURES["inboundUnanswered"]
    assert isinstance(unanswered, Measure)
    until_ms = query.tally.period.until_ms
    return f"""
WITH part AS MATERIALIZED (
  SELECT i.call_id AS of_call, i.started_ms AS at_ms, i.extension AS of_extension, {slot} AS of_slot
  FROM involvements AS i {join}
  WHERE {where_sql(query.tally, pieces, [customer], None)}
    AND {belongs_sql(unanswered)} AND NOT is_local AND {in_slots_sql(slot, slots)}
), untaken AS MATERIALIZED (
  SELECT call_id AS of_call, started_ms AS at_ms FROM involvements
  WHERE {_started(query, customer, until_ms)} AND call_id IN (SELECT of_call FROM part)
  GROUP BY call_id, started_ms HAVING NOT bool_or({ANSWERED})
)
SELECT of_call, of_extension, of_slot, at_ms, call, caller, caller_name
FROM untaken JOIN part USING (of_call, at_ms) JOIN (
  SELECT of_call, at_ms, first(call ORDER BY started_ms, ended_ms, key) AS call,
    {_first_said("caller_number", "caller_number")} AS caller,
    {_first_said("caller_name", "caller_number")} AS caller_name
  {_legs_of("untaken", _started(query, customer, until_ms + APART_MS))}
) USING (of_call, at_ms)
ORDER BY at_ms, call, of_call, of_extension, of_slot"""


def _contacts_sql(query: MissedQuery, customer: int) -> str:
    """A statement for `missed.Contact`s from the period's start on, of calls with a number in the table `sought`.

    Of several who took a call it names who answered first, as far as devices are called by their extensions' numbers;
    else the lowest number, as of several who made one.
    """
    until_ms = max(query.until_ms, query.tally.period.until_ms)
    in_legs = _started(query, customer, until_ms + APART_MS)
    return f"""
WITH written AS MATERIALIZED (
  SELECT number FROM (
    SELECT DISTINCT caller_number AS number FROM legs WHERE {in_legs}
    UNION SELECT DISTINCT {DIALLED} FROM legs WHERE {in_legs}
  ) WHERE {_digits("number")} IN (SELECT digits FROM sought)
), known AS MATERIALIZED (
  SELECT DISTINCT call_id AS of_call FROM legs WHERE {in_legs}
    AND (caller_number IN (SELECT number FROM written) OR {DIALLED} IN (SELECT number FROM written))
), talked AS MATERIALIZED (
  SELECT call_id AS of_call, started_ms AS at_ms, bool_or({OUT}) AS made,
    min_by(extension, number) FILTER (WHERE {OUT} AND {ANSWERED}) AS called_back,
    map_from_entries(list(DISTINCT (number, extension)) FILTER (WHERE {IN} AND {ANSWERED})) AS takers
  FROM involvements JOIN (SELECT id, number FROM numbers) ON id = extension
  WHERE {_started(query, customer, until_ms)} AND call_id IN (SELECT of_call FROM known)
  GROUP BY call_id, started_ms HAVING made OR takers IS NOT NULL
)
SELECT at_ms, made, called_back, coalesce(took, takers[list_min(map_keys(takers))]) AS took, caller, callee
FROM talked JOIN (
  SELECT of_call, at_ms,
    first(takers[callee_device] ORDER BY answered_ms, key)
      FILTER (WHERE answered_ms IS NOT NULL AND takers[callee_device] IS NOT NULL) AS took,
    {_first_said("caller_number", "caller_number")} AS caller, {_first_said(DIALLED, DIALLED)} AS callee
  {_legs_of("talked", in_legs)}
) USING (of_call, at_ms)"""


def _started(query: MissedQuery, customer: int, until_ms: int) -> str:
    """The condition for what belongs to a customer and started in the period or later, before `until_ms`."""
    since_ms = query.tally.period.since_ms
    return f"customer = {int(customer)} AND started_ms >= {since_ms} AND started_ms < {until_ms}"


def _legs_of(calls: str, in_legs: str) -> str:
    """The legs of each call in a table: of calls with one id, each leg belongs to the last that had started by then."""
    return (
        f"FROM (SELECT * FROM legs WHERE {in_legs} AND call_id IN (SELECT of_call FROM {calls})) AS leg"
        f" ASOF JOIN {calls} ON leg.call_id = of_call AND leg.started_ms >= at_ms GROUP BY of_call, at_ms"
    )


def _first_said(column: str, where: str) -> str:
    """The value of `column` in the call's first leg whose column `where` is not empty; "" if there is none."""
    return f"coalesce(first({column} ORDER BY started_ms, key) FILTER (WHERE {where} <> ''), '')"


def _digits(number: str) -> str:
    """`missed.same_number` in SQL; null if it is not a number. Most end in enough digits, which is tested first."""
    end, digits = f"right({number}, {SAME_DIGITS})", f"regexp_replace({number}, '[^0-9]', '', 'g')"
    return (
        f"CASE WHEN {end} SIMILAR TO '[0-9]{{{SAME_DIGITS}}}' THEN {end}"
        f" WHEN length({digits}) >= {FEWEST_DIGITS} THEN right({digits}, {SAME_DIGITS}) END"
    )

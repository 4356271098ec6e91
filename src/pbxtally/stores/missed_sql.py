"""Missed calls as one statement: which nobody took, and the first try and the first talk with the caller after each.

The rule is told in `missed.py`; `tests/test_missed.py` counts the same with loops and compares. Whatever stands in the
text is a name of ours or an integer made by us.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pbxtally.calls import Direction, Outcome
from pbxtally.intervals import Piece
from pbxtally.measures import MEASURES, Measure
from pbxtally.missed import FEWEST_DIGITS, SAME_DIGITS, MissedQuery
from pbxtally.stores.sql import belongs_sql, in_slots_sql, join_sql, where_sql

ANSWERED = f"outcome = {int(Outcome.ANSWERED)}"
OUT = f"direction = {int(Direction.OUT)} AND NOT is_local"
IN = f"direction = {int(Direction.IN)} AND NOT is_local"
DIALLED = "CASE WHEN dialled <> '' THEN dialled ELSE callee_number END"


def missed_sql(
    query: MissedQuery,
    pieces: Sequence[Piece],
    customer: int,
    slots: Mapping[int, Iterable[int]],
    splits: Iterable[tuple[int, int, int, int]],
    apart_ms: int,
) -> str:
    """The statement; no two legs of a call start further apart than `apart_ms`.

    Columns: call, extension, extension of the first talk afterwards, slot, start, the PBX's id of the call, the
    caller's number and name, the start of the first try, the start and direction of that talk.
    """
    join, slot = join_sql(splits)
    since_ms, until_ms = query.tally.period.since_ms, max(query.until_ms, query.tally.period.until_ms)
    of_customer = f"customer = {int(customer)} AND started_ms >= {since_ms} AND started_ms < "
    unanswered = MEASURES["inboundUnanswered"]
    assert isinstance(unanswered, Measure)
    return f"""
WITH part AS MATERIALIZED (
  SELECT i.call_id AS of_call, i.extension AS of_extension, {slot} AS of_slot
  FROM involvements AS i {join}
  WHERE {where_sql(query.tally, pieces, [customer], None)}
    AND {belongs_sql(unanswered)} AND NOT is_local AND {in_slots_sql(slot, slots)}
), untaken AS MATERIALIZED (
  SELECT call_id AS of_call, min(started_ms) AS at_ms FROM involvements
  WHERE {of_customer}{query.tally.period.until_ms} AND call_id IN (SELECT of_call FROM part)
  GROUP BY call_id HAVING NOT bool_or({ANSWERED})
), missing AS MATERIALIZED (
  SELECT of_call, at_ms, call, caller, caller_name, {_digits("caller")} AS digits
  FROM untaken JOIN ({_parties(of_customer, query.tally.period.until_ms + apart_ms, "untaken")}) USING (of_call)
), written AS MATERIALIZED (
  SELECT number FROM (
    SELECT DISTINCT caller_number AS number FROM legs WHERE {of_customer}{until_ms + apart_ms}
    UNION SELECT DISTINCT {DIALLED} FROM legs WHERE {of_customer}{until_ms + apart_ms}
  ) WHERE {_digits("number")} IN (SELECT digits FROM missing)
), known AS MATERIALIZED (
  SELECT DISTINCT call_id AS of_call FROM legs WHERE {of_customer}{until_ms + apart_ms}
    AND (caller_number IN (SELECT number FROM written) OR {DIALLED} IN (SELECT number FROM written))
), told AS MATERIALIZED (
  SELECT call_id AS of_call, min(started_ms) AS at_ms, bool_or({OUT}) AS made,
    min(CASE WHEN {OUT} AND {ANSWERED} THEN extension END) AS called_back,
    min(CASE WHEN {IN} AND {ANSWERED} THEN extension END) AS took
  FROM involvements WHERE {of_customer}{until_ms} AND call_id IN (SELECT of_call FROM known) GROUP BY call_id
), contact AS MATERIALIZED (
  SELECT at_ms, made, called_back, took, {_digits("caller")} AS of_caller, {_digits("callee")} AS of_callee
  FROM told JOIN ({_parties(of_customer, until_ms + apart_ms, "known")}) USING (of_call)
  WHERE made OR took IS NOT NULL
), talk AS MATERIALIZED (
  SELECT digits, at_ms, min(direction) AS direction, min(extension) AS extension FROM (
    SELECT of_callee AS digits, at_ms, {int(Direction.OUT)} AS direction, called_back AS extension
    FROM contact WHERE called_back IS NOT NULL
    UNION ALL
    SELECT of_caller AS digits, at_ms, {int(Direction.IN)} AS direction, took AS extension
    FROM contact WHERE took IS NOT NULL
  ) GROUP BY digits, at_ms
), try AS MATERIALIZED (
  SELECT DISTINCT of_callee AS digits, at_ms FROM contact WHERE made AND called_back IS NULL
), talked AS (
  SELECT of_call, min(talk.at_ms) AS talked_ms, arg_min(direction, talk.at_ms) AS direction,
    arg_min(extension, talk.at_ms) AS talker
  FROM missing JOIN talk USING (digits) WHERE talk.at_ms > missing.at_ms GROUP BY of_call
), tried AS (
  SELECT of_call, min(try.at_ms) AS tried_ms
  FROM missing JOIN try USING (digits) WHERE try.at_ms > missing.at_ms GROUP BY of_call
)
SELECT of_call, of_extension, talker, of_slot, at_ms, call, caller, caller_name, tried_ms, talked_ms, direction
FROM missing JOIN part USING (of_call) LEFT JOIN talked USING (of_call) LEFT JOIN tried USING (of_call)
ORDER BY at_ms, of_call, of_extension, of_slot"""


def _parties(of_customer: str, until_ms: int, calls: str) -> str:
    """The id of some calls, who called and who was called, as the first leg that says so has it."""
    return (
        "SELECT call_id AS of_call, first(call ORDER BY started_ms, ended_ms, key) AS call,"
        " coalesce(first(caller_number ORDER BY started_ms, key) FILTER (WHERE caller_number <> ''), '') AS caller,"
        " coalesce(first(caller_name ORDER BY started_ms, key) FILTER (WHERE caller_number <> ''), '') AS caller_name,"
        f" coalesce(first({DIALLED} ORDER BY started_ms, key) FILTER (WHERE {DIALLED} <> ''), '') AS callee"
        f" FROM legs WHERE {of_customer}{until_ms} AND call_id IN (SELECT of_call FROM {calls}) GROUP BY call_id"
    )


def _digits(number: str) -> str:
    """`missed.same_number` in SQL; null where it is none."""
    digits = f"regexp_replace({number}, '[^0-9]', '', 'g')"
    return f"CASE WHEN length({digits}) >= {FEWEST_DIGITS} THEN right({digits}, {SAME_DIGITS}) END"

"""What is known of a customer's calls without reading their legs: how they ended, and which may contain a text."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import duckdb

from pbxtally.calls import Leg, Outcome, Via
from pbxtally.intervals import Period
from pbxtally.records import NumberWithCalls
from pbxtally.shared_ids import APART_MS
from pbxtally.stores import arrow
from pbxtally.stores.duckdb_names import Names, Place

MINUTE_MS = 60_000

SAYING = ("caller_number", "caller_name", "caller_device", "callee_number", "callee_name", "callee_device", "dialled")
"""The columns of legs that numbers and names of callers and callees are taken from."""


def calls_ended(cursor: duckdb.DuckDBPyConnection, customer: int, period: Period) -> list[tuple[int, int, int, int]]:
    """Calls all of whose involvements have the same outcome and reason: id, start, and these.

    Left out are those with several, those with none, and those whose legs may say themselves who ended them.
    """
    around = _around(customer, period)
    found = arrow.columns(
        cursor,
        "SELECT call_id, started_ms, min(outcome) AS outcome, min(reason) AS reason FROM involvements\n"
        f"WHERE {around} AND outcome <> {int(Outcome.ELSEWHERE)}\n"
        f"AND call_id NOT IN (SELECT call_id FROM legs WHERE {around} AND words LIKE '% by _')\n"
        "GROUP BY call_id, started_ms HAVING min(outcome) = max(outcome) AND min(reason) = max(reason)",
    )
    return list(zip(*found, strict=True))


def numbers_with_calls(cursor: duckdb.DuckDBPyConnection, names: Names, customer: str) -> list[NumberWithCalls]:
    """The extension numbers a customer has calls for, each with how many, and the starts of the first and the last."""
    found = arrow.columns(
        cursor,
        "SELECT extension, count(*) AS calls, min(started_ms) AS first_ms, max(started_ms) AS last_ms"
        f" FROM involvements WHERE customer = {names.customers.get(customer, 0)} GROUP BY extension",
    )
    return [NumberWithCalls(names.number_of[extension], *rest) for extension, *rest in zip(*found, strict=True)]


def calls_saying(
    cursor: duckdb.DuckDBPyConnection,
    names: Names,
    customer: int,
    period: Period,
    says: Callable[[str], bool],
    numbers: Collection[str],
) -> set[int]:
    """Calls with a text that `says` accepts, or with one of the numbers; and those that have to be folded first."""
    around = _around(customer, period)
    texts = arrow.columns(
        cursor, " UNION ".join(f"SELECT {column} AS said FROM legs WHERE {around}" for column in SAYING)
    )[0]
    said = [one for one in texts if one and (one in numbers or says(one))]
    extensions = [id for id, number in names.of(customer) if number in numbers or says(number)]
    anywhere = " OR ".join(f"{column} IN (SELECT said FROM given)" for column in SAYING)
    with (
        arrow.table(cursor, "given", {"said": "VARCHAR"}, [said]),
        arrow.among(cursor, "extension", extensions) as theirs,
    ):
        found = arrow.columns(
            cursor,
            f"SELECT call_id FROM legs WHERE {around} AND (via >= {int(Via.EVENT)} OR {anywhere})\n"
            f"UNION SELECT call_id FROM involvements WHERE {around} AND {theirs}",
        )[0]
    return set(found)


def customers_of_calls(
    cursor: duckdb.DuckDBPyConnection, source: str, calls: Sequence[str], since_ms: int, until_ms: int
) -> list[tuple[str, str]]:
    """Each of these calls of a source, paired with each customer who has legs of it that start in that time."""
    types = {"source": "VARCHAR", "call": "VARCHAR"}
    with arrow.table(cursor, "given", types, [[source] * len(calls), calls]):
        found = arrow.columns(
            cursor,
            "SELECT DISTINCT l.call, c.customer FROM legs AS l JOIN sources AS s ON s.id = l.source\n"
            "JOIN customers AS c ON c.id = l.customer JOIN given AS g ON g.source = s.name AND g.call = l.call\n"
            f"WHERE l.started_ms >= {since_ms} AND l.started_ms < {until_ms}",
        )
    return list(zip(*found, strict=True))


def late_legs(cursor: duckdb.DuckDBPyConnection, place: Place, legs: Sequence[Leg]) -> set[str]:
    """The keys of legs of calls that had begun before: another leg is kept that began when their channel was made.

    A leg that is kept with another start is none of them: that start was read in another zone.
    """
    given = [(leg.key, leg.call, leg.started_ms, leg.epoch_ms) for leg in legs if leg.epoch_ms is not None]
    if not given:
        return set()
    epochs = [epoch_ms for *_, epoch_ms in given]
    around = place.between(min(epochs) - APART_MS, max(epochs) + APART_MS)
    types = {"late": "VARCHAR", "of_call": "VARCHAR", "at_ms": "BIGINT", "epoch": "BIGINT"}
    with arrow.table(cursor, "given", types, [list(column) for column in zip(*given, strict=True)]):
        found = arrow.columns(
            cursor,
            f"SELECT DISTINCT late FROM given JOIN legs ON call = of_call WHERE {around} AND key <> late"
            f" AND abs(started_ms - epoch) <= {MINUTE_MS} AND late NOT IN"
            f" (SELECT late FROM given JOIN legs ON key = late WHERE {around} AND started_ms <> at_ms)",
        )[0]
    return set(found)


def _around(customer: int, period: Period) -> str:
    """The condition for everything that belongs to calls that started in a period."""
    return (
        f"customer = {customer} AND started_ms >= {period.since_ms - APART_MS}"
        f" AND started_ms < {period.until_ms + APART_MS}"
    )

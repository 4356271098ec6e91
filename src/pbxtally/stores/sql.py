"""A count as one SQL statement that every store understands.

Integer arithmetic only: times are UTC milliseconds, zones come as offset pieces from `intervals.py`, measures are
written from `measures.py`. The text contains only names and integers of our own, and nothing from a request.
`tests/stores` counts the same with Python and compares.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from pbxtally.calls import Direction, Outcome, Via
from pbxtally.fields import CallDirection
from pbxtally.hours import MINUTE_MS, Hours
from pbxtally.intervals import DAY_MS, FIRST_MONDAY_MS, HOUR_MS, LONGEST_MS, WEEK_MS, Interval, Period, Piece
from pbxtally.measures import Adds, Measure, drill_down_measure, needed
from pbxtally.shared_ids import APART_MS
from pbxtally.tally import DrillDownQuery, TallyQuery

LENGTH = f"CASE WHEN outcome = {int(Outcome.ANSWERED)} THEN talk_seconds ELSE ring_seconds END"
"""The length of a call for `ignoreBelow` (D9); `Involvement.length_seconds` in SQL."""

_LINES = ",\n  "


def tally_sql(
    query: TallyQuery,
    pieces: Sequence[Piece],
    customers: Sequence[int],
    numbers: Iterable[int] | None,
    splits: Iterable[tuple[int, int, int, int]],
    table: str = "involvements",
) -> str:
    """The statement for a query whose customers and numbers are already the store's own integers.

    Columns: customer, extension, slot, bucket, then one for each measure of `needed(query.measures)`, in that order.
    """
    join, slot = join_sql(splits)
    keys = {
        "of_customer": "i.customer" if len(customers) > 1 else str(int(customers[0])),
        "of_extension": "i.extension",
        "of_slot": slot,
        "bucket": bucket_sql(query.interval, pieces),
    }
    columns = [*(f"{key} AS {name}" for name, key in keys.items()), *counts_sql(query.measures, query.interval)]
    varying = ", ".join(
        name for name, key in keys.items() if not key.isdecimal()
    )  # a constant costs as much as a column
    return (
        f"SELECT {_LINES.join(columns)}\nFROM {table} AS i\n{join}"
        f"WHERE {where_sql(query, pieces, customers, numbers)}\n"
        f"GROUP BY {varying}\nORDER BY {varying}"
    )


def profile_sql(
    query: TallyQuery,
    pieces: Sequence[Piece],
    customers: Iterable[int],
    slots: Mapping[int, Iterable[int]],
    splits: Iterable[tuple[int, int, int, int]],
    table: str = "involvements",
) -> str:
    """What `tally_sql` counts, for some numbers in some slots, all together: bucket, then a column for each measure."""
    join, slot = join_sql(splits)
    columns = [f"{bucket_sql(query.interval, pieces)} AS bucket", *counts_sql(query.measures)]
    return (
        f"SELECT {_LINES.join(columns)}\n"
        f"FROM {table} AS i\n{join}"
        f"WHERE {where_sql(query, pieces, customers, None)}\n  AND {in_slots_sql(slot, slots)}\n"
        "GROUP BY bucket\n"
        "ORDER BY bucket"
    )


def in_slots_sql(slot: str, slots: Mapping[int, Iterable[int]]) -> str:
    """Whether an involvement belongs to some numbers in some slots."""
    return _any(f"({slot} = {int(one)} AND {_one_of('i.extension', numbers)})" for one, numbers in slots.items())


def calls_sql(
    query: DrillDownQuery,
    pieces: Sequence[Piece],
    customers: Iterable[int],
    slots: Mapping[int, Iterable[int]],
    splits: Iterable[tuple[int, int, int, int]],
    table: str = "involvements",
) -> str:
    """The involvements behind a figure, by start; `slots` are the numbers to look at in each slot.

    The conditions are those of the count, so there are as many as it says (D29).
    """
    join, slot = join_sql(splits)
    tally = query.tally
    conditions = [where_sql(tally, pieces, customers, None), in_slots_sql(slot, slots)]
    if query.buckets is not None:
        conditions.append(_one_of(bucket_sql(tally.interval, pieces), query.buckets))
        if query.buckets and tally.interval is not None:
            margin = LONGEST_MS[tally.interval] + 2 * DAY_MS
            conditions.append(f"i.started_ms > {min(query.buckets) - margin}")
            conditions.append(f"i.started_ms < {max(query.buckets) + margin}")
    if query.hours_of_week is not None:
        conditions.append(_one_of(hour_of_week_sql(pieces), query.hours_of_week))
    if query.measure is not None:
        measure = drill_down_measure(query.measure)
        counted = belongs_sql(measure)
        near = _all([f"outcome = {int(Outcome.ELSEWHERE)}", *_direction_sql(measure)])
        conditions.append(_any([counted, near]) if query.near else counted)
    return (
        f"SELECT call_id AS of_call, i.extension AS of_extension, {slot} AS of_slot, direction AS of_direction,\n"
        "  CAST(is_local AS INTEGER) AS of_local, i.started_ms AS of_start, outcome AS of_outcome,\n"
        "  reason AS of_reason, ring_seconds AS of_ring, talk_seconds AS of_talk\n"
        f"FROM {table} AS i\n{join}"
        f"WHERE {_all(conditions)}\n"
        "ORDER BY of_start, of_call"
    )


def started_sql(customer: int, period: Period) -> str:
    """The calls of a customer that started in a period, counted or not, by start.

    A counted call starts when its involvements say: its first event or step may be later than that, and other records
    earlier. `of_sure`: it certainly is a call; one that has only events, steps and notes may not be. An id that the PBX
    used again, which few do, stands for several calls: only its legs are sorted, to find where one call ends.
    """
    around = (
        f"customer = {int(customer)} AND started_ms >= {period.since_ms - APART_MS}"
        f" AND started_ms < {period.until_ms + APART_MS}"
    )
    ends = "min(started_ms) AS first_ms, max(started_ms) AS last_ms, min(via) AS first_via"
    return (
        f"WITH one_id AS MATERIALIZED (SELECT call_id AS of_call, {ends} FROM legs WHERE {around} GROUP BY call_id),\n"
        "apart AS (SELECT call_id, started_ms, via, coalesce(started_ms - lag(started_ms) OVER used"
        f" > {APART_MS}, FALSE) AS anew FROM legs WHERE {around}"
        f" AND call_id IN (SELECT of_call FROM one_id WHERE last_ms - first_ms > {APART_MS})"
        " WINDOW used AS (PARTITION BY call_id ORDER BY started_ms)),\n"
        "numbered AS (SELECT *, sum(CAST(anew AS INTEGER)) OVER (PARTITION BY call_id ORDER BY started_ms) AS nth"
        " FROM apart),\n"
        f"kept AS (SELECT * FROM one_id WHERE last_ms - first_ms <= {APART_MS}\n"
        f"  UNION ALL SELECT call_id AS of_call, {ends} FROM numbered GROUP BY call_id, nth)\n"
        "SELECT of_call, coalesce(counted_ms, first_ms) AS of_start,\n"
        f"  CAST(counted_ms IS NOT NULL OR first_via < {int(Via.EVENT)} AS INTEGER) AS of_sure\n"
        "FROM kept LEFT JOIN (SELECT DISTINCT call_id AS counted_call, started_ms AS counted_ms FROM involvements"
        f" WHERE {around}) ON counted_call = of_call AND counted_ms >= first_ms - {APART_MS // 2}"
        f" AND counted_ms <= last_ms + {APART_MS // 2}\n"
        f"WHERE coalesce(counted_ms, first_ms) >= {period.since_ms}"
        f" AND coalesce(counted_ms, first_ms) < {period.until_ms}\n"
        "ORDER BY of_start, of_call"
    )


def join_sql(splits: Iterable[tuple[int, int, int, int]]) -> tuple[str, str]:
    """The join that tells the holders of a number apart, and the expression for the slot."""
    rows = ", ".join(f"({', '.join(map(str, map(int, split)))})" for split in splits)
    if not rows:
        return "", "0"
    join = (
        f"LEFT JOIN (VALUES {rows}) AS split(extension, since_ms, until_ms, slot)\n"
        "  ON i.extension = split.extension AND i.started_ms >= split.since_ms AND i.started_ms < split.until_ms\n"
    )
    return join, "coalesce(split.slot, 0)"


def where_sql(
    query: TallyQuery, pieces: Sequence[Piece], customers: Iterable[int], numbers: Iterable[int] | None
) -> str:
    """Which involvements a query looks at."""
    conditions = [
        _one_of("i.customer", customers),
        f"i.started_ms >= {query.period.since_ms} AND i.started_ms < {query.period.until_ms}",
    ]
    if numbers is not None:
        conditions.append(_one_of("i.extension", numbers))
    if query.direction is not CallDirection.BOTH:
        conditions.append(f"direction = {int(Direction[query.direction.value])}")
    if query.ignore_below:
        conditions.append(f"{LENGTH} >= {query.ignore_below}")
    if query.ignore_local:
        conditions.append("NOT is_local")
    if not query.elsewhere:
        conditions.append(f"outcome <> {int(Outcome.ELSEWHERE)}")
    if query.hours is not None:
        conditions.append(hours_sql(query.hours, pieces))
    return "\n  AND ".join(conditions)


def hours_sql(hours: Hours, pieces: Sequence[Piece]) -> str:
    """Whether an involvement started inside some hours, or outside; `Hours.has` in SQL."""
    wall = f"({_wall_sql(pieces)})"
    day = _whole(wall, DAY_MS)
    of_day = f"{wall} - {day} * {DAY_MS}"
    days_with: dict[tuple[int, int], list[int]] = {}
    for weekday, stretches in enumerate(hours.weekdays):
        for stretch in stretches:
            days_with.setdefault(stretch, []).append(weekday)
    inside = _any(
        f"{_one_of(f'({day} + 3) % 7', weekdays)}"  # 1970 began on a Thursday
        f" AND {of_day} >= {since * MINUTE_MS} AND {of_day} < {until * MINUTE_MS}"
        for (since, until), weekdays in days_with.items()
    )
    if hours.days_off:
        inside = f"({inside} AND NOT {_one_of(day, sorted(hours.days_off))})"
    return f"NOT {inside}" if hours.outside else inside


def _one_of(column: str, values: Iterable[int]) -> str:
    """Whether a column is one of some integers; consecutive ones take one comparison, however many."""
    ordered = sorted({int(value) for value in values})
    runs = [[run for _, run in part] for _, part in groupby(enumerate(ordered), key=lambda one: one[1] - one[0])]
    conditions = [f"{column} BETWEEN {run[0]} AND {run[-1]}" for run in runs if len(run) > 2]
    alone = [str(value) for run in runs if len(run) <= 2 for value in run]
    if alone:
        conditions.append(f"{column} = {alone[0]}" if len(alone) == 1 else f"{column} IN ({', '.join(alone)})")
    return conditions[0] if len(conditions) == 1 else _any(conditions)


def counts_sql(measures: tuple[str, ...], interval: Interval | None = None) -> list[str]:
    """`needed(measures)` as aggregates over involvements, each under its own name.

    By extension and HOUR there are as many groups as calls, and the aggregate with the smallest state is fastest: count
    with FILTER. With few groups a sum is faster than FILTER, and a sum of products faster than one of CASEs.
    """
    return [_measure_sql(measure, interval is Interval.HOUR) for measure in needed(measures)]


def _measure_sql(measure: Measure, many_groups: bool) -> str:
    belongs = belongs_sql(measure)
    if many_groups and measure.adds is Adds.ONE:
        return f'count(*) FILTER (WHERE {belongs}) AS "{measure.name}"'
    amount = f"CAST({belongs} AS INTEGER)" + ("" if measure.adds is Adds.ONE else f" * {measure.adds.value}")
    return f'CAST({"max" if measure.longest else "sum"}({amount}) AS BIGINT) AS "{measure.name}"'


def belongs_sql(measure: Measure) -> str:
    """Whether an involvement belongs to a measure; `Measure.counts` in SQL."""
    conditions = [_one_of("outcome", sorted(measure.outcomes)), *_direction_sql(measure)]
    if measure.reason is not None:
        conditions.append(f"reason = {int(measure.reason)}")
    if measure.only_local:
        conditions.append("is_local")
    return " AND ".join(conditions)


def _direction_sql(measure: Measure) -> list[str]:
    return [] if measure.direction is None else [f"direction = {int(measure.direction)}"]


def _all(conditions: Iterable[str]) -> str:
    return "\n  AND ".join(conditions)


def _any(conditions: Iterable[str]) -> str:
    return f"({' OR '.join(conditions) or '1 = 0'})"


def bucket_sql(interval: Interval | None, pieces: Sequence[Piece]) -> str:
    """The key of an involvement's bucket, one of `intervals.bucket_keys`; 0 if there is only one bucket."""
    if interval is None:
        return "0"
    if interval is Interval.HOUR:
        return _by_piece([_hour_sql(piece, first=index == 0) for index, piece in enumerate(pieces)], pieces)
    wall = _wall_sql(pieces)
    if interval is Interval.MONTH:
        return _month_sql(f"({wall})")
    size, ahead = (WEEK_MS, WEEK_MS - FIRST_MONDAY_MS) if interval is Interval.WEEK else (DAY_MS, DAY_MS)
    return f"({wall}) - (({wall}) + {ahead}) % {size}"  # never the remainder of a negative number: stores differ


def hour_of_week_sql(pieces: Sequence[Piece]) -> str:
    """The hour of the week in which an involvement started, as in `intervals.hour_of_week`."""
    return _whole(f"(({_wall_sql(pieces)}) + {WEEK_MS - FIRST_MONDAY_MS}) % {WEEK_MS}", HOUR_MS)


def _wall_sql(pieces: Sequence[Piece]) -> str:
    """What the clock shows when an involvement starts, read as if it were UTC."""
    return _by_piece([f"i.started_ms + {piece.offset_ms}" for piece in pieces], pieces)


def _hour_sql(piece: Piece, first: bool) -> str:
    start = f"i.started_ms - (i.started_ms + {piece.offset_ms % HOUR_MS}) % {HOUR_MS}"
    starts_inside = not first and (piece.since_ms + piece.offset_ms) % HOUR_MS
    return f"greatest({start}, {piece.since_ms})" if starts_inside else start


def _by_piece(expressions: Sequence[str], pieces: Sequence[Piece]) -> str:
    if len(set(expressions)) == 1:
        return expressions[0]
    cases = "".join(
        f"WHEN i.started_ms < {after.since_ms} THEN {expression} "
        for expression, after in zip(expressions, pieces[1:], strict=False)
    )
    return f"CASE {cases}ELSE {expressions[-1]} END"


def _whole(numerator: str, denominator: int) -> str:
    """An integer division, written so that it means the same to every store; exact below 2**53."""
    return f"CAST(floor(({numerator}) / {denominator}) AS BIGINT)"


def _month_sql(wall: str) -> str:
    """The first of the month of a wall-clock moment.

    The Euclidean affine functions of Neri and Schneider (2021) find the day of the month in a calendar whose year
    begins on 1 March, each step using the previous one once; that many days are then subtracted.
    """
    day = _whole(wall, DAY_MS)
    of_century = _whole(f"(4 * ({day} + 719468) + 3) % 146097", 4)  # 719468 days from 0000-03-01 to 1970-01-01
    of_year = _whole(f"(2939745 * (4 * {of_century} + 3)) % 4294967296", 4 * 2939745)
    of_month = _whole(f"(2141 * {of_year} + 197913) % 65536", 2141)
    return f"({day} - {of_month}) * {DAY_MS}"

"""What is expected of any store: a new one is added to `STORES`, and all tests with a `store` run on it."""

from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

import oracle
from calls_table import ms
from pbxtally.intervals import Interval, Period, iso_label
from pbxtally.measures import MEASURES, needed
from pbxtally.stores.duckdb_store import DuckStore
from pbxtally.tally import TallyQuery

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
HOUR_MS = 3_600_000
EVER = Period(0, ms("2100-01-01 00:00:00"))
ALL_MEASURES = tuple(MEASURES)
COUNTS = ("outboundCalls", "outboundSeconds", "inboundCalls", "inboundSeconds", "inboundAnswered")


def duck(folder):
    return DuckStore(folder, memory="256MB", threads=2, query_seconds=60)


STORES = {"duckdb": duck}


def asked(*customers, measures=COUNTS, interval=Interval.MONTH, zone=COPENHAGEN, period=EVER, numbers=None, **more):
    return TallyQuery(customers, numbers, period, zone, interval, measures, **more)


def counted(store, *customers, **query):
    """What the store counts: measures by (customer, number, slot, name of the interval)."""
    request = asked(*customers, **query)
    tally = store.tally(request)
    assert list(tally.measures) == [one.name for one in needed(request.measures)]
    found = {}
    for group in tally.groups:
        for row in range(group.start, group.end):
            name = named(request, tally.buckets[row])
            found[*group[:3], name] = {measure: column[row] for measure, column in tally.measures.items()}
    assert len(found) == len(tally.buckets)
    return found


def named(request, bucket):
    """The name of the interval; if the whole period is one, it has none."""
    if request.interval is None:
        assert bucket == 0
        return None
    return iso_label(request.interval, request.zone, bucket)


def figures(store, customer, **query):
    """What the store counts in the only month there is: measures by number, in the order of COUNTS."""
    return {number: tuple(cell.values()) for (_, number, _, _), cell in counted(store, customer, **query).items()}


ONE_CALL = """
    start    | answer   | end      | from        | to  | result
    09:00:00 | 09:00:05 | 09:01:05 | +4599000001 | 101 | ANSWERED
"""
RING_GROUP = """
    start    | answer   | end      | from | to  | result   | key
    09:00:00 |          | 09:00:04 | 101  | 102 | RANG_OUT | loser
    09:00:00 | 09:00:04 | 09:00:09 | 101  | 107 | ANSWERED | winner
"""
GROUP_COUNTED = {"101": (1, 5, 0, 0, 0), "107": (0, 0, 1, 5, 1)}


def later(leg, by_ms):
    answered = None if leg.answered_ms is None else leg.answered_ms + by_ms
    return leg._replace(started_ms=leg.started_ms + by_ms, ended_ms=leg.ended_ms + by_ms, answered_ms=answered)


def pieces(data, legs):
    """Legs in pieces of random lengths."""
    while legs:
        size = data.draw(st.integers(1, len(legs)))
        yield legs[:size]
        legs = legs[size:]


def assert_counts_as_told(store, customer, involvements):
    assert counted(store, customer, measures=ALL_MEASURES, interval=Interval.HOUR, elsewhere=True) == slowly(
        {customer: involvements}, asked(customer, measures=ALL_MEASURES, interval=Interval.HOUR, elsewhere=True)
    )


def slowly(involvements, request):
    """What a store must count, by the oracle: measures by (customer, number, slot, name of the interval)."""
    cells = {}
    for customer, of_customer in involvements.items():
        for one in of_customer if customer in request.customers else ():
            if not _asked_for(one, request):
                continue
            slots = [
                s.slot
                for s in request.splits
                if s.number == one.extension and s.since_ms <= one.started_ms < s.until_ms
            ]
            name = request.interval and oracle.iso_name(request.interval, request.zone, one.started_ms)
            cells.setdefault((customer, one.extension, slots[0] if slots else 0, name), []).append(one)
    parts = [one.name for one in needed(request.measures)]
    return {place: {name: oracle.figures(cell)[name] for name in parts} for place, cell in cells.items()}


def _asked_for(one, request):
    length = one.talk_seconds if one.outcome.name == "ANSWERED" else one.ring_seconds
    return (
        request.period.since_ms <= one.started_ms < request.period.until_ms
        and (request.numbers is None or one.extension in request.numbers)
        and request.direction in ("BOTH", one.direction.name)
        and length >= request.ignore_below
        and not (one.local and request.ignore_local)
        and (request.elsewhere or one.outcome.name != "ELSEWHERE")
    )


any_order = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

"""What any store must do. A new store adds itself to `STORES`, and all of this is asked of it."""

import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import oracle
from calls_table import NUMBERING, legs, ms
from office import new_id, told
from pbxtally.calls import Numbering
from pbxtally.errors import FolderError
from pbxtally.fields import CallDirection
from pbxtally.intervals import Interval, Period, iso_label
from pbxtally.measures import EXTRA_MEASURES, MEASURES, PAGE_MEASURES, Average, needed
from pbxtally.records import Kept, Rejected
from pbxtally.stores import duckdb_again, duckdb_keeping, duckdb_store
from pbxtally.stores.duckdb_store import DuckStore
from pbxtally.tally import Split, TallyQuery
from random_calls import EXTENSIONS, calls, many_calls

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
HOUR_MS = 3_600_000
EVER = Period(0, ms("2100-01-01 00:00:00"))
ALL_MEASURES = tuple(MEASURES)
COUNTS = ("outboundCalls", "outboundSeconds", "inboundCalls", "inboundSeconds", "inboundAnswered")


def duck(folder):
    return DuckStore(folder, memory="256MB", threads=2, query_seconds=60)


STORES = {"duckdb": duck}


@pytest.fixture(params=STORES.values(), ids=STORES.keys(), scope="module")
def open_store(request):
    return request.param


@pytest.fixture(scope="module")
def store(open_store, tmp_path_factory):
    """One store for all tests that use customers of their own."""
    store = open_store(tmp_path_factory.mktemp("store"))
    yield store
    store.close()


@pytest.fixture
def acme():
    """A customer nobody else has calls of."""
    return new_id()


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
    """The name of the interval; where the whole period is one, it has none."""
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


# ── keeping (property 6) ──


def test_new_legs_are_kept_and_known_ones_known(store, acme):
    group = legs(RING_GROUP)
    assert store.keep(acme, "pbx", group, NUMBERING) == Kept(2, 0, 0)
    assert store.keep(acme, "pbx", group, NUMBERING) == Kept(0, 2, 0)
    assert figures(store, acme) == GROUP_COUNTED
    assert store.legs_of(acme) == sorted(group, key=lambda leg: (leg.started_ms, leg.key))


def test_nothing_is_kept_of_nothing(store, acme):
    assert store.keep(acme, "pbx", [], NUMBERING) == Kept(0, 0, 0)
    assert counted(store, acme) == {}


def test_some_new_legs_among_known_ones(store, acme):
    loser, winner = legs(RING_GROUP)
    store.keep(acme, "pbx", [winner], NUMBERING)
    assert store.keep(acme, "pbx", [loser, winner], NUMBERING) == Kept(1, 1, 0)
    assert figures(store, acme) == GROUP_COUNTED


def test_the_same_key_with_newer_content_is_replaced(store, acme):
    [leg] = legs(ONE_CALL)
    store.keep(acme, "pbx", [leg._replace(talk_ms=1_000)], NUMBERING)
    assert store.keep(acme, "pbx", [leg], NUMBERING) == Kept(0, 0, 1)
    assert figures(store, acme) == {"101": (0, 0, 1, 60, 1)}
    assert store.legs_of(acme) == [leg]


def test_any_difference_counts_as_newer_content(store, acme):
    [leg] = legs(ONE_CALL)
    store.keep(acme, "pbx", [leg], NUMBERING)
    for changed in ({"caller_name": "Bo"}, {"epoch_ms": 5}, {"epoch_ms": None}, {"ring_limit_ms": 0}):
        leg = leg._replace(**changed)
        wanted = Kept(0, 1, 0) if store.legs_of(acme) == [leg] else Kept(0, 0, 1)
        assert store.keep(acme, "pbx", [leg], NUMBERING) == wanted
        assert store.legs_of(acme) == [leg]


def test_a_batch_may_say_the_same_twice_and_the_last_word_counts(store, acme):
    [leg] = legs(ONE_CALL)
    newer = leg._replace(talk_ms=1_000)
    assert store.keep(acme, "pbx", [leg, leg, newer], NUMBERING) == Kept(1, 1, 1)
    assert store.legs_of(acme) == [newer]
    assert store.keep(acme, "pbx", [leg, newer, leg], NUMBERING) == Kept(0, 0, 3)
    assert store.legs_of(acme) == [leg]


def test_the_same_key_in_another_source_or_of_another_customer_is_another_leg(store, acme):
    other = new_id()
    for customer, source in ((acme, "one"), (acme, "two"), (other, "one")):
        assert store.keep(customer, source, legs(ONE_CALL), NUMBERING) == Kept(1, 0, 0)
    assert figures(store, acme) == {"101": (0, 0, 2, 120, 2)}
    assert figures(store, other) == {"101": (0, 0, 1, 60, 1)}
    assert sorted(store.sources_of(acme)) == ["one", "two"]


def test_a_late_leg_changes_only_its_own_call(store, acme):
    loser, winner = legs(RING_GROUP)
    other = loser._replace(key="other", call="other call")
    store.keep(acme, "pbx", [loser, other], NUMBERING)
    assert figures(store, acme) == {"101": (2, 0, 0, 0, 0), "102": (0, 0, 2, 0, 0)}
    assert store.keep(acme, "pbx", [winner], NUMBERING) == Kept(1, 0, 0)
    assert figures(store, acme) == {"101": (2, 5, 0, 0, 0), "102": (0, 0, 1, 0, 0), "107": (0, 0, 1, 5, 1)}


def test_a_late_leg_may_move_the_beginning_of_its_call(store, acme):
    [answered] = legs(ONE_CALL)
    store.keep(acme, "pbx", [answered], NUMBERING)
    before = answered._replace(
        key="earlier",
        started_ms=ms("2020-11-30 22:59:00"),
        ended_ms=ms("2020-11-30 22:59:10"),
        result=2,
        answered_ms=None,
    )
    store.keep(acme, "pbx", [before], NUMBERING)
    found = counted(store, acme)
    assert {name: cell["inboundCalls"] for (*_, name), cell in found.items()} == {"2020-11": 1}


@pytest.mark.parametrize("hours", [1, -2, 12, -14, 26])
def test_a_file_under_a_wrong_zone_and_again_under_the_right_one_counts_once(store, acme, hours):
    group = legs(RING_GROUP)
    store.keep(acme, "pbx", [_later(leg, hours * HOUR_MS) for leg in group], NUMBERING)
    assert store.keep(acme, "pbx", group, NUMBERING) == Kept(0, 0, 2)
    assert store.keep(acme, "pbx", group, NUMBERING) == Kept(0, 2, 0)
    assert counted(store, acme, interval=Interval.HOUR).keys() == {
        (acme, "101", 0, "2020-12-01T10+01:00"),
        (acme, "107", 0, "2020-12-01T10+01:00"),
    }


def _later(leg, by_ms):
    answered = None if leg.answered_ms is None else leg.answered_ms + by_ms
    return leg._replace(started_ms=leg.started_ms + by_ms, ended_ms=leg.ended_ms + by_ms, answered_ms=answered)


def test_a_replaced_leg_may_move_to_another_call(store, acme):
    loser, winner = legs(RING_GROUP)
    store.keep(acme, "pbx", [loser, winner], NUMBERING)
    assert store.keep(acme, "pbx", [winner._replace(call="another")], NUMBERING) == Kept(0, 0, 1)
    assert figures(store, acme) == {
        "101": (2, 5, 0, 0, 0),
        "102": (0, 0, 1, 0, 0),
        "107": (0, 0, 1, 5, 1),
    }


def test_a_call_all_of_whose_legs_moved_away_is_gone(store, acme):
    [leg] = legs(ONE_CALL)
    store.keep(acme, "pbx", [leg], NUMBERING)
    store.keep(acme, "pbx", [leg._replace(callee_device="trunk")], NUMBERING)
    assert figures(store, acme) == {}


def test_text_of_any_kind_comes_back_as_it_was(store, acme):
    [leg] = legs(ONE_CALL)
    strange = leg._replace(
        key="'; DROP TABLE legs; --", call="", caller_name='Søren "Æ" 王 \x00 \x7f', words="a\nb\tc\\", epoch_ms=-1
    )
    store.keep(acme, "'quoted\"", [strange], NUMBERING)
    assert store.legs_of(acme) == [strange]
    assert store.keep(acme, "'quoted\"", [strange], NUMBERING) == Kept(0, 1, 0)


any_order = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@any_order
@given(given_legs=many_calls(days=3, most=3), data=st.data())
def test_any_order_any_chunks_and_twice_count_once(store, given_legs, data):
    customer = new_id()
    twice = data.draw(st.lists(st.sampled_from(given_legs), max_size=5))
    delivered = data.draw(st.permutations([*given_legs, *twice]))
    total = Counter()
    while delivered:
        size = data.draw(st.integers(1, len(delivered)))
        chunk, delivered = delivered[:size], delivered[size:]
        total.update(store.keep(customer, "pbx", chunk, NUMBERING)._asdict())
    assert +total == +Counter(kept=len(given_legs), known=len(twice))
    assert_counts_as_told(store, customer, told(given_legs))


@settings(any_order, max_examples=15)
@given(given_legs=many_calls(days=2, most=3), data=st.data())
def test_wrong_versions_first_and_right_ones_last_count_as_the_right_ones(store, given_legs, data):
    customer = new_id()
    wrong = [
        _later(leg, data.draw(st.sampled_from([0, HOUR_MS, -9 * HOUR_MS])))._replace(
            call=data.draw(st.sampled_from([leg.call, "call0", "nowhere"]))
        )
        for leg in given_legs
    ]
    kept = store.keep(customer, "pbx", wrong, NUMBERING)
    kept = store.keep(customer, "pbx", given_legs, NUMBERING)
    assert kept.kept == 0
    assert kept.known == sum(one == other for one, other in zip(wrong, given_legs, strict=True))
    assert_counts_as_told(store, customer, told(given_legs))


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


# ── counting ──


@settings(any_order, max_examples=30)
@given(data=st.data())
def test_a_store_counts_what_slow_counting_counts(store, data):
    customers = [new_id() for _ in range(data.draw(st.integers(1, 3)))]
    involvements = {}
    for customer in customers:
        given_legs = data.draw(many_calls(most=4))
        store.keep(customer, "pbx", given_legs, NUMBERING)
        involvements[customer] = told(given_legs)
    starts = [one.started_ms for calls in involvements.values() for one in calls]
    edge = st.integers(ms("2020-12-01 00:00:00"), ms("2021-01-12 00:00:00"))
    edge = edge | st.sampled_from(starts) if starts else edge
    since, cut, until = sorted(data.draw(st.tuples(edge, edge, edge)))
    wanted = {
        "measures": tuple(data.draw(st.lists(st.sampled_from(ALL_MEASURES), unique=True))),
        "interval": data.draw(st.none() | st.sampled_from(Interval)),
        "zone": ZoneInfo(data.draw(st.sampled_from(["Europe/Copenhagen", "Asia/Kathmandu", "America/St_Johns"]))),
        "period": Period(since, until),
        "numbers": data.draw(st.none() | st.lists(st.sampled_from([*EXTENSIONS, "999"]), unique=True).map(tuple)),
        "direction": data.draw(st.sampled_from(CallDirection)),
        "ignore_below": data.draw(st.sampled_from([0, 0, 1, 3, 12, 61])),
        "ignore_local": data.draw(st.booleans()),
        "elsewhere": data.draw(st.booleans()),
        "splits": data.draw(
            st.sampled_from(
                [(), (Split("101", 0, cut, 1), Split("101", cut, until + 1, 2)), (Split("102", cut, until, 1),)]
            )
        ),
    }
    asked_for = data.draw(st.lists(st.sampled_from([*customers, new_id()]), unique=True))
    request = asked(*asked_for, **wanted)
    assert counted(store, *asked_for, **wanted) == slowly(involvements, request)


def test_rows_come_in_time_order_group_by_group(store, acme):
    store.keep(acme, "pbx", legs(RING_GROUP), NUMBERING)
    store.keep(
        acme,
        "pbx",
        [_later(leg, 40 * HOUR_MS)._replace(key=leg.key + "2", call="2") for leg in legs(RING_GROUP)],
        NUMBERING,
    )
    tally = store.tally(asked(acme, interval=Interval.DAY))
    assert [(group.number, group.start, group.end) for group in tally.groups] == [("101", 0, 2), ("107", 2, 4)]
    assert tally.buckets[0] < tally.buckets[1]
    assert list(tally.buckets[:2]) == list(tally.buckets[2:])


def test_all_columns_are_plain_integers(store, acme):
    store.keep(acme, "pbx", legs(ONE_CALL), NUMBERING)
    tally = store.tally(asked(acme, measures=ALL_MEASURES))
    columns = [tally.buckets, *tally.measures.values()]
    assert {type(value) for column in columns for value in column} == {int}
    assert set(tally.measures) == {
        one.name for one in (*PAGE_MEASURES, *EXTRA_MEASURES) if not isinstance(one, Average)
    }


def test_a_number_that_changed_hands_is_counted_for_each_holder(store, acme):
    first, second, third = ("2020-12-01 09:00:00", "2020-12-10 09:00:00", "2020-12-20 09:00:00")
    [leg] = legs(ONE_CALL)
    store.keep(
        acme,
        "pbx",
        [
            _later(leg, ms(at) - ms(first))._replace(key=at, call=at, callee_device=number)
            for at in (first, second, third)
            for number in ("101",)
        ],
        NUMBERING,
    )
    splits = (Split("101", 0, ms(second), 1), Split("101", ms(second), ms(third), 2))
    found = counted(store, acme, measures=("inboundCalls",), splits=splits)
    assert {slot: cell["inboundCalls"] for (_, _, slot, _), cell in found.items()} == {0: 1, 1: 1, 2: 1}


def test_several_customers_are_the_sum_of_one_by_one(store):
    customers = [new_id() for _ in range(3)]
    for index, customer in enumerate(customers):
        [leg] = legs(ONE_CALL)
        store.keep(customer, "pbx", [leg._replace(key=f"{n}", call=f"{n}") for n in range(index + 1)], NUMBERING)
    alone = {place: cell for customer in customers for place, cell in counted(store, customer).items()}
    assert counted(store, *customers) == alone
    assert [cell["inboundCalls"] for cell in alone.values()] == [1, 2, 3]


def test_only_the_given_customers_are_counted(store, acme):
    store.keep(new_id(), "pbx", legs(ONE_CALL), NUMBERING)
    assert counted(store, acme) == counted(store) == {}


def test_no_numbers_are_none_and_not_all(store, acme):
    store.keep(acme, "pbx", legs(ONE_CALL), NUMBERING)
    assert figures(store, acme, numbers=()) == {}
    assert figures(store, acme, numbers=("102",)) == {}
    assert figures(store, acme, numbers=("101", "102")) == {"101": (0, 0, 1, 60, 1)}


def test_a_period_without_calls_or_before_or_after_all_of_them(store, acme):
    store.keep(acme, "pbx", legs(ONE_CALL), NUMBERING)
    at = ms("09:00:00")
    for period in (Period(at, at), Period(at + 1, at + 2), Period(0, at), Period(EVER.until_ms, EVER.until_ms + 5)):
        assert counted(store, acme, period=period) == {}
    assert len(counted(store, acme, period=Period(at, at + 1))) == 1


def test_thousands_of_seconds_add_up_exactly(store, acme):
    [leg] = legs(ONE_CALL)
    days = 2_000_000_000  # more than a small integer holds, four times
    long = [leg._replace(key=f"{n}", call=f"{n}", talk_ms=days * 1000) for n in range(4)]
    store.keep(acme, "pbx", long, NUMBERING)
    assert figures(store, acme) == {"101": (0, 0, 4, 4 * days, 4)}


# ── the directory changes (D2a) ──


def test_a_number_that_enters_the_directory_makes_its_calls_count(store, acme):
    [leg] = legs(ONE_CALL)
    reception = leg._replace(callee_device="reception", key="1", call="1")
    store.keep(acme, "pbx", [reception, leg._replace(key="2", call="2")], NUMBERING)
    assert figures(store, acme) == {"101": (0, 0, 1, 60, 1)}
    known = Numbering(directory=frozenset({"reception"}), trunks=NUMBERING.trunks)
    assert store.derive_again(acme, "pbx", known, {"reception"}) == 1
    assert figures(store, acme) == {"101": (0, 0, 1, 60, 1), "reception": (0, 0, 1, 60, 1)}
    assert store.derive_again(acme, "pbx", NUMBERING, {"reception"}) == 1
    assert figures(store, acme) == {"101": (0, 0, 1, 60, 1)}


def test_only_calls_that_carry_a_changed_number_are_derived_again(store, acme):
    store.keep(acme, "pbx", legs(RING_GROUP), NUMBERING)
    assert [store.derive_again(acme, "pbx", NUMBERING, numbers) for numbers in ({"999"}, set(), {"107"}, None)] == [
        0,
        0,
        1,
        1,
    ]
    assert store.derive_again(acme, "another", NUMBERING) == 0
    assert figures(store, acme) == GROUP_COUNTED


def test_new_settings_of_a_source_derive_all_of_its_calls(store, acme):
    store.keep(acme, "pbx", legs(RING_GROUP), NUMBERING)
    store.keep(acme, "other", legs(ONE_CALL), NUMBERING)
    assert store.derive_again(acme, "pbx", Numbering(trunks=frozenset({"107"}))) == 1
    assert figures(store, acme) == {"101": (1, 5, 1, 60, 1)}


@settings(any_order, max_examples=12)
@given(given_legs=many_calls(days=2, most=3), known=st.sets(st.sampled_from([*EXTENSIONS, "trunk"])))
def test_deriving_again_is_the_same_as_deriving_first_with_what_is_known_now(store, given_legs, known):
    customer = new_id()
    now = Numbering(directory=frozenset(known), pattern="10[12]")
    store.keep(customer, "pbx", given_legs, Numbering(pattern="10[34]"))
    store.derive_again(customer, "pbx", now)
    request = asked(customer, measures=ALL_MEASURES, elsewhere=True)
    wanted = slowly({customer: told(given_legs, now)}, request)
    assert counted(store, customer, measures=ALL_MEASURES, elsewhere=True) == wanted


# ── rejected records ──


def test_rejected_records_are_kept_once_with_their_reasons(store, acme):
    bad = [Rejected(3, "not a CSV line", b'"\xff\x00'), Rejected(7, "start is empty", b"a;b")]
    store.keep_rejected(acme, "pbx", "Master.csv", bad, 1000)
    store.keep_rejected(acme, "pbx", "Master.csv.1", [Rejected(1, "not a CSV line", b'"\xff\x00')], 2000)
    assert [tuple(one) for one in store.rejections() if one.customer == acme] == [
        (acme, "pbx", "Master.csv", 3, "not a CSV line", b'"\xff\x00', 1000),
        (acme, "pbx", "Master.csv", 7, "start is empty", b"a;b", 1000),
    ]


def test_the_same_bytes_twice_in_one_file_are_kept_once(store, acme):
    store.keep_rejected(acme, "pbx", "f", [Rejected(1, "no", b"x"), Rejected(2, "no", b"x")], 1000)
    store.keep_rejected(acme, "pbx", "f", [], 1000)
    assert [one.line for one in store.rejections() if one.customer == acme] == [1]


def source_of(store, *customers, source="pbx"):
    """What became of what came of a source: received, kept, known, replaced, rejected."""
    [one] = [one for one in store.sources_kept(customers) if one.source == source]
    return (one.received, *one[1:5])


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(some=many_calls(days=1, most=4), data=st.data())
def test_of_every_record_that_ever_came_it_is_known_what_became_of_it(store, some, data):
    acme, said, received = new_id(), [], 0
    for _ in range(4):
        part = [one._replace(talk_ms=one.talk_ms + data.draw(st.sampled_from([0, 0, 1000]))) for one in some]
        said.append(store.keep(acme, "pbx", part, NUMBERING))
        bad = [Rejected(1, "no", raw) for raw in data.draw(st.lists(st.sampled_from([b"x", b"y"]), max_size=3))]
        store.keep_rejected(acme, "pbx", "f", bad, 1000)
        received += len(part) + len(bad)
    rejected = len([one for one in store.rejections() if one.customer == acme])
    kept, _, replaced = (sum(column) for column in zip(*said, strict=True))
    assert source_of(store, acme) == (received, kept, received - kept - replaced - rejected, replaced, rejected)
    assert kept == len(store.legs_of(acme))


def test_what_came_of_several_customers_is_added_up_and_tidying_changes_nothing(store, acme, monkeypatch):
    monkeypatch.setattr(duckdb_again, "MANY_ROWS", 1)
    other = new_id()
    for customer, times in ((acme, 3), (other, 2)):
        for _ in range(times):
            store.keep(customer, "pbx", legs(ONE_CALL), NUMBERING)
            store.tidy()
    assert source_of(store, acme, other) == (5, 2, 3, 0, 0)
    assert source_of(store, acme) == (3, 1, 2, 0, 0)
    assert store.sources_kept([new_id()]) == []


def test_the_same_bytes_of_another_source_or_customer_are_kept_as_well(store, acme):
    other = new_id()
    for customer, source in ((acme, "one"), (acme, "two"), (other, "one")):
        store.keep_rejected(customer, source, "f", [Rejected(1, "no", b"x")], 1000)
    assert sorted((one.customer, one.source) for one in store.rejections() if one.customer in (acme, other)) == sorted(
        [(acme, "one"), (acme, "two"), (other, "one")]
    )


def test_only_the_records_named_leave_the_list_of_that_source(store, acme):
    for source in ("one", "two"):
        store.keep_rejected(acme, source, "f", [Rejected(1, "no", b"x"), Rejected(2, "no", b"y")], 1000)
    store.forget_rejected(acme, "one", [b"x", b"never seen"])
    store.forget_rejected(acme, "one", [])
    found = [(one.source, one.raw) for one in store.rejections() if one.customer == acme]
    assert sorted(found) == [("one", b"y"), ("two", b"x"), ("two", b"y")]


# ── names in the reader's order (D18) ──


def test_names_sort_as_the_language_does(store):
    names = ["Åse", "Zoe", "ærlig", "Østen", "anna", "Bo", "Ægir", "Anna", ""]
    danish = dict(zip(names, store.sort_keys(names, "da"), strict=True))
    assert sorted(names, key=danish.get) == ["", "Anna", "anna", "Bo", "Zoe", "Ægir", "ærlig", "Østen", "Åse"]
    english = dict(zip(names, store.sort_keys(names, "en"), strict=True))
    assert sorted(names, key=english.get)[-1] == "Zoe"
    assert store.sort_keys([], "da") == []


# ── several at once, and again tomorrow ──


def test_threads_that_ask_for_different_customers_get_only_their_own(store):
    customers = [new_id() for _ in range(4)]
    for index, customer in enumerate(customers):
        [leg] = legs(ONE_CALL)
        store.keep(customer, "pbx", [leg._replace(talk_ms=(index + 1) * 1000, callee_device=f"10{index}")], NUMBERING)
    wanted = {customer: {f"10{index}": (0, 0, 1, index + 1, 1)} for index, customer in enumerate(customers)}

    def ask_often(customer):
        return all(figures(store, customer) == wanted[customer] for _ in range(10))

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask_often, customers * 2))


def test_questions_are_answered_while_legs_are_kept(store, acme):
    [leg] = legs(ONE_CALL)

    def keep(number):
        return store.keep(acme, "pbx", [leg._replace(key=f"{number}", call=f"{number}")], NUMBERING)

    def calls_so_far(_):
        return sum(cell[2] for cell in figures(store, acme).values())

    with ThreadPoolExecutor(4) as pool:
        kept = pool.map(keep, range(20))
        seen = list(pool.map(calls_so_far, range(40)))
        assert list(kept) == [Kept(1, 0, 0)] * 20
    assert set(seen) <= set(range(21))
    assert figures(store, acme) == {"101": (0, 0, 20, 1200, 20)}


def test_two_threads_that_keep_the_same_legs_keep_them_once(store, acme):
    group = legs(RING_GROUP)
    with ThreadPoolExecutor(4) as pool:
        kept = list(pool.map(lambda _: store.keep(acme, "pbx", group, NUMBERING), range(8)))
    assert sum(one.kept for one in kept) == 2
    assert figures(store, acme) == GROUP_COUNTED


def test_a_store_opened_again_says_the_same(open_store, tmp_path):
    first = open_store(tmp_path)
    first.keep("a" * 24, "pbx", legs(RING_GROUP), NUMBERING)
    first.keep_rejected("a" * 24, "pbx", "f", [Rejected(1, "no", b"x")], 1000)
    said = counted(first, "a" * 24), first.legs_of("a" * 24), first.rejections(), first.sources_of("a" * 24)
    first.close()
    again = open_store(tmp_path)
    assert (counted(again, "a" * 24), again.legs_of("a" * 24), again.rejections(), again.sources_of("a" * 24)) == said
    assert again.keep("a" * 24, "pbx", legs(RING_GROUP), NUMBERING) == Kept(0, 2, 0)
    assert again.keep("b" * 24, "pbx", legs(ONE_CALL), NUMBERING) == Kept(1, 0, 0)
    assert figures(again, "a" * 24) == GROUP_COUNTED
    assert again.is_well()
    again.close()


def test_what_was_kept_survives_a_sudden_end(open_store, tmp_path):
    code = f"""
import os, sys
sys.path[:0] = {sys.path!r}
from pathlib import Path
from stores.test_store import STORES, legs, RING_GROUP, NUMBERING
store = STORES[sys.argv[1]](Path(sys.argv[2]))
store.keep("a" * 24, "pbx", legs(RING_GROUP), NUMBERING)
os._exit(1)
"""
    name = next(name for name, opener in STORES.items() if opener is open_store)
    assert subprocess.run([sys.executable, "-c", code, name, str(tmp_path)], check=False).returncode == 1
    store = open_store(tmp_path)
    assert figures(store, "a" * 24) == GROUP_COUNTED
    store.close()


@pytest.mark.parametrize("rows", [1, 3])
def test_tidying_changes_no_answer(open_store, tmp_path, monkeypatch, rows):
    monkeypatch.setattr(duckdb_store, "UNSORTED_ROWS", rows)
    store = open_store(tmp_path)
    for customer in ("b" * 24, "a" * 24):
        for days in (40, 0, 80):
            group = [
                _later(leg, days * 24 * HOUR_MS)._replace(key=f"{leg.key} {days}", call=f"{days}")
                for leg in legs(RING_GROUP)
            ]
            store.keep(customer, "pbx", group, NUMBERING)
    everyone = {"measures": ALL_MEASURES, "interval": Interval.HOUR, "elsewhere": True}
    before = counted(store, "a" * 24, "b" * 24, **everyone)
    assert len(before) == 18
    for _ in range(2):
        store.tidy()
        assert counted(store, "a" * 24, "b" * 24, **everyone) == before
    assert store.keep(
        "a" * 24, "pbx", [_later(legs(RING_GROUP)[0], 0)._replace(key="loser 0", call="0")], NUMBERING
    ) == Kept(0, 1, 0)
    store.close()
    again = open_store(tmp_path)
    assert counted(again, "a" * 24, "b" * 24, **everyone) == before
    again.close()


# ── DuckDB's own ──


@pytest.fixture
def ducks(tmp_path):
    store = duck(tmp_path)
    yield store
    store.close()


def test_tidying_puts_a_customers_month_together(ducks, monkeypatch):
    monkeypatch.setattr(duckdb_store, "UNSORTED_ROWS", 1)
    for customer, number in (("b" * 24, "102"), ("a" * 24, "102"), ("b" * 24, "101"), ("a" * 24, "101")):
        [leg] = legs(ONE_CALL)
        ducks.keep(customer, "pbx", [leg._replace(key=number, call=number, callee_device=number)], NUMBERING)
    ducks.tidy()
    with ducks._file.cursor() as cursor:
        rows = cursor.execute("SELECT customer, extension, started_ms FROM involvements").fetchall()
        unsorted = cursor.execute("SELECT count(*) FROM unsorted").fetchall()
    assert len(rows) == 4
    assert rows == sorted(rows)
    assert unsorted == [(0,)]


def test_a_second_process_is_told_that_the_folder_is_in_use(ducks, tmp_path):
    code = f"""
import sys
sys.path[:0] = {sys.path!r}
from pathlib import Path
from pbxtally.errors import FolderError
from stores.test_store import duck
try:
    duck(Path(sys.argv[1]))
except FolderError as why:
    print(why.description)
"""
    told = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], check=True, capture_output=True, text=True
    ).stdout
    assert told == f"the calls in {tmp_path} are in use by another command - try again later\n"


def test_once_closed_another_process_may_open_it(tmp_path):
    first = duck(tmp_path)
    first.keep("a" * 24, "pbx", legs(ONE_CALL), NUMBERING)
    first.close()
    code = f"""
import sys
sys.path[:0] = {sys.path!r}
from pathlib import Path
from stores.test_store import duck, figures
print(figures(duck(Path(sys.argv[1])), "a" * 24))
"""
    told = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], check=True, capture_output=True, text=True
    ).stdout
    assert told == "{'101': (0, 0, 1, 60, 1)}\n"


def test_a_file_that_is_no_database_is_a_folder_error(tmp_path):
    (tmp_path / "calls.duckdb").write_bytes(b"not a database" * 1000)
    with pytest.raises(FolderError, match=r"calls\.duckdb cannot be opened"):
        duck(tmp_path)


def test_a_folder_name_may_hold_a_quote(tmp_path):
    folder = tmp_path / "o'hara"
    store = duck(folder)
    assert store.keep("a" * 24, "pbx", legs(ONE_CALL), NUMBERING) == Kept(1, 0, 0)
    store.close()


def test_a_failed_change_leaves_everything_as_it_was(ducks, monkeypatch):
    ducks.keep("a" * 24, "pbx", legs(RING_GROUP), NUMBERING)

    def fail(legs, numbering):
        raise RuntimeError("in the middle")

    monkeypatch.setattr(duckdb_keeping, "involvements", fail)
    [leg] = legs(ONE_CALL)
    for customer in ("a" * 24, "b" * 24):
        with pytest.raises(RuntimeError, match="in the middle"):
            ducks.keep(customer, "pbx", [leg._replace(callee_device="555")], NUMBERING)
    monkeypatch.undo()
    assert figures(ducks, "a" * 24) == GROUP_COUNTED
    assert (ducks.legs_of("b" * 24), ducks.sources_of("b" * 24)) == ([], [])
    assert ducks.keep("b" * 24, "pbx", [leg._replace(callee_device="555")], NUMBERING) == Kept(1, 0, 0)
    assert figures(ducks, "b" * 24) == {"555": (0, 0, 1, 60, 1)}


@settings(any_order, max_examples=12)
@given(call=calls())
def test_a_leg_and_its_length_are_the_same_in_sql(store, call):
    customer = new_id()
    store.keep(customer, "pbx", call, NUMBERING)
    for below in (4, 13):
        request = asked(customer, ignore_below=below, elsewhere=True)
        assert counted(store, customer, ignore_below=below, elsewhere=True) == slowly({customer: told(call)}, request)

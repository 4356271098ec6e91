"""What a store counts, beside slow counting; and in what order names stand (D18)."""

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calls_table import NUMBERING, legs, ms
from office import new_id, told
from pbxtally.fields import CallDirection
from pbxtally.intervals import Interval, Period
from pbxtally.measures import EXTRA_MEASURES, PAGE_MEASURES, Average
from pbxtally.tally import Split
from random_calls import EXTENSIONS, calls, many_calls
from stores.one_store import (
    ALL_MEASURES,
    EVER,
    HOUR_MS,
    ONE_CALL,
    RING_GROUP,
    any_order,
    asked,
    counted,
    figures,
    later,
    slowly,
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
        [later(leg, 40 * HOUR_MS)._replace(key=leg.key + "2", call="2") for leg in legs(RING_GROUP)],
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
            later(leg, ms(at) - ms(first))._replace(key=at, call=at, callee_device=number)
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


# ── names in the reader's order (D18) ──


def test_names_sort_as_the_language_does(store):
    names = ["Åse", "Zoe", "ærlig", "Østen", "anna", "Bo", "Ægir", "Anna", ""]
    danish = dict(zip(names, store.sort_keys(names, "da"), strict=True))
    assert sorted(names, key=danish.get) == ["", "Anna", "anna", "Bo", "Zoe", "Ægir", "ærlig", "Østen", "Åse"]
    english = dict(zip(names, store.sort_keys(names, "en"), strict=True))
    assert sorted(names, key=english.get)[-1] == "Zoe"
    assert store.sort_keys([], "da") == []


@pytest.mark.parametrize(
    ("language", "in_order"),
    [
        ("da", ["Émile", "Zoe", "Østen", "Aage", "Åse"]),
        ("da-DK", ["Émile", "Zoe", "Østen", "Aage", "Åse"]),
        ("da_DK", ["Émile", "Zoe", "Østen", "Aage", "Åse"]),
        ("nb-NO", ["Émile", "Zoe", "Østen", "Aage", "Åse"]),
        ("sv-SE", ["Aage", "Émile", "Zoe", "Åse", "Østen"]),
        ("en-GB", ["Aage", "Åse", "Émile", "Østen", "Zoe"]),
        ("xx-YY", ["Aage", "Åse", "Émile", "Østen", "Zoe"]),
    ],
)
def test_a_language_with_a_country_sorts_as_the_language(store, language, in_order):
    names = ["Zoe", "Åse", "Aage", "Østen", "Émile"]
    keys = dict(zip(names, store.sort_keys(names, language), strict=True))
    assert sorted(names, key=keys.get) == in_order


@settings(any_order, max_examples=12)
@given(call=calls())
def test_a_leg_and_its_length_are_the_same_in_sql(store, call):
    customer = new_id()
    store.keep(customer, "pbx", call, NUMBERING)
    for below in (4, 13):
        request = asked(customer, ignore_below=below, elsewhere=True)
        assert counted(store, customer, ignore_below=below, elsewhere=True) == slowly({customer: told(call)}, request)

"""An id or a key that a PBX uses again days later is another call's: both count, whatever came together."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calls_table import NUMBERING, legs
from kept_legs import legs_of
from office import new_id, told
from pbxtally.calls import Result, Via
from pbxtally.cli.checking import agrees
from pbxtally.dialogs import Step
from pbxtally.records import KeptCounts
from random_calls import DAY_MS, many_calls
from stores.one_store import HOUR_MS, ONE_CALL, RING_GROUP, any_order, assert_counts_as_told, figures, later, pieces

NIGHT_MS = 27 * HOUR_MS


def uses(given_legs, days):
    return [[later(leg, day * DAY_MS) for leg in given_legs] for day in days]


def flaws(store, customer):
    return [
        call
        for part in range(store.upkeep.parts())
        for call in store.upkeep.calls(customer, "pbx", part, store.upkeep.parts())
        if not agrees(call, NUMBERING)
    ]


@settings(any_order, max_examples=30)
@given(given_legs=many_calls(days=1, most=3), days=st.sets(st.integers(0, 9).map(lambda n: 2 * n)), data=st.data())
def test_a_counter_that_begins_anew_counts_every_call_in_any_order_and_chunks(store, given_legs, days, data):
    customer, whole = new_id(), uses(given_legs, days)
    every = [leg for use in whole for leg in use]
    twice = data.draw(st.lists(st.sampled_from(every), max_size=5)) if every else []
    delivered = data.draw(st.permutations([*every, *twice]))
    total = Counter()
    for piece in pieces(data, delivered):
        total.update(store.keep(customer, "pbx", piece, NUMBERING)._asdict())
    assert +total == +Counter(kept=len(every), known=len(twice))
    assert_counts_as_told(store, customer, [one for use in whole for one in told(use)])
    assert flaws(store, customer) == []


def test_a_correction_replaces_the_use_it_is_near_and_no_other(store, acme):
    [first, second, third] = [use[0] for use in uses(legs(ONE_CALL), (0, 2, 4))]
    assert store.keep(acme, "pbx", [third, first, second], NUMBERING) == KeptCounts(3, 0, 0)
    corrected = later(second, HOUR_MS)
    assert store.keep(acme, "pbx", [corrected, first], NUMBERING) == KeptCounts(0, 1, 1)
    assert legs_of(store, acme) == [first, corrected, third]
    assert figures(store, acme) == {"101": (0, 0, 3, 180, 3)}


def test_versions_of_a_leg_in_one_delivery_are_told_from_its_next_use(store, acme):
    [leg] = legs(ONE_CALL)
    moved, again = later(leg, 26 * HOUR_MS), later(leg, 26 * HOUR_MS + NIGHT_MS)
    assert store.keep(acme, "pbx", [leg, again, moved], NUMBERING) == KeptCounts(2, 0, 1)
    assert legs_of(store, acme) == [moved, again]


def test_legs_of_one_call_far_from_the_delivery_are_found_whole(store, acme):
    loser, winner = legs(RING_GROUP)
    late = [later(loser, 50 * HOUR_MS), later(winner._replace(key="late"), 60 * HOUR_MS)]
    store.keep(acme, "pbx", late, NUMBERING)
    other = loser._replace(key="other", call="other")
    store.keep(acme, "pbx", [loser, winner, later(other, 30 * HOUR_MS)], NUMBERING)
    assert flaws(store, acme) == []
    assert legs_of(store, acme)[-2:] == late


@pytest.mark.parametrize("gone", ["loser", "winner"])
def test_a_leg_that_leaves_a_use_leaves_the_others_as_they_are(store, acme, gone):
    group, again = uses(legs(RING_GROUP), (0, 3))
    store.keep(acme, "pbx", [*group, *again], NUMBERING)
    moved = next(leg for leg in again if leg.key == gone)._replace(call="another")
    assert store.keep(acme, "pbx", [moved], NUMBERING) == KeptCounts(0, 0, 1)
    assert flaws(store, acme) == []
    assert [leg.call for leg in legs_of(store, acme)].count("another") == 1


def test_verify_finds_a_leg_twice_only_where_two_are_close(open_store, tmp_path):
    store = open_store(tmp_path)
    [leg] = legs(ONE_CALL)
    store.keep("c" * 24, "pbx", [leg, later(leg, 2 * DAY_MS)], NUMBERING)
    assert store.upkeep.flaws() == []
    with store._file.change() as cursor:
        cursor.execute("INSERT INTO legs SELECT * FROM legs")
    assert store.upkeep.flaws() == ["2 legs are there twice"]
    store.close()


@settings(any_order, max_examples=10)
@given(data=st.data())
def test_a_number_that_begins_anew_every_day_for_weeks_is_no_call_and_each_leg_counts(store, data):
    customer, [leg] = new_id(), legs(ONE_CALL)
    days = [later(leg, day * DAY_MS)._replace(key=f"day {day}") for day in range(20)]
    for piece in pieces(data, data.draw(st.permutations(days))):
        store.keep(customer, "pbx", piece, NUMBERING)
        assert flaws(store, customer) == []
    assert figures(store, customer) == {"101": (0, 0, 20, 1200, 20)}


def test_rows_of_a_proxy_whose_calls_share_an_id_for_a_week_count_once_each(store, acme):
    [leg] = legs(ONE_CALL)
    row = leg._replace(via=Via.DIALOG, dialled=Step.FAILED, ended_ms=leg.started_ms, answered_ms=None)
    for number in range(10):
        late = later(row, number * DAY_MS)
        began_ms = late.started_ms - 20_000
        store.keep(acme, "pbx", [late._replace(key=f"row {number}", result=Result.BUSY, epoch_ms=began_ms)], NUMBERING)
        assert flaws(store, acme) == []
    assert figures(store, acme) == {"101": (0, 0, 10, 0, 0)}


@pytest.mark.parametrize("hours", [3, 30])
def test_a_call_that_starts_before_its_first_step_is_derived_again_in_its_place(store, acme, hours):
    [leg] = legs(ONE_CALL)
    began_ms = leg.started_ms - hours * HOUR_MS
    end = leg._replace(via=Via.DIALOG, dialled=Step.ENDED, epoch_ms=began_ms, answered_ms=None, callee_number="101")
    step = end._replace(key="answer", dialled=Step.ANSWERED)
    for one in (end, step, step._replace(words="again"), end._replace(words="again")):
        store.keep(acme, "pbx", [one], NUMBERING)
        assert flaws(store, acme) == []

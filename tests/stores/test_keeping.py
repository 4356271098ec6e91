"""Legs are kept once, in whatever order they come; what is newer replaces what was (property 6)."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calls_table import NUMBERING, legs, ms
from kept_legs import legs_of
from office import new_id, told
from pbxtally.intervals import Interval
from pbxtally.records import Delivery, KeptCounts, Removal, SourceDeliveries
from random_calls import many_calls
from stores.one_store import (
    GROUP_COUNTED,
    HOUR_MS,
    ONE_CALL,
    RING_GROUP,
    any_order,
    assert_counts_as_told,
    counted,
    figures,
    later,
    pieces,
)

# ── keeping (property 6) ──


def test_new_legs_are_kept_and_known_ones_known(store, acme):
    group = legs(RING_GROUP)
    assert store.keep(acme, "pbx", group, NUMBERING) == KeptCounts(2, 0, 0)
    assert store.keep(acme, "pbx", group, NUMBERING) == KeptCounts(0, 2, 0)
    assert figures(store, acme) == GROUP_COUNTED
    assert legs_of(store, acme) == sorted(group, key=lambda leg: (leg.started_ms, leg.key))


def test_nothing_is_kept_of_nothing(store, acme):
    assert store.keep(acme, "pbx", [], NUMBERING) == KeptCounts(0, 0, 0)
    assert counted(store, acme) == {}


def test_some_new_legs_among_known_ones(store, acme):
    loser, winner = legs(RING_GROUP)
    store.keep(acme, "pbx", [winner], NUMBERING)
    assert store.keep(acme, "pbx", [loser, winner], NUMBERING) == KeptCounts(1, 1, 0)
    assert figures(store, acme) == GROUP_COUNTED


def test_the_same_key_with_newer_content_is_replaced(store, acme):
    [leg] = legs(ONE_CALL)
    store.keep(acme, "pbx", [leg._replace(talk_ms=1_000)], NUMBERING)
    assert store.keep(acme, "pbx", [leg], NUMBERING) == KeptCounts(0, 0, 1)
    assert figures(store, acme) == {"101": (0, 0, 1, 60, 1)}
    assert legs_of(store, acme) == [leg]


def test_any_difference_counts_as_newer_content(store, acme):
    [leg] = legs(ONE_CALL)
    store.keep(acme, "pbx", [leg], NUMBERING)
    for changed in ({"caller_name": "Bo"}, {"epoch_ms": 5}, {"epoch_ms": None}, {"ring_limit_ms": 0}):
        leg = leg._replace(**changed)
        wanted = KeptCounts(0, 1, 0) if legs_of(store, acme) == [leg] else KeptCounts(0, 0, 1)
        assert store.keep(acme, "pbx", [leg], NUMBERING) == wanted
        assert legs_of(store, acme) == [leg]


def test_a_batch_may_say_the_same_twice_and_the_last_word_counts(store, acme):
    [leg] = legs(ONE_CALL)
    newer = leg._replace(talk_ms=1_000)
    assert store.keep(acme, "pbx", [leg, leg, newer], NUMBERING) == KeptCounts(1, 1, 1)
    assert legs_of(store, acme) == [newer]
    assert store.keep(acme, "pbx", [leg, newer, leg], NUMBERING) == KeptCounts(0, 0, 3)
    assert legs_of(store, acme) == [leg]


def test_the_same_key_in_another_source_or_of_another_customer_is_another_leg(store, acme):
    other = new_id()
    for customer, source in ((acme, "one"), (acme, "two"), (other, "one")):
        assert store.keep(customer, source, legs(ONE_CALL), NUMBERING) == KeptCounts(1, 0, 0)
    assert figures(store, acme) == {"101": (0, 0, 2, 120, 2)}
    assert figures(store, other) == {"101": (0, 0, 1, 60, 1)}
    assert sorted(store.sources_of(acme)) == ["one", "two"]


def test_a_source_of_which_everything_left_is_none_of_the_customers_until_something_comes_again(store, acme):
    [leg] = legs(ONE_CALL)
    store.keep(acme, "pbx", [leg], NUMBERING)
    assert store.sources_of(acme) == ["pbx"]
    leaves = Delivery(acme, "pbx", 0, [], [], gone=Removal((leg.key,)))
    store.keep_together([SourceDeliveries(acme, "pbx", [leaves], NUMBERING)])
    assert (store.sources_of(acme), figures(store, acme)) == ([], {})
    assert store.keep(acme, "pbx", [leg], NUMBERING) == KeptCounts(1, 0, 0)
    assert (store.sources_of(acme), figures(store, acme)) == (["pbx"], {"101": (0, 0, 1, 60, 1)})


def test_a_late_leg_changes_only_its_own_call(store, acme):
    loser, winner = legs(RING_GROUP)
    other = loser._replace(key="other", call="other call")
    store.keep(acme, "pbx", [loser, other], NUMBERING)
    assert figures(store, acme) == {"101": (2, 0, 0, 0, 0), "102": (0, 0, 2, 0, 0)}
    assert store.keep(acme, "pbx", [winner], NUMBERING) == KeptCounts(1, 0, 0)
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
    store.keep(acme, "pbx", [later(leg, hours * HOUR_MS) for leg in group], NUMBERING)
    assert store.keep(acme, "pbx", group, NUMBERING) == KeptCounts(0, 0, 2)
    assert store.keep(acme, "pbx", group, NUMBERING) == KeptCounts(0, 2, 0)
    assert counted(store, acme, interval=Interval.HOUR).keys() == {
        (acme, "101", 0, "2020-12-01T10+01:00"),
        (acme, "107", 0, "2020-12-01T10+01:00"),
    }


def test_a_replaced_leg_may_move_to_another_call(store, acme):
    loser, winner = legs(RING_GROUP)
    store.keep(acme, "pbx", [loser, winner], NUMBERING)
    assert store.keep(acme, "pbx", [winner._replace(call="another")], NUMBERING) == KeptCounts(0, 0, 1)
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
    assert legs_of(store, acme) == [strange]
    assert store.keep(acme, "'quoted\"", [strange], NUMBERING) == KeptCounts(0, 1, 0)


@any_order
@given(given_legs=many_calls(days=3, most=3), data=st.data())
def test_any_order_any_chunks_and_twice_count_once(store, given_legs, data):
    customer = new_id()
    twice = data.draw(st.lists(st.sampled_from(given_legs), max_size=5))
    delivered = data.draw(st.permutations([*given_legs, *twice]))
    total = Counter()
    for piece in pieces(data, delivered):
        total.update(store.keep(customer, "pbx", piece, NUMBERING)._asdict())
    assert +total == +Counter(kept=len(given_legs), known=len(twice))
    assert_counts_as_told(store, customer, told(given_legs))


@settings(any_order, max_examples=15)
@given(given_legs=many_calls(days=2, most=3), data=st.data())
def test_wrong_versions_first_and_right_ones_last_count_as_the_right_ones(store, given_legs, data):
    customer = new_id()
    wrong = [
        later(leg, data.draw(st.sampled_from([0, HOUR_MS, -9 * HOUR_MS])))._replace(
            call=data.draw(st.sampled_from([leg.call, "call0", "nowhere"]))
        )
        for leg in given_legs
    ]
    kept = store.keep(customer, "pbx", wrong, NUMBERING)
    kept = store.keep(customer, "pbx", given_legs, NUMBERING)
    assert kept.kept == 0
    assert kept.known == sum(one == other for one, other in zip(wrong, given_legs, strict=True))
    assert_counts_as_told(store, customer, told(given_legs))

"""Calls are derived again when the directory, or what is said of their source, changes (D2a)."""

from hypothesis import given, settings
from hypothesis import strategies as st

from calls_table import NUMBERING, legs
from office import new_id, told
from pbxtally.calls import Numbering
from random_calls import EXTENSIONS, many_calls
from stores.one_store import (
    ALL_MEASURES,
    GROUP_COUNTED,
    ONE_CALL,
    RING_GROUP,
    any_order,
    asked,
    counted,
    figures,
    slowly,
)

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


def test_whoever_watches_the_calls_hears_of_those_that_follow_the_directory_and_of_no_others(store, acme):
    store.keep(acme, "pbx", legs(RING_GROUP), NUMBERING)
    before = store.changes_of(acme)
    store.derive_again(acme, "pbx", NUMBERING, {"999"})
    assert store.changes_of(acme) == before
    store.derive_again(acme, "pbx", NUMBERING, {"107"})
    assert store.changes_of(acme) > before


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

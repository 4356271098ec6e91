"""A record of a hosted switch that names no customer belongs to whom the rest of its call names, or to nobody."""

import tracemalloc
from itertools import permutations

import pytest

from calls_table import sentence
from cli.office import COPENHAGEN, row
from kept_legs import legs_of
from pbxtally.calls import involvements
from pbxtally.hosting import HostedIntake, place_of
from pbxtally.intake import numbering_of
from pbxtally.intervals import HOUR_MS
from pbxtally.people import new_id
from pbxtally.records import Rejected
from pbxtally.retrying import Retried, Retrying
from pbxtally.sources import SOURCES
from pbxtally.stores.duckdb_store import DuckStore
from test_hosting import NOW_MS, Operator, of, switch_of

ACME, BETA = new_id(), new_id()
CALL = "1606813200.1"
FROM_OUTSIDE = (
    f'"%s","4599000001","800","in","""Somebody"" <4599000001>","PJSIP/carrier-0000000a","PJSIP/%s-0000000b","Queue",'
    f'"support","2020-12-01 10:00:00","2020-12-01 10:00:05","2020-12-01 10:01:05",65,60,"ANSWERED","DOCUMENTATION",'
    f'"{CALL}","","","{CALL}",%d\n'
)


def leg(word, phone, sequence):
    """A leg of the one call, to a phone."""
    return (FROM_OUTSIDE % (word, phone, sequence)).encode()


NAMED, WORDLESS = leg("acme", "101", 1), leg("", "101", 2)


class Provider:
    """A switch with its store: records arrive one by one, and what was rejected is tried again."""

    def __init__(self, store, source="asterisk"):
        self.store = store
        self.people = Operator(source, tenants={"acme": ACME})
        self.source = source

    def comes(self, *records):
        HostedIntake(self.store, switch_of(self.people), goes_on=True).take("hosted.csv", records)

    def retry(self):
        """The reasons why records stay rejected."""
        retried = Retried()
        Retrying(self.store, self.people, SOURCES, COPENHAGEN, NOW_MS).retry(self.store.rejections(), retried)
        return [why for _, why in retried.still_rejected]

    def settle(self, hours):
        """What the server does by itself, so long after."""
        Retrying(self.store, self.people, SOURCES, COPENHAGEN, NOW_MS + hours * HOUR_MS).settle(Retried())

    def waiting(self):
        return [one.raw for one in self.store.rejections() if one.customer == place_of("hosted")]

    def legs(self, customer):
        return [one.key for one in legs_of(self.store, customer)]


@pytest.fixture
def provider(tmp_path):
    store = DuckStore(tmp_path, memory="256MB", threads=1, query_seconds=60)
    yield Provider(store)
    store.close()


@pytest.mark.parametrize("records", [*permutations([NAMED, WORDLESS, leg("acme", "102", 3)])])
def test_in_whatever_order_they_come_a_record_goes_where_the_rest_of_its_call_is(provider, records):
    for one in records:
        provider.comes(one)
        provider.retry()
    assert provider.legs(ACME) == [f"{CALL} 1", f"{CALL} 2", f"{CALL} 3"]
    assert provider.waiting() == []


def test_until_another_record_of_its_call_has_come_it_waits(provider):
    provider.comes(WORDLESS)
    assert provider.retry() == [
        "the record names no customer: it has no accountcode, and the rest of its call names none either"
    ]
    assert provider.waiting() == [WORDLESS]


def test_a_call_of_two_customers_gives_its_wordless_records_to_neither(provider):
    provider.people.map["beta"] = BETA
    provider.comes(NAMED, leg("beta", "201", 3), WORDLESS)
    assert provider.retry() == [
        "the record names no customer: it has no accountcode, and its call is not one customer's alone"
    ]
    assert (provider.legs(ACME), provider.legs(BETA)) == ([f"{CALL} 1"], [f"{CALL} 3"])


def test_a_word_of_the_call_that_is_not_in_the_map_may_be_another_customers(provider):
    provider.comes(NAMED, leg("beta", "201", 3), WORDLESS)
    assert len(provider.retry()) == 2
    provider.people.map["beta"] = ACME  # it is not
    assert provider.retry() == []
    assert provider.legs(ACME) == [f"{CALL} 1", f"{CALL} 2", f"{CALL} 3"]


def test_what_others_have_rejected_for_years_costs_the_hourly_look_nothing(provider):
    provider.comes(NAMED, WORDLESS)
    heap = [Rejected(line, "2 columns", b"%d,%d\n" % (line, 10**2000)) for line in range(10_000)]
    provider.store.keep_rejected(BETA, "asterisk", "delivery", heap, NOW_MS - 365 * 24 * HOUR_MS)
    tracemalloc.start()
    provider.settle(6)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (provider.waiting(), most < 2_000_000) == ([], True)


def test_what_another_customer_has_of_the_call_counts_also_if_it_has_left_the_switch(provider):
    provider.people.map["beta"] = BETA
    provider.comes(leg("beta", "201", 3))
    del provider.people.map["beta"]
    provider.comes(NAMED, WORDLESS)
    assert len(provider.retry()) == 1
    del provider.people.map["acme"]
    assert len(provider.retry()) == 1


def test_another_call_tells_nothing(provider):
    provider.comes(of("acme", row("01 10:00:00", "101", "102")), WORDLESS)
    assert len(provider.retry()) == 1


def test_what_is_cut_off_or_cannot_be_read_is_nobodys_whatever_its_call(provider):
    provider.comes(NAMED, WORDLESS.replace(b"DOCUMENTATION", b"DOCUMENT")[:-1], WORDLESS.replace(b"65,60", b"x,60"))
    assert len(provider.retry()) == 2
    assert provider.legs(ACME) == [f"{CALL} 1"]


@pytest.mark.parametrize(("hours", "waiting"), [(5, 1), (6, 0), (24, 0), (24 * 7, 1)])
def test_the_server_does_it_by_itself_once_the_call_is_long_over_for_a_week(provider, hours, waiting):
    provider.comes(WORDLESS, NAMED)
    provider.settle(hours)
    assert len(provider.waiting()) == waiting


def test_of_what_was_rejected_for_another_reason_the_server_takes_nothing_up(provider):
    beta = leg("beta", "201", 3)
    provider.comes(beta)
    provider.people.map["beta"] = BETA
    provider.settle(24)
    assert provider.waiting() == [beta]


def test_what_is_left_of_a_switch_that_was_removed_keeps_nobody_waiting(provider):
    provider.comes(WORDLESS, NAMED)
    provider.store.keep_rejected(place_of("gone"), "asterisk", "gone.csv", [Rejected(1, "why", WORDLESS)], NOW_MS)
    provider.settle(24)
    assert provider.waiting() == []
    assert provider.retry() == ["there is no PBX gone"]


def test_a_queues_log_names_nobody_and_follows_the_calls_that_it_tells_of(provider):
    log = [
        f"1606813200|{CALL}|support|NONE|ENTERQUEUE||4599000001|1\n".encode(),
        f"1606813208|{CALL}|support|PJSIP/101|CONNECT|8|1606813200.2|8\n".encode(),
        f"1606813265|{CALL}|support|PJSIP/101|COMPLETECALLER|8|57|1\n".encode(),
        b"1606813100|NONE|NONE|PJSIP/102|ADDMEMBER|\n",
    ]
    provider.comes(*log)
    provider.comes(NAMED.replace(b"10:00:05", b"10:00:00").replace(b"65,60", b"65,65"))  # the PBX answered at once
    assert len(provider.retry()) == 1
    assert provider.waiting() == log[3:]
    told = involvements(legs_of(provider.store, ACME), numbering_of(provider.people, ACME, "asterisk"))
    assert [sentence(one) for one in told] == ["101 IN outside: answered, rang 8 s, talked 57 s"]  # by the queue

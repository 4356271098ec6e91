"""Splitting what a hosted switch writes: the same for each customer as if its own records had come alone."""

import json
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cli.office import COPENHAGEN, row
from kept_legs import legs_of
from pbxtally.checked_reading import read_checked
from pbxtally.errors import SourceError
from pbxtally.hosting import HostedIntake, open_switch, place_of
from pbxtally.intake import Intake, numbering_of
from pbxtally.people import Customer, CustomerState, Pbx, SourceSetting, new_id
from pbxtally.sources import SOURCES

NOW_MS = 1_609_500_000_000
UTC = ZoneInfo("UTC")


class Operator:
    """Knows one switch and its map; every customer has the number 101."""

    def __init__(self, source="asterisk", word="accountcode", tenants=None, layout=None):
        self.setting = SourceSetting(layout=layout)
        self.switch = Pbx("hosted", source, word, 0, self.setting)
        self.map = tenants or {}

    def pbx(self, name):
        return self.switch if name == "hosted" else None

    def tenants(self, pbx):
        return self.map

    def customer(self, customer):
        return Customer(customer, "one", state=CustomerState.ACTIVE)

    def numbers(self, customer):
        return frozenset({"101"})

    def number_of_extension(self, customer):
        return {}.get

    def source_setting(self, customer, source):
        return self.setting


def switch_of(operator, zone=COPENHAGEN):
    return open_switch(operator, SOURCES, "hosted", zone, NOW_MS)


def of(word, one):
    return one.replace(b'""', f'"{word}"'.encode(), 1)


# ── the property ──

TENANTS = ("acme", "beta", "gamma")
CALLS = st.lists(
    st.tuples(
        st.sampled_from(TENANTS),
        st.integers(0, 59),
        st.sampled_from(("101", "102", "4599000001")),
        st.sampled_from(("101", "103", "4599000002")),
        st.sampled_from((0, 60)),
    ),
    min_size=1,
    max_size=25,
)


@settings(max_examples=15, deadline=None)
@given(CALLS, st.sampled_from((4, 9, 25)))
def test_a_hosted_file_split_by_its_map_gives_each_customer_what_its_own_file_gives(shared_store, made, size):
    hosted = {word: new_id() for word in TENANTS}
    alone = {word: new_id() for word in TENANTS}
    rows = [of(word, row(f"01 09:{at:02}:00", a, b, talk=talk)) for word, at, a, b, talk in made]
    intake = HostedIntake(shared_store, switch_of(Operator(tenants=hosted)))
    receipts = [intake.take("hosted.csv", rows[at : at + size]) for at in range(0, len(rows), size)]
    assert sum(one.read for one in receipts) == len(rows)
    for word in TENANTS:
        own = [one for one, (whose, *_) in zip(rows, made, strict=True) if whose == word]
        load_alone(shared_store, alone[word], own)
        assert legs_of(shared_store, hosted[word]) == legs_of(shared_store, alone[word])
        assert counted(shared_store, hosted[word]) == counted(shared_store, alone[word])


def counted(store, customer):
    return sorted(store.numbers_with_calls(customer))


def load_alone(store, customer, rows):
    def read(lines, reading, latest_ms):
        return read_checked(SOURCES["asterisk"].read, lines, reading, latest_ms)

    people = Operator()
    numbering = numbering_of(people, customer, "asterisk")
    Intake(store, people, customer, "asterisk", read, COPENHAGEN, numbering, NOW_MS).take("own.csv", rows)


# ── whose is a record? ──

DOCUMENT = {
    "channel_data": {"direction": "inbound"},
    "variables": {"uuid": "u", "domain_name": "Acme.example", "accountcode": "acme", "start_epoch": "1"},
    "callflow": [{"caller_profile": {"context": "acme.example"}}],
}
B_LEG = {**DOCUMENT, "variables": {"uuid": "u", "dialed_domain": "acme.example", "start_epoch": "1"}}
CSV_DOCUMENT = (
    b'"Bo","102","101","acme","2020-12-01 09:00:00","","2020-12-01 09:00:10","10","0","NO_ANSWER",'
    b'"a5c9f6c0-e752-11e3-8bfb-65b6c3cdac7d","","77"\n'
)
ASTERISK = of("acme", row("01 09:00:00", "101", "102"))
CEL = b"CHAN_START,2020-12-01 09:00:00,,101,102,acme,PJSIP/101-01,,,1606809600.1,1606809600.1,,,\n"
JSON_ROW = b'{"channel": "PJSIP/101-01", "disposition": "BUSY", "accountcode": "acme", "dcontext": "inside"}\n'
FUSION = b"xml_cdr_uuid,domain_name,context,accountcode,start_epoch,end_epoch\n"
FUSION_ROW = b"a5c9f6c0-e752-11e3-8bfb-65b6c3cdac7d,Acme.example,inside,acme,1,2\n"
FUSION_JSON = b'{"xml_cdr_uuid": "a", "domain_name": "Acme.example", "start_epoch": 1, "end_epoch": 2}'
KAMAILIO = b'{"callid": "a", "src_domain": "Acme.example", "accountcode": "Acme"}'
GENERIC = """
[fields]
start = "Start"
caller = "A"
callee = "B"
talk = "Talk"
tenant = "Company"
"""


@pytest.mark.parametrize(
    ("source", "word", "heading", "record", "named", "layout"),
    [
        ("asterisk", "accountcode", [], ASTERISK, "acme", ""),
        ("asterisk", "context", [], ASTERISK, "office", ""),
        ("asterisk", "context", [], CEL, "acme", ""),
        ("asterisk", "context", [], JSON_ROW, "inside", ""),
        ("asterisk", "accountcode", [], JSON_ROW, "acme", ""),
        ("asterisk", "accountcode", [], b"half,a,row\n", "", ""),
        ("freeswitch", "domain", [], json.dumps(DOCUMENT).encode(), "acme.example", ""),
        ("freeswitch", "domain", [], json.dumps(B_LEG).encode(), "acme.example", ""),
        ("freeswitch", "accountcode", [], json.dumps(DOCUMENT).encode(), "acme", ""),
        ("freeswitch", "context", [], json.dumps(DOCUMENT).encode(), "acme.example", ""),
        ("freeswitch", "context", [], CSV_DOCUMENT, "acme", ""),
        ("freeswitch", "accountcode", [], CSV_DOCUMENT, "77", ""),
        ("fusionpbx", "domain", [FUSION], FUSION_ROW, "acme.example", ""),
        ("fusionpbx", "context", [FUSION], FUSION_ROW, "inside", ""),
        ("fusionpbx", "accountcode", [FUSION], FUSION_ROW, "acme", ""),
        ("grandstream", "accountcode", [], b'{"main_cdr": {"accountcode": "acme"}}', "acme", ""),
        ("grandstream", "accountcode", [], b'{"main_cdr": 7}', "", ""),
        ("grandstream", "accountcode", [], b"<cdr><AcctId>1</AcctId><accountcode>acme</accountcode></cdr>", "acme", ""),
        ("fusionpbx", "domain", [], FUSION_JSON, "acme.example", ""),
        ("kamailio", "domain", [], KAMAILIO, "acme.example", ""),
        ("kamailio", "accountcode", [], KAMAILIO, "Acme", ""),
        ("kamailio", "domain", [], b"no row", "", ""),
        ("generic", "tenant", [b"Start,A,B,Talk,Company\n"], b"x,1,2,3, Acme A/S \n", "Acme A/S", GENERIC),
    ],
)
def test_a_record_names_its_customer(source, word, heading, record, named, layout):
    assert SOURCES[source].tenancy.reader(word, heading, layout)(record) == named


@pytest.mark.parametrize("source", ["asterisk", "fusionpbx"])
def test_words_that_only_end_differently_are_different_words(source):
    """A word that was cut would be another customer's."""
    long = "a" * 300
    records = {"asterisk": ASTERISK.replace(b"acme", b"%s"), "fusionpbx": FUSION_ROW.replace(b",acme,", b",%s,")}
    word_of = SOURCES[source].tenancy.reader("accountcode", [FUSION] if source == "fusionpbx" else [], "")
    named = {word_of(records[source].replace(b"%s", f"{long}{end}".encode())) for end in "bc"}
    assert named == {long + "b", long + "c"}


# ── what is nobody's ──


def test_what_is_nobodys_keeps_the_heading_that_explains_it(shared_store):
    rows = [b"Start,A,B,Talk,Company\n", b"2020-12-01 09:00:00,101,102,60,Acme\n"]
    intake = HostedIntake(shared_store, switch_of(Operator("generic", "tenant", layout=GENERIC)))
    receipt = intake.take("calls.csv", rows)
    assert (receipt.read, receipt.rejected, receipt.unknown) == (1, 1, {"Acme": 1})
    assert [one.raw for one in shared_store.rejections() if one.customer == place_of("hosted")] == [b"".join(rows)]


def test_the_places_of_rejected_records_are_those_in_the_file(shared_store):
    cut = b"Start,A,B\n"
    whole = b"2020-12-01 09:00:00,101,102,60,%s\n"
    rows = [b"Start,A,B,Talk,Company\n", whole % b"x", whole % b"Acme", cut, b"soon,1,2,3,Acme\n", whole % b"Acme"]
    switch = switch_of(Operator("generic", "tenant", {"Acme": new_id()}, GENERIC))
    receipt = HostedIntake(shared_store, switch).take("calls.csv", rows)
    assert sorted(one.line for one in receipt.rejections) == [2, 4, 5]
    assert (receipt.read, receipt.kept + receipt.known, receipt.rejected) == (5, 2, 3)


def test_a_clock_in_another_zone_is_noticed_over_all_customers_together(shared_store):
    switch = switch_of(Operator(tenants={"acme": new_id(), "beta": new_id()}), UTC)
    rows = [of(word, row(f"01 09:00:0{at}", "101", "102")) for at, word in enumerate(("acme", "beta"))]
    with pytest.raises(SourceError, match="is not in the zone UTC"):
        HostedIntake(shared_store, switch).take("hosted.csv", rows)


def test_checking_a_file_of_a_hosted_switch_says_all_and_keeps_nothing(shared_store):
    acme = new_id()
    switch = switch_of(Operator(tenants={"acme": acme}))
    rows = [of(word, row("01 09:00:00", "101", "102")) for word in ("acme", "nobody")]
    receipt = HostedIntake(shared_store, switch, keeps=False).take("hosted.csv", rows)
    assert (receipt.kept, receipt.rejected, receipt.customers) == (1, 1, {acme: 1})
    assert legs_of(shared_store, acme) == []

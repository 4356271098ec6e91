"""Rows of FusionPBX's v_xml_cdr above, what they come to below. Every number and name here is made up."""

import csv
import io
import json
from itertools import permutations
from zoneinfo import ZoneInfo

import pytest

from calls_table import ms, sentence
from pbxtally.calls import Leg, Numbering, involvements
from pbxtally.records import Reading, Rejected
from pbxtally.sources import SOURCES

NUMBERING = Numbering(directory=frozenset({"101", "102", "103"}), trunks=frozenset({"inbound", "outbound"}))
A, B, C = (f"{digit * 8}-1111-4222-8333-444455556666" for digit in "abc")

ANSWERED = {
    "domain_name": "acme.example",
    "xml_cdr_uuid": A,
    "direction": "local",
    "caller_id_name": "Anna",
    "caller_id_number": "101",
    "source_number": "101",
    "destination_number": "102",
    "start_epoch": str(ms("09:00:00") // 1000),
    "answer_epoch": str(ms("09:00:05") // 1000),
    "end_epoch": str(ms("09:01:05") // 1000),
    "bridge_uuid": B,
    "originating_leg_uuid": "",
    "last_app": "bridge",
    "voicemail_message": "false",
    "missed_call": "false",
    "hangup_cause": "NORMAL_CLEARING",
}
UNANSWERED = {"answer_epoch": "0", "bridge_uuid": ""}


NAMES = ("extension", "cc_side", "cc_member_session_uuid", *ANSWERED)
"""The columns of the table with what a join and its own columns of queues add."""


EXPORT = (
    "domain_uuid", "extension", "start_stamp", "end_stamp", "start_epoch", "hangup_cause", "duration", "missed_call",
    "xml_cdr_uuid", "bridge_uuid", "direction", "caller_id_name", "caller_id_number", "source_number",
    "destination_number", "leg", "cc_side", "answer_stamp", "status",
)  # fmt: skip
"""The columns that the page of the call records exports."""
EXPORTED = {
    "domain_uuid": C, "start_stamp": "2020-12-01 10:00:00+01", "end_stamp": "2020-12-01 10:01:05+01",
    "answer_stamp": "2020-12-01 10:00:05+01", "leg": "a", "status": "answered",
}  # fmt: skip


def b_leg(to, uuid=B, **changes):
    row = {"xml_cdr_uuid": uuid, "originating_leg_uuid": A, "bridge_uuid": "", "direction": "", "source_number": ""}
    return {**row, "caller_id_number": "+4599000001", "destination_number": to, **changes}


def table(*changed, names=tuple(ANSWERED)):
    written = io.StringIO()
    rows = csv.DictWriter(written, names, restval="", extrasaction="ignore")
    rows.writeheader()
    rows.writerows({**ANSWERED, **changes} for changes in changed)
    return written.getvalue().encode()


def read(content, domain=""):
    source = SOURCES["fusionpbx"]
    reading = Reading(ZoneInfo("UTC"), "a" * 24, lambda extension, at_ms: None, domain)
    return list(source.read(source.records(io.BytesIO(content)), reading))


def story(*changed):
    return [sentence(one) for one in involvements(read(table(*changed, names=NAMES)), NUMBERING)]


def reasons(content, domain=""):
    return [one.reason for one in read(content, domain) if isinstance(one, Rejected)]


TALK = ["101 OUT local: answered, rang 5 s, talked 60 s", "102 IN local: answered, rang 5 s, talked 60 s"]


def test_a_row_alone_tells_the_call():
    assert story({}) == TALK


def test_both_legs_are_one_call_in_any_order():
    assert story({}, b_leg("102")) == story(b_leg("102"), {}) == TALK


def test_a_ring_group_is_told_by_the_phones_rung_for_it():
    lost = b_leg("103", C, answer_epoch="0", end_epoch=str(ms("09:00:05") // 1000), hangup_cause="LOSE_RACE")
    call = [{"destination_number": "600"}, b_leg("102"), lost]
    wanted = [*TALK, "103 IN local: elsewhere, answered_elsewhere, rang 5 s, talked 0 s"]
    assert all(story(*order) == wanted for order in permutations(call))


def test_who_picks_up_a_colleagues_call_was_called_and_the_caller_was_answered():
    rang = b_leg("102", answer_epoch="0", end_epoch=str(ms("09:00:05") // 1000), hangup_cause="PICKED_OFF")
    own = {"xml_cdr_uuid": C, "source_number": "103", "caller_id_number": "103", "destination_number": "**102"}
    picker = {**own, "start_epoch": ANSWERED["answer_epoch"], "bridge_uuid": A, "last_app": "intercept"}
    assert (
        story({}, rang, picker)
        == story(picker, rang, {})
        == [
            "101 OUT local: answered, rang 5 s, talked 60 s",
            "102 IN local: elsewhere, answered_elsewhere, rang 5 s, talked 0 s",
            "103 IN local: answered, rang 0 s, talked 60 s",
        ]
    )


def test_a_call_in_that_its_extension_had_sent_on_to_a_mobile_is_that_extensions():
    came = {"direction": "inbound", "source_number": "4599000001", "extension": "102", "bridge_uuid": B}
    mobile = b_leg("4599000002", direction="outbound")
    assert story(came, mobile) == ["102 IN outside: answered, forwarded, rang 5 s, talked 60 s"]


def test_a_group_number_is_no_extension():
    assert story({"destination_number": "600", **UNANSWERED, "hangup_cause": "NO_ANSWER"}) == [
        "101 OUT outside: unanswered, rang_out, rang 65 s, talked 0 s",
    ]


def test_calls_from_and_to_outside():
    assert story({"direction": "inbound", "source_number": "101"}) == [TALK[1].replace("local", "outside")]
    assert story({"direction": "outbound", "destination_number": "102"}) == [TALK[0].replace("local", "outside")]


def test_who_called_out_is_told_by_the_extension_for_the_number_shown_outside_is_the_house_s():
    out = {"direction": "outbound", "destination_number": "4599000002", "source_number": "4570000000"}
    out |= {"caller_id_number": "4570000000"}
    assert story(out) == []
    assert story({**out, "extension": "101"}) == [TALK[0].replace("local", "outside")]


def test_the_extension_of_a_call_in_is_who_was_called():
    group = {"direction": "inbound", "caller_id_number": "4599000001", "source_number": "", "destination_number": "600"}
    assert story({**group, "extension": "102"}) == [TALK[1].replace("local", "outside")]
    alone = b_leg("contact-7", extension="102", direction="inbound")
    assert story(group, alone) == [TALK[1].replace("local", "outside")]


def exported(*changed):
    legs = read(table(*({**EXPORTED, **changes} for changes in changed), names=EXPORT))
    return [sentence(one) for one in involvements(legs, NUMBERING)]


def test_what_the_page_exports_says_the_same():
    assert exported({}) == exported({}, {"xml_cdr_uuid": B, "bridge_uuid": A, "leg": "b"}) == TALK
    for never in ("1970-01-01 00:00:00+00", "1969-12-31 19:00:00-05", "1970-01-01 02:00:00", ""):
        missed = {"answer_stamp": never, "bridge_uuid": "", "hangup_cause": "NO_ANSWER", "status": "no_answer"}
        assert exported(missed)[1] == "102 IN local: unanswered, rang_out, rang 65 s, talked 0 s"
    assert exported({"status": "voicemail", "bridge_uuid": ""})[1] == (
        "102 IN local: unanswered, voicemail, rang 5 s, talked 0 s"
    )


def test_the_phones_of_a_queues_agents_belong_to_the_call_of_who_waited():
    waited = {"direction": "inbound", "destination_number": "600", "cc_side": "member", "cc_member_session_uuid": A}
    agent = {"originating_leg_uuid": "", "cc_side": "agent", "cc_member_session_uuid": A, "direction": "inbound"}
    lost = {**agent, **UNANSWERED, "end_epoch": ANSWERED["answer_epoch"], "hangup_cause": "ORIGINATOR_CANCEL"}
    assert story(waited, b_leg("102", **agent), b_leg("103", C, **lost)) == [
        "102 IN outside: answered, rang 5 s, talked 60 s",
        "103 IN outside: elsewhere, answered_elsewhere, rang 5 s, talked 0 s",
    ]


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({**UNANSWERED, "hangup_cause": "ORIGINATOR_CANCEL"}, "unanswered, caller_gave_up, rang 65 s, talked 0 s"),
        ({**UNANSWERED, "hangup_cause": "USER_BUSY"}, "busy, rang 65 s, talked 0 s"),
        ({**UNANSWERED, "hangup_cause": "USER_NOT_REGISTERED"}, "failed, unreachable, rang 65 s, talked 0 s"),
        ({"bridge_uuid": "", "last_app": "voicemail"}, "unanswered, voicemail, rang 5 s, talked 0 s"),
        ({"bridge_uuid": "", "voicemail_message": "true"}, "unanswered, voicemail, rang 5 s, talked 0 s"),
    ],
)
def test_how_a_call_ended_that_nobody_took(changes, outcome):
    assert f"102 IN local: {outcome}" in story(changes)


def test_a_menu_that_answered_is_nobodys_call():
    assert story({"bridge_uuid": "", "last_app": "ivr"}) == []


def test_listening_to_ones_own_voicemail_is_nobodys_call():
    assert story({"destination_number": "*97", "bridge_uuid": "", "last_app": "voicemail"}) == []


def test_a_row_may_go_over_lines_and_one_without_an_end_harms_no_other():
    whole = table({"caller_id_name": 'Anna\n"Co"'}, {"xml_cdr_uuid": C}, names=("xml_cdr_uuid", *ANSWERED))
    assert [type(one) for one in read(whole)] == [Leg, Leg]
    cut = whole.replace(b'""Co"""', b"")
    assert [type(one) for one in read(cut)] == [Rejected, Leg]


def test_epochs_may_have_a_fraction():
    assert read(table({"start_epoch": ANSWERED["start_epoch"] + ".000000"})) == read(table({}))


def test_a_domain_that_was_not_asked_for_is_rejected():
    assert reasons(table({}), "acme.example") == []
    assert reasons(table({}), "other.example") == ["domain_name is 'acme.example'; only other.example is taken"]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (table({"xml_cdr_uuid": "7"}), "xml_cdr_uuid: a uuid was expected"),
        (table({"start_epoch": ""}), "start has no time"),
        (table({})[:-20], "15 columns; the heading has 16"),
        (table({}, names=("xml_cdr_uuid", "end_epoch")), "the heading has no start_epoch"),
        (table({**EXPORTED, "end_stamp": "noon"}, names=EXPORT), "end_stamp: 'noon' is not a time"),
        (table({}).split(b"\n", 1)[1], "the heading has no xml_cdr_uuid"),
        (b"a,b\n", "the heading has no xml_cdr_uuid"),
    ],
)
def test_what_cannot_be_used_says_why(content, why):
    [found] = reasons(content)
    assert found.startswith(why)


def test_a_dump_of_the_database_says_the_same():
    columns = tuple(ANSWERED)
    copied = "\t".join(word or "\\N" for word in ANSWERED.values())
    inserted = ", ".join(f"'{word}'" if word else "NULL" for word in ANSWERED.values())
    dump = (
        f"-- PostgreSQL database dump\nCREATE TABLE public.v_domains (\n    domain_name text\n);\n"
        f"COPY public.v_domains (domain_name) FROM stdin;\nacme.example\n\\.\n"
        f"COPY public.v_xml_cdr ({', '.join(columns)}) FROM stdin;\n{copied}\n\\.\n"
    )
    rows = f"-- PostgreSQL database dump\nINSERT INTO public.v_xml_cdr ({', '.join(columns)}) VALUES ({inserted});\n"
    assert read(dump.encode()) == read(rows.encode()) == read(table({}))


def test_a_row_of_the_table_as_json_says_the_same():
    row = {**ANSWERED, "start_epoch": ms("09:00:00") // 1000, "missed_call": False, "last_arg": None}
    assert read(json.dumps(row).encode()) == read(table({}))
    [found] = read(b'{"xml_cdr_uuid": "a"}')
    assert found.reason == "the row has no start_epoch"


@pytest.mark.parametrize("separator", [";", "\t"])
def test_what_a_spreadsheet_or_another_client_exports_says_the_same(separator):
    written = io.StringIO()
    rows = csv.DictWriter(written, tuple(ANSWERED), delimiter=separator, quoting=csv.QUOTE_ALL)
    rows.writeheader()
    rows.writerow({**ANSWERED, "caller_id_name": 'Anna, "Co"\nA/S'})
    rows.writerow({**ANSWERED, "xml_cdr_uuid": C})
    found = read(written.getvalue().encode())
    assert [one.key for one in found] == [A, C]
    assert found[1] == read(table({"xml_cdr_uuid": C}))[0]


@pytest.mark.parametrize("indent", [None, 1])
def test_rows_in_an_array_say_the_same(indent):
    rows = [{**ANSWERED}, {**ANSWERED, "xml_cdr_uuid": C}]
    whole = read(table({}, {"xml_cdr_uuid": C}))
    assert read(json.dumps(rows, indent=indent).encode()) == whole
    assert read("\n".join(json.dumps(row, indent=indent) for row in rows).encode()) == whole


def test_below_a_heading_that_cannot_be_read_no_row_names_its_customer():
    source = SOURCES["fusionpbx"]
    whose = source.tenancy.reader("domain", [b"domain_name,\0xml_cdr_uuid\n"], "")
    assert whose(b"acme.example,a\n") == ""


def test_the_heading_may_stand_below_blank_lines_in_capitals_and_again_where_tables_were_put_together():
    first, second = table({}), table(b_leg("102"))
    names, rows = first.split(b"\n", 1)
    wanted = read(first) + read(second)
    assert read(first + second) == wanted
    assert read(b"\n\r\n" + names.upper() + b"\n" + rows + names.upper() + b"\n" + second.split(b"\n", 1)[1]) == wanted


def test_below_another_heading_no_row_is_read_by_the_names_of_the_first():
    content = table({}) + table(b_leg("102"), names=tuple(reversed(ANSWERED)))
    assert [type(one) for one in read(content)] == [Leg, Rejected, Rejected]


def test_the_heading_of_a_large_table_is_told_with_the_blank_lines_above_it():
    source = SOURCES["fusionpbx"]
    rows = list(source.records(io.BytesIO(b"\n\n" + table({}))))
    assert source.heading_length_in(rows, "") == 3
    reading = Reading(ZoneInfo("UTC"), "a" * 24, lambda extension, at_ms: None)
    assert [type(one) for one in source.read(rows, reading)] == [Leg]

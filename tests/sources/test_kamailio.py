"""Rows of Kamailio's tables above, what they are for each extension below. Every number and name here is made up."""

from itertools import permutations
from zoneinfo import ZoneInfo

import pytest

from calls_table import ms
from pbxtally.calls import Leg, Numbering, involvements
from pbxtally.errors import SourceError
from pbxtally.file_checks import check_zone
from pbxtally.records import MANY_BYTES
from reads import Reads

ANSWERED = {
    "id": 1, "method": "INVITE", "from_tag": "f1", "to_tag": "t1", "callid": "one@192.0.2.1", "sip_code": "200",
    "sip_reason": "OK", "time": "2020-12-01 10:00:05", "src_user": "101", "src_ip": "192.0.2.1", "dst_user": "102",
    "dst_ouser": "102", "dst_domain": "pbx.example",
}  # fmt: skip
BYE = {**ANSWERED, "id": 2, "method": "BYE", "time": "2020-12-01 10:01:05"}
BYE_OF_CALLEE = {**BYE, "from_tag": "t1", "to_tag": "f1", "src_user": "102", "dst_user": "", "dst_ouser": ""}
INVITED = {"invited": "1606813200.000000"}  # 10:00:00
WHOLE = {
    "id": 1, "start_time": "2020-12-01 10:00:00", "end_time": "2020-12-01 10:01:05", "duration": "65.000",
    "callid": "one@192.0.2.1", "src_user": "101", "dst_user": "102",
}  # fmt: skip
FROM_OUTSIDE = {"src_user": "4599000001", "src_ip": "192.0.2.99"}
TO_OUTSIDE = {"dst_user": "4599000002", "dst_ouser": "4599000002", "dst_domain": "carrier.example"}
OUTSIDE = "192.0.2.99, carrier.example"


def failed(code, **changes):
    return {**ANSWERED, "sip_code": code, "time": "2020-12-01 10:00:20", **changes}


KAMAILIO = Reads("kamailio", layout=OUTSIDE)
read, story, reason, stream = KAMAILIO.read, KAMAILIO.story, KAMAILIO.reason, KAMAILIO.stream


def test_an_invite_that_was_answered_and_its_bye_are_a_call():
    assert story(ANSWERED, BYE) == [
        "101 OUT local: answered, rang 0 s, talked 60 s",
        "102 IN local: answered, rang 0 s, talked 60 s",
    ]


def test_a_column_that_says_when_the_invite_came_gives_the_ringing():
    assert story({**ANSWERED, **INVITED}, BYE) == [
        "101 OUT local: answered, rang 5 s, talked 60 s",
        "102 IN local: answered, rang 5 s, talked 60 s",
    ]


def test_the_callee_hangs_up_and_the_tags_are_the_other_way_round():
    assert story(ANSWERED, BYE_OF_CALLEE) == story(ANSWERED, BYE)


@pytest.mark.parametrize("end", ["2020-12-01 09:00:30", "1970-01-01 01:00:00", "0"])
def test_an_end_that_seems_to_come_first_begins_no_call(end):
    """By a clock that was put back, as in the doubled hour, or by none."""
    found = read(ANSWERED, {**BYE, "time": end})
    [call, _] = involvements([one for one in found if isinstance(one, Leg)], Numbering())
    assert (call.started_ms, call.ring_seconds, call.talk_seconds) == (ms("09:00:05"), 0, 0)


@pytest.mark.parametrize("never", ["0", "0.0", "1970-01-01 01:00:00", "0000-00-00 00:00:00", ""])
def test_a_time_that_is_never_tells_nothing_beside_those_that_are(never):
    told = ["101 OUT local: answered, rang 0 s, talked 60 s", "102 IN local: answered, rang 0 s, talked 60 s"]
    assert story({**ANSWERED, "invited": never}, BYE) == told
    assert story({**WHOLE, "duration": "60", "end_time": never}) == told


def test_a_row_that_says_it_rang_for_more_than_half_a_day_does_not_tell_when_its_call_began():
    told = ["101 OUT local: answered, rang 0 s, talked 60 s", "102 IN local: answered, rang 0 s, talked 60 s"]
    assert story({**ANSWERED, "invited": "1606726800"}, BYE) == told


def test_rows_in_any_order_and_twice_are_the_same_call():
    hold = {**ANSWERED, "id": 5, "time": "2020-12-01 10:00:30"}  # an INVITE within the dialog
    rows = [ANSWERED, hold, BYE, {**BYE, "method": "ACK"}, WHOLE]
    assert {tuple(story(*order, *order)) for order in permutations(rows)} == {tuple(story(ANSWERED, BYE, WHOLE))}
    assert story(*rows) == [
        "101 OUT local: answered, rang 5 s, talked 60 s",
        "102 IN local: answered, rang 5 s, talked 60 s",
    ]


@pytest.mark.parametrize("code", ["408", "481", "488", "491"])
def test_a_hold_or_a_fax_that_is_refused_in_the_middle_of_a_talk_is_no_call(code):
    turned = {"from_tag": "t1", "to_tag": "f1", "src_user": "102", "dst_user": "101", "dst_ouser": "101"}
    for side in ({}, turned):
        assert story(ANSWERED, {**failed(code, **side), "id": 5}, BYE) == story(ANSWERED, BYE)


MAILBOX = {**ANSWERED, "id": 6, "to_tag": "t2", "dst_domain": "192.0.2.50", "time": "2020-12-01 10:00:21"}


@pytest.mark.parametrize(("code", "outcome"), [("408", "unanswered, voicemail"), ("486", "busy, voicemail")])
def test_voicemail_that_the_proxy_sends_the_call_to_is_no_answer_of_the_phone(code, outcome):
    rang = failed(code, to_tag="", **INVITED)
    rows = [{**row, **FROM_OUTSIDE} for row in (rang, MAILBOX, {**BYE, "to_tag": "t2"})]
    assert story(*rows, layout=f"{OUTSIDE}, voicemail=192.0.2.50") == [
        f"102 IN outside: {outcome}, rang 20 s, talked 0 s"
    ]
    assert story(*rows) == ["102 IN outside: answered, rang 21 s, talked 44 s"]


def test_a_call_from_outside_and_one_to_outside():
    assert story({**ANSWERED, **FROM_OUTSIDE}, BYE) == ["102 IN outside: answered, rang 0 s, talked 60 s"]
    assert story({**ANSWERED, **TO_OUTSIDE}, BYE) == ["101 OUT outside: answered, rang 0 s, talked 60 s"]


def test_the_short_number_a_carrier_presents_or_is_dialled_there_is_no_extension():
    assert story({**ANSWERED, **FROM_OUTSIDE, "src_user": "112"}, BYE) == [
        "102 IN outside: answered, rang 0 s, talked 60 s"
    ]
    assert story({**ANSWERED, **TO_OUTSIDE, "dst_user": "112"}, BYE) == [
        "101 OUT outside: answered, rang 0 s, talked 60 s"
    ]


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("486", "busy"),
        ("600", "busy"),
        ("603", "unanswered, rejected"),
        ("403", "unanswered, rejected"),
        ("487", "unanswered, caller_gave_up"),
        ("408", "unanswered, rang_out"),
        ("480", "unanswered, rang_out"),
        ("404", "failed"),
        ("500", "failed"),
        ("503", "failed"),
    ],
)
def test_the_code_of_an_invite_that_failed_says_why(code, outcome):
    row = failed(code, **FROM_OUTSIDE, **INVITED)
    assert story(row) == [f"102 IN outside: {outcome}, rang 20 s, talked 0 s"]


def test_a_carrier_that_forbids_is_an_error_and_no_refusal():
    assert story(failed("403", **TO_OUTSIDE)) == ["101 OUT outside: failed, rang 0 s, talked 0 s"]


def test_a_missed_call_that_stands_in_both_tables_is_one():
    assert story(failed("486"), failed("486", id=7)) == story(failed("486"))


def test_a_busy_phone_and_then_a_colleague():
    busy = failed("486", time="2020-12-01 10:00:03", **FROM_OUTSIDE)
    taken = {**ANSWERED, **FROM_OUTSIDE, "to_tag": "t2", "dst_user": "103", **INVITED}
    assert story(busy, taken, {**BYE, "to_tag": "t2"}) == [
        "102 IN outside: busy, rang 3 s, talked 0 s",
        "103 IN outside: answered, rang 2 s, talked 60 s",
    ]


def test_asking_for_a_password_or_going_elsewhere_ends_no_call():
    assert story(failed("407", time="2020-12-01 10:00:00"), ANSWERED, BYE) == story(ANSWERED, BYE, WHOLE)
    assert story(failed("302")) == []


def test_a_lost_bye_leaves_an_answered_call_without_talk_and_a_lost_invite_none():
    assert story(ANSWERED) == [
        "101 OUT local: answered, rang 0 s, talked 0 s",
        "102 IN local: answered, rang 0 s, talked 0 s",
    ]
    assert story(BYE) == []
    assert story(BYE, WHOLE) == story(WHOLE)


NOBODY = {**WHOLE, "duration": "0.0", "end_time": WHOLE["start_time"]}  # as it is written of every call that failed


def test_acc_cdrs_tells_a_call_alone_and_of_one_that_nobody_answered_no_more_than_that():
    assert story(WHOLE) == [
        "101 OUT local: answered, rang 0 s, talked 65 s",
        "102 IN local: answered, rang 0 s, talked 65 s",
    ]
    assert story(NOBODY) == [
        "101 OUT local: unanswered, caller_gave_up, rang 0 s, talked 0 s",
        "102 IN local: unanswered, caller_gave_up, rang 0 s, talked 0 s",
    ]


def test_acc_cdrs_ends_a_call_whose_bye_was_lost_and_knows_less_than_a_code():
    assert story(ANSWERED, WHOLE) == story(ANSWERED, BYE, WHOLE)
    assert story(failed("486"), NOBODY) == [
        "101 OUT local: busy, rang 20 s, talked 0 s",
        "102 IN local: busy, rang 20 s, talked 0 s",
    ]


def test_a_phone_that_is_gone_does_not_prolong_the_call_by_what_the_proxy_waited_for_it():
    unheard = {**BYE, "sip_code": "408", "sip_reason": "Request Timeout", "time": "2020-12-01 10:01:35"}
    came = {**unheard, "invited": "1606813265.480000"}  # 10:01:05
    assert story(ANSWERED, came) == story(ANSWERED, BYE)
    assert story(ANSWERED, unheard, {**WHOLE}) == story(ANSWERED, BYE, WHOLE)
    assert story(ANSWERED, unheard)[0] == "101 OUT local: answered, rang 0 s, talked 90 s"


def at(second):
    """What Kamailio 5.6.3 writes with time_mode 2: the second it is, and beside it the moment."""
    return {"time": f"2020-12-01 10:00:{int(second):02}", "seconds": f"{1606813200 + second:.6f}"}


def test_moments_with_milliseconds_count_and_the_whole_seconds_beside_them_do_not():
    began = {"invited": "1606813200.981935"}
    taken, hung_up = {**ANSWERED, **at(1.990742), **began}, {**BYE, **at(5.005032)}
    confirmed = {**WHOLE, "start_time": "2020-12-01 10:00:01", "end_time": "2020-12-01 10:00:05", "duration": "3.014"}
    wanted = [
        "101 OUT local: answered, rang 1 s, talked 3 s",
        "102 IN local: answered, rang 1 s, talked 3 s",
    ]
    assert story(taken, hung_up) == wanted  # by the whole seconds it would be 4
    assert story(taken, hung_up, confirmed) == wanted
    assert story(confirmed)[0] == "101 OUT local: answered, rang 0 s, talked 3 s"
    gave_up = {**failed("487"), **at(2.716382), "invited": "1606813200.709719"}
    assert story(gave_up, NOBODY)[0] == "101 OUT local: unanswered, caller_gave_up, rang 2 s, talked 0 s"


def test_moments_since_1970_need_no_zone_and_rows_from_before_their_column_have_none():
    rows = [{**ANSWERED, **at(1.5)}, {**BYE, **at(4.75)}]
    assert read(*rows) == read(*rows, zone="America/Chicago")
    for none in (None, "0", 0.0):
        assert read({**ANSWERED, "seconds": none}) == read(ANSWERED)


def test_a_group_that_nobody_answers_rang_the_phone_of_either_table_all_the_time():
    of_group = {**failed("487"), "dst_ouser": "600", "invited": "1606813200.798276"}
    acc, missed = {**of_group, "dst_user": "115", **at(2.830213)}, {**of_group, "dst_user": "117", **at(2.816482)}
    assert story(acc, missed, numbering=Numbering(frozenset({"101", "115", "116", "117"}))) == [
        "101 OUT local: unanswered, caller_gave_up, rang 2 s, talked 0 s",
        "115 IN local: unanswered, caller_gave_up, rang 2 s, talked 0 s",
        "117 IN local: unanswered, caller_gave_up, rang 2 s, talked 0 s",
    ]


def test_a_phone_that_registers_under_made_up_letters_is_known_by_the_number_that_was_dialled():
    app = {"dst_user": "x7Gq2", "dst_ouser": "102", "dst_domain": "192.0.2.12"}
    known = Numbering(frozenset({"101", "102"}))
    assert story({**ANSWERED, **app}, BYE, numbering=known) == story(ANSWERED, BYE, numbering=known)
    outside = {**app, "dst_domain": "carrier.example"}
    assert story({**ANSWERED, **outside}, BYE, numbering=known) == [
        "101 OUT outside: answered, rang 0 s, talked 60 s",
    ]


def test_times_are_local_or_julian_days_or_seconds():
    local, julian, epoch = (
        read({**ANSWERED, "time": time})[0] for time in ("2020-12-01 10:00:05", "2459184.8750578705", "1606813205")
    )
    assert julian.started_ms == epoch.started_ms == local.started_ms
    assert read({**ANSWERED, "time": "2020-12-01 10:00:05.250"})[0].started_ms == local.started_ms + 250


def test_a_row_of_sqlite_is_the_same_row_polled_exported_and_dumped_with_all_its_digits():
    written = {"time": "2459184.8750578705"}, {"time": "2459184.87505787"}, {"time": "2459184.8750578705221"}
    assert len({read({**ANSWERED, **time})[0] for time in written}) == 1
    exact = {"seconds": "1606813205.102424"}, {"seconds": "1606813205.1024239063"}
    assert len({read({**ANSWERED, **time})[0] for time in exact}) == 1
    assert story({**WHOLE, "duration": "65.002999999999998337"}) == story(WHOLE)


def test_a_row_is_the_same_row_in_whatever_zone_it_is_read():
    [here], [there] = read(ANSWERED), read(ANSWERED, zone="America/Chicago")
    assert here.key == there.key and here.started_ms != there.started_ms


def test_a_wrong_zone_shows_where_the_row_says_when_the_invite_came():
    with pytest.raises(SourceError, match="Etc/GMT-1"):
        check_zone("acc.sql", read({**ANSWERED, **INVITED}, zone="UTC"), 0, ZoneInfo("UTC"))


DUMP = b"""-- MariaDB dump
CREATE TABLE `acc` (
  `id` int(10) unsigned NOT NULL AUTO_INCREMENT,
  `method` varchar(16) NOT NULL DEFAULT '',
  `from_tag` varchar(128) NOT NULL DEFAULT '',
  `to_tag` varchar(128) NOT NULL DEFAULT '',
  `callid` varchar(255) NOT NULL DEFAULT '',
  `sip_code` varchar(3) NOT NULL DEFAULT '',
  `sip_reason` varchar(128) NOT NULL DEFAULT '',
  `time` datetime NOT NULL,
  `src_user` varchar(64) NOT NULL DEFAULT '',
  `dst_user` varchar(64) NOT NULL DEFAULT '',
  PRIMARY KEY (`id`)
);
INSERT INTO `acc` VALUES (1,'INVITE','f1','t1','one@192.0.2.1','200','OK','2020-12-01 10:00:05','101','102'),
(2,'BYE','f1','t1','one@192.0.2.1','200','OK','2020-12-01 10:01:05','101','102');
INSERT INTO `version` (table_name, table_version) VALUES ('acc',5);
"""


def test_a_dump_of_the_database_and_a_csv_of_the_table_are_the_same_call():
    exported = (
        b"method;from_tag;to_tag;callid;sip_code;sip_reason;time;src_user;dst_user\r\n"
        b"INVITE;f1;t1;one@192.0.2.1;200;OK;2020-12-01 10:00:05;101;102\r\n"
        b'BYE;f1;t1;"one@192.0.2.1";200;OK;2020-12-01 10:01:05;101;102\r\n'
    )
    assert story(*stream(DUMP)) == story(ANSWERED, BYE)
    assert story(*stream(exported)) == story(ANSWERED, BYE)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({**ANSWERED, "time": ""}, "time is 0 or empty"),
        (
            {**ANSWERED, "time": "yesterday"},
            "time: 'yesterday' is not a time; a time such as 2020-12-01 10:00:00 was expected",
        ),
        ({**ANSWERED, "sip_code": "OK"}, "sip_code: three digits such as 486 were expected, not 'OK'"),
        (
            {**ANSWERED, "invited": "1606-12-01 10:00:00"},
            "impossible times: invited is more than a year before the row's",
        ),
        ({**ANSWERED, "callid": ""}, "callid is empty; acc_cdrs has it only if cdr_extra says callid=$ci"),
        ({**WHOLE, "start_time": ""}, "start_time is 0 or empty, and there is no method: neither a row of acc nor of"),
        ({**WHOLE, "duration": "long"}, "duration: seconds were expected"),
        (b"1,INVITE,f1\n", "no row under a heading with method and sip_code, or start_time and end_time"),
        (b"(1,'INVITE')", "a row of a SQL dump that does not fit its columns"),
        (b"{" * 70_000, f"the row is longer than {MANY_BYTES} bytes"),
        (b"[1]", "not a row: an object was expected"),
    ],
)
def test_what_cannot_be_used_is_rejected_with_the_column(row, why):
    assert reason(row).startswith(why)

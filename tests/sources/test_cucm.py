"""CUCM's rows above, what they are for each extension below. Every number and name here is made up."""

import pytest

from calls_table import ms, sentence
from pbxtally.calls import Leg, Numbering, Result, Via, involvements
from pbxtally.records import MANY_BYTES, Rejected
from pbxtally.sources import cucm
from reads import Reads

NINE = ms("09:00:00") // 1000
LOCAL = {
    "cdrRecordType": "1",
    "globalCallID_callManagerId": "2",
    "globalCallID_callId": "4711",
    "origLegCallIdentifier": "81",
    "dateTimeOrigination": f"{NINE}",
    "callingPartyNumber": "101",
    "origCause_value": "0",
    "destLegIdentifier": "82",
    "originalCalledPartyNumber": "102",
    "finalCalledPartyNumber": "102",
    "destCause_value": "16",
    "dateTimeConnect": f"{NINE + 5}",
    "dateTimeDisconnect": f"{NINE + 65}",
    "lastRedirectDn": "",
    "pkid": "11111111-2222-3333-4444-555555555555",
    "duration": "60",
    "origDeviceName": "SEP001122334455",
    "destDeviceName": "CSFBO",
    "globalCallId_ClusterID": "hq",
    "calledPartyPatternUsage": "2",
    "finalCalledPartyNumberPartition": "Inside",
    "lastRedirectRedirectReason": "0",
    "huntPilotDN": "",
}
HEADING = ",".join(f'"{name}"' for name in LOCAL) + "\n"
TYPES = ",".join("INTEGER" if name == "cdrRecordType" else "VARCHAR(50)" for name in LOCAL) + "\n"
FROM_OUTSIDE = {"callingPartyNumber": "4599000001", "origDeviceName": "SIP-CARRIER"}
TO_OUTSIDE = {"finalCalledPartyNumber": "4599000002", "destDeviceName": "SIP-CARRIER"}
UNANSWERED = {"dateTimeConnect": "0", "dateTimeDisconnect": f"{NINE + 20}", "duration": "0"}


def line(**changes):
    return (",".join(f'"{cell}"' for cell in {**LOCAL, **changes}.values()) + "\n").encode()


CUCM = Reads("cucm", heading=(HEADING.encode(), TYPES.encode()))
BARE = Reads("cucm")  # without a heading
read, reason = CUCM.read, CUCM.reason


def story(*several):
    found = read(*(line(**changes) for changes in several))
    assert all(isinstance(one, Leg) for one in found), found
    return [sentence(one) for one in involvements(found, Numbering())]


def test_a_whole_record():
    assert read(line()) == [
        Leg(
            key=LOCAL["pkid"],
            call="hq 2 4711",
            started_ms=ms("09:00:00"),
            ended_ms=ms("09:01:05"),
            answered_ms=ms("09:00:05"),
            ring_ms=5000,
            talk_ms=60_000,
            via=Via.DEVICE,
            result=Result.ANSWERED,
            caller_number="101",
            caller_device="101",
            callee_device="102",
            dialled="102",
            words="cause 0 / 16",
        )
    ]


def test_a_local_call_a_call_out_and_a_call_in():
    assert story({}) == [
        "101 OUT local: answered, rang 5 s, talked 60 s",
        "102 IN local: answered, rang 5 s, talked 60 s",
    ]
    assert story(TO_OUTSIDE) == ["101 OUT outside: answered, rang 5 s, talked 60 s"]
    assert story(FROM_OUTSIDE) == ["102 IN outside: answered, rang 5 s, talked 60 s"]


def test_the_short_number_a_carrier_presents_or_is_dialled_on_a_trunk_is_no_extension():
    assert story({**FROM_OUTSIDE, "callingPartyNumber": "112"}) == ["102 IN outside: answered, rang 5 s, talked 60 s"]
    assert story({**TO_OUTSIDE, "finalCalledPartyNumber": "112"}) == [
        "101 OUT outside: answered, rang 5 s, talked 60 s"
    ]


@pytest.mark.parametrize(
    ("by_caller", "by_callee", "outcome"),
    [
        ("16", "0", "unanswered, caller_gave_up"),
        ("0", "17", "busy"),
        ("0", "1174405137", "busy"),
        ("0", "-1073741807", "busy"),
        ("0", "19", "unanswered, rang_out"),
        ("0", "21", "unanswered, rejected"),
        ("0", "20", "failed, unreachable"),
        ("0", "83886081", "failed"),
        ("0", "38", "failed"),
    ],
)
def test_why_nobody_answered_is_the_low_byte_of_the_cause(by_caller, by_callee, outcome):
    causes = {"origCause_value": by_caller, "destCause_value": by_callee}
    assert story({**FROM_OUTSIDE, **UNANSWERED, **causes}) == [f"102 IN outside: {outcome}, rang 20 s, talked 0 s"]


def test_voicemail_is_an_unanswered_call_for_the_extension_that_sent_it_there():
    voicemail = {"finalCalledPartyNumber": "8000", "destDeviceName": "CiscoUM1-VI1", "lastRedirectDn": "102"}
    assert story({**FROM_OUTSIDE, **voicemail}) == ["102 IN outside: unanswered, voicemail, rang 5 s, talked 0 s"]
    own = {**voicemail, "lastRedirectDn": "", "originalCalledPartyNumber": "8000"}
    assert story(own) == []


def test_voicemail_is_known_by_its_ports_and_by_the_partition_of_its_number():
    sent_on = {**FROM_OUTSIDE, "finalCalledPartyNumber": "8000", "lastRedirectDn": "102"}
    unanswered = ["102 IN outside: unanswered, voicemail, rang 5 s, talked 0 s"]
    assert story({**sent_on, "destDeviceName": "Mailbox-VI12"}) == unanswered
    assert story({**sent_on, "destDeviceName": "TO-UNITY", "finalCalledPartyNumberPartition": "Voicemail_PT"}) == (
        unanswered
    )
    assert story({**sent_on, "destDeviceName": "SIP-VIENNA"}) == [
        "102 IN outside: answered, forwarded, rang 5 s, talked 60 s"
    ]


def test_voicemail_behind_a_pattern_is_that_of_whom_was_dialled():
    voicemail = {"finalCalledPartyNumber": "8000", "huntPilotDN": "8000", "destDeviceName": "CiscoUM1-VI7"}
    assert story({**voicemail, "lastRedirectDn": "*102", "calledPartyPatternUsage": "7"}) == [
        "101 OUT local: unanswered, voicemail, rang 5 s, talked 0 s",
        "102 IN local: unanswered, voicemail, rang 5 s, talked 0 s",
    ]


def test_who_forwards_a_call_has_one():
    assert story({**FROM_OUTSIDE, "originalCalledPartyNumber": "103", "lastRedirectDn": "103"}) == [
        "102 IN outside: answered, rang 5 s, talked 60 s",
        "103 IN outside: elsewhere, answered_elsewhere, rang 5 s, talked 0 s",
    ]


def test_a_hunt_pilot_is_nobody_and_forwards_nothing():
    hunt = {"originalCalledPartyNumber": "800", "huntPilotDN": "800", "lastRedirectDn": "800"}
    assert story({**FROM_OUTSIDE, **hunt}) == ["102 IN outside: answered, rang 5 s, talked 60 s"]
    nobody = {"finalCalledPartyNumber": "800", "destDeviceName": ""}
    assert story({**FROM_OUTSIDE, **hunt, **UNANSWERED, **nobody}) == []


def test_a_member_that_the_record_hides_behind_the_hunt_pilot_is_nobody():
    pilot = {"originalCalledPartyNumber": "800", "finalCalledPartyNumber": "800", "lastRedirectDn": "800"}
    pilot |= {"calledPartyPatternUsage": "7"}
    assert story({**pilot, "huntPilotDN": "800"}) == ["101 OUT local: answered, rang 5 s, talked 60 s"]
    assert story({**pilot, "huntPilotDN": "800", **FROM_OUTSIDE}) == []
    assert story({**pilot, **UNANSWERED, "origCause_value": "16", "destCause_value": "0"}) == [
        "101 OUT local: unanswered, caller_gave_up, rang 20 s, talked 0 s"
    ]


SPLIT = {"pkid": "first", "origCause_value": "393216", "destCause_value": "393216"}
THEN = {"pkid": "then", "dateTimeOrigination": f"{NINE + 65}", "dateTimeConnect": f"{NINE + 70}"}
THEN |= {"dateTimeDisconnect": f"{NINE + 100}", "finalCalledPartyNumber": "103", "originalCalledPartyNumber": "103"}


def test_who_transfers_a_call_has_its_own_leg_and_forwards_nothing():
    by_102 = {**THEN, "lastRedirectDn": "102", "lastRedirectRedirectReason": "4"}
    assert story(SPLIT, by_102) == [
        "101 OUT local: answered, rang 5 s, talked 90 s",
        "102 IN local: answered, rang 5 s, talked 60 s",
        "103 IN local: answered, rang 5 s, talked 30 s",
    ]
    by_101 = {**THEN, "callingPartyNumber": "102", "lastRedirectDn": "101", "lastRedirectRedirectReason": "4"}
    for reason in ("4", "34"):
        assert story(SPLIT, {**by_101, "lastRedirectRedirectReason": reason}) == [
            "101 OUT local: answered, rang 5 s, talked 60 s",
            "102 IN local: answered, rang 5 s, talked 90 s",
            "103 IN local: answered, rang 5 s, talked 30 s",
        ]
    assert "101 IN local: elsewhere, answered_elsewhere, rang 5 s, talked 0 s" in story(
        SPLIT, {**by_101, "lastRedirectRedirectReason": "15"}
    )


@pytest.mark.parametrize("cause", ["393216", "126"])
def test_a_blind_transfer_is_neither_a_call_of_who_made_it_nor_a_miss_of_whom_it_rang(cause):
    split = {"origCause_value": cause, "destCause_value": cause}
    first = {**FROM_OUTSIDE, **split, "pkid": "first", "dateTimeDisconnect": f"{NINE + 25}"}
    rang = {**UNANSWERED, **split, "pkid": "second", "globalCallID_callId": "4712"}
    rang |= {"callingPartyNumber": "102", "finalCalledPartyNumber": "103", "dateTimeOrigination": f"{NINE + 15}"}
    assert story({**rang, "destDeviceName": "CSFOVE"}) == []
    put_through = {"dateTimeOrigination": f"{NINE + 25}", "dateTimeConnect": f"{NINE + 30}", "pkid": "third"}
    put_through |= {"finalCalledPartyNumber": "103", "lastRedirectDn": "102", "lastRedirectRedirectReason": "4"}
    assert story(first, {**FROM_OUTSIDE, **put_through}) == [
        "102 IN outside: answered, rang 5 s, talked 20 s",
        "103 IN outside: answered, rang 5 s, talked 35 s",
    ]


def test_a_call_transferred_to_a_hunt_pilot_is_none_of_the_pilots_number():
    to_pilot = {**THEN, "finalCalledPartyNumber": "800", "originalCalledPartyNumber": "800"}
    to_pilot |= {"calledPartyPatternUsage": "7", "lastRedirectDn": "102", "lastRedirectRedirectReason": "4"}
    assert story(SPLIT, to_pilot) == [
        "101 OUT local: answered, rang 5 s, talked 90 s",
        "102 IN local: answered, rang 5 s, talked 60 s",
    ]
    assert story(to_pilot) == ["101 OUT local: answered, rang 5 s, talked 30 s"]


def test_who_makes_a_conference_forwards_nothing():
    bridge = {"finalCalledPartyNumber": "b001", "originalCalledPartyNumber": "b001", "destDeviceName": "CFB_2"}
    by_101 = {**THEN, **bridge, "lastRedirectDn": "101", "lastRedirectRedirectReason": "98"}
    left = {**THEN, "callingPartyNumber": "102", "lastRedirectDn": "101", "lastRedirectRedirectReason": "98"}
    assert story(SPLIT, by_101, {**left, "pkid": "left"}) == [
        "101 OUT local: answered, rang 5 s, talked 60 s",
        "102 IN local: answered, rang 5 s, talked 90 s",
        "103 IN local: answered, rang 5 s, talked 30 s",
    ]


def test_a_receiver_lifted_and_put_back_is_no_call():
    assert story({**UNANSWERED, "finalCalledPartyNumber": "", "destDeviceName": ""}) == []


def test_legs_of_a_call_share_manager_call_id_and_cluster():
    legs = read(line(), line(pkid="b"), line(globalCallID_callManagerId="3"), line(globalCallId_ClusterID="branch"))
    assert legs[0].call == legs[1].call
    assert len({leg.call for leg in legs}) == 3


def at(seconds, record):
    """The record, so many seconds later."""
    times = ("dateTimeOrigination", "dateTimeConnect", "dateTimeDisconnect")
    return {**record, **{name: str(int({**LOCAL, **record}[name]) + seconds) for name in times}}


def test_a_call_that_is_transferred_at_midnight_utc_is_one_call():
    midnight = -(NINE + 65) % 86_400
    before, after = read(*(line(**at(midnight, record)) for record in (SPLIT, THEN)))
    assert after.started_ms % 86_400_000 == 0
    assert before.call == after.call


def test_an_id_that_begins_anew_two_days_later_is_another_call():
    assert story({}, at(2 * 86_400, {"pkid": "b"})) == sorted(2 * story({}))


def test_a_record_about_quality_is_declined_politely():
    assert reason(line(cdrRecordType="2")) == (
        "a CMR (cdrRecordType 2) describes quality, not a call; load only the cdr_ files"
    )
    assert "a CMR (cdrRecordType 2)" in reason(b'2,"x"\n')


def test_the_two_first_lines_are_the_heading():
    assert cucm.heading_length([HEADING.encode(), TYPES.encode(), line()]) == 2
    assert cucm.heading_length([HEADING.encode(), line()]) == 1
    assert cucm.heading_length([line()]) == cucm.heading_length([]) == 0


def test_files_that_were_put_together_may_have_other_columns():
    old = [name for name in LOCAL if name != "huntPilotDN"]
    row = (",".join(LOCAL[name] for name in old) + "\n").encode()
    assert [leg.key for leg in read(line(), (",".join(old) + "\n").encode(), row)] == [LOCAL["pkid"]] * 2


@pytest.mark.parametrize("separator", [";", "\t"])
def test_what_a_spreadsheet_saved_with_another_separator_says_the_same(separator):
    def saved(line):
        return b"\xef\xbb\xbf" * (line == HEADING.encode()) + line.replace(b",", separator.encode())

    assert BARE.read(saved(HEADING.encode()), saved(TYPES.encode()), saved(line())) == CUCM.read(line())


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"dateTimeOrigination": "yesterday"}, "dateTimeOrigination: a whole number was expected"),
        ({"dateTimeOrigination": "0", "dateTimeConnect": "0"}, "dateTimeOrigination is 0 or empty"),
        ({"dateTimeDisconnect": "0"}, "dateTimeDisconnect is 0 or empty"),
        ({"dateTimeDisconnect": "5"}, "impossible times"),
        ({"globalCallID_callId": ""}, "globalCallID_callId is empty"),
        ({"cdrRecordType": "7"}, "cdrRecordType: 1 was expected, not '7'"),
    ],
)
def test_what_cannot_be_used_is_rejected_with_the_reason(changes, wanted):
    assert wanted in reason(line(**changes))


def test_no_line_is_ever_lost():
    whole = line()
    for cut in range(1, len(whole) - 3):
        assert isinstance(read(whole[:cut])[0], Rejected)
    assert "longer than" in reason(b"x" * (MANY_BYTES + 1))
    assert "NUL" in reason(b"\0\n")
    [found] = BARE.read(line())
    assert "no line of column names came before" in found.reason
    [found] = BARE.read(b"cdrRecordType,pkid\n", b"1,2\n")
    assert found.reason == "the file has no column globalCallID_callId"


def test_below_names_that_stand_twice_nothing_is_read():
    twice = HEADING.replace("pkid", "duration").encode()
    found = BARE.read(twice, line())
    assert [one.reason.partition(";")[0] for one in found] == [
        "two columns have one name",
        "no line of column names came before",
    ]

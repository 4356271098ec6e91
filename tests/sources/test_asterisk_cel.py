"""Asterisk's CEL above, what the calls were below: traits of real events, with made-up numbers and names."""

import csv
import io
import json
import random

import pytest

from calls_table import ms, sentence
from pbxtally.calls import Leg, Numbering, Result, Via, involvements
from pbxtally.channel_legs import folded
from pbxtally.channels import Event
from pbxtally.records import Rejected
from pbxtally.sources import asterisk
from pbxtally.sources.asterisk.cel import CEL_SAMPLE_COLUMNS
from sources.asterisk_events import CALL, csv_line, events, kinds, read, reasons, rows, told

GROUP_BEHIND_ANSWER = """
     0    | START   | PJSIP/trunk | 1 |                                      |
     0.1  | ANSWER  | PJSIP/trunk | 1 |                                      |
     1.5  | DIAL    | PJSIP/trunk | 1 | D PJSIP/102&PJSIP/103&PJSIP/107,20   |
     1.5  | START   | PJSIP/102   | 2 |                                      |
     1.5  | START   | PJSIP/103   | 3 |                                      |
     1.5  | START   | PJSIP/107   | 4 |                                      |
     1.6  | HANGUP  | PJSIP/103   | 3 | AD                                   | 17
     5.5  | ANSWER  | PJSIP/107   | 4 | AD                                   |
     5.5  | HANGUP  | PJSIP/102   | 2 | AD                                   | 26
     5.6  | IN      | PJSIP/107   | 4 | AD                                   |
     5.6  | IN      | PJSIP/trunk | 1 | D PJSIP/102&PJSIP/103&PJSIP/107,20   |
    15.7  | OUT     | PJSIP/107   | 4 | AD                                   |
    15.7  | HANGUP  | PJSIP/107   | 4 | AD                                   | 16
    15.7  | DIALLED | PJSIP/trunk | 1 | D PJSIP/102&PJSIP/103&PJSIP/107,20   |
    15.7  | HANGUP  | PJSIP/trunk | 1 |                                      | 16
"""


# ── one event ──


def test_an_event_is_a_leg_that_is_nothing_yet():
    [start, *_] = events(GROUP_BEHIND_ANSWER)
    assert start == Leg(
        key=f"cel:{CALL} {ms('10:00:00')} CHAN_START",
        call=CALL,
        started_ms=ms("10:00:00"),
        ended_ms=ms("10:00:00"),
        answered_ms=None,
        ring_ms=0,
        talk_ms=0,
        via=Via.EVENT,
        result=Result.UNANSWERED,
        caller_number="4599",
        caller_device="trunk",
        callee_number="200",
        callee_wire=CALL,
        dialled=Event.START,
        epoch_ms=ms("09:00:00"),
        words="CHAN_START",
    )


def with_names(row, **names):
    return {names.get(name, name): word for name, word in row.items()}


def test_every_shape_tells_the_same():
    row = rows(GROUP_BEHIND_ANSWER)[4]
    in_table = with_names(row, cidname="cid_name", cidnum="cid_num", channame="channame")
    heading, line = (",".join(in_table), ",".join(f'"{word}"' for word in in_table.values()))
    insert = (
        f"INSERT INTO `cel` ({', '.join(in_table)}) VALUES ({', '.join(repr(word) for word in in_table.values())});\n"
    )
    [wanted] = read(csv_line(row))
    assert read(csv_line(row, CEL_SAMPLE_COLUMNS)) == [wanted]
    assert read(json.dumps(row).encode()) == [wanted]
    assert read(f"{heading}\n".encode(), f"{line}\n".encode()) == [wanted]
    assert read(*asterisk.records(io.BytesIO(insert.encode()))) == [wanted]


def test_the_time_may_be_an_epoch_with_a_fraction():
    [wanted, epoch] = (
        read(csv_line({**rows(GROUP_BEHIND_ANSWER)[2], "eventtime": when}))[0]
        for when in ("2020-12-01 10:00:01.5", "1606816801.500000")
    )
    assert wanted == epoch


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"eventtime": ""}, "eventtime is empty"),
        ({"eventtime": "soon"}, "eventtime: 'soon' is not a time"),
        ({"uniqueid": ""}, "a CEL event without channame or uniqueid"),
    ],
)
def test_an_event_that_cannot_be_used_says_why(changes, why):
    [found] = read(csv_line({**rows(GROUP_BEHIND_ANSWER)[0], **changes}))
    assert isinstance(found, Rejected)
    assert found.reason.startswith(why)


def test_a_line_with_other_columns_is_rejected():
    [found] = read(b'"CHAN_START","2020-12-01 10:00:00"\n')
    assert found.reason == "2 columns; a CEL line has 14 or 20"


@pytest.mark.parametrize(
    ("cause", "result"),
    {"17": "BUSY", "21": "REJECTED", "26": "ELSEWHERE", "20": "UNREACHABLE", "1": "FAILED", "34": "FAILED"}.items(),
)
def test_what_a_cause_means(cause, result):
    [found] = events(f"1 | HANGUP | PJSIP/102 | 2 | AD | {cause}")
    assert found.result == Result[result]


@pytest.mark.parametrize("cause", [0, 16, 127])
def test_a_plain_end_says_nothing_of_why(cause):
    [found] = events(f"1 | HANGUP | PJSIP/102 | 2 | AD | {cause}")
    assert found.result == Result.UNANSWERED


# ── calls ──


def test_behind_answer_the_talk_is_that_of_the_person():
    assert kinds(events(GROUP_BEHIND_ANSWER)) == [
        "102 IN elsewhere",
        "103 IN busy",
        "107 IN answered talk 10",
    ]


BLIND_TRANSFER = """
     0 | START         | PJSIP/101 | 1 |                |
     0 | DIAL          | PJSIP/101 | 1 | D PJSIP/108,20 |
     0 | START         | PJSIP/108 | 2 |                |
     2 | IN            | PJSIP/108 | 2 | AD             |
     2 | IN            | PJSIP/101 | 1 | D PJSIP/108,20 |
     5 | BLINDTRANSFER | PJSIP/108 | 2 | AD             |
     5 | OUT           | PJSIP/108 | 2 | AD             |
     5 | HANGUP        | PJSIP/108 | 2 | AD             | 16
     5 | DIALLED       | PJSIP/101 | 1 | D PJSIP/108,20 |
     5 | DIAL          | PJSIP/101 | 1 | D PJSIP/104,20 |
     5 | START         | PJSIP/104 | 3 |                |
     7 | IN            | PJSIP/104 | 3 | AD             |
    11 | OUT           | PJSIP/104 | 3 | AD             |
    11 | HANGUP        | PJSIP/104 | 3 | AD             | 16
    11 | DIALLED       | PJSIP/101 | 1 | D PJSIP/104,20 |
    11 | HANGUP        | PJSIP/101 | 1 |                | 16
"""


def test_a_caller_put_through_talked_twice_and_made_one_call():
    assert kinds(events(BLIND_TRANSFER)) == [
        "101 OUT answered talk 7",
        "104 IN answered talk 4",
        "108 IN answered talk 3",
    ]


HUNT = """
     0 | START   | PJSIP/trunk | 1 |                |
     0 | DIAL    | PJSIP/trunk | 1 | D PJSIP/102,5  |
     0 | START   | PJSIP/102   | 2 |                |
     5 | HANGUP  | PJSIP/102   | 2 | AD             | 0
     5 | DIALLED | PJSIP/trunk | 1 | D PJSIP/102,5  |
     5 | DIAL    | PJSIP/trunk | 1 | D PJSIP/105,5  |
     5 | DIALLED | PJSIP/trunk | 1 | D PJSIP/105,5  |
     5 | DIAL    | PJSIP/trunk | 1 | D PJSIP/106,20 |
     5 | START   | PJSIP/106   | 3 |                |
     8 | HANGUP  | PJSIP/106   | 3 | AD             | 21
     8 | DIALLED | PJSIP/trunk | 1 | D PJSIP/106,20 |
     8 | DIAL    | PJSIP/trunk | 1 | D PJSIP/101,20 |
     8 | START   | PJSIP/101   | 4 |                |
    12 | HANGUP  | PJSIP/101   | 4 | AD             | 127
    12 | HANGUP  | PJSIP/trunk | 1 |                | 127
"""


def test_why_each_phone_of_a_hunt_did_not_take_the_call():
    assert reasons(events(HUNT)) == [
        ("101", "caller_gave_up"),
        ("102", "rang_out"),
        ("105", "unreachable"),
        ("106", "rejected"),
    ]


@pytest.mark.parametrize(
    ("source", "reason"), [("dialplan/builtin", "rang_out"), ("PJSIP/trunk-00000001", "caller_gave_up")]
)
def test_a_queue_that_hangs_up_at_once_when_its_time_is_up_is_no_caller_who_gave_up(source, reason):
    table = f"""
        0 | START   | PJSIP/trunk | 1 |                |
        0 | DIAL    | PJSIP/trunk | 1 | Q sales,,,,5   |
        0 | START   | PJSIP/102   | 2 |                |
        5 | HANGUP  | PJSIP/102   | 2 | AQ             | 0
        5 | DIALLED | PJSIP/trunk | 1 | Q sales,,,,5   |
        5 | HANGUP  | PJSIP/trunk | 1 |                | 16 {source}
    """
    assert reasons(events(table)) == [("102", reason)]


def test_a_number_that_the_carrier_does_not_know_is_a_failed_call():
    table = """
        0 | START  | PJSIP/101   | 1 |                  |
        0 | DIAL   | PJSIP/101   | 1 | D PJSIP/trunk,20 |
        0 | START  | PJSIP/trunk | 2 |                  |
        1 | HANGUP | PJSIP/trunk | 2 | AD               | 1
        1 | HANGUP | PJSIP/101   | 1 |                  | 1
    """
    assert kinds(events(table)) == ["101 OUT failed"]


def test_follow_me_through_a_local_channel():
    table = """
        0 | START   | PJSIP/trunk       | 1 |                       |
        0 | DIAL    | PJSIP/trunk       | 1 | D Local/101@follow,30 |
        0 | START   | Local/101@follow-0001;1 | 2 |                 |
        0 | START   | Local/101@follow-0001;2 | 3 |                 |
        0 | DIAL    | Local/101@follow-0001;2 | 3 | D PJSIP/101,20  |
        0 | START   | PJSIP/101         | 4 |                       |
        4 | IN      | PJSIP/101         | 4 | AD                    |
        4 | IN      | Local/101@follow-0001;1 | 2 | AD              |
        5 | OUT     | Local/101@follow-0001;1 | 2 | AD              |
        5 | HANGUP  | Local/101@follow-0001;1 | 2 | AD              | 16
        5 | DIALLED | Local/101@follow-0001;2 | 3 | D PJSIP/101,20  |
        5 | HANGUP  | Local/101@follow-0001;2 | 3 |                 | 16
       14 | OUT     | PJSIP/101         | 4 | AD                    |
       14 | HANGUP  | PJSIP/101         | 4 | AD                    | 16
       14 | HANGUP  | PJSIP/trunk       | 1 |                       | 16
    """
    assert kinds(events(table)) == ["101 IN answered talk 10"]


def test_a_queue_that_tries_a_phone_twice_is_one_call_of_it():
    table = """
        0 | START   | PJSIP/trunk | 1 |         |
        0 | DIAL    | PJSIP/trunk | 1 | Q sales |
        1 | START   | PJSIP/102   | 2 |         |
        6 | HANGUP  | PJSIP/102   | 2 | AQ      | 0
        9 | START   | PJSIP/102   | 3 |         |
       11 | IN      | PJSIP/102   | 3 | AQ      |
       20 | OUT     | PJSIP/102   | 3 | AQ      |
       20 | HANGUP  | PJSIP/102   | 3 | AQ      | 16
       20 | DIALLED | PJSIP/trunk | 1 | Q sales |
       20 | HANGUP  | PJSIP/trunk | 1 |         | 16
    """
    assert kinds(events(table)) == ["102 IN answered talk 9"]


def test_who_picks_a_call_up_has_it_and_the_phone_that_rang_has_not():
    picked_up = GROUP_BEHIND_ANSWER.replace("IN      | PJSIP/107", "IN      | PJSIP/109").replace(
        "OUT     | PJSIP/107", "OUT     | PJSIP/109"
    )
    assert kinds(events(picked_up)) == [
        "102 IN elsewhere",
        "103 IN busy",
        "107 IN elsewhere",
        "109 IN answered talk 10",
    ]


def test_a_bridge_that_holds_callers_is_no_talk():
    [enters] = events("1 | IN | PJSIP/102 | 2 | AD | holding_bridge")
    assert enters.dialled == Event.OTHER


def test_an_announcement_is_nobodys_call():
    table = "0 | START | PJSIP/101 | 1 |  |\n 9 | HANGUP | PJSIP/101 | 1 |  | 16"
    assert kinds(events(table)) == []


def test_a_caller_who_reached_voicemail():
    table = """
        0 | START   | PJSIP/trunk | 1 |               |
        0 | DIAL    | PJSIP/trunk | 1 | D PJSIP/102,5 |
        0 | START   | PJSIP/102   | 2 |               |
        5 | HANGUP  | PJSIP/102   | 2 | AD            | 0
        5 | DIALLED | PJSIP/trunk | 1 | D PJSIP/102,5 |
        5 | DIAL    | PJSIP/trunk | 1 | V 102         |
       15 | HANGUP  | PJSIP/trunk | 1 |               | 16
    """
    assert reasons(events(table)) == [("102", "voicemail")]


BETWEEN_CUSTOMERS = """
     0 | START   | PJSIP/acme-101 | 1 |                     |
     0 | DIAL    | PJSIP/acme-101 | 1 | D PJSIP/beta-201,20 |
     0 | START   | PJSIP/beta-201 | 2 |                     |
     4 | IN      | PJSIP/beta-201 | 2 | AD                  |
     4 | IN      | PJSIP/acme-101 | 1 | D PJSIP/beta-201,20 |
    30 | OUT     | PJSIP/beta-201 | 2 | AD                  |
    30 | OUT     | PJSIP/acme-101 | 1 | D PJSIP/beta-201,20 |
    30 | HANGUP  | PJSIP/beta-201 | 2 | AD                  | 16
    30 | DIALLED | PJSIP/acme-101 | 1 | D PJSIP/beta-201,20 |
    30 | HANGUP  | PJSIP/acme-101 | 1 |                     | 16
"""


@pytest.mark.parametrize(("customer", "call"), [("acme", "101 OUT"), ("beta", "201 IN")])
def test_of_a_call_between_two_customers_of_a_switch_each_has_its_own_events_and_the_other_is_outside(customer, call):
    own = [event for event in events(BETWEEN_CUSTOMERS) if event.caller_device.startswith(customer)]
    [found] = involvements(own, Numbering(pattern=rf"{customer}-(\d+)"))
    assert sentence(found) == f"{call} outside: answered, rang 4 s, talked 26 s"


def test_a_phone_that_could_not_be_rung_did_not_take_the_call_that_the_next_took_in_the_same_second():
    table = """
        0 | START   | PJSIP/trunk | 1 |                |
        0 | DIAL    | PJSIP/trunk | 1 | D PJSIP/105,12 |
        0 | DIALLED | PJSIP/trunk | 1 | D PJSIP/105,12 |
        0 | DIAL    | PJSIP/trunk | 1 | D PJSIP/101,12 |
        0 | START   | PJSIP/101   | 2 |                |
        0 | IN      | PJSIP/101   | 2 | AD             |
        0 | IN      | PJSIP/trunk | 1 | D PJSIP/101,12 |
        9 | HANGUP  | PJSIP/101   | 2 | AD             | 16
        9 | HANGUP  | PJSIP/trunk | 1 |                | 16
    """
    assert kinds(events(table)) == ["101 IN answered talk 9", "105 IN failed"]


# ── together with CDRs, in any order ──


def cdrs_of_the_group():
    """What cdr_csv wrote of the same call: behind Answer() the talk of 107 has the ringing in it."""
    common = dict.fromkeys(asterisk.COLUMNS, "")
    common |= {"src": "4599", "channel": "PJSIP/trunk-00000001", "lastapp": "Dial", "linkedid": CALL, "uniqueid": CALL}
    common |= {"start": "2020-12-01 10:00:00", "end": "2020-12-01 10:00:15", "duration": "15", "billsec": "15"}
    taken = {**common, "answer": common["start"], "dstchannel": "PJSIP/107-00000004", "sequence": "1"}
    lines = [{**taken, "disposition": "ANSWERED"}]
    written = io.StringIO()
    csv.writer(written).writerows([row[name] for name in asterisk.COLUMNS] for row in lines)
    return read(written.getvalue().encode())


def test_events_win_over_the_cdrs_of_the_same_call():
    assert kinds(cdrs_of_the_group()) == ["107 IN answered talk 15"]
    assert told(cdrs_of_the_group() + events(GROUP_BEHIND_ANSWER)) == told(events(GROUP_BEHIND_ANSWER))


def test_while_a_channel_has_not_ended_the_cdrs_stand():
    first_half = events(GROUP_BEHIND_ANSWER)[:-1]
    assert kinds(cdrs_of_the_group() + first_half) == ["107 IN answered talk 15"]
    assert kinds(first_half) == []


def test_while_there_is_no_event_of_a_phone_that_the_cdrs_name_the_cdrs_stand():
    whole = events(GROUP_BEHIND_ANSWER)
    for device in ("trunk", "107"):
        without = [event for event in whole if event.caller_device != device]
        assert kinds(cdrs_of_the_group() + without) == ["107 IN answered talk 15"]


@pytest.mark.parametrize("table", [GROUP_BEHIND_ANSWER, BLIND_TRANSFER, HUNT])
def test_events_may_come_in_any_order_and_twice(table):
    whole = events(table)
    for seed in range(20):
        mixed = whole + random.Random(seed).sample(whole, 5)
        random.Random(seed).shuffle(mixed)
        assert told(mixed) == told(whole)


def test_what_is_shown_of_a_call_is_its_legs_in_time_order_not_its_events():
    shown = folded([*cdrs_of_the_group(), *reversed(events(GROUP_BEHIND_ANSWER))])
    assert [(leg.callee_device, Via(leg.via).name, Result(leg.result).name) for leg in shown] == [
        ("", "MACHINE", "ANSWERED"),
        ("103", "DEVICE", "BUSY"),
        ("102", "DEVICE", "ELSEWHERE"),
        ("107", "DEVICE", "ANSWERED"),
    ]
    assert shown[1].words == "HANGUP AppDial() cause 17"

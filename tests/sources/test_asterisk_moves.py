"""Calls that move from phone to phone, as an Asterisk 22 tells them: its events and rows above, the calls below."""

import re

import pytest

from calls_table import NUMBERING, sentence
from pbxtally.calls import involvements
from sources.asterisk_events import CALL, events, kinds, reasons
from sources.asterisk_rows import csv_line, leg

ASKS, PICKS = "1606813200.3", "1606813200.9"

PUT_THROUGH_AFTER_ASKING = """
     0    | START            | PJSIP/trunk | 1 |                |
     0    | DIAL             | PJSIP/trunk | 1 | D PJSIP/101,12 |
     0    | START            | PJSIP/101   | 2 |                |
     1    | IN               | PJSIP/101   | 2 | AD             |
     1    | IN               | PJSIP/trunk | 1 | D PJSIP/101,12 |
     6    | OUT              | PJSIP/trunk | 1 | D PJSIP/101,12 |
     6.01 | IN               | PJSIP/trunk | 1 | D PJSIP/101,12 |
     6.02 | OUT              | PJSIP/101   | 2 | AD             |
     6.02 | ATTENDEDTRANSFER | PJSIP/101   | 2 | AD             |
     6.02 | HANGUP           | PJSIP/101   | 2 | AD             | 16
    10    | OUT              | PJSIP/107   | 4 | AD             |
    10    | OUT              | PJSIP/trunk | 1 | D PJSIP/101,12 |
    10    | DIALLED          | PJSIP/trunk | 1 | D PJSIP/101,12 |
    10    | HANGUP           | PJSIP/107   | 4 | AD             | 16
    10    | HANGUP           | PJSIP/trunk | 1 |                | 16
    10    | GONE             | PJSIP/trunk | 1 |                |
"""
THE_ASKING = """
     3    | START            | PJSIP/101   | 3 |                |
     3    | DIAL             | PJSIP/101   | 3 | D PJSIP/107,12 |
     3    | START            | PJSIP/107   | 4 |                |
     4    | IN               | PJSIP/107   | 4 | AD             |
     4    | IN               | PJSIP/101   | 3 | D PJSIP/107,12 |
     6    | OUT              | PJSIP/101   | 3 | D PJSIP/107,12 |
     6.03 | DIALLED          | PJSIP/101   | 3 | D PJSIP/107,12 |
     6.03 | HANGUP           | PJSIP/101   | 3 |                | 16
     6.03 | GONE             | PJSIP/101   | 3 |                |
"""


def test_a_phone_that_comes_out_of_another_call_talks_from_when_the_caller_joined_it():
    assert kinds(events(PUT_THROUGH_AFTER_ASKING)) == ["101 IN answered talk 5", "107 IN answered talk 3"]


def test_the_asking_before_is_a_call_of_its_own_and_over_when_the_last_channel_has_left_it():
    assert kinds(events(THE_ASKING, ASKS)) == ["101 OUT answered talk 2", "107 IN answered talk 2"]
    assert kinds(events(THE_ASKING, ASKS)[:-1]) == []


TWO_COLLEAGUES_BROUGHT_TOGETHER = """
     0    | START            | PJSIP/101   | 1 |                |
     0    | DIAL             | PJSIP/101   | 1 | D PJSIP/106,12 |
     0    | START            | PJSIP/106   | 2 |                |
     1    | IN               | PJSIP/106   | 2 | AD             |
     1    | IN               | PJSIP/101   | 1 | D PJSIP/106,12 |
     6    | OUT              | PJSIP/106   | 2 | AD             |
     6    | IN               | PJSIP/106   | 2 | AD             |
     6.01 | OUT              | PJSIP/101   | 1 | D PJSIP/106,12 |
     6.01 | DIALLED          | PJSIP/101   | 1 | D PJSIP/106,12 |
     6.01 | HANGUP           | PJSIP/101   | 1 |                | 16
     9.1  | OUT              | PJSIP/106   | 2 | AD             |
     9.1  | OUT              | PJSIP/107   | 4 | AD             |
     9.1  | HANGUP           | PJSIP/107   | 4 | AD             | 16
     9.1  | HANGUP           | PJSIP/106   | 2 | AD             | 16
"""


def test_who_brings_two_others_together_talked_until_it_left():
    assert kinds(events(TWO_COLLEAGUES_BROUGHT_TOGETHER)) == [
        "101 OUT answered talk 5",
        "106 IN answered talk 8",
        "107 IN answered talk 3",
    ]


def test_rows_say_the_same_of_two_brought_together_and_nothing_of_phones_in_passing():
    both = {"channel": "PJSIP/106-00000002", "dstchannel": "PJSIP/107-00000006", "lastapp": "AppDial"}
    at = {"start": "2020-12-01 10:01:05", "answer": "2020-12-01 10:01:05"}
    asked = leg(csv_line(dstchannel="PJSIP/106-00000002"))
    together = leg(csv_line(**both, **at, end="2020-12-01 10:01:08", duration="3", billsec="3", sequence="22"))
    passing = leg(csv_line(**both, **at, end="2020-12-01 10:01:05", duration="0", billsec="0", sequence="22"))
    assert [sentence(one) for one in involvements([asked, together], NUMBERING)] == [
        "101 OUT local: answered, rang 5 s, talked 60 s",
        "106 IN local: answered, rang 5 s, talked 63 s",
        "107 IN local: answered, rang 0 s, talked 3 s",
    ]
    assert [sentence(one) for one in involvements([asked, passing], NUMBERING)] == [
        "101 OUT local: answered, rang 5 s, talked 60 s",
        "106 IN local: answered, rang 5 s, talked 60 s",
    ]


PICKED_UP = """
     0    | START   | PJSIP/trunk | 1 |                |
     0    | DIAL    | PJSIP/trunk | 1 | D PJSIP/102,12 |
     0    | START   | PJSIP/102   | 2 |                |
     2.5  | PICKUP  | PJSIP/102   | 2 | AD             |
     2.5  | HANGUP  | PJSIP/102   | 2 |                | 16
     2.51 | IN      | PJSIP/trunk | 1 | D PJSIP/102,12 |
     5.6  | OUT     | PJSIP/106   | 9 | AD             |
     5.6  | OUT     | PJSIP/trunk | 1 | D PJSIP/102,12 |
     5.6  | HANGUP  | PJSIP/106   | 9 | AD             | 16
     5.6  | DIALLED | PJSIP/trunk | 1 | D PJSIP/102,12 |
     5.6  | HANGUP  | PJSIP/trunk | 1 |                | 16
"""
THE_PICKING = """
     2    | START   | PJSIP/106   | 9 |                |
     2    | ANSWER  | PJSIP/106   | 9 |                |
     2.51 | IN      | PJSIP/106   | 9 | AD             |
     2.51 | GONE    | PJSIP/106   | 9 | AD             |
"""


def test_a_call_that_rings_at_one_phone_and_is_picked_up_at_another():
    assert kinds(events(PICKED_UP)) == ["102 IN elsewhere", "106 IN answered talk 3"]
    assert kinds(events(THE_PICKING, PICKS)) == []


PARKED_AND_FETCHED = """
     0    | START         | PJSIP/trunk | 1 |                |
     0    | DIAL          | PJSIP/trunk | 1 | D PJSIP/101,12 |
     0    | START         | PJSIP/101   | 2 |                |
     1    | IN            | PJSIP/101   | 2 | AD             |
     1    | IN            | PJSIP/trunk | 1 | D PJSIP/101,12 |
     3.6  | BLINDTRANSFER | PJSIP/101   | 2 | AD             |
     3.6  | OUT           | PJSIP/trunk | 1 | D PJSIP/101,12 |
     3.6  | IN            | PJSIP/trunk | 1 | D PJSIP/101,12 | holding_bridge
     6.1  | OUT           | PJSIP/101   | 2 | AD             |
     6.1  | HANGUP        | PJSIP/101   | 2 | AD             | 16
     6.2  | OUT           | PJSIP/trunk | 1 | D PJSIP/101,12 | holding_bridge
     6.21 | IN            | PJSIP/trunk | 1 | D PJSIP/101,12 |
     6.21 | IN            | PJSIP/104   | 9 |                |
     9.3  | OUT           | PJSIP/104   | 9 |                |
     9.3  | HANGUP        | PJSIP/104   | 9 |                | 16
     9.3  | DIALLED       | PJSIP/trunk | 1 | D PJSIP/101,12 |
     9.3  | HANGUP        | PJSIP/trunk | 1 |                | 16
"""


def test_who_parks_a_call_has_talked_until_then_and_who_fetches_it_has_it():
    assert kinds(events(PARKED_AND_FETCHED)) == ["101 IN answered talk 2", "104 IN answered talk 3"]
    first_to_enter = PARKED_AND_FETCHED.replace("6.21 | IN            | PJSIP/104", "6.20 | IN            | PJSIP/104")
    assert kinds(events(first_to_enter)) == ["101 IN answered talk 2", "104 IN answered talk 3"]


CLICKED = """
     0    | START   | PJSIP/101 | 1 |                |
     1    | ANSWER  | PJSIP/101 | 1 | A2             |
     1    | DIAL    | PJSIP/101 | 1 | D PJSIP/102,12 |
     1    | START   | PJSIP/102 | 2 |                |
     2.5  | IN      | PJSIP/102 | 2 | AD             |
     2.5  | IN      | PJSIP/101 | 1 | D PJSIP/102,12 |
     5.6  | HANGUP  | PJSIP/102 | 2 | AD             | 16
     5.6  | HANGUP  | PJSIP/101 | 1 | A2             | 16
"""


def test_a_phone_that_is_rung_so_that_it_can_call_makes_the_call():
    assert kinds(events(CLICKED)) == ["101 OUT answered talk 3", "102 IN answered talk 3"]
    declined = "0 | START | PJSIP/101 | 1 | |\n 1 | HANGUP | PJSIP/101 | 1 | A2 | 21"
    assert kinds(events(declined)) == []


@pytest.mark.parametrize("room", ["ConfBridge", "MeetMe"])
def test_who_else_is_in_a_conference_room_is_nobodys_call(room):
    assert kinds([leg(csv_line(lastapp=room, lastdata="123"))]) == []


SENT_ON = """
     0    | START   | PJSIP/trunk        | 1 |                |
     0    | {how}   | PJSIP/trunk        | 1 | {dial}         |
     0    | START   | PJSIP/108          | 2 |                |
     0.01 | START   | Local/103@office;1 | 5 |                |
     0.01 | START   | Local/103@office;2 | 6 |                |
     0.02 | FORWARD | PJSIP/trunk        | 1 | {dial}         | 103
     0.02 | HANGUP  | PJSIP/108          | 2 | {rung}         | 23
     0.02 | DIAL    | Local/103@office;2 | 6 | D PJSIP/103,12 |
     0.03 | START   | PJSIP/103          | 7 |                |
     1.5  | IN      | PJSIP/103          | 7 | AD             |
     1.5  | IN      | Local/103@office;2 | 6 | D PJSIP/103,12 |
     1.5  | IN      | Local/103@office;1 | 5 |                |
     1.5  | IN      | PJSIP/trunk        | 1 | {dial}         |
     4.6  | HANGUP  | PJSIP/103          | 7 | AD             | 16
     4.6  | DIALLED | Local/103@office;2 | 6 | D PJSIP/103,12 |
     4.6  | HANGUP  | Local/103@office;2 | 6 |                | 16
     4.6  | HANGUP  | Local/103@office;1 | 5 |                | 16
     4.6  | DIALLED | PJSIP/trunk        | 1 | {dial}         |
     4.6  | HANGUP  | PJSIP/trunk        | 1 |                | 16
"""


@pytest.mark.parametrize(
    "how",
    [
        {"dial": "D PJSIP/108,12", "how": "DIAL", "rung": "AD"},
        {"dial": "D PJSIP/108&PJSIP/109,12", "how": "DIAL", "rung": "AD"},
        {"dial": "Q sales", "how": "DIAL", "rung": "AQ"},
    ],
)
def test_a_phone_that_sends_its_call_on_forwarded_it(how):
    assert kinds(events(SENT_ON.format(**how))) == ["103 IN answered talk 3", "108 IN elsewhere"]


def test_it_forwarded_it_also_where_times_are_whole_seconds_as_the_manager_tells_them():
    whole = re.sub(r"(\d)\.\d+ +\|", r"\1 |", SENT_ON.format(dial="Q sales", how="DIAL", rung="AQ"))
    assert kinds(events(whole)) == ["103 IN answered talk 3", "108 IN elsewhere"]


def test_rows_tell_it_where_the_phone_was_rung_alone():
    def rows(dialled):
        dial = {"lastdata": dialled, "linkedid": "1606813200.17", "src": "4599", "channel": "PJSIP/trunk-00000001"}
        none = {"answer": "", "end": "2020-12-01 10:00:00", "duration": "0", "billsec": "0"}
        none["disposition"] = "NO ANSWER"
        wire = "Local/103@office-00000013"
        return [
            leg(csv_line(**dial, **none, dstchannel="PJSIP/108-0000000b")),
            leg(csv_line(**dial, dstchannel=f"{wire};1", sequence="22")),
            leg(csv_line(channel=f"{wire};2", dstchannel="PJSIP/103-0000000c", lastdata="PJSIP/103,12", sequence="23")),
        ]

    assert kinds(rows("PJSIP/108,12")) == ["103 IN answered talk 60", "108 IN elsewhere"]
    assert kinds(rows("PJSIP/108&PJSIP/109,12")) == ["103 IN answered talk 60", "108 IN unanswered"]


def test_a_member_behind_a_wire_that_the_queue_gave_up_on_rang_out():
    table = """
         0     | START   | PJSIP/trunk        | 1 |                |
         0     | DIAL    | PJSIP/trunk        | 1 | Q sales        |
         0.5   | START   | Local/102@office;1 | 2 |                |
         0.5   | START   | Local/102@office;2 | 3 |                |
         0.5   | DIAL    | Local/102@office;2 | 3 | D PJSIP/102,12 |
         0.5   | START   | PJSIP/102          | 4 |                |
         4.5   | DIALLED | Local/102@office;2 | 3 | D PJSIP/102,12 |
         4.5   | HANGUP  | Local/102@office;2 | 3 |                | 0
         4.5   | HANGUP  | Local/102@office;1 | 2 | AQ             | 0
         4.5   | HANGUP  | PJSIP/102          | 4 | AD             | 16
        {left} | DIALLED | PJSIP/trunk        | 1 | Q sales        |
        {left} | HANGUP  | PJSIP/trunk        | 1 |                | 16
    """
    assert reasons(events(table.format(left="9.0"))) == [("102", "rang_out")]
    assert reasons(events(table.format(left="4.5"))) == [("102", "caller_gave_up")]


@pytest.mark.parametrize("table", [PUT_THROUGH_AFTER_ASKING, TWO_COLLEAGUES_BROUGHT_TOGETHER, PARKED_AND_FETCHED])
def test_the_order_they_come_in_is_nothing_to_them(table):
    whole = events(table)
    assert kinds(whole[::-1]) == kinds(whole[5:] + whole[:5] + whole[:3]) == kinds(whole)
    assert {one.call for one in whole} == {CALL}

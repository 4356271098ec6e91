"""Lines of queue_log above, what they are for each extension below. Every number and name here is made up."""

import io
from itertools import permutations

import pytest

from calls_table import ms, sentence
from pbxtally.calls import Leg, Numbering, involvements
from pbxtally.errors import SourceError
from pbxtally.file_checks import check_not_twice
from pbxtally.records import Rejected
from pbxtally.sources import SOURCES
from reads import Reads

NINE = ms("09:00:00") // 1000
CALL = f"{NINE}.1"
ENTERED = f"{NINE}|{CALL}|support|NONE|ENTERQUEUE||4599000001|1\n"
MISSED = f"{NINE + 15}|{CALL}|support|PJSIP/102|RINGNOANSWER|15000\n"
TAKEN = f"{NINE + 20}|{CALL}|support|PJSIP/101|CONNECT|20|{NINE + 15}.2|5\n"
DONE = f"{NINE + 80}|{CALL}|support|PJSIP/101|COMPLETECALLER|20|60|1\n"
GAVE_UP = f"{NINE + 30}|{CALL}|support|NONE|ABANDON|1|1|30\n"
QUEUE = (ENTERED, MISSED, TAKEN, DONE)

# the CDRs of the same call: the PBX answered at once, and to them talk begins when a phone begins to ring
MEMBER = {
    "src": "4599000001",
    "channel": "PJSIP/trunk-00000001",
    "lastapp": "Queue",
    "uniqueid": CALL,
    "linkedid": CALL,
}
RANG_102 = MEMBER | {
    "dstchannel": "PJSIP/102-00000002", "start": "2020-12-01 10:00:00", "answer": "", "end": "2020-12-01 10:00:15",
    "duration": 15, "billsec": 0, "disposition": "NO ANSWER", "sequence": 2,
}  # fmt: skip
TOOK_101 = MEMBER | {
    "dstchannel": "PJSIP/101-00000003", "start": "2020-12-01 10:00:15", "answer": "2020-12-01 10:00:15",
    "end": "2020-12-01 10:01:20", "duration": 65, "billsec": 65, "disposition": "ANSWERED", "sequence": 3,
}  # fmt: skip


NUMBERING = Numbering(trunks=frozenset({"trunk"}))
ROLES = {source: Reads(source, numbering=NUMBERING) for source in ("queue_log", "asterisk")}


def read(source, *lines):
    return ROLES[source].read(*lines)


def story(source, *lines):
    found = read(source, *lines)
    assert all(isinstance(one, Leg) for one in found), found
    return [sentence(one) for one in involvements(found, Numbering(trunks=frozenset({"trunk"})))]


def test_alone_it_tells_who_took_a_call_and_who_let_it_ring():
    assert story("queue_log", *QUEUE) == [
        "101 IN outside: answered, rang 5 s, talked 60 s",
        "102 IN outside: unanswered, rang_out, rang 15 s, talked 0 s",
    ]


def test_its_lines_in_any_order_and_twice_are_the_same_call():
    assert {tuple(story("queue_log", *order, *order)) for order in permutations(QUEUE)} == {
        tuple(story("queue_log", *QUEUE))
    }


def test_a_caller_who_gives_up_while_a_phone_rings():
    cancelled = f"{NINE + 30}|{CALL}|support|PJSIP/102|RINGCANCELED|12000\n"
    assert story("queue_log", ENTERED, cancelled, GAVE_UP) == [
        "102 IN outside: unanswered, caller_gave_up, rang 12 s, talked 0 s"
    ]
    assert story("queue_log", ENTERED, GAVE_UP) == []


@pytest.mark.parametrize("event", ["COMPLETEAGENT|20|60|1", "BLINDTRANSFER|103|office|20|60|1", "TRANSFER|103|office"])
def test_a_talk_ends_when_a_side_hangs_up_or_the_call_is_transferred(event):
    done = f"{NINE + 80}|{CALL}|support|PJSIP/101|{event}\n"
    assert story("queue_log", ENTERED, TAKEN, done) == ["101 IN outside: answered, rang 5 s, talked 60 s"]


def test_a_colleague_who_calls_the_queue_is_the_caller():
    inside = ENTERED.replace("4599000001", "103")
    found = read("queue_log", inside, TAKEN, DONE)
    assert [sentence(one) for one in involvements(found, Numbering(directory=frozenset({"103"})))] == [
        "101 IN local: answered, rang 5 s, talked 60 s",
        "103 OUT local: answered, rang 20 s, talked 60 s",
    ]


@pytest.mark.parametrize("agent", ["SIP/101", "Local/101@from-queue/n", "Agent/101", "101"])
def test_however_the_member_is_written(agent):
    taken, done = (line.replace("PJSIP/101", agent) for line in (TAKEN, DONE))
    assert story("queue_log", ENTERED, taken, done) == ["101 IN outside: answered, rang 5 s, talked 60 s"]


def test_members_who_come_and_go_are_kept_and_no_call():
    others = [f"{NINE}|NONE|NONE|NONE|QUEUESTART|\n", f"{NINE}|REALTIME|support|PJSIP/101|PAUSE|lunch\n"]
    others.append(f"{NINE}|{CALL}|support|NONE|DID|4570000000\n")
    others += [f"{NINE}|CLI|support|PJSIP/101|ADDMEMBER|\n", f"{NINE + 9}|CLI|support|PJSIP/101|REMOVEMEMBER|\n"]
    others.append(f"{NINE + 10}|MANAGER|support|PJSIP/102|ADDMEMBER|\n")
    found = read("queue_log", *others)
    assert all(isinstance(one, Leg) for one in found)
    assert len({one.key for one in found}) == len({one.call for one in found}) == 6
    assert involvements(found, Numbering()) == []


def test_beside_the_cdrs_it_says_when_the_phone_was_lifted():
    assert story("asterisk", RANG_102, TOOK_101) == [
        "101 IN outside: answered, rang 0 s, talked 65 s",
        "102 IN outside: unanswered, rang_out, rang 15 s, talked 0 s",
    ]
    assert story("asterisk", RANG_102, TOOK_101, *QUEUE) == [
        "101 IN outside: answered, rang 5 s, talked 60 s",
        "102 IN outside: unanswered, rang_out, rang 15 s, talked 0 s",
    ]


def test_beside_the_cdrs_it_tells_a_member_who_let_it_ring_from_one_who_was_too_late():
    together = RANG_102 | {"end": "2020-12-01 10:00:19", "duration": 19}  # when the CDRs say that 101 had it already
    alone = story("asterisk", together, TOOK_101)
    assert alone[1] == "102 IN outside: elsewhere, answered_elsewhere, rang 19 s, talked 0 s"
    both = story("asterisk", together, TOOK_101, ENTERED, TAKEN, DONE)
    assert both[1] == "102 IN outside: unanswered, rang_out, rang 19 s, talked 0 s"


@pytest.mark.parametrize("words", [("RINGCANCELED|9000",), ()], ids=["told", "old"])
def test_a_phone_rung_again_at_once_did_not_ring_out_then_because_it_had_before(words):
    again = {"start": "2020-12-01 10:00:15", "end": "2020-12-01 10:00:24", "duration": 9, "sequence": 3}
    cancelled = [f"{NINE + 24}|{CALL}|support|PJSIP/102|{word}\n" for word in words]
    assert story("asterisk", RANG_102, RANG_102 | again, MISSED, *cancelled) == [
        "102 IN outside: unanswered, caller_gave_up, rang 24 s, talked 0 s"
    ]


def test_beside_the_cdrs_it_never_makes_a_call():
    assert story("asterisk", *QUEUE) == []
    other_phone = [line.replace("PJSIP/101", "PJSIP/109") for line in QUEUE]
    assert story("asterisk", RANG_102, TOOK_101, *other_phone) == story("asterisk", RANG_102, TOOK_101)


TABLE = b"""CREATE TABLE `queue_log` (
  `id` int(10) NOT NULL AUTO_INCREMENT,
  `time` datetime(6) DEFAULT NULL,
  `callid` varchar(80) NOT NULL,
  `queuename` varchar(256) NOT NULL,
  `agent` varchar(80) NOT NULL,
  `event` varchar(32) NOT NULL,
  `data1` varchar(100) NOT NULL, `data2` varchar(100) NOT NULL, `data3` varchar(100) NOT NULL,
  PRIMARY KEY (`id`)
);
INSERT INTO `queue_log` VALUES (1,'2020-12-01 10:00:00.000000','1606813200.1','support','NONE','ENTERQUEUE',
 '','4599000001','1'),
(2,'2020-12-01 10:00:20.000000','1606813200.1','support','PJSIP/101','CONNECT','20','1606813215.2','5'),
(3,'2020-12-01 10:01:20.000000','1606813200.1','support','PJSIP/101','COMPLETEAGENT','20','60','1');
"""


@pytest.mark.parametrize("source", ["queue_log", "asterisk"])
def test_the_table_of_a_database_says_the_same(source):
    cdrs = [TOOK_101] if source == "asterisk" else []
    of_table = list(SOURCES[source].records(io.BytesIO(TABLE)))
    assert story(source, *cdrs, *of_table) == story(source, *cdrs, ENTERED, TAKEN, DONE)


def test_a_csv_of_the_table_with_all_data_in_one_column():
    exported = (
        "time,callid,queuename,agent,event,data\n",
        f"2020-12-01 10:00:20,{CALL},support,PJSIP/101,CONNECT,20|{NINE}.2|5\n",
        f"2020-12-01 10:01:20,{CALL},support,PJSIP/101,COMPLETECALLER,20|60|1\n",
    )
    assert story("queue_log", *exported) == ["101 IN outside: answered, rang 5 s, talked 60 s"]


QUEUEMETRICS = b"""CREATE TABLE `queue_log` (
  `partition` varchar(20) NOT NULL, `time_id` int(11) NOT NULL, `call_id` varchar(200) NOT NULL,
  `queue` varchar(50) NOT NULL, `agent` varchar(200) NOT NULL, `verb` varchar(30) NOT NULL,
  `data1` varchar(200), `data2` varchar(200), `data3` varchar(200), `data4` varchar(200), `data5` varchar(200),
  `serverid` varchar(10) NOT NULL, `unique_row_count` int(10) NOT NULL AUTO_INCREMENT
);
INSERT INTO `queue_log` VALUES
('P001',1606813200,'1606813200.1','support','NONE','ENTERQUEUE','','4599000001','1','','','',1),
('P001',1606813220,'1606813200.1','support','Agent/101','CONNECT','20','1606813215.2','5','','','',2),
('P001',1606813280,'1606813200.1','support','Agent/101','COMPLETEAGENT','20','60','1','','','',3);
"""


def test_the_table_of_queuemetrics_says_the_same():
    of_table = list(SOURCES["queue_log"].records(io.BytesIO(QUEUEMETRICS)))
    assert story("queue_log", *of_table) == story("queue_log", *QUEUE)[:1]
    exported = ["partition,time_id,call_id,queue,agent,verb,data1,data2,data3,data4,data5\n"]
    exported += [f"P001,{line.strip().replace('|', ',')}" + "," * (9 - line.count("|")) for line in QUEUE]
    assert story("queue_log", *exported) == story("queue_log", *QUEUE)


def test_a_copy_of_the_table_without_times_is_left_alone():
    copy = b"CREATE TABLE `queue_log_processed` (`callid` text, `queuename` text, `event` text, `datetime` datetime);\n"
    copy += b"INSERT INTO `queue_log_processed` VALUES ('1606813200.1','support','CONNECT','2020-12-01 10:00:20');\n"
    assert list(SOURCES["queue_log"].records(io.BytesIO(copy))) == []


def test_before_16_the_channel_of_the_member_tells_how_long_it_rang():
    old = TAKEN.replace("|5\n", "\n")
    assert story("queue_log", ENTERED, MISSED, old, DONE) == story("queue_log", *QUEUE)


def test_what_a_dial_plan_adds_in_its_own_words_says_nothing():
    own = [f"{NINE + 1}|{CALL}|support|NONE|{word}|4570000000\n" for word in ("DID_NUMBER", "Survey-2", "RINGING")]
    assert story("queue_log", *QUEUE, *own) == story("queue_log", *QUEUE)
    assert story("asterisk", *own) == []


def test_a_member_is_found_however_its_technology_is_typed():
    shouted = [line.replace("PJSIP/101", "LOCAL/101@office/n") for line in QUEUE]
    assert story("queue_log", *shouted) == story("queue_log", *QUEUE)


@pytest.mark.parametrize("source", ["queue_log", "asterisk"])
@pytest.mark.parametrize(
    ("line", "why"),
    [
        (TAKEN.replace("|5\n", "|five\n"), "CONNECT: data3 is 'five'; a whole number was expected"),
        (TAKEN.replace("|5\n", "|-5\n"), "CONNECT: data3 is '-5'; a whole number was expected"),
    ],
)
def test_what_cannot_be_used_is_rejected_with_its_reason(source, line, why):
    [found] = read(source, line)
    assert isinstance(found, Rejected) and found.reason == why


def test_a_line_of_something_else_is_none_of_queue_log():
    [found] = read("queue_log", '"","101","102","office"\n')
    assert found.reason == "not a line of queue_log: epoch|callid|queue|agent|event|… was expected"


@pytest.mark.parametrize(("source", "other"), [("queue_log", "asterisk"), ("asterisk", "queue_log")])
def test_a_customer_has_the_cdrs_or_the_queues_alone(source, other):
    with pytest.raises(SourceError, match=f"{source} reports calls that {other} already has for this customer"):
        check_not_twice(SOURCES, source, lambda: ["3cx", other])
    check_not_twice(SOURCES, source, lambda: ["3cx", source])

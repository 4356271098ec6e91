"""Rows and events as an Asterisk before 12 writes them, and what they are for whom. All numbers are made up."""

import random

from calls_table import NUMBERING
from pbxtally import wires
from pbxtally.sources.asterisk.cel import CEL_SAMPLE_COLUMNS
from sources import asterisk_events as cel
from sources.asterisk_rows import ASTERISK, csv_line

OLD = {
    "columns": 18,
    "channel": "SIP/101-08a3b5c8",
    "dstchannel": "SIP/102-b7f0d0e0",
    "lastdata": "SIP/102|20|tT",
}
FROM_OUTSIDE = {"channel": "SIP/trunk-08a3b5c8", "src": "4599000001"}
QUEUE = {**OLD, **FROM_OUTSIDE, "lastapp": "Queue", "lastdata": "600|t|||", "answer": "2020-12-01 10:00:00"}


def story(*rows):
    return ASTERISK.story(*(csv_line(**row) for row in rows), zone="UTC", numbering=NUMBERING)


def test_voicemail_that_takes_the_call_after_the_phone_is_no_answer_of_the_phone():
    mailbox = {**OLD, "lastapp": "VoiceMail", "lastdata": "102@default|u", "answer": "2020-12-01 10:00:20"}
    assert story(mailbox) == [
        "101 OUT local: unanswered, voicemail, rang 20 s, talked 0 s",
        "102 IN local: unanswered, voicemail, rang 20 s, talked 0 s",
    ]


def test_a_caller_who_hangs_up_before_voicemail_answers_gave_up():
    mailbox = {**OLD, "lastapp": "VoiceMail", "answer": "", "billsec": "0", "disposition": "NO ANSWER"}
    assert story(mailbox)[1] == "102 IN local: unanswered, caller_gave_up, rang 65 s, talked 0 s"


def test_a_phone_that_could_not_be_rung_is_named_before_the_bar():
    gone = {**OLD, "dstchannel": "", "answer": "", "billsec": "0", "disposition": "FAILED"}
    assert story(gone)[1] == "102 IN local: failed, unreachable, rang 65 s, talked 0 s"


def test_a_line_of_a_card_is_outside():
    [came] = story({**OLD, "channel": "Zap/31-1", "src": "4599000001"})
    [went] = story({**OLD, "dstchannel": "DAHDI/12-1", "lastdata": "DAHDI/g0/4599000001|300"})
    assert came == "102 IN outside: answered, rang 5 s, talked 60 s"
    assert went == "101 OUT outside: answered, rang 5 s, talked 60 s"


def test_a_member_of_a_queue_counts_once_however_it_is_written():
    inside = {**OLD, "channel": "Local/102@from-queue-45d3,2", "uniqueid": "1606813200.18"}
    for member in ("SIP/102-b7f0d0e0", "SIP/102", "Agent/102", "Local/102@from-queue-45d3,1", "102"):
        assert story({**QUEUE, "dstchannel": member}, inside) == ["102 IN outside: answered, rang 0 s, talked 60 s"], (
            member
        )


def test_who_leaves_a_queue_and_who_logs_in_as_an_agent_is_nobodys_call():
    assert story({**QUEUE, "dstchannel": ""}) == []
    assert story({**OLD, "dstchannel": "", "lastapp": "AgentLogin", "lastdata": "1001"}) == []


# ── since 12, as a table or a Master.csv without linkedid has them ──


WIRE = {
    **FROM_OUTSIDE, "columns": 18, "dstchannel": "Local/103@office-00000005;1", "lastdata": "Local/103@office",
    "end": "2020-12-01 10:00:09", "answer": "2020-12-01 10:00:00", "duration": "9", "billsec": "9",
}  # fmt: skip
BEHIND = {
    **WIRE, "start": "2020-12-01 10:00:09", "answer": "2020-12-01 10:00:09", "end": "2020-12-01 10:01:05",
    "duration": "56", "billsec": "56", "dstchannel": "SIP/102-b7f0d0e0",
}  # fmt: skip


def test_a_wire_that_is_taken_out_when_it_is_answered_is_no_second_answer():
    told = {
        "SIP/102-b7f0d0e0": [
            "102 IN outside: answered, rang 0 s, talked 56 s",
            "103 IN outside: elsewhere, answered_elsewhere, rang 0 s, talked 0 s",
        ],
        "SIP/trunk-b7f0d0e0": ["103 IN outside: answered, forwarded, rang 0 s, talked 56 s"],
    }
    for device, wanted in told.items():
        assert story(WIRE, {**BEHIND, "dstchannel": device}) == wanted
    unanswered = {**WIRE, "answer": "", "billsec": "0", "disposition": "NO ANSWER"}
    assert story(unanswered, BEHIND)[1] == "103 IN outside: unanswered, rang_out, rang 9 s, talked 0 s"


def test_where_more_wires_were_answered_than_a_call_has_the_records_share_an_id_by_mistake(monkeypatch):
    monkeypatch.setattr(wires, "MANY_WIRES", 0)
    assert story(WIRE, BEHIND)[1] == "103 IN outside: answered, rang 0 s, talked 9 s"


# ── channel events: a bridge is told once, at one of its channels ──


BRIDGES = {"PAIR": "BRIDGE_START", "PART": "BRIDGE_END"}
GROUP = """
     0    | START   | SIP/trunk | 1 |                            |
     0.1  | ANSWER  | SIP/trunk | 1 |                            |
     1.5  | DIAL    | SIP/trunk | 1 | D SIP/102&SIP/103,20       |
     1.5  | START   | SIP/102   | 2 |                            |
     1.5  | START   | SIP/103   | 3 |                            |
     5.5  | ANSWER  | SIP/103   | 3 | AD                         |
     5.5  | HANGUP  | SIP/102   | 2 | AD                         | 26,,
     5.6  | PAIR    | SIP/trunk | 1 | D SIP/102&SIP/103,20       | SIP/103-00000003
    15.7  | PART    | SIP/trunk | 1 | D SIP/102&SIP/103,20       | SIP/103-00000003
    15.7  | HANGUP  | SIP/103   | 3 | AD                         | 16,SIP/103-00000003,
    15.7  | DIALLED | SIP/trunk | 1 | D SIP/102&SIP/103,20       |
    15.7  | HANGUP  | SIP/trunk | 1 |                            | 16,SIP/103-00000003,ANSWER
"""
MEMBER = """
     0    | START   | SIP/trunk                     | 1 |      |
     1    | START   | Local/102@from-queue-0000a;1  | 2 |      |
     1    | START   | Local/102@from-queue-0000a;2  | 3 |      |
     1    | DIAL    | Local/102@from-queue-0000a;2  | 3 | D SIP/102,20 |
     1.1  | START   | SIP/102                       | 4 |      |
     6    | ANSWER  | SIP/102                       | 4 | AD   |
     6    | PAIR    | Local/102@from-queue-0000a;2  | 3 | D SIP/102,20 | SIP/102-00000004
     6    | PAIR    | SIP/trunk                     | 1 | Q 600 | Local/102@from-queue-0000a;1
    16    | PART    | SIP/trunk                     | 1 | Q 600 | Local/102@from-queue-0000a;1
    16    | PART    | Local/102@from-queue-0000a;2  | 3 | D SIP/102,20 | SIP/102-00000004
    16    | HANGUP  | SIP/102                       | 4 | AD   | 16,,
    16    | HANGUP  | Local/102@from-queue-0000a;2  | 3 |      | 16,,
    16    | HANGUP  | Local/102@from-queue-0000a;1  | 2 |      | 16,,
    16    | HANGUP  | SIP/trunk                     | 1 |      | 16,,
"""


def events(table):
    """What the last column says is the peer of a bridge, else what was written in `extra`."""
    lines = []
    for row, line in zip(cel.rows(table), table.strip().splitlines(), strict=True):
        word = BRIDGES.get(row["eventtype"])
        said = {
            "eventtype": word or row["eventtype"],
            "extra": "",
            "peer" if word else "extra": line.split("|")[-1].strip(),
        }
        lines.append(cel.csv_line({**row, **said}, CEL_SAMPLE_COLUMNS))
    return cel.read(*lines)


def test_a_bridge_is_entered_by_both_of_its_channels():
    told = [
        "102 IN outside: elsewhere, answered_elsewhere, rang 4 s, talked 0 s",
        "103 IN outside: answered, rang 4 s, talked 10 s",
    ]
    found = events(GROUP)
    random.Random(4).shuffle(found)
    assert cel.told(found) == told
    assert cel.told(found * 2) == told


def test_a_member_behind_a_wire_is_in_the_bridge_at_its_other_end():
    assert cel.told(events(MEMBER)) == ["102 IN outside: answered, rang 4 s, talked 10 s"]


def test_where_nobody_says_who_else_is_in_the_bridge_the_cdrs_stand():
    cdr = ASTERISK.read(csv_line(**OLD, linkedid=cel.CALL), zone="UTC")
    for peer in ("", "SIP/109-00000003"):
        assert cel.told([*events(GROUP.replace("| SIP/103-00000003", f"| {peer}")), *cdr]) == cel.told(cdr)

"""Rows as an Asterisk before 12 writes them, without linkedid, and what they are for whom. All numbers are made up."""

from calls_table import NUMBERING
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

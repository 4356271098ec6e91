"""A morning of calls on one small Asterisk: its rows above, what each phone would say of it below."""

from collections import defaultdict
from datetime import UTC, datetime

from calls_table import NUMBERING, sentence
from pbxtally.calls import Numbering, involvements
from pbxtally.sources import asterisk
from sources.asterisk_rows import ANSWERED, csv_line, leg, line_of

TRUNK_LEG = "PJSIP/trunk/sip:{}@192.0.2.7:5060,12"


class Morning:
    """Writes rows as the server would: clock `at` in minutes, channels and sequence numbers counting up."""

    def __init__(self):
        self.rows = []
        self.minute = 0

    def call(self, *rows):
        """One call: rows of (from, to, app and data, start, answer or None, end, disposition), in seconds."""
        self.minute += 5
        linked = f"{1606813200 + self.minute * 60}.{len(self.rows)}"
        for channel, dstchannel, doing, start, answer, end, disposition in rows:
            app, _, data = doing.partition(" ")
            talk = end - answer if answer is not None else 0
            self.rows.append(
                {
                    **ANSWERED,
                    "src": "4599000001" if channel.startswith("PJSIP/trunk") else channel[6:9],
                    "channel": channel,
                    "dstchannel": dstchannel,
                    "lastapp": app,
                    "lastdata": data,
                    "start": self.clock(start),
                    "answer": "" if answer is None else self.clock(answer),
                    "end": self.clock(end),
                    "duration": str(end - start),
                    "billsec": str(talk),
                    "disposition": disposition,
                    "uniqueid": linked,
                    "linkedid": linked,
                    "sequence": str(len(self.rows)),
                }
            )

    def clock(self, second):
        return f"{datetime.fromtimestamp(1606813200 + self.minute * 60 + second, UTC):%Y-%m-%d %H:%M:%S}"

    def told(self):
        """What each extension had, call by call, in time order."""
        calls = defaultdict(list)
        for row in self.rows:
            calls[row["linkedid"]].append(leg(line_of(row, asterisk.COLUMNS), zone="UTC"))
        told = defaultdict(list)
        for legs in calls.values():
            for one in involvements(legs, NUMBERING):
                extension, words = sentence(one).split(" ", 1)
                told[extension].append(words)
        return dict(told)


def phone(number, index=1):
    return f"PJSIP/{number}-{index:08x}"


def test_a_ring_group_behind_answer():
    morning, dial = Morning(), "Dial PJSIP/102&PJSIP/103&PJSIP/107,9,tT"
    morning.call(
        (phone("trunk"), phone("102"), dial, 0, 0, 6, "NO ANSWER"),
        (phone("trunk"), phone("103"), dial, 1, 1, 1, "BUSY"),
        (phone("trunk"), phone("107"), dial, 1, 1, 12, "ANSWERED"),
    )
    morning.call(
        (phone("trunk"), phone("102"), dial, 0, 0, 9, "NO ANSWER"),
        (phone("trunk"), phone("103"), dial, 0, 0, 0, "BUSY"),
        (phone("trunk"), "", "Hangup", 9, 9, 10, "ANSWERED"),
    )
    assert morning.told() == {
        "102": [
            "IN outside: elsewhere, answered_elsewhere, rang 6 s, talked 0 s",
            "IN outside: unanswered, rang_out, rang 9 s, talked 0 s",
        ],
        "103": ["IN outside: busy, rang 0 s, talked 0 s"] * 2,
        "107": ["IN outside: answered, rang 5 s, talked 6 s"],
    }


def test_a_ring_group_among_colleagues():
    morning, dial = Morning(), "Dial PJSIP/102&PJSIP/103&PJSIP/107,9,tT"
    morning.call(
        (phone("101"), phone("102"), dial, 0, None, 4, "NO ANSWER"),
        (phone("101"), phone("103"), dial, 0, None, 0, "BUSY"),
        (phone("101"), phone("107"), dial, 0, 4, 9, "ANSWERED"),
    )
    assert morning.told() == {
        "101": ["OUT local: answered, rang 4 s, talked 5 s"],
        "102": ["IN local: elsewhere, answered_elsewhere, rang 4 s, talked 0 s"],
        "103": ["IN local: busy, rang 0 s, talked 0 s"],
        "107": ["IN local: answered, rang 4 s, talked 5 s"],
    }


def test_what_is_cancelled_was_given_up_or_taken_by_a_colleague():
    morning, dial = Morning(), "Dial PJSIP/102&PJSIP/107,20,tT"
    morning.call((phone("trunk"), phone("102"), dial, 0, None, 8, "CANCEL"))
    morning.call(
        (phone("trunk"), phone("102"), dial, 0, None, 4, "CANCEL"),
        (phone("trunk"), phone("107"), dial, 0, 4, 9, "ANSWERED"),
    )
    assert morning.told() == {
        "102": [
            "IN outside: unanswered, caller_gave_up, rang 8 s, talked 0 s",
            "IN outside: elsewhere, answered_elsewhere, rang 4 s, talked 0 s",
        ],
        "107": ["IN outside: answered, rang 4 s, talked 5 s"],
    }


def test_a_hunt():
    morning = Morning()
    morning.call(
        (phone("104"), phone("102"), "Dial PJSIP/102,3,tT", 0, None, 3, "NO ANSWER"),
        (phone("104"), phone("103"), "Dial PJSIP/103,3,tT", 3, None, 3, "BUSY"),
        (phone("104"), phone("101"), "Dial PJSIP/101,5,tT", 3, 4, 9, "ANSWERED"),
    )
    assert morning.told() == {
        "101": ["IN local: answered, rang 1 s, talked 5 s"],
        "102": ["IN local: unanswered, rang_out, rang 3 s, talked 0 s"],
        "103": ["IN local: busy, rang 0 s, talked 0 s"],
        "104": ["OUT local: answered, rang 4 s, talked 5 s"],
    }


def test_a_queue_that_tries_twice():
    morning, queue = Morning(), "Queue sales,rtT,,,5"
    morning.call(
        (phone("trunk"), phone("102"), queue, 0, 0, 3, "NO ANSWER"),
        (phone("trunk"), phone("102", 2), queue, 4, 4, 5, "NO ANSWER"),
        (phone("trunk"), "", "Hangup", 5, 5, 5, "ANSWERED"),
    )
    morning.call(
        (phone("trunk"), phone("102"), queue, 0, 0, 3, "NO ANSWER"),
        (phone("trunk"), phone("107"), queue, 4, 4, 30, "ANSWERED"),
    )
    assert morning.told() == {
        "102": [
            "IN outside: unanswered, rang_out, rang 5 s, talked 0 s",
            "IN outside: unanswered, rang_out, rang 3 s, talked 0 s",
        ],
        "107": ["IN outside: answered, rang 0 s, talked 26 s"],  # the row cannot tell how long it rang
    }


def test_follow_me_through_local_channels():
    morning, dial = Morning(), "Dial Local/102@office/n&Local/101@office/n,9,tT"
    morning.call(
        (phone("103"), "Local/102@office-00000001;1", dial, 0, None, 1, "NO ANSWER"),
        ("Local/102@office-00000001;2", phone("102"), "Dial PJSIP/102,8,tT", 0, None, 1, "NO ANSWER"),
        ("Local/101@office-00000002;2", phone("101"), "Dial PJSIP/101,8,tT", 0, 1, 6, "ANSWERED"),
        (phone("103"), "Local/101@office-00000002;1", dial, 0, 1, 6, "ANSWERED"),
    )
    assert morning.told() == {
        "101": ["IN local: answered, rang 1 s, talked 5 s"],
        "102": ["IN local: elsewhere, answered_elsewhere, rang 1 s, talked 0 s"],
        "103": ["OUT local: answered, rang 1 s, talked 5 s"],
    }


def test_a_phone_forwarded_outside():
    morning = Morning()
    morning.call(
        (phone("trunk"), "Local/108@office-00000001;1", "Dial Local/108@office/n,20", 0, 4, 24, "ANSWERED"),
        (
            "Local/108@office-00000001;2",
            phone("trunk", 2),
            "Dial " + TRUNK_LEG.format("4599000009"),
            0,
            4,
            24,
            "ANSWERED",
        ),
    )
    assert morning.told() == {"108": ["IN outside: answered, forwarded, rang 4 s, talked 20 s"]}


def test_a_blind_transfer():
    morning = Morning()
    morning.call(
        (phone("trunk"), phone("108"), "Dial PJSIP/108,8,tT", 0, 2, 12, "ANSWERED"),
        (phone("trunk"), phone("104"), "Dial PJSIP/104,8,tT", 12, 12, 32, "ANSWERED"),
    )
    assert morning.told() == {
        "104": ["IN outside: answered, rang 0 s, talked 20 s"],  # answered before, so the ringing is in the talk
        "108": ["IN outside: answered, rang 2 s, talked 10 s"],
    }


def test_declined_busy_offline_and_given_up():
    morning = Morning()
    morning.call(
        (phone("101"), phone("106"), "Dial PJSIP/106,8,tT", 0, None, 1, "NO ANSWER"),
        (phone("101"), "", "Hangup", 1, None, 1, "NO ANSWER"),
    )
    morning.call(
        (phone("101"), phone("103"), "Dial PJSIP/103,8,tT", 0, None, 0, "BUSY"),
        (phone("101"), "", "Hangup", 0, None, 0, "BUSY"),
    )
    morning.call((phone("trunk"), "", "Dial PJSIP/105,8,tT", 0, None, 0, "FAILED"))
    morning.call((phone("trunk"), phone("107"), "Dial PJSIP/107,8,tT", 0, None, 2, "NO ANSWER"))
    assert morning.told() == {
        "101": [
            "OUT local: unanswered, rejected, rang 1 s, talked 0 s",
            "OUT local: busy, rang 0 s, talked 0 s",
        ],
        "103": ["IN local: busy, rang 0 s, talked 0 s"],
        "105": ["IN outside: failed, unreachable, rang 0 s, talked 0 s"],
        "106": ["IN local: unanswered, rejected, rang 1 s, talked 0 s"],
        "107": ["IN outside: unanswered, caller_gave_up, rang 2 s, talked 0 s"],
    }


def test_calls_to_the_outside():
    morning, dial = Morning(), "Dial " + TRUNK_LEG.format("4599000001")
    morning.call((phone("102"), phone("trunk"), dial, 0, 2, 7, "ANSWERED"))
    morning.call((phone("102"), phone("trunk"), dial, 0, None, 2, "NO ANSWER"))
    morning.call(
        (phone("102"), phone("trunk"), dial, 0, None, 0, "BUSY"),
        (phone("102"), "", "Hangup", 0, None, 0, "BUSY"),
    )
    morning.call(
        (phone("102"), phone("trunk"), dial, 0, None, 0, "CONGESTION"),
        (phone("102"), "", "Hangup", 0, None, 0, "CONGESTION"),
    )
    morning.call((phone("102"), "", dial, 0, None, 0, "FAILED"))
    assert morning.told() == {
        "102": [
            "OUT outside: answered, rang 2 s, talked 5 s",
            "OUT outside: unanswered, caller_gave_up, rang 2 s, talked 0 s",
            "OUT outside: busy, rang 0 s, talked 0 s",
            "OUT outside: failed, rang 0 s, talked 0 s",
            "OUT outside: failed, unreachable, rang 0 s, talked 0 s",
        ]
    }


def test_announcements_conferences_and_voicemail_are_nobodys_or_no_answer():
    morning = Morning()
    morning.call((phone("101"), "", "Playback opening-hours", 0, 0, 9, "ANSWERED"))
    morning.call((phone("101"), "", "ConfBridge 800", 0, 0, 900, "ANSWERED"))
    morning.call((phone("101"), "", "VoiceMailMain 101", 0, 0, 30, "ANSWERED"))
    morning.call(
        (phone("trunk"), phone("104"), "Dial PJSIP/104,8,tT", 0, None, 8, "NO ANSWER"),
        (phone("trunk"), "", "VoiceMail 104,u", 8, 8, 40, "ANSWERED"),
    )
    assert morning.told() == {"104": ["IN outside: unanswered, voicemail, rang 8 s, talked 0 s"]}


def test_a_numbered_trunk_is_no_phone_once_it_is_named():
    line = csv_line(channel="SIP/4599-00000001", src="4599000001")
    told = [sentence(one) for one in involvements([leg(line)], Numbering(trunks=frozenset({"4599"})))]
    assert told == ["102 IN outside: answered, rang 5 s, talked 60 s"]

"""Asterisk's rows above, the leg they become below. Every number and name here is made up."""

import csv
import io
import json
from collections import defaultdict
from datetime import UTC, datetime

import pytest

from calls_table import NUMBERING, ms, sentence
from pbxtally.calls import SERVICE, Leg, Numbering, Result, Via, involvements
from pbxtally.records import MANY_BYTES, Rejected
from pbxtally.sources import asterisk
from reads import Reads

ANSWERED = {
    "accountcode": "acme",
    "src": "101",
    "dst": "102",
    "dcontext": "office",
    "clid": '"Anna" <101>',
    "channel": "PJSIP/101-0000000a",
    "dstchannel": "PJSIP/102-0000000b",
    "lastapp": "Dial",
    "lastdata": "PJSIP/102,20,tT",
    "start": "2020-12-01 10:00:00",
    "answer": "2020-12-01 10:00:05",
    "end": "2020-12-01 10:01:05",
    "duration": "65",
    "billsec": "60",
    "disposition": "ANSWERED",
    "amaflags": "DOCUMENTATION",
    "uniqueid": "1606813200.17",
    "userfield": "",
    "peeraccount": "",
    "linkedid": "1606813200.17",
    "sequence": "21",
}
UNANSWERED = {"answer": "", "end": "2020-12-01 10:00:20", "duration": "20", "billsec": "0", "disposition": "NO ANSWER"}
BARE = {"duration", "billsec", "sequence"}


def csv_line(columns=21, names=asterisk.COLUMNS, **changes):
    row = {**ANSWERED, **changes}
    return line_of(row, names[:columns])


def line_of(row, names):
    cells = [row[name] if name in BARE else '"' + row[name].replace('"', '""') + '"' for name in names]
    return (",".join(cells) + "\n").encode()


def without(names, *gone):
    return [name for name in names if name not in gone]


ASTERISK = Reads("asterisk")
read, leg, reason, stream = ASTERISK.read, ASTERISK.leg, ASTERISK.reason, ASTERISK.stream


# ── the shapes ──


def test_a_whole_row():
    assert leg(csv_line()) == Leg(
        key="1606813200.17 21",
        call="1606813200.17",
        started_ms=ms("09:00:00"),
        ended_ms=ms("09:01:05"),
        answered_ms=ms("09:00:05"),
        ring_ms=5_000,
        talk_ms=60_000,
        via=Via.DEVICE,
        result=Result.ANSWERED,
        caller_number="101",
        caller_name="Anna",
        caller_device="101",
        callee_device="102",
        dialled="102",
        ring_limit_ms=20_000,
        epoch_ms=1_606_813_200_000,
        words="ANSWERED Dial(PJSIP/102,20,tT)",
    )


SHAPES = {
    "16 columns": csv_line(16),
    "17 columns, the last is uniqueid": csv_line(17),
    "17 columns, the last is userfield": csv_line(names=[*asterisk.COLUMNS[:16], "userfield"], userfield="sales"),
    "18 columns": csv_line(18),
    "19 columns": csv_line(19),
    "20 columns": csv_line(20),
    "21 columns": csv_line(21),
    "cdr_custom": csv_line(names=asterisk.CUSTOM_COLUMNS),
    "JSON": json.dumps(ANSWERED).encode(),
}


@pytest.mark.parametrize("line", SHAPES.values(), ids=SHAPES)
def test_every_shape_tells_the_same(line):
    told, whole = leg(line), leg(csv_line())
    same = without(Leg._fields, "key", "call", "epoch_ms")
    assert [getattr(told, name) for name in same] == [getattr(whole, name) for name in same]


@pytest.mark.parametrize(
    ("line", "key", "call", "epoch_ms"),
    [
        (
            SHAPES["16 columns"],
            "PJSIP/101-0000000a PJSIP/102-0000000b 2020-12-01 10:00:00 Dial PJSIP/102,20,tT",
            "PJSIP/101-0000000a 2020-12-01",
            None,
        ),
        (
            SHAPES["17 columns, the last is userfield"],
            "PJSIP/101-0000000a PJSIP/102-0000000b 2020-12-01 10:00:00 Dial PJSIP/102,20,tT",
            "PJSIP/101-0000000a 2020-12-01",
            None,
        ),
        (
            SHAPES["18 columns"],
            "1606813200.17 PJSIP/102-0000000b 2020-12-01 10:00:00 Dial PJSIP/102,20,tT",
            "1606813200.17",
            1_606_813_200_000,
        ),
        (SHAPES["cdr_custom"], "1606813200.17 21", "1606813200.17", 1_606_813_200_000),
        (SHAPES["JSON"], "1606813200.17 21", "1606813200.17", 1_606_813_200_000),
    ],
)
def test_what_a_leg_is_known_by(line, key, call, epoch_ms):
    assert (leg(line).key, leg(line).call, leg(line).epoch_ms) == (key, call, epoch_ms)


def test_channel_names_begin_anew_with_the_server_so_another_day_is_another_call():
    first = leg(csv_line(16))
    later = leg(csv_line(16, start="2020-12-02 10:00:00", answer="2020-12-02 10:00:05", end="2020-12-02 10:01:05"))
    assert first.call != later.call


def test_the_legs_of_a_call_share_linkedid_whatever_their_uniqueid():
    assert leg(csv_line(uniqueid="1606813200.19", linkedid="1606813200.17")).call == "1606813200.17"


def test_a_uniqueid_may_have_the_systems_name_in_front():
    assert leg(csv_line(uniqueid="pbx-1-1606813200.17")).epoch_ms == 1_606_813_200_000


def test_json_times_may_be_epoch_seconds_with_a_fraction():
    row = {
        **ANSWERED,
        "start": 1606813200.25,
        "answer": 1606813205.5,
        "end": 1606813265.75,
        "duration": 65.5,
        "billsec": 60.25,
    }
    told = leg(json.dumps(row).encode())
    assert told.started_ms == ms("09:00:00.250")
    assert (told.answered_ms, told.ended_ms) == (ms("09:00:05.500"), ms("09:01:05.750"))
    assert (told.ring_ms, told.talk_ms) == (5_250, 60_250)


def test_json_says_never_answered_with_zero():
    row = {**ANSWERED, **UNANSWERED, "start": 1606813200.0, "answer": 0.000000, "end": 1606813220.0}
    for answer in (0.0, "0.000000", "", None):
        told = leg(json.dumps({**row, "answer": answer}).encode())
        assert (told.answered_ms, told.ring_ms, told.result) == (None, 20_000, Result.UNANSWERED)


def test_blank_lines_are_nothing_and_lines_are_counted_with_them():
    found = read(b"\n", csv_line(), b"  \r\n", b"nonsense\n")
    assert [type(one) for one in found] == [Leg, Rejected]
    assert found[1].line == 4


def test_the_shapes_may_be_mixed_line_by_line():
    assert all(isinstance(one, Leg) for one in read(*SHAPES.values()))


# ── bytes ──


def test_a_byte_order_mark_and_windows_line_ends_change_nothing():
    assert leg(b"\xef\xbb\xbf" + csv_line().replace(b"\n", b"\r\n")) == leg(csv_line())
    assert leg(b"\xef\xbb\xbf" + SHAPES["JSON"]) == leg(SHAPES["JSON"])


def test_a_name_is_utf8_or_else_latin1():
    assert leg(csv_line(clid='"Søren Ægir" <101>')).caller_name == "Søren Ægir"
    latin = csv_line(clid='"Søren Ægir" <101>').decode().encode("latin-1")
    assert leg(latin).caller_name == "Søren Ægir"


def test_a_strange_byte_inside_a_number_drops_nothing():
    assert leg(csv_line(src="10X1").replace(b"10X1", b"10\xa51")).caller_number == "10¥1"


def test_half_a_character_in_json_can_still_be_kept():
    line = json.dumps({**ANSWERED, "channel": "PJSIP/1\ud800-1", "dstchannel": "Local/2\udfff@x-0001;1"}).encode()
    line = line.replace(b"1606813200.17", b"1606813200.17\\ud83d")
    assert all(isinstance(value, int | None) or value.encode() is not None for value in leg(line))


def test_quotes_and_commas_inside_cells():
    told = leg(csv_line(clid='"Anna ""the boss"", sales" <101>', lastdata="PJSIP/102,20,b(add-ref^s^1)"))
    assert told.caller_name == 'Anna ""the boss"", sales'
    assert (told.callee_device, told.ring_limit_ms) == ("102", 20_000)


def test_a_caller_without_a_name():
    assert [leg(csv_line(clid=clid)).caller_name for clid in ("<101>", '"" <101>', "101", "")] == ["", "", "", ""]


def test_long_texts_are_shortened_and_the_leg_is_kept():
    told = leg(csv_line(clid=f'"{"N" * 5000}" <101>', src="1" * 5000, lastdata="x" * 5000))
    assert (len(told.caller_name), len(told.caller_number), len(told.words)) == (256, 128, 1024)


# ── what cannot be used ──


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (csv_line()[:90], "a quote is open at the end of the line; is the file cut off?"),
        (csv_line().replace(b"Anna", b"An\0na"), "not text: the line holds a NUL byte"),
        (csv_line(userfield="x" * MANY_BYTES), f"the line is longer than {MANY_BYTES} bytes"),
        (csv_line(15), "15 columns; Asterisk writes 16 to 21"),
        (csv_line().replace(b"\n", b",1\n"), "22 columns; Asterisk writes 16 to 21"),
        (b"\xef\xbb\xbf\n", "0 columns; Asterisk writes 16 to 21"),
        (b"\xde\xad\xbe\xef\xff\n", "1 columns; Asterisk writes 16 to 21"),
        (b'"a"b,c\n', "not a CSV line: ',' expected after '\"'"),
        (csv_line(disposition="FRIENDLY"), "unknown disposition 'FRIENDLY'; known are ANSWERED, NO ANSWER, BUSY, "),
        (csv_line(disposition="disposition"), "unknown disposition 'disposition'"),
        (csv_line(start=""), "start is empty"),
        (csv_line(start="0000-00-00 00:00:00"), "start is no time; expected YYYY-MM-DD HH:MM:SS or epoch seconds"),
        (csv_line(start="2020-02-30 10:00:00"), "start is no time; expected YYYY-MM-DD HH:MM:SS or epoch seconds"),
        (csv_line(start="2020-12-01 10:00:75"), "start is no time; expected YYYY-MM-DD HH:MM:SS or epoch seconds"),
        (csv_line(start="1 Dec 2020"), "start is no time; expected YYYY-MM-DD HH:MM:SS or epoch seconds"),
        (csv_line(start="-5"), "start is no time"),
        (csv_line(start="nan"), "start is no time"),
        (csv_line(start="1e300"), "start is no time"),
        (csv_line(answer="soon"), "answer is no time; expected"),
        (csv_line(end="2020-12-01 09:59:59"), "impossible times: start, answer and end are not in this order"),
        (csv_line(answer="2020-12-01 09:59:59"), "impossible times: start, answer and end are not in this order"),
        (csv_line(answer="2020-12-01 10:01:06"), "impossible times: start, answer and end are not in this order"),
        (csv_line(duration="long"), "duration is not a number"),
        (csv_line(billsec="-1"), "billsec is not a number of seconds"),
        (csv_line(billsec="inf"), "billsec is not a number of seconds"),
        (csv_line(billsec="nan"), "billsec is not a number of seconds"),
        (b'{"channel": "PJSIP/101-0a", "dispos\n', "not JSON; is the line cut off?"),
        (b"{" + b'"a":{' * 10_000 + b"\n", "not JSON; is the line cut off?"),
        (b'{"name": "Anna"}\n', "not a CDR: an object with channel and disposition was expected"),
        (json.dumps({**ANSWERED, "duration": [65]}).encode(), "duration is not a number"),
        (json.dumps({**ANSWERED, "start": {}}).encode(), "start is no time; expected"),
        (json.dumps({**ANSWERED, "start": [1]}).encode(), "start is no time; expected"),
        (json.dumps({**ANSWERED, "disposition": []}).encode(), "unknown disposition '[]'"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_record_that_cannot_be_used_says_why(line, why):
    assert reason(line).startswith(why)


def test_a_rejection_keeps_the_place_and_the_beginning_of_the_bytes():
    broken = csv_line(userfield="x" * MANY_BYTES)
    assert read(csv_line(), broken, csv_line()) == [
        leg(csv_line()),
        Rejected(2, f"the line is longer than {MANY_BYTES} bytes", broken[:MANY_BYTES]),
        leg(csv_line()),
    ]


def test_a_file_of_another_source_is_rejected_line_by_line():
    found = read(b"historyid,callid,duration\n", b'{"_id": "1", "caller": {}}\n', b"PK\x03\x04\n", b"\xff\xfeu\x00\n")
    assert [one.line for one in found if isinstance(one, Rejected)] == [1, 2, 3, 4]


# ── time ──


def test_times_are_the_pbxs_own_clock():
    assert leg(csv_line(), zone="UTC").started_ms == ms("10:00:00")
    assert leg(csv_line(), zone="America/New_York").started_ms == ms("15:00:00")


@pytest.mark.parametrize(
    ("uniqueid", "started"),
    [("1603585800.1", "2020-10-25 00:30:00"), ("1603589400.1", "2020-10-25 01:30:00"), ("", "2020-10-25 00:30:00")],
    ids=["first time round", "second time round", "nobody knows"],
)
def test_in_the_doubled_hour_the_uniqueid_tells_which(uniqueid, started):
    clock = "2020-10-25 02:30:00"
    told = leg(csv_line(start=clock, answer="2020-10-25 02:30:05", end="2020-10-25 02:31:05", uniqueid=uniqueid))
    assert told.started_ms == ms(started)
    assert (told.answered_ms - told.started_ms, told.ended_ms - told.started_ms) == (5_000, 65_000)


def test_a_call_across_the_end_of_summer_time_is_as_long_as_it_was():
    told = leg(
        csv_line(
            start="2020-10-25 02:59:30",
            answer="2020-10-25 02:59:40",
            end="2020-10-25 02:00:40",
            duration="70",
            billsec="60",
            uniqueid="1603587570.1",
        )
    )
    assert (told.started_ms, told.ended_ms) == (ms("2020-10-25 00:59:30"), ms("2020-10-25 01:00:40"))


def test_a_time_that_the_clock_skips_moves_on():
    clock = {"start": "2020-03-29 02:30:00", "answer": "", "end": "2020-03-29 02:30:20"}
    assert leg(csv_line(**{**UNANSWERED, **clock})).started_ms == ms("2020-03-29 01:30:00")


def test_without_an_end_the_duration_tells():
    assert leg(csv_line(end="")).ended_ms == ms("09:01:05")


# ── who ──


@pytest.mark.parametrize(
    ("channel", "device"),
    [
        ("PJSIP/107-00000022", "107"),
        ("SIP/107-0000a0f3", "107"),
        ("SIP/main-trunk-0000a0f3", "main-trunk"),
        ("IAX2/branch-1204", "branch"),
        ("DAHDI/i1/4599000001-3", "i1"),
        ("DAHDI/12-1", "12"),
        ("SCCP/107-00000001", "107"),
        ("Khomp/B0C1-5.0", "B0C1-5.0"),
        ("AsyncGoto/PJSIP/107-00000022", "107"),
        ("Transfered/SIP/107-0000a0f3", "107"),
        ("SIP/107-0000a0f3<ZOMBIE>", "107"),
        ("PJSIP/acme-sales", "acme-sales"),
        ("Local/107@office-00000001;2", ""),
        ("OutgoingSpoolFailed", ""),
        ("", ""),
    ],
)
def test_the_device_behind_a_channel(channel, device):
    assert asterisk.device_of(channel) == device


@pytest.mark.parametrize(
    ("target", "device"),
    [
        ("PJSIP/105", "105"),
        ("PJSIP/trunk/sip:4599000001@192.0.2.1:5060", "trunk"),
        ("PJSIP/4599000001@trunk", "trunk"),
        ("SIP/trunk/4599000001", "trunk"),
        ("DAHDI/g0/4599000001", "g0"),
        ("Local/105@office", "105"),
        ("", ""),
    ],
)
def test_the_device_behind_a_dial_argument(target, device):
    assert asterisk.dialled_device(target) == device


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({}, (Via.DEVICE, Result.ANSWERED, "102")),
        ({"disposition": "NO ANSWER"}, (Via.DEVICE, Result.UNANSWERED, "102")),
        ({"disposition": "BUSY"}, (Via.DEVICE, Result.BUSY, "102")),
        ({"disposition": "FAILED"}, (Via.DEVICE, Result.FAILED, "102")),
        ({"disposition": "congestion"}, (Via.DEVICE, Result.FAILED, "102")),
        ({"dstchannel": "Local/102@office-00000001;1"}, (Via.WIRE, Result.ANSWERED, "102")),
        ({"dstchannel": "", "disposition": "FAILED"}, (Via.DEVICE, Result.UNREACHABLE, "102")),
        ({"dstchannel": "", "disposition": "BUSY"}, (Via.DEVICE, Result.BUSY, "102")),
        (
            {"dstchannel": "", "disposition": "FAILED", "lastdata": "PJSIP/102&PJSIP/103,20"},
            (Via.DEVICE, Result.UNREACHABLE, SERVICE),
        ),
        ({"dstchannel": "", "lastapp": "Hangup", "lastdata": ""}, (Via.MACHINE, Result.ANSWERED, "")),
        ({"dstchannel": "", "lastapp": "Playback", "lastdata": "hello"}, (Via.MACHINE, Result.ANSWERED, "")),
        ({"dstchannel": "", "lastapp": "Queue", "disposition": "NO ANSWER"}, (Via.MACHINE, Result.UNANSWERED, "")),
        ({"dstchannel": "", "lastapp": "VoiceMail", "lastdata": "102@office,u"}, (Via.VOICEMAIL, Result.ANSWERED, "")),
        ({"dstchannel": "", "lastapp": "VoiceMailMain", "lastdata": "101"}, (Via.MACHINE, Result.ANSWERED, "")),
    ],
)
def test_what_a_row_led_to(changes, wanted):
    told = leg(csv_line(**changes))
    assert (told.via, told.result, told.callee_device) == wanted


def test_the_disposition_wins_over_billsec():
    told = leg(csv_line(**{**UNANSWERED, "answer": "2020-12-01 10:00:00", "billsec": "20"}))
    assert (told.answered_ms, told.talk_ms, told.ring_ms, told.result) == (None, 0, 20_000, Result.UNANSWERED)


@pytest.mark.parametrize(
    ("app", "data", "limit_ms"),
    [
        ("Dial", "PJSIP/102,20,tT", 20_000),
        ("Dial", "SIP/102|20|tT", 20_000),
        ("Dial", "PJSIP/102", None),
        ("Dial", "PJSIP/102,,tT", None),
        ("Queue", "sales,20,,,60", None),
    ],
)
def test_how_long_the_pbx_meant_to_ring(app, data, limit_ms):
    assert leg(csv_line(lastapp=app, lastdata=data)).ring_limit_ms == limit_ms


def test_both_ends_of_a_wire_share_its_name():
    near = leg(csv_line(dstchannel="Local/102@office-00000001;1"))
    far = leg(csv_line(channel="Local/102@office-00000001;2"))
    assert near.callee_wire == far.caller_wire == "Local/102@office-00000001"
    assert (near.caller_wire, far.callee_wire, far.caller_device) == ("", "", "")


def test_without_linkedid_the_near_end_of_a_wire_stands_for_both():
    near = leg(csv_line(18, dstchannel="Local/102@office-00000001;1"))
    far = leg(csv_line(18, channel="Local/102@office-00000001;2", uniqueid="1606813200.18"))
    told = [sentence(one) for call in ([near], [far]) for one in involvements(call, NUMBERING)]
    assert told == [
        "101 OUT local: answered, rang 5 s, talked 60 s",
        "102 IN local: answered, rang 5 s, talked 60 s",
    ]


# ── a morning of calls on one small PBX, and what each phone would say of it ──

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


# ── the table `cdr` of a database ──

TABLE = (
    "calldate clid src dst dcontext channel dstchannel lastapp lastdata duration billsec disposition amaflags "
    "accountcode uniqueid userfield did recordingfile cnum cnam linkedid peeraccount sequence"
).split()
RING_GROUP = [
    {**ANSWERED, "linkedid": "1606813200.17", **UNANSWERED, "end": "2020-12-01 10:00:05", "duration": "5"},
    {**ANSWERED, "dstchannel": "PJSIP/103-0000000c", "sequence": "22"},
    {**ANSWERED, "uniqueid": "1606813300.1", "linkedid": "1606813300.1", "start": "2020-12-01 10:01:40", **UNANSWERED}
    | {"end": "2020-12-01 10:02:00", "disposition": "BUSY"},
    {**ANSWERED, "uniqueid": "1606813400.1", "linkedid": "1606813400.1", "start": "2020-12-01 10:03:20"}
    | {"answer": "2020-12-01 10:03:20", "end": "2020-12-01 10:03:50", "duration": "30", "billsec": "30"},
]


def in_table(row, **changes):
    said = {"calldate": row["start"], "did": "", "recordingfile": "", "cnum": row["src"], "cnam": "", **row, **changes}
    return [said[name] for name in TABLE]


def mysqldump(rows):
    values = ",".join("(" + ",".join("'" + cell.replace("'", "\\'") + "'" for cell in row) + ")" for row in rows)
    columns = ",\n".join(f"  `{name}` varchar(80) NOT NULL DEFAULT ''" for name in TABLE)
    return f"-- MySQL dump 10.19\nCREATE TABLE `cdr` (\n{columns}\n);\nINSERT INTO `cdr` VALUES {values};\n"


def export(rows, separator=","):
    written = io.StringIO()
    csv.writer(written, delimiter=separator).writerows([TABLE, *rows])
    return written.getvalue()


def read_file(text):
    return read(*asterisk.records(io.BytesIO(text.encode())))


@pytest.mark.parametrize(
    "write",
    [mysqldump, export, lambda rows: export(rows, ";"), lambda rows: export(rows, "\t")],
    ids=["mysqldump", "CSV", "semicolons", "tabs"],
)
def test_a_table_gives_the_same_legs_as_master_csv(write):
    from_files = read(*(line_of(row, asterisk.COLUMNS) for row in RING_GROUP))
    assert read_file(write([in_table(row) for row in RING_GROUP])) == from_files
    assert len(from_files) == 4


NUMBERS = {"0": "UNANSWERED", "1": "UNANSWERED", "2": "FAILED", "4": "BUSY", "8": "ANSWERED", "16": "FAILED"}


@pytest.mark.parametrize(("number", "result"), NUMBERS.items())
def test_a_disposition_may_be_a_number(number, result):
    [found] = read_file(mysqldump([in_table(ANSWERED, disposition=number)]))
    assert found.result == Result[result]


def test_rows_of_a_table_without_a_date_or_without_columns_say_why():
    [no_date] = read_file(mysqldump([in_table(ANSWERED, calldate="0000-00-00 00:00:00")]))
    [no_columns] = read_file("INSERT INTO `cdr` VALUES ('2020-12-01 10:00:00','101');\n")
    [too_few] = read_file(export([["2020-12-01 10:00:00", "101"]]))
    assert no_date.reason == "start is an all-zero date"
    assert no_columns.reason.startswith("a row of a SQL dump that does not fit its columns")
    assert too_few.reason == "2 columns; the heading has 23"


def test_an_answer_that_is_all_zeros_is_none():
    [found] = read(json.dumps({**ANSWERED, **UNANSWERED, "answer": "0000-00-00 00:00:00"}).encode())
    assert found.answered_ms is None


def test_a_time_may_have_fractions_and_an_offset():
    [local] = read(json.dumps({**ANSWERED, "start": "2020-12-01 10:00:00.250"}).encode())
    [offset] = read(json.dumps({**ANSWERED, "start": "2020-12-01 09:00:00.25+00"}).encode())
    assert local.started_ms == offset.started_ms == ms("2020-12-01 09:00:00.250")


def test_a_heading_is_given_again_to_every_piece():
    assert asterisk.heading([export([]).encode()]) == 1
    assert asterisk.heading([csv_line()]) == asterisk.heading([]) == 0


def test_a_first_line_that_is_no_text_is_no_heading():
    assert asterisk.heading([b'uniqueid,"channel"x,\0\n']) == 0
    assert reason(b"uniqueid,channel\0\n") == "not text: the line holds a NUL byte"

"""What one row of Asterisk says: when it was, who took part, what it led to."""

import json

import pytest

from calls_table import NUMBERING, ms, sentence
from pbxtally.calls import SERVICE, Result, Via, involvements
from pbxtally.sources import asterisk
from sources.asterisk_rows import ANSWERED, UNANSWERED, csv_line, leg

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


@pytest.mark.parametrize("row", [ANSWERED, {**ANSWERED, **UNANSWERED}], ids=["answered", "unanswered"])
@pytest.mark.parametrize("gone", [("billsec",), ("duration",), ("billsec", "duration")])
def test_what_a_layout_has_no_length_for_its_times_tell(row, gone):
    fewer = json.dumps({name: word for name, word in row.items() if name not in gone}).encode()
    assert leg(fewer) == leg(json.dumps(row).encode())


# ── who ──


@pytest.mark.parametrize(
    ("channel", "device"),
    [
        ("PJSIP/107-00000022", "107"),
        ("SIP/107-0000a0f3", "107"),
        ("SIP/main-trunk-0000a0f3", "main-trunk"),
        ("IAX2/branch-1204", "branch"),
        ("DAHDI/i1/4599000001-3", "i1"),
        ("DAHDI/12-1", "DAHDI/12"),  # the twelfth line of the cards is no extension 12
        ("Zap/31-2", "Zap/31"),
        ("IAX2/acme-2001-175", "acme-2001"),
        ("Dongle/gsm1-0100000001", "gsm1"),
        ("OOH323/gateway-1946", "gateway"),
        ("Agent/1001", "1001"),
        ("SCCP/107-00000001", "107"),
        ("Khomp/B0C1-5.0", "B0C1-5.0"),
        ("AsyncGoto/PJSIP/107-00000022", "107"),
        ("Transfered/SIP/107-0000a0f3", "107"),
        ("Parked/SIP/107-0000a0f3<ZOMBIE>", "107"),
        ("Bridge/DAHDI/12-1", "DAHDI/12"),
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
        ("DAHDI/12/4599000001", "DAHDI/12"),
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
        ({"disposition": "CANCEL"}, (Via.DEVICE, Result.GAVE_UP, "102")),
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
        ({"dstchannel": "", "lastapp": "VoiceMail", "lastdata": "109@x,u"}, (Via.VOICEMAIL, Result.ANSWERED, "")),
        ({"dstchannel": "", "lastapp": "VoiceMail", "lastdata": "102@x,u"}, (Via.VOICEMAIL, Result.ANSWERED, "102")),
        ({"dstchannel": "", "lastapp": "VoiceMail", "lastdata": "102@x,b"}, (Via.VOICEMAIL, Result.BUSY, "102")),
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

"""Asterisk's rows above, the leg they become below: the shapes they come in, and what cannot be used."""

import io
import json

import pytest

from calls_table import ms
from pbxtally.calls import Leg, Result, Via
from pbxtally.records import MANY_BYTES, Rejected
from pbxtally.sources import asterisk
from sources.asterisk_rows import ANSWERED, ASTERISK, UNANSWERED, csv_line, leg, read, reason, without

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
    "19 columns": csv_line(names=without(asterisk.COLUMNS, "uniqueid", "userfield")),
    "20 columns, with uniqueid": csv_line(names=without(asterisk.COLUMNS, "userfield")),
    "20 columns, with userfield": csv_line(names=without(asterisk.COLUMNS, "uniqueid"), userfield="sales"),
    "21 columns": csv_line(21),
    "cdr_custom": csv_line(names=asterisk.CUSTOM_COLUMNS),
    "cdr_custom before 1.8": csv_line(names=without(asterisk.CUSTOM_COLUMNS, "sequence")),
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
        (
            SHAPES["19 columns"],
            "PJSIP/101-0000000a PJSIP/102-0000000b 2020-12-01 10:00:00 Dial PJSIP/102,20,tT",
            "1606813200.17",
            None,
        ),
        (SHAPES["20 columns, with uniqueid"], "1606813200.17 21", "1606813200.17", 1_606_813_200_000),
        (SHAPES["cdr_custom"], "1606813200.17 21", "1606813200.17", 1_606_813_200_000),
        (SHAPES["JSON"], "1606813200.17 21", "1606813200.17", 1_606_813_200_000),
    ],
)
def test_what_a_leg_is_known_by(line, key, call, epoch_ms):
    assert (leg(line).key, leg(line).call, leg(line).epoch_ms) == (key, call, epoch_ms)


@pytest.mark.parametrize("gone", [(), ("userfield",), ("uniqueid",), ("uniqueid", "userfield")])
def test_a_group_is_one_call_whichever_columns_cdr_conf_asks_for_beside_linkedid(gone):
    names = without(asterisk.COLUMNS, *gone)
    rung = {"dstchannel": "PJSIP/103-0000000c", "sequence": "22", **UNANSWERED, "end": "2020-12-01 10:00:05"}
    assert ASTERISK.story(csv_line(names=names), csv_line(names=names, **rung)) == [
        "101 OUT local: answered, rang 5 s, talked 60 s",
        "102 IN local: answered, rang 5 s, talked 60 s",
        "103 IN local: elsewhere, answered_elsewhere, rang 20 s, talked 0 s",
    ]


@pytest.mark.parametrize("clid", ["4599000001", "", "Anna"])
@pytest.mark.parametrize("names", [asterisk.CUSTOM_COLUMNS, asterisk.CUSTOM_COLUMNS[:-1]], ids=["19", "18"])
def test_a_caller_in_cdr_custom_may_have_no_number_in_brackets(names, clid):
    outside = {"clid": clid, "src": clid, "channel": "PJSIP/carrier-0000000a"}
    for row in (outside, {**outside, **UNANSWERED}):
        assert leg(csv_line(names=names, **row))._replace(key="") == leg(csv_line(18, **row))._replace(key="")


def test_channel_names_begin_anew_with_the_server_so_another_day_is_another_call():
    first = leg(csv_line(16))
    later = leg(csv_line(16, start="2020-12-02 10:00:00", answer="2020-12-02 10:00:05", end="2020-12-02 10:01:05"))
    assert first.call != later.call


def test_the_legs_of_a_call_share_linkedid_whatever_their_uniqueid():
    assert leg(csv_line(uniqueid="1606813200.19", linkedid="1606813200.17")).call == "1606813200.17"


@pytest.mark.parametrize("name", ["pbx-1", "pbx.example.com"])
def test_a_uniqueid_may_have_the_systems_name_in_front(name):
    assert leg(csv_line(uniqueid=f"{name}-1606813200.17")).epoch_ms == 1_606_813_200_000


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


@pytest.mark.parametrize("above", [b"# calls of May\n", b"-- calls of May\n"])
def test_what_stands_above_the_calls_as_a_comment_hides_none_of_them(above):
    found = read(*asterisk.records(io.BytesIO(above + csv_line() * 2)))
    assert [type(one) for one in found] == [Rejected, Leg, Leg]


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
        (b"\xde\xad\xbe\xef\xff\n", "1 column; Asterisk writes 16 to 21"),
        (b'"a"b,c\n', "not a CSV line: ',' expected after '\"'"),
        (csv_line(disposition="FRIENDLY"), "unknown disposition 'FRIENDLY'; known are ANSWERED, NO ANSWER, BUSY, "),
        (csv_line(disposition="disposition"), "unknown disposition 'disposition'"),
        (csv_line(start=""), "start is empty"),
        (
            csv_line(start="0000-00-00 00:00:00"),
            "start: '0000-00-00 00:00:00' is not a time; YYYY-MM-DD HH:MM:SS or epoch seconds was expected",
        ),
        (
            csv_line(start="2020-02-30 10:00:00"),
            "start: '2020-02-30 10:00:00' is not a time; YYYY-MM-DD HH:MM:SS or epoch seconds was expected",
        ),
        (
            csv_line(start="2020-12-01 10:00:75"),
            "start: '2020-12-01 10:00:75' is not a time; YYYY-MM-DD HH:MM:SS or epoch seconds was expected",
        ),
        (
            csv_line(start="1 Dec 2020"),
            "start: '1 Dec 2020' is not a time; YYYY-MM-DD HH:MM:SS or epoch seconds was expected",
        ),
        (csv_line(start="-5"), "start: '-5' is not a time"),
        (csv_line(start="nan"), "start: 'nan' is not a time"),
        (csv_line(start="1e300"), "start: '1e300' is not a time"),
        (csv_line(answer="soon"), "answer: 'soon' is not a time; YYYY-"),
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
        (json.dumps({**ANSWERED, "start": {}}).encode(), "start: '{}' is not a time"),
        (json.dumps({**ANSWERED, "start": [1]}).encode(), "start: '[1]' is not a time"),
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

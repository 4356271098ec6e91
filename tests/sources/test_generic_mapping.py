"""Mappings: those that cannot be used, the presets, and those that are proposed for a table."""

import pytest

from calls_table import ms
from pbxtally.calls import Leg, Numbering
from pbxtally.sources.generic_presets import PRESETS
from sources.generic_rows import CALL_IN, FIELDS, HEADING, PLAIN, proposed, read, refused, story

# ── a mapping that cannot be used ──


@pytest.mark.parametrize(
    ("layout", "why"),
    [
        ("", "layout: a mapping is needed that says which column is what: --layout @FILE; ./run map FILE proposes one"),
        ("freepbx", "layout: neither a preset nor a mapping in TOML: "),
        ('[fields]\nstart = "at"', "layout.fields.caller: a column is needed"),
        (FIELDS, "layout.fields.end: a column is needed for one of end, duration and talk"),
        (FIELDS + 'end = "talk"', "layout.fields.result: a column is needed for one of result, answer and talk"),
        (PLAIN + 'caler = "x"', "layout.fields.caler: there is no such key; known are start, "),
        ('color = "red"\n' + PLAIN, "layout.color: there is no such key; known are format, "),
        (PLAIN.replace('"from"', '"fra"'), "layout.fields.caller: there is no column 'fra'; there are at, from"),
        (PLAIN + '[skip]\nkind = "x"', "layout.skip.kind: there is no column 'kind'; there are at, from, to, talk"),
        ("header = false\n" + PLAIN, "layout.fields.start: with header = false a column is its place, "),
        (PLAIN.replace('"from"', '["from", "to"]'), "layout.fields.caller: one column was expected"),
        (PLAIN + '[units]\ntalk = "h"', "layout.units.talk: s or ms or min or d or hh:mm:ss or hh:mm was expected"),
        (PLAIN + "[units]\ntalk = []", "layout.units.talk: s or ms or min or d or hh:mm:ss or hh:mm was expected"),
        (PLAIN + 'own = "x"', "layout.fields.direction: a column is needed"),
        (PLAIN + 'other = "x"', "layout.fields.own: a column is needed"),
        (PLAIN + 'own = "x"\nother = "y"\ndirection = "z"', "layout.fields.caller: the direction tells who called: "),
        (PLAIN + '[units]\nring = "s"', "layout.units.ring: fields.ring names no column"),
        (PLAIN + '[results]\nOK = "fine"', 'layout.results."OK": answered or rang_out or '),
        (PLAIN + '[directions]\nI = "up"', 'layout.directions."I": in or out or local was expected'),
        ('date = "%H"\n' + PLAIN, "layout.date: iso, epoch-s, epoch-ms or a format such as "),
        ('date = "%d-%m-%Y %H:%M:%S %Z"\n' + PLAIN, "layout.date: iso, epoch-s, epoch-ms or a format such as "),
        ("date = []\n" + PLAIN, "layout.date: iso, epoch-s, epoch-ms or a format such as "),
        ('zone = "Copenhagen"\n' + PLAIN, "layout.zone: 'Copenhagen' is not an IANA zone "),
        ('encoding = "utf-16"\n' + PLAIN, "layout.encoding: 'utf-16' is not a character set readable row by row"),
        ('delimiter = ", "\n' + PLAIN, "layout.delimiter: one character was expected, "),
        ('format = "xml"\n' + PLAIN, "layout.format: csv or jsonl or xlsx was expected"),
        ("header = 1\n" + PLAIN, "layout.header: true or false was expected"),
        ('device = "("\n' + PLAIN, "layout.device: '(' is not a regular expression: "),
        ('device = "(a+)+b"\n' + PLAIN, "layout.device: '(a+)+b' may take too long for some names: "),
        ("fields = 1", "layout.fields: a table was expected: [fields]"),
    ],
)  # fmt: skip
def test_a_mapping_that_cannot_be_used_is_refused_by_the_name_of_its_key(layout, why):
    assert refused(layout).startswith(why)


# ── presets ──

FREEPBX = (
    "calldate,clid,src,dst,dcontext,channel,dstchannel,lastapp,lastdata,duration,billsec,disposition,uniqueid,linkedid",
    "2020-12-01 09:00:00,,4599000001,600,in,PJSIP/carrier-0000000a,PJSIP/101-0000000b,Dial,,65,60,ANSWERED,"
    "1606813200.1,1606813200.1",
    "2020-12-01 09:00:00,,4599000001,600,in,PJSIP/carrier-0000000a,,Queue,,65,60,ANSWERED,1606813200.1,1606813200.1",
)
PRESET_ROWS = {
    "issabel": FREEPBX,
    "elastix": FREEPBX,
    "vitalpbx": FREEPBX,
    "mikopbx": (
        "start,answer,endtime,src_chan,src_num,dst_chan,dst_num,UNIQUEID,linkedid,disposition,billsec,is_app",
        "2020-12-01 08:59:40.5,2020-12-01 08:59:40.6,2020-12-01 09:00:00.0,PJSIP/carrier-0000000a,4599000001,"
        "App:2200,2200,mikopbx-1.0_a,mikopbx-1,ANSWERED,20,1",
        "2020-12-01 09:00:00.0,2020-12-01 09:00:05.0,2020-12-01 09:01:05.0,PJSIP/carrier-0000000a,4599000001,"
        "PJSIP/101-0000000b,101,mikopbx-1.1,mikopbx-1,ANSWERED,60,0",
    ),
    "avaya-ipo": (
        "2020/12/01 09:00:00,00:01:00,5,4599000001,I,600,4533000000,,0,1000013,0,E101,Bo,T9001,Line 1.2,0,0",
    ),
    "webex": (
        "Start time,Answer time,Duration,Calling number,Called number,Direction,Correlation ID,Ring duration,Report ID",
        "2020-12-01T09:00:00.000Z,2020-12-01T09:00:05.000Z,60,4599000001,101,TERMINATING,a,5,r",
    ),
    "wildix": (
        "rowid,src,dst,channel,dstchannel,start,answer,end,billsec,disposition,uniqueid,c_from,c_to,from_name,to_name",
        "1,4599000001,101,SIP/carrier-0000000a,SIP/101-0000000b,2020-12-01 09:00:00,2020-12-01 09:00:05,"
        "2020-12-01 09:01:05,60,ANSWERED,1606813200.1,4599000001,101,,Bo",
    ),
}


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_reads_the_columns_its_pbx_is_documented_to_write(name):
    assert story(name, *PRESET_ROWS[name]) == ["101 IN outside: answered, rang 5 s, talked 60 s"]


def test_what_a_menu_or_queue_of_mikopbx_answered_is_no_talk_of_the_colleague_who_called_it():
    heading, menu, call = PRESET_ROWS["mikopbx"]
    rows = [row.replace("PJSIP/carrier-0000000a,4599000001", "PJSIP/102-0000000a,102") for row in (menu, call)]
    missed = rows[1].replace("2020-12-01 09:00:05.0", "").replace("ANSWERED,60", "NOANSWER,0")
    assert story("mikopbx", heading, rows[0], missed) == [
        "101 IN local: unanswered, caller_gave_up, rang 65 s, talked 0 s",
        "102 OUT local: unanswered, caller_gave_up, rang 65 s, talked 0 s",
    ]


def mikopbx(start, end, src, dst, disposition="ANSWERED", answer=None):
    """A row of MikoPBX, its times as seconds of a minute; answered at once unless said otherwise."""
    at = [f"2020-12-01 09:00:{second:02d}.0" if second is not None else "" for second in (start, answer, end)]
    talk = end - answer if answer is not None else 0
    return f"{','.join(at)},{src},{dst},mikopbx-1.{start},mikopbx-1,{disposition},{talk},0"


OUTSIDE = "PJSIP/carrier-0000000a,4599000001"
PHONES = {number: f"PJSIP/{number}-0000000b,{number}" for number in ("101", "102", "103")}


@pytest.mark.parametrize("machine", ["MeetMe:10000500,10000500", "Park:801,801", "VOICEMAIL,voicemail"])
def test_a_conference_a_parking_lot_and_voicemail_of_mikopbx_are_nobodys_answer(machine):
    assert story("mikopbx", PRESET_ROWS["mikopbx"][0], mikopbx(0, 40, PHONES["101"], machine, answer=0)) == []


def test_voicemail_of_mikopbx_that_took_the_call_after_the_phone_is_the_reason():
    rang = mikopbx(0, 20, PHONES["103"], PHONES["101"], "NOANSWER")
    box = mikopbx(20, 40, PHONES["103"], "VOICEMAIL,voicemail", answer=20)
    assert story("mikopbx", PRESET_ROWS["mikopbx"][0], rang, box) == [
        "101 IN local: unanswered, voicemail, rang 20 s, talked 0 s",
        "103 OUT local: unanswered, rang_out, rang 20 s, talked 0 s",
    ]


def test_a_call_that_was_parked_on_mikopbx_and_fetched_is_answered_by_both():
    taken, fetched = (
        mikopbx(0, 15, OUTSIDE, PHONES["101"], answer=5),
        mikopbx(35, 55, OUTSIDE, PHONES["102"], answer=35),
    )
    parked = mikopbx(15, 35, OUTSIDE, "Park:801,801", answer=15)
    assert story("mikopbx", PRESET_ROWS["mikopbx"][0], fetched, parked, taken) == [
        "101 IN outside: answered, rang 5 s, talked 10 s",
        "102 IN outside: answered, rang 0 s, talked 20 s",
    ]


def test_a_phone_of_mikopbx_that_is_off_is_unreachable():
    offline = mikopbx(0, 0, OUTSIDE, ",101", "CHANUNAVAIL")
    assert story("mikopbx", PRESET_ROWS["mikopbx"][0], offline, numbering=Numbering(frozenset({"101"}))) == [
        "101 IN outside: failed, unreachable, rang 0 s, talked 0 s"
    ]


SMDR = (
    "2020/12/01 09:00:00,00:00:00,5,4599000001,I,600,600,,0,1000013,1,E101,Bo,T9001,Line 1.2,0,0",
    "2020/12/01 09:00:00,00:00:21,0,4599000001,I,101,600,,0,1000013,0,V9502,VM Channel 2,T9001,Line 1.2,0,0",
)


def test_what_voicemail_of_an_ip_office_took_is_no_answer_of_the_phone():
    assert story("avaya-ipo", *SMDR, numbering=Numbering(frozenset({"101"}))) == [
        "101 IN outside: unanswered, caller_gave_up, rang 5 s, talked 0 s"
    ]


def test_an_internal_call_of_an_ip_office_is_one_of_both():
    row = "2020/12/01 09:00:00,00:00:44,4,101,O,102,102,,1,1000014,0,E101,Bo,E102,Ida,0,0"
    assert story("avaya-ipo", row) == [
        "101 OUT local: answered, rang 4 s, talked 44 s",
        "102 IN local: answered, rang 4 s, talked 44 s",
    ]


def test_an_internal_call_of_an_ip_office_that_voicemail_took_is_unanswered_for_both():
    row = "2020/12/01 09:00:00,00:00:10,21,101,O,102,102,,1,1000015,0,E101,Bo,V9501,VM Channel 1,0,0"
    assert story("avaya-ipo", row) == [
        "101 OUT local: unanswered, voicemail, rang 21 s, talked 0 s",
        "102 IN local: unanswered, voicemail, rang 21 s, talked 0 s",
    ]


def test_who_listens_to_the_own_voicemail_of_an_ip_office_calls_nobody():
    assert (
        story("avaya-ipo", "2020/12/01 09:00:00,00:00:10,0,101,O,*17,*17,,1,16,0,E101,Bo,V9501,VM Channel 1,0,0") == []
    )


def test_an_internal_call_of_an_ip_office_that_another_phone_picked_up_was_taken_there():
    rang = "2020/12/01 09:00:00,00:00:00,8,101,O,102,102,,1,1000038,1,E101,Bo,E102,Ida,0,0"
    picked = "2020/12/01 09:00:00,00:00:38,1,101,O,102,102,,1,1000038,0,E101,Bo,E103,Ove,0,0"
    assert story("avaya-ipo", rang, picked) == [
        "101 OUT local: answered, rang 1 s, talked 38 s",
        "102 IN local: elsewhere, answered_elsewhere, rang 8 s, talked 0 s",
        "103 IN local: answered, rang 1 s, talked 38 s",
    ]


# ── proposals ──


@pytest.mark.parametrize(
    "rows",
    [
        (HEADING, CALL_IN, CALL_IN.replace("7001;01", "7002;31")),
        ("Start Time,Answer Time,End Time,Caller,Callee,Direction,Result",
         "2020-12-01 09:00:00,2020-12-01 09:00:05,2020-12-01 09:01:05,4599000001,101,inbound,Answered"),
        ('{"callId":"a","startTime":1606813200000,"from":{"number":"4599000001"},"to":{"number":"101"},'
         '"talkMs":60000,"ringMs":5000,"direction":"IN"}',),
        ("01/12/2020 09:00:00,4599000001,4599000101,00:01:05,00:01:00,Answered",),
        ("sep=;", "Opkald, fra og til;;;;;;;;", HEADING, CALL_IN),
        ("Call Time,Call ID,From,To,Direction,Status,Ringing,Talking",
         "2020-12-01T09:00:00,7,4599000001,101,Inbound,Answered,00:00:05,00:01:00"),
    ],
    ids=["Danish", "English", "JSON", "no heading", "titles", "3CX's list of calls"],
)  # fmt: skip
def test_a_proposed_mapping_loads(rows):
    [first, *_] = read(proposed(*rows), *rows)
    assert isinstance(first, Leg), first
    assert (first.started_ms, first.talk_ms) == (ms("09:00:00"), 60_000)


def test_what_a_proposal_did_not_find_is_asked_for():
    layout = proposed("start,fra", "2020-12-01 09:00:00,101")
    assert "# callee =  # needed" in layout
    assert "# duration =  # needed" in layout
    assert "# result =  # needed" in layout


def test_a_word_nobody_knows_is_left_to_be_said():
    assert '# "Parkeret" = ""' in proposed(HEADING, CALL_IN.replace("Besvaret", "Parkeret"))


def test_a_key_that_repeats_is_proposed_as_what_joins_a_call():
    layout = proposed("calldate,src,dst,billsec,uniqueid", *["2020-12-01,1,2,3,7"] * 2)
    assert 'call = "uniqueid"' in layout
    assert "key =" not in layout


def test_a_date_that_may_be_american_is_asked_about():
    assert "or is the month first?" in proposed("time,from,to,talk", "01/12/2020 09:00:00,1,2,3")

"""What programs write for an answer that never was, and a doubled hour: of no call a ring of fifty years is made."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from calls_table import ms
from pbxtally.checked_reading import read_checked
from pbxtally.legs import Result
from pbxtally.records import Reading, Rejected
from pbxtally.sources import SOURCES
from reads import Reads
from sources.asterisk_rows import csv_line

UUID = "0a1b2c3d-1111-4222-8333-444455556666"
RECORDS = {
    "asterisk": (
        '"","101","102","office","<101>","PJSIP/101-00000001","PJSIP/102-00000002","Dial","PJSIP/102,30",'
        '"{start}","{answer}","{end}",30,0,"NO ANSWER","DOCUMENTATION","u.1","","","u.1",1\n'
    ),
    "3cx": (
        "Call 1,0000019B8D2B8FE8_1,00:00:00,{start},{answer},{end},TerminatedBySrc,Ext.101,Ext.102,101,102,102,,,,,,,,,"
        "Internal,Internal,,,,,\n"
    ),
    "freeswitch": f'"","101","102","office","{{start}}","{{answer}}","{{end}}","30","0","NO_ANSWER","{UUID}","", ""\n',
    "grandstream": (
        "AcctId,accountcode,src,dst,dcontext,clid,channel,dstchannel,lastapp,lastdata,start,answer,end,duration,"
        "billsec,disposition\n"
        "1,,101,102,,101,PJSIP/101-00000001,PJSIP/102-00000002,Dial,,{start},{answer},{end},30,0,NO ANSWER\n"
    ),
    "telecomx": (
        '{{"_id": "1", "started": "{start}", "answered": "{answer}", "ended": "{end}", "terminatedReason": "CANCEL", '
        '"caller": {{"number": "101", "extension": "101"}}, "callee": {{"number": "102", "extension": "102"}}}}\n'
    ),
}
ONLY_A_START = {
    **RECORDS,
    "cucm": (
        "cdrRecordType,globalCallID_callId,dateTimeOrigination,dateTimeConnect,dateTimeDisconnect,callingPartyNumber,"
        "finalCalledPartyNumber,destDeviceName\n1,7,{start},0,{start},101,102,SEP000000000001\n"
    ),
    "fusionpbx": f"xml_cdr_uuid,start_epoch,end_epoch,hangup_cause\n{UUID},{{start}},{{start}},NO_ANSWER\n",
    "kamailio": (
        "callid,method,sip_code,time,src_user,dst_user,from_tag,to_tag\none,INVITE,486,{start},101,102,f,t\n"
        "callid,start_time,end_time,duration,src_user,dst_user\ntwo,{start},{start},0,101,102\n"
    ),
    "queue_log": "time,callid,queuename,agent,event,data1,data2,data3\n{start},u.1,600,SIP/102,RINGNOANSWER,1000,,\n",
    "teams": "UsageId,Call Type,UPN,Start Time,Duration Seconds\n1,user_in,anna@acme.example,{start},0\n",
    "yeastar": (
        '{{"callid": "1", "timestart": "{start}", "callfrom": "101", "callto": "102", "callduration": "9", '
        '"status": "NO ANSWER", "type": "Internal"}}\n'
    ),
}
READING = Reading(ZoneInfo("Europe/Copenhagen"), "a" * 24, lambda *_: None)
NOW_MS = ms("12:00:00")
NEVER = [
    "",
    "0000-00-00 00:00:00",
    "0001-01-01 00:00:00",
    "1970-01-01 00:00:00",
    "1970-01-01 01:00:00",
    "1969-12-31 19:00:00",
]


@pytest.mark.parametrize("never", NEVER)
@pytest.mark.parametrize("source", RECORDS)
def test_what_is_written_for_never_is_no_answer(source, never):
    leg = found(source, "2026-01-05 08:00:01", never, "2026-01-05 08:00:31")
    assert (leg.answered_ms, leg.ring_ms, leg.talk_ms) == (None, 30_000, 0)
    assert leg.ended_ms - leg.started_ms == 30_000


@pytest.mark.parametrize("never", ["0", *NEVER, "1970-01-19 14:20:13"])
@pytest.mark.parametrize("source", ONLY_A_START)
def test_no_call_is_made_of_a_record_whose_start_is_never(source, never):
    """What the last one says: of seconds that were taken for milliseconds."""
    reads = Reads(source)
    times = {"start": never, "answer": "", "end": ""}
    records = reads.stream(ONLY_A_START[source].format(**times).encode())
    found = list(read_checked(SOURCES[source].read, records, READING, NOW_MS))
    assert found
    assert {type(one) for one in found} == {Rejected}


@pytest.mark.parametrize(
    ("date", "at", "said"),
    [("epoch-ms", "1606813200", "1970-01-19 14:20:13 UTC"), ("iso", "9999-12-31 23:59:00", "253402318740000 ms")],
    ids=["seconds that a mapping calls milliseconds", "the year 10000"],
)
def test_what_cannot_have_begun_then_is_no_call(date, at, said):
    layout = f'date = "{date}"\n[fields]\nstart = "at"\ncaller = "from"\ncallee = "to"\ntalk = "talk"'
    lines = [b"at,from,to,talk\n", f"{at},101,102,60\n".encode()]
    reading = replace(READING, zone=ZoneInfo("America/New_York"), layout=layout)
    [why] = read_checked(SOURCES["generic"].read, lines, reading, NOW_MS)
    assert why.reason == f"the call starts more than a day in the future, or before 1971: {said}"


@pytest.mark.parametrize("never", NEVER[1:])
def test_of_an_asterisk_whose_table_has_no_answers_the_talk_tells_when_it_was(never):
    """`answer` is a column of the table, with zeros where nobody fills it."""
    [leg] = Reads("asterisk").read(csv_line(answer=never))
    [told] = Reads("asterisk").read(csv_line())
    assert leg == told._replace(words=leg.words)
    assert leg.result == Result.ANSWERED


@pytest.mark.parametrize("source", [source for source in RECORDS if source != "telecomx"])
def test_a_call_over_the_end_of_a_doubled_hour_is_as_long_as_it_was(source):
    leg = found(source, "2026-10-25 02:59:50", "", "2026-10-25 02:00:20")
    assert (moment(leg.started_ms), moment(leg.ended_ms)) == ("00:59:50", "01:00:20")


def test_a_leg_that_rang_for_less_than_nothing_is_rejected_whatever_made_it():
    def read(lines, reading):
        for _ in lines:
            yield told._replace(ring_ms=-1)

    [told] = Reads("asterisk").read(csv_line())
    [why] = read_checked(read, [csv_line()], READING, told.started_ms)
    assert why == Rejected(1, "impossible times: it rang or was talked for less than nothing", csv_line())


def found(source, start, answer, end):
    """The one leg of a source's record with these times."""
    slashed = source == "3cx"
    times = {"start": start, "answer": answer, "end": end}
    record = RECORDS[source].format(**{name: at.replace("-", "/") if slashed else at for name, at in times.items()})
    reads = Reads(source)
    [leg] = reads.read(*reads.stream(record.encode()))
    assert not isinstance(leg, Rejected), leg
    return leg


def moment(at_ms):
    return f"{datetime.fromtimestamp(at_ms / 1000, UTC):%H:%M:%S}"

"""Files that somebody opened in a spreadsheet and saved: no time is guessed, and the reason says what happened."""

from datetime import datetime

import pytest

from pbxtally.calls import Leg
from pbxtally.records import Rejected
from reads import Reads

UUID = "0a1b2c3d-1111-4222-8333-444455556666"
RECORDS = {
    "asterisk": (
        '"","101","102","office","<101>","PJSIP/101-00000001","PJSIP/102-00000002","Dial","PJSIP/102,30",'
        '"{start}","{start}","{end}",30,30,"ANSWERED","DOCUMENTATION","1767600001.1","","","1767600001.1",1\n'
    ),
    "3cx": (
        "Call 1,0000019B8D2B8FE8_1,00:00:30,{start},{start},{end},TerminatedByDst,Ext.101,Ext.102,101,102,102,,,,,,,,,"
        "Internal,Internal,,,,,\n"
    ),
    "freeswitch": (
        f'"","101","102","office","{{start}}","{{start}}","{{end}}","30","30","NORMAL_CLEARING","{UUID}","", ""\n'
    ),
    "fusionpbx": (
        "xml_cdr_uuid,source_number,destination_number,start_epoch,end_stamp,hangup_cause\n"
        f"{UUID},101,102,1767596401,{{start}},NO_ANSWER\n"
    ),
    "grandstream": (
        "AcctId,accountcode,src,dst,dcontext,clid,channel,dstchannel,lastapp,lastdata,start,answer,end,duration,"
        "billsec,disposition\n"
        "1,,101,102,,101,PJSIP/101-00000001,PJSIP/102-00000002,Dial,,{start},{start},{end},30,30,ANSWERED\n"
    ),
    "kamailio": (
        "method;from_tag;to_tag;callid;sip_code;sip_reason;time;src_user;dst_user\n"
        f"INVITE;f1;t1;{UUID};200;OK;{{start}};101;102\n"
    ),
    "teams": (
        "UsageId,UPN,Caller ID,Call Type,Destination Number,Start Time,End Time,Duration Seconds\n"
        f"{UUID},anna@acme.example,101,user_out,+4570000101,{{start}},{{end}},30\n"
    ),
    "yeastar": (
        '{{"event": "NewCdr", "callid": "1767600001.1", "timestart": "{start}", "callfrom": "101", "callto": "102", '
        '"callduraction": "30", "talkduraction": "30", "status": "ANSWERED", "type": "Internal", "sn": "1"}}\n'
    ),
}
SAVED = {
    "Danish": "%d-%m-%Y %H:%M",
    "German": "%d.%m.%Y %H:%M",
    "British": "%d/%m/%Y %H:%M",
    "American": "%m/%d/%Y %I:%M %p",
    "short year": "%d-%m-%y %H:%M",
    "Swedish": "%Y-%m-%d %H:%M",
    "the day alone": "%Y-%m-%d",
    "minutes and tenths": "%M:%S.0",
}
START, END = datetime(2026, 1, 5, 8, 0, 1), datetime(2026, 1, 5, 8, 0, 31)


@pytest.mark.parametrize("source", RECORDS)
def test_as_the_pbx_wrote_it_a_record_is_read(source):
    assert all(isinstance(one, Leg) for one in found(source, "%Y-%m-%d %H:%M:%S"))


@pytest.mark.parametrize("saved", SAVED)
@pytest.mark.parametrize("source", RECORDS)
def test_a_time_that_a_spreadsheet_rewrote_is_rejected_with_it_and_with_what_to_do(source, saved):
    [why] = found(source, SAVED[saved])
    assert isinstance(why, Rejected)
    assert f": '{START:{SAVED[saved]}}' is not a time; " in why.reason
    assert why.reason.endswith(" was expected. A spreadsheet may have rewritten it; load the file that the PBX wrote")


@pytest.mark.parametrize(
    ("source", "rounded"),
    [("generic", "1.7676E+09"), ("generic", "1,7676E+09"), ("asterisk", "1.7676E+09"), ("asterisk", "1,7676E+09")],
)
def test_seconds_that_a_spreadsheet_rounded_are_no_time(source, rounded):
    """They were read as that time, hours off, and all calls of a week at once."""
    layout = 'date = "epoch-s"\n[fields]\nstart = "at"\ntalk = "talk"\ncaller = "from"\ncallee = "to"'
    if source == "generic":
        [why] = Reads("generic", layout).read(b"at,from,to,talk\n", f'"{rounded}",101,102,30\n')
    else:
        [why] = Reads("asterisk").read(RECORDS["asterisk"].format(start=rounded, end=rounded))
    assert why.reason.startswith(f"start: '{rounded}' is not a time; ")
    assert "A spreadsheet may have rewritten it" in why.reason


def found(source, form):
    """What a source makes of its record with times written in a form."""
    reads = Reads(source)
    return reads.read(*reads.stream(RECORDS[source].format(start=f"{START:{form}}", end=f"{END:{form}}").encode()))

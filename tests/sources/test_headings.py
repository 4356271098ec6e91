"""Exports of tables as they reach us: blank lines above the heading, and two exports put together."""

import io

import pytest

from pbxtally.calls import Leg, Result
from pbxtally.errors import SourceError
from pbxtally.sources import SOURCES
from pbxtally.streams import records_in
from reads import Reads

CDR = (
    b"calldate,clid,src,dst,dcontext,channel,dstchannel,lastapp,lastdata,duration,billsec,disposition,"
    b"uniqueid,linkedid\n"
)
CDR_ROW = (
    b'2020-12-01 10:0%d:00,"Anna <101>",101,102,office,PJSIP/101-0000000%d,PJSIP/102-0000000%d,Dial,,65,60,ANSWERED,'
    b"160681320%d.1,160681320%d.1\n"
)
EVENTS = b"id,time,callid,queuename,agent,event,data1,data2,data3\n"
EVENT = b"%d,2020-12-01 10:00:0%d,1606813200.1,support,PJSIP/101,RINGNOANSWER,15000,,\n"
CALLS = (
    b"cdrRecordType,globalCallID_callId,origLegCallIdentifier,dateTimeOrigination,callingPartyNumber,origCause_value,"
    b"destLegIdentifier,originalCalledPartyNumber,finalCalledPartyNumber,destCause_value,dateTimeConnect,"
    b"dateTimeDisconnect,pkid,origDeviceName,destDeviceName\n"
)
CALL = (
    b'1,1,1,160681320%d,"101",0,2,"102","102",16,1606813210,1606813270,"0a1b2c3d-1111-4222-8333-44445555666%d",'
    b'"SEP001122334455","SEP001122334466"\n'
)
UCM = (
    b"AcctId,accountcode,src,dst,dcontext,clid,channel,dstchannel,lastapp,lastdata,start,answer,end,duration,billsec,"
    b"disposition\n"
)
UCM_ROW = (
    b"%d,,101,102,,101,PJSIP/101-00000001,PJSIP/102-00000002,Dial,,2020-12-01 10:00:0%d,2020-12-01 10:00:10,"
    b"2020-12-01 10:01:10,65,60,ANSWERED\n"
)
TABLES = {
    "cucm": (CALLS, CALL % (1, 1), CALL % (2, 2)),
    "grandstream": (UCM, UCM_ROW % (1, 1), UCM_ROW % (2, 2)),
    "asterisk": (CDR, CDR_ROW % (1, 1, 2, 1, 1), CDR_ROW % (2, 3, 4, 2, 2)),
    "queue_log": (EVENTS, EVENT % (1, 1), EVENT % (2, 2)),
}


@pytest.mark.parametrize("source", TABLES)
@pytest.mark.parametrize("above", [b"", b"\n", b"\r\n \n"])
def test_blank_lines_may_stand_above_a_heading(source, above):
    names, first, second = TABLES[source]
    assert found(source, above + names + first + second) == legs(source)


@pytest.mark.parametrize("source", TABLES)
def test_two_exports_put_together_are_one(source):
    names, first, second = TABLES[source]
    assert found(source, names + first + names + second) == legs(source)
    assert found(source, names + first + b'"' + names.strip().replace(b",", b'","') + b'"\r\n' + second) == legs(source)
    assert found(source, names + first + b"\xef\xbb\xbf" + names + second) == legs(source)


@pytest.mark.parametrize("source", TABLES)
def test_what_stands_below_the_names_of_other_columns_is_not_read_by_the_first_ones(source):
    """Two exports with caller and callee in another order: the callers of the second were who was called."""
    names, first, second = TABLES[source]
    start, *others = names.strip().split(b",")
    other = b",".join((start, *reversed(others))) + b"\n"
    stream = records_in(io.BufferedReader(io.BytesIO(names + first + other + second)), SOURCES[source])
    assert [next(stream), next(stream)] == [names, first]
    with pytest.raises(SourceError, match="line 3 names other columns; load it and what follows as a file of its own"):
        next(stream)


@pytest.mark.parametrize("source", TABLES)
def test_a_large_table_is_read_in_pieces_each_with_all_that_stands_up_to_the_heading(source):
    names, first, second = TABLES[source]
    records = Reads(source).stream(b"\n\n" + names + first + second)
    count = SOURCES[source].heading_length_in(records[:8], "")
    assert count == 3
    assert Reads(source).read(*records[:count], records[-1]) == legs(source)[1:]


def test_cells_and_names_of_a_ucm_may_stand_in_quotes():
    quoted = b"".join(
        b'"' + line.replace(b",", b'","') + b'"\n' for line in UCM.splitlines() + (UCM_ROW % (1, 1)).splitlines()
    )
    assert found("grandstream", quoted) == legs("grandstream")[:1]


@pytest.mark.parametrize("never", [b"", b"NULL", b"0000-00-00 00:00:00"])
def test_in_a_table_whose_column_of_answers_nobody_fills_the_talk_tells_when_it_was(never):
    names, row, _ = TABLES["asterisk"]
    [told] = found("asterisk", names + row)
    [unfilled] = found("asterisk", names[:-1] + b",answer\n" + row[:-1] + b"," + never + b"\n")
    assert unfilled == told
    assert (told.result, told.talk_ms, told.answered_ms - told.started_ms) == (Result.ANSWERED, 60_000, 5_000)


def legs(source):
    """The legs of both rows."""
    read = found(source, b"".join(TABLES[source]))
    assert [type(one) for one in read] == [Leg, Leg]
    return read


def found(source, content):
    return Reads(source).read(*Reads(source).stream(content))

"""What other systems export, as their documentation shows it: the mapping proposed for it reads the same three calls.

On 2 June 2026 the number 4533111111 called 101, who answered after 5 seconds and talked for 60, and called once more
for 20 seconds. Then 101 called 4533222222, which was busy or did not answer.
"""

import json

import pytest

from calls_table import ms
from pbxtally.calls import Leg, Result
from sources.generic_rows import proposed, read

EXPORTS = {
    "Webex Calling": (
        "Start time,Answer time,Duration,Calling number,Called number,Call outcome,Direction,Answered,Correlation ID,"
        "Release time,Ring duration,Report ID",
        "2026-06-02T07:00:00.000Z,2026-06-02T07:00:05.000Z,60,4533111111,101,Success,TERMINATING,true,a,"
        "2026-06-02T07:01:05.000Z,5,r1",
        "2026-06-02T07:10:00.000Z,,0,4533111111,101,Success,TERMINATING,false,b,2026-06-02T07:10:20.000Z,20,r2",
        "2026-06-02T07:20:00.000Z,,0,101,4533222222,Success,ORIGINATING,false,c,2026-06-02T07:20:03.000Z,3,r3",
    ),
    "Twilio": (
        "Sid,ParentCallSid,DateCreated,To,From,Status,StartTime,EndTime,Duration,Direction",
        'CA1,,"Tue, 02 Jun 2026 07:00:00 +0000",sip:101@acme.example,4533111111,completed,'
        '"Tue, 02 Jun 2026 07:00:00 +0000","Tue, 02 Jun 2026 07:01:05 +0000",60,inbound',
        'CA2,,"Tue, 02 Jun 2026 07:10:00 +0000",sip:101@acme.example,4533111111,no-answer,'
        '"Tue, 02 Jun 2026 07:10:00 +0000","Tue, 02 Jun 2026 07:10:20 +0000",,inbound',
        'CA3,,"Tue, 02 Jun 2026 07:20:00 +0000",4533222222,sip:101@acme.example,busy,'
        '"Tue, 02 Jun 2026 07:20:00 +0000","Tue, 02 Jun 2026 07:20:03 +0000",,outbound-dial',
    ),
    "Dialpad": (
        "call_id,category,direction,date_started,date_connected,date_ended,external_number,internal_number,"
        "talk_duration,ringing_duration,total_duration",
        "1,incoming,inbound,2026-06-02 09:00:00.000000,2026-06-02 09:00:05.000000,2026-06-02 09:01:05.000000,"
        "4533111111,101,1.0,0.083333,1.083333",
        "2,missed,inbound,2026-06-02 09:10:00.000000,,2026-06-02 09:10:20.000000,4533111111,101,0,0.333333,0.333333",
        "3,cancelled,outbound,2026-06-02 09:20:00.000000,,2026-06-02 09:20:03.000000,4533222222,101,0,0.05,0.05",
    ),
    "8x8": (
        "Call ID,Leg ID,Start Time,Answer Time,Stop Time,Talk Time,Caller,Callee,Direction,Cause,Status",
        "1,1,2026-06-02 09:00:00,2026-06-02 09:00:05,2026-06-02 09:01:05,00:01:00,4533111111,101,Incoming,Normal,"
        "Completed",
        "2,1,2026-06-02 09:10:00,,2026-06-02 09:10:20,00:00:00,4533111111,101,Incoming,Normal,Completed",
        "3,1,2026-06-02 09:20:00,,2026-06-02 09:20:03,00:00:00,101,4533222222,Outgoing,Normal,Completed",
    ),
    "Vonage": (json.dumps([
        {"id": n, "from": a, "to": b, "direction": way, "length": talk, "start": f"2026-06-02T07:{at}Z",
         "end": f"2026-06-02T07:{until}Z", "result": result}
        for n, a, b, way, talk, at, until, result in (
            (1, "4533111111", "101", "Inbound", 60, "00:00", "01:05", "Answered"),
            (2, "4533111111", "101", "Inbound", 0, "10:00", "10:20", "Missed"),
            (3, "101", "4533222222", "Outbound", 0, "20:00", "20:03", "Busy"),
        )
    ]),),
    "Talkdesk": (json.dumps({"entries": [
        {"interaction_id": n, "call_type": way, "start_time": f"2026-06-02 09:{at}",
         "end_time": f"2026-06-02 09:{until}", "talkdesk_phone_number": "101",
         "customer_phone_number": other, "talk_time": talk / 86400}
        for n, way, at, until, other, talk in (
            ("a", "inbound", "00:00", "01:05", "4533111111", 60),
            ("b", "missed", "10:00", "10:20", "4533111111", 0),
            ("c", "outbound_missed", "20:00", "20:03", "4533222222", 0),
        )
    ], "total": 3}),),
    "Aircall": (
        "line,date (TZ offset incl.),time (TZ offset incl.),datetime (UTC),direction,from,to,answered,user,"
        "duration (total),duration (in call)",
        "Main,2026-06-02,09:00:00,2026-06-02 07:00:00,inbound,4533111111,101,Yes,Anna Holm,65,60",
        "Main,2026-06-02,09:10:00,2026-06-02 07:10:00,inbound,4533111111,101,No,,20,0",
        "Main,2026-06-02,09:20:00,2026-06-02 07:20:00,outbound,101,4533222222,No,Anna Holm,3,0",
    ),
    "STARFACE": (
        "id;callid;callleguuid;callernumber;callednumber;starttime;ringingtime;linktime;hanguptime;callresult;incoming",
        "1;1;u1;4533111111;101;02.06.2026 09:00:00;02.06.2026 09:00:00;02.06.2026 09:00:05;02.06.2026 09:01:05;"
        "CONNECTED;true",
        "2;2;u2;4533111111;101;02.06.2026 09:10:00;02.06.2026 09:10:00;;02.06.2026 09:10:20;NOT_CONNECTED;true",
        "3;3;u3;101;4533222222;02.06.2026 09:20:00;02.06.2026 09:20:00;;02.06.2026 09:20:03;NOT_CONNECTED;false",
    ),
    "Swyx": (
        '"CallID","OriginationNumber","CalledNumber","DestinationNumber","StartDate","StartTime","ConnectDate",'
        '"ConnectTime","EndDate","EndTime","Costs"',
        '"1","4533111111","200","101","02.06.2026","09:00:00","02.06.2026","09:00:05","02.06.2026","09:01:05","0,00"',
        '"2","4533111111","101","101","02.06.2026","09:10:00","","","02.06.2026","09:10:20","0,00"',
        '"3","101","4533222222","4533222222","02.06.2026","09:20:00","","","02.06.2026","09:20:03","0,00"',
    ),
    "BroadWorks": (
        "recordId,type,userNumber,direction,callingNumber,calledNumber,startTime,answerIndicator,answerTime,releaseTime",
        "1,Normal,101,Terminating,4533111111,101,20260602070000.000,Yes,20260602070005.000,20260602070105.000",
        "2,Normal,101,Terminating,4533111111,101,20260602071000.000,No,,20260602071020.000",
        "3,Normal,101,Originating,101,4533222222,20260602072000.000,No,,20260602072003.000",
    ),
    "3CX, list of calls": (
        "Call Reports",
        "From 2/6/2026",
        "Call Time,Caller ID,Destination,Status,Ringing,Talking,Reason",
        "06/02/2026 09:00:00 AM,4533111111,Anna Holm (101),Answered,00:00:05,00:01:00,",
        "06/02/2026 09:10:00 AM,4533111111,Anna Holm (101),Unanswered,00:00:20,00:00:00,",
        "06/02/2026 09:20:00 AM,Anna Holm (101),4533222222,Unanswered,00:00:03,00:00:00,",
        "Totals,,,,00:00:28,00:01:00,",
    ),
    "CloudTalk": (
        "Call UUID,Call type,Started at,Answered at,Ended at,Internal number,External number,Waiting time,Talking time,"
        "Status",
        "a,incoming,2026-06-02T09:00:00+0200,2026-06-02T09:00:05+0200,2026-06-02T09:01:05+0200,101,4533111111,5,60,"
        "answered",
        "b,incoming,2026-06-02T09:10:00+0200,,2026-06-02T09:10:20+0200,101,4533111111,20,0,missed",
        "c,outgoing,2026-06-02T09:20:00+0200,,2026-06-02T09:20:03+0200,101,4533222222,3,0,missed",
    ),
    "German": (
        "Datum;Uhrzeit;Richtung;Anrufer;Angerufener;Status;Wartezeit;Gesprächsdauer".encode("cp1252") + b"\n",
        "02.06.2026;09:00:00;eingehend;4533111111;101;angenommen;5,0;60,0",
        "02.06.2026;09:10:00;eingehend;4533111111;101;verpasst;20,0;0,0",
        "02.06.2026;09:20:00;ausgehend;101;4533222222;besetzt;3,0;0,0",
    ),
    "French": (
        "Date\tHeure\tSens\tAppelant\tAppelé\tStatut\tDurée sonnerie\tDurée conversation",
        "02/06/2026\t09:00:00\tEntrant\t4533111111\t101\tRépondu\t00:00:05\t00:01:00",
        "02/06/2026\t09:10:00\tEntrant\t4533111111\t101\tManqué\t00:00:20\t00:00:00",
        "02/06/2026\t09:20:00\tSortant\t101\t4533222222\tOccupé\t00:00:03\t00:00:00",
    ),
    "Spanish": (
        "Fecha;Hora;Tipo;Origen;Destino;Estado;Tiempo de espera;Duración de conversación",
        "02/06/2026;09:00:00;Entrante;4533111111;101;Contestada;5 s;1m 00s",
        "02/06/2026;09:10:00;Entrante;4533111111;101;Perdida;20 s;0m 00s",
        "02/06/2026;09:20:00;Saliente;101;4533222222;Ocupado;3 s;0m 00s",
    ),
    "no heading, day and clock apart": (
        "02.06.2026;09:00:00;4533111111;4533000101;00:00:05;00:01:00",
        "02.06.2026;09:10:00;4533111111;4533000101;00:00:20;00:00:00",
        "02.06.2026;09:20:00;4533000101;4533222222;00:00:03;00:00:00",
    ),
}  # fmt: skip

SAID = {
    '# "TERMINATING" = ""': '"TERMINATING" = "in"',
    '# "ORIGINATING" = ""': '"ORIGINATING" = "out"',
    '# "Terminating" = ""': '"Terminating" = "in"',
    '# "Originating" = ""': '"Originating" = "out"',
    '# "missed" = ""': '"missed" = "in"',
    '# "outbound_missed" = ""': '"outbound_missed" = "out"',
}
"""What a proposal asks for, with the answer."""


def records(rows):
    """The rows, and the objects of a document in JSON, as they come to the reader."""
    if rows[0][:1] not in ("{", "["):
        return rows
    found = json.loads(rows[0])
    return [json.dumps(one) for one in (found["entries"] if isinstance(found, dict) else found)]


@pytest.mark.parametrize("name", EXPORTS)
def test_the_mapping_proposed_for_an_export_reads_its_calls(name):
    rows = records(EXPORTS[name])
    layout = proposed(*rows)
    for asked, answer in SAID.items():
        layout = layout.replace(asked, answer)
    zone = "UTC" if name == "BroadWorks" else "Europe/Copenhagen"
    first, missed, out = [one for one in read(layout, *rows, zone=zone) if isinstance(one, Leg)]
    assert [one.started_ms - ms("2026-06-02 07:00:00") for one in (first, missed, out)] == [0, 600_000, 1_200_000]
    assert (first.result, first.talk_ms) == (Result.ANSWERED, 60_000)
    assert (first.caller_number, first.callee_number[-3:]) == ("4533111111", "101")
    assert first.ring_ms == 5000 and missed.ring_ms == 20_000
    assert missed.result == Result.UNANSWERED and missed.talk_ms == 0
    assert out.result in (Result.BUSY, Result.UNANSWERED) and out.callee_number == "4533222222"

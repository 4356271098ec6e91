"""What Teams exports above, what it is for each user below. Every number and name here is made up."""

import csv
import io
import json
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from calls_table import ms
from pbxtally import tables
from pbxtally.calls import Leg, Numbering, Result, Via
from pbxtally.errors import SourceError
from pbxtally.records import MANY_BYTES
from reads import Reads

PSTN = {  # the export of calling plans
    "UsageId": "11111111-2222-3333-4444-555555555555", "Call ID": "c1", "Conference ID": "", "UPN": "Anna@acme.example",
    "User Display Name": "Anna", "Caller ID": "+4599000001", "Call Type": "user_in", "Number Type": "subscriber",
    "Destination Dialed": "Denmark", "Destination Number": "+4570000101",
    "Start Time": "2020-12-01T09:00:00.0000000+00:00",
    "End Time": "2020-12-01T09:01:05.0000000+00:00", "Duration Seconds": "60", "Charge": "0.00",
}  # fmt: skip
ROUTED = {  # the export of direct routing
    "Correlation ID": "aaaaaaaa-0000-0000-0000-000000000001", "SIP Address": "sip:anna@acme.example",
    "Display Name": "Anna", "Invite time (UTC)": "2020-12-01 09:00:00", "Start time (UTC)": "2020-12-01 09:00:05",
    "Failure time (UTC)": "", "End time (UTC)": "2020-12-01 09:01:05", "Duration (seconds)": "60",
    "Caller number": "+4570000101", "Callee number": "+4599000002", "Call type": "dr_out", "Final SIP code": "0",
    "SBC FQDN": "sbc.acme.example", "Shared correlation ID": "",
}  # fmt: skip
FAILED = {
    "Failure time (UTC)": "2020-12-01 09:00:20", "End time (UTC)": "", "Duration (seconds)": "0",
    "Start time (UTC)": "2020-12-01 09:00:20",
}  # fmt: skip
GRAPH = {
    "id": "aaaaaaaa-0000-0000-0000-000000000001", "correlationId": "c", "userPrincipalName": "anna@acme.example",
    "userDisplayName": "Anna", "inviteDateTime": "2020-12-01T09:00:00Z", "startDateTime": "2020-12-01T09:00:05Z",
    "endDateTime": "2020-12-01T09:01:05Z", "failureDateTime": None, "duration": 60, "callType": "ByotOut",
    "callerNumber": "+4570000101", "calleeNumber": "+4599000002", "finalSipCode": 0, "successfulCall": True,
    "trunkFullyQualifiedDomainName": "sbc.acme.example",
}  # fmt: skip


def endpoint(name):
    return {
        "associatedIdentity": {"id": f"id-{name}", "displayName": name, "userPrincipalName": f"{name}@acme.example"}
    }


SESSION = {
    "id": "e1", "modalities": ["audio"], "startDateTime": "2020-12-01T09:00:00.2169889Z",
    "endDateTime": "2020-12-01T09:01:00.7640013Z", "caller": endpoint("anna"), "callee": endpoint("bo"),
}  # fmt: skip
RECORD = {
    "@odata.context": "https://graph.example/v1.0/$metadata", "version": 1, "type": "peerToPeer",
    "modalities": ["audio"], "startDateTime": "2020-12-01T09:00:00Z", "endDateTime": "2020-12-01T09:01:00Z",
    "id": "e1", "sessions": [SESSION],
}  # fmt: skip

USERS = Numbering(pattern=r"(.+)@acme\.example")


TEAMS = Reads("teams", numbering=USERS)
read, story, reason, stream = TEAMS.read, TEAMS.story, TEAMS.reason, TEAMS.stream


def table(*rows):
    written = io.StringIO()
    lines = csv.DictWriter(written, list(rows[0]))
    lines.writeheader()
    lines.writerows(rows)
    return ("\ufeff" + written.getvalue()).encode()


def archive(**files):
    packed = io.BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as written:
        for name, content in files.items():
            written.writestr(name.replace("_", "."), content)
    return packed.getvalue()


def test_a_whole_row():
    assert read(GRAPH) == [
        Leg(
            key=GRAPH["id"],
            call=GRAPH["id"],
            started_ms=ms("09:00:00"),
            ended_ms=ms("09:01:05"),
            answered_ms=ms("09:00:05"),
            ring_ms=5000,
            talk_ms=60_000,
            via=Via.DEVICE,
            result=Result.ANSWERED,
            caller_number="+4570000101",
            caller_name="Anna",
            caller_device="anna@acme.example",
            callee_device="trunk sbc.acme.example",
            dialled="+4599000002",
            words="ByotOut 0",
        )
    ]


def test_a_call_in_by_a_calling_plan_and_one_out_by_direct_routing():
    assert story(PSTN) == ["anna IN outside: answered, rang 5 s, talked 60 s"]
    assert story(ROUTED) == story(GRAPH) == ["anna OUT outside: answered, rang 5 s, talked 60 s"]


def test_a_user_is_an_extension_by_sign_in_name_or_by_number():
    by_name = Numbering(directory=frozenset({"anna@acme.example"}))
    assert story(PSTN, numbering=by_name) == ["anna@acme.example IN outside: answered, rang 5 s, talked 60 s"]
    by_number = Numbering(directory=frozenset({"+4570000101"}))
    assert story(PSTN, numbering=by_number) == ["+4570000101 IN outside: answered, rang 5 s, talked 60 s"]
    assert story(GRAPH, numbering=by_number) == ["+4570000101 OUT outside: answered, rang 5 s, talked 60 s"]


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("486", "busy"),
        ("600", "busy"),
        ("603", "unanswered, rejected"),
        ("487", "unanswered, caller_gave_up"),
        ("480", "unanswered, rang_out"),
        ("408", "unanswered, rang_out"),
        ("404", "failed"),
        ("503", "failed"),
        ("0", "unanswered, caller_gave_up"),
    ],
)
def test_the_final_sip_code_says_why_nobody_answered(code, outcome):
    row = {**ROUTED, **FAILED, "Final SIP code": code}
    assert story(row) == [f"anna OUT outside: {outcome}, rang 20 s, talked 0 s"]


def test_a_call_that_was_never_connected_is_unanswered():
    assert story({**PSTN, "Duration Seconds": "0", "End Time": "2020-12-01T09:00:20Z"}) == [
        "anna IN outside: unanswered, caller_gave_up, rang 20 s, talked 0 s"
    ]


def test_a_time_of_the_year_1_is_never():
    """What .NET writes for a time that is none."""
    never = "0001-01-01T00:00:00Z"
    taken = {**GRAPH, "inviteDateTime": never, "failureDateTime": never}
    assert story(taken) == ["anna OUT outside: answered, rang 0 s, talked 60 s"]


@pytest.mark.parametrize("said", [{"Success": "No"}, {"Event type": "Attempt"}, {"successfulCall": False}])
def test_the_duration_of_a_call_that_was_not_established_is_no_talk(said):
    row = {**ROUTED, **FAILED, "Duration (seconds)": "20", "Final SIP code": "486", **said}
    assert story(row) == ["anna OUT outside: busy, rang 20 s, talked 0 s"]


def test_a_duration_that_counts_from_the_invite_makes_the_ringing_no_talk():
    assert story({**ROUTED, "Duration (seconds)": "65"}) == ["anna OUT outside: answered, rang 5 s, talked 60 s"]


def test_a_call_through_operator_connect_is_told_by_the_rest_of_its_type():
    assert story({**PSTN, "Call Type": "oc_user_in"}) == story(PSTN)


def test_legs_that_share_a_correlation_id_are_two_of_one_call():
    came = {**ROUTED, "Call type": "dr_in", "Caller number": "+4599000002", "Callee number": "+4570000101"}
    sent = {**ROUTED, "Call type": "dr_out_user_transfer", "Invite time (UTC)": "2020-12-01 09:01:00"}
    [first], [second] = read(came), read(sent)
    assert first.key != second.key and first.call == second.call


def test_forwarding_to_outside_is_the_users_call_in_and_a_transfer_is_no_call_out():
    assert story({**ROUTED, "Call type": "dr_out_user_forwarding"}) == [
        "anna IN outside: answered, forwarded, rang 5 s, talked 60 s"
    ]
    assert story({**ROUTED, "Call type": "dr_out_user_transfer"}) == []


def test_a_transfer_that_presents_the_users_own_number_is_no_call_out():
    transferred = {**ROUTED, "Call type": "dr_out_user_transfer"}
    assert story(transferred, numbering=Numbering(directory=frozenset({"+4570000101"}))) == []


@pytest.mark.parametrize("kind", ["conf_in", "ucap_in", "oc_ucap_in", "dr_in_bot", "dr_unassigned_in"])
def test_conferences_attendants_and_queues_are_nobodys(kind):
    assert story({**PSTN, "Call Type": kind}) == []


def test_calls_with_a_shared_correlation_id_are_one():
    came = {**ROUTED, "Call type": "dr_in", "Shared correlation ID": "s1"}
    [first], [second] = read(came), read({**came, "Correlation ID": "other", "Call type": "dr_out_user_transfer"})
    assert first.call == second.call == "s1" and first.key != second.key


def test_the_archive_that_is_downloaded_has_both_logs_and_a_file_of_parameters():
    packed = archive(PSTN_csv=table(PSTN), DirectRouting_csv=table(ROUTED, ROUTED), parameters_json=b'{"from": "x"}')
    found = read(*stream(packed))
    assert [one.call for one in found] == [PSTN["UsageId"], ROUTED["Correlation ID"], ROUTED["Correlation ID"]]
    assert story(*stream(table(PSTN))) == story(PSTN)


def test_what_graph_answers_is_taken_out_of_its_wrapper():
    answer = {
        "@odata.context": "https://graph.example/$metadata",
        "@odata.count": 2,
        "value": [GRAPH, {**GRAPH, "id": "2"}],
    }
    assert [one.key for one in read(*stream(json.dumps(answer).encode()))] == [GRAPH["id"], "2"]


def test_a_call_record_tells_a_call_of_one_user_to_another():
    assert story(RECORD) == [
        "anna OUT local: answered, rang 0 s, talked 60 s",
        "bo IN local: answered, rang 0 s, talked 60 s",
    ]
    assert story(SESSION) == story(RECORD)


def test_a_session_that_failed_was_not_answered_unless_it_broke_off_in_the_middle():
    lost = {**SESSION, "failureInfo": {"stage": "callSetup", "reason": "no answer"}}
    assert story({**RECORD, "sessions": [lost]})[1] == "bo IN local: unanswered, caller_gave_up, rang 60 s, talked 0 s"
    broken = {**SESSION, "failureInfo": {"stage": "midcall", "reason": "network"}}
    assert story({**RECORD, "sessions": [broken]}) == story(RECORD)


def with_role(name, role):
    return {**endpoint(name), "userAgent": {"role": role, "headerValue": ""}}


@pytest.mark.parametrize("role", ["skypeForBusinessAutoAttendant", "skypeForBusinessCallQueues", "voicemail"])
def test_what_a_service_took_is_no_answer_though_it_has_the_name_of_a_user(role):
    assert story({**RECORD, "sessions": [{**SESSION, "callee": with_role("bo", role)}]}) == []
    queue = {**SESSION, "caller": with_role("support", role)}
    assert story({**RECORD, "sessions": [queue]}) == []


def test_voicemail_that_took_the_call_after_a_colleague_is_the_reason():
    lost = {**SESSION, "id": "e2", "failureInfo": {"stage": "callSetup", "reason": "no answer"}}
    mailbox = {**SESSION, "callee": with_role("bo", "voicemail"), "startDateTime": "2020-12-01T09:01:00.7640013Z"}
    mailbox["endDateTime"] = "2020-12-01T09:01:20.7640013Z"
    assert story({**RECORD, "sessions": [lost, mailbox]}) == [
        "anna OUT local: unanswered, rang_out, rang 60 s, talked 0 s",
        "bo IN local: unanswered, voicemail, rang 60 s, talked 0 s",
    ]


def test_what_a_call_record_tells_of_outside_and_of_meetings_is_not_counted():
    outside = {**SESSION, "caller": {"identity": {"phone": {"id": "+4599000001"}}}}
    assert story({**RECORD, "sessions": [outside]}) == []
    assert story({**RECORD, "type": "groupCall"}) == []


@pytest.mark.parametrize(
    ("one", "why"),
    [
        ({**GRAPH, "callType": "telepathy"}, "call type: unknown word 'telepathy'; the manual page lists those known"),
        ({**GRAPH, "id": None, "correlationId": None}, "no UsageId, id or Correlation ID"),
        ({**GRAPH, "duration": "a while"}, "duration: whole seconds were expected"),
        (
            {**GRAPH, "inviteDateTime": "1/12/2020"},
            "invite time: '1/12/2020' is not a time; an ISO 8601 date in UTC was expected",
        ),
        ({**GRAPH, "inviteDateTime": None, "startDateTime": None}, "start time is empty"),
        ({**GRAPH, "endDateTime": "2020-11-01T00:00:00Z"}, "impossible times: the call ends before it starts"),
        ({**RECORD, "sessions": None}, "sessions are missing; ask for the call record with $expand=sessions"),
        ({**SESSION, "endDateTime": ""}, "id, startDateTime and endDateTime were expected"),
        (b"Anna,+45\n", "neither a row under a heading with Call Type and a start time, nor JSON"),
        (b"[]", "not a record: an object was expected"),
        (b" " * 70_000 + b"{", f"the record is longer than {MANY_BYTES} bytes"),
    ],
)
def test_what_cannot_be_used_is_rejected_with_its_reason(one, why):
    assert reason(one).startswith(why)


def test_a_row_that_does_not_fit_its_heading_is_rejected_and_the_next_one_read():
    found = read(*stream(table(PSTN) + b"one,two\r\n" + table(PSTN).partition(b"\r\n")[2]))
    assert [type(one).__name__ for one in found] == ["Leg", "Rejected", "Leg"]


def test_blank_lines_and_a_second_heading_do_no_harm():
    found = read(*stream(b"\r\n" + table(PSTN) + b"\r\n" + table(ROUTED).removeprefix("\ufeff".encode())))
    assert [one.call for one in found] == [PSTN["UsageId"], ROUTED["Correlation ID"]]


def test_an_archive_that_is_cut_off_or_a_bomb_is_refused(monkeypatch):
    packed = archive(PSTN_csv=table(PSTN))
    with pytest.raises(SourceError, match="damaged or cut off"):
        stream(packed[: len(packed) // 2])
    monkeypatch.setattr(tables, "MANY_ARCHIVE_BYTES", 100)
    with pytest.raises(SourceError, match="more than 1 GB"):
        stream(packed)

"""FreeSWITCH's documents above, what they come to below. Every number and name here is made up."""

import base64
import io
import json
from itertools import permutations
from urllib.parse import quote

import pytest

from pbxtally.records import Rejected
from pbxtally.sources.freeswitch_documents import DOCUMENT_BYTES
from pbxtally.sources.freeswitch_documents import records as documents_in
from sources.freeswitch_records import (
    ANSWERED,
    a_leg,
    b_leg,
    channel,
    leg,
    micro,
    read,
    reason,
    story,
    taken_apart,
    written,
)

# ── two legs, one call ──


def test_a_leg_alone_tells_the_call():
    assert story(a_leg()) == ANSWERED


def test_both_legs_are_one_call_whichever_comes_first_and_however_often():
    a, b = a_leg(), b_leg()
    assert story(a, b) == story(b, a) == story(b, a, a, b) == ANSWERED


def test_the_extension_that_called_is_known_though_the_b_leg_shows_the_company_number():
    assert "101 OUT local: answered, rang 5 s, talked 60 s" in story(a_leg(), b_leg())


def test_who_answered_in_a_ring_group_and_who_lost_the_race():
    won = b_leg("102", start="09:00:10", answer="09:00:15")
    lost = b_leg("103", start="09:00:10", answer=None, end="09:00:15", cause="LOSE_RACE")
    call = [a_leg(answer="09:00:00", bridge="09:00:15", dialed_user="103"), won, lost]
    wanted = [
        "101 OUT local: answered, rang 15 s, talked 50 s",
        "102 IN local: answered, rang 5 s, talked 50 s",
        "103 IN local: elsewhere, answered_elsewhere, rang 5 s, talked 0 s",
    ]
    assert all(story(*order) == wanted for order in permutations(call))


def test_a_hunt_that_went_on_is_missed_by_the_first_phone():
    first = b_leg("103", answer=None, end="09:00:20", cause="NO_ANSWER")
    second = b_leg("102", start="09:00:20", answer="09:00:25")
    assert "103 IN local: unanswered, rang_out, rang 20 s, talked 0 s" in story(a_leg(), first, second)


def test_a_call_center_agents_leg_belongs_to_the_caller_who_waited():
    agent = b_leg("102", cc_side="agent", cc_member_session_uuid="a-leg", call_uuid="b-102", originating_leg_uuid="")
    assert leg(written([agent])[0]).call == "a-leg"


@pytest.mark.parametrize("made_by", ["originating_leg_uuid", "originator"])
def test_a_b_leg_whose_call_uuid_is_its_own_belongs_to_what_made_it(made_by):
    b = b_leg(call_uuid="b-102", **{"originating_leg_uuid": "", made_by: "a-leg"})
    assert leg(written([b])[0]).call == "a-leg"
    assert story(a_leg(), b) == story(b, a_leg()) == ANSWERED


@pytest.mark.parametrize("made_by", ["ent_originate_aleg_uuid", "fifo_bridge_uuid"])
def test_phones_rung_by_threads_of_their_own_belong_to_who_called(made_by):
    alone = {"originating_leg_uuid": "", made_by: "a-leg"}
    won = b_leg("102", call_uuid="b-102", **alone)
    lost = b_leg("103", answer=None, end="09:00:05", cause="LOSE_RACE", call_uuid="b-103", **alone)
    assert [leg(one).call for one in written([won, lost])] == ["a-leg", "a-leg"]
    assert "103 IN local: elsewhere, answered_elsewhere, rang 5 s, talked 0 s" in story(a_leg(), won, lost)


def picker(phone="103", at="09:00:07", end="09:01:05"):
    """The channel of a phone that dialled *8 and got the call that rang at another."""
    profile = {"caller_id_number": phone, "destination_number": "*8102"}
    said = {"sip_auth_username": phone, "last_app": "intercept", "bridge_uuid": "a-leg", "call_uuid": f"p-{phone}"}
    return channel(f"p-{phone}", at, at, end, "NORMAL_CLEARING", profile=profile, bridge_uepoch=micro(at), **said)


def test_who_picks_up_a_colleagues_call_was_called_and_the_caller_was_answered():
    rang = b_leg(answer=None, end="09:00:07", cause="PICKED_OFF")
    call = [a_leg(answer="09:00:07", bridge="09:00:07"), rang, picker()]
    wanted = [
        "101 OUT local: answered, rang 7 s, talked 58 s",
        "102 IN local: elsewhere, answered_elsewhere, rang 7 s, talked 0 s",
        "103 IN local: answered, rang 0 s, talked 58 s",
    ]
    assert all(story(*order) == wanted for order in permutations(call))


def test_a_pickup_that_found_no_call_is_nobodys_call():
    found_none = picker(end="09:00:08")
    found_none["variables"] |= {"bridge_uuid": "", "bridge_uepoch": "0"}
    assert story(found_none) == []


def test_a_caller_who_was_answered_by_somebody_without_a_document_was_answered():
    rang = b_leg(answer=None, end="09:00:07", cause="PICKED_OFF")
    assert story(a_leg(answer="09:00:07", bridge="09:00:07"), rang) == [
        "101 OUT local: answered, rang 7 s, talked 58 s",
        "102 IN local: elsewhere, answered_elsewhere, rang 7 s, talked 0 s",
    ]


def test_a_caller_whom_an_announcement_answered_after_the_phone_rang_out_reached_nobody():
    heard = a_leg(
        answer="09:00:20", bridge=None, end="09:00:40", originate_disposition="NO_ANSWER", last_app="playback"
    )
    assert story(heard, b_leg(answer=None, end="09:00:20", cause="NO_ANSWER")) == [
        "101 OUT local: unanswered, rang_out, rang 20 s, talked 0 s",
        "102 IN local: unanswered, rang_out, rang 20 s, talked 0 s",
    ]


def test_a_blind_transfer_is_an_in_for_both_and_each_talks_for_its_own_time():
    caller = a_leg(
        caller="+4599000001", sip_auth_username="", sip_gateway="carrier", answer="09:00:03", dialed_user="103"
    )
    first = b_leg(answer="09:00:03", end="09:00:20", cause="BLIND_TRANSFER")
    second = b_leg("103", start="09:00:20", answer="09:00:25", end="09:01:05", call_uuid="b-103")
    assert story(caller, first, second) == [
        "102 IN outside: answered, rang 3 s, talked 17 s",
        "103 IN outside: answered, rang 5 s, talked 40 s",
    ]


def test_who_asks_a_colleague_and_puts_a_caller_through_has_talked_until_then():
    asking = a_leg(answer="09:00:05", end="09:00:15", cause="ATTENDED_TRANSFER", call_uuid="caller")
    assert story(asking, b_leg(call_uuid="caller")) == [
        "101 OUT local: answered, rang 5 s, talked 10 s",
        "102 IN local: answered, rang 5 s, talked 60 s",
    ]


def test_who_puts_a_caller_through_while_the_colleagues_phone_rings_has_made_no_call():
    asking = a_leg(answer=None, end="09:00:04", cause="ATTENDED_TRANSFER")
    assert story(asking, b_leg(answer="09:00:09")) == ["102 IN local: answered, rang 9 s, talked 56 s"]


def test_a_pickup_is_a_leg_of_the_call_it_got_whatever_its_bridge_made_of_the_ids():
    picked = a_leg(answer="09:00:07", bridge="09:00:07", call_uuid="p-103")
    assert leg(written([picked])[0]).call == leg(written([picker()])[0]).call == "a-leg"


def first_called(bridge="09:00:05", cause="NORMAL_CLEARING", **said):
    """The channel of 101, whom the switch called first (click to call), and which then called out."""
    said = {"presence_id": "101@office", "channel_name": "sofia/internal/a1b2@192.0.2.7", "dialed_user": "101", **said}
    said |= {"sip_from_user": "0000000000", "originate_disposition": "SUCCESS" if bridge else cause}
    if bridge:
        said |= {"bridge_uepoch": micro(bridge), "bridge_uuid": "b-leg", "last_sent_callee_id_number": "112"}
        said |= {"bridge_channel": "sofia/external/112"}
    profile = {"caller_id_number": "112", "destination_number": "112"}
    return channel("a-leg", "09:00:00", "09:00:03", "09:01:05", cause, "outbound", profile, **said)


def test_a_phone_that_was_rung_so_that_it_can_call_is_who_called():
    trunk = b_leg("112", dialed_user="", sip_gateway_name="carrier", channel_name="sofia/external/112")
    wanted = ["101 OUT outside: answered, rang 5 s, talked 60 s"]
    assert story(first_called()) == story(trunk, first_called()) == wanted


def test_a_phone_that_was_rung_so_that_it_can_call_did_not_miss_its_own_call():
    assert story(first_called(bridge=None, cause="USER_BUSY")) == ["101 OUT outside: busy, rang 3 s, talked 0 s"]


def test_a_phone_that_was_rung_and_dialled_nobody_was_called():
    rung = channel(
        "a-leg", "09:00:00", None, "09:00:20", "NO_ANSWER", "outbound", {"destination_number": "102"}, dialed_user="102"
    )
    assert story(rung) == ["102 IN outside: unanswered, rang_out, rang 20 s, talked 0 s"]


# ── who ──


def test_a_call_from_outside_came_through_its_gateway():
    call = a_leg(caller="+4599000001", sip_auth_username="", sip_gateway="carrier", channel_name="sofia/external/45@x")
    assert story(call) == ["102 IN outside: answered, rang 5 s, talked 60 s"]


def test_a_call_in_for_an_extension_that_rang_only_a_mobile_was_forwarded_by_it():
    came = {"caller": "4599000001", "sip_gateway_name": "carrier", "sip_auth_username": "", "dialed_user": ""}
    mobile = b_leg("4599000002", dialed_user="", channel_name="sofia/external/4599000002", sip_gateway_name="carrier")
    lost = b_leg("102", end="09:00:05", answer=None, cause="LOSE_RACE")
    assert story(a_leg(**came), mobile) == ["102 IN outside: answered, forwarded, rang 5 s, talked 60 s"]
    assert not [one for one in story(a_leg(**came), lost, mobile) if "forwarded" in one]


def test_a_short_number_from_outside_is_no_extension():
    call = a_leg(caller="104", sip_auth_username="", sip_from_user="104", channel_name="sofia/external/104@x")
    assert story(call) == ["102 IN outside: answered, rang 5 s, talked 60 s"]


def test_an_emergency_number_is_no_colleague():
    call = a_leg(dialed_user="", last_sent_callee_id_number="112", bridge_channel="sofia/external/112")
    assert story(call) == ["101 OUT outside: answered, rang 5 s, talked 60 s"]
    trunk = b_leg("112", dialed_user="", sip_gateway_name="carrier", channel_name="sofia/external/112")
    assert story(call, trunk) == story(call)


# ── how it ended ──


@pytest.mark.parametrize(
    ("cause", "outcome"),
    [
        ("NORMAL_CLEARING", "unanswered, caller_gave_up"),
        ("ORIGINATOR_CANCEL", "unanswered, caller_gave_up"),
        ("NO_ANSWER", "unanswered, rang_out"),
        ("USER_BUSY", "busy"),
        ("CALL_REJECTED", "unanswered, rejected"),
        ("USER_NOT_REGISTERED", "failed, unreachable"),
        ("UNALLOCATED_NUMBER", "failed"),
        ("RECOVERY_ON_TIMER_EXPIRE", "failed"),
    ],
)
def test_a_cause_tells_how_a_call_ended_that_nobody_answered(cause, outcome):
    wanted = [
        f"101 OUT local: {outcome}, rang 20 s, talked 0 s",
        f"102 IN local: {outcome}, rang 20 s, talked 0 s",
    ]
    assert story(a_leg(answer=None, end="09:00:20", cause=cause)) == wanted
    assert story(a_leg(answer=None, end="09:00:20"), b_leg(answer=None, end="09:00:20", cause=cause)) == wanted


def test_what_was_answered_was_answered_whatever_its_cause_says():
    assert story(a_leg(cause="RECOVERY_ON_TIMER_EXPIRE")) == ANSWERED


def test_early_media_is_no_answer():
    call = a_leg(answer=None, end="09:00:20", bridge="09:00:02", cause="ORIGINATOR_CANCEL")
    assert "102 IN local: unanswered, caller_gave_up, rang 20 s, talked 0 s" in story(call)


def test_voicemail_is_no_answer():
    call = a_leg(answer="09:00:20", bridge=None, originate_disposition="NO_ANSWER", last_app="voicemail")
    assert "102 IN local: unanswered, voicemail, rang 20 s, talked 0 s" in story(call)


def test_voicemail_by_the_bridge_of_the_usual_dial_plan_is_no_answer():
    arg = "loopback/app=voicemail:default office 102"
    call = a_leg(answer="09:00:20", bridge="09:00:21", last_app="bridge", last_arg=arg, bridge_channel=f"{arg}-a")
    box = b_leg("box", start="09:00:20", answer="09:00:20", dialed_user="", channel_name=f"{arg}-a")
    wanted = "102 IN local: unanswered, voicemail, rang 20 s, talked 0 s"
    assert wanted in story(call)
    assert wanted in story(call, b_leg(answer=None, end="09:00:20", cause="NO_ANSWER"), box)


def test_voicemail_is_no_answer_when_the_phone_left_a_record_too():
    call = a_leg(answer="09:00:20", bridge=None, originate_disposition="NO_ANSWER", last_app="voicemail")
    phone = b_leg(answer=None, end="09:00:20", cause="NO_ANSWER")
    assert story(call, phone) == story(phone, call)
    assert "102 IN local: unanswered, voicemail, rang 20 s, talked 0 s" in story(call, phone)


def test_music_that_answered_is_nobodys_call():
    assert story(a_leg(bridge=None, dialed_user="", last_app="playback")) == []


# ── documents ──


def xml(document):
    """As mod_xml_cdr writes it with values not encoded."""
    profile = document["callflow"][0]["caller_profile"]
    sections = {"variables": document["variables"], "channel_data": document["channel_data"]}
    parts = [f"<{name}>{pairs(of)}</{name}>" for name, of in sections.items()]
    flow = f"<callflow><caller_profile>{pairs(profile)}</caller_profile></callflow>"
    return f'<?xml version="1.0"?>\n<cdr core-uuid="core">\n{"".join(parts)}{flow}\n</cdr>\n'.encode()


def pairs(of):
    return "".join(f"<{name}>{value}</{name}>\n" for name, value in of.items())


def encoded(document):
    """As `encode-values` writes it."""
    return {**document, "variables": {name: quote(value) for name, value in document["variables"].items()}}


PLAIN = a_leg(sip_full_from='"Anna & Co" <sip:101@office>;tag=x', caller_id='"Anna" <101>')
BODY = json.dumps(PLAIN).encode()
FORMS = {
    "JSON": BODY,
    "XML that is not well-formed": xml(PLAIN),
    "JSON with encoded values": json.dumps(encoded(PLAIN)).encode(),
    "XML with encoded values": xml(encoded(PLAIN)),
    "a form": b"cdr=" + quote(BODY).encode(),
    "a form with uuid": b"cdr=" + quote(BODY).encode() + b"&uuid=a-leg",
    "a raw field": b"cdr=" + BODY,
    "an encoded body": quote(BODY, safe="").encode(),
    "a form of XML": b"cdr=" + quote(xml(PLAIN)).encode(),
    "base64": base64.b64encode(BODY),
    "base64 in a form": b"cdr=" + quote(base64.b64encode(BODY), safe="").encode(),
    "JSON over many lines": json.dumps(PLAIN, indent=1).encode(),
    "JSON behind a byte order mark": b"\xef\xbb\xbf" + BODY,
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_document_says_the_same(form):
    [record] = taken_apart(FORMS[form] + b"\n")
    assert leg(record) == leg(BODY)


def test_the_uuid_may_stand_in_the_profile_only():
    variables = {name: value for name, value in PLAIN["variables"].items() if name != "uuid"}
    profile = {**PLAIN["callflow"][0]["caller_profile"], "uuid": "a-leg"}
    older = {**PLAIN, "variables": variables, "callflow": [{"caller_profile": profile}]}
    assert leg(json.dumps(older).encode()) == leg(xml(older)) == leg(BODY)


def test_forms_may_follow_each_other_in_one_file():
    [*found] = taken_apart(b"\n".join(FORMS.values()))
    assert [leg(one) for one in found] == [leg(BODY)] * len(FORMS)


def test_documents_may_stand_on_one_line():
    assert taken_apart(BODY + BODY + b" " + BODY + b"\n") == [BODY, BODY, b" " + BODY]


def test_a_document_that_is_cut_off_does_not_take_the_next_with_it():
    [cut, whole] = taken_apart(json.dumps(PLAIN, indent=1).encode()[:200] + b"\n" + BODY)
    assert reason(cut) == "not JSON; is the document cut off?"
    assert leg(whole) == leg(BODY)
    [cut, whole] = taken_apart(xml(PLAIN)[:-10] + b"\n" + xml(PLAIN))
    assert reason(cut) == "the document has no </cdr>; is it cut off?"
    assert leg(whole) == leg(BODY)


def test_names_that_are_no_xml_and_quotes_do_no_harm():
    odd = xml(PLAIN).replace(b"<variables>", b"<variables>\n<9 lives>cat</9 lives><DP_MATCH>a</DP_MATCH><bad>\n")
    assert leg(odd) == leg(BODY)


def test_entities_are_not_expanded():
    bomb = b'<!DOCTYPE cdr [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>' + xml(a_leg(last_arg="&b;"))
    assert leg(bomb).words.endswith("&b;")


def test_a_document_that_is_too_long_is_rejected_and_the_next_is_read():
    long = json.dumps(a_leg(last_arg="x" * DOCUMENT_BYTES)).encode()
    [first, second] = taken_apart(long + b"\n" + BODY + b"\n")
    assert reason(first) == f"the record is longer than {DOCUMENT_BYTES} bytes"
    assert leg(second) == leg(BODY)


@pytest.mark.parametrize("hostile", [b'{"' + b'\\"' * 120_000, b"<cdr><variables>" + b"<a>" * 60_000 + b"</cdr>"])
def test_hostile_documents_are_rejected_soon(hostile):
    assert [type(one) for record in taken_apart(hostile) for one in read(record)] == [Rejected]


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ({**PLAIN, "variables": {}}, "not a CDR: variables with a uuid were expected; is the document cut off?"),
        (a_leg(start=None), "start has no time"),
        (a_leg(start="09:02:00"), "impossible times: start, answer and end are not in this order"),
        (a_leg(start_uepoch="soon"), "start_uepoch is not a number"),
        (a_leg(answer=None, cause="no way"), "hangup_cause is 'no way'; a word such as NO_ANSWER was expected"),
    ],
)
def test_what_cannot_be_used_says_why(document, why):
    assert reason(json.dumps(document).encode()) == why


@pytest.mark.parametrize("one", [b"{}", b'{"a":{}} ', b"<cdr></cdr>"])
def test_documents_side_by_side_on_a_long_line_are_taken_apart_one_after_the_other(one):
    line = one * (DOCUMENT_BYTES // len(one))
    assert [found.strip() for found in documents_in(io.BytesIO(line))] == [one.strip()] * (DOCUMENT_BYTES // len(one))

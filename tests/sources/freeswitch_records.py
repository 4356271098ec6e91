"""What a FreeSWITCH writes about calls between made-up phones, and what is made of it."""

import io
import json
from zoneinfo import ZoneInfo

from calls_table import ms, sentence
from pbxtally.calls import Leg, Numbering, involvements
from pbxtally.records import Reading, Rejected
from pbxtally.sources import SOURCES

NUMBERING = Numbering(directory=frozenset({"101", "102", "103"}), trunks=frozenset({"carrier", "external", "public"}))
COPENHAGEN, UTC_ZONE = ZoneInfo("Europe/Copenhagen"), ZoneInfo("UTC")


def micro(clock):
    return str(ms(clock) * 1000) if clock else "0"


def channel(uuid, start, answer, end, cause, direction="inbound", profile=(), **said):
    """One document of mod_json_cdr, with what the rules look at."""
    times = {"start_uepoch": micro(start), "answer_uepoch": micro(answer), "end_uepoch": micro(end)}
    variables = {"uuid": uuid, "call_uuid": "a-leg", "hangup_cause": cause, **times, **said}
    return {
        "core-uuid": "core",
        "channel_data": {"direction": direction},
        "variables": {**variables, "start_stamp": "2020-12-01 09:00:00"},
        "callflow": [{"caller_profile": dict(profile)}],
    }


def a_leg(start="09:00:00", answer="09:00:05", end="09:01:05", cause="NORMAL_CLEARING", caller="101", **said):
    """The channel of 101, who called 102; a person answered if `bridge` says when."""
    said = {"sip_auth_username": caller, "dialed_user": "102", **said}
    if bridge := said.pop("bridge", answer):
        said |= {"bridge_uepoch": micro(bridge), "bridge_uuid": "b-leg"}
    profile = {"caller_id_number": caller, "caller_id_name": "Anna", "destination_number": "102", "context": "office"}
    return channel("a-leg", start, answer, end, cause, profile=profile, **said)


def b_leg(to="102", start="09:00:00", answer="09:00:05", end="09:01:05", cause="NORMAL_CLEARING", **said):
    """A phone that was rung for that channel."""
    said = {"dialed_user": to, "originating_leg_uuid": "a-leg", "bridge_uepoch": micro(answer), **said}
    profile = {"caller_id_number": "+4599000001", "destination_number": to}
    return channel(f"b-{to}", start, answer, end, cause, "outbound", profile, **said)


def read(*records, zone=COPENHAGEN):
    source = SOURCES["freeswitch"]
    return list(source.read(records, Reading(zone, "a" * 24, lambda extension, at_ms: None)))


def written(documents):
    return [json.dumps(one).encode() for one in documents]


def story(*documents):
    return [sentence(one) for one in involvements(read(*written(documents)), NUMBERING)]


def taken_apart(stream):
    return [record for record in SOURCES["freeswitch"].records(io.BytesIO(stream)) if not record.isspace()]


def leg(record, zone=COPENHAGEN):
    [found] = read(record, zone=zone)
    assert isinstance(found, Leg), found
    return found


def reason(record):
    [found] = read(record)
    assert isinstance(found, Rejected), found
    return found.reason


ANSWERED = [
    "101 OUT local: answered, rang 5 s, talked 60 s",
    "102 IN local: answered, rang 5 s, talked 60 s",
]

"""What odd bytes are given to, and what must not come of them.

A target takes bytes and raises AssertionError, or whatever escaped, if a promise is broken: only our own errors are
raised; every record is a leg or rejected; whatever is kept can be stored, sent and counted; the order of a call's
records does not matter. `tests/fuzz/seeds/TARGET/` has small inputs to begin with, and those that once broke something.
"""

import io
import json
import socket
from collections import defaultdict
from threading import Event as Stopped
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

import msgspec

from pbxtally.call_query import parse_calls
from pbxtally.calls import Leg, Numbering, involvements
from pbxtally.channels import CALLED
from pbxtally.checked_reading import read_checked
from pbxtally.collectors import CollectorError
from pbxtally.collectors.manager_connection import Address, ManagerConnection
from pbxtally.collectors.manager_events import records_of
from pbxtally.dialogs import Step
from pbxtally.errors import InvalidFieldError, PbxTallyError, SourceError
from pbxtally.figure import parse_figure
from pbxtally.legs import Result, Via
from pbxtally.missed_list import parse_missed
from pbxtally.query import Asker, parse_query
from pbxtally.queues import QueueEvent
from pbxtally.records import HEADING, MANY_BYTES, MANY_CHARACTERS, Reading, Rejected
from pbxtally.sources import SOURCES
from pbxtally.sources.asterisk.cel import EVENTS
from pbxtally.sources.generic_mapping import mapping_of
from pbxtally.sources.generic_proposal import SAMPLE
from pbxtally.sources.generic_proposal import proposal as proposal_of
from pbxtally.streams import lines, records_in
from pbxtally.web.body import read_object

CUSTOMER = "5450f1834b75ff2103256300"
ZONE = ZoneInfo("Europe/Copenhagen")
LATEST_MS = 2_000_000_000_000
NUMBERING = Numbering(directory=frozenset({"101", "102", "+4570000101"}), trunks=frozenset({"trunk", "carrier"}))
ASKER = Asker(CUSTOMER, 1_606_813_200_000, lambda customer: ZONE)
SMALLEST, LARGEST = -(2**31), 2**31 - 1

MAPPING = """
[fields]
key = "Id"
start = "Start"
end = "End"
caller = "A"
callee = "B"
talk = "Talk"
result = "State"

[results]
ANSWERED = "answered"
BUSY = "busy"
"""
LAYOUTS = {"generic": MAPPING, "kamailio": "192.0.2.99, carrier.example"}


def source(name):
    """The target of a source: a stream in its format, read, and its calls derived."""

    def target(data):
        source = SOURCES[name]
        layout = LAYOUTS.get(name, "")
        reading = Reading(ZONE, CUSTOMER, lambda extension, at_ms: "101", layout)
        try:
            records = list(records_in(io.BufferedReader(io.BytesIO(data)), source))
            found = list(read_checked(source.read, records, reading, LATEST_MS))
        except (SourceError, InvalidFieldError):
            return  # nothing of it is taken, with a reason
        check(found)
        check_whose(source, records, layout)

    return target


def check(found):
    """Whatever was read can be stored and sent, and its calls counted."""
    calls = defaultdict(list)
    kept = {one.key: one for one in found if isinstance(one, Leg)}  # of legs with the same key, the last counts
    for one in found:
        if isinstance(one, Rejected):
            assert one.reason and len(one.raw) <= MANY_BYTES, one
        else:
            assert 0 <= one.started_ms <= one.ended_ms, one
            assert one.answered_ms is None or one.started_ms <= one.answered_ms <= one.ended_ms, one
            assert one.ring_ms >= 0 and one.talk_ms >= 0, one
            assert all(len(word) <= 2 * MANY_CHARACTERS["words"] for word in one if isinstance(word, str)), one
    for one in kept.values():
        calls[one.call].append(one)
    msgspec.msgpack.encode([tuple(one) for one in found])
    for legs in calls.values():
        check_call(legs)


def check_call(legs):
    """A call counts the same in any order of its legs, and if told twice."""
    counted = involvements(legs, NUMBERING)
    assert counted == involvements(legs[::-1] + legs[:1], NUMBERING), legs
    for one in counted:
        assert 0 <= one.ring_seconds <= LARGEST and 0 <= one.talk_seconds <= LARGEST, one


def check_whose(source, records, layout):
    """A hosted switch's record names its customer, or none."""
    if source.tenancy is None:
        return
    for word in source.tenancy.words:
        try:
            named = source.tenancy.reader(word, records[: source.heading_length_in(records[:HEADING], layout)], layout)
        except InvalidFieldError:
            continue
        for record in records:
            named(record).encode()


def request(data):
    """A request's body, and the same bytes as a query string."""
    for parse in (parse_query, parse_figure, parse_missed, parse_calls):
        try:
            parse(read_object(data), ASKER)
        except PbxTallyError as refused:
            refused.description.encode()
        try:
            parse(dict(parse_qsl(data.decode("latin-1"))), ASKER, as_text=True)
        except PbxTallyError as refused:
            refused.description.encode()


def mapping(data):
    """A mapping file of the generic source."""
    try:
        mapping_of(data.decode("utf-8", "replace"))
    except PbxTallyError as refused:
        refused.description.encode()


def proposal(data):
    """The first rows of an unknown table: the mapping proposed for it can be read, or the table is refused."""
    mapping(proposal_of(list(lines(io.BytesIO(data)))[:SAMPLE]).encode())


def ami(data):
    """What a manager says from greeting to hang-up: each of its records is a leg, or rejected."""
    ours, theirs = socket.socketpair()
    with theirs:
        theirs.sendall(data)
        theirs.shutdown(socket.SHUT_WR)
        records = records_of(_heard(ours))
    reading = Reading(ZONE, CUSTOMER, lambda extension, at_ms: None)
    found = list(read_checked(SOURCES["asterisk"].read, records, reading, LATEST_MS))
    assert len(found) == len(records), records
    check(found)


def _heard(connection):
    """The messages of a manager that lets anybody sign in; none if it fails."""
    heard = []
    try:
        line = ManagerConnection(connection, Address("pbx", 5038, "pbxtally", "s3cr3t"), "cdr,call")
        while True:
            heard += line.events(Stopped())
    except CollectorError:
        return heard
    finally:
        connection.close()


# ── foldings: four bytes are an event ──


def _events(data):
    for place in range(0, len(data) - 3, 4):
        yield place, *data[place : place + 4]


def cel(data):
    """Channel events, in any order and however senseless."""
    kinds, lines = list(EVENTS), []
    for place, kind, channel, second, more in _events(data):
        lines.append({
            "eventtype": kinds[kind % len(kinds)],
            "eventtime": f"{1_606_813_200 + second}.{place % 1000:03}",
            "channame": ("Local/10{}@x-1;1" if more & 1 else "PJSIP/10{}-0001").format(channel % 4),
            "uniqueid": f"1606813200.{channel % 8}",
            "linkedid": "1606813200.1",
            "appname": ("Dial", "Queue", "AppDial", "VoiceMail", "AppQueue", "")[more % 6],
            "appdata": f"PJSIP/10{more % 4},{more}",
            "peer": ("", "Local/10{}@x-1;1", "PJSIP/10{}-0001", "PJSIP/10{}-0001")[more % 4].format(more // 4 % 4),
            "extra": json.dumps({"hangupcause": more}) if more & 2 else "16,,",
        })  # fmt: skip
    reading = Reading(ZONE, CUSTOMER, lambda extension, at_ms: None)
    check(list(SOURCES["asterisk"].read([json.dumps(line).encode() for line in lines], reading)))


def dialogs(data):
    """Steps of dialogs, and legs beside them."""
    check([_piece(Via.DIALOG, list(Step), *event) for event in _events(data)])


def queues(data):
    """What a queue says about its phones, and the legs of some of them."""
    check([_piece(Via.QUEUE, list(QueueEvent), *event) for event in _events(data)])


def _piece(via, words, place, word, who, second, more):
    """A piece of a call or, if `more` is odd, a leg beside the pieces."""
    at_ms = 1_606_813_200_000 + second * 1000
    answered_ms = at_ms + (more % 3) * 500 if more & 4 else None
    return Leg(
        key=f"piece {place}",
        call="call",
        started_ms=at_ms,
        ended_ms=at_ms + more * 100 + 1000,
        answered_ms=answered_ms,
        ring_ms=0,
        talk_ms=more * 100 if answered_ms else 0,
        via=Via.DEVICE if more & 1 else via,
        result=Result.ANSWERED if answered_ms else Result(1 + word % 10),
        caller_device=f"10{who % 3}",
        callee_device=f"10{who % 5}",
        callee_wire=("", "a b", "a c")[who % 3] if via == Via.DIALOG else "",
        callee_name=CALLED if who & 8 else "",
        dialled=words[word % len(words)],
        epoch_ms=at_ms - more if more & 16 else None,
    )


TARGETS = {name: source(name) for name in SOURCES}
FOLDED = {"cel": cel, "dialogs": dialogs, "queues": queues}
TARGETS |= {"ami": ami, "mapping": mapping, "proposal": proposal, "request": request} | FOLDED
NAMES = tuple(TARGETS)

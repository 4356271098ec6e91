"""Missed calls of switches whose rows only become legs: the number that was dialled later stands in a column apart."""

import pytest

from office import Office
from pbxtally.calls import Numbering
from reads import Reads
from sources.asterisk_events import csv_line, rows
from test_missed import told_of

PHONES = Numbering(trunks=frozenset({"trunk"}))

INVITE = {
    "id": 1, "method": "INVITE", "from_tag": "f1", "to_tag": "t1", "callid": "missed@192.0.2.1", "sip_code": "487",
    "sip_reason": "Cancelled", "time": "2020-12-01 10:00:20", "src_user": "4511223344", "src_ip": "192.0.2.99",
    "dst_user": "101", "dst_ouser": "101", "dst_domain": "pbx.example",
}  # fmt: skip
BACK = {
    **INVITE, "id": 2, "callid": "back@192.0.2.1", "sip_code": "200", "time": "2020-12-01 10:30:05", "src_user": "102",
    "src_ip": "192.0.2.1", "dst_user": "004511223344", "dst_ouser": "004511223344", "dst_domain": "carrier.example",
}  # fmt: skip
BYE = {**BACK, "id": 3, "method": "BYE", "time": "2020-12-01 10:31:05"}

RINGS = """
     0 | START   | PJSIP/trunk | 1 |                |
     0 | DIAL    | PJSIP/trunk | 1 | D PJSIP/101,30 |
     0 | START   | PJSIP/101   | 2 |                |
    10 | HANGUP  | PJSIP/101   | 2 | AD             |
    10 | HANGUP  | PJSIP/trunk | 1 |                | 16
"""
CALLS_BACK = """
    30 | START   | PJSIP/102   | 5 |                  |
    30 | DIAL    | PJSIP/102   | 5 | D PJSIP/trunk,20 |
    30 | START   | PJSIP/trunk | 6 |                  |
    35 | ANSWER  | PJSIP/trunk | 6 | AD               |
    35 | IN      | PJSIP/trunk | 6 | AD               |
    35 | IN      | PJSIP/102   | 5 | D PJSIP/trunk,20 |
    50 | HANGUP  | PJSIP/trunk | 6 | AD               | 16
    50 | HANGUP  | PJSIP/102   | 5 |                  | 16
"""


def of_channels(table, call, **of_first):
    """Events, with what the channel that began the call says of its number or of whom it dialled."""
    said = [{**row, **of_first} if row["uniqueid"] == call else row for row in rows(table, call)]
    return Reads("asterisk").read(*map(csv_line, said))


@pytest.fixture
def office(shared_store):
    office = Office(shared_store)
    office.hires("Anna", "101")
    office.hires("Bo", "102")
    return office


def test_who_is_called_back_through_a_proxy_is_returned(office):
    kamailio = Reads("kamailio", layout="192.0.2.99, carrier.example")
    office.keeps(kamailio.read(INVITE), kamailio.numbering)
    assert told_of(office) == ["4511223344 for 101: OPEN"]
    office.keeps(kamailio.read({**BACK, "sip_code": "486"}), kamailio.numbering)
    assert told_of(office) == ["4511223344 for 101: TRIED"]
    office.keeps(kamailio.read({**BACK, "id": 4, "callid": "again@192.0.2.1"}, BYE), kamailio.numbering)
    assert told_of(office) == ["4511223344 for 101: CALLED_BACK 102"]


def test_who_is_called_back_is_returned_where_only_channel_events_tell_of_it(office):
    office.keeps(of_channels(RINGS, "1606813200.1", cidnum="4511223344"), PHONES)
    assert told_of(office) == ["4511223344 for 101: OPEN"]
    office.keeps(of_channels(CALLS_BACK, "1606813200.5", exten="011223344"), PHONES)
    assert told_of(office) == ["4511223344 for 101: CALLED_BACK 102"]

"""From the rows of a PBX's database to the figures of cdrstats: calls whose figures are known, polled as they come.

The tables are made as their programs make them. Every number and name here is made up.
"""

import time
from datetime import UTC, datetime

import pytest

from cli.growing import settings
from cli.office import ACME, ANNA, COPENHAGEN
from pbxtally.collectors.sql_tables import V_XML_CDR

pytestmark = pytest.mark.thorough

SOON_SECONDS = 40
DAY = {"from": "2020-12-01", "to": "2020-12-01", "groupingInterval": "MONTH"}
TRUTH = {
    "101": {
        "outboundCalls": 3, "outboundSeconds": 185, "outboundAnswered": 2, "outboundUnanswered": 1, "outboundFailed": 1,
        "inboundCalls": 2, "inboundSeconds": 30, "inboundAnswered": 1, "inboundUnanswered": 1, "inboundBusy": 1,
    },
    "102": {
        "outboundCalls": 0, "outboundSeconds": 0, "outboundAnswered": 0, "outboundUnanswered": 0, "outboundFailed": 0,
        "inboundCalls": 3, "inboundSeconds": 60, "inboundAnswered": 1, "inboundUnanswered": 2, "inboundBusy": 0,
    },
}  # fmt: skip
"""What the calls of both PBXs come to.

101 talks to 102 for 60 s and to somebody outside for 125 s, dials a number that does not exist, takes a call from
outside for 30 s, and is busy once. 102 misses two callers.
"""


def at(clock):
    """An instant of 1 December 2020, by the clock of Copenhagen, as seconds since 1970."""
    return int(datetime.fromisoformat(f"2020-12-01 {clock}").replace(tzinfo=COPENHAGEN).timestamp())


def polled(office, cdrs, source, tables, layout=""):
    """Settings with a collector for each table."""
    settings(office, "".join(
        f'[collect.{table}]\nkind = "poll"\nsource = "{source}"\ncustomer = "{ACME}"\ndsn = "{cdrs.dsn}"\n'
        f'table = "{table}"\nevery = 0.05\ntimezone = "{COPENHAGEN.key}"\n{layout}\n'
        for table in tables
    ))  # fmt: skip


def insert(cdrs, table, row):
    marks = ", ".join("?" * len(row))
    cdrs.does(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", *row.values())


def comes_to(office, wanted, who=ANNA):
    """The figures that an employee sees are soon those wanted, and stay so."""
    until = time.monotonic() + SOON_SECONDS
    while (found := figures(office, who)) != wanted and time.monotonic() < until:
        time.sleep(0.2)
    assert found == wanted
    time.sleep(0.5)
    assert figures(office, who) == wanted


def figures(office, who):
    return {one["extensionNumber"]: one["data"]["12"] for one in office.ask("--as", who, **DAY)}


# ── FusionPBX ──

COLUMNS = {
    "uuid": "xml_cdr_uuid domain_uuid extension_uuid bridge_uuid originating_leg_uuid call_center_queue_uuid",
    "numeric": "start_epoch answer_epoch end_epoch duration mduration billsec billmsec hold_accum_seconds waitsec",
    "timestamptz": "start_stamp answer_stamp end_stamp",
    "boolean": "missed_call voicemail_message",
}
TYPES = {name: kind for kind, names in COLUMNS.items() for name in names.split()}
KINDS = {"sqlite": {}, "mysql": {"uuid": "char(36)", "numeric": "decimal(20,0)", "timestamptz": "timestamp NULL"}}
"""How FusionPBX calls its types where they are not those of PostgreSQL; a text in SQLite, whatever it is."""

OUTSIDE = "4599000001"
ANSWERED = {"hangup_cause": "NORMAL_CLEARING", "last_app": "bridge"}


def uuid(number):
    return f"{number:08}-1111-4222-8333-444455556666"


def channel(number, direction, caller, callee, start, rang, talked=0, **changes):
    """A row of v_xml_cdr: its phone rang for so long, and was talked on for so long if anybody answered."""
    begin = at(start)
    return {
        "xml_cdr_uuid": uuid(number),
        "domain_name": "acme.example",
        "direction": direction,
        "caller_id_number": caller,
        "source_number": caller,
        "destination_number": callee,
        "start_epoch": begin,
        "answer_epoch": begin + rang if talked else 0,
        "end_epoch": begin + rang + talked,
        "missed_call": False,
        "bridge_uuid": uuid(number + 1) if talked else None,
        **(ANSWERED if talked else {}),
        **changes,
    }


def phone(number, of, callee, start, rang, talked=0, **changes):
    """The row of a phone that was rung for another row."""
    return channel(number, None, OUTSIDE, callee, start, rang, talked, originating_leg_uuid=uuid(of), bridge_uuid=None,
                   source_number=None, **changes)  # fmt: skip


FUSIONPBX = [
    channel(10, "local", "101", "102", "10:00:00", 5, 60),
    phone(11, 10, "102", "10:00:00", 5, 60),
    channel(20, "inbound", OUTSIDE, "102", "10:10:00", 20, hangup_cause="NO_ANSWER"),
    phone(21, 20, "102", "10:10:00", 20, hangup_cause="NO_ANSWER"),
    channel(30, "outbound", "101", "4599000002", "10:20:00", 8, 125),
    channel(40, "inbound", OUTSIDE, "600", "10:30:00", 6, 30),
    phone(41, 40, "101", "10:30:00", 6, 30),
    phone(42, 40, "102", "10:30:00", 6, hangup_cause="LOSE_RACE"),
    channel(50, "outbound", "101", "4500", "10:40:00", 0, hangup_cause="UNALLOCATED_NUMBER"),
    channel(60, "inbound", OUTSIDE, "101", "10:50:00", 1, hangup_cause="USER_BUSY"),
    phone(61, 60, "101", "10:50:00", 1, hangup_cause="USER_BUSY"),
    channel(70, "inbound", OUTSIDE, "102", "11:00:00", 20, 15, last_app="voicemail", bridge_uuid=None),
]


def make_v_xml_cdr(cdrs):
    kind = cdrs.dsn.partition(":")[0]
    names = KINDS.get(kind, {name: name for name in COLUMNS})
    columns = ", ".join(f"{name} {names.get(TYPES.get(name, ''), 'text')}" for name in V_XML_CDR)
    cdrs.does(f"CREATE TABLE v_xml_cdr ({columns})")


def test_fusionpbx_comes_to_the_figures_that_are_known_in_whatever_order_its_rows_are_written(office, cdrs):
    make_v_xml_cdr(cdrs)
    polled(office, cdrs, "fusionpbx", ["v_xml_cdr"])
    for row in FUSIONPBX[::2]:
        insert(cdrs, "v_xml_cdr", row)
    with office.server():
        for row in FUSIONPBX[-1::-2]:
            insert(cdrs, "v_xml_cdr", row)
            time.sleep(0.1)
        comes_to(office, TRUTH)


def test_a_row_of_fusionpbx_that_is_corrected_counts_as_it_is_now(office, cdrs):
    make_v_xml_cdr(cdrs)
    polled(office, cdrs, "fusionpbx", ["v_xml_cdr"])
    for row in FUSIONPBX:
        insert(cdrs, "v_xml_cdr", row | ({"end_epoch": at("10:20:09")} if row["xml_cdr_uuid"] == uuid(30) else {}))
    too_short = TRUTH | {"101": TRUTH["101"] | {"outboundSeconds": 61}}
    with office.server():
        comes_to(office, too_short)
        cdrs.does("UPDATE v_xml_cdr SET end_epoch = ? WHERE xml_cdr_uuid = ?", at("10:22:13"), uuid(30))
        comes_to(office, TRUTH)


BETA, CARL = "b0" * 12, "0c" * 12
BETAS = {
    "customers": [{"_id": BETA, "name": "Beta", "timezone": COPENHAGEN.key}],
    "employees": [{"_id": CARL, "customer": BETA, "name": "Carl", "accessLevel": "VIEWER"}],
    "extensions": [{"customer": BETA, "number": number, "employee": CARL} for number in ("101", "102")],
}


def of_beta(row):
    """The same call on the same switch, of another domain."""
    uuids = {name: f"9{row[name][1:]}" for name in row if TYPES.get(name) == "uuid" and row[name]}
    return row | uuids | {"domain_name": row["domain_name"] and "Beta.example"}


def test_a_hosted_fusionpbx_comes_to_the_known_figures_for_each_domain_also_where_a_phones_row_has_none(office, cdrs):
    make_v_xml_cdr(cdrs)
    office.does("people", "import", office.write("beta.json", BETAS))
    office.does("pbx", "add", "hosted", "--source", "fusionpbx", "--word", "domain")
    office.does("pbx", "map", "hosted", "acme.example", "--customer", "Acme")
    office.does("pbx", "map", "hosted", "beta.example", "--customer", "Beta")
    settings(office, f'[collect.x]\nkind = "poll"\npbx = "hosted"\ndsn = "{cdrs.dsn}"\nevery = 0.05\n')
    without = [row | ({"domain_name": None} if "originating_leg_uuid" in row else {}) for row in FUSIONPBX]
    for row in without + [of_beta(row) for row in without]:
        insert(cdrs, "v_xml_cdr", row)
    with office.server():
        until = time.monotonic() + SOON_SECONDS
        while len(office.does("rejected").splitlines()) < 20 and time.monotonic() < until:
            time.sleep(0.2)
        office.does("rejected", "--retry", "--pbx", "hosted")
        comes_to(office, TRUTH, ANNA)
        comes_to(office, TRUTH, CARL)
    assert office.does("rejected") == ""


# ── Kamailio ──

ACC = (
    "method VARCHAR(16), from_tag VARCHAR(128), to_tag VARCHAR(128), callid VARCHAR(255), sip_code VARCHAR(3), "
    "sip_reason VARCHAR(128), time {time}, src_user VARCHAR(64), src_ip VARCHAR(64), dst_user VARCHAR(64), "
    "dst_ouser VARCHAR(64), dst_domain VARCHAR(128), invited VARCHAR(32)"
)
CARRIER_IP, CARRIER = "192.0.2.99", "carrier.example"


def step(method, call, caller, callee, invited, when, code="200", **changes):
    """A row of acc: a step of a call, seen at a moment."""
    return {
        "method": method, "from_tag": f"f{call}", "to_tag": f"t{call}", "callid": f"{call}@192.0.2.1", "sip_code": code,
        "sip_reason": "", "time": when, "src_user": caller, "dst_user": callee, "dst_ouser": callee,
        "src_ip": CARRIER_IP if len(caller) > 3 else "192.0.2.1",
        "invited": f"{at(invited)}.250000" if method == "INVITE" else "",
        "dst_domain": CARRIER if len(callee) > 3 else "pbx.example", **changes,
    }  # fmt: skip


def talk(call, caller, callee, invited, answered, ended):
    """The INVITE that was answered, and the BYE."""
    return [
        step("INVITE", call, caller, callee, invited, answered),
        step("BYE", call, caller, callee, invited, ended),
    ]


BYE_OF_CALLEE = {"from_tag": "t3", "to_tag": "f3", "src_user": "4599000002", "src_ip": CARRIER_IP, "dst_user": "",
                 "dst_ouser": "", "dst_domain": ""}  # fmt: skip
TAKEN = [
    *talk(1, "101", "102", "10:00:00", "10:00:05", "10:01:05"),
    step("INVITE", 3, "101", "4599000002", "10:20:00", "10:20:08"),
    step("BYE", 3, "101", "4599000002", "10:20:00", "10:22:13", **BYE_OF_CALLEE),
    *talk(4, OUTSIDE, "101", "10:30:00", "10:30:06", "10:30:36"),
    step("INVITE", 5, "101", "4500", "10:40:00", "10:40:01", "404"),
]
MISSED = [
    step("INVITE", 2, OUTSIDE, "102", "10:10:00", "10:10:20", "487"),
    step("INVITE", 6, OUTSIDE, "101", "10:50:00", "10:50:01", "486"),
    step("INVITE", 7, OUTSIDE, "102", "11:00:00", "11:00:20", "480"),
]


def written(cdrs, row, number):
    """A row as the proxy writes it: to SQLite Julian days in UTC, elsewhere the time on its clock."""
    moment = datetime.fromtimestamp(at(row["time"]), UTC if cdrs.dsn.startswith("sqlite") else COPENHAGEN)
    days = 2_440_587.5 + moment.timestamp() / 86_400
    return {"id": number} | row | {"time": days if cdrs.dsn.startswith("sqlite") else f"{moment:%F %T}"}


def test_kamailio_comes_to_the_figures_that_are_known_from_two_tables_that_tell_of_the_same_calls(office, cdrs):
    kind = "DOUBLE" if cdrs.dsn.startswith("sqlite") else "TIMESTAMP"
    for table in ("acc", "missed_calls"):
        cdrs.does(f"CREATE TABLE {table} (id INTEGER PRIMARY KEY, {ACC.format(time=kind)})")
    polled(office, cdrs, "kamailio", ["acc", "missed_calls"], f'layout = "{CARRIER_IP}, {CARRIER}"')
    for number, row in enumerate(TAKEN[1:] + MISSED[:2], start=1):  # the first INVITE comes last
        insert(cdrs, "acc", written(cdrs, row, number))
    with office.server():
        for number, row in enumerate(MISSED, start=1):
            insert(cdrs, "missed_calls", written(cdrs, row, number))
        insert(cdrs, "acc", written(cdrs, TAKEN[0], 99))
        comes_to(office, TRUTH)

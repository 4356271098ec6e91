"""The presets for Asterisk's own table: its rows above, what they are for each extension below. All is made up."""

import csv
import io

import pytest

from calls_table import sentence
from pbxtally.calls import Numbering, involvements
from pbxtally.records import Reading, Rejected
from pbxtally.sources import SOURCES
from sources.asterisk_rows import ANSWERED, UNANSWERED
from sources.generic_rows import UTC, no_number

NAMES = {"start": "calldate"}
COLUMNS = (
    "start clid src dst dcontext channel dstchannel lastapp lastdata duration billsec disposition uniqueid linkedid"
)
NUMBERING = Numbering(directory=frozenset({"101", "102", "103"}), trunks=frozenset({"trunk"}))
WIRE = "Local/102@office-00000001"
NEAR = {"dst": "600", "dstchannel": f"{WIRE};1"}
FAR = {"dst": "102", "channel": f"{WIRE};2", "uniqueid": "1606813200.19"}
FROM_TRUNK = {"channel": "PJSIP/trunk-00000001", "src": "4599000001"}


def table(*changes, columns=COLUMNS, names=NAMES):
    written = io.StringIO()
    lines = csv.writer(written)
    lines.writerow([names.get(name, name) for name in columns.split()])
    lines.writerows([{**ANSWERED, **change}[name] for name in columns.split()] for change in changes)
    return written.getvalue().encode().splitlines(keepends=True)


def read(source, lines, layout=""):
    return list(SOURCES[source].read(lines, Reading(UTC, "c" * 24, no_number, layout)))


def story(*changes, layout="issabel", **how):
    """What the calls were for each extension, a sentence each."""
    return [sentence(one) for one in involvements(read("generic", table(*changes, **how), layout), NUMBERING)]


@pytest.mark.parametrize("layout", ["issabel", "elastix", "vitalpbx"])
def test_a_call_for_a_group_through_a_wire_is_a_local_call_of_both(layout):
    assert story(NEAR, FAR, layout=layout) == [
        "101 OUT local: answered, rang 5 s, talked 60 s",
        "102 IN local: answered, rang 5 s, talked 60 s",
    ]


def test_a_call_for_a_phone_that_is_off_is_unreachable():
    offline = {"dstchannel": "", "lastdata": "PJSIP/102,20", "disposition": "FAILED", "duration": "0", "billsec": "0"}
    assert story({**FROM_TRUNK, **offline}) == ["102 IN outside: failed, unreachable, rang 0 s, talked 0 s"]


def test_without_linkedid_voicemail_that_took_the_call_after_the_phone_is_no_answer_of_the_phone():
    columns = COLUMNS.removesuffix(" linkedid")
    assert story({**FROM_TRUNK, "lastapp": "VoiceMail"}, columns=columns, layout="elastix") == [
        "102 IN outside: unanswered, voicemail, rang 5 s, talked 0 s"
    ]


def test_what_voicemail_took_after_the_phone_rang_is_told_so():
    mailbox = {**FROM_TRUNK, "dstchannel": "", "lastapp": "VoiceMail", "lastdata": "102@default,u"}
    rang = {**FROM_TRUNK, **UNANSWERED, "start": "2020-12-01 09:59:40"}
    assert story(rang, mailbox) == ["102 IN outside: unanswered, voicemail, rang 20 s, talked 0 s"]


def test_a_row_is_read_as_the_source_asterisk_reads_it_and_known_as_it_was_before():
    rows = table(NEAR, FAR, {**FROM_TRUNK, "dstchannel": "NULL", "lastapp": "Queue"})
    ours, theirs = read("generic", rows, "issabel"), read("asterisk", rows)
    assert [one._replace(key="") for one in ours] == [one._replace(key="") for one in theirs]
    assert ours[0].key == f"1606813200.17 {WIRE};1 2020-12-01 10:00:00 Dial"
    assert ours[2].key == theirs[2].key


def test_a_row_of_wildix_whose_call_voicemail_took_is_no_answer_of_the_phone():
    columns = "clid src dst channel dstchannel lastapp lastdata start answer end duration billsec disposition uniqueid"
    rows = table({**FROM_TRUNK, "lastapp": "VoiceMail"}, columns=columns, names={})
    for number, added in enumerate(("rowid,c_from,c_to,from_name,to_name", "7,4599000001,102,,Bo")):
        rows[number] = rows[number].replace(b"\r\n", f",{added}\r\n".encode())
    [leg] = read("generic", rows, "wildix")
    assert (leg.key, leg.caller_number, leg.callee_name) == ("7", "4599000001", "Bo")
    assert [sentence(one) for one in involvements([leg], NUMBERING)] == [
        "102 IN outside: unanswered, voicemail, rang 5 s, talked 0 s"
    ]


def test_what_cannot_be_used_is_rejected_with_its_reason():
    [found] = read("generic", table({"disposition": "GONE"}), "issabel")
    assert isinstance(found, Rejected) and found.reason.startswith("unknown disposition 'GONE'")

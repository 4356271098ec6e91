"""Rows of FreeSWITCH's mod_cdr_csv above, what they come to below. Every number and name here is made up."""

import pytest

from calls_table import ms, sentence
from pbxtally.calls import Result, Via, involvements
from pbxtally.records import Rejected
from sources.freeswitch_records import ANSWERED, NUMBERING, UTC_ZONE, b_leg, leg, read, taken_apart, written

ROW = (
    '"Anna","101","102","office","2020-12-01 10:00:00","2020-12-01 10:00:05","2020-12-01 10:01:05",'
    '"65","60","NORMAL_CLEARING","0d1e2f30-1111-4222-8333-444455556666",""'
)
DEFAULT, EXAMPLE = f'{ROW}, "acme"\n', f'{ROW},"acme","PCMU","PCMU"\n'


@pytest.mark.parametrize("row", [DEFAULT, EXAMPLE, EXAMPLE.replace("Anna", 'An"na","Co')])
def test_a_row_of_the_default_and_the_example_template(row):
    [record] = taken_apart(row.encode())
    found = leg(record)
    assert [sentence(one) for one in involvements([found], NUMBERING)] == ANSWERED
    assert found.key == found.call == "0d1e2f30-1111-4222-8333-444455556666"


SHIPPED = {
    "sql": f'INSERT INTO cdr VALUES ({ROW}, "acme");\n',
    "linksys": f'{ROW},"acme","PCMU","PCMU","Linksys/SPA","PS=1"\n',
    "snom": f'{ROW}, "acme","PCMU","PCMU","snom360","","","","/tmp/a.wav"\n',
    "asterisk": (
        '"acme","101","102","office",""Anna" <101>","sofia/internal/101@pbx.example",'
        '"sofia/internal/102@192.0.2.7:5060",'
        '"bridge","user/102","2020-12-01 10:00:00","2020-12-01 10:00:05","2020-12-01 10:01:05","65","60",'
        '"NORMAL_CLEARING","documentation","0d1e2f30-1111-4222-8333-444455556666",""\n'
    ),
}


@pytest.mark.parametrize("template", SHIPPED)
def test_a_row_of_every_other_template_that_is_shipped(template):
    found = leg(SHIPPED[template].encode())
    assert [sentence(one) for one in involvements([found], NUMBERING)] == ANSWERED
    assert found.caller_name == "Anna" and found.key == "0d1e2f30-1111-4222-8333-444455556666"


def test_the_asterisk_template_names_the_phone_or_the_profile_that_was_bridged():
    row = SHIPPED["asterisk"]
    assert leg(row.encode()).callee_device == "102"
    out = row.replace("sofia/internal/102@192.0.2.7:5060", "sofia/external/4599000002@carrier.example")
    assert leg(out.encode()).callee_device == "external"


OPENCDRRATE = (
    '"0d1e2f30-1111-4222-8333-444455556666","b-leg","inbound","101","102","2020-12-01 10:00:05","2020-12-01 10:01:05",'
    '"60","acme","","192.0.2.7","",""\n'
)


def test_the_opencdrrate_template_does_not_say_how_long_it_rang():
    assert [sentence(one) for one in involvements([leg(OPENCDRRATE.encode())], NUMBERING)] == [
        "101 OUT local: answered, rang 0 s, talked 60 s",
        "102 IN local: answered, rang 0 s, talked 60 s",
    ]
    nobody = OPENCDRRATE.replace("2020-12-01 10:00:05", "").replace('"60"', '"0"')
    assert [sentence(one) for one in involvements([leg(nobody.encode())], NUMBERING)][1] == (
        "102 IN local: unanswered, caller_gave_up, rang 0 s, talked 0 s"
    )


def test_a_row_that_a_spreadsheet_wrote_again():
    row = EXAMPLE.replace('"', "").replace("2020-12-01", "2020/12/1")
    assert leg(row.encode())[2:7] == leg(EXAMPLE.encode())[2:7]


def test_a_scan_from_outside_is_nobodys_call():
    row = EXAMPLE.replace("office", "public").replace('"102"', '"0034600000001"').replace('"60"', '"0"')
    assert leg(row.encode()).result == Result.GAVE_UP
    assert involvements([leg(row.encode())], NUMBERING) == []


def test_a_uuid_with_a_time_tells_the_clock():
    row = EXAMPLE.replace("0d1e2f30-1111-4222-8333-444455556666", "a5c9f6c0-e752-11e3-8bfb-65b6c3cdac7d")
    assert leg(row.encode()).epoch_ms == ms("2014-05-29 16:59:50.605")
    assert leg(EXAMPLE.encode()).epoch_ms is None


def test_stamps_are_in_the_zone_of_the_pbx():
    assert leg(EXAMPLE.encode()).started_ms == ms("09:00:00")
    assert leg(EXAMPLE.encode(), zone=UTC_ZONE).started_ms == ms("10:00:00")


@pytest.mark.parametrize(
    "row", ['"a","b"\n', ROW[: len(ROW) // 2], "not a call", "cdr=x", "INSERT INTO cdr VALUES ();"]
)
def test_a_row_that_is_none_is_rejected(row):
    assert isinstance(read(row.encode())[0], Rejected)


def test_a_leg_that_led_to_a_loopback_is_nobodys_phone():
    assert leg(written([b_leg("102", channel_name="loopback/102-a")])[0]).via == Via.MACHINE

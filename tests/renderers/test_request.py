from zoneinfo import ZoneInfo

import pytest

from pbxtally.renderers.request import definitions, moment, request_facts
from renderers.reports import CREATED_MS, report


def test_a_period_that_ends_within_a_second_says_so():
    made = report(**{"from": "2020-12-01T10:00:00.250", "to": "2020-12-01T10:00:07.500"})
    lines = dict(request_facts(made, CREATED_MS))
    assert lines["From"] == "2020-12-01 10:00:00.250 +01:00"
    assert lines["To"] == "2020-12-01 10:00:07.500 +01:00"


@pytest.mark.parametrize(
    ("zone", "shown"),
    [
        ("Europe/Copenhagen", "2020-10-25 02:30:00 +01:00"),
        ("America/St_Johns", "2020-10-24 23:00:00 -02:30"),
        ("Asia/Kathmandu", "2020-10-25 07:15:00 +05:45"),
    ],
)
def test_a_moment_is_told_by_the_clock_of_the_zone_with_its_offset(zone, shown):
    assert moment(ZoneInfo(zone), 1_603_589_400_000) == shown


def test_every_column_is_defined_in_its_order():
    names = [name for name, _ in definitions(report(fields="employeeName,extensionNumber,inboundBusy"))]
    assert names == ["employeeName", "extensionNumber", "interval", "inboundBusy"]

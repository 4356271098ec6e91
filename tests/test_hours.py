"""Working hours and holidays: how they are written, and which moments are inside."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from calls_table import legs, ms
from office import COPENHAGEN, Office
from pbxtally.days_off import days_off
from pbxtally.errors import InvalidFieldError
from pbxtally.hours import (
    HOLIDAY_YEARS,
    USUAL_HOURS,
    Calendar,
    UnknownPlaceError,
    WorkingHours,
    built_in,
    danish_holidays,
    easter,
)
from pbxtally.intervals import Period, wall_ms

MON_TO_FRI = {"monday": "08:00-16:00", "tuesday": "08:00-12:00, 12:30-16:00", "friday": "08:00-15:00"}


def days(year):
    return sorted(f"{one:%m-%d}" for one in danish_holidays(year))


def test_hours_are_written_by_weekday_and_read_back():
    hours = WorkingHours.read(MON_TO_FRI)
    assert hours.weekdays[1] == ((8 * 60, 12 * 60), (12 * 60 + 30, 16 * 60))
    assert hours.written() == MON_TO_FRI
    assert WorkingHours.read({"sunday": "8.00–24:00", "monday": ""}).written() == {"sunday": "08:00-24:00"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"mandag": "08:00-16:00"},
        {"monday": "8-16"},
        {"monday": "16:00-08:00"},
        {"monday": "08:00-08:00"},
        {"monday": "08:00-24:01"},
        {"monday": "08:60-16:00"},
        {"monday": "08:00-12:00, 11:00-16:00"},
        {"monday": ["08:00-16:00"]},
    ],
)
def test_what_is_no_hours_is_refused(wrong):
    with pytest.raises(ValueError, match=r"no |not "):
        WorkingHours.read(wrong)


def test_the_danish_holidays_of_two_years():
    assert days(2023) == [
        *("01-01", "04-06", "04-07", "04-09", "04-10", "05-05", "05-18", "05-28", "05-29", "12-25", "12-26")
    ]
    assert days(2024) == [  # store bededag is a working day since
        *("01-01", "03-28", "03-29", "03-31", "04-01", "05-09", "05-19", "05-20", "12-25", "12-26")
    ]


def test_our_danish_holidays_are_those_that_the_library_of_all_countries_knows():
    holidays = pytest.importorskip("holidays")
    for year in range(1970, 2100):
        assert danish_holidays(year) == set(holidays.country_holidays("DK", years=[year])), year


def test_easter_moves_between_the_22nd_of_march_and_the_25th_of_april():
    assert [easter(year) for year in (1818, 1943, 2000)] == [date(1818, 3, 22), date(1943, 4, 25), date(2000, 4, 23)]
    assert all(easter(year).weekday() == 6 for year in HOLIDAY_YEARS)


def test_other_countries_and_their_parts_come_from_the_extra():
    assert date(2020, 1, 6) in days_off("DE-BY", [2020])
    assert date(2020, 1, 6) not in days_off("DE", [2020])
    assert days_off("DK", [2024]) == built_in("DK", [2024])
    assert days_off("NONE", [2024]) == frozenset()
    for unknown in ("XX", "DE-XX"):
        with pytest.raises(UnknownPlaceError):
            days_off(unknown, [2020])


def inside(at, zone=COPENHAGEN, hours=USUAL_HOURS, outside=False):
    at_ms = ms(at)
    return Calendar(hours).within(Period(at_ms, at_ms + 1), zone, outside=outside).has(wall_ms(zone, at_ms))


@pytest.mark.parametrize(
    ("at", "is_inside"),
    [
        ("2020-12-01 07:00:00", True),  # 08:00 in Copenhagen, a Tuesday
        ("2020-12-01 06:59:59", False),
        ("2020-12-01 14:59:59", True),
        ("2020-12-01 15:00:00", False),
        ("2020-12-05 10:00:00", False),  # a Saturday
        ("2020-12-25 10:00:00", False),  # Christmas, a Friday
        ("2020-07-01 06:00:00", True),  # 08:00 in summer
    ],
)
def test_a_moment_is_inside_or_outside_by_the_clock_on_the_wall(at, is_inside):
    assert inside(at) is is_inside
    assert inside(at, outside=True) is not is_inside


def test_a_holiday_is_one_where_the_clock_hangs():
    assert inside("2020-12-24 23:30:00", ZoneInfo("America/New_York"), WorkingHours.read({"thursday": "18:00-19:00"}))
    assert not inside("2020-12-24 23:30:00", hours=WorkingHours.read({"friday": "00:00-01:00"}))


# ── counted ──


def office_with(store, *starts):
    office = Office(store)
    office.hires("Anna", "101")
    rows = "".join(f"\n{at} | {at} | +4511 | 101 | RANG_OUT | {at}" for at in starts)
    office.keeps(legs(f"start | end | from | to | result | call{rows}"))
    return office


def counts(office, hours, day, **members):
    rows = office.asks(**{"from": day, "to": day, "hours": hours, "groupingInterval": "HOUR", **members})
    return {name: cell["inboundCalls"] for row in rows for name, cell in row["data"].items()}


def test_an_hour_that_comes_twice_is_inside_both_times(shared_store):
    office = office_with(shared_store, "2020-10-25 00:10:00", "2020-10-25 01:10:00", "2020-10-25 02:10:00")
    office.calendar = Calendar(WorkingHours.read({"sunday": "02:00-03:00"}))
    assert counts(office, "WORKING", "2020-10-25", intervalKey="ISO") == {
        "2020-10-25T02+02:00": 1,
        "2020-10-25T02+01:00": 1,
    }
    assert counts(office, "OUTSIDE", "2020-10-25", intervalKey="ISO") == {"2020-10-25T03+01:00": 1}


def test_an_hour_that_is_skipped_has_no_calls_and_the_next_begins_at_once(shared_store):
    office = office_with(shared_store, "2020-03-29 00:59:59", "2020-03-29 01:00:00")
    office.calendar = Calendar(WorkingHours.read({"sunday": "02:00-03:30"}))
    assert counts(office, "WORKING", "2020-03-29") == {"3": 1}
    assert counts(office, "OUTSIDE", "2020-03-29") == {"1": 1}


def test_inside_and_outside_are_all(shared_store):
    office = office_with(shared_store, "2020-12-01 09:00:00", "2020-12-01 17:00:00", "2020-12-25 09:00:00")
    period = {"from": "2020-12-01", "to": "2020-12-31", "groupingInterval": "MONTH"}
    office.calendar = Calendar()
    assert [counts(office, hours, None, **period) for hours in ("WORKING", "OUTSIDE", "ALL")] == [
        {"12": 1},
        {"12": 2},
        {"12": 3},
    ]


def test_who_never_works_has_all_calls_outside(shared_store):
    office = office_with(shared_store, "2020-12-01 09:00:00")
    office.calendar = Calendar(WorkingHours.read({}), "NONE")
    assert counts(office, "WORKING", "2020-12-01") == {}
    assert counts(office, "OUTSIDE", "2020-12-01") == {"10": 1}


def test_holidays_that_nobody_here_knows_are_told(shared_store):
    office = Office(shared_store)
    office.calendar = Calendar(place="XX")
    with pytest.raises(InvalidFieldError, match="The holidays of XX are not known") as error:
        office.query(hours="WORKING")
    assert error.value.word == "hours"


def test_a_department_is_its_employees_of_today_of_those_named(shared_store):
    office = office_with(shared_store, "2020-12-01 09:00:00")
    anna = next(iter(office.names))
    office.of_department = {anna: "Salg"}
    names = [[row["employeeName"] for row in office.asks(**asked)] for asked in ({"department": "Salg"}, {})]
    assert names == [["Anna"], ["Anna"]]
    assert office.asks(department="Support") == office.asks(department="Salg", employees=["e" * 24]) == []
    assert office.asks(department="Salg", includeUnassigned=True) == office.asks(department="Salg")

"""From counted columns to rows: buckets get their names, holders their order."""

from zoneinfo import ZoneInfo

import pytest

from pbxtally.errors import InvalidFieldError
from pbxtally.people import natural_key
from pbxtally.query import Asker, parse_query
from pbxtally.report import Holder, assemble
from pbxtally.tally import Group, Tally

CUSTOMER = "c" * 24
ANNA, BO = Holder("a" * 24, "Anna", "1" * 24, "101"), Holder("b" * 24, "Bo", "2" * 24, "102")
DAY_MS, HOUR_MS = 86_400_000, 3_600_000
FIRST = 1_606_780_800_000  # the key of 2020-12-01
AUTUMN = 1_603_576_800_000  # 2020-10-25T00:00+02:00, 22:00 UTC


def query(**members):
    asker = Asker(CUSTOMER, FIRST, lambda _: ZoneInfo("Europe/Copenhagen"))
    return parse_query({"from": "2020-12-01", "to": "2020-12-31", "fields": "outboundCalls", **members}, asker)


def report(*counted, holders=None, empty=(), **members):
    """The report of counts: (number, slot, bucket, calls out) each."""
    request = query(**members)
    groups, start = [], 0
    for number, slot in dict.fromkeys(row[:2] for row in counted):
        end = start + sum(row[:2] == (number, slot) for row in counted)
        groups.append(Group(CUSTOMER, number, slot, start, end))
        start = end
    measures = {"outboundCalls": [row[3] for row in counted]} if request.measures else {}
    tally = Tally(groups, [row[2] for row in counted], measures)
    known = holders or {("101", 0): ANNA, ("102", 0): BO}
    return assemble(request, "Acme", tally, lambda *place: known.get(place), empty, lambda names: names)


def cells(*counted, **members):
    [row] = report(*counted, **members).rows
    return list(dict(row.cells.items()).items())


# ── names of intervals (D13) ──


def test_days_are_numbers_in_time_order():
    assert cells(("101", 0, FIRST, 1), ("101", 0, FIRST + 9 * DAY_MS, 2)) == [("1", (1,)), ("10", (2,))]


def test_time_order_is_not_the_order_of_the_numbers():
    turn = {"from": "2020-12-15", "to": "2021-01-10"}
    counted = (("101", 0, FIRST + 30 * DAY_MS, 1), ("101", 0, FIRST + 31 * DAY_MS, 2))
    assert cells(*counted, **turn) == [("31", (1,)), ("1", (2,))]


def test_days_of_two_months_that_share_a_number_are_iso():
    longer = {"to": "2021-01-01"}
    assert cells(("101", 0, FIRST, 1), **longer) == [("2020-12-01", (1,))]
    assert cells(("101", 0, FIRST, 1), **longer, intervalKey="AUTO") == [("2020-12-01", (1,))]


def test_numbers_that_are_asked_for_are_added_up_in_the_order_of_the_numbers():
    counted = [("101", 0, FIRST + day * DAY_MS, 1 + day) for day in (4, 9, 31)]
    assert cells(*counted, to="2021-01-31", intervalKey="NUMBER") == [("1", (32,)), ("5", (5,)), ("10", (10,))]


def starts(*counted, **members):
    """When the intervals of the only row begin."""
    made = report(*counted, **members)
    return {name: made.start_of(name) for name in made.rows[0].cells}


def test_an_interval_begins_by_the_clock_of_the_zone():
    assert starts(("101", 0, FIRST, 1)) == {"1": FIRST - HOUR_MS}
    assert starts(("101", 0, FIRST, 1), to="2021-01-01") == {"2020-12-01": FIRST - HOUR_MS}


def test_the_doubled_hour_of_a_day_begins_with_its_first():
    autumn = {"from": "2020-10-25", "to": "2020-10-25", "groupingInterval": "HOUR"}
    assert starts(("101", 0, AUTUMN + 3 * HOUR_MS, 1), **autumn) == {"2": AUTUMN + 2 * HOUR_MS}
    apart = {f"2020-10-25T02+0{offset}:00": AUTUMN + at * HOUR_MS for offset, at in ((2, 2), (1, 3))}
    assert starts(*(("101", 0, at, 1) for at in apart.values()), **autumn, intervalKey="ISO") == apart


def test_numbers_that_several_intervals_share_begin_at_no_moment():
    assert starts(("101", 0, FIRST, 1), to="2021-01-31", intervalKey="NUMBER") == {"1": None}


def test_iso_is_iso_where_numbers_would_do():
    assert cells(("101", 0, FIRST, 1), intervalKey="ISO") == [("2020-12-01", (1,))]


DOUBLED = (
    ("101", 0, AUTUMN + 2 * HOUR_MS, 1),
    ("101", 0, AUTUMN + 3 * HOUR_MS, 2),
    ("101", 0, AUTUMN + 4 * HOUR_MS, 4),
)
AUTUMN_DAY = {"from": "2020-10-25", "to": "2020-10-25", "groupingInterval": "HOUR"}


def test_the_doubled_hour_of_an_autumn_day_is_added_up():
    assert cells(*DOUBLED, **AUTUMN_DAY) == [("2", (3,)), ("3", (4,))]
    assert cells(*DOUBLED, **AUTUMN_DAY, intervalKey="NUMBER") == [("2", (3,)), ("3", (4,))]


def test_a_doubled_hour_stands_where_it_came_first_whenever_its_calls_were():
    """In Chatham the clock goes back from 03:45 to 02:45: what is called 3 has begun before the second 2."""
    day = {"from": "2024-04-07", "to": "2024-04-07", "timezone": "Pacific/Chatham", "groupingInterval": "HOUR"}
    first_three, second_two = (1_712_409_300_000 + minutes * 60_000 for minutes in (0, 45))  # 03:00+13:45, 02:45+12:45
    late = cells(("101", 0, first_three, 1), ("101", 0, second_two, 2), **day)
    assert late == [("2", (2,)), ("3", (1,))]
    with_zeros = cells(("101", 0, first_three, 1), ("101", 0, second_two, 2), **day, includeEmpty=True)
    assert [name for name, _ in with_zeros] == [str(hour) for hour in range(24)]


def test_the_doubled_hour_stays_two_under_iso_names():
    assert cells(*DOUBLED, **AUTUMN_DAY, intervalKey="ISO") == [
        ("2020-10-25T02+02:00", (1,)),
        ("2020-10-25T02+01:00", (2,)),
        ("2020-10-25T03+01:00", (4,)),
    ]


def test_the_longest_of_a_doubled_hour_is_the_longer_one():
    request = query(**AUTUMN_DAY, fields="outboundLongestSeconds,outboundAverageSeconds")
    columns = {"outboundLongestSeconds": [50, 70], "outboundSeconds": [100, 75], "outboundAnswered": [2, 2]}
    tally = Tally([Group(CUSTOMER, "101", 0, 0, 2)], [AUTUMN + 2 * HOUR_MS, AUTUMN + 3 * HOUR_MS], columns)
    [row] = assemble(request, "Acme", tally, lambda *_: ANNA, (), lambda names: names).rows
    assert dict(row.cells.items()) == {"2": (70, 44)}  # 175 seconds in 4 calls


# ── every interval, with zeros (D15) ──


def test_empty_intervals_are_zeros_when_asked_for():
    found = cells(("101", 0, FIRST + DAY_MS, 5), includeEmpty=True, to="2020-12-03")
    assert found == [("1", (0,)), ("2", (5,)), ("3", (0,))]


def test_empty_holders_have_a_row_of_zeros():
    rows = report(("102", 0, FIRST, 5), empty=[ANNA, BO], includeEmpty=True, to="2020-12-02").rows
    assert [(row.employee_name, dict(row.cells.items())) for row in rows] == [
        ("Anna", {"1": (0,), "2": (0,)}),
        ("Bo", {"1": (5,), "2": (0,)}),
    ]


def test_numbers_that_are_shared_have_one_zero():
    found = cells(
        ("101", 0, FIRST, 5), includeEmpty=True, intervalKey="NUMBER", groupingInterval="MONTH", to="2022-12-31"
    )
    assert [name for name, _ in found] == [str(month) for month in range(1, 13)]
    assert dict(found)["12"] == (5,)


def test_more_intervals_than_memory_are_refused():
    with pytest.raises(InvalidFieldError) as caught:
        report(includeEmpty=True, to="9999-12-31", groupingInterval="HOUR")
    assert caught.value.word == "includeEmpty"
    many = report(includeEmpty=True, to="2299-12-31", groupingInterval="MONTH", empty=[ANNA]).rows[0].cells
    assert len(dict(many.items())) == 279 * 12 + 1


# ── rows ──


def test_one_holder_of_several_numbers_is_one_row():
    holders = {("101", 1): ANNA, ("101", 2): BO, ("107", 0): ANNA}
    counted = [("101", 1, FIRST, 1), ("101", 2, FIRST, 2), ("107", 0, FIRST - 0, 4), ("107", 0, FIRST + DAY_MS, 8)]
    rows = report(*counted, holders=holders).rows
    assert [(row.employee_name, list(dict(row.cells.items()).items())) for row in rows] == [
        ("Anna", [("1", (5,)), ("2", (8,))]),
        ("Bo", [("1", (2,))]),
    ]


def test_two_numbers_of_one_holder_come_in_time_order():
    holders = {("101", 0): ANNA, ("107", 0): ANNA}
    counted = [("101", 0, FIRST + 5 * DAY_MS, 1), ("107", 0, FIRST, 2)]
    assert cells(*counted, holders=holders) == [("1", (2,)), ("6", (1,))]


def test_counts_of_nobody_asked_for_are_left_out():
    assert report(("999", 0, FIRST, 1)).rows == []


def test_without_measures_rows_stay():
    rows = report(("101", 0, FIRST, 1), fields="employeeName").rows
    assert [(row.employee_name, dict(row.cells.items())) for row in rows] == [("Anna", {"1": ()})]


# ── order (D18) ──


def order(sort, *holders):
    known = {(holder.extension_number, index): holder for index, holder in enumerate(holders)}
    counted = [(*place, FIRST, 1) for place in known]
    rows = report(*counted, holders=known, sort=sort, fields=["employeeName", "extensionNumber", "outboundCalls"]).rows
    return [(row.employee_name, row.extension_number) for row in rows]


def held(name, number, employee="e" * 24, extension="f" * 24):
    return Holder(employee if name else None, name, extension, number)


def test_numbers_sort_as_people_count():
    numbers = ["100", "9", "10", "010", "+45 9", "reception", "9a", "2-10", "2-9"]
    assert [number for _, number in order("extensionNumber", *(held("Bo", number) for number in numbers))] == sorted(
        numbers, key=["2-9", "2-10", "9", "9a", "010", "10", "100", "+45 9", "reception"].index
    )


def test_ties_are_broken_by_the_other_field_then_by_id():
    same = [held("Bo", "101", extension="2" * 24), held("Bo", "101", extension="1" * 24), held("Anna", "101")]
    assert order("extensionNumber", *same) == [("Anna", "101"), ("Bo", "101"), ("Bo", "101")]
    assert order("employeeName", held("Bo", "10"), held("Bo", "9"), held("Anna", "11")) == [
        ("Anna", "11"),
        ("Bo", "9"),
        ("Bo", "10"),
    ]
    counted = [("101", 0, FIRST, 1), ("101", 1, FIRST, 2)]
    rows = report(*counted, holders={("101", 0): same[0], ("101", 1): same[1]}).rows
    assert [row.extension_id for row in rows] == ["1" * 24, "2" * 24]


def test_nobody_comes_after_everybody_by_name():
    assert order("employeeName", held(None, "101"), held("Zoe", "102")) == [("Zoe", "102"), (None, "101")]


def test_natural_keys_compare_whatever_the_numbers_are():
    assert sorted(["a1", "1a", "", "1", "²"], key=natural_key) == ["", "1", "1a", "a1", "²"]

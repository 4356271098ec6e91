"""What may be asked: every member right and wrong, in a body and in a query string."""

import json
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asking import ASKER, BO, COPENHAGEN, IDA, KATHMANDU, OTHER, OWN, ask, complaint, ms, period
from pbxtally.errors import InvalidFieldError
from pbxtally.fields import FIELDS, PAGE_FIELDS, CallDirection, CsvDialect, Format
from pbxtally.intervals import LAST_MS, Interval, IntervalKey
from pbxtally.query import MEMBERS, parse_query
from pbxtally.reader import find_zone, parse_moment

# ── nothing given (S1–S11) ──


def test_everything_has_a_default():
    query = ask()
    assert (query.customer, query.employees, query.zone) == (OWN, None, COPENHAGEN)
    assert (query.period.since_ms, query.period.until_ms) == (ms("2020-12-22T23:00"), ms("2020-12-23T23:00"))
    assert (query.ignore_below, query.ignore_local, query.direction) == (0, False, CallDirection.BOTH)
    assert (query.interval, query.fields, query.sort, query.format) == (
        Interval.DAY,
        PAGE_FIELDS,
        "extensionNumber",
        Format.JSON,
    )
    assert (query.interval_key, query.include_empty, query.include_unassigned, query.csv) == (
        IntervalKey.AUTO,
        False,
        False,
        CsvDialect.EXCEL,
    )


def test_null_is_not_given():
    assert parse_query(dict.fromkeys(MEMBERS), ASKER) == ask()


def test_the_page_has_fourteen_fields():
    assert len(PAGE_FIELDS) == 14
    assert len(FIELDS) == 14 + 18


# ── members, right and wrong (D9, D16–D21) ──


@pytest.mark.parametrize(
    ("member", "value", "attribute", "wanted"),
    [
        ("customer", OTHER.upper(), "customer", OTHER),
        ("employee", BO.upper(), "employees", {BO}),
        ("employees", [BO, IDA.upper()], "employees", {BO, IDA}),
        ("employees", [BO, BO], "employees", {BO}),
        ("employees", [], "employees", set()),
        ("ignoreBelow", 10, "ignore_below", 10),
        ("ignoreBelow", 0, "ignore_below", 0),
        ("ignoreBelow", 9.2, "ignore_below", 10),
        ("ignoreLocal", True, "ignore_local", True),
        ("direction", "in", "direction", CallDirection.IN),
        ("direction", "OUT", "direction", CallDirection.OUT),
        ("direction", "Both", "direction", CallDirection.BOTH),
        ("groupingInterval", "month", "interval", Interval.MONTH),
        ("groupingInterval", "WEEK", "interval", Interval.WEEK),
        ("groupingInterval", "Hour", "interval", Interval.HOUR),
        ("fields", ["inboundCalls", "employeeId"], "fields", ("employeeId", "inboundCalls")),
        ("fields", ["inboundCalls", "inboundCalls"], "fields", ("inboundCalls",)),
        ("fields", "inboundCalls, employeeId", "fields", ("employeeId", "inboundCalls")),
        ("fields", "localCalls", "fields", ("localCalls",)),
        ("sort", "employeeName", "sort", "employeeName"),
        ("sort", "extensionNumber", "sort", "extensionNumber"),
        ("format", "csv", "format", Format.CSV),
        ("format", "Excel", "format", Format.EXCEL),
        ("timezone", "Asia/Kathmandu", "zone", KATHMANDU),
        ("intervalKey", "iso", "interval_key", IntervalKey.ISO),
        ("intervalKey", "NUMBER", "interval_key", IntervalKey.NUMBER),
        ("includeEmpty", True, "include_empty", True),
        ("includeUnassigned", True, "include_unassigned", True),
        ("csv", "rfc4180", "csv", CsvDialect.RFC4180),
        ("department", "Salg", "department", "Salg"),
        ("hours", "all", "hours", None),
    ],
)
def test_a_member_is_read(member, value, attribute, wanted):
    assert getattr(ask(**{member: value}), attribute) == wanted


IDENTITY = "an id is 24 hexadecimal digits"
INTERVALS = "Invalid grouping interval - use MONTH, WEEK, DAY or HOUR"
SECONDS = "Invalid number of seconds - use a number that is 0 or more"
ZONE = "Invalid timezone - use an IANA name such as Europe/Copenhagen"
SORT = "Invalid sort - use employeeName or extensionNumber, and have it among the fields"
LIST_OF_FIELDS = "Invalid fields - use an array, or a comma-separated text, of field names"


@pytest.mark.parametrize(
    ("member", "values", "description"),
    [
        ("customer", ["", "1234", OWN + "0", "g" * 24, 17, True, [OWN], {}], f"Invalid customer - {IDENTITY}"),
        ("employee", ["", BO[:-1], 17, [BO], "\u0661" * 24, BO + "\n"], f"Invalid employee - {IDENTITY}"),
        ("employees", [BO, 17, {}, True], "Invalid employees - use an array of ids"),
        ("employees", [[BO, "x"], [None], [[BO]]], f"Invalid employees - {IDENTITY}"),
        ("from", ["yesterday", "", "2020-13-01", [], {}, True, -1, 1.5], "Invalid date range"),
        ("to", ["yesterday", "", "2020-02-30", [], {}, False, 10**400], "Invalid date range"),
        ("ignoreBelow", [-1, -0.1, "10", True, [], float("nan"), float("inf"), -float("inf")], SECONDS),
        ("ignoreLocal", ["true", 1, 0, [], "yes"], "Invalid ignoreLocal - use true or false"),
        ("direction", ["INOUT", "", 1, [], True, "ın"], "Invalid direction - use IN, OUT or BOTH"),
        ("groupingInterval", ["YEAR", "", 1, ["DAY"], "__class__"], INTERVALS),
        ("fields", [[], 1, {}, True, "", " , "], LIST_OF_FIELDS),
        ("fields", [["x"], ["employeeid"], [1], [None], "employeeId,x"], f"Unknown field - use {', '.join(FIELDS)}"),
        ("sort", ["employeeId", "", "employeename", "inboundCalls", 1, [], "extensionNumber; --"], SORT),
        ("format", ["XML", "", 1, [], True], "Invalid format"),
        ("timezone", ["", "Mars/Olympus", "+01:00", 1, [], "../../etc/passwd", "Europe"], ZONE),
        ("timezone", ["Europe/Copenhagen\n", "/Europe/Copenhagen", "europe//copenhagen", "tzdata.zi"], ZONE),
        ("timezone", ["right/Europe/Copenhagen", "posix/UTC", "localtime", "posixrules", "Factory"], ZONE),
        ("intervalKey", ["NAME", "", 1, []], "Invalid interval key - use AUTO, NUMBER or ISO"),
        ("includeEmpty", ["true", 1, []], "Invalid includeEmpty - use true or false"),
        ("includeUnassigned", ["true", 0, {}], "Invalid includeUnassigned - use true or false"),
        ("csv", ["TSV", "", ";", 1], "Invalid csv - use EXCEL or RFC4180"),
        ("department", ["", "x" * 257, 1, [], True], "Invalid department - use text of 1 to 256 characters"),
        ("hours", ["OFFICE", "", 8, []], "Invalid hours - use ALL, WORKING or OUTSIDE"),
    ],
)
def test_a_wrong_member_is_named(member, values, description):
    word = "from" if member == "to" else member
    for value in values:
        assert complaint(**{member: value}) == (word, description), value


def test_every_member_has_a_right_and_a_wrong_value_above():
    tables = [mark for test in (test_a_member_is_read, test_a_wrong_member_is_named) for mark in test.pytestmark]
    right, wrong = ({row[0] for row in mark.args[1]} for mark in tables)
    assert right | {"from", "to"} == wrong == set(MEMBERS)


def test_employee_and_employees_are_the_union():
    assert ask(employee=BO, employees=[IDA]).employees == {BO, IDA}
    assert ask(employee=BO, employees=[]).employees == {BO}


def test_a_sort_must_be_among_the_fields():
    assert complaint(fields=["employeeId", "inboundCalls"], sort="employeeName") == ("sort", SORT)
    assert ask(fields=["employeeId", "inboundCalls"]).sort == "extensionNumber"
    assert ask(fields=["employeeName"], sort="employeeName").sort == "employeeName"


def test_an_unknown_member_is_named_and_comes_last():
    assert complaint(ignorebelow=10) == ("ignorebelow", f"Unknown member - use {', '.join(MEMBERS)}")
    assert complaint(Format="CSV", format="CSV")[0] == "Format"
    assert complaint(x=None)[0] == "x"
    assert complaint(x=1, csv="?")[0] == "csv"


def test_the_first_wrong_member_in_the_pages_order_is_named():
    wrong = {name: object() for name in MEMBERS}
    named = []
    while wrong:
        word, _ = complaint(**dict(reversed(wrong.items())))
        named.append(word)
        for name in ("from", "to") if word == "from" else (word,):
            del wrong[name]
    assert named == [name for name in MEMBERS if name != "to"]


def test_the_zone_is_the_customers_unless_another_is_named():
    assert ask(customer=OTHER).zone == KATHMANDU
    assert ask(customer=OTHER, timezone="Europe/Copenhagen").zone == COPENHAGEN
    assert [find_zone(name) for name in ("UTC", "Etc/GMT+5", "America/Argentina/Buenos_Aires", "nope", None)] == [
        ZoneInfo("UTC"),
        ZoneInfo("Etc/GMT+5"),
        ZoneInfo("America/Argentina/Buenos_Aires"),
        None,
        None,
    ]


def test_measures_keep_the_order_of_the_answer_and_averages_count_as_measures():
    query = ask(fields=["inboundAverageSeconds", "inboundCalls", "outboundCalls", "employeeName"])
    assert query.measures == ("outboundCalls", "inboundCalls", "inboundAverageSeconds")
    assert ask(fields=["employeeName"]).measures == ()
    assert [ask(fields=name).counts_elsewhere for name in ("inboundAnsweredElsewhere", "inboundCalls")] == [True, False]


# ── query strings (D30) ──


@pytest.mark.parametrize(
    ("member", "text", "attribute", "wanted"),
    [
        ("employees", f"{BO},{IDA}", "employees", {BO, IDA}),
        ("employees", [BO, f"{IDA}, {BO}"], "employees", {BO, IDA}),
        ("fields", ["inboundCalls", "employeeId,sort".replace("sort", "outboundCalls")], "fields", None),
        ("fields", "inboundCalls", "fields", ("inboundCalls",)),
        ("ignoreBelow", "10", "ignore_below", 10),
        ("ignoreBelow", "9.5", "ignore_below", 10),
        ("ignoreLocal", "true", "ignore_local", True),
        ("ignoreLocal", "1", "ignore_local", True),
        ("ignoreLocal", "FALSE", "ignore_local", False),
        ("includeEmpty", "0", "include_empty", False),
        ("groupingInterval", "week", "interval", Interval.WEEK),
    ],
)
def test_a_query_string_says_the_same_in_text(member, text, attribute, wanted):
    wanted = ("employeeId", "outboundCalls", "inboundCalls") if wanted is None else wanted
    assert getattr(ask(as_text=True, **{member: text}), attribute) == wanted


@pytest.mark.parametrize(
    ("written", "since"),
    [
        ("1606780800000", "2020-12-01T00:00"),
        ("20201201", "2020-11-30T23:00"),
        ("2020-12-01T10:30:00+05:45", "2020-12-01T04:45"),
        ("2020-12-01T10:30:00 05:45", "2020-12-01T04:45"),
        ("2020-12-01T10:30 0100", "2020-12-01T09:30"),
        ("2020-12-01 10:30", "2020-12-01T09:30"),
        ("2020-12-01-T00:00:00.000Z", "2020-12-01T00:00"),
    ],
)
def test_a_query_string_may_have_lost_the_plus_of_an_offset(written, since):
    assert period(written, "2020-12-31", as_text=True)[0] == ms(since)


@pytest.mark.parametrize(
    ("member", "text"),
    [
        ("ignoreBelow", "-1"),
        ("ignoreBelow", "ten"),
        ("ignoreBelow", "1e3"),
        ("ignoreBelow", "NaN"),
        ("ignoreBelow", ""),
        ("ignoreLocal", "yes"),
        ("ignoreLocal", ""),
        ("employee", ""),
        ("employees", "x"),
        ("fields", ""),
        ("fields", "x"),
        ("sort", "x"),
        ("timezone", "x"),
        ("ignoreBelow", "٣"),
        ("from", "١٦٠٣٥٧٦٨٠٠٠٠٠"),
        ("from", "16067808000000000"),
        ("x", "1"),
    ],
)
def test_wrong_text_in_a_query_string_is_named(member, text):
    assert complaint(as_text=True, **{member: text})[0] == member


def test_text_for_a_number_is_wrong_in_a_body_though():
    assert complaint(ignoreBelow="10")[0] == "ignoreBelow"
    assert complaint(ignoreLocal="true")[0] == "ignoreLocal"
    assert complaint(**{"from": "1606780800000"})[0] == "from"


# ── anything at all ──

anything = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(),
        st.sampled_from([BO, "IN", "DAY", "2020-12-01"]),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(), inner, max_size=3)),
    max_leaves=5,
)


@settings(max_examples=200, deadline=None)
@given(
    members=st.dictionaries(st.one_of(st.sampled_from(list(MEMBERS)), st.text()), anything, max_size=6),
    text=st.booleans(),
)
def test_any_request_is_understood_or_its_wrong_member_named(members, text):
    try:
        query = parse_query(members, ASKER, as_text=text)
    except InvalidFieldError as why:
        assert why.word in members or why.word == "from"
        return
    assert query.period.since_ms < query.period.until_ms <= LAST_MS
    assert set(members) <= set(MEMBERS)


@settings(max_examples=150, deadline=None)
@given(
    text=st.from_regex(r"\A\d{4}-?\d\d-?\d\d(-?T| )\d\d[:.]?\d\d([:.]?\d\d([.,]\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?\Z"),
    zone=st.sampled_from(["Europe/Copenhagen", "Pacific/Apia", "America/St_Johns"]),
)
def test_any_date_is_understood_or_refused(text, zone):
    try:
        since, until = parse_moment(text, ZoneInfo(zone))
    except InvalidFieldError as why:
        assert why.word == "from"
    else:
        assert 0 <= since < until


def test_the_schema_of_every_member_is_json():
    assert json.loads(json.dumps({name: member.schema for name, member in MEMBERS.items()}))
    assert all(member.sentence.endswith(".") for member in MEMBERS.values())

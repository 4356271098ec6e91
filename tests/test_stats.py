"""Questions and answers: calls above, who held what, and the rows that come back."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import oracle
from calls_table import legs, ms
from office import Office, new_id, told
from pbxtally.errors import AccessDeniedError
from pbxtally.fields import PAGE_FIELDS
from pbxtally.people import AccessLevel, Assignment, Employee
from pbxtally.renderers.to_json import json_chunks
from pbxtally.stats import ask, ask_each
from random_calls import DAY_MS, many_calls

TWO_CALLS = """
    start    | answer   | end      | from        | to  | result   | call
    09:00:00 | 09:00:05 | 09:01:05 | +4599000001 | 101 | ANSWERED | 1
    10:00:00 |          | 10:00:20 | 101         | 102 | RANG_OUT | 2
"""


@pytest.fixture
def office(shared_store):
    return Office(shared_store)


def named(answer, *measures):
    """Rows shortened to name, number and the measures of their intervals."""
    return [
        (
            row["employeeName"],
            row["extensionNumber"],
            {key: tuple(cell[m] for m in measures) for key, cell in row["data"].items()},
        )
        for row in answer
    ]


# ── the shape of an answer (S12) ──


def test_an_answer_has_the_pages_members_in_the_pages_order(office):
    bo = office.hires("Bo", "101")
    office.keeps(legs(TWO_CALLS))
    [row] = office.asks()
    assert row == {
        "employeeId": bo,
        "employeeName": "Bo",
        "extensionId": office.held[0].extension,
        "extensionNumber": "101",
        "data": {
            "1": {
                "outboundCalls": 1,
                "outboundSeconds": 0,
                "outboundAnswered": 0,
                "outboundUnanswered": 1,
                "outboundFailed": 0,
                "inboundCalls": 1,
                "inboundSeconds": 60,
                "inboundAnswered": 1,
                "inboundUnanswered": 0,
                "inboundBusy": 0,
            }
        },
    }
    assert (*list(row)[:4], *row["data"]["1"]) == PAGE_FIELDS


def test_all_extra_figures_are_what_slow_counting_says(office):
    office.hires("Bo", "101")
    office.keeps(legs(TWO_CALLS))
    extras = [
        "inboundAverageSeconds",
        "inboundLongestSeconds",
        "inboundRingSeconds",
        "outboundRingSeconds",
        "localCalls",
    ]
    [row] = office.asks(fields=extras)
    assert row["data"]["1"] == {
        "localCalls": 1,
        "inboundRingSeconds": 5,
        "outboundRingSeconds": 20,
        "inboundLongestSeconds": 60,
        "inboundAverageSeconds": 60,
    }
    mine = [one for one in told(legs(TWO_CALLS)) if one.extension == "101"]
    assert {name: oracle.figures(mine)[name] for name in row["data"]["1"]} == row["data"]["1"]


# ── rows (D15–D17) ──


def test_nobody_without_calls_has_a_row_unless_asked_for(office):
    office.hires("Bo", "101")
    office.hires("Ida", "107")
    office.keeps(legs(TWO_CALLS))
    assert named(office.asks(), "inboundCalls") == [("Bo", "101", {"1": (1,)})]
    assert named(office.asks(includeEmpty=True, to="2020-12-02"), "inboundCalls") == [
        ("Bo", "101", {"1": (1,), "2": (0,)}),
        ("Ida", "107", {"1": (0,), "2": (0,)}),
    ]


def test_a_call_that_a_filter_drops_makes_no_row(office):
    office.hires("Bo", "101")
    office.hires("Ida", "102")
    office.keeps(legs(TWO_CALLS))
    assert named(office.asks(ignoreLocal=True), "inboundCalls", "outboundCalls") == [("Bo", "101", {"1": (1, 0)})]
    assert named(office.asks(direction="IN"), "inboundCalls", "outboundCalls") == [
        ("Bo", "101", {"1": (1, 0)}),
        ("Ida", "102", {"1": (1, 0)}),
    ]
    assert named(office.asks(ignoreBelow=21), "inboundCalls", "outboundCalls") == [("Bo", "101", {"1": (1, 0)})]
    assert named(office.asks(ignoreBelow=20), "outboundCalls") == [
        ("Bo", "101", {"1": (1,)}),
        ("Ida", "102", {"1": (0,)}),
    ]
    assert office.asks(ignoreBelow=61) == []


def test_a_row_stays_whatever_fields_are_named(office):
    office.hires("Bo", "101")
    office.hires("Ida", "102")
    office.keeps(legs(TWO_CALLS))
    assert office.asks(fields="employeeName") == [{"employeeName": "Bo"}, {"employeeName": "Ida"}]
    assert office.asks(fields="inboundBusy") == [{"data": {"1": {"inboundBusy": 0}}}] * 2


def test_an_answered_elsewhere_offer_makes_a_row_only_if_its_field_is_named(office):
    office.hires("Bo", "102")
    office.keeps(
        legs("""
            start    | answer   | end      | from        | to  | result
            09:00:00 |          | 09:00:04 | +4599000001 | 102 | RANG_OUT
            09:00:00 | 09:00:04 | 09:00:09 | +4599000001 | 107 | ANSWERED
        """)
    )
    assert office.asks() == []
    [row] = office.asks(fields=["inboundAnsweredElsewhere", "inboundCalls"])
    assert row["data"] == {"1": {"inboundCalls": 0, "inboundAnsweredElsewhere": 1}}


def test_numbers_nobody_holds_are_left_out_unless_asked_for(office):
    office.hires("Bo", "101", until="2020-12-01 09:30:00")
    office.keeps(legs(TWO_CALLS))
    assert named(office.asks(), "inboundCalls", "outboundCalls") == [("Bo", "101", {"1": (1, 0)})]
    everyone = office.asks(includeUnassigned=True)
    assert named(everyone, "inboundCalls", "outboundCalls") == [
        ("Bo", "101", {"1": (1, 0)}),
        (None, "101", {"1": (0, 1)}),
        (None, "102", {"1": (1, 0)}),
    ]
    known, unknown = office.held[0].extension, None
    assert [row["extensionId"] for row in everyone] == [known, known, unknown]
    assert [row["employeeId"] for row in everyone[1:]] == [None, None]


def test_an_extension_that_is_assigned_to_nobody_is_unassigned(office):
    office.held.append(Assignment("a" * 24, "101", None))
    office.keeps(legs(TWO_CALLS))
    assert office.asks() == []
    assert [row["extensionId"] for row in office.asks(includeUnassigned=True)] == ["a" * 24, None]


def test_a_number_that_changed_hands_never_merges_two_people(office):
    office.hires("Bo", "101", until="2020-12-01 09:30:00")
    office.hires("Ida", "101", since="2020-12-01 09:30:00")
    office.keeps(legs(TWO_CALLS))
    assert named(office.asks(), "inboundCalls", "outboundCalls") == [
        ("Bo", "101", {"1": (1, 0)}),
        ("Ida", "101", {"1": (0, 1)}),
    ]


def test_a_call_is_whose_it_was_when_it_started(office):
    office.hires("Bo", "101", until="2020-12-01 09:00:00")
    office.hires("Ida", "101", since="2020-12-01 09:00:00", until="2020-12-01 09:00:01")
    office.hires("Eva", "101", since="2020-12-01 09:00:01")
    office.keeps(legs(TWO_CALLS))
    assert named(office.asks(direction="IN"), "inboundCalls") == [("Ida", "101", {"1": (1,)})]


def test_an_extension_whose_number_changed_is_one_row_under_its_last_number(office):
    extension = new_id("a")
    office.hires("Bo", "101", until="2020-12-01 09:30:00", extension=extension)
    office.hires("Bo", "102", since="2020-12-01 09:30:00", extension=extension)
    office.keeps(legs(TWO_CALLS))
    assert named(office.asks(), "inboundCalls", "outboundCalls") == [("Bo", "102", {"1": (2, 0)})]
    earlier = office.asks(to="2020-12-01T10:15")
    assert named(earlier, "inboundCalls", "outboundCalls") == [("Bo", "101", {"1": (1, 0)})]


def test_an_employee_of_two_extensions_has_two_rows(office):
    bo = office.hires("Bo", "102", "101")
    office.keeps(legs(TWO_CALLS))
    assert [(row["employeeId"], row["extensionNumber"]) for row in office.asks()] == [(bo, "101"), (bo, "102")]


def test_only_the_employees_asked_for(office):
    bo, ida = office.hires("Bo", "101"), office.hires("Ida", "102")
    office.keeps(legs(TWO_CALLS))
    for members, names in [
        ({"employee": bo}, ["Bo"]),
        ({"employees": [ida]}, ["Ida"]),
        ({"employee": bo, "employees": [ida]}, ["Bo", "Ida"]),
        ({"employees": []}, []),
        ({"employee": "f" * 24}, []),
        ({"employees": [bo, "f" * 24], "includeUnassigned": True}, ["Bo"]),
        ({"employees": [bo], "includeEmpty": True}, ["Bo"]),
    ]:
        assert [row["employeeName"] for row in office.asks(**members)] == names, members


# ── order (D18) ──


def test_names_sort_in_the_customers_language(shared_store):
    for language, wanted in {
        "da": ["Bo", "Zoe", "Åse"],
        "en": ["Åse", "Bo", "Zoe"],
        None: ["Åse", "Bo", "Zoe"],
    }.items():
        office = Office(shared_store, language=language)
        for name, number in (("Zoe", "101"), ("Åse", "102"), ("Bo", "103")):
            office.hires(name, number)
        rows = office.asks(sort="employeeName", includeEmpty=True)
        assert [row["employeeName"] for row in rows] == wanted


def test_extensions_sort_as_people_count(office):
    office.hires("Bo", "100", "9", "10")
    assert [row["extensionNumber"] for row in office.asks(includeEmpty=True)] == ["9", "10", "100"]


# ── access (S14, D22): asked before anything is counted ──


def test_a_foreign_customer_is_denied_before_anything_is_counted(office):
    class Untouched:
        def __getattr__(self, name):
            raise AssertionError(f"the store was asked for {name}")

    office.store = Untouched()
    stranger = Employee(new_id("e"), new_id("c"), "Eve", AccessLevel.OWNER)
    for asker in (stranger, Employee(new_id("e"), office.me.id, "Bo", AccessLevel.PERSONAL)):
        with pytest.raises(AccessDeniedError):
            office.report(asker)
    with pytest.raises(AccessDeniedError):
        office.report(customer=new_id("c"))


def test_no_answer_holds_anything_of_another_customer(shared_store):
    one, other = Office(shared_store), Office(shared_store)
    for office, name in ((one, "Bo"), (other, "Ida")):
        office.hires(name, "101")
        office.keeps(legs(TWO_CALLS))
    assert [row["employeeName"] for row in one.asks()] == ["Bo"]
    other.keeps([leg._replace(key=leg.key + "x", call=leg.call + "x") for leg in legs(TWO_CALLS)])
    assert named(one.asks(), "inboundCalls") == [("Bo", "101", {"1": (1,)})]
    assert named(other.asks(), "inboundCalls") == [("Ida", "101", {"1": (2,)})]


# ── periods ──


def test_a_call_belongs_to_where_it_started(office):
    office.hires("Bo", "101")
    office.keeps(
        legs("""
            start               | answer              | end                 | from        | to  | result
            2020-12-01 22:59:59 | 2020-12-01 23:00:05 | 2020-12-01 23:10:05 | +4599000001 | 101 | ANSWERED
        """)
    )
    assert named(office.asks(to="2020-12-02"), "inboundSeconds") == [("Bo", "101", {"1": (600,)})]
    assert office.asks(**{"from": "2020-12-02", "to": "2020-12-02"}) == []


def test_an_hour_profile_adds_up_the_same_hour_of_many_days(office):
    office.hires("Bo", "101")
    [leg] = legs(TWO_CALLS)[:1]
    office.keeps([_on_day(leg, day) for day in range(20)])
    members = {"to": "2020-12-20", "groupingInterval": "HOUR"}
    assert named(office.asks(**members, intervalKey="NUMBER"), "inboundCalls") == [("Bo", "101", {"10": (20,)})]
    assert len(office.asks(**members)[0]["data"]) == 20


def _on_day(leg, day):
    times = {name: getattr(leg, name) + day * DAY_MS for name in ("started_ms", "answered_ms", "ended_ms")}
    return leg._replace(key=f"{day}", call=f"{day}", **times)


def test_the_doubled_hour_of_an_autumn_day_is_added_up_under_its_number(office):
    office.hires("Bo", "101")
    [leg] = legs(TWO_CALLS)[:1]
    for index, at in enumerate(["2020-10-25 00:30:00", "2020-10-25 01:30:00"]):
        shift = ms(at) - leg.started_ms
        times = {name: getattr(leg, name) + shift for name in ("started_ms", "answered_ms", "ended_ms")}
        office.keeps([leg._replace(key=f"{index}", call=f"{index}", **times)])
    day = {"from": "2020-10-25", "to": "2020-10-25", "groupingInterval": "HOUR"}
    assert named(office.asks(**day), "inboundCalls") == [("Bo", "101", {"2": (2,)})]
    assert list(office.asks(**day, intervalKey="ISO")[0]["data"]) == ["2020-10-25T02+02:00", "2020-10-25T02+01:00"]


# ── several customers in one question ──


class Offices:
    """Several customers of a reseller, as a directory knows them."""

    def __init__(self, store, many):
        self.of = {one.me.id: one for one in (Office(store) for _ in range(many))}
        self.above = Employee(new_id("e"), new_id("c"), "Over", AccessLevel.ADMIN)

    def customer(self, customer_id):
        return self.of[customer_id].me

    def parents(self):
        return dict.fromkeys(self.of)

    def employee_names(self, customer_id):
        return self.of[customer_id].names

    def departments(self, customer_id):
        return self.of[customer_id].of_department

    def assignments(self, customer_id):
        return self.of[customer_id].assignments(customer_id)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_several_customers_at_once_are_answered_as_one_after_the_other(shared_store, data):
    offices = Offices(shared_store, 4)
    first, second, third, fourth = offices.of.values()
    for each in offices.of.values():
        each.hires("Bo", "101")
        each.keeps(data.draw(many_calls(days=2)))
    second.hires("Ida", "102", "103")
    third.hires("Ida", "102", until="2020-12-01 12:00:00")
    third.hires("Kim", "102", since="2020-12-01 12:00:00")
    for each in (first, fourth):
        each.hires("Kim", "103", since="2020-12-02 09:00:00")
        each.of_department = {each.hires("Bo"): "Sales"}
    members = data.draw(
        st.sampled_from(
            [{}, {"includeEmpty": True}, {"includeUnassigned": True}, {"department": "Sales"}, {"hours": "WORKING"}]
        )
    )
    asked = [each.query(to="2020-12-03", groupingInterval="DAY", **members) for each in offices.of.values()]
    together = ask_each(shared_store, offices, offices.above, asked, "en")
    for report, query in zip(together, asked, strict=True):
        assert answer(report) == answer(ask(shared_store, offices, offices.above, query, "en"))


def answer(report):
    return b"".join(json_chunks(report))

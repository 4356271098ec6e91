"""Missed calls that nobody took, and whether the two sides have talked since."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracle
from call_lists import SIMULTANEOUS, offices_of_one_moment
from calls_table import legs, ms
from office import Office, new_id, told
from pbxtally.calls import Direction, Outcome
from pbxtally.errors import AccessDeniedError
from pbxtally.missed import RETURNED, SEQUELS, Sequel, same_number
from pbxtally.missed_calls import missed_calls
from pbxtally.people import AccessLevel, Assignment, Employee
from test_properties import offices, periods, quick

NOW_MS = ms("2020-12-23 09:00:00")


@pytest.fixture(scope="module")
def store(shared_store):
    return shared_store


@pytest.fixture
def office(store):
    office = Office(store)
    office.hires("Anna", "101")
    office.hires("Bo", "102")
    return office


def missed(office, level=AccessLevel.VIEWER, now_ms=NOW_MS, **members):
    asker = Employee("e" * 24, office.me.id, "Ask", level)
    return missed_calls(office.store, office, asker, office.query(**members), now_ms)


def told_of(office, **members):
    """The missed calls in a line each, the newest first."""
    found = []
    for one in missed(office, **members).calls(Sequel):
        by = " ".join(holder.extension_number for holder in one.missed_by)
        after = f" {one.follower.extension_number}" if one.follower else ""
        found.append(f"{one.number} for {by}: {one.sequel}{after}")
    return found


MISSED = """
    start    | answer | end      | from   | to  | result  | call
    09:00:00 |        | 09:00:20 | +4511223344 | 101 | GAVE_UP | 1
"""


@pytest.mark.parametrize(
    ("later", "sequel"),
    [
        ("", "OPEN"),
        ("10:00:00 | 10:00:05 | 10:01:00 | 102 | +4511223344 | ANSWERED | 2", "CALLED_BACK 102"),
        ("10:00:00 | 10:00:05 | 10:01:00 | 102 | +004511223344 | ANSWERED | 2", "CALLED_BACK 102"),
        ("10:00:00 |          | 10:01:00 | 102 | +4511223344 | RANG_OUT | 2", "TRIED"),
        ("10:00:00 | 10:00:05 | 10:01:00 | +4511223344 | 102 | ANSWERED | 2", "CALLED_AGAIN 102"),
        ("10:00:00 | 10:00:05 | 10:01:00 | 102 | +4511223345 | ANSWERED | 2", "OPEN"),
        ("08:00:00 | 08:00:05 | 08:01:00 | 102 | +4511223344 | ANSWERED | 2", "OPEN"),
        ("09:00:00 | 09:00:05 | 09:01:00 | 102 | +4511223344 | ANSWERED | 2", "OPEN"),
    ],
)
def test_a_call_is_returned_once_the_two_sides_have_talked_later(office, later, sequel):
    office.keeps(legs(MISSED.strip() + "\n" + later))
    assert told_of(office) == [f"+4511223344 for 101: {sequel}"]


def test_of_several_who_took_the_later_call_who_answered_first_is_named(office):
    later = """
        10:00:00 | 10:00:05 | 10:01:00 | +4511223344 | 102 | ANSWERED | 2
        10:01:00 | 10:01:05 | 10:02:00 | +4511223344 | 101 | ANSWERED | 2
    """
    office.keeps(legs(MISSED.strip() + later))
    assert told_of(office) == ["+4511223344 for 101: CALLED_AGAIN 102"]


def test_a_caller_who_is_missed_again_is_listed_twice_and_one_talk_returns_both(office):
    again = """
        start    | answer   | end      | from   | to    | result   | call
        09:00:00 |          | 09:00:20 | +4511  | 101   | GAVE_UP  | 1
        09:30:00 |          | 09:30:20 | +4511  | 101   | BUSY     | 2
        10:00:00 |          | 10:00:20 | 101    | +4511 | RANG_OUT | 3
        10:30:00 | 10:30:20 | 10:31:20 | 101    | +4511 | ANSWERED | 4
        11:00:00 |          | 11:00:20 | +4511  | 102   | GAVE_UP  | 5
    """
    office.keeps(legs(again))
    assert told_of(office) == [
        "+4511 for 102: OPEN",
        "+4511 for 101: CALLED_BACK 101",
        "+4511 for 101: CALLED_BACK 101",
    ]


def test_what_somebody_else_took_is_not_missed_whether_it_still_rang_or_had_ended(office):
    group = """
        start    | answer   | end      | from  | to  | result    | call
        09:00:00 |          | 09:00:06 | +4511 | 101 | ELSEWHERE | 1
        09:00:00 | 09:00:06 | 09:00:26 | +4511 | 102 | ANSWERED  | 1
        10:00:00 |          | 10:00:20 | +4512 | 101 | RANG_OUT  | 2
        10:00:20 | 10:00:26 | 10:00:46 | +4512 | 102 | ANSWERED  | 2
    """
    office.keeps(legs(group))
    assert told_of(office) == []


def test_a_call_that_rang_for_several_is_one_and_says_for_whom(office):
    group = """
        start    | answer | end      | from  | to  | result   | call
        09:00:00 |        | 09:00:20 | +4511 | 101 | RANG_OUT | 1
        09:00:00 |        | 09:00:20 | +4511 | 102 | RANG_OUT | 1
    """
    office.keeps(legs(group))
    assert told_of(office) == ["+4511 for 101 102: OPEN"]
    anna = next(id for id, name in office.names.items() if name == "Anna")
    assert told_of(office, employee=anna) == ["+4511 for 101: OPEN"]
    assert missed(office).by_employee({Sequel.OPEN}) == dict.fromkeys(office.names, 1)


def test_a_local_call_and_one_that_was_made_are_not_missed(office):
    office.keeps(
        legs("""
        start    | answer | end      | from | to    | result   | call
        09:00:00 |        | 09:00:20 | 102  | 101   | RANG_OUT | 1
        09:30:00 |        | 09:30:20 | 102  | +4511 | RANG_OUT | 2
    """)
    )
    assert told_of(office) == []


@pytest.mark.parametrize("number", ["anonymous", "+45"])
def test_nobody_can_call_back_who_withholds_the_number(office, number):
    [leg] = legs(MISSED)
    office.keeps([leg._replace(caller_number=number)])
    assert told_of(office) == [f"{number} for 101: WITHHELD"]


def test_short_rings_are_left_out_as_the_request_says_and_what_was_made_has_none(office):
    office.keeps(legs(MISSED))
    assert told_of(office, ignoreBelow=20) != []
    assert told_of(office, ignoreBelow=21) == []
    assert told_of(office, direction="OUT") == []


def test_only_what_happened_until_now_counts(office):
    later = MISSED.strip() + "\n10:00:00 | 10:00:05 | 10:01:00 | 102 | +4511223344 | ANSWERED | 2"
    office.keeps(legs(later))
    assert told_of(office, now_ms=ms("09:30:00"), to="2020-12-01T10:59:59") == ["+4511223344 for 101: OPEN"]


def test_the_sequels_are_counted_call_by_call(office):
    office.keeps(legs(MISSED))
    assert missed(office).counts() == {**dict.fromkeys(Sequel, 0), Sequel.OPEN: 1}
    assert set(SEQUELS) == set(Sequel)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("+45 20 12 34 56", "20123456"),
        ("004520123456", "020123456"),
        ("(212) 555-0100", "+12125550100"),
        ("030 1234567", "+49301234567"),
    ],
)
def test_a_number_is_the_same_however_it_is_written(one, other):
    assert same_number(one) == same_number(other) != ""


def test_another_number_is_another_and_a_word_is_none():
    assert same_number("20123456") != same_number("20123457")
    assert same_number("123") != same_number("20000123")
    assert (same_number("anonymous"), same_number("12"), same_number("")) == ("", "", "")
    assert same_number("1 12") == "112"


def test_who_may_not_read_statistics_sees_none(office):
    with pytest.raises(AccessDeniedError):
        missed(office, level=AccessLevel.PERSONAL)


def test_a_number_that_changed_hands_was_missed_by_whom_it_was_then(store):
    office = Office(store)
    office.hires("Bo", "101", until="2020-12-01 08:00:00")
    ida = office.hires("Ida", "101", since="2020-12-01 08:00:00")
    office.keeps(legs(MISSED))
    assert missed(office).by_employee(set(Sequel) - RETURNED) == {ida: 1}


def test_who_missed_a_call_is_named_in_the_order_of_the_numbers_whoever_was_called_first(store):
    office = Office(store)
    office.hires("Anna", "99713")
    office.hires("Bo", "9971")
    office.hires("Ida", "9972")
    office.keeps(
        legs("""
        start    | answer | end      | from  | to    | result   | call
        09:00:00 |        | 09:00:20 | +4511 | 99713 | RANG_OUT | 1
        10:00:00 |        | 10:00:20 | +4512 | 9972  | RANG_OUT | 2
        11:00:00 |        | 11:00:20 | +4513 | 9971  | RANG_OUT | 3
        11:00:00 |        | 11:00:20 | +4513 | 9972  | RANG_OUT | 3
        11:00:00 |        | 11:00:20 | +4513 | 99713 | RANG_OUT | 3
    """)
    )
    assert told_of(office)[0] == "+4513 for 9971 9972 99713: OPEN"


def test_numbers_that_nobody_held_are_there_if_they_are_asked_for_known_or_not(store):
    office = Office(store)
    anna = office.hires("Anna", "101", since="2020-12-01 12:00:00")
    office.held.append(Assignment(new_id("a"), "102", None))
    office.keeps(
        legs("""
        start    | answer | end      | from  | to  | result   | call
        09:00:00 |        | 09:00:20 | +4511 | 101 | RANG_OUT | 1
        10:00:00 |        | 10:00:20 | +4512 | 102 | RANG_OUT | 2
        11:00:00 |        | 11:00:20 | +4513 | 199 | RANG_OUT | 3
        13:00:00 |        | 13:00:20 | +4514 | 101 | RANG_OUT | 4
        13:00:00 |        | 13:00:20 | +4514 | 199 | RANG_OUT | 4
    """)
    )
    assert told_of(office) == ["+4514 for 101: OPEN"]
    assert told_of(office, includeUnassigned=True) == [
        "+4514 for 101 199: OPEN",
        "+4513 for 199: OPEN",
        "+4512 for 102: OPEN",
        "+4511 for 101: OPEN",
    ]
    assert told_of(office, includeUnassigned=True, employee=anna) == ["+4514 for 101: OPEN"]
    assert told_of(office, includeUnassigned=True, direction="OUT") == []
    holders = [one.missed_by for one in missed(office, includeUnassigned=True).calls(Sequel)]
    assert [(one.employee_id, one.extension_id) for one in holders[1]] == [(None, None)]
    assert [one.extension_id for one in holders[3]] == [office.held[0].extension]


# ── any calls ──


def slowly(office, query, now_ms):
    """Missed calls by nothing but loops: start, who missed it, sequel, when it was followed."""
    calls = {}
    for leg in office.legs:
        calls.setdefault(leg.call, []).append(leg)
    told_calls = [(part, told(part)) for part in calls.values()]
    found = []
    for part, ones in told_calls:
        by = {
            holder
            for one in ones
            if is_missed(one) and query.period.since_ms <= one.started_ms < query.period.until_ms
            if (holder := oracle.holder_of(one.extension, one.started_ms, office.held, office.names, query))
        }
        if not by or any(one.outcome == Outcome.ANSWERED for one in ones):
            continue
        at_ms, number = ones[0].started_ms, same_number(caller(part))
        after = [
            (then, taken) for then, taken, other in contacts(told_calls, now_ms) if other == number and then > at_ms
        ]
        talks, tries = ([then for then, taken in after if taken is wanted] for wanted in (True, False))
        sequel = "WITHHELD" if not number else "RETURNED" if talks else "TRIED" if tries else "OPEN"
        found.append((at_ms, frozenset(by), sequel, min(talks or tries or [None]) if number else None))
    return sorted(found, key=str)


def is_missed(one):
    return one.direction == Direction.IN and not one.local and one.outcome not in (Outcome.ANSWERED, Outcome.ELSEWHERE)


def contacts(told_calls, now_ms):
    """Calls with somebody outside: when, whether they talked, the number."""
    for part, ones in told_calls:
        outside = [one for one in ones if not one.local and one.started_ms < now_ms]
        made = [one for one in outside if one.direction == Direction.OUT]
        took = [one for one in outside if one.direction == Direction.IN and one.outcome == Outcome.ANSWERED]
        if made:
            yield made[0].started_ms, any(one.outcome == Outcome.ANSWERED for one in made), same_number(callee(part))
        if took:
            yield took[0].started_ms, True, same_number(caller(part))


def by_time(part):
    return sorted(part, key=lambda leg: (leg.started_ms, leg.key))


def caller(part):
    return next((leg.caller_number for leg in by_time(part) if leg.caller_number), "")


def callee(part):
    said = [leg.dialled or leg.callee_number for leg in by_time(part)]
    return next(filter(None, said), "")


@quick
@given(data=st.data())
def test_any_missed_calls_are_those_that_counting_slowly_finds(store, data):
    office = data.draw(offices(store))
    dialled = data.draw(st.lists(st.sampled_from(["", "+4599000001", "99000001"]), min_size=60, max_size=60))
    office.keeps([leg._replace(dialled=dialled[at % 60]) for at, leg in enumerate(office.legs)])
    office.legs = [leg._replace(dialled=dialled[at % 60]) for at, leg in enumerate(office.legs)]
    members = {**data.draw(periods(office)), "includeUnassigned": data.draw(st.booleans())}
    now_ms = ms("2022-06-01 00:00:00")
    found = [
        (
            one.started_ms,
            frozenset((h.employee_id, h.employee_name, h.extension_id, h.extension_number) for h in one.missed_by),
            "RETURNED" if one.sequel in RETURNED else one.sequel.value,
            one.followed_ms,
        )
        for one in missed(office, now_ms=now_ms, **members).calls(Sequel)
    ]
    assert sorted(found, key=str) == slowly(office, office.query(**members), now_ms)


def test_an_id_that_the_pbx_uses_again_days_later_neither_hides_a_missed_call_nor_lends_it_its_caller(office):
    office.keeps(
        legs("""
            start               | answer              | end                 | from      | to        | result   | call
            2020-12-01 09:00:00 |                     | 2020-12-01 09:00:20 | +45110001 | 101       | GAVE_UP  | 1
            2020-12-03 10:00:00 |                     | 2020-12-03 10:00:20 | +45120002 | 101       | GAVE_UP  | 1
            2020-12-05 10:00:00 | 2020-12-05 10:00:05 | 2020-12-05 10:00:20 | +45130003 | 101       | ANSWERED | 1
            2020-12-07 10:00:00 | 2020-12-07 10:00:05 | 2020-12-07 10:00:20 | 102       | +45110001 | ANSWERED | 1
        """)
    )
    assert told_of(office, to="2020-12-31") == ["+45120002 for 101: OPEN", "+45110001 for 101: CALLED_BACK 102"]


def test_rows_that_share_an_id_by_mistake_are_missed_each_by_itself_with_its_own_caller(office):
    [row] = legs(MISSED)
    rows = [
        row._replace(key=f"{n}", started_ms=row.started_ms + n * 1000, caller_number=f"+45{10_000_000 + n}")
        for n in range(20_001)
    ]
    office.keeps(rows)
    found = missed(office).calls(Sequel)
    assert [one.number for one in found] == [one.caller_number for one in reversed(rows)]


def test_missed_calls_of_one_moment_are_in_the_order_of_their_ids_whichever_source_came_first(store):
    for office in offices_of_one_moment(store):
        assert [line.split()[0] for line in told_of(office)] == SIMULTANEOUS[::-1]

"""The latest calls of an extension."""

import pytest

from call_lists import DAY, SIMULTANEOUS, latest, office_of_a_day, offices_of_one_moment
from calls_table import legs
from office import Office
from pbxtally.errors import AccessDeniedError, UnknownError
from pbxtally.people import AccessLevel


@pytest.fixture(scope="module")
def store(shared_store):
    return shared_store


@pytest.fixture
def office(store):
    return office_of_a_day(store)


def test_the_latest_calls_are_those_made_taken_and_missed_the_newest_first(office):
    assert latest(office, office.held[0].extension) == [["101", "101"], ["102", "+4511"], ["+4514", "+4512"]]


def test_there_are_ten_of_the_latest_calls_at_most(store):
    office = Office(store)
    office.hires("Anna", "101")
    rows = "".join(f"09:{one:02}:00 | | 09:{one:02}:20 | +45{one:02} | 101 | GAVE_UP | {one}\n" for one in range(12))
    office.keeps(legs("start | answer | end | from | to | result | call\n" + rows))
    assert latest(office, office.held[0].extension)[2] == [f"+45{one:02}" for one in range(11, 1, -1)]


@pytest.mark.parametrize("level", [AccessLevel.PERSONAL, AccessLevel.VIEWER])
def test_who_sees_only_own_latest_calls_sees_those_since_they_hold_the_extension(store, level):
    office = Office(store)
    bo = office.hires("Bo", "101", until="2020-12-01 10:00:00")
    ida = office.hires("Ida", "101", since="2020-12-01 10:00:00", extension=office.held[0].extension)
    office.keeps(legs(DAY))
    assert latest(office, office.held[0].extension, level, ida) == [["101", "101"], ["102"], ["+4514"]]
    with pytest.raises(AccessDeniedError):
        latest(office, office.held[0].extension, level, bo)


def test_an_extension_that_nobody_knows_is_not_found(office):
    with pytest.raises(UnknownError) as error:
        latest(office, "9" * 24)
    assert error.value.word == "extension"


def test_the_latest_calls_of_one_moment_are_in_the_order_of_their_ids_whichever_source_came_first(store):
    for office in offices_of_one_moment(store):
        assert latest(office, office.held[0].extension)[2] == SIMULTANEOUS[::-1]

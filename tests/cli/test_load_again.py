"""A load that was killed before its end, and given again: what it said of its source holds for every call."""

import pytest

from cli.office import ACME, DECEMBER, LOAD, calls, row
from pbxtally.people import SourceSetting
from pbxtally.stores.people_database import sqlite_url
from pbxtally.stores.people_store import PeopleStore

SAID = SourceSetting(trunks=("4599",))
LOAD_SAYING = ("load", "b.csv", *LOAD, "--trunk", "4599")


@pytest.fixture
def office(office):
    """Where a call was loaded before anybody said that 4599 is a trunk, so that it has one itself."""
    office.does("load", office.write("a.csv", [row("01 09:00:00", "4599", "101")]), *LOAD)
    office.write("b.csv", [row("02 09:00:00", "4599", "101"), row("03 09:00:00", "4599", "101")])
    assert counted(office) == {"101": (0, 1), "4599": (1, 0)}
    return office


def counted(office):
    return calls(office.ask(**DECEMBER, includeUnassigned=True))


def remembered_and_killed(office):
    """What such a load leaves behind that is killed right after it remembered what it was told."""
    people = PeopleStore(sqlite_url(office.data / "people.db"))
    people.keep_source_setting(ACME, "asterisk", SAID, calls_follow=True)
    people.close()


def test_older_calls_follow_although_all_of_it_was_remembered_already(office):
    office.does("load", "b.csv", *LOAD)
    remembered_and_killed(office)
    assert counted(office)["4599"] == (3, 0)
    office.does(*LOAD_SAYING)
    assert counted(office) == {"101": (0, 3)}


def test_or_at_the_next_start_of_a_server(office):
    remembered_and_killed(office)
    with office.server():
        assert counted(office) == {"101": (0, 1)}
    assert office.does("verify").endswith("no problems found\n")


def test_nothing_is_derived_twice_where_nothing_was_left(office):
    office.does(*LOAD_SAYING)
    people = PeopleStore(sqlite_url(office.data / "people.db"))
    assert (people.source_setting(ACME, "asterisk"), people.noted_numbers()) == (SAID, [])
    people.close()
    assert counted(office) == {"101": (0, 3)}

"""A large file is read in two processes, and that may make no difference."""

from concurrent.futures.process import BrokenProcessPool
from datetime import datetime
from itertools import chain
from multiprocessing import active_children

import pytest

from cli.office import ACME, COPENHAGEN, PEOPLE, row
from pbxtally.checked_reading import read_checked
from pbxtally.cli.reading import LINES, NEARBY, read_aside
from pbxtally.directory import import_people
from pbxtally.records import Reading, Rejected
from pbxtally.sources import SOURCES
from pbxtally.stores.people_database import sqlite_url
from pbxtally.stores.people_store import PeopleStore

MANY = 31_000
HERE = NEARBY * LINES  # so many lines are read in the command's own process
BROKEN = [1, 7, HERE - 1, HERE, HERE + 1, HERE + 2, HERE + LINES, HERE + LINES + 1, MANY]
FUTURE = range(MANY - 9, MANY)

LATEST_MS = int(datetime(2020, 12, 9, 9, 36, 29, tzinfo=COPENHAGEN).timestamp() * 1000)


@pytest.fixture(scope="module")
def reading(tmp_path_factory):
    people = PeopleStore(sqlite_url(tmp_path_factory.mktemp("reading") / "people.db"))
    import_people(people, PEOPLE, LATEST_MS)
    yield Reading(COPENHAGEN, ACME, people.number_of_extension(ACME))
    people.close()


def hour_of_rows(day):
    """A call a second from nine to ten."""
    return [row(f"{day:02} 09:{second // 60:02}:{second % 60:02}", "101", "102") for second in range(3600)]


@pytest.fixture(scope="module")
def lines():
    rows = list(chain.from_iterable(map(hour_of_rows, range(1, 10))))[:MANY]
    for line in BROKEN:
        rows[line - 1] = b"broken,%d\n" % line
    return rows


@pytest.fixture(scope="module")
def found(lines, reading):
    return list(read_aside("asterisk")(iter(lines), reading, LATEST_MS))


def test_a_large_file_is_read_as_it_is_in_one_process(lines, found, reading):
    assert len(found) == MANY
    assert found == list(read_checked(SOURCES["asterisk"].read, lines, reading, LATEST_MS))


def test_rejected_records_stand_at_their_lines_in_their_order(lines, found):
    rejected = [(place, one) for place, one in enumerate(found, start=1) if isinstance(one, Rejected)]
    wanted = sorted([*BROKEN, *FUTURE])
    assert [(place, one.line) for place, one in rejected] == [(line, line) for line in wanted]
    assert [one.raw for _, one in rejected] == [lines[line - 1] for line in wanted]


def test_the_other_process_knows_the_directory(reading):
    record = (
        b'{"_id": "1", "started": "2020-12-01T09:00:00", "ended": "2020-12-01T09:00:09", "terminatedReason": "CANCEL",'
    )
    record += b' "caller": {"extension": "%s"}, "callee": {"number": "+4511"}}\n' % (b"e1" * 12)
    [leg] = read_aside("telecomx")([b"\n"] * HERE + [record], reading, LATEST_MS)
    assert (leg.caller_device, leg.started_ms) == ("101", 1_606_809_600_000)


def test_a_process_that_dies_is_not_waited_for(lines, reading):
    records = read_aside("asterisk")(iter(lines * 9), reading, LATEST_MS)
    while not active_children():
        next(records)
    active_children()[0].kill()
    with pytest.raises(BrokenProcessPool):
        list(records)

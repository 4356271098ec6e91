"""Numbers that enter the directory while calls are being kept: whoever is first, the calls count as it says at last."""

import threading
import time

import pytest

from cli.office import ACME, ANNA, COPENHAGEN, row
from fault.desk import NOW_MS, Desk
from pbxtally.checked import read_checked
from pbxtally.directory import import_people
from pbxtally.hosting import HostedIntake
from pbxtally.intake import Intake, numbering_of, people_changed
from pbxtally.people import Pbx
from pbxtally.records import Rejected
from pbxtally.retrying import Retried, Retrying
from pbxtally.sources import SOURCES, asterisk
from pbxtally.tenants import Tenants

HERS, HIS = "88001122", "88003344"
"""Too long for an extension, unless the directory has them."""


@pytest.fixture
def desk(tmp_path):
    desk = Desk(tmp_path)
    yield desk
    desk.close()
    assert desk.faults == []


def enters(desk, number):
    """What a page does when an extension is made."""
    extension = {"_id": number * 3, "customer": ACME, "number": number, "employee": ANNA}
    import_people(desk.people, {"extensions": [extension]}, NOW_MS)
    return people_changed(desk.store, desk.people)


def meanwhile(desk, does, *entering):
    """Somebody does something, and before it gets its turn in the store numbers enter the directory."""
    thread = threading.Thread(target=does)
    with desk.store._file.writing:
        thread.start()
        time.sleep(0.3)
        for number in entering:
            enters(desk, number)
    thread.join()
    desk.is_counted()


def extensions(desk):
    return {one.number: one.calls for one in desk.store.numbers_with_calls(ACME)}


def test_of_a_delivery(desk):
    meanwhile(desk, lambda: desk.deliver([row("01 09:00:00", "101", HERS)]), HERS)
    wait_until(lambda: extensions(desk) == {"101": 1, HERS: 1})
    assert desk.people.noted_numbers() == []


def test_of_a_file_of_many_records(desk):
    def lines():
        for minute in range(10):
            yield from (row(f"01 09:{minute:02}:{second:02}", "101", HERS) for second in range(60))
            if minute == 8:  # a first batch is kept by now, and calls of it are derived again
                assert enters(desk, HERS) == 500

    intake(desk).take("Master.csv", lines())
    assert extensions(desk) == {"101": 600, HERS: 600}


def test_of_a_batch_of_a_file_and_whoever_takes_it_in_hears_that_calls_have_to_follow(desk):
    taking = intake(desk)
    meanwhile(desk, lambda: taking.take("Master.csv", [row("01 09:00:00", "101", HERS)]), HERS)
    assert (taking.is_noted, people_changed(desk.store, desk.people)) == (True, 1)
    assert extensions(desk) == {"101": 1, HERS: 1}


def test_of_a_hosted_switch(desk):
    tenants = Tenants(desk.store, desk.people, SOURCES, COPENHAGEN, NOW_MS, "a test")
    tenants.keep(Pbx("hosted", "asterisk", "accountcode", NOW_MS), is_new=True)
    tenants.map("hosted", "office", desk.people.customer(ACME))
    rows = [row("01 09:00:00", "101", HERS).replace(b'"",', b'"office",', 1)]
    hosted = HostedIntake(desk.store, tenants.switch("hosted"))
    meanwhile(desk, lambda: hosted.take("Master.csv", rows), HERS)
    assert extensions(desk) == {"101": 1, HERS: 1}


def test_of_a_record_that_is_read_again(desk):
    desk.store.keep_rejected(ACME, "asterisk", "Master.csv", [Rejected(1, "why", row("01 09:00:00", "101", HERS))], 1)
    retrying = Retrying(desk.store, desk.people, SOURCES, COPENHAGEN, NOW_MS)
    meanwhile(desk, lambda: retrying.retry(desk.store.rejections(), Retried()), HERS)
    assert extensions(desk) == {"101": 1, HERS: 1}


def test_of_calls_that_are_just_derived_because_of_another_number(desk):
    desk.deliver([row("01 09:00:00", HIS, HERS)])
    meanwhile(desk, lambda: enters(desk, HERS), HIS)
    assert extensions(desk) == {HIS: 1, HERS: 1}


def intake(desk):
    def read(lines, reading, latest_ms):
        return read_checked(asterisk.read, lines, reading, latest_ms)

    numbering = numbering_of(desk.people, ACME, "asterisk")
    return Intake(desk.store, desk.people, ACME, "asterisk", read, COPENHAGEN, numbering, NOW_MS)


def wait_until(is_so):
    until = time.monotonic() + 5
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.01)

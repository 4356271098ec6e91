"""Numbers that enter the directory while calls are being kept: whoever is first, the calls count as it says at last."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from cli.office import ACME, row
from cli.warm import SOURCE
from fault.desk import Desk
from fault.meanwhile import CALL, HERS, WAYS, enters, hosted_call, intake, rejected_call
from pbxtally.intake import derive_changed_numbers

pytestmark = pytest.mark.thorough

HIS = "88003344"


@pytest.fixture
def desk(tmp_path):
    desk = Desk(tmp_path)
    yield desk
    desk.close()
    assert desk.faults == []


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
    meanwhile(desk, lambda: desk.deliver([CALL]), HERS)
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


def test_of_a_batch_of_a_file_and_whoever_takes_it_in_hears_of_it(desk):
    taking = intake(desk)
    meanwhile(desk, lambda: taking.take("Master.csv", [CALL]), HERS)
    assert taking.has_moved
    assert extensions(desk) == {"101": 1, HERS: 1}


def test_of_a_hosted_switch(desk):
    meanwhile(desk, hosted_call(desk), HERS)
    assert extensions(desk) == {"101": 1, HERS: 1}


def test_of_a_record_that_is_read_again(desk):
    meanwhile(desk, rejected_call(desk), HERS)
    assert extensions(desk) == {"101": 1, HERS: 1}


def test_of_calls_that_are_just_derived_because_of_another_number(desk):
    desk.deliver([row("01 09:00:00", HIS, HERS)])
    meanwhile(desk, lambda: enters(desk, HERS), HIS)
    assert extensions(desk) == {HIS: 1, HERS: 1}


@pytest.mark.parametrize("method", WAYS)
def test_whoever_is_killed_as_soon_as_it_has_kept_calls(tmp_path, method):
    paths = os.pathsep.join((str(SOURCE), str(Path(__file__).parents[1])))
    command = [sys.executable, "-P", "-m", "fault.meanwhile", str(tmp_path), method]
    done = subprocess.run(command, env=os.environ | {"PYTHONPATH": paths}, capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    desk = Desk(tmp_path)
    derive_changed_numbers(desk.store, desk.people)  # as a server does when it starts
    found = extensions(desk)
    desk.close()
    assert found == {"101": 1, HERS: 1}


def wait_until(is_so):
    until = time.monotonic() + 5
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.01)

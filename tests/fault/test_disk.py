"""A disk that fails, fills up or loses its power: nothing acknowledged is lost, and nobody has to help."""

import random
from pathlib import Path

import pytest

from fault import disk
from fault.fulldisk import fill_everywhere
from fault.ioerror import fail_again_and_again
from fault.powercut import cut_power
from fault.spill import fill_under_questions

pytestmark = [
    pytest.mark.thorough,
    pytest.mark.compiler,
    pytest.mark.skipif(disk.compiler() is None, reason="no C compiler here: apt install gcc libc6-dev"),
]

SEED = 20201201


@pytest.fixture
def folder():
    with disk.scratch() as folder:
        yield Path(folder)


def test_power_cuts_lose_nothing_acknowledged_and_every_start_goes_well_by_itself(folder):
    assert cut_power(folder, images=40, seed=SEED) > 0


def test_faults_of_the_disk_lose_nothing_acknowledged_and_pass_without_a_restart(folder):
    seen = fail_again_and_again(folder, errors=10, seed=SEED)
    assert seen["longest"] < 30


def test_a_full_disk_is_told_to_senders_and_passes_without_a_restart(folder):
    assert fill_everywhere(folder, random.Random(SEED)) < 30


def test_a_question_that_finds_no_room_to_spill_says_so_and_nothing_else_suffers(folder):
    why = "Counting needs more room on the disk than there is now - ask for less, or later"
    assert fill_under_questions(folder) == [(503, why)] * 3

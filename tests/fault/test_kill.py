"""The server is killed while it takes calls in: what it acknowledged or collected is there at the next start, once."""

import pytest

from fault import collected, commands
from fault.kill import kill_again_and_again

pytestmark = pytest.mark.thorough


def test_nothing_acknowledged_is_lost_and_nothing_counts_twice(tmp_path):
    assert kill_again_and_again(tmp_path, kills=6, seed=20201201) > 0


def test_calls_that_are_collected_count_once_however_often_the_server_is_killed(tmp_path):
    assert collected.kill_again_and_again(tmp_path, kills=6, seed=20201201) > 0


def test_commands_that_are_killed_and_given_again_take_each_call_in_once(tmp_path):
    assert commands.kill_again_and_again(tmp_path, kills=3, seed=20201201) > (0, 0)

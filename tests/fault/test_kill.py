"""The server is killed while a PBX delivers: what it acknowledged is there at the next start, once."""

import pytest

from fault.kill import kill_again_and_again

pytestmark = pytest.mark.thorough


def test_nothing_acknowledged_is_lost_and_nothing_counts_twice(tmp_path):
    assert kill_again_and_again(tmp_path, kills=6, seed=20201201) > 0

"""A backup that is made while deliveries come holds together."""

import pytest

from fault.backups import back_up_again_and_again


@pytest.mark.thorough
def test_backups_under_load_have_all_that_was_acknowledged_before(tmp_path):
    assert back_up_again_and_again(tmp_path, backups=2, seed=20201201) >= 400

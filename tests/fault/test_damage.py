"""Damaged files of every format, and damaged calls: refused, kept or made anew, never a crash or a wrong number."""

import pytest

from fault.damage import damage_samples
from fault.rot import spoil_again_and_again


def test_damaged_files_are_taken_or_refused_and_every_record_is_accounted_for(tmp_path):
    read, delivered, records = damage_samples(tmp_path, variants=600, seed=20201201)
    assert read > 500
    assert delivered >= 50
    assert records > 0


@pytest.mark.thorough
def test_calls_that_rot_are_noticed_and_made_anew(tmp_path):
    harmless, noticed = spoil_again_and_again(tmp_path, cases=8, seed=20201201)
    assert harmless + noticed == 8

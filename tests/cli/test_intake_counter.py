"""How much commands took in: only if an older copy of the calls was put back, one begins again."""

import pytest

from cli.office import ACME
from pbxtally.cli.intake_counter import IntakeCounter
from pbxtally.collectors.saved_positions import TAKEN, CollectedSource


@pytest.fixture
def file(tmp_path):
    return CollectedSource(str(tmp_path / "Master.csv"), ACME, "asterisk")


@pytest.fixture
def commands(tmp_path, file):
    """Two that follow the same file."""
    return [IntakeCounter(tmp_path, file) for _ in range(2)]


def test_one_that_looks_seldom_does_not_make_the_other_begin_again(commands, shared_store):
    often, seldom = commands
    for one in (often, often, often, seldom, often, seldom):
        assert not one.is_ahead_of(shared_store)
        one.note(shared_store)


def test_both_begin_again_if_an_older_copy_of_the_calls_is_put_back(commands, shared_store, tmp_path, file):
    often, seldom = commands
    for one in (often, seldom, often, seldom):
        one.note(shared_store)
    shared_store.note_load(file.file(tmp_path, TAKEN).stem, 1)
    assert often.is_ahead_of(shared_store) and seldom.is_ahead_of(shared_store)

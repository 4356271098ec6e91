"""The journal: what leaves it is old, in the calls and in a backup; a fault of the disk does not spoil what follows."""

import sqlite3
from contextlib import closing

import pytest

from calls_table import legs
from pbxtally.errors import BusyError
from pbxtally.records import Delivery
from pbxtally.stores import journal as journals
from pbxtally.stores.journal import Journal

[LEG] = legs("""
    start    | answer   | end      | from | to  | result
    09:00:00 | 09:00:05 | 09:01:05 | 101  | 102 | ANSWERED
""")

NOW_MS = 2000


def delivery(at_ms):
    return Delivery("a" * 24, "pbx", at_ms, [LEG], [])


@pytest.fixture
def journal(tmp_path):
    journal = Journal(tmp_path)
    journal.write([delivery(at_ms) for at_ms in (10, 20, 30, 40)])
    yield journal
    journal.close()


def positions(journal):
    return [one.position for one in journal.after(0, 100)]


def test_nothing_leaves_the_journal_that_is_in_no_backup(journal):
    assert journal.prune(4, 1000, NOW_MS) == 0
    assert positions(journal) == [1, 2, 3, 4]


def test_what_is_in_the_calls_in_a_backup_and_old_leaves_the_journal(journal):
    journal.mark_backed_up(3)
    assert journal.prune(4, 25, NOW_MS) == 2
    assert (positions(journal), journal.pruned(), journal.last()) == ([3, 4], 2, 4)
    assert journal.prune(4, 1000, NOW_MS) == 1
    assert journal.prune(4, 1000, NOW_MS) == 0
    assert (positions(journal), journal.pruned()) == ([4], 3)


def test_what_the_calls_lack_stays_whatever_a_backup_has(journal):
    journal.mark_backed_up(4)
    assert journal.prune(2, 1000, NOW_MS) == 2
    assert positions(journal) == [3, 4]


def test_an_empty_journal_goes_on_counting_where_it_was(journal):
    journal.mark_backed_up(4)
    journal.prune(4, 1000, NOW_MS)
    assert (positions(journal), journal.first(), journal.last(), journal.pruned()) == ([], 0, 4, 4)
    assert journal.write([delivery(50)]) == [5]


def test_one_that_came_while_the_clock_was_ahead_leaves_with_those_before_it(tmp_path):
    journal = Journal(tmp_path)
    journal.write([delivery(NOW_MS + 1), delivery(20), delivery(NOW_MS + 1), delivery(30)])
    journal.mark_backed_up(4)
    assert journal.prune(4, 25, NOW_MS) == 3
    assert (positions(journal), journal.pruned()) == ([4], 3)
    journal.close()


def test_none_that_has_to_stay_leaves_because_the_clock_was_behind_later(tmp_path):
    journal = Journal(tmp_path)
    journal.write([delivery(20), delivery(60), delivery(10), delivery(20)])
    journal.mark_backed_up(4)
    assert journal.prune(4, 25, NOW_MS) == 1
    assert (positions(journal), journal.pruned()) == ([2, 3, 4], 1)
    journal.close()


def test_much_leaves_in_small_pieces(journal, monkeypatch):
    monkeypatch.setattr(journals, "PRUNED_AT_ONCE", 0)
    journal.mark_backed_up(4)
    assert [journal.prune(4, 1000, NOW_MS) for _ in range(5)] == [1, 1, 1, 1, 0]


def test_after_a_fault_the_log_is_begun_anew_and_the_next_delivery_is_taken(journal, tmp_path):
    other = sqlite3.connect(tmp_path / "journal.db", isolation_level=None)
    other.execute("CREATE TRIGGER fault BEFORE INSERT ON delivery BEGIN SELECT RAISE(FAIL, 'no'); END")
    with pytest.raises(BusyError, match="send it again later"):
        journal.write([delivery(50)])
    other.execute("DROP TRIGGER fault")
    other.close()
    assert journal.write([delivery(60)]) == [5]
    assert (tmp_path / "journal.db-wal").stat().st_size > 0


def test_a_delivery_under_a_key_looks_through_no_other_keys_for_those_that_are_too_old(journal, tmp_path):
    with closing(sqlite3.connect(tmp_path / "journal.db")) as file:
        [(*_, how)] = file.execute("EXPLAIN QUERY PLAN DELETE FROM answered WHERE at_ms < 1").fetchall()
    assert how.startswith("SEARCH answered")

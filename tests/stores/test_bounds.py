"""A question is bounded in time; what the store does for itself takes as long as it takes."""

import pytest

from calls_table import NUMBERING, legs
from pbxtally.errors import BusyError
from pbxtally.stores.duckdb_store import DuckStore

SLOW = "SELECT count(*) FROM range(200000000) WHERE hash(range) % 7 = 3"

[LEG] = legs("""
    start    | answer   | end      | from | to  | result
    09:00:00 | 09:00:05 | 09:01:05 | 101  | 102 | ANSWERED
""")


def test_a_question_that_takes_too_long_ends_and_the_writer_and_the_upkeep_do_not(tmp_path):
    store = DuckStore(tmp_path, memory="256MB", threads=2, query_seconds=0.05)
    with pytest.raises(BusyError, match="Counting took too long"), store._file.question() as cursor:
        cursor.execute(SLOW).fetchall()
    with store._file.change() as cursor:
        assert cursor.execute(SLOW).fetchall()
    with store._file.cursor() as cursor:
        assert cursor.execute(SLOW).fetchall()
    store.close()


def test_many_legs_are_kept_sorted_and_checked_however_short_questions_have_to_be(tmp_path):
    store = DuckStore(tmp_path, memory="256MB", threads=1, query_seconds=0.001)
    many = [LEG._replace(key=str(number), call=str(number)) for number in range(20_000)]
    assert store.keep("a" * 24, "pbx", many, NUMBERING).kept == 20_000
    store.tidy()
    assert store.upkeep.flaws() == []
    store.close()
    again = DuckStore(tmp_path, memory="256MB", threads=1, query_seconds=0.001)
    assert again.upkeep.holdings().legs == 20_000
    again.close()


def test_a_question_has_a_time_limit_and_nothing_else_has(tmp_path):
    store = DuckStore(tmp_path, memory="256MB", threads=1, query_seconds=7)
    with store._file.question() as asking:
        assert asking.execute("SELECT current_setting('max_execution_time')").fetchone() == (7000,)
    with store._file.cursor() as keeping:
        assert keeping.execute("SELECT current_setting('max_execution_time')").fetchone() == (0,)
    store.close()


def test_what_bounds_a_question_is_the_one_thing_that_a_cursor_may_set(tmp_path):
    store = DuckStore(tmp_path, memory="256MB", threads=1, query_seconds=1)
    for said in ("memory_limit = '8GB'", "enable_external_access = true", "allowed_configs = ['threads']"):
        with store._file.question() as cursor, pytest.raises(Exception, match="locked"):
            cursor.execute(f"SET {said}")
    store.close()

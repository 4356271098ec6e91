"""What DuckDB answers comes as columns; where an answer breaks off in its midst, why is told as DuckDB tells it."""

import duckdb
import pytest

from pbxtally.stores import arrow

LATE = "SELECT CASE WHEN range = 4e5 THEN error('the row is bad') END AS bad, range FROM range(500_000)"
ENDLESS = "SELECT sqrt(range) AS root FROM range(100_000_000_000)"
LARGE = "SELECT repeat('x', CASE WHEN range = 4e5 THEN 200_000_000 ELSE 1 END) AS text FROM range(500_000)"


@pytest.fixture
def cursor():
    with duckdb.connect(config={"threads": 2}) as connection:
        yield connection


def test_numbers_without_gaps_come_as_a_view_and_others_as_a_list(cursor):
    views = arrow.views(cursor, "SELECT * FROM (VALUES (1::BIGINT, NULL::BIGINT, 'a'), (2, 5, NULL)) AS rows")
    assert [type(one) for one in views] == [memoryview, list, list]
    assert [list(one) for one in views] == [[1, 2], [None, 5], ["a", None]]


def test_a_bad_row_late_in_an_answer_is_an_error_of_duckdb(cursor):
    with pytest.raises(duckdb.Error, match="the row is bad"):
        arrow.views(cursor, LATE)


def test_an_answer_that_takes_too_long_is_interrupted_in_its_midst(cursor):
    cursor.execute("SET max_execution_time = 300")
    with pytest.raises(duckdb.InterruptException):
        arrow.views(cursor, ENDLESS)


def test_an_answer_that_needs_too_much_memory_in_its_midst_says_so(cursor):
    cursor.execute("SET memory_limit = '50MB'")
    with pytest.raises(duckdb.OutOfMemoryException):
        arrow.views(cursor, LARGE)

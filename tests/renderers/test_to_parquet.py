"""Parquet: the columns of CSV with types, and what was asked in the file's own metadata."""

from datetime import datetime

import duckdb

from pbxtally.renderers import to_parquet
from pbxtally.renderers.to_parquet import parquet_chunks
from renderers.reports import HOSTILE, named, parquet_rows


def read(tmp_path, columns, rows, about, what="SELECT * FROM read_parquet"):
    file = tmp_path / "rows.parquet"
    file.write_bytes(b"".join(parquet_chunks(columns, rows, about)))
    return duckdb.sql(f"{what}(?)", params=[str(file)])


def test_columns_have_types_and_nothing_is_null(tmp_path):
    found = read(tmp_path, {"number": str, "calls": int, "local": bool}, [("0045", 3, True), (None, 0, None)], {})
    assert [str(one) for one in found.types] == ["VARCHAR", "BIGINT", "BOOLEAN"]
    assert found.fetchall() == [("0045", 3, True), (None, 0, None)]


def test_a_moment_is_one_in_utc_which_programs_show_by_any_clock(tmp_path):
    found = read(tmp_path, {"started": datetime}, [(1_603_587_600_123,), (None,)], {})
    assert [str(one) for one in found.types] == ["TIMESTAMP WITH TIME ZONE"]
    by_clock = "started AT TIME ZONE 'Europe/Copenhagen' AS winter, started AT TIME ZONE 'UTC' AS utc"
    assert found.project(by_clock).fetchall() == [
        (datetime(2020, 10, 25, 2, 0, 0, 123_000), datetime(2020, 10, 25, 1, 0, 0, 123_000)),
        (None, None),
    ]


def test_a_file_says_what_was_asked(tmp_path):
    about = {"Customer": "Bo's {\"};--", "From": "2020-12-01", "Limit": None}
    found = read(tmp_path, {"calls": int}, [], about, "SELECT key, value FROM parquet_kv_metadata").fetchall()
    assert dict(found) == {b"Customer": b"Bo's {\"};--", b"From": b"2020-12-01"}


def test_more_rows_than_a_batch_keep_their_order(tmp_path, monkeypatch):
    monkeypatch.setattr(to_parquet, "BATCH_ROWS", 3)
    assert read(tmp_path, {"calls": int}, ((n,) for n in range(8)), {}).fetchall() == [(n,) for n in range(8)]


def test_names_stay_as_they_are_whatever_they_hold():
    kept = [row[0] for row in parquet_rows(named(HOSTILE))]
    assert kept == [name.replace("\ud83d", "\ufffd") for name in HOSTILE]

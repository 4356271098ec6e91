"""A checkpoint that a power cut tears is undone at the next start, and nothing takes DuckDB's lock away."""

import shutil
import subprocess
import sys

import pytest

from calls_table import NUMBERING, legs
from pbxtally.errors import FolderError
from pbxtally.stores.duckdb_shield import HEADERS, put_back, raise_shield, shield_of
from pbxtally.stores.duckdb_store import DuckStore

[LEG] = legs("""
    start    | answer   | end      | from | to  | result
    09:00:00 | 09:00:05 | 09:01:05 | 101  | 102 | ANSWERED
""")


def opened(folder):
    return DuckStore(folder, memory="256MB", threads=1, query_seconds=30)


def keep(store, many):
    some = [LEG._replace(key=f"{many}-{one}", call=f"{many}-{one}") for one in range(many)]
    store.keep("a" * 24, "pbx", some, NUMBERING)


@pytest.fixture
def torn(tmp_path):
    """A folder as it is when the power goes while a checkpoint writes over its lists; 30 legs were committed."""
    store = opened(tmp_path)
    keep(store, 10)
    store.tidy()
    keep(store, 20)
    path, left = tmp_path / "calls.duckdb", tmp_path / "left"
    left.mkdir()
    with store._file.cursor() as cursor:
        shield = raise_shield(path, cursor)
        [(block, *_)] = cursor.execute("SELECT block_id FROM pragma_metadata_info()").fetchall()
    for one in (path, shield, tmp_path / "calls.duckdb.wal"):
        subprocess.run(["cp", one, left], check=True)
    store.close()
    with (left / "calls.duckdb").open("r+b") as file:
        file.seek(HEADERS + block * 262_144 + 4096)
        file.write(b"torn" * 2048)
    return left


def test_what_a_torn_checkpoint_wrote_over_is_put_back(torn):
    store = opened(torn)
    assert (store.upkeep.flaws(), store.upkeep.holdings().legs) == ([], 30)
    assert not shield_of(torn / "calls.duckdb").exists()
    store.close()


def test_a_shield_that_cannot_be_read_is_told_with_its_reason(torn):
    shield = shield_of(torn / "calls.duckdb")
    shield.unlink()
    shield.mkdir()
    with pytest.raises(FolderError, match="cannot be opened: Is a directory"):
        opened(torn)


def test_a_shield_that_somebody_is_still_writing_is_left_to_them(torn):
    shield = shield_of(torn / "calls.duckdb")
    begun = shield.read_bytes()[:-100]
    shield.write_bytes(begun)
    assert not put_back(torn / "calls.duckdb")
    assert shield.read_bytes() == begun


def test_a_shield_that_was_not_finished_is_none(torn):
    shield = shield_of(torn / "calls.duckdb")
    shield.write_bytes(shield.read_bytes()[:-100])
    with pytest.raises(Exception, match="damaged"):
        opened(torn)


def test_a_checkpoint_that_was_finished_is_not_undone(tmp_path):
    store = opened(tmp_path)
    keep(store, 10)
    with store._file.cursor() as cursor:
        shield = raise_shield(tmp_path / "calls.duckdb", cursor)
    held = shield.read_bytes()
    store.close()
    shield.write_bytes(held)  # its removal did not reach the disk
    store = opened(tmp_path)
    assert (store.upkeep.flaws(), store.upkeep.holdings().legs) == ([], 10)
    store.close()


OPENS = """
import sys
sys.path[:0] = {path!r}
from pathlib import Path
from pbxtally.stores.duckdb_store import DuckStore
DuckStore(Path({folder!r}), memory="256MB", threads=1, query_seconds=30)
"""


def somebody_else_opens(folder):
    done = subprocess.run(
        [sys.executable, "-c", OPENS.format(path=sys.path, folder=str(folder))], capture_output=True, text=True
    )
    return done.stderr


def test_a_copy_does_not_let_another_process_in(tmp_path):
    store = opened(tmp_path)
    keep(store, 10)
    (tmp_path / "copy").mkdir()
    store.upkeep.copy(str(tmp_path / "copy"), [])
    assert "are in use by another command" in somebody_else_opens(tmp_path)
    store.close()
    copy = opened(tmp_path / "copy")
    assert copy.upkeep.holdings().legs == 10
    copy.close()


def test_nobody_undoes_a_checkpoint_of_a_process_that_is_at_it(tmp_path):
    store = opened(tmp_path)
    keep(store, 10)
    path = tmp_path / "calls.duckdb"
    with store._file.cursor() as cursor:
        shield = raise_shield(path, cursor)
    spoilt = bytearray(shield.read_bytes())
    shutil.copyfile(shield, tmp_path / "as-it-was")
    assert "are in use by another command" in somebody_else_opens(tmp_path)
    assert shield.read_bytes() == spoilt
    store.close()
    store = opened(tmp_path)
    assert store.upkeep.holdings().legs == 10
    store.close()

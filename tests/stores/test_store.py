"""Several at once, and again tomorrow: threads, sudden ends, tidying, and what is DuckDB's own."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from calls_table import NUMBERING, legs
from kept_legs import legs_of
from office import new_id
from pbxtally.errors import BusyError, FolderError
from pbxtally.intervals import Interval
from pbxtally.records import KeptCounts, Rejected
from pbxtally.stores import arrow, duckdb_blocks, duckdb_keeping
from stores.one_store import (
    ALL_MEASURES,
    GROUP_COUNTED,
    HOUR_MS,
    ONE_CALL,
    RING_GROUP,
    STORES,
    counted,
    duck,
    figures,
    later,
)

# ── several at once, and again tomorrow ──


def test_threads_that_ask_for_different_customers_get_only_their_own(store):
    customers = [new_id() for _ in range(4)]
    for index, customer in enumerate(customers):
        [leg] = legs(ONE_CALL)
        store.keep(customer, "pbx", [leg._replace(talk_ms=(index + 1) * 1000, callee_device=f"10{index}")], NUMBERING)
    wanted = {customer: {f"10{index}": (0, 0, 1, index + 1, 1)} for index, customer in enumerate(customers)}

    def ask_often(customer):
        return all(figures(store, customer) == wanted[customer] for _ in range(10))

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask_often, customers * 2))


def test_questions_are_answered_while_legs_are_kept(store, acme):
    [leg] = legs(ONE_CALL)

    def keep(number):
        return store.keep(acme, "pbx", [leg._replace(key=f"{number}", call=f"{number}")], NUMBERING)

    def calls_so_far(_):
        return sum(cell[2] for cell in figures(store, acme).values())

    with ThreadPoolExecutor(4) as pool:
        kept = pool.map(keep, range(20))
        seen = list(pool.map(calls_so_far, range(40)))
        assert list(kept) == [KeptCounts(1, 0, 0)] * 20
    assert set(seen) <= set(range(21))
    assert figures(store, acme) == {"101": (0, 0, 20, 1200, 20)}


def test_two_threads_that_keep_the_same_legs_keep_them_once(store, acme):
    group = legs(RING_GROUP)
    with ThreadPoolExecutor(4) as pool:
        kept = list(pool.map(lambda _: store.keep(acme, "pbx", group, NUMBERING), range(8)))
    assert sum(one.kept for one in kept) == 2
    assert figures(store, acme) == GROUP_COUNTED


def test_a_store_opened_again_says_the_same(open_store, tmp_path):
    first = open_store(tmp_path)
    first.keep("a" * 24, "pbx", legs(RING_GROUP), NUMBERING)
    first.keep_rejected("a" * 24, "pbx", "f", [Rejected(1, "no", b"x")], 1000)
    said = counted(first, "a" * 24), legs_of(first, "a" * 24), first.rejections(), first.sources_of("a" * 24)
    first.close()
    again = open_store(tmp_path)
    assert (counted(again, "a" * 24), legs_of(again, "a" * 24), again.rejections(), again.sources_of("a" * 24)) == said
    assert again.keep("a" * 24, "pbx", legs(RING_GROUP), NUMBERING) == KeptCounts(0, 2, 0)
    assert again.keep("b" * 24, "pbx", legs(ONE_CALL), NUMBERING) == KeptCounts(1, 0, 0)
    assert figures(again, "a" * 24) == GROUP_COUNTED
    assert again.is_well()
    again.close()


def test_what_was_kept_survives_a_sudden_end(open_store, tmp_path):
    code = f"""
import os, sys
sys.path[:0] = {sys.path!r}
from pathlib import Path
from calls_table import NUMBERING, legs
from stores.one_store import STORES, RING_GROUP
store = STORES[sys.argv[1]](Path(sys.argv[2]))
store.keep("a" * 24, "pbx", legs(RING_GROUP), NUMBERING)
os._exit(1)
"""
    name = next(name for name, opener in STORES.items() if opener is open_store)
    assert subprocess.run([sys.executable, "-c", code, name, str(tmp_path)], check=False).returncode == 1
    store = open_store(tmp_path)
    assert figures(store, "a" * 24) == GROUP_COUNTED
    store.close()


@pytest.mark.parametrize("rows", [1, 3])
def test_tidying_changes_no_answer(open_store, tmp_path, monkeypatch, rows):
    monkeypatch.setattr(duckdb_blocks, "UNSORTED_ROWS", rows)
    store = open_store(tmp_path)
    for customer in ("b" * 24, "a" * 24):
        for days in (40, 0, 80):
            group = [
                later(leg, days * 24 * HOUR_MS)._replace(key=f"{leg.key} {days}", call=f"{days}")
                for leg in legs(RING_GROUP)
            ]
            store.keep(customer, "pbx", group, NUMBERING)
    everyone = {"measures": ALL_MEASURES, "interval": Interval.HOUR, "elsewhere": True}
    before = counted(store, "a" * 24, "b" * 24, **everyone)
    assert len(before) == 18
    for _ in range(2):
        store.tidy()
        assert counted(store, "a" * 24, "b" * 24, **everyone) == before
    assert store.keep(
        "a" * 24, "pbx", [later(legs(RING_GROUP)[0], 0)._replace(key="loser 0", call="0")], NUMBERING
    ) == KeptCounts(0, 1, 0)
    store.close()
    again = open_store(tmp_path)
    assert counted(again, "a" * 24, "b" * 24, **everyone) == before
    again.close()


# ── DuckDB's own ──


@pytest.fixture
def ducks(tmp_path):
    store = duck(tmp_path)
    yield store
    store.close()


def test_tidying_puts_a_customers_month_together(ducks, monkeypatch):
    monkeypatch.setattr(duckdb_blocks, "UNSORTED_ROWS", 1)
    for customer, number in (("b" * 24, "102"), ("a" * 24, "102"), ("b" * 24, "101"), ("a" * 24, "101")):
        [leg] = legs(ONE_CALL)
        ducks.keep(customer, "pbx", [leg._replace(key=number, call=number, callee_device=number)], NUMBERING)
    ducks.tidy()
    with ducks._file.cursor() as cursor:
        rows = cursor.execute("SELECT customer, extension, started_ms FROM involvements").fetchall()
        unsorted = cursor.execute("SELECT count(*) FROM unsorted").fetchall()
    assert len(rows) == 4
    assert rows == sorted(rows)
    assert unsorted == [(0,)]


@pytest.mark.parametrize("few", [0, 500])
def test_rows_are_written_one_by_one_or_in_columns_alike(ducks, acme, monkeypatch, few):
    monkeypatch.setattr(duckdb_keeping, "FEW_ROWS", few)
    monkeypatch.setattr(duckdb_keeping, "FEW_PARTS", few)
    monkeypatch.setattr(arrow, "FEW", few)
    first, *others = legs(RING_GROUP)
    for part in ([first._replace(talk_ms=1000)], others, [first]):  # one leg is corrected after the rest of its call
        ducks.keep(acme, "pbx", part, NUMBERING)
    assert legs_of(ducks, acme) == sorted(legs(RING_GROUP), key=lambda leg: (leg.started_ms, leg.key))
    assert figures(ducks, acme) == GROUP_COUNTED


@pytest.mark.parametrize("few", [0, 500])
def test_what_is_not_text_is_refused_and_nothing_is_kept_of_what_came_with_it(ducks, acme, monkeypatch, few):
    monkeypatch.setattr(duckdb_keeping, "FEW_ROWS", few)
    [leg] = legs(ONE_CALL)
    with pytest.raises(ValueError, match="surrogate"):
        ducks.keep(acme, "pbx", [leg, leg._replace(key="another", words="\ud800")], NUMBERING)
    assert ducks.keep(acme, "pbx", [leg], NUMBERING) == KeptCounts(1, 0, 0)
    assert legs_of(ducks, acme) == [leg]


@pytest.mark.parametrize(("few", "noted"), [(0, 3), (500, 0)])
def test_many_rows_out_of_order_are_noted_at_once_and_few_on_tidying(ducks, acme, monkeypatch, few, noted):
    monkeypatch.setattr(duckdb_keeping, "FEW_ROWS", few)
    ducks.keep(acme, "pbx", legs(RING_GROUP), NUMBERING)
    assert unsorted_in(ducks) == noted
    ducks.tidy()
    assert unsorted_in(ducks) == 3


def unsorted_in(store):
    with store._file.cursor() as cursor:
        return cursor.execute("SELECT coalesce(sum(involvements), 0) FROM unsorted").fetchall()[0][0]


def test_a_second_process_is_told_that_the_folder_is_in_use(ducks, tmp_path):
    code = f"""
import sys
sys.path[:0] = {sys.path!r}
from pathlib import Path
from pbxtally.errors import BusyError, FolderError
from stores.one_store import duck
try:
    duck(Path(sys.argv[1]))
except FolderError as why:
    print(why.description)
"""
    told = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], check=True, capture_output=True, text=True
    ).stdout
    assert told == f"the calls in {tmp_path} are in use by another command - try again later\n"


def test_a_store_can_be_closed_whoever_is_just_asking_it(tmp_path):
    def ask_until_it_is_closed(store):
        with suppress(BusyError):
            while True:
                store.numbers_with_calls(new_id())

    for turn in range(20):
        store = duck(tmp_path / str(turn))
        with ThreadPoolExecutor(8) as pool:
            asking = [pool.submit(ask_until_it_is_closed, store) for _ in range(8)]
            store.close()
        assert [one.exception() for one in asking] == [None] * 8


def test_once_closed_another_process_may_open_it(tmp_path):
    first = duck(tmp_path)
    first.keep("a" * 24, "pbx", legs(ONE_CALL), NUMBERING)
    first.close()
    code = f"""
import sys
sys.path[:0] = {sys.path!r}
from pathlib import Path
from stores.one_store import duck, figures
print(figures(duck(Path(sys.argv[1])), "a" * 24))
"""
    told = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], check=True, capture_output=True, text=True
    ).stdout
    assert told == "{'101': (0, 0, 1, 60, 1)}\n"


def test_a_file_that_is_no_database_is_a_folder_error(tmp_path):
    (tmp_path / "calls.duckdb").write_bytes(b"not a database" * 1000)
    with pytest.raises(FolderError, match=r"calls\.duckdb cannot be opened"):
        duck(tmp_path)


def test_a_folder_name_may_hold_a_quote(tmp_path):
    folder = tmp_path / "o'hara"
    store = duck(folder)
    assert store.keep("a" * 24, "pbx", legs(ONE_CALL), NUMBERING) == KeptCounts(1, 0, 0)
    store.close()


def test_a_failed_change_leaves_everything_as_it_was(ducks, monkeypatch):
    ducks.keep("a" * 24, "pbx", legs(RING_GROUP), NUMBERING)

    def fail(legs, numbering):
        raise RuntimeError("in the middle")

    monkeypatch.setattr(duckdb_keeping, "involvements", fail)
    [leg] = legs(ONE_CALL)
    for customer in ("a" * 24, "b" * 24):
        with pytest.raises(RuntimeError, match="in the middle"):
            ducks.keep(customer, "pbx", [leg._replace(callee_device="555")], NUMBERING)
    monkeypatch.undo()
    assert figures(ducks, "a" * 24) == GROUP_COUNTED
    assert (legs_of(ducks, "b" * 24), ducks.sources_of("b" * 24)) == ([], [])
    assert ducks.keep("b" * 24, "pbx", [leg._replace(callee_device="555")], NUMBERING) == KeptCounts(1, 0, 0)
    assert figures(ducks, "b" * 24) == {"555": (0, 0, 1, 60, 1)}
